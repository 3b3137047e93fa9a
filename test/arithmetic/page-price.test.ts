import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idleCost, type PageClaims, pagePrice, pageTargets } from '../../src/arithmetic/page-price.ts';

interface Claim {
  readonly shares: number;
  readonly low: number;
  readonly high: number;
  readonly active: number;
}

function claims(list: readonly Claim[]): PageClaims {
  const row = (of: (claim: Claim) => number) => Float64Array.from(list, of);
  return {
    size: list.length,
    shares: row(({ shares }) => shares),
    low: row(({ low }) => low),
    high: row(({ high }) => high),
    active: row(({ active }) => active),
  };
}

/** To a millionth of a page. */
function targets(capacity: number, tax: number, list: readonly Claim[]): number[] {
  const out = new Float64Array(list.length);
  pageTargets(capacity, claims(list), tax, out);
  return Array.from(out, (pages) => Math.round(pages * 1e6) / 1e6);
}

/** What the paper says, page by page: the next one is taken from whoever pays least for each of his. */
function pageByPage(capacity: number, tax: number, list: readonly Claim[]): number[] {
  const pages = list.map(({ high }) => high);
  for (let held = pages.reduce((a, b) => a + b, 0); held > capacity; held--) {
    let victim = -1;
    let least = Number.POSITIVE_INFINITY;
    list.forEach(({ shares, low, active }, i) => {
      if (pages[i]! <= low) return;
      const price = pagePrice(shares, pages[i]!, Math.min(1, active / pages[i]!), tax);
      if (price < least) [victim, least] = [i, price];
    });
    if (victim < 0) break;
    pages[victim]!--;
  }
  return pages;
}

describe('the price of a page', () => {
  it('M1: Alpha pays .375 and Beta .625 at a tax of 80 %, so Alpha gives the next page; without a tax it is Beta', () => {
    expect(pagePrice(6000, 4000, 0.25, 0.8)).toBeCloseTo(0.375, 12);
    expect(pagePrice(2000, 2000, 0.85, 0.8)).toBeCloseTo(0.625, 12);
    expect(pagePrice(6000, 4000, 0.25, 0)).toBe(1.5);
    expect(pagePrice(2000, 2000, 0.85, 0)).toBe(1);
    // The same decided: of 6000 pages one has to go.
    const list = [
      { shares: 6000, low: 0, high: 4000, active: 1000 },
      { shares: 2000, low: 0, high: 2000, active: 1700 },
    ];
    expect(targets(5999, 0.8, list)[1]).toBe(2000);
    expect(targets(5999, 0, list)[0]).toBe(4000);
  });

  it('M2: at a tax of 75 % a machine that uses a tenth of its memory pays .270 of what one pays that uses all', () => {
    expect(idleCost(0.75)).toBe(4);
    const ratio = pagePrice(1000, 500, 0.1, 0.75) / pagePrice(1000, 500, 1, 0.75);
    expect(ratio).toBeCloseTo(0.27, 3);
  });
});

describe('page targets', () => {
  it('leave everyone all that he wants while there is enough', () => {
    const list = [
      { shares: 1, low: 0, high: 10, active: 1 },
      { shares: 9, low: 0, high: 20, active: 1 },
    ];
    expect(targets(30, 0.75, list)).toEqual([10, 20]);
  });

  it('follow the shares alone where there is no tax', () => {
    const list = [
      { shares: 1000, low: 0, high: 4000, active: 4000 },
      { shares: 3000, low: 0, high: 4000, active: 0 },
    ];
    const [one, three] = targets(4000, 0, list);
    expect(one).toBeCloseTo(1000, 6);
    expect(three).toBeCloseTo(3000, 6);
  });

  it('take from an idle rich machine before a busy poor one', () => {
    const list = [
      { shares: 2000, low: 0, high: 4000, active: 200 },
      { shares: 1000, low: 0, high: 4000, active: 3600 },
    ];
    expect(targets(7000, 0.75, list)).toEqual([3000, 4000]);
  });

  it('never go below what is reserved, nor into active memory while anybody of equal shares has much that is idle', () => {
    const idle = { shares: 1000, low: 3500, high: 4000, active: 0 };
    const busy = { shares: 1000, low: 0, high: 4000, active: 4000 };
    expect(targets(6000, 0.75, [idle, busy])).toEqual([3500, 2500]);
    const [freely] = targets(6000, 0.75, [{ ...idle, low: 0 }, busy]);
    expect(freely).toBe(2000);
  });

  it('cut reservations in proportion where not even they fit', () => {
    const list = [
      { shares: 1, low: 100, high: 100, active: 0 },
      { shares: 1, low: 300, high: 300, active: 0 },
    ];
    expect(targets(200, 0.75, list)).toEqual([50, 150]);
  });

  it('are where page after page from whoever pays least ends, to a page', () => {
    const claim = fc
      .tuple(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
      )
      .chain(([shares, high, part]) =>
        fc.record({
          shares: fc.constant(shares),
          high: fc.constant(high),
          low: fc.integer({ min: 0, max: high }),
          active: fc.constant(Math.floor(part * high)),
        }),
      );
    fc.assert(
      fc.property(
        fc.array(claim, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 600 }),
        fc.constantFrom(0, 0.5, 0.75, 0.99),
        (list, capacity, tax) => {
          const reserved = list.reduce((sum, { low }) => sum + low, 0);
          if (capacity < reserved) return;
          const wanted = pageByPage(capacity, tax, list);
          targets(capacity, tax, list).forEach((got, i) => {
            // Each of the others may be a page on one side of the line.
            expect(Math.abs(got - wanted[i]!)).toBeLessThanOrEqual(list.length);
          });
        },
      ),
    );
  });
});
