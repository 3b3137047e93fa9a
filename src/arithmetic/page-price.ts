/**
 * Min-funding revocation with an idle memory tax (Waldspurger 2002, 5.1 and 5.2; design/algorithms.md 3.1). A client
 * pays for its pages with its shares, and an idle page costs it k = 1 / (1 - tax) times what an active one does. The
 * next page is taken from whoever pays least.
 */

import { boundsAlone, type FlatClaims } from './water-filling.ts';

/** What an idle page costs, of an active one. `tax` is a part of 1, below 1. */
export function idleCost(tax: number): number {
  return 1 / (1 - tax);
}

/** Shares per page that a client pays who holds `pages`, of which the part `active` is in use. */
export function pagePrice(shares: number, pages: number, active: number, tax: number): number {
  return shares / (pages * (active + idleCost(tax) * (1 - active)));
}

/** Clients: `low` is what nobody may take from them, `high` what they hold at most. */
export interface PageClaims extends FlatClaims {
  /** What it uses: idle pages are those beyond. */
  readonly active: Float64Array;
}

/** The price is found to this part of itself: far below a byte of the largest host. */
const PRECISION = 2 ** -46;

/**
 * Where taking page after page from whoever pays least comes to an end: everyone pays the same price, but for those
 * at their bounds. Writes what each holds to `out`, and says whether they compete. Where not even the lower bounds fit,
 * they are cut in proportion.
 *
 * The tax works progressively, as VMware describes it for versions with resource pools: the pages that are taken
 * first are idle, so the fewer of them are left, the less a client is taxed.
 */
export function pageTargets(capacity: number, claims: PageClaims, tax: number, out: Float64Array): boolean {
  const compete = boundsAlone(capacity, claims, out);
  if (compete !== undefined) return compete;
  const budget = equalBudget(capacity, claims, idleCost(tax));
  fill(budget, claims, idleCost(tax), out);
  return true;
}

/** The largest active pages' worth per share that everyone can hold at once. */
function equalBudget(capacity: number, claims: PageClaims, cost: number): number {
  const { size, shares, high, active } = claims;
  let least = 0;
  let most = 0;
  for (let i = 0; i < size; i++) most = Math.max(most, worthOf(high[i]!, active[i]!, cost) / shares[i]!);
  while (most - least > PRECISION * most) {
    const middle = (least + most) / 2;
    if (sumAt(middle, claims, cost) <= capacity) least = middle;
    else most = middle;
  }
  return least;
}

/** What holding so many pages costs, in active pages. */
function worthOf(pages: number, active: number, cost: number): number {
  return pages <= active ? pages : active + cost * (pages - active);
}

function sumAt(budget: number, { size, shares, low, high, active }: PageClaims, cost: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) {
    const worth = budget * shares[i]!;
    const pages = worth <= active[i]! ? worth : active[i]! + (worth - active[i]!) / cost;
    sum += pages < low[i]! ? low[i]! : pages > high[i]! ? high[i]! : pages;
  }
  return sum;
}

function fill(budget: number, { size, shares, low, high, active }: PageClaims, cost: number, out: Float64Array): void {
  for (let i = 0; i < size; i++) {
    const worth = budget * shares[i]!;
    const pages = worth <= active[i]! ? worth : active[i]! + (worth - active[i]!) / cost;
    out[i] = pages < low[i]! ? low[i]! : pages > high[i]! ? high[i]! : pages;
  }
}
