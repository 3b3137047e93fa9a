import { CpuSet } from '../cpu-set.ts';
import { type Engine, IDLE, type Policy } from '../engine.ts';
import { TIMER } from '../timeline.ts';
import {
  FLAG_ACTIVE,
  FLAG_BLOCKED,
  FLAG_LIMITED,
  FLAG_MUST_MOVE,
  FLAG_PAUSED,
  FLAG_PLACED,
  FLAG_YIELDING,
  NOT_RUNNABLE,
} from '../vcpu-table.ts';
import { Accounts, type Parking } from './accounts.ts';
import { Charges } from './charges.ts';
import type { CreditParameters } from './parameters.ts';
import { Placement } from './placement.ts';
import { PRIORITY_BOOST, PRIORITY_IDLE, PRIORITY_OVER, PRIORITY_UNDER } from './priority.ts';
import { RunQueues } from './run-queues.ts';
import { Stealing } from './stealing.ts';

/** The slice timer of a vCPU that has run for less than this is set to this. */
const SHORTEST_TIMER = 100;

/** Told of every accounting run, just after it. */
export interface AccountingObserver {
  accounted(): void;
}

/** The timers of the policy: accounting, then a tick per pCPU, then a slice per pCPU. */
const ACCOUNTING = 0;
export const creditTimers = (pcpus: number): number => 1 + 2 * pcpus;

/** Xen's credit scheduler (xen-credit.md). */
export class CreditPolicy implements Policy, Parking {
  readonly queues: RunQueues;
  readonly charges = new Charges();
  readonly accounts: Accounts;
  accountingObserver: AccountingObserver | undefined;
  readonly #engine: Engine;
  readonly #parameters: CreditParameters;
  readonly #pcpus: number;
  readonly #idlers: CpuSet;
  readonly #placement: Placement;
  readonly #stealing: Stealing;
  /** By pCPU. */
  readonly #lastPoked: Int32Array;
  readonly #epochSeen: Float64Array;
  /** The pCPU whose code runs: it remembers whom it poked last. */
  #executing = 0;
  /** By vCPU, for those that may not run everywhere. */
  readonly #allowed: (CpuSet | undefined)[] = [];
  #pinnedCount = 0;
  readonly #isKeptFrom = (vcpu: number, cpu: number): boolean => this.#allowed[vcpu]?.has(cpu) === false;

  constructor(engine: Engine, parameters: CreditParameters) {
    const { pcpus } = engine.topology;
    this.#engine = engine;
    this.#parameters = parameters;
    this.#pcpus = pcpus;
    this.queues = new RunQueues(pcpus, engine.vcpus);
    this.accounts = new Accounts(parameters, pcpus, engine.vcpus, this.charges);
    this.#idlers = new CpuSet(pcpus);
    for (let cpu = 0; cpu < pcpus; cpu++) this.#idlers.add(cpu);
    this.#placement = new Placement(engine.topology, this.#idlers, this.queues);
    // The pCPUs came up, idle, one slice before time 0.
    this.#stealing = new Stealing(engine, this.#idlers, this.queues, -parameters.sliceNs);
    this.#lastPoked = new Int32Array(pcpus);
    this.#epochSeen = new Float64Array(pcpus);
    engine.serve(this);
    engine.timeline.arm(ACCOUNTING, parameters.sliceNs, TIMER);
  }

  /** Takes in a new, blocked vCPU of a domain; `start` is where the search for its home begins. */
  admit(vcpu: number, domain: number, start: number, allowed: CpuSet | undefined): void {
    const { vcpus } = this.#engine;
    this.queues.grow(vcpus.capacity);
    this.charges.grow(vcpus.capacity);
    this.accounts.growVcpus(vcpus.capacity);
    this.queues.priority[vcpu] = PRIORITY_UNDER;
    this.charges.reset(vcpu);
    this.accounts.domainOf[vcpu] = domain;
    this.#allowed[vcpu] = allowed;
    if (allowed !== undefined) this.#pinnedCount++;
    vcpus.flags[vcpu]! |= FLAG_PLACED;
    vcpus.home[vcpu] = this.#placement.pick(start, allowed, true);
  }

