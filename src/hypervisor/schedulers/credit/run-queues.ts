import { FLAG_YIELDING, type VcpuTable } from '../vcpu-table.ts';
import { widened } from '../widened.ts';

/**
 * The run queue of every pCPU: waiting guest vCPUs in circular doubly linked lists over flat arrays. Node `cpu` is the
 * head of that pCPU's queue, node `pcpus + vcpu` the vCPU. The idle vCPU, which waits behind everyone while a guest
 * runs, is not in the lists.
 */
export class RunQueues {
  /** By vCPU. */
  priority = new Uint8Array(0);
  /** By pCPU: queued vCPUs. */
  readonly lengths: Int32Array;
  readonly #pcpus: number;
  readonly #vcpus: VcpuTable;
  #next: Int32Array;
  #previous: Int32Array;

  constructor(pcpus: number, vcpus: VcpuTable) {
    this.#pcpus = pcpus;
    this.#vcpus = vcpus;
    this.lengths = new Int32Array(pcpus);
    this.#next = Int32Array.from({ length: pcpus }, (_, cpu) => cpu);
    this.#previous = Int32Array.from({ length: pcpus }, (_, cpu) => cpu);
  }

  /** Makes room for vCPU slots below `capacity`. */
  grow(capacity: number): void {
    if (capacity <= this.priority.length) return;
    this.priority = widened(this.priority, capacity);
    this.#next = widened(this.#next, this.#pcpus + capacity, -1);
    this.#previous = widened(this.#previous, this.#pcpus + capacity, -1);
  }

  /** The first in the queue, or -1. */
  head(cpu: number): number {
    const node = this.#next[cpu]!;
    return node === cpu ? -1 : node - this.#pcpus;
  }

  /** The one behind `vcpu` in the queue of `cpu`, or -1. */
  after(cpu: number, vcpu: number): number {
    const node = this.#next[this.#pcpus + vcpu]!;
    return node === cpu ? -1 : node - this.#pcpus;
  }

  contains(vcpu: number): boolean {
    return this.#next[this.#pcpus + vcpu]! >= 0;
  }

  /**
   * Puts the vCPU behind everything of equal or higher priority: before the first entry of strictly lower priority,
   * whatever comes behind that (priorities change in place, so the queue may be out of order).
   * @param idleIsQueued whether the idle vCPU waits at the end, as it does while a guest runs
   */
  insert(cpu: number, vcpu: number, idleIsQueued: boolean): void {
    const { priority } = this;
    const next = this.#next;
    const pcpus = this.#pcpus;
    const own = priority[vcpu]!;
    let at = next[cpu]!;
    while (at !== cpu && priority[at - pcpus]! >= own) at = next[at]!;
    // One that yields lets one guest of lower priority go first, unless that is the very last of the queue.
    if ((this.#vcpus.flags[vcpu]! & FLAG_YIELDING) !== 0 && at !== cpu && (idleIsQueued || next[at] !== cpu)) {
      at = next[at]!;
    }
    this.#insertBefore(at, pcpus + vcpu);
    this.lengths[cpu]!++;
  }

  /** Takes the vCPU out of the queue of `cpu`; it yields no longer. */
  remove(cpu: number, vcpu: number): void {
    const node = this.#pcpus + vcpu;
    this.#unlink(node);
    this.#next[node] = -1;
    this.#previous[node] = -1;
    this.lengths[cpu]!--;
    this.#vcpus.flags[vcpu]! &= ~FLAG_YIELDING;
  }

  /** Brings everything of at least `floor` to the front; otherwise the order stays. */
  partition(cpu: number, floor: number): void {
    const next = this.#next;
    const pcpus = this.#pcpus;
    let lastHigh = cpu;
    let node = next[cpu]!;
    while (node !== cpu) {
      const following = next[node]!;
      if (this.priority[node - pcpus]! >= floor) {
        if (this.#previous[node] !== lastHigh) {
          this.#unlink(node);
          this.#insertBefore(next[lastHigh]!, node);
        }
        lastHigh = node;
      }
      node = following;
    }
  }

  #insertBefore(at: number, node: number): void {
    const before = this.#previous[at]!;
    this.#next[before] = node;
    this.#previous[node] = before;
    this.#next[node] = at;
    this.#previous[at] = node;
  }

  #unlink(node: number): void {
    const before = this.#previous[node]!;
    const behind = this.#next[node]!;
    this.#next[before] = behind;
    this.#previous[behind] = before;
  }
}
