import { widened } from './widened.ts';

/** What a vCPU is doing; the columns of `VcpuTable.times`. */
export const RUNNING = 0;
/** Runnable, waiting for a pCPU. */
export const READY = 1;
/** Nothing to do, not created yet, or paused. */
export const BLOCKED = 2;
/** Runnable, kept off by a cap or limit. */
export const LIMITED = 3;
/** Runnable, kept off because its siblings lag. */
export const COSTOPPED = 4;
/** Waiting for the hypervisor to bring its memory back from swap. */
export const SWAPPING = 5;
export const STATES = 6;

/** The unit of `speed`: at this, a ns of CPU is a ns of work. */
export const FULL_SPEED = 1024;

/** Why a vCPU is not runnable, and marks that policies keep beside that. */
export const FLAG_BLOCKED = 1;
export const FLAG_PAUSED = 2;
export const FLAG_LIMITED = 4;
export const FLAG_COSTOPPED = 8;
/** Between two pCPUs: not runnable for the length of one scheduling pass. */
export const FLAG_MUST_MOVE = 16;
export const FLAG_YIELDING = 32;
export const FLAG_PLACED = 64;
export const FLAG_ACTIVE = 128;
/** Beside FLAG_BLOCKED: it waits for memory, not for its guest. */
export const FLAG_SWAPPING = 256;
export const NOT_RUNNABLE = FLAG_BLOCKED | FLAG_PAUSED | FLAG_LIMITED | FLAG_COSTOPPED | FLAG_MUST_MOVE;

/**
 * Every vCPU of a host, in flat arrays by slot: what it does, since when, and what it has had so far. Slots of vCPUs
 * that are gone are used again. Arrays are replaced when the table grows: fetch them anew after `create`.
 */
export class VcpuTable {
  capacity = 0;
  /** Slots in use are below this. */
  end = 0;
  flags = new Uint16Array(0);
  state = new Uint8Array(0);
  /** When `state` was entered, in ns. */
  stateSince = new Float64Array(0);
  /** ns in each state so far, by slot x STATES + state; up to `stateSince`. */
  times = new Float64Array(0);
  /** The pCPU whose queue it belongs to; where it runs when it runs. */
  home = new Int32Array(0);
  /** Where it ran last; -1: never. */
  lastPcpu = new Int32Array(0);
  /** Work left of its burst, in ns of CPU at full speed; Infinity: no end. While it runs, as of `settledAt`. */
  remaining = new Float64Array(0);
  dispatches = new Float64Array(0);
  migrations = new Float64Array(0);
  wakes = new Float64Array(0);
  /** When the guest woke it and it has not run since; -1: it has. */
  wokenAt = new Float64Array(0);
  /** ns from wake-ups to dispatches: sum, how many, longest. */
  latencySum = new Float64Array(0);
  latencyCount = new Float64Array(0);
  latencyMax = new Float64Array(0);
  /** Slices granted at dispatch, in ns: sum, and extremes since `resetGrants`. */
  grantSum = new Float64Array(0);
  grantMin = new Float64Array(0);
  grantMax = new Float64Array(0);
  /** How fast it works where it runs, of FULL_SPEED. */
  speed = new Int32Array(0);
  /** ns of CPU that go by before it works again: a cold cache, an interrupt handled in its time. */
  stall = new Float64Array(0);
  /** While it runs: `remaining`, `stall` and `progress` are right as of then. */
  settledAt = new Float64Array(0);
  /** Work done, in ns of CPU at full speed; spinning is none. */
  progress = new Float64Array(0);
  /** Parts of a ns of work that were not counted yet, of FULL_SPEED. */
  fraction = new Int32Array(0);
  /** 1 while its burst is a spin. */
  spins = new Uint8Array(0);
  readonly #free: number[] = [];

  /** A slot for a new vCPU, blocked from `now` on. The lowest free one. */
  create(now: number): number {
    const vcpu = this.#free.pop() ?? this.end++;
    if (vcpu >= this.capacity) this.#grow(Math.max(16, this.capacity * 2));
    this.flags[vcpu] = FLAG_BLOCKED;
    this.state[vcpu] = BLOCKED;
    this.stateSince[vcpu] = now;
    this.times.fill(0, vcpu * STATES, (vcpu + 1) * STATES);
    this.home[vcpu] = 0;
    this.lastPcpu[vcpu] = -1;
    this.remaining[vcpu] = 0;
    this.wokenAt[vcpu] = -1;
    for (const column of [this.dispatches, this.migrations, this.wakes, this.latencySum, this.latencyCount]) {
      column[vcpu] = 0;
    }
    this.latencyMax[vcpu] = 0;
    this.grantSum[vcpu] = 0;
    this.speed[vcpu] = FULL_SPEED;
    for (const column of [this.stall, this.progress, this.fraction, this.spins]) column[vcpu] = 0;
    this.resetGrants(vcpu);
    return vcpu;
  }

