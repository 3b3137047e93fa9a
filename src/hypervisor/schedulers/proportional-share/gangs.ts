import { IDLE } from '../engine.ts';
import { FLAG_COSTOPPED } from '../vcpu-table.ts';
import { CoScheduling, type CoStopping } from './co-scheduling.ts';
import type { Competition } from './competition.ts';
import type { Machine } from './machines.ts';
import type { Parts } from './parts.ts';

/** Carries out what co-scheduling wants: stops vCPUs, hands their pCPUs on, starts several at once. */
export class Gangs implements CoStopping {
  readonly coScheduling: CoScheduling;
  readonly #parts: Parts;
  readonly #competition: Competition;
  /** By pCPU: the machine whose co-stopped vCPU leaves it to a sibling; -1: none. */
  readonly #handedTo: Int32Array;

  constructor(parts: Parts, competition: Competition) {
    this.#parts = parts;
    this.#competition = competition;
    this.coScheduling = new CoScheduling(parts.engine, this, parts.settings.tuning);
    this.#handedTo = new Int32Array(parts.engine.topology.pcpus).fill(-1);
  }

  coStop(vcpu: number): void {
    const { engine, vcpus } = this.#parts;
    engine.vcpus.flags[vcpu]! |= FLAG_COSTOPPED;
    const home = engine.vcpus.home[vcpu]!;
    if (engine.current[home] !== vcpu) {
      this.#competition.withdraw(vcpu);
      return;
    }
    this.#handedTo[home] = vcpus.machine[vcpu]!;
    engine.requestPass(home);
  }

  coStart(vcpu: number): void {
    this.#competition.letGo(vcpu, FLAG_COSTOPPED);
  }

  startTogether(machine: Machine, gang: readonly number[]): boolean {
    const { engine, tree, lists } = this.#parts;
    const { flags, home } = engine.vcpus;
    if (tree.isLimited(machine.node)) return false;
    // More than it can ever have at once: they have to start one by one.
    if (gang.length > this.#mostAtOnce(machine)) return true;
    const places = this.#placesFor(machine, gang);
    if (places === undefined) return false;
    for (const [index, vcpu] of gang.entries()) {
      flags[vcpu]! &= ~FLAG_COSTOPPED;
      if (engine.current[home[vcpu]!] === vcpu) continue;
      const cpu = places[index]!;
      if (lists.contains(vcpu)) lists.remove(home[vcpu]!, vcpu);
      this.#competition.next[cpu] = vcpu;
      this.#competition.enqueue(vcpu, cpu, false);
      engine.requestPass(cpu);
    }
    return true;
  }

  /** A machine that may not run everywhere lacks pCPUs: who could as well be elsewhere leaves his. */
  makeRoom({ allowed }: Machine): void {
    const { pcpus } = this.#parts.engine.topology;
    if (allowed === undefined) return;
    for (let cpu = 0; cpu < pcpus; cpu++) if (allowed.has(cpu)) this.#competition.makeRoom(cpu);
  }

  /** The sibling that lags most, where a co-stopped vCPU hands its pCPU on; IDLE: none. */
  heir(cpu: number): number {
    const node = this.#handedTo[cpu]!;
    this.#handedTo[cpu] = -1;
    const { engine, machines, lists, room, settings } = this.#parts;
    const machine = node < 0 ? undefined : machines[node];
    if (machine === undefined) return IDLE;
    const { cacheOf } = engine.topology;
    let heir = IDLE;
    for (const vcpu of machine.vcpus) {
      if (!lists.contains(vcpu) || !room.isAllowed(vcpu, cpu) || !room.isHome(vcpu, cpu)) continue;
      if (!room.fitsCore(vcpu, cpu)) continue;
      const isFar = cacheOf[engine.vcpus.home[vcpu]!] !== cacheOf[cpu];
      if (isFar && settings.mechanisms.handoffWithinCache && settings.tuning.handoffWithinCache) continue;
      if (heir === IDLE || this.coScheduling.progress(vcpu) < this.coScheduling.progress(heir)) heir = vcpu;
    }
    return heir;
  }

  /** One vCPU of a machine has started: the pCPUs of the others look whether they cannot start them too. */
  startSiblings(vcpu: number): void {
    const { engine, machineOf } = this.#parts;
    const machine = machineOf(vcpu);
    if (machine.vcpus.length < 2 || machine.skewMode === 'None') return;
    for (const sibling of machine.vcpus) {
      if (!this.#parts.lists.contains(sibling)) continue;
      const home = engine.vcpus.home[sibling]!;
      const there = engine.current[home]!;
      if (there === IDLE || this.#competition.isBefore(sibling, there, 0)) engine.requestPass(home);
    }
  }

  /**
   * A pCPU for each of the gang, or undefined when there are not as many: idle ones, those on which its machine runs, and
   * those of whoever comes after it. Each vCPU keeps its own where it can.
   */
  #placesFor(machine: Machine, gang: readonly number[]): readonly number[] | undefined {
    const { current, vcpus } = this.#parts.engine;
    const free = this.#freeFor(machine, gang[0]!);
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

  /** How many of a machine's vCPUs can run at the same time at most. */
  #mostAtOnce({ allowed, sharing }: Machine): number {
    const { topology } = this.#parts.engine;
    if (sharing !== 'None') return allowed?.size ?? topology.pcpus;
    if (allowed === undefined) return topology.coreSets.length;
    return topology.coreSets.filter((threads) => threads.sizeOfCommon(allowed) > 0).length;
  }

  #freeFor(machine: Machine, first: number): Set<number> {
    const { engine, machineOf, room } = this.#parts;
    const { coreOf } = engine.topology;
    const free = new Set<number>();
    const cores = new Set<number>();
    for (let cpu = 0; cpu < engine.current.length; cpu++) {
      const there = engine.current[cpu]!;
      if (this.#competition.next[cpu] !== IDLE || machine.allowed?.has(cpu) === false) continue;
      if (!room.fitsCore(first, cpu)) continue;
      const isFree = there === IDLE || !engine.vcpus.isRunnable(there);
      const isHis = !isFree && machineOf(there) === machine;
      if (machine.sharing === 'None' && cores.has(coreOf[cpu]!)) continue;
      if (!isFree && !isHis && !this.#competition.isBefore(first, there, 0)) continue;
      free.add(cpu);
      cores.add(coreOf[cpu]!);
    }
    return free;
  }
}
