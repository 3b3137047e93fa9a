import { type Engine, IDLE, type Policy } from '../engine.ts';
import { TIMER } from '../timeline.ts';
import {
  FLAG_BLOCKED,
  FLAG_COSTOPPED,
  FLAG_LIMITED,
  FLAG_MUST_MOVE,
  FLAG_PAUSED,
  FLAG_YIELDING,
  NOT_RUNNABLE,
  RUNNING,
} from '../vcpu-table.ts';
import { CoScheduling, type CoStopping } from './co-scheduling.ts';
import {
  CREDIT_AGE,
  DISTANCES,
  NUMA_PERIOD,
  PULL_PEERS,
  PUSH_MARGINS,
  QUANTUM,
  SHARED_CORE_EIGHTHS,
  SKEW_POLL,
  STOLEN_AGE,
  TICK,
  TICK_MARGIN,
  WAKE_MARGIN,
} from './constants.ts';
import { Distances } from './distances.ts';
import { Hardware } from './hardware.ts';
import { HomeNodes } from './home-nodes.ts';
import { type LimitHolder, Limits } from './limits.ts';
import { type Machine, ShareVcpus } from './machines.ts';
import { Placing } from './placing.ts';
import { Pulling } from './pulling.ts';
import { Room } from './room.ts';
import type { ShareSettings } from './settings.ts';
import { EIGHTHS, HELD, OFF, ON, ShareTree, type Stand, WAITING } from './share-tree.ts';
import { Threads } from './threads.ts';
import { WaitingLists } from './waiting-lists.ts';

/** The policy's timers: tick, skew poll, NUMA, limits, then a slice per pCPU. */
const TICKER = 0;
const POLL = 1;
const NUMA = 2;
const LIMIT = 3;
const FIRST_SLICE = 4;
export const shareTimers = (pcpus: number): number => FIRST_SLICE + pcpus;

/** Ticks between two looks at how much each vCPU uses. */
const LOAD_TICKS = 10;

/** ESX's proportional-share scheduler (algorithms.md 2): whoever has had least of what is his goes first. */
export class SharePolicy implements Policy, CoStopping, LimitHolder {
  readonly tree: ShareTree;
  readonly vcpus: ShareVcpus;
  readonly homeNodes: HomeNodes;
  readonly coScheduling: CoScheduling;
  readonly limits: Limits;
  /** By node of the share tree. */
  readonly machines: (Machine | undefined)[] = [];
  readonly #engine: Engine;
  readonly #settings: ShareSettings;
  readonly #lists: WaitingLists;
  readonly #hardware: Hardware;
  readonly #distances: Distances;
  readonly #room: Room;
  readonly #placing: Placing;
  readonly #pulling: Pulling;
  readonly #threads: Threads;
  /** By pCPU: what its vCPU has been charged up to; who must run next there; whose siblings it is handed to. */
  readonly #chargedAt: Float64Array;
  readonly #next: Int32Array;
  readonly #handedTo: Int32Array;
  /** By vCPU that must move: where to; -1: wherever is best. */
  readonly #moveTo = new Map<number, number>();
  #ticks = 0;
  /** Where the next push begins to look. */
  #pushed = 0;

