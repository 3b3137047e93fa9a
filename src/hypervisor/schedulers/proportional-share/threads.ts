import { type Engine, IDLE } from '../engine.ts';
import { RUNNING } from '../vcpu-table.ts';
import { CLAIM_WAIT, CORE_DEBT, TICK_MARGIN } from './constants.ts';
import type { Hardware } from './hardware.ts';
import type { Machine, ShareVcpus } from './machines.ts';
import type { Parts } from './parts.ts';
import type { Comparison } from './pulling.ts';
import type { Room } from './room.ts';
import { EIGHTHS, type ShareTree } from './share-tree.ts';
import type { WaitingLists } from './waiting-lists.ts';

type Move = (vcpu: number, to: number) => void;

/** Hyper-threading: who shares a core with whom, and for how long (algorithms.md 2.4). */
export class Threads {
  readonly #engine: Engine;
  readonly #room: Room;
  readonly #hardware: Hardware;
  readonly #vcpus: ShareVcpus;
  readonly #tree: ShareTree;
  readonly #wholeCore: number;
  readonly #machineOf: (vcpu: number) => Machine;
  /** Whether cores have several threads. */
  readonly isOn: boolean;
  /** Since when a vCPU that waits has been denied the core it waits at, because of who runs beside it. */
  readonly #deniedAt = new Map<number, number>();

  constructor({ engine, room, hardware, vcpus, tree, machineOf, settings }: Parts) {
    this.#engine = engine;
    this.#room = room;
    this.#hardware = hardware;
    this.#vcpus = vcpus;
    this.#tree = tree;
    this.#wholeCore = settings.tuning.wholeCore;
    this.#machineOf = machineOf;
    this.isOn = engine.topology.coreSets.length < engine.topology.pcpus;
  }

  eachSibling(cpu: number, act: (sibling: number) => void): void {
    if (!this.isOn) return;
    const { coreOf, coreSets } = this.#engine.topology;
    const threads = coreSets[coreOf[cpu]!]!;
    for (let other = threads.nextAfter(cpu); other !== cpu; other = threads.nextAfter(other)) act(other);
  }

