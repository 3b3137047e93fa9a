import { IDLE } from '../engine.ts';
import { TIMER } from '../timeline.ts';
import { COSTOPPED, READY, RUNNING } from '../vcpu-table.ts';
import type { Competition } from './competition.ts';
import { LONG_WAIT, TICK, TICK_MARGIN } from './constants.ts';
import type { Gangs } from './gangs.ts';
import type { Parts } from './parts.ts';
import type { Pulling } from './pulling.ts';
import type { Threads } from './threads.ts';
import type { Tuning } from './tuning.ts';

/** Ticks between two looks at how much each vCPU uses. */
const LOAD_TICKS = 10;

/** The timers of the rounds, among the policy's. */
export const TICKER = 0;
export const POLL = 1;
export const NUMA = 2;

/** What is looked at regularly: priorities every 10 ms, skew every ms, NUMA nodes every 2 s. */
export class Rounds {
  readonly #parts: Parts;
  readonly #competition: Competition;
  readonly #gangs: Gangs;
  readonly #pulling: Pulling;
  readonly #threads: Threads;
  readonly #tuning: Tuning;
  /** Ticks between two times that something is forgotten. */
  readonly #creditTicks: number;
  readonly #stolenTicks: number;
  #ticks = 0;

  constructor(parts: Parts, competition: Competition, gangs: Gangs, helpers: { pulling: Pulling; threads: Threads }) {
    this.#parts = parts;
    this.#competition = competition;
    this.#gangs = gangs;
    this.#pulling = helpers.pulling;
    this.#threads = helpers.threads;
    this.#tuning = parts.settings.tuning;
    this.#creditTicks = Math.max(1, Math.round(this.#tuning.creditAge / TICK));
    this.#stolenTicks = Math.max(1, Math.round(this.#tuning.stolenAge / TICK));
    if (parts.homeNodes.isOn) parts.engine.timeline.arm(NUMA, this.#tuning.numa.period, TIMER);
  }

  /** Somebody runs: the next tick comes. */
  armTicker(): void {
    this.#arm(TICKER, TICK);
  }

  /** Skew can grow: the next poll comes. */
  armPoll(): void {
    this.#arm(POLL, this.#tuning.skewPoll);
  }

  tick(): void {
    const { engine, tree, settings } = this.#parts;
    this.#ticks++;
    this.#competition.chargeAll();
    tree.level(engine.now);
    this.#threads.protect();
    if (this.#ticks % this.#creditTicks === 0) tree.age();
    if (this.#ticks % LOAD_TICKS === 0) this.#weighLoads();
    if (this.#ticks % this.#stolenTicks === 0) this.#threads.age();
    for (let cpu = 0; cpu < engine.current.length; cpu++) this.#lookAround(cpu);
    const move = (vcpu: number, to: number) => this.#competition.moveRunning(vcpu, to);
    if (settings.mechanisms.wholeCoreFirst) this.#threads.spread(move);
    if (settings.mechanisms.wholeCoreFairness) this.#threads.exchange(move);
    if (engine.idlePcpus < engine.current.length || engine.waiting > 0) this.armTicker();
  }

  poll(): void {
    const { machines, tree } = this.#parts;
    const { running, waiting, wanting } = tree;
    const { coScheduling } = this.#gangs;
    let isUneven = false;
    for (let node = 0; node < machines.length; node++) {
      // Of most machines nothing is wanted, or all that is wanted runs, or all waits.
      const wanted = wanting[node]!;
      if (wanted === 0 || wanted === running[node] || wanted === waiting[node]) continue;
      const machine = machines[node];
      if (machine === undefined || machine.vcpus.length < 2 || machine.skewMode === 'None') continue;
      if (!coScheduling.isUneven(machine)) continue;
      isUneven = true;
      coScheduling.poll(machine);
    }
    if (isUneven) this.armPoll();
  }

  /** Moves machines to other home nodes, and brings back vCPUs that were fetched from theirs. */
  balanceNodes(): void {
    const { engine, homeNodes, vcpus } = this.#parts;
    const { nodeOf } = engine.topology;
    const table = engine.vcpus;
    const wanted = (vcpu: number) =>
      table.timeIn(vcpu, RUNNING, engine.now) +
      table.timeIn(vcpu, READY, engine.now) +
      table.timeIn(vcpu, COSTOPPED, engine.now);
    homeNodes.balance(wanted);
    for (let vcpu = 0; vcpu < table.end; vcpu++) {
      const node = vcpus.homeNode[vcpu]!;
      if (node >= 0 && nodeOf[table.home[vcpu]!] !== node) this.#competition.rehome(vcpu);
    }
    engine.timeline.arm(NUMA, engine.now + this.#tuning.numa.period, TIMER);
  }

  /** Arms a timer at the next multiple of its period, unless it is armed. */
  #arm(timer: number, period: number): void {
    const { now, timeline } = this.#parts.engine;
    if (timeline.timeOf(timer) < Number.POSITIVE_INFINITY) return;
    timeline.arm(timer, (Math.floor(now / period) + 1) * period, TIMER);
  }

  /** Sees to it that whoever waits at the pCPU and is due gets it, or another; an idle one looks for work. */
  #lookAround(cpu: number): void {
    const { engine, lists } = this.#parts;
    if (engine.waiting === 0) return;
    const own = engine.current[cpu]!;
    if (own === IDLE) {
      engine.requestPass(cpu);
      return;
    }
    const first = lists.lengths[cpu]! > 0 ? this.#pulling.local(cpu) : IDLE;
    if (first === IDLE) return;
    if (this.#competition.isBefore(first, own, TICK_MARGIN)) engine.requestPass(cpu);
    else if (engine.idlePcpus === 0) this.#competition.push(first);
    else if (engine.now - this.#parts.vcpus.offSince[first]! >= LONG_WAIT) this.#competition.makeRoom(cpu);
  }

  #weighLoads(): void {
    const { engine, vcpus } = this.#parts;
    for (let vcpu = 0; vcpu < engine.vcpus.end; vcpu++) {
      const ran = engine.vcpus.timeIn(vcpu, RUNNING, engine.now);
      const percent = (100 * (ran - vcpus.ranBefore[vcpu]!)) / (LOAD_TICKS * TICK);
      vcpus.load[vcpu] = (vcpus.load[vcpu]! + Math.min(100, percent)) / 2;
      vcpus.ranBefore[vcpu] = ran;
    }
  }
}
