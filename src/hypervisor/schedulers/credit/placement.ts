import { CpuSet } from '../cpu-set.ts';
import type { Topology } from '../topology.ts';
import type { RunQueues } from './run-queues.ts';

/**
 * Which pCPU would suit a vCPU: an idle one, with the most idle neighbours. Within a socket cores come before threads;
 * another socket has to have more than twice as many idle pCPUs (xen-credit.md section 9).
 */
export class Placement {
  readonly #topology: Topology;
  readonly #idlers: CpuSet;
  readonly #queues: RunQueues;
  /** By pCPU. */
  readonly #bias: Int32Array;
  readonly #idle: CpuSet;
  readonly #remaining: CpuSet;
  readonly #group: CpuSet;

  constructor(topology: Topology, idlers: CpuSet, queues: RunQueues) {
    this.#topology = topology;
    this.#idlers = idlers;
    this.#queues = queues;
    this.#bias = new Int32Array(topology.pcpus).fill(topology.pcpus - 1);
    this.#idle = new CpuSet(topology.pcpus);
    this.#remaining = new CpuSet(topology.pcpus);
    this.#group = new CpuSet(topology.pcpus);
  }

  /**
   * @param home the pCPU that the vCPU belongs to
   * @param allowed the pCPUs that it may use; undefined: all
   * @param commit whether the answer is carried out, so that the next one differs
   */
  pick(home: number, allowed: CpuSet | undefined, commit: boolean): number {
    if (allowed === undefined && this.#idlers.isEmpty) return home;
    // An empty queue makes a home that it may use count as idle: at a tick the vCPU itself is what runs there.
    this.#idle.copyFrom(this.#idlers);
    if (this.#queues.lengths[home] === 0 && allowed?.has(home) !== false) this.#idle.add(home);
    this.#remaining.copyFrom(this.#idle);
    let start = home;
    if (allowed !== undefined) {
      this.#remaining.retain(allowed);
      if (!allowed.has(home)) start = allowed.nextAfter(home);
    }
    return this.#search(start, commit);
  }

  #search(start: number, commit: boolean): number {
    const remaining = this.#remaining;
    const { coreOf, coreSets } = this.#topology;
    let candidate = remaining.has(start) ? start : remaining.nextAfter(start);
    if (candidate < 0) return start;
    remaining.delete(candidate);
    let biasOwner = -1;
    for (let other = remaining.nextAfter(candidate); other >= 0; other = remaining.nextAfter(candidate)) {
      const isBetter = this.#isBetter(candidate, other);
      this.#group.retain(this.#idle);
      if (isBetter) {
        this.#group.retain(remaining);
        candidate = this.#group.nextAfter(this.#bias[other]!);
        biasOwner = other;
        remaining.remove(coreSets[coreOf[candidate]!]!);
      } else {
        remaining.remove(this.#group);
      }
    }
    if (commit && biasOwner >= 0) this.#bias[biasOwner] = candidate;
    return candidate;
  }

  /** Whether `other` has enough more idle neighbours than the candidate. Leaves its neighbours in `#group`. */
  #isBetter(candidate: number, other: number): boolean {
    const { coreOf, coreSets, socketOf, socketSets } = this.#topology;
    const idle = this.#idle;
    if (socketOf[candidate] === socketOf[other]) {
      const group = coreSets[coreOf[other]!]!;
      this.#group.copyFrom(group);
      return idle.sizeOfCommon(coreSets[coreOf[candidate]!]!) < idle.sizeOfCommon(group);
    }
    const group = socketSets[socketOf[other]!]!;
    this.#group.copyFrom(group);
    return 2 * idle.sizeOfCommon(socketSets[socketOf[candidate]!]!) < idle.sizeOfCommon(group);
  }
}
