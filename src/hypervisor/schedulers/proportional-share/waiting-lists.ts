import { widened } from '../widened.ts';

/** The vCPUs that wait at each pCPU, in no order: priorities change while they wait. Doubly linked over flat arrays. */
export class WaitingLists {
  /** By pCPU. */
  readonly lengths: Int32Array;
  readonly #first: Int32Array;
  /** By vCPU; -1 ends a list, -2 in `#next` marks who is in none. */
  #next = new Int32Array(0);
  #previous = new Int32Array(0);

  constructor(pcpus: number) {
    this.lengths = new Int32Array(pcpus);
    this.#first = new Int32Array(pcpus).fill(-1);
  }

  grow(capacity: number): void {
    if (capacity <= this.#next.length) return;
    this.#next = widened(this.#next, capacity, -2);
    this.#previous = widened(this.#previous, capacity, -1);
  }

  /** The first at the pCPU, or -1. */
  first(cpu: number): number {
    return this.#first[cpu]!;
  }

  /** The one after `vcpu`, or -1. */
  after(vcpu: number): number {
    return this.#next[vcpu]!;
  }

  contains(vcpu: number): boolean {
    return this.#next[vcpu] !== -2;
  }

  add(cpu: number, vcpu: number): void {
    const first = this.#first[cpu]!;
    this.#next[vcpu] = first;
    this.#previous[vcpu] = -1;
    if (first >= 0) this.#previous[first] = vcpu;
    this.#first[cpu] = vcpu;
    this.lengths[cpu]!++;
  }

  remove(cpu: number, vcpu: number): void {
    const next = this.#next[vcpu]!;
    const previous = this.#previous[vcpu]!;
    if (previous >= 0) this.#next[previous] = next;
    else this.#first[cpu] = next;
    if (next >= 0) this.#previous[next] = previous;
    this.#next[vcpu] = -2;
    this.lengths[cpu]!--;
  }
}
