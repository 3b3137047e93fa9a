import { memoryDemand } from '../../arithmetic/machine-memory.ts';
import { type PageClaims, pageTargets } from '../../arithmetic/page-price.ts';
import { waterFill } from '../../arithmetic/water-filling.ts';
import { goalOf } from './guest-wishes.ts';
import { type Columns, consumedBy, heldBy, type MachineTable } from './machine-table.ts';

/** What a host has for the memory of its machines, in bytes. */
export interface Supply {
  /** All that is there for machines and their overhead. */
  readonly size: number;
  /** To be kept free of that. */
  readonly kept: number;
}

/** Decides what each machine's memory should come to. */
export class MemoryTargets {
  readonly #table: MachineTable;
  readonly #tax: number;
  #claims = claimsOf(16);
  #out = new Float64Array(16);
  /** Whether more is wanted than there is above what is kept free. */
  isContended = false;

  /** @param tax on idle memory, a part of 1 */
  constructor(table: MachineTable, tax: number) {
    this.#table = table;
    this.#tax = tax;
  }

  /**
   * Writes `target`: what page after page taken from whoever pays least leads to, between what is reserved and the limit;
   * where there is enough for everyone, all that he may have. Writes `entitlement` too, by the formula that DRS uses.
   */
  set({ size, kept }: Supply): void {
    const { count, columns: c } = this.#table;
    if (this.#out.length < c.size.length) {
      this.#claims = claimsOf(c.size.length);
      this.#out = new Float64Array(c.size.length);
    }
    let left = size;
    let wanted = 0;
    let asked = 0;
    for (let i = 0; i < count; i++) {
      left -= c.overhead[i]!;
      c.target[i] = c.limit[i]!;
      wanted += wantedBy(c, i);
      c.entitlement[i] = Math.min(c.limit[i]!, demandOf(c, i));
      asked += c.entitlement[i]!;
    }
    // What is kept free is taken from what nobody reserved.
    this.isContended = wanted > left - kept && wanted > 0;
    if (this.isContended) this.#share(left, kept);
    if (asked > left) this.#shareEntitlement(left);
  }

  #share(size: number, kept: number): void {
    const { count, columns: c } = this.#table;
    const { shares, low, high, active } = this.#claims;
    let reserved = 0;
    for (let i = 0; i < count; i++) {
      shares[i] = c.shares[i]!;
      high[i] = wantedBy(c, i);
      low[i] = Math.min(c.reservation[i]!, high[i]!);
      active[i] = c.estimate[i]! * c.size[i]!;
      reserved += low[i]!;
    }
    const capacity = Math.max(size - kept, Math.min(size, reserved));
    pageTargets(capacity, { ...this.#claims, size: count }, this.#tax, this.#out);
    for (let i = 0; i < count; i++) c.target[i] = Math.floor(this.#out[i]!);
  }

  #shareEntitlement(size: number): void {
    const { count, columns: c } = this.#table;
    const { shares, low, high } = this.#claims;
    for (let i = 0; i < count; i++) {
      shares[i] = c.shares[i]!;
      high[i] = c.entitlement[i]!;
      low[i] = Math.min(c.reservation[i]!, high[i]!);
    }
    waterFill(size, { size: count, shares, low, high }, this.#out);
    for (let i = 0; i < count; i++) c.entitlement[i] = Math.floor(this.#out[i]!);
  }
}

/** What it would take if nobody took anything from it. */
function wantedBy(c: Columns, i: number): number {
  return Math.min(c.limit[i]!, Math.max(0, Math.max(goalOf(c, i), heldBy(c, i)) - c.saved[i]!));
}

/** As DRS counts it, without the overhead, which is nobody's to win or lose. */
export function demandOf(c: Columns, i: number): number {
  return Math.floor(memoryDemand(activeOf(c, i), consumedBy(c, i), 0));
}

/** What of its memory is in use, as sampled. */
export function activeOf(c: Columns, i: number): number {
  return Math.floor(Math.min(c.estimate[i]! * c.size[i]!, heldBy(c, i)));
}

function claimsOf(length: number): Omit<PageClaims, 'size'> {
  return {
    shares: new Float64Array(length),
    low: new Float64Array(length),
    high: new Float64Array(length),
    active: new Float64Array(length),
  };
}
