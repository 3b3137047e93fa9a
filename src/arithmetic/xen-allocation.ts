/** How shares and limits read on Xen where weight and cap were not given (design/api.md, VirtualMachine `xen`). */

const DEFAULT_WEIGHT = 256;
const NORMAL_SHARES_PER_VCPU = 1000;

/** Weight of a domain: 256 × shares per vCPU ÷ 1000, rounded, from 1 to 65535. */
export function xenWeight(shares: number, vcpus: number): number {
  const weight = Math.round((DEFAULT_WEIGHT * shares) / vcpus / NORMAL_SHARES_PER_VCPU);
  return Math.min(65535, Math.max(1, weight));
}

/** Cap in percent of one processor: 100 × limit ÷ the host's MHz, rounded up; 0 is none. */
export function xenCap(limitMHz: number | undefined, hostMHz: number): number {
  return limitMHz === undefined ? 0 : Math.ceil((100 * limitMHz) / hostMHz);
}
