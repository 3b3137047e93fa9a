import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Claim, entitlements } from '../../src/arithmetic/water-filling.ts';

const busy = Number.MAX_SAFE_INTEGER;
const claim = (shares: number, demand = busy, reservation = 0, limit?: number): Claim => ({
  shares,
  demand,
  reservation,
  ...(limit === undefined ? {} : { limit }),
});

describe('entitlement', () => {
  it('E1: shares 2:1:1, all busy, give 50/25/25 %; what the first leaves goes to the others alike', () => {
    expect(entitlements(100, [claim(2000), claim(1000), claim(1000)])).toEqual([50, 25, 25]);
    expect(entitlements(100, [claim(2000, 20), claim(1000), claim(1000)])).toEqual([20, 40, 40]);
  });

  it('E2: a reservation is met first, an idle machine lends out, the rest follows the shares', () => {
    expect(entitlements(6000, [claim(1000, 500), claim(1000, busy, 2250), claim(2000)])).toEqual([500, 2250, 3250]);
  });

  it('E4: two Normal machines halve 8 GHz; a High one takes half from both', () => {
    expect(entitlements(8000, [claim(1000), claim(1000)])).toEqual([4000, 4000]);
    expect(entitlements(8000, [claim(1000), claim(1000), claim(2000)])).toEqual([2000, 2000, 4000]);
  });

  it('R11: pools High and Normal under full load divide 6 GHz as 4 and 2', () => {
    expect(entitlements(6000, [claim(8000), claim(4000)])).toEqual([4000, 2000]);
  });

  it('R5: pools 4:1 divide 200 as 160 and 40; with demands of 180 and 25 as 175 and 25', () => {
    expect(entitlements(200, [claim(4), claim(1)])).toEqual([160, 40]);
    expect(entitlements(200, [claim(4, 180), claim(1, 25)])).toEqual([175, 25]);
  });

  it('never passes a limit, though there is room', () => {
    expect(entitlements(3000, [claim(1000, busy, 0, 1000)])).toEqual([1000]);
  });

  it('cuts reservations in proportion where they do not fit (a host that lost memory)', () => {
    expect(entitlements(100, [claim(1, busy, 150), claim(1, busy, 50)])).toEqual([75, 25]);
    expect(entitlements(0, [claim(1, busy, 150)])).toEqual([0]);
  });

  it('has nothing to give to nobody', () => {
    expect(entitlements(100, [])).toEqual([]);
  });

  const claims = fc.array(
    fc.record({
      shares: fc.integer({ min: 1, max: 100_000 }),
      reservation: fc.integer({ min: 0, max: 5000 }),
      limit: fc.integer({ min: 0, max: 10_000 }),
      demand: fc.integer({ min: 0, max: 10_000 }),
    }),
    { minLength: 1, maxLength: 60 },
  );

  it('gives out exactly what there is or what is asked for, within the bounds, and in the order of the shares', () => {
    fc.assert(
      fc.property(claims, fc.integer({ min: 0, max: 100_000 }), (given, capacity) => {
        const parts = entitlements(capacity, given);
        const high = given.map(({ limit, demand }) => Math.min(limit, demand));
        const low = given.map(({ reservation }, i) => Math.min(reservation, high[i]!));
        const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
        const fits = sum(low) <= capacity;
        expect(sum(parts)).toBeCloseTo(Math.min(capacity, sum(high)), 4);
        parts.forEach((part, i) => {
          expect(part).toBeLessThanOrEqual(high[i]! + 1e-6);
          if (fits) expect(part).toBeGreaterThanOrEqual(low[i]! - 1e-6);
        });
        if (!fits) return;
        // Among those that no bound holds, the level is one: MHz per share are equal.
        const levels = parts.flatMap((part, i) =>
          part > low[i]! + 1e-6 && part < high[i]! - 1e-6 ? [part / given[i]!.shares] : [],
        );
        for (const level of levels) expect(level).toBeCloseTo(levels[0]!, 5);
        // Nobody who was left wanting stands below that level.
        parts.forEach((part, i) => {
          if (levels.length > 0 && part < high[i]! - 1e-6)
            expect(part / given[i]!.shares).toBeGreaterThan(levels[0]! - 1e-5);
        });
      }),
      { numRuns: 300 },
    );
  });
});