  /**
   * Whether the pCPU stays idle because somebody waits at it who is to have the core for himself: he claims it, and the
   * core's other threads are asked to leave.
   * One that would share the core but is kept off by those that do not may claim it when he is far behind all of them.
   * @param best who would run otherwise
   */
  mayClaim(cpu: number, best: number, lists: WaitingLists, isBefore: Comparison): boolean {
    if (!this.isOn) return false;
    const core = this.#engine.topology.coreOf[cpu]!;
    let claimant = this.#room.claims[core]!;
    if (claimant >= 0 && !lists.contains(claimant) && !this.#runsOn(claimant, core)) {
      claimant = this.#room.claims[core] = -1;
    }
    if (claimant >= 0) return best !== claimant;
    for (let vcpu = lists.first(cpu); vcpu >= 0; vcpu = lists.after(vcpu)) {
      if (vcpu === best) continue;
      if (this.#room.fitsCore(vcpu, cpu)) continue;
      const isDue =
        this.#machineOf(vcpu).sharing === 'Any'
          ? this.#isBeforeAll(vcpu, [cpu, best], isBefore)
          : this.#isPatient(vcpu);
      if (!isDue) continue;
      this.#room.claims[core] = vcpu;
      this.eachSibling(cpu, (sibling) => this.#engine.requestPass(sibling));
      return true;
    }
    return false;
  }

  /** A vCPU starts on the pCPU: its claim, if it had one, is fulfilled. */
  release(cpu: number, vcpu: number): void {
    const core = this.#engine.topology.coreOf[cpu]!;
    if (this.#room.claims[core] === vcpu) this.#room.claims[core] = -1;
    if (this.#deniedAt.size > 0) this.#deniedAt.delete(vcpu);
  }

  /** The pCPU has gone idle: whoever has claimed the core may have it now. */
  wentIdle(cpu: number): void {
    const claimant = this.#room.claims[this.#engine.topology.coreOf[cpu]!]!;
    if (claimant >= 0) this.#engine.requestPass(this.#engine.vcpus.home[claimant]!);
  }

  /** A vCPU has left the pCPU: others may use the threads that it kept empty. */
  left(cpu: number, vcpu: number): void {
    if (!this.isOn) return;
    const core = this.#engine.topology.coreOf[cpu]!;
    const wasHis = this.#room.claims[core] === vcpu;
    if (wasHis) this.#room.claims[core] = -1;
    if (wasHis || this.#machineOf(vcpu).sharing !== 'Any') {
      this.eachSibling(cpu, (sibling) => this.#engine.requestPass(sibling));
    }
  }

  /**
   * Sees to it that nobody is kept from his reservation by who runs beside him, since two threads are not two cores: who
   * falls behind it while he runs gets the whole core, until he has caught up.
   */
  protect(): void {
    if (!this.isOn) return;
    const { claims } = this.#room;
    const { now } = this.#engine;
    for (let core = 0; core < claims.length; core++) {
      const claimant = claims[core]!;
      if (claimant < 0) {
        this.#protectOn(core);
      } else if (this.#runsOn(claimant, core) && this.#tree.debt(this.#vcpus.machine[claimant]!, now) === 0) {
        claims[core] = -1;
        this.eachSibling(this.#engine.vcpus.home[claimant]!, (sibling) => this.#engine.requestPass(sibling));
      }
    }
  }

  /** Moves a vCPU from a core of which several threads are busy to each core that idles as a whole. */
  spread(move: Move): void {
    if (!this.isOn || this.#engine.idlePcpus === 0 || this.#engine.waiting > 0) return;
    const { current, topology } = this.#engine;
    const crowded = this.#running(true);
    for (let core = 0; core < topology.coreSets.length && crowded.length > 0; core++) {
      const cpu = topology.coreSets[core]!.nextAfter(topology.pcpus - 1);
      if (current[cpu] !== IDLE || this.#hardware.hasBusySibling(cpu, false)) continue;
      const index = crowded.findIndex((vcpu) => this.#mayGo(vcpu, cpu));
      if (index < 0) continue;
      const [vcpu] = crowded.splice(index, 1);
      const left = topology.coreOf[this.#engine.vcpus.home[vcpu!]!];
      move(vcpu!, cpu);
      // The one that stays has its core for itself now.
      const stays = crowded.findIndex((other) => topology.coreOf[this.#engine.vcpus.home[other]!] === left);
      if (stays >= 0) crowded.splice(stays, 1);
    }
  }

  /** Lets the vCPU that has lost most on shared cores change places with the one on a whole core that has lost least. */
  exchange(move: Move): void {
    if (!this.isOn) return;
    const { stolen } = this.#vcpus;
    const { home } = this.#engine.vcpus;
    const crowded = this.#running(true);
    if (crowded.length === 0) return;
    const poorest = crowded.reduce((a, b) => (stolen[b]! > stolen[a]! ? b : a));
    const rich = this.#running(false).filter(
      (vcpu) => this.#mayGo(vcpu, home[poorest]!) && this.#mayGo(poorest, home[vcpu]!),
    );
    if (rich.length === 0) return;
    const richest = rich.reduce((a, b) => (stolen[b]! < stolen[a]! ? b : a));
    if (stolen[poorest]! - stolen[richest]! <= this.#wholeCore * EIGHTHS) return;
    const [from, to] = [home[poorest]!, home[richest]!];
    move(poorest, to);
    move(richest, from);
  }

  /** Forgets half of what was lost. */
  age(): void {
    const { stolen } = this.#vcpus;
    for (let vcpu = 0; vcpu < stolen.length; vcpu++) stolen[vcpu] = Math.floor(stolen[vcpu]! / 2);
  }

  #protectOn(core: number): void {
    const { current, now, topology } = this.#engine;
    const threads = topology.coreSets[core]!;
    const first = threads.nextAfter(topology.pcpus - 1);
    let owner = IDLE;
    let most = CORE_DEBT;
    let cpu = first;
    do {
      const vcpu = current[cpu]!;
      if (vcpu !== IDLE && this.#hardware.hasBusySibling(cpu, true)) {
        const debt = this.#tree.debt(this.#vcpus.machine[vcpu]!, now);
        if (debt > most) [owner, most] = [vcpu, debt];
      }
      cpu = threads.nextAfter(cpu);
    } while (cpu !== first);
    if (owner === IDLE) return;
    this.#room.claims[core] = owner;
    this.eachSibling(this.#engine.vcpus.home[owner]!, (sibling) => this.#engine.requestPass(sibling));
  }

  #runsOn(vcpu: number, core: number): boolean {
    const { current, topology, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    return topology.coreOf[home] === core && current[home] === vcpu;
  }

  /** Who runs on a core with other busy threads, or without. */
  #running(isShared: boolean): number[] {
    const { current } = this.#engine;
    const found: number[] = [];
    for (let cpu = 0; cpu < current.length; cpu++) {
      if (current[cpu] !== IDLE && this.#hardware.hasBusySibling(cpu, true) === isShared) found.push(current[cpu]!);
    }
    return found;
  }

  /** Whether a running vCPU may be moved to the pCPU: its machine may go there, and it stays on its home node. */
  #mayGo(vcpu: number, cpu: number): boolean {
    if (this.#engine.vcpus.state[vcpu] !== RUNNING || !this.#engine.vcpus.isRunnable(vcpu)) return false;
    const { coreOf } = this.#engine.topology;
    if (this.#room.claims[coreOf[this.#engine.vcpus.home[vcpu]!]!] === vcpu) return false;
    const machine = this.#machineOf(vcpu);
    if (machine.allowed?.has(cpu) === false || machine.sharing !== 'Any') return false;
    const node = this.#vcpus.homeNode[vcpu]!;
    return node < 0 || node === this.#engine.topology.nodeOf[cpu];
  }

  /** Whether a vCPU is far behind who would run on the pCPU and who runs on the core's other threads. */
  #isBeforeAll(vcpu: number, [cpu, best]: readonly [number, number], isBefore: Comparison): boolean {
    let isFirst = best === IDLE || isBefore(vcpu, best, TICK_MARGIN);
    this.eachSibling(cpu, (sibling) => {
      const there = this.#engine.current[sibling]!;
      if (there !== IDLE && !isBefore(vcpu, there, TICK_MARGIN)) isFirst = false;
    });
    return isFirst;
  }

  /** Whether a vCPU that may not share this core has been in that position for long enough. */
  #isPatient(vcpu: number): boolean {
    const { now } = this.#engine;
    const since = this.#deniedAt.get(vcpu);
    if (since === undefined) this.#deniedAt.set(vcpu, now);
    return since !== undefined && now - since >= CLAIM_WAIT;
  }
}
