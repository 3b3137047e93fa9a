import { Engine } from './engine.ts';
import { DISTANCES } from './proportional-share/constants.ts';
import { applyAllocation, type Machine } from './proportional-share/machines.ts';
import { SharePolicy, shareTimers } from './proportional-share/policy.ts';
import {
  allMechanisms,
  type PoolAllocation,
  type ShareAllocation,
  type ShareSettings,
  usualCosts,
} from './proportional-share/settings.ts';
import { ROOT } from './proportional-share/share-tree.ts';
import { tuningOf } from './proportional-share/tuning.ts';
import { EngineScheduler, type VcpuUsage } from './scheduler.ts';
import type { Topology } from './topology.ts';

/** What a vCPU has had on ESX, beside what every scheduler counts. Times in ns. */
export interface ShareVcpuCounters extends VcpuUsage {
  /** What it ran, less for what it shared a core, plus `system`, minus `overlapped`: esxtop's USED. */
  readonly used: number;
  /** The VMkernel's work on its behalf. */
  readonly system: number;
}

/** The same, and where it ran. */
export interface ShareVcpuUsage extends ShareVcpuCounters {
  /** Work of the VMkernel for others in its time. */
  readonly overlapped: number;
  /** The most that it was ahead of its siblings (Individual), or had missed of theirs (Relaxed, Strict). */
  readonly largestSkew: number;
  /** How often it started so far from where it ran last: same core, cache, package, node, other node. */
  readonly moves: readonly number[];
  /** Time on each pCPU. */
  readonly ranOn: readonly number[];
  /** The node that it belongs to; -1: to none. */
  readonly homeNode: number;
}

/** ESX's proportional-share scheduler: shares, reservations, limits, pools, co-scheduling, NUMA, hyper-threading. */
export class ProportionalShareScheduler extends EngineScheduler<ShareAllocation> {
  readonly #policy: SharePolicy;

  constructor(topology: Topology, settings: Partial<ShareSettings> & Pick<ShareSettings, 'mhz'>) {
    const engine = new Engine(topology, shareTimers(topology.pcpus));
    super(engine);
    this.#policy = new SharePolicy(engine, {
      costs: usualCosts,
      mechanisms: allMechanisms,
      tuning: tuningOf(),
      ...settings,
    });
  }

  /** A resource pool, in another or in the host itself. Pools and machines share one space of numbers. */
  addPool(allocation: PoolAllocation, parent: number = ROOT): number {
    const pool = this.#policy.parts.tree.add(parent, allocation, this.engine.now);
    this.#policy.limits.follow(pool, this.engine.now);
    return pool;
  }

  changePool(pool: number, allocation: PoolAllocation): void {
    this.#policy.chargeAll();
    this.#policy.parts.tree.change(pool, allocation, this.engine.now);
    this.#policy.limits.follow(pool, this.engine.now);
    this.engine.drain();
  }

  /** Removes a pool that nothing is in any more. */
  removePool(pool: number): void {
    if (this.#policy.parts.tree.children[pool]!.length > 0) throw new RangeError(`pool ${pool} is not empty`);
    this.changePool(pool, { shares: 1, reservationMHz: 0, limitMHz: 0 });
    this.#policy.parts.tree.remove(pool);
  }

  /** The VMkernel works for a vCPU, in the time of whatever runs where that vCPU ran last. */
  systemWork(vcpu: number, ns: number): void {
    this.#policy.systemWork(vcpu, ns);
  }

  /** The node that the vCPU belongs to; -1: to none. */
  homeNodeOf(vcpu: number): number {
    return this.#policy.parts.vcpus.homeNode[vcpu]!;
  }

  /** Moves of machines, or parts of them, to another home node. */
  get nodeMoves(): number {
    return this.#policy.parts.homeNodes.moves;
  }

  /** What is read of every vCPU each second. */
  counters(vcpu: number): ShareVcpuCounters {
    const policy = this.#policy;
    policy.chargeAll();
    const { system, overlapped } = policy.parts.vcpus;
    const used = policy.used(vcpu) + system[vcpu]! - overlapped[vcpu]!;
    return { ...super.usage(vcpu), used, system: system[vcpu]! };
  }

  override usage(vcpu: number): ShareVcpuUsage {
    const policy = this.#policy;
    const { pcpus } = this.engine.topology;
    const { moves, ranOn, overlapped, homeNode } = policy.parts.vcpus;
    return {
      ...this.counters(vcpu),
      overlapped: overlapped[vcpu]!,
      largestSkew: policy.gangs.coScheduling.largest[vcpu]!,
      moves: [...moves.subarray(vcpu * DISTANCES, (vcpu + 1) * DISTANCES)],
      ranOn: [...ranOn.subarray(vcpu * pcpus, (vcpu + 1) * pcpus)],
      homeNode: homeNode[vcpu]!,
    };
  }

  changeMachine(id: number, allocation: ShareAllocation): void {
    const policy = this.#policy;
    const machine = this.#machine(id);
    policy.chargeAll();
    policy.parts.tree.change(machine.node, allocation, this.engine.now);
    policy.limits.follow(machine.node, this.engine.now);
    applyAllocation(machine, allocation, this.engine.topology);
    policy.gangs.coScheduling.restart(machine);
    policy.parts.homeNodes.settle(machine);
    policy.competition.resettle(machine);
    this.engine.drain();
  }

  protected admitMachine(allocation: ShareAllocation): number {
    const { limits } = this.#policy;
    const { tree, machines } = this.#policy.parts;
    const node = tree.add(allocation.pool ?? ROOT, allocation, this.engine.now);
    const machine: Machine = {
      node,
      allocation,
      vcpus: [],
      skewMode: 'Individual',
      sharing: 'Any',
      allowed: undefined,
      isPinned: false,
    };
    applyAllocation(machine, allocation, this.engine.topology);
    machines[node] = machine;
    limits.follow(node, this.engine.now);
    return node;
  }

  protected admitVcpu(id: number, vcpus: readonly number[]): void {
    const machine = this.#machine(id);
    const vcpu = vcpus.at(-1)!;
    machine.vcpus.push(vcpu);
    this.#policy.admit(vcpu, machine);
    this.#policy.parts.homeNodes.settle(machine);
    this.#policy.competition.resettle(machine);
  }

  protected dismissVcpu(vcpu: number): void {
    const machine = this.#policy.parts.machineOf(vcpu);
    machine.vcpus.splice(machine.vcpus.indexOf(vcpu), 1);
    this.#policy.dismiss(vcpu);
    // Nobody is stopped for the sake of a sibling that is gone.
    this.#policy.gangs.coScheduling.restart(machine);
    this.#policy.parts.homeNodes.settle(machine);
  }

  protected dismissMachine(id: number): void {
    const machine = this.#machine(id);
    const { limits, gangs, parts } = this.#policy;
    const { tree, machines, homeNodes } = parts;
    tree.change(machine.node, { shares: 1, reservationMHz: 0, limitMHz: 0 }, this.engine.now);
    limits.follow(machine.node, this.engine.now);
    homeNodes.forget(machine);
    gangs.coScheduling.forget(machine);
    tree.remove(machine.node);
    machines[machine.node] = undefined;
  }

  #machine(id: number): Machine {
    const machine = this.#policy.parts.machines[id];
    if (machine === undefined) throw new RangeError(`there is no machine ${id}`);
    return machine;
  }
}
