import { describe, expect, it } from 'vitest';
import { leaseName } from '../../src/programs/lease-name.ts';

describe('the name of the Lease', () => {
  it('is one for replicas that do the same, in whatever order they were told', () => {
    expect(leaseName({})).toBe('orrery-controllers');
    expect(leaseName({ namespaces: ['b', 'a'] })).toBe(leaseName({ namespaces: ['a', 'b'] }));
  });

  it('is another for every share of the work', () => {
    const shares = [
      {},
      { only: ['power'] },
      { only: ['placement'] },
      { only: ['placement', 'power'] },
      { namespaces: ['power'] },
      { namespaces: ['a-b'] },
      { namespaces: ['a', 'b'] },
      { only: ['power'], namespaces: ['a'] },
    ];
    expect(new Set(shares.map(leaseName)).size).toBe(shares.length);
  });

  it('is a name that Kubernetes takes, however many namespaces there are', () => {
    const name = leaseName({ namespaces: Array.from({ length: 100 }, (_, index) => `namespace-${index}`) });
    expect(name).toMatch(/^[a-z0-9][a-z0-9-]{0,251}[a-z0-9]$/);
  });
});
