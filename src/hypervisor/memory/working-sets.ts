import { binomial } from '../../arithmetic/binomial.ts';
import { FAST_WEIGHT, SAMPLED_PAGES, SLOW_WEIGHT, TOUCH_SECONDS } from './constants.ts';
import { type Columns, EMPTY, heldBy, type MachineTable, STALLED } from './machine-table.ts';

/**
 * How much of its memory each machine uses, found out as ESX does (Waldspurger 2002, 5.3): of 100 pages chosen anew
 * every period, those that were touched. The estimate is the largest of a slow moving average, a fast one, and the
 * fast one with what the sample under way has so far: quick to rise, slow to fall.
 *
 * What is drawn is a function of the machine's seed, the period and how often it was looked at in it.
 */
export class WorkingSets {
  readonly #table: MachineTable;
  readonly #periodMs: number;
  #lastMs = 0;
  #lastPart = 1;

  constructor(table: MachineTable, periodMs: number) {
    this.#table = table;
    this.#periodMs = periodMs;
  }

  /** No sample yet: it is about to touch whatever it has. */
  static begin(c: Columns, i: number, seed: number, now: number): void {
    c.seed[i] = seed;
    c.slow[i] = -1;
    c.fast[i] = -1;
    choose(c, i, now);
  }

  /** Looks at all samples at `now` (ms); at the end of a period new pages are chosen. */
  look(now: number): void {
    const { count, columns } = this.#table;
    const isOver = now % this.#periodMs === 0;
    const period = Math.floor((now - 1) / this.#periodMs);
    for (let i = 0; i < count; i++) {
      if (columns.phase[i] === EMPTY) continue;
      this.#count(columns, i, now, period);
      if (isOver) close(columns, i, now);
      settleEstimate(columns, i);
    }
  }

  /** Adds the pages of the sample that were touched since it was looked at last. */
  #count(c: Columns, i: number, now: number, period: number): void {
    const left = SAMPLED_PAGES - c.hits[i]!;
    const used = c.phase[i] === STALLED ? 0 : Math.min(c.active[i]!, heldBy(c, i)) / c.size[i]!;
    const look = c.looks[i]!++;
    const unseen =
      c.hitsAt[i] === c.hitsFrom[i] ? 1 : Math.exp((c.hitsFrom[i]! - c.hitsAt[i]!) / (1000 * TOUCH_SECONDS));
    const still = this.#untouchedAfter(now - c.hitsFrom[i]!);
    c.hitsAt[i] = now;
    if (used === 0 || left === 0) return;
    const chance = (used * (unseen - still)) / (1 - used + used * unseen);
    c.hits[i]! += binomial(left, chance, uniform(c.seed[i]!, period, look));
  }

  /** Part of the pages in use that are not touched for so many ms: of most machines the same. */
  #untouchedAfter(ms: number): number {
    if (ms !== this.#lastMs) [this.#lastMs, this.#lastPart] = [ms, Math.exp(-ms / (1000 * TOUCH_SECONDS))];
    return this.#lastPart;
  }

  /** Estimates of machines that have not been sampled follow what they hold. */
  settleNew(): void {
    const { count, columns } = this.#table;
    for (let i = 0; i < count; i++) if (columns.fast[i]! < 0) settleEstimate(columns, i);
  }
}

function close(c: Columns, i: number, now: number): void {
  const share = c.hits[i]! / SAMPLED_PAGES;
  // Pages chosen late in a period had no time to be touched.
  const isWhole = now - c.hitsFrom[i]! >= 2000 * TOUCH_SECONDS;
  if (isWhole && c.fast[i]! < 0) c.slow[i] = c.fast[i] = share;
  else if (isWhole) {
    c.slow[i]! += SLOW_WEIGHT * (share - c.slow[i]!);
    c.fast[i]! += FAST_WEIGHT * (share - c.fast[i]!);
  }
  choose(c, i, now);
}

function choose(c: Columns, i: number, now: number): void {
  c.hits[i] = 0;
  c.looks[i] = 0;
  c.hitsFrom[i] = now;
  c.hitsAt[i] = now;
}

/** Writes the estimate that follows from the samples. */
export function settleEstimate(c: Columns, i: number): void {
  const fast = c.fast[i]!;
  if (fast < 0) {
    c.estimate[i] = heldBy(c, i) / c.size[i]!;
    return;
  }
  const running = fast + FAST_WEIGHT * (c.hits[i]! / SAMPLED_PAGES - fast);
  c.estimate[i] = Math.max(c.slow[i]!, fast, running);
}

/** From 0 up to 1: a mix of the three (the finaliser of MurmurHash3). */
function uniform(seed: number, period: number, look: number): number {
  let x = (seed + Math.imul(period, 0x9e3779b1) + Math.imul(look, 0x85ebca77)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 0x100000000;
}
