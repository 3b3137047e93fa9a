import { type Engine, IDLE } from '../engine.ts';
import { SAME_CACHE } from './constants.ts';
import type { Distances } from './distances.ts';
import type { Hardware } from './hardware.ts';
import type { Machine } from './machines.ts';
import type { Room } from './room.ts';
import type { Mechanisms } from './settings.ts';
import type { WaitingLists } from './waiting-lists.ts';

/*
 * What a place costs, in points (ours). Waiting behind somebody is worst; then sharing a core; then going far; then a
 * crowded cache; and last, being where siblings are not (or are).
 */
const PER_WAITING = 1000;
const BUSY_THREAD = 400;
const PER_DISTANCE: readonly number[] = [0, 10, 60, 90, 200];
const CROWD = 100;
const PER_SIBLING = 40;

/** Push: where a vCPU that wakes, or has to leave, had best wait to run. */
export class Placing {
  readonly #engine: Engine;
  readonly #room: Room;
  readonly #lists: WaitingLists;
  readonly #hardware: Hardware;
  readonly #distances: Distances;
  readonly #mechanisms: Mechanisms;
  readonly #machineOf: (vcpu: number) => Machine;
  /** By last-level cache: the pCPUs on it. */
  readonly #sizes: Int32Array;

  constructor(
    engine: Engine,
    parts: {
      room: Room;
      lists: WaitingLists;
      hardware: Hardware;
      distances: Distances;
      mechanisms: Mechanisms;
      machineOf: (vcpu: number) => Machine;
    },
  ) {
    this.#engine = engine;
    this.#room = parts.room;
    this.#lists = parts.lists;
    this.#hardware = parts.hardware;
    this.#distances = parts.distances;
    this.#mechanisms = parts.mechanisms;
    this.#machineOf = parts.machineOf;
    this.#sizes = Int32Array.from(engine.topology.cacheSets, ({ size }) => size);
  }

  /** The pCPU for the vCPU: the one of least cost, its own among equals. */
  pick(vcpu: number): number {
    const { current, vcpus } = this.#engine;
    const home = vcpus.home[vcpu]!;
    const places = this.#room.placesOf(vcpu);
    const mayStay = places.has(home);
    const isFree = mayStay && current[home] === IDLE && this.#lists.lengths[home] === 0;
    if (isFree && this.#room.fitsCore(vcpu, home) && !this.#hardware.hasBusySibling(home, false)) {
      if (vcpus.lastPcpu[vcpu]! >= 0) return home;
    }
    const first = mayStay ? home : places.nextAfter(home);
    let found = first;
    let least = this.#cost(vcpu, first, Number.POSITIVE_INFINITY);
    for (let cpu = places.nextAfter(first); cpu !== first; cpu = places.nextAfter(cpu)) {
      const cost = this.#cost(vcpu, cpu, least);
      if (cost >= least || (mayStay && this.#room.isThrottled(vcpu, cpu))) continue;
      found = cpu;
      least = cost;
    }
    return found;
  }

  /** What the place costs; no more than that it is `least` at least, where that is seen at once. */
  #cost(vcpu: number, cpu: number, least: number): number {
    const { current, topology, vcpus } = this.#engine;
    const { wholeCoreFirst, cacheAffinity } = this.#mechanisms;
    const isBusy = current[cpu] !== IDLE;
    let cost = PER_WAITING * (this.#lists.lengths[cpu]! + (isBusy ? 1 : 0));
    if (cost >= least) return cost;
    if (!isBusy && !this.#room.fitsCore(vcpu, cpu)) cost += PER_WAITING;
    if (wholeCoreFirst && this.#hardware.hasBusySibling(cpu, isBusy)) cost += BUSY_THREAD;
    const last = vcpus.lastPcpu[vcpu]!;
    const distance = last < 0 || last === cpu ? 0 : this.#distances.between(last, cpu);
    if (cacheAffinity) cost += PER_DISTANCE[distance]!;
    if (cost >= least) return cost;
    const cores = this.#sizes[topology.cacheOf[cpu]!]!;
    cost += Math.floor((CROWD * this.#hardware.busyCoresAround(cpu)) / cores / (distance > SAME_CACHE ? 1 : 2));
    const machine = this.#machineOf(vcpu);
    if (machine.vcpus.length > 1) cost += PER_SIBLING * this.#siblingsAround(vcpu, machine, cpu);
    return cost;
  }

  /** How many siblings are on the pCPU's cache; a machine that is to be consolidated counts those that are not. */
  #siblingsAround(vcpu: number, machine: Machine, cpu: number): number {
    const { topology, vcpus } = this.#engine;
    let around = 0;
    for (const sibling of machine.vcpus) {
      if (sibling !== vcpu && topology.cacheOf[vcpus.home[sibling]!] === topology.cacheOf[cpu]) around++;
    }
    // Consolidation outweighs the distance to the siblings' cache.
    return machine.allocation.consolidate === true ? 5 * (machine.vcpus.length - 1 - around) : around;
  }
}
