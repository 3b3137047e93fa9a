import { type Engine, IDLE, type Policy } from '../engine.ts';
import { TIMER } from '../timeline.ts';
import { FLAG_COSTOPPED, FLAG_LIMITED, FLAG_YIELDING, NOT_RUNNABLE } from '../vcpu-table.ts';
import { Competition } from './competition.ts';
import { DISTANCES, TICK_MARGIN } from './constants.ts';
import { Gangs } from './gangs.ts';
import { type LimitHolder, Limits } from './limits.ts';
import type { Machine } from './machines.ts';
import { assemble, type Parts } from './parts.ts';
import { type Comparison, Pulling } from './pulling.ts';
import { NUMA, POLL, Rounds, TICKER } from './rounds.ts';
import type { ShareSettings } from './settings.ts';
import { EIGHTHS, HELD, OFF, ON } from './share-tree.ts';
import { Threads } from './threads.ts';

/** The policy's timers: those of the rounds, the limits', then a slice per pCPU. */
const LIMIT = 3;
const FIRST_SLICE = 4;
export const shareTimers = (pcpus: number): number => FIRST_SLICE + pcpus;

/** ESX's proportional-share scheduler (algorithms.md 2): whoever has had least of what is his goes first. */
export class SharePolicy implements Policy, LimitHolder {
  readonly parts: Parts;
  readonly competition: Competition;
  readonly gangs: Gangs;
  readonly limits: Limits;
  readonly #engine: Engine;
  readonly #quantum: number;
  readonly #pulling: Pulling;
  readonly #threads: Threads;
  readonly #rounds: Rounds;
  readonly #isBefore: Comparison = (a, b, margin) => this.competition.isBefore(a, b, margin);

  constructor(engine: Engine, settings: ShareSettings) {
    const parts = assemble(engine, settings);
    const { lists, room, distances } = parts;
    const { cacheAffinity } = settings.mechanisms;
    this.#engine = engine;
    this.#quantum = settings.tuning.quantum;
    this.parts = parts;
    this.competition = new Competition(parts, {
      runs: (machine) => this.limits.runs(machine, engine.now),
      runsInPart: () => this.#rounds.armPoll(),
    });
    this.gangs = new Gangs(parts, this.competition);
    this.limits = new Limits(parts.tree, this);
    const isBefore = this.#isBefore;
    this.#pulling = new Pulling(engine, { room, lists, distances, isBefore, cacheAffinity, tuning: settings.tuning });
    this.#threads = new Threads(parts);
    const helpers = { pulling: this.#pulling, threads: this.#threads };
    this.#rounds = new Rounds(parts, this.competition, this.gangs, helpers);
    engine.serve(this);
  }

  /** Takes in a new, blocked vCPU of a machine. */
  admit(vcpu: number, machine: Machine): void {
    const { vcpus, lists } = this.parts;
    const { capacity } = this.#engine.vcpus;
    vcpus.create(vcpu, machine.node, this.#engine.vcpus);
    lists.grow(capacity);
    this.gangs.coScheduling.create(vcpu, capacity);
  }

  /** Lets go of a vCPU that neither runs nor waits. */
  dismiss(vcpu: number): void {
    this.parts.vcpus.homeNode[vcpu] = -1;
    this.competition.forget(vcpu);
  }

  /** CPU that the vCPU has been charged, in ns: what it ran, less for what it shared a core. */
  used(vcpu: number): number {
    return this.parts.vcpus.charged[vcpu]! / EIGHTHS;
  }

  chargeAll(): void {
    this.competition.chargeAll();
  }

  /** The VMkernel works for a vCPU, in the time of whatever runs where that vCPU ran last. */
  systemWork(vcpu: number, ns: number): void {
    const { vcpus } = this.parts;
    vcpus.system[vcpu]! += ns;
    const host = this.#engine.current[this.#engine.vcpus.home[vcpu]!]!;
    if (host === IDLE) return;
    vcpus.overlapped[host]! += ns;
    this.#engine.addStall(host, ns);
  }

  fire(timer: number): void {
    if (timer >= FIRST_SLICE) this.#engine.requestPass(timer - FIRST_SLICE);
    else if (timer === TICKER) this.#rounds.tick();
    else if (timer === POLL) this.#rounds.poll();
    else if (timer === NUMA) this.#rounds.balanceNodes();
    else this.limits.look(this.#engine.now);
  }

  wake(vcpu: number): void {
    const { machineOf, tree } = this.parts;
    const machine = machineOf(vcpu);
    this.#join(machine, vcpu);
    const { flags } = this.#engine.vcpus;
    if (tree.isLimited(machine.node)) flags[vcpu]! |= FLAG_LIMITED;
    if (this.gangs.coScheduling.isHeld(machine)) {
      flags[vcpu]! |= FLAG_COSTOPPED;
      this.#rounds.armPoll();
    }
    if ((flags[vcpu]! & NOT_RUNNABLE) === 0) {
      this.competition.enqueueAnywhere(vcpu);
    } else {
      this.#engine.settle(vcpu);
      this.competition.setStand(vcpu, HELD);
    }
  }

  sleep(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    // What kept off one that is paused now is found out anew when it is woken; nobody would let it go meanwhile.
    if (!this.competition.wants(vcpu)) vcpus.flags[vcpu]! &= ~(FLAG_COSTOPPED | FLAG_LIMITED);
    if (current[home] === vcpu) this.#engine.requestPass(home);
    else this.competition.withdraw(vcpu);
  }

  pass(cpu: number): void {
    const engine = this.#engine;
    const current = engine.current[cpu]!;
    this.competition.charge(cpu);
    if (current === IDLE || !engine.vcpus.isRunnable(current)) this.gangs.coScheduling.retry();
    const mayStay = current !== IDLE && engine.vcpus.isRunnable(current);
    const next = this.#choose(cpu, mayStay ? current : IDLE);
    const from = next === IDLE ? cpu : engine.vcpus.home[next]!;
    if (next !== current) this.#switch(cpu, current, next);
    if (next === IDLE && this.#threads.isOn) this.competition.offerWaiting(cpu);
    if (next === IDLE) engine.timeline.cancel(FIRST_SLICE + cpu);
    else engine.timeline.arm(FIRST_SLICE + cpu, engine.now + this.#quantum, TIMER);
    engine.observer?.decided(cpu, next, from === cpu ? -1 : from);
  }

  hold(node: number): void {
    this.#eachVcpu(node, (vcpu) => {
      if (this.parts.vcpus.stand[vcpu] === OFF) return;
      this.#engine.vcpus.flags[vcpu]! |= FLAG_LIMITED;
      this.sleep(vcpu);
    });
  }

  release(node: number): void {
    const { tree, vcpus } = this.parts;
    this.#eachVcpu(node, (vcpu) => {
      if (!tree.isLimited(vcpus.machine[vcpu]!)) this.competition.letGo(vcpu, FLAG_LIMITED);
    });
  }

  armLimits(time: number): void {
    this.#engine.timeline.arm(LIMIT, time, TIMER);
  }

  #eachVcpu(node: number, act: (vcpu: number) => void): void {
    for (const vcpu of this.parts.machines[node]?.vcpus ?? []) act(vcpu);
    for (const child of this.parts.tree.children[node]!) this.#eachVcpu(child, act);
  }

