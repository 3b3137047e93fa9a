import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shareOverPaths } from '../../src/arithmetic/shared-paths.ts';

interface Flow {
  readonly shares: number;
  readonly wants: number;
  readonly path: number;
}

function share(capacity: number, capacities: readonly number[], flows: readonly Flow[]): number[] {
  const out = new Float64Array(flows.length);
  const claims = {
    size: flows.length,
    shares: Float64Array.from(flows, ({ shares }) => shares),
    low: new Float64Array(flows.length),
    high: Float64Array.from(flows, ({ wants }) => wants),
  };
  shareOverPaths(capacity, claims, { of: Int32Array.from(flows, ({ path }) => path), capacities }, out);
  return [...out];
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0);

describe('a device behind paths', () => {
  it('gives everyone what he asks for while there is enough of both', () => {
    const flows = [
      { shares: 1, wants: 30, path: 0 },
      { shares: 1, wants: 20, path: 1 },
    ];
    expect(share(100, [100, 100], flows)).toEqual([30, 20]);
  });

  it('is divided by shares, and what one does not need goes to the others', () => {
    const flows = [500, 1000, 2000].map((shares) => ({ shares, wants: 1000, path: 0 }));
    expect(share(700, [1000], flows)).toEqual([100, 200, 400]);
    expect(share(700, [1000], [{ ...flows[0]!, wants: 40 }, flows[1]!, flows[2]!])).toEqual([40, 220, 440]);
  });

  it('leaves to others what a narrow path does not carry', () => {
    const flows = [
      { shares: 1000, wants: 1000, path: 0 },
      { shares: 3000, wants: 1000, path: 0 },
      { shares: 1000, wants: 1000, path: 1 },
    ];
    expect(share(600, [100, 1000], flows)).toEqual([25, 75, 500]);
    expect(share(600, [0, 1000], flows)).toEqual([0, 0, 600]);
  });

  it('wastes nothing, exceeds nothing, and pays everyone alike who could use more', () => {
    const flow = fc.record({
      shares: fc.integer({ min: 1, max: 100 }),
      wants: fc.integer({ min: 0, max: 100 }),
      path: fc.integer({ min: 0, max: 2 }),
    });
    const capacity = fc.integer({ min: 0, max: 200 });
    fc.assert(
      fc.property(
        fc.array(flow, { minLength: 1, maxLength: 8 }),
        capacity,
        fc.tuple(capacity, capacity, capacity),
        (flows, most, capacities) => {
          const got = share(most, capacities, flows);
          const slack = 1e-6;
          const onPath = (path: number) => sum(got.filter((_, i) => flows[i]!.path === path));
          expect(sum(got)).toBeLessThanOrEqual(most + slack);
          const isFull = sum(got) >= most - slack;
          for (let path = 0; path < 3; path++) expect(onPath(path)).toBeLessThanOrEqual(capacities[path]! + slack);
          flows.forEach(({ shares, wants, path }, i) => {
            expect(got[i]).toBeLessThanOrEqual(wants + slack);
            if (got[i]! >= wants - slack) return;
            // Whoever lacks something is held back by the device or his path, where nobody has more per share.
            const isPathFull = onPath(path) >= capacities[path]! - slack;
            expect(isFull || isPathFull).toBe(true);
            const rivals = flows.map((_, k) => k).filter((k) => (isPathFull ? flows[k]!.path === path : true));
            if (isPathFull && isFull) return;
            for (const k of rivals) expect(got[k]! / flows[k]!.shares).toBeLessThanOrEqual(got[i]! / shares + slack);
          });
        },
      ),
    );
  });
});
