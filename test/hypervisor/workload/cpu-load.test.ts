import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE } from '../../../src/base/units.ts';
import type { CpuWorkload } from '../../../src/hypervisor/hardware.ts';
import { cpuLoad } from '../../../src/hypervisor/workload/cpu-load.ts';

const at = (workload: CpuWorkload, time: number, start = 0) => cpuLoad(workload, start).percent(time);

describe('a workload', () => {
  it('of constants, cycles and spinning siblings is one figure for ever', () => {
    const figures: [CpuWorkload, number][] = [
      [{ kind: 'Idle' }, 0],
      [{ kind: 'Constant', percent: 35 }, 35],
      [{ kind: 'Periodic', runUs: 1000, sleepUs: 9000 }, 10],
      [
        {
          kind: 'Bursts',
          bursts: [
            [100, 100],
            [300, 500],
          ],
        },
        40,
      ],
      [{ kind: 'Parallel', computeUs: 100, criticalUs: 10, sync: 'SpinLock' }, 100],
    ];
    for (const [workload, percent] of figures) {
      expect(at(workload, 12_345)).toBe(percent);
      expect(cpuLoad(workload, 0).next(0)).toBe(Number.POSITIVE_INFINITY);
    }
  });

  it('diurnal is least at midnight, most at noon, and moves by less than a point per step', () => {
    const day = { kind: 'Diurnal', minPercent: 10, maxPercent: 90, periodMs: 24 * HOUR } as const;
    expect(at(day, 0)).toBe(10);
    expect(at(day, 12 * HOUR)).toBeCloseTo(90, 9);
    expect(at(day, 6 * HOUR)).toBeCloseTo(50, 9);
    const load = cpuLoad(day, 777);
    let changes = 0;
    for (let time = 0; time < 24 * HOUR; time = load.next(time)) {
      expect(Math.abs(load.percent(load.next(time)) - load.percent(time))).toBeLessThan(1);
      changes++;
    }
    expect(changes).toBe(288);
  });

  it('of a trace follows its column from the start of the guest, and begins anew', () => {
    const trace = { kind: 'Trace', intervalMs: 5 * MINUTE, percents: [10, 10, 30, 20] } as const;
    const load = cpuLoad(trace, 1000);
    expect([1000, 1000 + 5 * MINUTE, 1000 + 10 * MINUTE, 1000 + 20 * MINUTE].map(load.percent)).toEqual([
      10, 10, 30, 10,
    ]);
    expect(load.next(1000)).toBe(1000 + 10 * MINUTE);
    expect(cpuLoad({ ...trace, percents: [7, 7] }, 0).next(0)).toBe(Number.POSITIVE_INFINITY);
    expect(at({ ...trace, percents: [] }, 5)).toBe(0);
  });

  it('of steps takes each from its time on, in any order, and is idle before', () => {
    const load = cpuLoad(
      {
        kind: 'Steps',
        steps: [
          { atMs: 60_000, percent: 80 },
          { atMs: 1000, percent: 20 },
        ],
      },
      500,
    );
    expect([500, 1499, 1500, 60_499, 60_500].map(load.percent)).toEqual([0, 0, 20, 20, 80]);
    expect([500, 1500, 60_500].map(load.next)).toEqual([1500, 60_500, Number.POSITIVE_INFINITY]);
  });

  const workloads = fc.oneof(
    fc.record({
      kind: fc.constant('Trace' as const),
      intervalMs: fc.integer({ min: 1, max: 10_000 }),
      percents: fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 20 }),
    }),
    fc.record({
      kind: fc.constant('Steps' as const),
      steps: fc.array(fc.record({ atMs: fc.nat(50_000), percent: fc.integer({ min: 0, max: 100 }) }), { maxLength: 9 }),
    }),
    fc.record({
      kind: fc.constant('Diurnal' as const),
      minPercent: fc.nat(100),
      maxPercent: fc.nat(100),
      periodMs: fc.integer({ min: 1000, max: 500_000 }),
    }),
  );

  it('changes only at the points that it names, and each lies ahead', () => {
    fc.assert(
      fc.property(workloads, fc.nat(10_000), fc.array(fc.nat(100_000), { maxLength: 30 }), (workload, start, times) => {
        const load = cpuLoad(workload, start);
        for (const offset of times) {
          const time = start + offset;
          const next = load.next(time);
          expect(next).toBeGreaterThan(time);
          const last = Math.min(next, start + 200_000) - 1;
          expect(load.percent(Math.floor((time + last) / 2))).toBe(load.percent(time));
          expect(load.percent(last)).toBe(load.percent(time));
        }
      }),
      { numRuns: 200 },
    );
  });
});
