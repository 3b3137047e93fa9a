import type { Engine } from '../engine.ts';
import { BLOCKED, FLAG_COSTOPPED, READY, RUNNING, STATES, SWAPPING } from '../vcpu-table.ts';
import { widened } from '../widened.ts';
import { CO_START_PATIENCE } from './constants.ts';
import type { Machine } from './machines.ts';
import type { Tuning } from './tuning.ts';

/** What co-scheduling asks of the policy. */
export interface CoStopping {
  /** Takes a vCPU off; its pCPU may be handed to a sibling that lags. */
  coStop(vcpu: number): void;
  /** Lets a co-stopped vCPU compete again. */
  coStart(vcpu: number): void;
  /** Puts all of these on pCPUs at once, or none; says whether it could. */
  startTogether(machine: Machine, vcpus: readonly number[]): boolean;
  /** Sends away, from where these had to go, who could as well be elsewhere. */
  makeRoom(machine: Machine): void;
}

/**
 * Keeps the vCPUs of a machine together (algorithms.md 2.3). Looked at every ms. A vCPU makes progress while it runs
 * or is idle; idle ones gather no skew.
 *
 * - `Individual` (ESX 4): skew is what a vCPU is ahead of its slowest sibling. One that is too far ahead is stopped
 *   alone, and goes on when the laggards have caught up.
 * - `Relaxed` (ESX 3): skew is what a vCPU missed while any sibling made progress. The leaders stop when it is too
 *   much, until those that lag have been started together.
 * - `Strict` (ESX 2): the same skew, but the whole machine stops, and can only be started as a whole.
 */
export class CoScheduling {
  readonly #engine: Engine;
  readonly #policy: CoStopping;
  readonly #poll: number;
  readonly #coStop: number;
  readonly #coStart: number;
  /** By vCPU: progress is counted from here on, in ns, so that siblings can be compared. */
  #base = new Float64Array(0);
  /** By vCPU, for Relaxed and Strict: ns missed while a sibling made progress, less what was made up for since. */
  #missed = new Float64Array(0);
  /** By vCPU: its progress when that was reckoned last. */
  #lookedAt = new Float64Array(0);
  /** By vCPU: the largest skew seen, in ns. */
  largest = new Float64Array(0);
  /** By vCPU: its progress at this look, in ns; Infinity: it is idle. */
  #seen = new Float64Array(0);
  /** Machines of which some vCPUs must be started together, and which. */
  readonly #gangs = new Map<Machine, { readonly members: readonly number[]; readonly since: number }>();
  /** Machines whose vCPUs could not be started together, and until when (ns) their skew is only watched. */
  readonly #freeUntil = new Map<Machine, number>();

  constructor(engine: Engine, policy: CoStopping, { skewPoll, coStop, coStart }: Tuning) {
    this.#engine = engine;
    this.#policy = policy;
    this.#poll = skewPoll;
    this.#coStop = coStop;
    this.#coStart = coStart;
  }

  create(vcpu: number, capacity: number): void {
    if (capacity > this.#base.length) {
      this.#base = widened(this.#base, capacity);
      this.#missed = widened(this.#missed, capacity);
      this.#lookedAt = widened(this.#lookedAt, capacity);
      this.largest = widened(this.largest, capacity);
      this.#seen = widened(this.#seen, capacity);
    }
    this.#base[vcpu] = 0;
    this.#missed[vcpu] = 0;
    this.#lookedAt[vcpu] = 0;
    this.largest[vcpu] = 0;
  }

  forget(machine: Machine): void {
    this.#gangs.delete(machine);
    this.#freeUntil.delete(machine);
  }

  /** Another mode: everyone is let go, and skew counts from now. */
  restart(machine: Machine): void {
    this.forget(machine);
    for (const vcpu of machine.vcpus) {
      this.#missed[vcpu] = 0;
      this.#base[vcpu] = this.#progress(vcpu);
      this.#release(vcpu);
    }
  }

