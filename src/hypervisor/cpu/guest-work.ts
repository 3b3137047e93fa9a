import type { Random } from '../../base/random.ts';
import type { CpuWorkload } from '../hardware.ts';
import type { Engine } from '../schedulers/engine.ts';
import { ParallelWork } from '../schedulers/parallel-work.ts';
import type { Scheduler } from '../schedulers/scheduler.ts';
import { FLAG_BLOCKED } from '../schedulers/vcpu-table.ts';
import { AGAIN, busyWork, idleWork, swapWait, type Work } from '../schedulers/work.ts';
import type { CpuDemand } from './host-cpu.ts';

const US = 1000;
/** From here on a guest never sleeps. */
const BUSY = 99.95;
/** A guest that could not keep up works off so many bursts afterwards, and drops what came before them. */
const MOST_BEHIND = 10;
/** Bursts come anywhere in this part of their interval. */
const JITTER = 0.5;

/** Whether a guest's I/O lets it go on. */
export interface IoGate {
  /** The machine's requests pile up: its vCPU sleeps until the gate's owner wakes it. */
  holds(machine: number, vcpu: number): boolean;
}

type Kind = 'Idle' | 'Busy' | 'Percent' | 'Cycle' | 'Parallel';

/** What one vCPU does; times in ns. */
interface Doing {
  readonly machine: number;
  readonly seed: number;
  kind: Kind;
  burst: number;
  /** Percent: bursts arrive once in this. */
  interval: number;
  /** Percent: number of the burst that comes next. */
  next: number;
  /** Cycle: run and sleep in turns. */
  list: readonly number[];
  place: number;
  /** After each burst it waits so long for memory, in the middle of which the burst is split. */
  swap: number;
  /** It is in the first half of a burst that a swap wait divides. */
  isFirstHalf: boolean;
}

/**
 * The guests of one host on its scheduler. A percentage becomes bursts of CPU time that arrive at seeded moments, one
 * somewhere in each interval of burst ÷ percentage; a guest that is kept from its processor works off what has arrived
 * meanwhile as soon as it gets one, up to ten bursts. Periodic and cyclic guests sleep after each run, as told.
 * Deterministic: which burst comes when depends on seed, machine, vCPU and time alone.
 */
export class GuestWork implements Work {
  readonly #scheduler: Scheduler<never> & { readonly engine: Engine };
  readonly #random: Random;
  readonly #gate: IoGate | undefined;
  /** By vCPU. */
  readonly #doing: (Doing | undefined)[] = [];
  readonly #parallel = new Map<number, { readonly work: ParallelWork; readonly key: string }>();

  constructor(scheduler: Scheduler<never> & { readonly engine: Engine }, random: Random, gate?: IoGate) {
    this.#scheduler = scheduler;
    this.#random = random;
    this.#gate = gate;
  }

  /** The machine has these vCPUs, which do nothing yet. Called again when their number changes. */
  settle(uid: string, machine: number): void {
    for (const [index, vcpu] of this.#scheduler.vcpusOf(machine).entries()) {
      if (this.#doing[vcpu] !== undefined) continue;
      const seed = this.#random.split(`${uid}/${index}`).uint32();
      this.#doing[vcpu] = {
        machine,
        seed,
        kind: 'Idle',
        burst: 0,
        interval: 0,
        next: 0,
        list: [],
        place: 0,
        swap: 0,
        isFirstHalf: false,
      };
    }
  }