  /** Gives the slot back. */
  remove(vcpu: number): void {
    this.#free.push(vcpu);
    this.#free.sort((a, b) => b - a);
  }

  isRunnable(vcpu: number): boolean {
    return (this.flags[vcpu]! & NOT_RUNNABLE) === 0;
  }

  /** ns that the vCPU has spent in a state until `now`. */
  timeIn(vcpu: number, state: number, now: number): number {
    const past = this.times[vcpu * STATES + state]!;
    return this.state[vcpu] === state ? past + now - this.stateSince[vcpu]! : past;
  }

  /** The vCPU has been given a slice of so many ns. */
  grant(vcpu: number, slice: number): void {
    this.grantSum[vcpu]! += slice;
    if (slice < this.grantMin[vcpu]!) this.grantMin[vcpu] = slice;
    if (slice > this.grantMax[vcpu]!) this.grantMax[vcpu] = slice;
  }

  /** Brings work, stall and progress of a running vCPU up to `now`. */
  settle(vcpu: number, now: number): void {
    let elapsed = now - this.settledAt[vcpu]!;
    if (elapsed <= 0) return;
    this.settledAt[vcpu] = now;
    const stall = this.stall[vcpu]!;
    if (stall > 0) {
      const lost = Math.min(stall, elapsed);
      this.stall[vcpu] = stall - lost;
      elapsed -= lost;
    }
    const speed = this.speed[vcpu]!;
    if (speed !== FULL_SPEED) {
      const parts = elapsed * speed + this.fraction[vcpu]!;
      elapsed = Math.floor(parts / FULL_SPEED);
      this.fraction[vcpu] = parts - elapsed * FULL_SPEED;
    }
    this.remaining[vcpu]! -= elapsed;
    if (this.spins[vcpu] === 0) this.progress[vcpu]! += elapsed;
  }

  /** ns of CPU that the rest of the burst of a settled vCPU will take. */
  timeLeft(vcpu: number): number {
    const remaining = this.remaining[vcpu]!;
    const speed = this.speed[vcpu]!;
    if (speed === FULL_SPEED || remaining === Number.POSITIVE_INFINITY) return this.stall[vcpu]! + remaining;
    return this.stall[vcpu]! + Math.max(0, Math.ceil((remaining * FULL_SPEED - this.fraction[vcpu]!) / speed));
  }

  resetGrants(vcpu: number): void {
    this.grantMin[vcpu] = Number.POSITIVE_INFINITY;
    this.grantMax[vcpu] = 0;
  }

  #grow(capacity: number): void {
    this.capacity = capacity;
    this.flags = widened(this.flags, capacity);
    this.state = widened(this.state, capacity);
    this.home = widened(this.home, capacity);
    this.lastPcpu = widened(this.lastPcpu, capacity);
    this.times = widened(this.times, capacity * STATES);
    this.stateSince = widened(this.stateSince, capacity);
    this.remaining = widened(this.remaining, capacity);
    this.dispatches = widened(this.dispatches, capacity);
    this.migrations = widened(this.migrations, capacity);
    this.wakes = widened(this.wakes, capacity);
    this.wokenAt = widened(this.wokenAt, capacity);
    this.latencySum = widened(this.latencySum, capacity);
    this.latencyCount = widened(this.latencyCount, capacity);
    this.latencyMax = widened(this.latencyMax, capacity);
    this.grantSum = widened(this.grantSum, capacity);
    this.grantMin = widened(this.grantMin, capacity);
    this.grantMax = widened(this.grantMax, capacity);
    this.speed = widened(this.speed, capacity);
    this.stall = widened(this.stall, capacity);
    this.settledAt = widened(this.settledAt, capacity);
    this.progress = widened(this.progress, capacity);
    this.fraction = widened(this.fraction, capacity);
    this.spins = widened(this.spins, capacity);
  }
}
