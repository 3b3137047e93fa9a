import type { FreeThresholds, MemoryState } from '../../arithmetic/min-free.ts';
import { blow, canBalloon } from './balloons.ts';
import { type Eviction, evict, spill } from './eviction.ts';
import { type Columns, consumedBy, type MachineTable } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';

const nothing = new Float64Array(0);

/** How a host stands before it takes memory back. */
export interface Standing {
  readonly state: MemoryState;
  /** Bytes; may be below 0 when something could not wait. */
  readonly free: number;
  readonly isContended: boolean;
}

/**
 * Takes memory back from machines above their targets. High: from nobody but those over their own limit. Soft: by
 * balloon, and by swapping where no balloon can. Hard: what balloons do not bring in time is compressed and swapped.
 * Low: the same, and who is above his target is stopped. (Waldspurger 2002, 6.3; design/algorithms.md 3.3)
 */
export class Reclaim {
  readonly #table: MachineTable;
  readonly #settings: MemorySettings;
  readonly #thresholds: FreeThresholds;
  #excess = new Float64Array(16);

  constructor(table: MachineTable, settings: MemorySettings, thresholds: FreeThresholds) {
    this.#table = table;
    this.#settings = settings;
    this.#thresholds = thresholds;
  }

  /** Works for so many seconds; returns the bytes that it moved. */
  run(seconds: number, { state, free, isContended }: Standing): number {
    const { count, columns: c } = this.#table;
    if (this.#excess.length < c.size.length) this.#excess = new Float64Array(c.size.length);
    const need = state === 'High' ? 0 : Math.max(0, this.#thresholds.high - free);
    const excess = isContended && need > 0 ? this.#measureExcess() : 0;
    const part = excess > 0 ? Math.min(1, need / excess) : 0;
    let moved = 0;
    let came = 0;
    for (let i = 0; i < count; i++) {
      const before = consumedBy(c, i);
      const above = excess > 0 ? this.#excess[i]! : 0;
      moved += blow(c, i, seconds, Math.ceil(above * part), this.#settings);
      came += before - consumedBy(c, i);
    }
    if (excess === 0) return moved;
    const goal = state === 'Soft' ? 0 : Math.max(0, this.#thresholds.soft - free - came);
    return moved + this.#swap(seconds, { part, goal, excess });
  }

  /** What each has beyond its target; the sum. */
  #measureExcess(): number {
    const { count, columns: c } = this.#table;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const taken = c.resident[i]! + Math.ceil(c.zipped[i]! / 2) - c.reservation[i]!;
      this.#excess[i] = Math.max(0, Math.min(consumedBy(c, i) - c.target[i]!, taken));
      sum += this.#excess[i]!;
    }
    return sum;
  }

  /** In proportion to what each has too much, as fast as its swap file takes it. */
  #swap(seconds: number, { part, goal, excess }: { part: number; goal: number; excess: number }): number {
    const { count, columns: c } = this.#table;
    let moved = 0;
    for (let i = 0; i < count; i++) {
      const above = this.#excess[i]!;
      if (above === 0) continue;
      const alone = canBalloon(c, i, this.#settings) ? 0 : above * part;
      const bytes = Math.min(above, Math.max(alone, Math.ceil(goal * (above / excess))));
      const swapRoom = c.deviceRate[i]! * seconds;
      const evicted = this.#evict(c, i, { bytes, floor: c.reservation[i]!, swapRoom });
      // Who has nothing else left gives up what is compressed.
      moved += evicted > 0 ? evicted : spill(c, i, Math.min(bytes, swapRoom / 2));
    }
    return moved;
  }

  #evict(c: Columns, i: number, eviction: Eviction): number {
    const before = c.resident[i]!;
    evict(c, i, eviction, this.#settings);
    return before - c.resident[i]!;
  }

  /** At once, whatever it costs: nobody above his limit, and no more than there is. Returns the bytes that moved. */
  enforce(free: () => number, settle: () => void): number {
    let moved = 0;
    for (let round = 0; round < 8; round++) {
      let now = this.#enforceLimits();
      const missing = -free();
      if (missing > 0) now += this.#enforceSize(missing);
      if (now === 0) break;
      moved += now;
      settle();
    }
    return moved;
  }

  #enforceLimits(): number {
    const { count, columns: c } = this.#table;
    let moved = 0;
    for (let i = 0; i < count; i++) {
      const bytes = consumedBy(c, i) - c.limit[i]!;
      if (bytes > 0) moved += this.#force(c, i, bytes, 0);
    }
    return moved;
  }

  /**
   * From those above their targets first, then from all that is not reserved; only where more was reserved than there is
   * (machines that were there when the world began), from everyone.
   */
  #enforceSize(missing: number): number {
    const { columns: c } = this.#table;
    const all = { moved: 0, left: missing };
    this.#takeAbove(c.target, c.reservation, all);
    this.#takeAbove(c.reservation, c.reservation, all);
    this.#takeAbove(nothing, nothing, all);
    return all.moved;
  }

  /** In proportion to what each has above a bound, down to a floor; a bound without columns is 0. */
  #takeAbove(bound: Float64Array, floor: Float64Array, sum: { moved: number; left: number }): void {
    const { count, columns: c } = this.#table;
    if (sum.left <= 0) return;
    const above = (i: number) => {
      const spare = c.resident[i]! + Math.ceil(c.zipped[i]! / 2) - (floor[i] ?? 0);
      return Math.max(0, Math.min(consumedBy(c, i) - (bound[i] ?? 0), spare));
    };
    let excess = 0;
    for (let i = 0; i < count; i++) excess += above(i);
    if (excess === 0) return;
    const part = Math.min(1, sum.left / excess);
    for (let i = 0; i < count && sum.left > 0; i++) {
      const before = consumedBy(c, i);
      sum.moved += this.#force(c, i, Math.ceil(above(i) * part), floor[i] ?? 0);
      sum.left -= before - consumedBy(c, i);
    }
  }

  #force(c: Columns, i: number, bytes: number, floor: number): number {
    const moved = this.#evict(c, i, { bytes, floor, swapRoom: Number.POSITIVE_INFINITY });
    return moved > 0 ? moved : spill(c, i, bytes);
  }
}