  forget(machine: number, keep = 0): void {
    for (const vcpu of this.#scheduler.vcpusOf(machine).slice(keep)) this.#doing[vcpu] = undefined;
    this.#parallel.delete(machine);
  }

  /** What the machine's guest asks for from now on. */
  ask(machine: number, demand: CpuDemand): void {
    const vcpus = this.#scheduler.vcpusOf(machine);
    const { pattern, percent } = demand;
    if (percent > 0 && pattern?.kind === 'Parallel' && vcpus.length > 1) {
      this.#askParallel(machine, pattern);
      return;
    }
    this.#parallel.delete(machine);
    for (const vcpu of vcpus) this.#ask(vcpu, demand);
  }

  run(vcpu: number): number {
    const doing = this.#doing[vcpu]!;
    const amount = doing.kind === 'Cycle' ? doing.list[doing.place]! : doing.burst;
    if (doing.swap === 0) return amount;
    doing.isFirstHalf = !doing.isFirstHalf;
    const half = Math.max(1, amount >> 1);
    return doing.isFirstHalf ? half : Math.max(1, amount - half);
  }

  rest(vcpu: number): number {
    const doing = this.#doing[vcpu]!;
    if (doing.isFirstHalf) return swapWait(Math.round(doing.swap));
    const { now } = this.#scheduler.engine;
    if (doing.kind === 'Idle') return Number.POSITIVE_INFINITY;
    if (this.#gate?.holds(doing.machine, vcpu) === true) return Number.POSITIVE_INFINITY;
    if (doing.kind === 'Busy') return AGAIN;
    if (doing.kind === 'Cycle') {
      const sleep = doing.list[doing.place + 1]!;
      doing.place = doing.place + 2 < doing.list.length ? doing.place + 2 : 0;
      return sleep;
    }
    doing.next = Math.max(doing.next + 1, Math.floor(now / doing.interval) - MOST_BEHIND);
    const arrival = arrivalOf(doing);
    return arrival > now ? arrival - now : AGAIN;
  }

  #ask(vcpu: number, { percent, burstUs, pattern, hindrance, io }: CpuDemand): void {
    const doing = this.#doing[vcpu]!;
    const { now, vcpus } = this.#scheduler.engine;
    const before = doing.kind;
    const share = (percent / 100) * (hindrance?.work ?? 1);
    const cycle = cycleOf(pattern);
    const waits = hindrance !== undefined && hindrance.swapWait > 0;
    doing.burst = burstUs * US;
    if (share <= 0) doing.kind = 'Idle';
    else if (cycle !== undefined) doing.kind = 'Cycle';
    else doing.kind = share * 100 >= BUSY ? 'Busy' : 'Percent';
    if (doing.kind === 'Cycle') {
      doing.list = cycle!;
      if (before !== 'Cycle' || doing.place >= cycle!.length) doing.place = 0;
      doing.swap = waits ? (circleOf(cycle!) / (cycle!.length / 2)) * hindrance.swapWait : 0;
    } else if (doing.kind !== 'Idle') {
      doing.interval = Math.round(doing.burst / share);
      doing.swap = waits ? doing.interval * hindrance.swapWait : 0;
      doing.next = Math.ceil(now / doing.interval);
    }
    if (doing.swap === 0) doing.isFirstHalf = false;
    const isAsleep = (vcpus.flags[vcpu]! & FLAG_BLOCKED) !== 0;
    // Who is at work finishes his burst first; what follows it is new.
    if (!isAsleep && before === doing.kind && doing.kind !== 'Idle') return;
    if (doing.kind === 'Idle') {
      if (before !== 'Idle') this.#set(vcpu, idleWork, isAsleep ? Number.POSITIVE_INFINITY : now);
    } else if (doing.kind === 'Busy' && io === undefined && !waits) this.#set(vcpu, busyWork, now);
    else this.#set(vcpu, this, this.#startOf(doing, now));
  }

  #startOf(doing: Doing, now: number): number {
    if (doing.kind === 'Percent') return Math.max(now, arrivalOf(doing));
    if (doing.kind === 'Cycle') return now + Math.floor((doing.seed / 2 ** 32) * circleOf(doing.list));
    return now;
  }

  #set(vcpu: number, work: Work, time: number): void {
    this.#scheduler.engine.changeWork(vcpu, work, time);
    this.#scheduler.engine.drain();
  }

  #askParallel(machine: number, pattern: Extract<CpuWorkload, { kind: 'Parallel' }>): void {
    const vcpus = this.#scheduler.vcpusOf(machine);
    const key = JSON.stringify([pattern, vcpus]);
    if (this.#parallel.get(machine)?.key === key) return;
    const settings = {
      compute: pattern.computeUs * US,
      critical: Math.max(1, pattern.criticalUs * US),
      sync: pattern.sync,
    };
    const work = new ParallelWork([...vcpus], settings, this.#scheduler);
    this.#parallel.set(machine, { work, key });
    for (const vcpu of vcpus) {
      const doing = this.#doing[vcpu]!;
      doing.kind = 'Parallel';
      doing.swap = 0;
      doing.isFirstHalf = false;
      this.#set(vcpu, work, this.#scheduler.engine.now);
    }
  }
}

/** Periodic and cyclic patterns as run and sleep in turns, in ns. */
function cycleOf(pattern: CpuWorkload | undefined): readonly number[] | undefined {
  if (pattern?.kind === 'Periodic') return [pattern.runUs * US, pattern.sleepUs * US];
  if (pattern?.kind !== 'Bursts') return undefined;
  const list = pattern.bursts.filter(([run]) => run > 0).flatMap(([run, sleep]) => [run * US, sleep * US]);
  return list.length === 0 ? undefined : list;
}

function circleOf(list: readonly number[]): number {
  return list.reduce((sum, ns) => sum + ns, 0);
}

/** When the next burst comes: somewhere in the first part of its interval, the whole shifted by the vCPU's phase. */
function arrivalOf({ next, interval, seed }: Doing): number {
  const phase = seed / 2 ** 32;
  return Math.floor((next + phase + JITTER * chance(seed, next)) * interval);
}

/** A number from 0 to 1 that is a function of the two (Murmur3's finisher). */
function chance(seed: number, index: number): number {
  let mixed = Math.imul(seed ^ Math.imul(index, 0x9e3779b1), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
}
