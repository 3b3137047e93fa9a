import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/base/nearest.ts';

describe('nearest', () => {
  const commands = ['up', 'apiserver', 'controllers', 'datacenter', 'crds', 'uninstall'];

  it.each([
    ['dacenter', 'datacenter'],
    ['contorllers', 'controllers'], // neighbours exchanged
    ['UNINSTALL', 'uninstall'],
    ['api', 'apiserver'], // the beginning of one word
    ['crd', 'crds'],
  ])('takes %s for %s', (given, meant) => {
    expect(nearest(given, commands)).toBe(meant);
  });

  it('suggests nothing when no word is close', () => {
    expect(nearest('kubernetes', commands)).toBeUndefined();
    expect(nearest('xy', commands)).toBeUndefined();
  });

  it('suggests nothing when the beginning fits two words', () => {
    expect(nearest('log-', ['log-level', 'log-format'])).toBeUndefined();
  });
});
