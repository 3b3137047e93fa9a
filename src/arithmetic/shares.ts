import { MiB } from '../base/units.ts';

/** `Low`, `Normal` and `High` stand to each other as 1 : 2 : 4 (vSphere API; Resource Management Guide 4.0). */
export type SharesPreset = 'Low' | 'Normal' | 'High';
export type Shares = SharesPreset | number;

const perVcpu: Readonly<Record<SharesPreset, number>> = { Low: 500, Normal: 1000, High: 2000 };
const perMiB: Readonly<Record<SharesPreset, number>> = { Low: 5, Normal: 10, High: 20 };
const perDisk: Readonly<Record<SharesPreset, number>> = { Low: 500, Normal: 1000, High: 2000 };

/** As VMware gives them to cards where its network I/O control counts per card. */
const perNic: Readonly<Record<SharesPreset, number>> = { Low: 25, Normal: 50, High: 100 };

/** A resource pool counts as a machine of 4 vCPUs and 16 GiB. */
const POOL_VCPUS = 4;
const POOL_MEMORY = 16384 * MiB;

/** CPU shares of a whole machine. */
export function cpuShares(shares: Shares, vcpus: number): number {
  return typeof shares === 'number' ? shares : perVcpu[shares] * vcpus;
}

/** Memory shares of a whole machine of `size` bytes. */
export function memoryShares(shares: Shares, size: number): number {
  return typeof shares === 'number' ? shares : Math.max(1, Math.floor((perMiB[shares] * size) / MiB));
}

export function diskShares(shares: Shares): number {
  return typeof shares === 'number' ? shares : perDisk[shares];
}

/** Of a network card. */
export function nicShares(shares: Shares): number {
  return typeof shares === 'number' ? shares : perNic[shares];
}

export function poolCpuShares(shares: Shares): number {
  return cpuShares(shares, POOL_VCPUS);
}

export function poolMemoryShares(shares: Shares): number {
  return memoryShares(shares, POOL_MEMORY);
}
