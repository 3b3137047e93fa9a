import { evict } from './eviction.ts';
import type { GuestWishes } from './guest-wishes.ts';
import { type Columns, consumedBy, type MachineTable } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';

/** What is there to be given. */
export interface Stock {
  /** Bytes; below `low` only those get any who are below their target. */
  readonly free: number;
  readonly low: number;
  readonly isContended: boolean;
}

/**
 * Gives guests the pages that they ask for: first those below their target, from all that is free; then the others,
 * as long as the host is not low. What is reserved is given whatever is free: it is taken from others at once.
 * Whoever gets nothing gives up pages of his own for those that he cannot do without.
 */
export class Grants {
  readonly #table: MachineTable;
  readonly #wishes: GuestWishes;
  readonly #settings: MemorySettings;
  /** Consumption that is asked for, and what of it is beyond the reservation. */
  #need = new Float64Array(16);
  #beyond = new Float64Array(16);

  constructor(table: MachineTable, wishes: GuestWishes, settings: MemorySettings) {
    this.#table = table;
    this.#wishes = wishes;
    this.#settings = settings;
  }

  give({ free, low, isContended }: Stock): void {
    const { count, columns: c } = this.#table;
    if (this.#need.length < c.size.length) {
      this.#need = new Float64Array(c.size.length);
      this.#beyond = new Float64Array(c.size.length);
    }
    const sums = { due: 0, other: 0 };
    for (let i = 0; i < count; i++) {
      const need = this.#needOf(c, i);
      const beyond = need - Math.min(need, unusedReservation(c, i));
      this.#need[i] = need;
      this.#beyond[i] = beyond;
      if (isContended && consumedBy(c, i) >= c.target[i]!) sums.other += beyond;
      else sums.due += beyond;
    }
    const due = partOf(sums.due, free);
    const other = partOf(sums.other, free - sums.due * due - low);
    for (let i = 0; i < count; i++) {
      if (this.#isIdle(i)) continue;
      const isOther = isContended && consumedBy(c, i) >= c.target[i]!;
      this.#serve(c, i, this.#partFor(i, isOther ? other : due));
    }
  }

  /** What is reserved is served whole, of the rest that part. */
  #partFor(i: number, part: number): number {
    const need = this.#need[i]!;
    const beyond = this.#beyond[i]!;
    return beyond === 0 ? (need > 0 ? 1 : part) : (need - beyond * (1 - part)) / need;
  }

  #isIdle(i: number): boolean {
    return this.#wishes.grow[i] === 0 && this.#wishes.comeIn[i] === 0 && this.#wishes.unzip[i] === 0;
  }

  /** Consumption that comes of its wishes, up to its limit; beyond, it lives on its own pages. */
  #needOf(c: Columns, i: number): number {
    if (c.blocked[i] === 1) return 0;
    const wanted = this.#wishes.grow[i]! + this.#wishes.comeIn[i]! + this.#wishes.unzip[i]! / 2;
    return Math.min(wanted, Math.max(0, c.limit[i]! - consumedBy(c, i)));
  }

  #serve(c: Columns, i: number, part: number): void {
    if (c.blocked[i] === 1) return;
    c.resident[i]! += Math.floor(this.#wishes.grow[i]! * part);
    const comeIn = Math.min(this.#wishes.comeIn[i]!, c.swapped[i]!);
    const unzip = Math.min(this.#wishes.unzip[i]!, c.zipped[i]!);
    const missing = (comeIn + unzip / 2) * (1 - part);
    if (missing > 0) {
      const swapRoom = c.deviceRate[i]! > 0 ? missing * 2 : 0;
      evict(c, i, { bytes: missing, floor: c.reservation[i]!, swapRoom }, this.#settings);
    }
    c.swapped[i]! -= comeIn;
    c.swappedHot[i] = Math.max(0, c.swappedHot[i]! - comeIn);
    c.zipped[i]! -= unzip;
    c.zippedHot[i] = Math.max(0, c.zippedHot[i]! - unzip);
    c.resident[i]! += comeIn + unzip;
    c.cameIn[i]! += comeIn;
  }
}

function unusedReservation(c: Columns, i: number): number {
  return Math.max(0, c.reservation[i]! - consumedBy(c, i));
}

function partOf(wanted: number, there: number): number {
  return wanted <= 0 ? 1 : Math.max(0, Math.min(1, there / wanted));
}
