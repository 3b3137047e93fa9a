import { describe, expect, it } from 'vitest';
import { GiB, HOUR, MINUTE, MiB, SECOND } from '../../../src/base/units.ts';
import { type Guest, Ward } from './ward.ts';

function alike(count: number, guest: Guest): Ward {
  return new Ward().all(Object.fromEntries(Array.from({ length: count }, (_, i) => [`g${i}`, guest])));
}

const sum = (ward: Ward, key: 'shared' | 'sharedSaved' | 'zeroed') =>
  [...ward.guests.keys()].reduce((all, name) => all + ward.of(name)[key], 0);

describe('page sharing', () => {
  const size = 40 * MiB;

  it('M5: frees about 5 MB of one Linux guest of 40 MB, 55 % of that zero pages', () => {
    const ward = alike(1, { size, active: size }).pass(2 * HOUR);
    expect(sum(ward, 'sharedSaved') / MiB).toBeGreaterThan(4.5);
    expect(sum(ward, 'sharedSaved') / MiB).toBeLessThan(5.5);
    expect(sum(ward, 'zeroed') / sum(ward, 'sharedSaved')).toBeCloseTo(0.55, 1);
  });

  it('M5: has 67 % of the memory of ten such guests shared, and saves more with each one that comes', () => {
    const parts = Array.from({ length: 10 }, (_, i) => {
      const ward = alike(i + 1, { size, active: size }).pass(2 * HOUR);
      return { shared: sum(ward, 'shared') / ((i + 1) * size), saved: sum(ward, 'sharedSaved') / ((i + 1) * size) };
    });
    expect(parts[9]!.shared).toBeCloseTo(0.67, 2);
    for (let n = 1; n < 10; n++) expect(parts[n]!.saved).toBeGreaterThan(parts[n - 1]!.saved);
    expect(parts[9]!.saved).toBeLessThan(parts[9]!.shared);
  });

  it('grows over the hour in which a guest is looked through', () => {
    const ward = alike(4, { size: GiB });
    const seen = [0, 15, 30, 45].map(() => sum(ward.pass(15 * MINUTE), 'sharedSaved'));
    expect(seen[0]).toBeGreaterThan(0);
    for (let i = 1; i < 4; i++) expect(seen[i]).toBeGreaterThan(seen[i - 1]! * 1.2);
    const whole = sum(ward.pass(15 * MINUTE), 'sharedSaved');
    expect(sum(ward.pass(6 * HOUR), 'sharedSaved')).toBe(whole);
  });

  it('is among guests of the same system only', () => {
    const pair = (a: string, b: string) => {
      const ward = new Ward().all({ a: { size: GiB, os: a }, b: { size: GiB, os: b } });
      return sum(ward.pass(2 * HOUR), 'sharedSaved');
    };
    expect(pair('linux', 'Linux')).toBeGreaterThan(1.2 * pair('linux', 'solaris'));
  });

  it('finds no more per second than the host looks through, and nothing where it is switched off', () => {
    // 8 GHz: 32 MB/s, of 14 guests of 1 GiB about 7.5 minutes; with a tenth of that rate, far longer than an hour.
    const saved = (advanced: Record<string, number>) => {
      const ward = new Ward(16 * GiB, { advanced });
      ward.all(Object.fromEntries(Array.from({ length: 14 }, (_, i) => [`g${i}`, {}])));
      return sum(ward.pass(HOUR), 'sharedSaved');
    };
    expect(saved({ 'Mem.ShareScanTime': 0 })).toBe(0);
    expect(saved({ 'Mem.ShareScanGHz': 0 })).toBe(0);
    expect(saved({ 'Mem.ShareScanTime': 600 })).toBeLessThan(0.2 * saved({}));
  });

  it('is broken up by writes, and left to those who stay when a twin goes', () => {
    const quiet = alike(2, { size: GiB }).pass(2 * HOUR);
    const written = alike(2, { size: GiB, dirtyPerSecond: 100 * MiB, writable: 0.9 * GiB }).pass(2 * HOUR);
    expect(sum(written, 'sharedSaved')).toBeLessThan(0.5 * sum(quiet, 'sharedSaved'));
    const pair = sum(quiet, 'sharedSaved');
    quiet.stop('g1');
    quiet.pass(10 * SECOND);
    expect(sum(quiet, 'sharedSaved')).toBeLessThan(pair / 2);
    expect(quiet.total.used).toBe(quiet.of('g0').consumed);
  });
});
