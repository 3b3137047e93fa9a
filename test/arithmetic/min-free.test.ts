import { describe, expect, it } from 'vitest';
import { balloonLimit, freeThresholds, type MemoryState, memoryState, minFree } from '../../src/arithmetic/min-free.ts';
import { GiB, MiB } from '../../src/base/units.ts';

describe('minFree', () => {
  it('M6: on ESX 4.0 the states of 16 GB begin at 655.4, 327.7 and 163.8 MB, and 983.0 MB is the goal', () => {
    const thresholds = freeThresholds('4.0', 16384 * MiB);
    expect(thresholds.high / MiB).toBeCloseTo(983.04, 2);
    expect(thresholds.soft / MiB).toBeCloseTo(655.36, 2);
    expect(thresholds.hard / MiB).toBeCloseTo(327.68, 2);
    expect(thresholds.low / MiB).toBeCloseTo(163.84, 2);
  });

  it('is 6 % flat until 4.1, whose states are 64, 32 and 16 % of it', () => {
    const thresholds = freeThresholds('4.1', 100 * GiB);
    expect(thresholds.high).toBe(6 * GiB);
    expect(thresholds.soft).toBeCloseTo(3.84 * GiB, 0);
    expect(thresholds.low).toBeCloseTo(0.96 * GiB, 0);
  });

  it('slides from 5.0: 6 % of 4 GiB, 4 % of 8, 2 % of 16, 1 % of the rest', () => {
    expect(minFree('5.0', 4 * GiB)).toBeCloseTo(0.24 * GiB, 0);
    expect(minFree('5.0', 28 * GiB)).toBeCloseTo((0.24 + 0.32 + 0.32) * GiB, 0);
    expect(minFree('5.0', 128 * GiB)).toBeCloseTo((0.88 + 1) * GiB, 0);
  });
});

describe('memory state', () => {
  const thresholds = { high: 100, soft: 64, hard: 32, low: 16 };
  const walk = (...free: number[]) => {
    let state: MemoryState = 'High';
    return free.map((value) => {
      state = memoryState(value, thresholds, state);
      return state;
    });
  };

  it('is entered below its threshold, several steps at once if need be', () => {
    expect(walk(100, 64, 63, 31, 15)).toEqual(['High', 'High', 'Soft', 'Hard', 'Low']);
    expect(walk(0)).toEqual(['Low']);
  });

  it('is left for the better at the threshold of the state above', () => {
    expect(walk(10, 31, 32, 63, 64, 99, 100)).toEqual(['Low', 'Low', 'Hard', 'Hard', 'Soft', 'Soft', 'High']);
  });
});

describe('balloon', () => {
  it('M11: takes at most 65 % of 4096 MB, 2662 MB', () => {
    expect(balloonLimit(4096 * MiB)).toBe(2662 * MiB);
  });
});
