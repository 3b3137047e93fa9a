import { widened } from '../widened.ts';

const CREDITS_PER_MS = 10;
const NS_PER_MS = 1_000_000;
const NS_PER_CREDIT = 100_000;

/**
 * What each vCPU has been charged for. A fraction below one credit stands in the mark and in the remainder; that is
 * how the original counts, and the error never accumulates (xen-credit.md section 3).
 */
export class Charges {
  /** By vCPU: signed 32 bits, may be negative. */
  credit = new Int32Array(0);
  /** By vCPU: charged up to this instant while it runs; its distance before the switch while it does not. In ns. */
  #mark = new Float64Array(0);
  #remainder = new Float64Array(0);

  grow(capacity: number): void {
    if (capacity <= this.credit.length) return;
    this.credit = widened(this.credit, capacity);
    this.#mark = widened(this.#mark, capacity);
    this.#remainder = widened(this.#remainder, capacity);
  }

  reset(vcpu: number): void {
    this.credit[vcpu] = 0;
    this.#mark[vcpu] = 0;
    this.#remainder[vcpu] = 0;
  }

  /** Takes the credits off a running vCPU that it has used up to `now`. */
  charge(vcpu: number, now: number): void {
    const elapsed = now - this.#mark[vcpu]!;
    if (elapsed <= 0) return;
    const used = elapsed * CREDITS_PER_MS + this.#remainder[vcpu]!;
    const credits = Math.floor(used / NS_PER_MS);
    this.#remainder[vcpu] = used - credits * NS_PER_MS;
    this.credit[vcpu]! -= credits;
    this.#mark[vcpu]! += credits * NS_PER_CREDIT;
  }

  switchIn(vcpu: number, now: number): void {
    this.#mark[vcpu]! += now;
  }

  switchOut(vcpu: number, now: number): void {
    this.#mark[vcpu]! -= now;
  }
}
