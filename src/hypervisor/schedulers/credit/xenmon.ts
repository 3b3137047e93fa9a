import type { CreditScheduler } from '../credit.ts';
import type { VcpuUsage } from '../scheduler.ts';

/** What xenmon tells of one domain over a window. Times in ns; percentages are means over its vCPUs. */
export interface XenmonRow {
  /** Times a vCPU was switched in. */
  readonly executions: number;
  /** On a pCPU. */
  readonly gotten: { readonly time: number; readonly percent: number; readonly perExecution: number };
  /** The slices that were granted: what was offered, where `gotten` is what was used. 0 without executions. */
  readonly allocated: { readonly perExecution: number; readonly least: number; readonly most: number };
  /** Runnable and not on a pCPU. */
  readonly waited: { readonly time: number; readonly percent: number; readonly perExecution: number };
  /** Asleep; parked counts here, since the scheduler puts a parked vCPU to sleep. */
  readonly blocked: { readonly time: number; readonly percent: number; readonly perIo: number };
  /** Pages exchanged with dom0. */
  readonly io: { readonly count: number; readonly perExecution: number };
}

/** The windows that xenmon has, in seconds. */
export type XenmonWindow = 1 | 10;

const LONGEST_WINDOW = 10;

interface Snapshot {
  readonly usages: ReadonlyMap<number, VcpuUsage>;
  readonly io: number;
  /** Of the second that ended with it. */
  readonly leastGrant: number;
  readonly mostGrant: number;
}

interface Watched {
  io: number;
  /** The oldest first. */
  snapshots: Snapshot[];
}

/**
 * xenmon's counters per domain over 1 s and 10 s (algorithms.md 1.8). Whoever drives the scheduler advances it to
 * each whole second and calls `sample`; a window is always made of whole seconds.
 */
export class XenMonitor {
  readonly #scheduler: CreditScheduler;
  readonly #watched = new Map<number, Watched>();

  constructor(scheduler: CreditScheduler) {
    this.#scheduler = scheduler;
  }

  watch(machine: number): void {
    this.#watched.set(machine, { io: 0, snapshots: [] });
  }

  forget(machine: number): void {
    this.#watched.delete(machine);
  }

  /** The domain has exchanged pages with dom0. */
  countIo(machine: number, pages: number): void {
    const watched = this.#watched.get(machine);
    if (watched !== undefined) watched.io += pages;
  }

  /** To be called each whole second of the scheduler's time. */
  sample(): void {
    for (const [machine, watched] of this.#watched) {
      watched.snapshots.push(this.#snapshot(machine, watched.io));
      if (watched.snapshots.length > LONGEST_WINDOW + 1) watched.snapshots.shift();
    }
  }

  /** The last full window; undefined until one has passed since the domain was first sampled. */
  window(machine: number, seconds: XenmonWindow): XenmonRow | undefined {
    const snapshots = this.#watched.get(machine)?.snapshots ?? [];
    const to = snapshots.at(-1);
    const from = snapshots.at(-1 - seconds);
    if (to === undefined || from === undefined) return undefined;
    const of = (counter: (usage: VcpuUsage) => number) => difference(from, to, counter);
    const executions = of((usage) => usage.dispatches);
    const gotten = of((usage) => usage.running);
    const waited = of((usage) => usage.ready);
    const blocked = of((usage) => usage.blocked + usage.limited + usage.coStopped + usage.swapping);
    const io = to.io - from.io;
    const all = gotten + waited + blocked;
    const percent = (part: number) => ratio(100 * part, all);
    const seen = snapshots.slice(-seconds);
    return {
      executions,
      gotten: { time: gotten, percent: percent(gotten), perExecution: ratio(gotten, executions) },
      allocated: {
        perExecution: ratio(
          of((usage) => usage.granted),
          executions,
        ),
        least: executions > 0 ? Math.min(...seen.map(({ leastGrant }) => leastGrant)) : 0,
        most: Math.max(...seen.map(({ mostGrant }) => mostGrant)),
      },
      waited: { time: waited, percent: percent(waited), perExecution: ratio(waited, executions) },
      blocked: { time: blocked, percent: percent(blocked), perIo: ratio(blocked, io) },
      io: { count: io, perExecution: ratio(io, executions) },
    };
  }

  #snapshot(machine: number, io: number): Snapshot {
    const { vcpus } = this.#scheduler.engine;
    const usages = new Map<number, VcpuUsage>();
    let leastGrant = Number.POSITIVE_INFINITY;
    let mostGrant = 0;
    for (const vcpu of this.#scheduler.vcpusOf(machine)) {
      usages.set(vcpu, this.#scheduler.usage(vcpu));
      leastGrant = Math.min(leastGrant, vcpus.grantMin[vcpu]!);
      mostGrant = Math.max(mostGrant, vcpus.grantMax[vcpu]!);
      vcpus.resetGrants(vcpu);
    }
    return { usages, io, leastGrant, mostGrant };
  }
}

/** How much a counter has grown, over the vCPUs that are there at the end; one that is new began at 0. */
function difference(from: Snapshot, to: Snapshot, counter: (usage: VcpuUsage) => number): number {
  let sum = 0;
  for (const [vcpu, usage] of to.usages) {
    const before = from.usages.get(vcpu);
    sum += counter(usage) - (before === undefined ? 0 : counter(before));
  }
  return sum;
}

function ratio(a: number, b: number): number {
  return b > 0 ? a / b : 0;
}
