import { describe, expect, it } from 'vitest';
import { binomial } from '../../src/arithmetic/binomial.ts';

/** Exact, from the definition. */
function probability(n: number, k: number, p: number): number {
  let ways = 1;
  for (let i = 0; i < k; i++) ways = (ways * (n - i)) / (i + 1);
  return ways * p ** k * (1 - p) ** (n - k);
}

describe('binomial', () => {
  it.each([0.03, 0.3, 0.5, 0.8, 0.99])('gives each count its share of all draws, at a chance of %f', (chance) => {
    const draws = 20_000;
    const counts = new Array<number>(13).fill(0);
    for (let i = 0; i < draws; i++) counts[binomial(12, chance, (i + 0.5) / draws)]!++;
    counts.forEach((seen, k) => {
      expect(Math.abs(seen / draws - probability(12, k, chance))).toBeLessThan(2 / draws);
    });
  });

  it('stays within what can be, at both ends', () => {
    expect(binomial(100, 0, 0.5)).toBe(0);
    expect(binomial(100, 1, 0.5)).toBe(100);
    expect(binomial(0, 0.5, 0.5)).toBe(0);
    expect(binomial(100, 0.2, 0)).toBe(0);
    expect(binomial(100, 0.2, 1 - 2 ** -53)).toBeLessThanOrEqual(100);
    expect(binomial(100, 0.9, 1 - 2 ** -53)).toBeGreaterThanOrEqual(0);
  });
});
