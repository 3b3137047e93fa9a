import { describe, expect, it } from 'vitest';
import { responseMs } from '../../src/arithmetic/queueing.ts';

describe('the time to an answer', () => {
  it('is the service alone at a device that is idle, twice that at half load, ten times at 90 %', () => {
    expect(responseMs(5, 0)).toBe(5);
    expect(responseMs(5, 0.5)).toBe(10);
    expect(responseMs(5, 0.9)).toBeCloseTo(50, 9);
  });

  it('ends at twenty times, where requests wait at their senders', () => {
    expect(responseMs(5, 0.95)).toBeCloseTo(100, 9);
    expect(responseMs(5, 1)).toBe(responseMs(5, 0.95));
    expect(responseMs(5, 7)).toBe(responseMs(5, 0.95));
    expect(responseMs(5, -1)).toBe(5);
  });
});