  /** A vCPU joins its active siblings, level with who has had least. */
  #join(machine: Machine, vcpu: number): void {
    if (machine.vcpus.length < 2) return;
    this.gangs.coScheduling.join(machine, vcpu);
    const { turn, stand } = this.parts.vcpus;
    let least = Number.POSITIVE_INFINITY;
    for (const sibling of machine.vcpus) {
      if (sibling !== vcpu && stand[sibling] !== OFF) least = Math.min(least, turn[sibling]!);
    }
    if (least < Number.POSITIVE_INFINITY) turn[vcpu] = Math.max(turn[vcpu]!, least);
  }

  /** Whom the pCPU runs from now on; `own` is what it runs, if that may go on. */
  #choose(cpu: number, own: number): number {
    const { room, lists } = this.parts;
    const { home, flags } = this.#engine.vcpus;
    const due = this.competition.next[cpu]!;
    this.competition.next[cpu] = IDLE;
    if (due !== IDLE && lists.contains(due) && home[due] === cpu && room.fitsCore(due, cpu)) return due;
    let best = this.#pulling.local(cpu);
    const heir = this.gangs.heir(cpu);
    if (heir !== IDLE && (best === IDLE || !this.competition.isBefore(best, heir, TICK_MARGIN))) best = heir;
    if (own !== IDLE && room.fitsCore(own, cpu)) {
      const yields = (flags[own]! & FLAG_YIELDING) !== 0;
      flags[own]! &= ~FLAG_YIELDING;
      if (best === IDLE || !(yields || this.competition.isBefore(best, own, 0))) best = own;
    }
    const fetched = best === IDLE ? this.#pulling.forIdle(cpu) : this.#pulling.forFairness(cpu, best);
    if (fetched !== best && best !== IDLE && best !== own) this.competition.push(best);
    if (fetched === IDLE) this.competition.bringHome(cpu);
    return this.#threads.mayClaim(cpu, fetched, lists, this.#isBefore) ? IDLE : fetched;
  }

  #switch(cpu: number, current: number, next: number): void {
    const engine = this.#engine;
    const { lists, hardware } = this.parts;
    const { vcpus } = engine;
    const [wasBusy, isBusy] = [current !== IDLE, next !== IDLE];
    if (isBusy) {
      lists.remove(vcpus.home[next]!, next);
      vcpus.home[next] = cpu;
      this.#countMove(cpu, next);
      this.#threads.release(cpu, next);
    }
    if (wasBusy !== isBusy) this.#threads.eachSibling(cpu, (sibling) => this.competition.charge(sibling));
    engine.switchTo(cpu, next);
    if (wasBusy !== isBusy) hardware.count(cpu, isBusy);
    if (isBusy) {
      this.competition.setStand(next, ON);
      vcpus.grant(next, this.#quantum);
      this.#rounds.armTicker();
    }
    if (wasBusy) {
      this.#threads.left(cpu, current);
      this.competition.putAway(cpu, current);
    }
    hardware.switched(cpu, wasBusy !== isBusy);
    if (isBusy) {
      engine.armCompletion(next);
      this.gangs.startSiblings(next);
    } else {
      this.#threads.wentIdle(cpu);
    }
  }

  /** Counts a move of a vCPU that is about to run on the pCPU, and lets its caches be cold for as long as that takes. */
  #countMove(cpu: number, vcpu: number): void {
    const { distances, hardware, vcpus } = this.parts;
    const { lastPcpu, stall } = this.#engine.vcpus;
    const last = lastPcpu[vcpu]!;
    if (last < 0 || last === cpu) return;
    const distance = distances.between(last, cpu);
    vcpus.moves[vcpu * DISTANCES + distance]!++;
    stall[vcpu] = Math.max(stall[vcpu]!, hardware.warmUp(distance));
  }
}
