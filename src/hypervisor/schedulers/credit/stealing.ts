import { CpuSet } from '../cpu-set.ts';
import { type Engine, IDLE } from '../engine.ts';
import { FLAG_YIELDING } from '../vcpu-table.ts';
import type { RunQueues } from './run-queues.ts';

/** A pCPU looks for work of others once in so many ns at most. */
const SPACING = 1_000_000;

/** Takes waiting vCPUs from the queues of busy pCPUs, own NUMA node first (xen-credit.md section 10). */
export class Stealing {
  /** The pCPU that the vCPU of the last successful `steal` was taken from. */
  victim = -1;
  readonly #engine: Engine;
  readonly #idlers: CpuSet;
  readonly #queues: RunQueues;
  readonly #lastAttempt: Float64Array;
  /** By node: where the search on it starts. */
  readonly #bias: Int32Array;
  readonly #workers: CpuSet;

  /** @param cameUpAt when the pCPUs came up, in ns; that counts as an attempt */
  constructor(engine: Engine, idlers: CpuSet, queues: RunQueues, cameUpAt: number) {
    this.#engine = engine;
    this.#idlers = idlers;
    this.#queues = queues;
    this.#lastAttempt = new Float64Array(engine.topology.pcpus).fill(cameUpAt);
    this.#bias = Int32Array.from(engine.topology.nodeSets, (set) => set.nextAfter(engine.topology.pcpus - 1));
    this.#workers = new CpuSet(engine.topology.pcpus);
  }

  /** Whether enough time has passed since the last attempt of the pCPU; if so, this is one. */
  mayAttempt(cpu: number): boolean {
    const { now } = this.#engine;
    if (now - this.#lastAttempt[cpu]! <= SPACING) return false;
    this.#lastAttempt[cpu] = now;
    return true;
  }

  /**
   * Takes a vCPU of strictly higher priority than `threshold` out of the queue of another pCPU, or answers -1.
   * @param isPinned whether a vCPU may not run on this pCPU; undefined: all may
   */
  steal(cpu: number, threshold: number, isPinned: ((vcpu: number, cpu: number) => boolean) | undefined): number {
    const { nodes, nodeOf, nodeSets } = this.#engine.topology;
    const own = nodeOf[cpu]!;
    const workers = this.#workers;
    let node = own;
    do {
      workers.copyFrom(nodeSets[node]!);
      workers.remove(this.#idlers);
      workers.delete(cpu);
      const first = workers.nextAfter(this.#bias[node]!);
      for (let peer = first; peer >= 0; ) {
        const found = this.#hasSpare(peer) ? this.#stealable(peer, cpu, threshold, isPinned) : -1;
        if (found >= 0) {
          this.#queues.remove(peer, found);
          this.#bias[node] = peer;
          this.victim = peer;
          return found;
        }
        peer = workers.nextAfter(peer);
        if (peer === first) break;
      }
      node = node + 1 === nodes ? 0 : node + 1;
    } while (node !== own);
    return -1;
  }

  /** A peer that runs its idle vCPU is about to take its own work. */
  #hasSpare(peer: number): boolean {
    return this.#engine.current[peer] !== IDLE && this.#queues.lengths[peer]! > 0;
  }

  #stealable(
    peer: number,
    cpu: number,
    threshold: number,
    isPinned: ((vcpu: number, cpu: number) => boolean) | undefined,
  ): number {
    const { flags } = this.#engine.vcpus;
    const { priority } = this.#queues;
    for (let vcpu = this.#queues.head(peer); vcpu >= 0; vcpu = this.#queues.after(peer, vcpu)) {
      if (priority[vcpu]! <= threshold) return -1;
      if ((flags[vcpu]! & FLAG_YIELDING) !== 0) continue;
      if (isPinned?.(vcpu, cpu) !== true) return vcpu;
    }
    return -1;
  }
}