  /** Lets go of a vCPU that neither runs nor waits. */
  dismiss(vcpu: number): void {
    if ((this.#engine.vcpus.flags[vcpu]! & FLAG_ACTIVE) !== 0) this.accounts.deactivate(vcpu);
    if (this.#allowed[vcpu] !== undefined) this.#pinnedCount--;
    this.#allowed[vcpu] = undefined;
  }

  /** Takes a vCPU off its pCPU or out of its queue, because a flag that makes it not runnable has just been set. */
  sleep(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    if (current[home] === vcpu) {
      this.#engine.requestPass(home);
      return;
    }
    if (this.queues.contains(vcpu)) this.queues.remove(home, vcpu);
    this.#engine.settle(vcpu);
  }

  park(vcpu: number): void {
    this.#engine.vcpus.flags[vcpu]! |= FLAG_LIMITED;
    this.sleep(vcpu);
  }

  unpark(vcpu: number): void {
    const { flags } = this.#engine.vcpus;
    // The flag stands until the wake-up is over, so that it gives no boost.
    if ((flags[vcpu]! & (FLAG_BLOCKED | FLAG_PAUSED)) === 0) this.#enqueue(vcpu);
    flags[vcpu]! &= ~FLAG_LIMITED;
    this.#engine.settle(vcpu);
  }

  fire(timer: number): void {
    if (timer === ACCOUNTING) this.#account();
    else if (timer <= this.#pcpus) this.#tick(timer - 1);
    else this.#engine.requestPass(timer - 1 - this.#pcpus);
  }

  wake(vcpu: number): void {
    this.#executing = this.#engine.vcpus.home[vcpu]!;
    this.#enqueue(vcpu);
  }

  pass(cpu: number): void {
    const engine = this.#engine;
    const { now } = engine;
    const slice = 1 + this.#pcpus + cpu;
    const current = engine.current[cpu]!;
    engine.timeline.cancel(slice);
    if (current !== IDLE) {
      this.charges.charge(current, now);
      const flags = engine.vcpus.flags[current]!;
      const ran = now - engine.since[cpu]!;
      if (ran < this.#parameters.rateLimitNs && (flags & (NOT_RUNNABLE | FLAG_YIELDING)) === 0) {
        const left = ran < SHORTEST_TIMER ? SHORTEST_TIMER : this.#parameters.rateLimitNs - ran;
        engine.timeline.arm(slice, now + left, TIMER);
        engine.observer?.decided(cpu, current, -1);
        return;
      }
      if ((flags & NOT_RUNNABLE) === 0) this.queues.insert(cpu, current, true);
    }
    const next = this.#choose(cpu);
    if (next === IDLE) this.#idlers.add(cpu);
    else this.#idlers.delete(cpu);
    this.#setTimers(cpu, current, next);
    if (next !== current) this.#switch(cpu, current, next);
    engine.observer?.decided(cpu, next, this.#stealing.victim);
    this.#stealing.victim = -1;
  }

  /** Takes the vCPU to run next out of the queue of this pCPU or of another. */
  #choose(cpu: number): number {
    const head = this.queues.head(cpu);
    const priority = head < 0 ? PRIORITY_IDLE : this.queues.priority[head]!;
    if (priority <= PRIORITY_OVER && this.#stealing.mayAttempt(cpu)) {
      const stolen = this.#stealing.steal(cpu, priority, this.#pinnedCount > 0 ? this.#isKeptFrom : undefined);
      if (stolen >= 0) {
        this.#engine.vcpus.home[stolen] = cpu;
        return stolen;
      }
    }
    if (head < 0) return IDLE;
    this.queues.remove(cpu, head);
    return head;
  }

  #setTimers(cpu: number, current: number, next: number): void {
    const { now, timeline } = this.#engine;
    const { sliceNs, tickNs } = this.#parameters;
    const tick = 1 + cpu;
    if (current === IDLE && next !== IDLE) timeline.arm(tick, (Math.floor(now / tickNs) + 1) * tickNs, TIMER);
    else if (current !== IDLE && next === IDLE) timeline.cancel(tick);
    if (next !== IDLE) timeline.arm(tick + this.#pcpus, now + sliceNs, TIMER);
  }

  #switch(cpu: number, current: number, next: number): void {
    const engine = this.#engine;
    const { flags } = engine.vcpus;
    engine.switchTo(cpu, next);
    if (next !== IDLE) {
      this.charges.switchIn(next, engine.now);
      engine.vcpus.grant(next, this.#parameters.sliceNs);
    }
    if (current !== IDLE) {
      this.charges.switchOut(current, engine.now);
      if ((flags[current]! & FLAG_MUST_MOVE) !== 0) this.#move(cpu, current);
    }
    if (next !== IDLE) engine.armCompletion(next);
  }

  /** Gives a vCPU that has just been switched out a better home. */
  #move(cpu: number, vcpu: number): void {
    const { vcpus } = this.#engine;
    vcpus.home[vcpu] = this.#placement.pick(vcpus.home[vcpu]!, this.#allowed[vcpu], true);
    vcpus.flags[vcpu] = (vcpus.flags[vcpu]! | FLAG_PLACED) & ~FLAG_MUST_MOVE;
    this.#executing = cpu;
    if (vcpus.isRunnable(vcpu)) this.#enqueue(vcpu);
  }

  #tick(cpu: number): void {
    const engine = this.#engine;
    const vcpu = engine.current[cpu]!;
    if (vcpu !== IDLE) {
      const { flags, home } = engine.vcpus;
      if (this.queues.priority[vcpu] === PRIORITY_BOOST) this.queues.priority[vcpu] = PRIORITY_UNDER;
      this.charges.charge(vcpu, engine.now);
      if ((flags[vcpu]! & FLAG_ACTIVE) === 0) {
        this.accounts.activate(vcpu);
      } else if (this.#placement.pick(home[vcpu]!, this.#allowed[vcpu], false) !== cpu) {
        flags[vcpu]! |= FLAG_MUST_MOVE;
        engine.requestPass(cpu);
      }
    }
    if (this.#epochSeen[cpu] !== this.accounts.epoch) {
      this.#epochSeen[cpu] = this.accounts.epoch;
      this.queues.partition(cpu, PRIORITY_UNDER);
    }
    engine.timeline.arm(1 + cpu, engine.now + this.#parameters.tickNs, TIMER);
  }

  #account(): void {
    const { now, timeline } = this.#engine;
    this.#executing = 0;
    this.accounts.run(this.queues.priority, this);
    timeline.arm(ACCOUNTING, now + this.#parameters.sliceNs, TIMER);
    this.accountingObserver?.accounted();
  }

  /** A vCPU becomes runnable: into the queue of its home, and a word to whoever should take it (section 7). */
  #enqueue(vcpu: number): void {
    const engine = this.#engine;
    const { flags, home } = engine.vcpus;
    const { priority } = this.queues;
    const cpu = home[vcpu]!;
    if (engine.current[cpu] === vcpu || this.queues.contains(vcpu)) return;
    const wasPlaced = (flags[vcpu]! & FLAG_PLACED) !== 0;
    flags[vcpu]! &= ~FLAG_PLACED;
    if (!wasPlaced && priority[vcpu] === PRIORITY_UNDER && (flags[vcpu]! & FLAG_LIMITED) === 0) {
      priority[vcpu] = PRIORITY_BOOST;
    }
    const current = engine.current[cpu]!;
    this.queues.insert(cpu, vcpu, current !== IDLE);
    const poked = this.#whomToPoke(cpu, vcpu, current);
    if (poked < 0) return;
    this.#idlers.delete(poked);
    engine.requestPass(poked);
  }

  #whomToPoke(cpu: number, vcpu: number, current: number): number {
    if (current === IDLE) return cpu;
    const { priority } = this.queues;
    const outranks = priority[vcpu]! > priority[current]!;
    if (this.#idlers.isEmpty) return outranks ? cpu : -1;
    const allowed = this.#allowed[vcpu];
    const from = this.#lastPoked[this.#executing]!;
    let idler = this.#idlers.nextAfter(from);
    if (allowed !== undefined) {
      const first = idler;
      while (!allowed.has(idler)) {
        idler = this.#idlers.nextAfter(idler);
        if (idler === first) return outranks ? cpu : -1;
      }
    }
    this.#lastPoked[this.#executing] = idler;
    return idler;
  }
}
