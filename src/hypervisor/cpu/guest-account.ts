import type { CpuFigures, CpuTimes } from './host-cpu.ts';
import {
  COLUMNS,
  COSTOP,
  DISPATCHES,
  IDLE,
  IO,
  LATENCY,
  LIMITED,
  PROGRESS,
  READY,
  RUN,
  SWAP,
  SYSTEM,
  USED,
  WAKES,
} from './slices.ts';

const NS = 1e9;
const MS = 1e6;

/** Two columns that an account is made of: time on processors, and what follows from it. */
const RUNNING = [RUN, USED, PROGRESS] as const;
const WAITING = [READY, COSTOP, LIMITED] as const;

/** ns that have gone by on a host outside measured seconds: of all its accounts, so that time costs none of them anything. */
export interface Unmeasured {
  ns: number;
}

/**
 * What one machine has had. In a second that is scheduled slice by slice the scheduler's counters are copied; the rates of
 * the last such second are carried over the rest.
 */
export class GuestAccount {
  vcpus: number;
  /** ns and counts since it began, but for what is still to be carried. */
  readonly #totals = new Float64Array(COLUMNS);
  /** Per ns, at present. */
  readonly rates = new Float64Array(COLUMNS);
  /** The scheduler's counters as last copied, and at the start of the second that is being measured. */
  readonly #copied = new Float64Array(COLUMNS);
  readonly #began = new Float64Array(COLUMNS);
  readonly #measured = new Float64Array(COLUMNS);
  /** MHz that the formula granted it when it was measured; undefined: it has not been. */
  #granted: number | undefined;
  readonly #unmeasured: Unmeasured;
  /** Of that, what `totals` hold already. */
  #carried: number;

  constructor(vcpus: number, unmeasured: Unmeasured) {
    this.vcpus = vcpus;
    this.#unmeasured = unmeasured;
    this.#carried = unmeasured.ns;
    this.rates[IDLE] = vcpus;
  }

  /** A second begins; the scheduler's counters stand here. */
  begin(counters: Float64Array): void {
    this.#began.set(counters);
    this.#copied.set(counters);
  }

  /** The scheduler has run on. */
  follow(counters: Float64Array): void {
    for (let i = 0; i < COLUMNS; i++) this.#totals[i]! += counters[i]! - this.#copied[i]!;
    this.#copied.set(counters);
  }

  /** The second is over: what it had in these ns is what it gets from now on. */
  end(ns: number, grantedMHz: number): void {
    this.#carry();
    for (let i = 0; i < COLUMNS; i++) this.#measured[i] = (this.#copied[i]! - this.#began[i]!) / ns;
    this.rates.set(this.#measured);
    this.#granted = grantedMHz;
  }

  /** Adds what it had at the present rates in time that was not measured: before they change. */
  #carry(): void {
    const ns = this.#ahead;
    if (ns === 0) return;
    for (let i = 0; i < COLUMNS; i++) this.#totals[i]! += this.rates[i]! * ns;
    this.#carried = this.#unmeasured.ns;
  }

  get #ahead(): number {
    return this.#unmeasured.ns - this.#carried;
  }

  /**
   * Until it is measured again: what the formula grants it now, as much above or below it as it was when measured. Waiting
   * stays in proportion to running.
   */
  estimate(grantedMHz: number, mhz: number): void {
    this.#carry();
    const { rates } = this;
    const most = this.vcpus;
    if (this.#granted === undefined || this.#granted === 0 || this.#measured[RUN] === 0 || grantedMHz === 0) {
      rates.fill(0);
      const run = Math.min(most, grantedMHz / mhz);
      for (const column of RUNNING) rates[column] = run;
    } else {
      const factor = grantedMHz / this.#granted;
      for (let i = 0; i < COLUMNS; i++) rates[i] = this.#measured[i]! * factor;
      const run = Math.min(most, rates[RUN]!);
      for (const column of RUNNING) rates[column]! *= run / Math.max(run, rates[RUN]!, Number.MIN_VALUE);
      rates[RUN] = run;
    }
    const others = rates[READY]! + rates[COSTOP]! + rates[LIMITED]! + rates[SWAP]!;
    const room = Math.max(0, most - rates[RUN]!);
    if (others > room) for (const column of [...WAITING, SWAP]) rates[column]! *= room / others;
    rates[IDLE] = Math.max(0, room - Math.min(room, others));
  }

  /** It does nothing. */
  rest(): void {
    this.#carry();
    this.rates.fill(0);
    this.rates[IDLE] = this.vcpus;
  }

  /** What it had may not be carried on: other vCPUs, other shares. */
  forgetMeasured(vcpus: number): void {
    this.vcpus = vcpus;
    this.#granted = undefined;
  }

  usedMHz(mhz: number): number {
    return this.rates[USED]! * mhz;
  }

  figures(numa: CpuFigures['numa']): CpuFigures {
    const { rates } = this;
    const percent = (value: number) => (100 * value) / this.vcpus;
    const run = rates[RUN]!;
    return {
      runPercent: percent(run),
      usedPercent: percent(rates[USED]!),
      readyPercent: percent(rates[READY]! + rates[LIMITED]!),
      coStopPercent: percent(rates[COSTOP]!),
      limitedPercent: percent(rates[LIMITED]!),
      systemPercent: percent(rates[SYSTEM]!),
      waitPercent: percent(rates[IDLE]! + rates[SWAP]!),
      swapWaitPercent: percent(rates[SWAP]!),
      idlePercent: percent(rates[IDLE]!),
      progressPercent: run > 0 ? Math.min(100, (100 * rates[PROGRESS]!) / run) : 100,
      ...(numa === undefined ? {} : { numa }),
    };
  }

  /** Percent of its vCPUs. */
  held(): { ready: number; coStop: number } {
    const { rates, vcpus } = this;
    return { ready: (100 * (rates[READY]! + rates[LIMITED]!)) / vcpus, coStop: (100 * rates[COSTOP]!) / vcpus };
  }

  /** @param ahead ns that have gone by since, at the present rates */
  times(ahead: number): CpuTimes {
    const ns = this.#ahead + ahead;
    const total = (column: number) => this.#totals[column]! + this.rates[column]! * ns;
    const seconds = (column: number) => total(column) / NS;
    return {
      run: seconds(RUN),
      used: seconds(USED),
      ready: seconds(READY) + seconds(LIMITED),
      coStop: seconds(COSTOP),
      limited: seconds(LIMITED),
      system: seconds(SYSTEM),
      idle: seconds(IDLE),
      swapWait: seconds(SWAP),
      progress: seconds(PROGRESS),
      dispatches: total(DISPATCHES),
      wakes: total(WAKES),
      wakeLatency: seconds(LATENCY),
      io: total(IO),
    };
  }

  /** MHz × ms used since it began. */
  served(mhz: number): number {
    return ((this.#totals[USED]! + this.rates[USED]! * this.#ahead) / MS) * mhz;
  }
}
