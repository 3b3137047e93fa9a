import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { esx, MHZ, mhzBetween, SECOND, sumOf, vm } from './esx.ts';
import { bursts } from './suite.ts';

/* Two busy threads of a core have 62.5 % of it each, so that sharing a core can cost a machine its reservation. */

const threaded = (cores: number) => esx(2 * cores, { shape: { coresPerSocket: cores, threadsPerCore: 2 } });

describe('a reservation on a host with threads', () => {
  it('of nearly a whole core is met, and the other thread has what is left', () => {
    const scheduler = threaded(1);
    const reserved = vm(scheduler, 1, { reservationMHz: 0.9 * MHZ });
    const others = [vm(scheduler, 1), vm(scheduler, 1)];
    const [own, ...rest] = mhzBetween(scheduler, [reserved, ...others], SECOND, 7 * SECOND);
    expect(own).toBeGreaterThan(0.99 * 0.9 * MHZ);
    for (const mhz of rest) expect(mhz).toBeGreaterThan(0.05 * MHZ);
  });

  it('that sharing a core does not touch leaves both threads busy', () => {
    const scheduler = threaded(1);
    const ids = [vm(scheduler, 1, { reservationMHz: 0.6 * MHZ }), vm(scheduler, 1)];
    scheduler.advance(5 * SECOND);
    expect(scheduler.hostUsage().idle).toBe(0);
    for (const id of ids) expect(sumOf(scheduler, id, (usage) => usage.used)).toBe(0.625 * 5 * SECOND);
  });

  it('keeps the other thread free only while its machine runs', () => {
    const scheduler = threaded(1);
    vm(scheduler, 1, { reservationMHz: MHZ }, bursts([[100_000, 100_000]]));
    const other = vm(scheduler, 1);
    scheduler.advance(10 * SECOND);
    expect(sumOf(scheduler, other, (usage) => usage.running)).toBeGreaterThan(0.5 * 10 * SECOND);
  });

  it('is met for everybody when all reservations together fit the cores', () => {
    const world = fc.record({
      cores: fc.integer({ min: 1, max: 4 }),
      machines: fc.array(
        fc.record({
          vcpus: fc.constantFrom(1, 1, 2),
          sharesPerVcpu: fc.constantFrom(500, 1000, 2000),
          percent: fc.constantFrom(0, 0, 30, 60, 95),
        }),
        { minLength: 2, maxLength: 12 },
      ),
    });
    fc.assert(
      fc.property(world, ({ cores, machines }) => {
        const scheduler = threaded(cores);
        let free = 0.9 * cores * MHZ;
        const reservations: number[] = [];
        const ids = machines.map(({ vcpus: wanted, sharesPerVcpu, percent }) => {
          const vcpus = Math.min(wanted, cores);
          const most = (percent / 100) * vcpus * MHZ;
          const reservationMHz = most <= free ? most : 0;
          free -= reservationMHz;
          reservations.push(reservationMHz);
          return vm(scheduler, vcpus, { shares: sharesPerVcpu * vcpus, reservationMHz });
        });
        const got = mhzBetween(scheduler, ids, 2 * SECOND, 6 * SECOND);
        // Up to 50 ms of CPU that were had beyond the reservation before these 4 s count, and 20 ms may be owed after.
        const slack = (0.07 / 4) * MHZ;
        for (const [index, reservation] of reservations.entries()) {
          expect(got[index]).toBeGreaterThanOrEqual(reservation - slack);
        }
      }),
      { numRuns: 12, seed: 3 },
    );
  });
});
