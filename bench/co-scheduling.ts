import { CreditScheduler } from '../src/hypervisor/schedulers/credit.ts';
import { type ParallelSettings, ParallelWork } from '../src/hypervisor/schedulers/parallel-work.ts';
import type { SkewMode } from '../src/hypervisor/schedulers/proportional-share/settings.ts';
import { ProportionalShareScheduler } from '../src/hypervisor/schedulers/proportional-share.ts';
import type { Scheduler } from '../src/hypervisor/schedulers/scheduler.ts';
import { Topology } from '../src/hypervisor/schedulers/topology.ts';
import { busyWork } from '../src/hypervisor/schedulers/work.ts';

/*
 * What co-scheduling is worth: a guest of four vCPUs that share a spin lock (or meet at a barrier) on four pCPUs,
 * beside two busy machines of one vCPU each. "useful" is the part of its CPU time in which it did something other
 * than spin; "idle" the part of the host that nobody used.
 *
 *     node src/bootstrap.mjs :run bench/co-scheduling.ts
 */

const SECONDS = 20;
const HOGS = 2;
const guests: readonly ParallelSettings[] = [
  { compute: 200_000, critical: 40_000, sync: 'SpinLock' },
  { compute: 200_000, critical: 20_000, sync: 'Barrier' },
];
const topology = () => new Topology({ pcpus: 4, coresPerSocket: 4, threadsPerCore: 1, nodes: 1, cachesPerSocket: 1 });

function run<A>(scheduler: Scheduler<A>, allocation: (vcpus: number) => A, settings: ParallelSettings): string {
  const vcpus = scheduler.vcpusOf(scheduler.addMachine(allocation(4), 4));
  const guest = new ParallelWork(vcpus, settings, scheduler);
  for (const vcpu of vcpus) scheduler.setWork(vcpu, guest);
  for (let i = 0; i < HOGS; i++) {
    for (const vcpu of scheduler.vcpusOf(scheduler.addMachine(allocation(1), 1))) scheduler.setWork(vcpu, busyWork);
  }
  scheduler.advance(SECONDS * 1e9);
  const usages = vcpus.map((vcpu) => scheduler.usage(vcpu));
  const ran = usages.reduce((sum, { running }) => sum + running, 0);
  const made = usages.reduce((sum, { progress }) => sum + progress, 0);
  const idle = scheduler.hostUsage().idle / (4e9 * SECONDS);
  const cells = [
    (guest.rounds / SECONDS).toFixed(0),
    (ran / (SECONDS * 1e9)).toFixed(2),
    `${((100 * made) / ran).toFixed(0)} %`,
    `${(100 * idle).toFixed(1)} %`,
  ];
  return cells.map((cell) => cell.padStart(10)).join('');
}

const header = ['rounds/s', 'pCPUs', 'useful', 'idle'].map((cell) => cell.padStart(10)).join('');
for (const settings of guests) {
  console.log(`${settings.sync.padEnd(34)}${header}`);
  for (const maxSkew of ['None', 'Strict', 'Relaxed', 'Individual'] as const satisfies readonly SkewMode[]) {
    const scheduler = new ProportionalShareScheduler(topology(), { mhz: 2260 });
    const allocation = (vcpus: number) => ({ shares: 1000 * vcpus, reservationMHz: 0, limitMHz: 0, maxSkew });
    console.log(`  ${`proportional share, ${maxSkew}`.padEnd(32)}${run(scheduler, allocation, settings)}`);
  }
  const credit = new CreditScheduler(topology(), { version: '4', sliceMs: 30, rateLimitUs: 1000 });
  console.log(`  ${'credit'.padEnd(32)}${run(credit, () => ({ weight: 256, cap: 0 }), settings)}`);
}
