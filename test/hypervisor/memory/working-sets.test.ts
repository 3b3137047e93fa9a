import { describe, expect, it } from 'vitest';
import { GiB, MINUTE, MiB } from '../../../src/base/units.ts';
import { Ward } from './ward.ts';

/** Active memory in MiB, minute after minute. */
function follow(ward: Ward, minutes: number): number[] {
  return Array.from({ length: minutes }, () => ward.pass(MINUTE).of('a').active / MiB);
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('the sampled working set', () => {
  it('is all that it holds until it was sampled for the first time', () => {
    const ward = new Ward().all({ a: { active: 100 * MiB } });
    expect(ward.of('a').active).toBe(GiB);
  });

  it('comes near what is used, and errs on the high side', () => {
    const seen = follow(new Ward().all({ a: { active: 300 * MiB } }).pass(10 * MINUTE), 200);
    expect(mean(seen)).toBeGreaterThan(290);
    expect(mean(seen)).toBeLessThan(390);
    // Samples of 100 pages tremble.
    expect(Math.max(...seen) - Math.min(...seen)).toBeGreaterThan(30);
  });

  it('follows a rise within about a period and a fall slowly, from 50 to 250 MB and back', () => {
    const size = 512 * MiB;
    const ward = new Ward().all({ a: { size, active: 50 * MiB } }).pass(30 * MINUTE);
    expect(mean(follow(ward, 20))).toBeLessThan(100);
    ward.change('a', { active: 250 * MiB });
    const rise = follow(ward, 2);
    expect(rise[0]).toBeGreaterThan(150);
    expect(rise[1]).toBeGreaterThan(200);
    ward.pass(30 * MINUTE);
    ward.change('a', { active: 50 * MiB });
    const fall = follow(ward, 40);
    expect(fall[1]).toBeGreaterThan(130);
    expect(mean(fall.slice(30))).toBeLessThan(100);
  });

  it('of a guest that hangs falls to nothing', () => {
    const ward = new Ward().all({ a: { active: GiB } }).pass(10 * MINUTE);
    ward.demand('a', { phase: 'Stalled' });
    expect(follow(ward, 60).at(-1)).toBeLessThan(10);
    expect(ward.of('a').granted).toBe(GiB);
  });

  it('is drawn from the seed: the same again with the same, another with another', () => {
    const draw = (seed: string) => follow(new Ward(16 * GiB, { seed }).all({ a: { active: 300 * MiB } }), 20);
    expect(draw('7')).toEqual(draw('7'));
    expect(draw('7')).not.toEqual(draw('8'));
  });
});