  constructor(engine: Engine, settings: ShareSettings) {
    const { pcpus } = engine.topology;
    const { mechanisms } = settings;
    const machineOf = (vcpu: number) => this.machines[this.vcpus.machine[vcpu]!]!;
    this.#engine = engine;
    this.#settings = settings;
    this.tree = new ShareTree(settings.mhz);
    this.vcpus = new ShareVcpus(pcpus, DISTANCES);
    this.homeNodes = new HomeNodes(engine.topology, this.vcpus, mechanisms.numa);
    this.coScheduling = new CoScheduling(engine, this);
    this.limits = new Limits(this.tree, this);
    this.#lists = new WaitingLists(pcpus);
    this.#distances = new Distances(engine.topology);
    this.#hardware = new Hardware(engine, settings.costs, machineOf, (vcpu, cpu) =>
      this.homeNodes.remotePart(this.vcpus.machine[vcpu]!, cpu),
    );
    this.#room = new Room(engine, this.vcpus, this.tree, machineOf, mechanisms.throttleFarMoves);
    const shared = { room: this.#room, lists: this.#lists, distances: this.#distances };
    this.#placing = new Placing(engine, { ...shared, hardware: this.#hardware, mechanisms, machineOf });
    const isBefore = (a: number, b: number, margin: number) => this.#isBefore(a, b, margin);
    this.#pulling = new Pulling(engine, { ...shared, isBefore, cacheAffinity: mechanisms.cacheAffinity });
    this.#threads = new Threads(engine, this.#room, this.#hardware, this.vcpus, machineOf);
    this.#chargedAt = new Float64Array(pcpus);
    this.#next = new Int32Array(pcpus).fill(IDLE);
    this.#handedTo = new Int32Array(pcpus).fill(-1);
    engine.serve(this);
    if (this.homeNodes.isOn) engine.timeline.arm(NUMA, NUMA_PERIOD, TIMER);
  }

  /** Takes in a new, blocked vCPU of a machine. */
  admit(vcpu: number, machine: Machine): void {
    const { capacity } = this.#engine.vcpus;
    this.vcpus.create(vcpu, machine.node, this.#engine.vcpus);
    this.#lists.grow(capacity);
    this.coScheduling.create(vcpu, capacity);
  }

  /** Gives a vCPU that never ran a pCPU to start from, and one whose places have changed another. */
  resettle(machine: Machine): void {
    const { home, state } = this.#engine.vcpus;
    for (const vcpu of machine.vcpus) {
      const places = this.#room.placesOf(vcpu);
      if (places.has(home[vcpu]!)) continue;
      if (this.#lists.contains(vcpu)) {
        this.#lists.remove(home[vcpu]!, vcpu);
        this.#enqueue(vcpu, this.#placing.pick(vcpu), true);
      } else if (state[vcpu] === RUNNING) {
        this.#moveRunning(vcpu, -1);
      } else {
        home[vcpu] = places.nextAfter(home[vcpu]!);
      }
    }
  }

  /** Lets go of a vCPU that neither runs nor waits. */
  dismiss(vcpu: number): void {
    this.vcpus.homeNode[vcpu] = -1;
    this.#moveTo.delete(vcpu);
  }

  /** CPU that the vCPU has been charged, in ns: what it ran, less for what it shared a core. */
  used(vcpu: number): number {
    return this.vcpus.charged[vcpu]! / EIGHTHS;
  }

  chargeAll(): void {
    for (let cpu = 0; cpu < this.#chargedAt.length; cpu++) this.#charge(cpu);
  }

  /** The VMkernel works for a vCPU, in the time of whatever runs where that vCPU ran last. */
  systemWork(vcpu: number, ns: number): void {
    this.vcpus.system[vcpu]! += ns;
    const host = this.#engine.current[this.#engine.vcpus.home[vcpu]!]!;
    if (host === IDLE) return;
    this.vcpus.overlapped[host]! += ns;
    this.#engine.addStall(host, ns);
  }

  fire(timer: number): void {
    const { now } = this.#engine;
    if (timer >= FIRST_SLICE) this.#engine.requestPass(timer - FIRST_SLICE);
    else if (timer === TICKER) this.#tick();
    else if (timer === POLL) this.#poll();
    else if (timer === LIMIT) this.limits.look(now);
    else this.#balanceNodes();
  }

  wake(vcpu: number): void {
    const machine = this.#machineOf(vcpu);
    this.#join(machine, vcpu);
    const { flags } = this.#engine.vcpus;
    if (this.tree.isLimited(machine.node)) flags[vcpu]! |= FLAG_LIMITED;
    if (this.coScheduling.isHeld(machine)) flags[vcpu]! |= FLAG_COSTOPPED;
    if ((flags[vcpu]! & NOT_RUNNABLE) === 0) {
      this.#enqueue(vcpu, this.#placing.pick(vcpu), true);
    } else {
      this.#engine.settle(vcpu);
      this.#setStand(vcpu, HELD);
    }
  }

  sleep(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    if (current[home] === vcpu) {
      this.#engine.requestPass(home);
      return;
    }
    if (this.#lists.contains(vcpu)) this.#lists.remove(home, vcpu);
    this.#engine.settle(vcpu);
    this.#setStand(vcpu, this.#wants(vcpu) ? HELD : OFF);
  }

  pass(cpu: number): void {
    const engine = this.#engine;
    const current = engine.current[cpu]!;
    this.#charge(cpu);
    const mayStay = current !== IDLE && engine.vcpus.isRunnable(current);
    const next = this.#choose(cpu, mayStay ? current : IDLE);
    const from = next === IDLE ? cpu : engine.vcpus.home[next]!;
    if (next !== current) this.#switch(cpu, current, next);
    if (next === IDLE) engine.timeline.cancel(FIRST_SLICE + cpu);
    else engine.timeline.arm(FIRST_SLICE + cpu, engine.now + QUANTUM, TIMER);
    engine.observer?.decided(cpu, next, from === cpu ? -1 : from);
  }

  coStop(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    vcpus.flags[vcpu]! |= FLAG_COSTOPPED;
    const home = vcpus.home[vcpu]!;
    if (current[home] === vcpu) this.#handedTo[home] = this.vcpus.machine[vcpu]!;
    this.sleep(vcpu);
  }

  coStart(vcpu: number): void {
    this.#letGo(vcpu, FLAG_COSTOPPED);
  }

  startTogether(machine: Machine, gang: readonly number[]): boolean {
    if (this.tree.isLimited(machine.node)) return false;
    const places = this.#placesForGang(gang);
    if (places === undefined) return false;
    for (const [index, vcpu] of gang.entries()) {
      const cpu = places[index]!;
      const { current, vcpus } = this.#engine;
      if (current[vcpus.home[vcpu]!] === vcpu) {
        vcpus.flags[vcpu]! &= ~FLAG_COSTOPPED;
        continue;
      }
      if (this.#lists.contains(vcpu)) this.#lists.remove(vcpus.home[vcpu]!, vcpu);
      vcpus.flags[vcpu]! &= ~FLAG_COSTOPPED;
      this.#next[cpu] = vcpu;
      this.#enqueue(vcpu, cpu, false);
      this.#engine.requestPass(cpu);
    }
    return true;
  }

  hold(node: number): void {
    this.#eachVcpu(node, (vcpu) => {
      if (this.vcpus.stand[vcpu] === OFF) return;
      this.#engine.vcpus.flags[vcpu]! |= FLAG_LIMITED;
      this.sleep(vcpu);
    });
  }

  release(node: number): void {
    this.#eachVcpu(node, (vcpu) => {
      if (!this.tree.isLimited(this.vcpus.machine[vcpu]!)) this.#letGo(vcpu, FLAG_LIMITED);
    });
  }

