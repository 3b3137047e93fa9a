import { describe, expect, it } from 'vitest';
import { isShortOf } from '../../../src/hypervisor/cpu/shortage.ts';

describe('a host is short of processors', () => {
  it.each([
    ['when all are used and more is asked for', 8100, 8000, true],
    ['also when slices leave gaps', 9000, 7970, true],
    ['not when what is asked for is just what there is', 8000, 8000, false],
    ['not for what rounding, or half a percent, makes of that', 8030, 8000, false],
    ['not while processors are idle, whoever is held back by his limit', 9000, 7000, false],
  ])('%s', (_, demandMHz, usedMHz, isShort) => {
    expect(isShortOf(demandMHz, usedMHz, 8000)).toBe(isShort);
  });
});