  /** A vCPU that was idle joins its siblings: it is level with the slowest of them. */
  join(machine: Machine, vcpu: number): void {
    this.#missed[vcpu] = 0;
    let slowest = Number.POSITIVE_INFINITY;
    for (const sibling of machine.vcpus) {
      if (sibling !== vcpu && this.#isActive(sibling)) slowest = Math.min(slowest, this.progress(sibling));
    }
    this.#base[vcpu] = this.#progress(vcpu) - (slowest < Number.POSITIVE_INFINITY ? slowest : 0);
  }

  /** Progress in ns, comparable between the active vCPUs of a machine. */
  progress(vcpu: number): number {
    return this.#progress(vcpu) - this.#base[vcpu]!;
  }

  /** Whether skew can grow or is waited for: some of its active vCPUs run and some do not, or some are stopped. */
  isUneven(machine: Machine): boolean {
    const { flags, state } = this.#engine.vcpus;
    let running = 0;
    let off = 0;
    for (const vcpu of machine.vcpus) {
      if ((flags[vcpu]! & FLAG_COSTOPPED) !== 0) return true;
      if (state[vcpu] === RUNNING) running++;
      else if (state[vcpu] === READY) off++;
    }
    return running > 0 && off > 0;
  }

  /** Whether a machine waits to be started as a whole, so that none of its vCPUs may run alone. */
  isHeld(machine: Machine): boolean {
    return machine.skewMode === 'Strict' && this.#gangs.has(machine);
  }

  /**
   * A pCPU has become free: perhaps a machine that waits can be started now. At the looks alone it might never be, beside
   * one that runs at every full ms.
   */
  retry(): void {
    for (const [machine, { members }] of this.#gangs) this.#tryGang(machine, members);
  }

  /** One look at a machine whose vCPUs have not been kept even. */
  poll(machine: Machine): void {
    if (machine.skewMode === 'Individual') this.#pollIndividual(machine);
    else if (machine.skewMode !== 'None') this.#pollMissed(machine);
  }

  #pollIndividual(machine: Machine): void {
    let slowest = Number.POSITIVE_INFINITY;
    for (const vcpu of machine.vcpus) {
      const progress = this.#isActive(vcpu) ? this.progress(vcpu) : Number.POSITIVE_INFINITY;
      this.#seen[vcpu] = progress;
      if (progress < slowest) slowest = progress;
    }
    for (const vcpu of machine.vcpus) {
      const seen = this.#seen[vcpu]!;
      if (seen === Number.POSITIVE_INFINITY) {
        this.#release(vcpu);
        continue;
      }
      const skew = seen - slowest;
      if (skew > this.largest[vcpu]!) this.largest[vcpu] = skew;
      if (skew > this.#coStop) this.#stop(vcpu);
      else if (skew < this.#coStart) this.#release(vcpu);
    }
  }

  #pollMissed(machine: Machine): void {
    this.#countMissed(machine);
    const gang = this.#gangs.get(machine);
    if (gang !== undefined) {
      // One that cannot be had together for so long starts one by one.
      if (this.#engine.now - gang.since >= CO_START_PATIENCE) this.#giveUp(machine);
      else if (!this.#tryGang(machine, gang.members)) this.#policy.makeRoom(machine);
      return;
    }
    if (this.#engine.now < (this.#freeUntil.get(machine) ?? 0)) return;
    const { vcpus } = machine;
    if (!vcpus.some((vcpu) => this.#missed[vcpu]! > this.#coStop)) return;
    const active = vcpus.filter((vcpu) => this.#isActive(vcpu));
    const laggards = active.filter((vcpu) => this.#missed[vcpu]! > this.#coStart);
    for (const vcpu of active) this.#stop(vcpu);
    const together = machine.skewMode === 'Strict' ? active : laggards;
    this.#gangs.set(machine, { members: together, since: this.#engine.now });
    if (!this.#tryGang(machine, together)) this.#policy.makeRoom(machine);
  }

  #countMissed({ vcpus }: Machine): void {
    const { state } = this.#engine.vcpus;
    const someRun = vcpus.some((vcpu) => state[vcpu] === RUNNING);
    for (const vcpu of vcpus) {
      const progress = this.#progress(vcpu);
      this.#missed[vcpu] = Math.max(0, this.#missed[vcpu]! - (progress - this.#lookedAt[vcpu]!));
      this.#lookedAt[vcpu] = progress;
      if (!someRun || state[vcpu] === RUNNING || !this.#isActive(vcpu)) continue;
      this.#missed[vcpu]! += this.#poll;
      if (this.#missed[vcpu]! > this.largest[vcpu]!) this.largest[vcpu] = this.#missed[vcpu]!;
    }
  }

  #tryGang(machine: Machine, gang: readonly number[]): boolean {
    // Who has gone idle since need not be started; who has woken has joined without skew, and of a strict machine
    // belongs to the whole.
    const { vcpus } = machine;
    const members = machine.skewMode === 'Strict' ? vcpus : vcpus.filter((vcpu) => gang.includes(vcpu));
    const stopped = members.filter((vcpu) => this.#isActive(vcpu));
    if (stopped.length > 0 && !this.#policy.startTogether(machine, stopped)) return false;
    this.#letGo(machine);
    return true;
  }

  /** They are kept apart by what does not pass: they start one by one, and are left alone for as long as they waited. */
  #giveUp(machine: Machine): void {
    this.#freeUntil.set(machine, this.#engine.now + CO_START_PATIENCE);
    this.#letGo(machine);
  }

  #letGo(machine: Machine): void {
    this.#gangs.delete(machine);
    for (const vcpu of machine.vcpus) {
      this.#release(vcpu);
      if (machine.skewMode === 'Strict') this.#missed[vcpu] = 0;
    }
  }

  #stop(vcpu: number): void {
    if ((this.#engine.vcpus.flags[vcpu]! & FLAG_COSTOPPED) === 0) this.#policy.coStop(vcpu);
  }

  #release(vcpu: number): void {
    if ((this.#engine.vcpus.flags[vcpu]! & FLAG_COSTOPPED) !== 0) this.#policy.coStart(vcpu);
  }

  #isActive(vcpu: number): boolean {
    const state = this.#engine.vcpus.state[vcpu]!;
    return state !== BLOCKED && state !== SWAPPING;
  }

  #progress(vcpu: number): number {
    const { times, state, stateSince } = this.#engine.vcpus;
    const first = vcpu * STATES;
    const past = times[first + RUNNING]! + times[first + BLOCKED]! + times[first + SWAPPING]!;
    const present = state[vcpu]!;
    const isProgress = present === RUNNING || present === BLOCKED || present === SWAPPING;
    return isProgress ? past + this.#engine.now - stateSince[vcpu]! : past;
  }
}
