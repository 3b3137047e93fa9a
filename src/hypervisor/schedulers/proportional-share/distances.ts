import type { Topology } from '../topology.ts';
import { DISTANCES, OTHER_NODE, SAME_CACHE, SAME_CORE, SAME_NODE, SAME_PACKAGE } from './constants.ts';

/** How far pCPUs are from each other, and who is at which distance. */
export class Distances {
  readonly #topology: Topology;
  /** By pCPU and distance: the others there, nearest numbers upwards first. */
  readonly #peers: readonly (readonly Int32Array[])[];

  constructor(topology: Topology) {
    this.#topology = topology;
    const all = Array.from({ length: topology.pcpus }, (_, cpu) => cpu);
    this.#peers = all.map((cpu) =>
      Array.from({ length: DISTANCES }, (_, distance) => {
        const there = all.filter((peer) => peer !== cpu && this.between(cpu, peer) === distance);
        return Int32Array.from([...there.filter((peer) => peer > cpu), ...there.filter((peer) => peer < cpu)]);
      }),
    );
  }

  between(a: number, b: number): number {
    const { coreOf, cacheOf, socketOf, nodeOf } = this.#topology;
    if (coreOf[a] === coreOf[b]) return SAME_CORE;
    if (cacheOf[a] === cacheOf[b]) return SAME_CACHE;
    if (socketOf[a] === socketOf[b]) return SAME_PACKAGE;
    return nodeOf[a] === nodeOf[b] ? SAME_NODE : OTHER_NODE;
  }

  /** The pCPUs at that distance from `cpu`. */
  peers(cpu: number, distance: number): Int32Array {
    return this.#peers[cpu]![distance]!;
  }
}
