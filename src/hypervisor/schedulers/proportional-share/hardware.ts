import { type Engine, IDLE } from '../engine.ts';
import { FULL_SPEED } from '../vcpu-table.ts';
import type { Machine } from './machines.ts';
import type { HardwareCosts } from './settings.ts';

/** Who shares what with whom at this moment, and how fast that lets them work. */
export class Hardware {
  readonly #engine: Engine;
  readonly #costs: HardwareCosts;
  readonly #isFree: boolean;
  readonly #machineOf: (vcpu: number) => Machine;
  /** Part of a vCPU's memory that is on other nodes than the pCPU's, 0 to 1. */
  readonly #remotePart: (vcpu: number, cpu: number) => number;
  /** Busy threads by core, busy cores by last-level cache. */
  readonly #busyThreads: Int32Array;
  readonly #busyCores: Int32Array;
  /** By busy cores on the cache: the speed of who has his core for himself, and of who shares it. */
  readonly #alone: Float64Array;
  readonly #beside: Float64Array;

  constructor(
    engine: Engine,
    costs: HardwareCosts,
    machineOf: (vcpu: number) => Machine,
    remotePart: (vcpu: number, cpu: number) => number,
  ) {
    this.#engine = engine;
    this.#costs = costs;
    this.#machineOf = machineOf;
    this.#remotePart = remotePart;
    this.#busyThreads = new Int32Array(engine.topology.coreSets.length);
    this.#busyCores = new Int32Array(engine.topology.cacheSets.length);
    const { busySibling, sharedCache, remoteMemory, apart } = costs;
    this.#isFree = busySibling === 0 && sharedCache === 0 && remoteMemory === 0 && apart === 0;
    const busyCores = 1 + engine.topology.coreSets.length;
    this.#alone = Float64Array.from({ length: busyCores }, (_, busy) => speedBeside(costs, busy, false));
    this.#beside = Float64Array.from({ length: busyCores }, (_, busy) => speedBeside(costs, busy, true));
  }

  /** Whether another thread of the pCPU's core is busy; the pCPU itself is, or not, as `isBusy` says. */
  hasBusySibling(cpu: number, isBusy: boolean): boolean {
    return this.#busyThreads[this.#engine.topology.coreOf[cpu]!]! > (isBusy ? 1 : 0);
  }

  busyCoresAround(cpu: number): number {
    return this.#busyCores[this.#engine.topology.cacheOf[cpu]!]!;
  }

  /** Notes that a pCPU has become busy or idle. */
  count(cpu: number, isBusy: boolean): void {
    const { coreOf, cacheOf } = this.#engine.topology;
    const core = coreOf[cpu]!;
    if (isBusy) {
      if (this.#busyThreads[core]!++ === 0) this.#busyCores[cacheOf[cpu]!]!++;
    } else if (--this.#busyThreads[core]! === 0) {
      this.#busyCores[cacheOf[cpu]!]!--;
    }
  }

  /** How long the caches of a pCPU are cold for a vCPU that comes from so far, in ns. */
  warmUp(distance: number): number {
    return this.#costs.warmUp[distance]!;
  }

  /** The pCPU runs something else: sets anew the speed of everyone whom that concerns. */
  switched(cpu: number, isAnotherState: boolean): void {
    if (this.#isFree) return;
    const { topology, current } = this.#engine;
    if (isAnotherState) {
      const cache = topology.cacheSets[topology.cacheOf[cpu]!]!;
      for (let other = cache.nextAfter(cpu); other !== cpu; other = cache.nextAfter(other)) this.refresh(other);
    }
    this.refresh(cpu);
    if (this.#costs.apart === 0 || current[cpu] === IDLE) return;
    const machine = this.#machineOf(current[cpu]!);
    if (machine.allocation.communicates === true) this.refreshMachine(machine);
  }

  /** Sets anew the speed of the running vCPUs of a machine. */
  refreshMachine(machine: Machine): void {
    const { current, vcpus } = this.#engine;
    for (const vcpu of machine.vcpus) {
      const home = vcpus.home[vcpu]!;
      if (current[home] === vcpu) this.refresh(home);
    }
  }

  /** Sets anew the speed of what runs on the pCPU. */
  refresh(cpu: number): void {
    const vcpu = this.#engine.current[cpu]!;
    if (vcpu !== IDLE && !this.#isFree) this.#engine.setSpeed(vcpu, this.#speedOf(vcpu, cpu));
  }

  #speedOf(vcpu: number, cpu: number): number {
    const costs = this.#costs;
    let speed = (this.hasBusySibling(cpu, true) ? this.#beside : this.#alone)[this.busyCoresAround(cpu)]!;
    if (costs.remoteMemory > 0) speed *= 1 - (costs.remoteMemory / 100) * this.#remotePart(vcpu, cpu);
    if (costs.apart > 0 && this.#isApart(vcpu, cpu)) speed *= 1 - costs.apart / 100;
    return Math.max(1, Math.round(speed));
  }

  /** Whether a sibling that it talks to runs on another last-level cache. */
  #isApart(vcpu: number, cpu: number): boolean {
    const { current, vcpus, topology } = this.#engine;
    const machine = this.#machineOf(vcpu);
    if (machine.allocation.communicates !== true) return false;
    for (const sibling of machine.vcpus) {
      const home = vcpus.home[sibling]!;
      if (current[home] === sibling && topology.cacheOf[home] !== topology.cacheOf[cpu]) return true;
    }
    return false;
  }
}

function speedBeside(costs: HardwareCosts, busyCores: number, hasBusySibling: boolean): number {
  const percent = hasBusySibling ? 100 - costs.busySibling : 100;
  const crowd = Math.min(costs.sharedCacheMost, costs.sharedCache * (busyCores - 1));
  return FULL_SPEED * (percent / 100) * (1 - crowd / 100);
}
