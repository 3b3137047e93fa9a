import { Random } from '../../../src/base/random.ts';
import {
  allMechanisms,
  type HardwareCosts,
  type Mechanisms,
  noCosts,
  type ShareAllocation,
} from '../../../src/hypervisor/schedulers/proportional-share/settings.ts';
import {
  ProportionalShareScheduler,
  type ShareVcpuUsage,
} from '../../../src/hypervisor/schedulers/proportional-share.ts';
import type { TopologyShape } from '../../../src/hypervisor/schedulers/topology.ts';
import { busyWork, type Work } from '../../../src/hypervisor/schedulers/work.ts';
import { SECOND, shapeOf } from './suite.ts';

export const MHZ = 2000;

/** An ESX host for a test: one socket of so many cores unless told otherwise, and no hardware costs. */
export function esx(
  pcpus: number,
  {
    shape = {},
    mechanisms = {},
    costs = noCosts,
    mhz = MHZ,
  }: { shape?: Partial<TopologyShape>; mechanisms?: Partial<Mechanisms>; costs?: HardwareCosts; mhz?: number } = {},
): ProportionalShareScheduler {
  const settings = { mhz, costs, mechanisms: { ...allMechanisms, ...mechanisms } };
  return new ProportionalShareScheduler(shapeOf(pcpus, shape), settings);
}

/** A machine of 1000 shares per vCPU whose vCPUs do the given work, busy ones if none is given. */
export function vm(
  scheduler: ProportionalShareScheduler,
  vcpus: number,
  allocation: Partial<ShareAllocation> = {},
  work: Work | ((vcpu: number) => Work) = busyWork,
): number {
  const whole = { shares: 1000 * vcpus, reservationMHz: 0, limitMHz: 0, ...allocation };
  const id = scheduler.addMachine(whole, vcpus);
  for (const vcpu of scheduler.vcpusOf(id)) scheduler.setWork(vcpu, typeof work === 'function' ? work(vcpu) : work);
  return id;
}

export const usagesOf = (scheduler: ProportionalShareScheduler, id: number): ShareVcpuUsage[] =>
  scheduler.vcpusOf(id).map((vcpu) => scheduler.usage(vcpu));

export const sumOf = (
  scheduler: ProportionalShareScheduler,
  id: number,
  counter: (usage: ShareVcpuUsage) => number,
): number => usagesOf(scheduler, id).reduce((sum, usage) => sum + counter(usage), 0);

/** MHz that machines have used on average from `from` to `to` (ns). */
export function mhzBetween(
  scheduler: ProportionalShareScheduler,
  ids: readonly number[],
  from: number,
  to: number,
  mhz = MHZ,
): number[] {
  const used = () => ids.map((id) => sumOf(scheduler, id, (usage) => usage.used));
  scheduler.advance(from);
  const before = used();
  scheduler.advance(to);
  return used().map((after, index) => ((after - before[index]!) / (to - from)) * mhz);
}

/** Work done by all machines, in pCPUs at full speed. */
export function progressOf(scheduler: ProportionalShareScheduler): number {
  let sum = 0;
  for (let vcpu = 0; vcpu < scheduler.engine.vcpus.end; vcpu++) sum += scheduler.usage(vcpu).progress;
  return sum / scheduler.now;
}

/** Bursts of random length around `meanUs` that take so many percent of the time. */
export function bursty(seed: string, percent: number, meanUs = 10_000): (vcpu: number) => Work {
  const root = new Random(seed);
  return (vcpu) => {
    const random = root.split(String(vcpu));
    const length = () => 1000 * random.between(Math.ceil(meanUs / 2), Math.ceil(meanUs * 1.5));
    return { run: length, rest: () => Math.round((length() * (100 - percent)) / percent) };
  };
}

export { SECOND };
