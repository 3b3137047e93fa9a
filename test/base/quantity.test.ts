import { describe, expect, it } from 'vitest';
import { formatBytes, parseQuantity, quantityToNumber, sameQuantity } from '../../src/base/quantity.ts';

describe('quantities', () => {
  it.each([
    ['0', 0],
    ['1Gi', 2 ** 30],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['.5Mi', 2 ** 19],
    ['4k', 4000],
    ['250m', 0.25],
    ['-3', -3],
    ['1e3', 1000],
    ['1E3', 1000],
    ['2E', 2e18],
    [7, 7],
    ['9007199254740991', 9007199254740991],
  ])('%s is %d', (text, value) => {
    expect(quantityToNumber(text)).toBe(value);
  });

  it('rounds up what is finer than nano', () => {
    expect(parseQuantity('0.0000000001')).toBe(1n);
    expect(parseQuantity('-0.0000000001')).toBe(-1n);
  });

  it.each(['', '.', 'Gi', '1gi', '1KiB', '1 Gi', 'e3', '--1', '1e', '0x10', 'NaN', '1e9999999999'])(
    'refuses "%s"',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('compares values, not spellings', () => {
    expect(sameQuantity('1Gi', '1024Mi')).toBe(true);
    expect(sameQuantity('1G', '1Gi')).toBe(false);
    expect(sameQuantity('x', 'y')).toBe(false);
  });

  it('writes bytes with the largest binary unit that divides them', () => {
    expect([0, 1, 1024, 1536, 2 ** 30, 3 * 2 ** 20, 2 ** 30 + 1].map(formatBytes)).toEqual([
      '0',
      '1',
      '1Ki',
      '1536',
      '1Gi',
      '3Mi',
      '1073741825',
    ]);
  });
});