  armLimits(time: number): void {
    this.#engine.timeline.arm(LIMIT, time, TIMER);
  }

  #machineOf(vcpu: number): Machine {
    return this.machines[this.vcpus.machine[vcpu]!]!;
  }

  #eachVcpu(node: number, act: (vcpu: number) => void): void {
    for (const vcpu of this.machines[node]?.vcpus ?? []) act(vcpu);
    for (const child of this.tree.children[node]!) this.#eachVcpu(child, act);
  }

  /** Whether the guest wants to run on the vCPU, whatever keeps it off. */
  #wants(vcpu: number): boolean {
    return (this.#engine.vcpus.flags[vcpu]! & (FLAG_BLOCKED | FLAG_PAUSED)) === 0;
  }

  #isBefore(a: number, b: number, margin: number): boolean {
    const { machine, turn } = this.vcpus;
    if (machine[a] === machine[b]) return turn[a]! + margin * EIGHTHS < turn[b]!;
    return this.tree.isBefore(machine[a]!, machine[b]!, margin, this.#engine.now);
  }

  #setStand(vcpu: number, stand: Stand): void {
    const old = this.vcpus.standOf(vcpu);
    if (old === stand) return;
    const { now } = this.#engine;
    const machine = this.vcpus.machine[vcpu]!;
    this.vcpus.stand[vcpu] = stand;
    this.tree.move(machine, old, stand, now);
    if (stand === ON) this.limits.runs(machine, now);
    const running = this.tree.running[machine]!;
    if (running > 0 && this.tree.wanting[machine]! > running) this.#armGrid(POLL, SKEW_POLL);
  }

  /** Arms a timer at the next multiple of its period, unless it is armed. */
  #armGrid(timer: number, period: number): void {
    const { now, timeline } = this.#engine;
    if (timeline.timeOf(timer) < Number.POSITIVE_INFINITY) return;
    timeline.arm(timer, (Math.floor(now / period) + 1) * period, TIMER);
  }

  /** A vCPU joins its active siblings, level with who has had least. */
  #join(machine: Machine, vcpu: number): void {
    if (machine.vcpus.length < 2) return;
    this.coScheduling.join(machine, vcpu);
    const { turn, stand } = this.vcpus;
    let least = Number.POSITIVE_INFINITY;
    for (const sibling of machine.vcpus) {
      if (sibling !== vcpu && stand[sibling] !== OFF) least = Math.min(least, turn[sibling]!);
    }
    if (least < Number.POSITIVE_INFINITY) turn[vcpu] = Math.max(turn[vcpu]!, least);
  }

  /** Clears what kept a vCPU off; when nothing else does, it competes again. */
  #letGo(vcpu: number, flag: number): void {
    const { flags, state } = this.#engine.vcpus;
    if ((flags[vcpu]! & flag) === 0) return;
    flags[vcpu]! &= ~flag;
    if ((flags[vcpu]! & NOT_RUNNABLE) !== 0 || state[vcpu] === RUNNING) this.#engine.settle(vcpu);
    else if (!this.#lists.contains(vcpu)) this.#enqueue(vcpu, this.#placing.pick(vcpu), true);
  }

  /**
   * A runnable vCPU waits at the pCPU from now on, and is put on it at once if that is its due.
   * @param mayPush whether it may be put on a busy pCPU elsewhere instead; not so when it has just been switched out
   */
  #enqueue(vcpu: number, cpu: number, mayPush: boolean): void {
    const engine = this.#engine;
    engine.vcpus.home[vcpu] = cpu;
    engine.settle(vcpu);
    this.#lists.add(cpu, vcpu);
    this.#setStand(vcpu, WAITING);
    const current = engine.current[cpu]!;
    if (current === IDLE || this.#isBefore(vcpu, current, WAKE_MARGIN)) engine.requestPass(cpu);
    else if (engine.idlePcpus > 0) this.#offer(vcpu);
    else if (mayPush) this.#push(vcpu);
  }

  /** Lets the nearest idle pCPU that may run the vCPU look for work. */
  #offer(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = this.#distances.peers(vcpus.home[vcpu]!, distance);
      for (let i = 0; i < peers.length; i++) {
        const peer = peers[i]!;
        if (current[peer] !== IDLE || !this.#room.isAllowed(vcpu, peer) || !this.#room.fitsCore(vcpu, peer)) continue;
        this.#engine.requestPass(peer);
        return;
      }
    }
  }

  /** Puts the vCPU where one runs that is far ahead of it, if there is such among a few at each distance. */
  #push(vcpu: number): void {
    const { current, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    for (let distance = 0; distance < DISTANCES; distance++) {
      const peers = this.#distances.peers(home, distance);
      const count = Math.min(PULL_PEERS, peers.length);
      for (let i = 0; i < count; i++) {
        const peer = peers[(this.#pushed + i) % peers.length]!;
        if (
          current[peer] === IDLE ||
          !this.#isBefore(vcpu, current[peer]!, PUSH_MARGINS[distance]!) ||
          this.#room.isThrottled(vcpu, peer)
        )
          continue;
        if (!this.#room.isAllowed(vcpu, peer) || !this.#room.fitsCore(vcpu, peer)) continue;
        this.#lists.remove(home, vcpu);
        vcpus.home[vcpu] = peer;
        this.#lists.add(peer, vcpu);
        this.#engine.requestPass(peer);
        return;
      }
    }
    this.#pushed += PULL_PEERS;
  }

  /** Whom the pCPU runs from now on; `own` is what it runs, if that may go on. */
  #choose(cpu: number, own: number): number {
    const { home, flags } = this.#engine.vcpus;
    const due = this.#next[cpu]!;
    this.#next[cpu] = IDLE;
    if (due !== IDLE && this.#lists.contains(due) && home[due] === cpu && this.#room.fitsCore(due, cpu)) return due;
    let best = this.#pulling.local(cpu);
    const heir = this.#heir(cpu);
    if (heir !== IDLE && (best === IDLE || !this.#isBefore(best, heir, TICK_MARGIN))) best = heir;
    if (own !== IDLE && this.#room.fitsCore(own, cpu)) {
      const yields = (flags[own]! & FLAG_YIELDING) !== 0;
      flags[own]! &= ~FLAG_YIELDING;
      if (best === IDLE || !(yields || this.#isBefore(best, own, 0))) best = own;
    }
    const fetched = best === IDLE ? this.#pulling.forIdle(cpu) : this.#pulling.forFairness(cpu, best);
    if (fetched !== best && best !== IDLE && best !== own) this.#push(best);
    best = fetched;
    return this.#threads.mayClaim(cpu, best, this.#lists) ? IDLE : best;
  }

  /** The sibling that lags most, where a co-stopped vCPU hands its pCPU on; IDLE: none. */
  #heir(cpu: number): number {
    const node = this.#handedTo[cpu]!;
    this.#handedTo[cpu] = -1;
    const machine = node < 0 ? undefined : this.machines[node];
    if (machine === undefined) return IDLE;
    const { cacheOf } = this.#engine.topology;
    let heir = IDLE;
    for (const vcpu of machine.vcpus) {
      if (!this.#lists.contains(vcpu) || !this.#room.isAllowed(vcpu, cpu) || !this.#room.fitsCore(vcpu, cpu)) continue;
      const isFar = cacheOf[this.#engine.vcpus.home[vcpu]!] !== cacheOf[cpu];
      if (isFar && this.#settings.mechanisms.handoffWithinCache) continue;
      if (heir === IDLE || this.coScheduling.progress(vcpu) < this.coScheduling.progress(heir)) heir = vcpu;
    }
    return heir;
  }

  #switch(cpu: number, current: number, next: number): void {
    const engine = this.#engine;
    const { vcpus } = engine;
    const [wasBusy, isBusy] = [current !== IDLE, next !== IDLE];
    if (isBusy) {
      this.#lists.remove(vcpus.home[next]!, next);
      vcpus.home[next] = cpu;
      this.#countMove(cpu, next);
      this.#threads.release(cpu, next);
    }
    if (wasBusy !== isBusy) this.#threads.eachSibling(cpu, (sibling) => this.#charge(sibling));
    this.#chargedAt[cpu] = engine.now;
    engine.switchTo(cpu, next);
    if (wasBusy !== isBusy) this.#hardware.count(cpu, isBusy);
    if (isBusy) {
      this.#setStand(next, ON);
      vcpus.grant(next, QUANTUM);
      this.#armGrid(TICKER, TICK);
    }
    if (wasBusy) this.#putAway(cpu, current);
    this.#hardware.switched(cpu, wasBusy !== isBusy);
    if (isBusy) {
      engine.armCompletion(next);
      this.#startSiblings(next);
    } else {
      this.#threads.wentIdle(cpu);
    }
  }

  /** Counts a move of a vCPU that is about to run on the pCPU, and lets its caches be cold for that long. */
  #countMove(cpu: number, vcpu: number): void {
    const { lastPcpu, stall } = this.#engine.vcpus;
    const last = lastPcpu[vcpu]!;
    if (last < 0 || last === cpu) return;
    const distance = this.#distances.between(last, cpu);
    this.vcpus.moves[vcpu * DISTANCES + distance]!++;
    stall[vcpu] = Math.max(stall[vcpu]!, this.#hardware.warmUp(distance));
  }

  /** What becomes of a vCPU that has been switched out. */
  #putAway(cpu: number, vcpu: number): void {
    const { flags } = this.#engine.vcpus;
    this.#threads.left(cpu, vcpu);
    const mustMove = (flags[vcpu]! & FLAG_MUST_MOVE) !== 0;
    flags[vcpu]! &= ~FLAG_MUST_MOVE;
    if (!this.#engine.vcpus.isRunnable(vcpu)) {
      this.#engine.settle(vcpu);
      this.#setStand(vcpu, this.#wants(vcpu) ? HELD : OFF);
      return;
    }
    const to = this.#moveTo.get(vcpu) ?? -1;
    this.#moveTo.delete(vcpu);
    if (mustMove && to >= 0) this.#next[to] = vcpu;
    this.#enqueue(vcpu, !mustMove ? cpu : to >= 0 ? to : this.#placing.pick(vcpu), to < 0);
    if (mustMove && to >= 0) this.#engine.requestPass(to);
  }

  /** One vCPU of a machine has started: its pCPUs look whether they cannot start the others too. */
  #startSiblings(vcpu: number): void {
    const machine = this.#machineOf(vcpu);
    if (machine.vcpus.length < 2 || machine.skewMode === 'None') return;
    const { current, vcpus } = this.#engine;
    for (const sibling of machine.vcpus) {
      if (this.vcpus.stand[sibling] !== WAITING) continue;
      const home = vcpus.home[sibling]!;
      const there = current[home]!;
      if (there === IDLE || this.#isBefore(sibling, there, 0)) this.#engine.requestPass(home);
    }
  }

  /** Charges what runs on the pCPU for the time since it was charged last. */
  #charge(cpu: number): void {
    const { current, now } = this.#engine;
    const time = now - this.#chargedAt[cpu]!;
    this.#chargedAt[cpu] = now;
    const vcpu = current[cpu]!;
    if (vcpu === IDLE || time <= 0) return;
    const eighths = this.#hardware.hasBusySibling(cpu, true) ? SHARED_CORE_EIGHTHS : EIGHTHS;
    const { charged, turn, stolen, ranOn, machine } = this.vcpus;
    charged[vcpu]! += time * eighths;
    turn[vcpu]! += time * eighths;
    stolen[vcpu]! += time * (EIGHTHS - eighths);
    ranOn[vcpu * current.length + cpu]! += time;
    this.tree.charge(machine[vcpu]!, time * eighths);
  }

  #tick(): void {
    const engine = this.#engine;
    this.#ticks++;
    this.chargeAll();
    this.tree.level();
    if (this.#ticks % (CREDIT_AGE / TICK) === 0) this.tree.age();
    if (this.#ticks % LOAD_TICKS === 0) this.#weighLoads();
    if (this.#ticks % (STOLEN_AGE / TICK) === 0) this.#threads.age();
    for (let cpu = 0; cpu < engine.current.length; cpu++) this.#lookAround(cpu);
    const { wholeCoreFirst, wholeCoreFairness } = this.#settings.mechanisms;
    if (wholeCoreFirst) this.#threads.spread((vcpu, to) => this.#moveRunning(vcpu, to));
    if (wholeCoreFairness) this.#threads.exchange((vcpu, to) => this.#moveRunning(vcpu, to));
    if (engine.idlePcpus < engine.current.length || engine.waiting > 0) {
      engine.timeline.arm(TICKER, engine.now + TICK, TIMER);
    }
  }

  /** Requests a pass where somebody waits who should run before the one that does, or while the pCPU idles. */
  #lookAround(cpu: number): void {
    const { current, waiting } = this.#engine;
    if (waiting === 0) return;
    const own = current[cpu]!;
    if (own === IDLE) {
      this.#engine.requestPass(cpu);
    } else if (this.#lists.lengths[cpu]! > 0) {
      const first = this.#pulling.local(cpu);
      if (first === IDLE) return;
      if (this.#isBefore(first, own, TICK_MARGIN)) this.#engine.requestPass(cpu);
      else if (this.#engine.idlePcpus === 0) this.#push(first);
    }
  }

  #moveRunning(vcpu: number, to: number): void {
    const { flags, home } = this.#engine.vcpus;
    flags[vcpu]! |= FLAG_MUST_MOVE;
    this.#moveTo.set(vcpu, to);
    this.#engine.requestPass(home[vcpu]!);
  }

  #weighLoads(): void {
    const { vcpus, now } = this.#engine;
    const { load, ranBefore } = this.vcpus;
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const ran = vcpus.timeIn(vcpu, RUNNING, now);
      const percent = (100 * (ran - ranBefore[vcpu]!)) / (LOAD_TICKS * TICK);
      load[vcpu] = (load[vcpu]! + Math.min(100, percent)) / 2;
      ranBefore[vcpu] = ran;
    }
  }

  #poll(): void {
    let isUneven = false;
    for (const machine of this.machines) {
      if (machine === undefined || machine.vcpus.length < 2 || machine.skewMode === 'None') continue;
      if (this.tree.wanting[machine.node] === 0 || !this.coScheduling.isUneven(machine)) continue;
      isUneven = true;
      this.coScheduling.poll(machine);
    }
    if (isUneven) this.#armGrid(POLL, SKEW_POLL);
  }

  /**
   * A pCPU for each of the gang, or undefined when there are not as many: idle ones, those on which its machine runs, and
   * those of whoever comes after it. Each vCPU keeps its own where it can.
   */
  #placesForGang(gang: readonly number[]): readonly number[] | undefined {
    const { current, vcpus } = this.#engine;
    const machine = this.#machineOf(gang[0]!);
    const isFree = (cpu: number) => {
      const there = current[cpu]!;
      if (this.#next[cpu] !== IDLE || machine.allowed?.has(cpu) === false) return false;
      if (!this.#room.fitsCore(gang[0]!, cpu)) return false;
      return there === IDLE || this.#machineOf(there) === machine || this.#isBefore(gang[0]!, there, 0);
    };
    const free = new Set<number>();
    for (let cpu = 0; cpu < current.length; cpu++) if (isFree(cpu)) free.add(cpu);
    if (free.size < gang.length) return undefined;
    const running = gang.filter((vcpu) => current[vcpus.home[vcpu]!] === vcpu);
    for (const vcpu of running) free.delete(vcpus.home[vcpu]!);
    const places = gang.map((vcpu) => {
      const home = vcpus.home[vcpu]!;
      return running.includes(vcpu) || free.delete(home) ? home : -1;
    });
    const rest = [...free].sort((a, b) => Number(current[a] !== IDLE) - Number(current[b] !== IDLE) || a - b);
    return places.map((cpu) => (cpu >= 0 ? cpu : rest.shift()!));
  }

  #balanceNodes(): void {
    const { vcpus, now, timeline } = this.#engine;
    const moved = this.homeNodes.balance(
      (vcpu) => vcpus.timeIn(vcpu, RUNNING, now) + vcpus.timeIn(vcpu, 1, now) + vcpus.timeIn(vcpu, 4, now),
    );
    const { nodeOf } = this.#engine.topology;
    const strays: number[] = [];
    for (let vcpu = 0; vcpu < vcpus.end; vcpu++) {
      const node = this.vcpus.homeNode[vcpu]!;
      if (node >= 0 && nodeOf[vcpus.home[vcpu]!] !== node && !moved.includes(vcpu)) strays.push(vcpu);
    }
    for (const vcpu of [...moved, ...strays]) {
      if (this.#lists.contains(vcpu)) {
        this.#lists.remove(vcpus.home[vcpu]!, vcpu);
        this.#enqueue(vcpu, this.#placing.pick(vcpu), true);
      } else if (vcpus.state[vcpu] === RUNNING) {
        this.#moveRunning(vcpu, -1);
      }
    }
    timeline.arm(NUMA, now + NUMA_PERIOD, TIMER);
  }
}
