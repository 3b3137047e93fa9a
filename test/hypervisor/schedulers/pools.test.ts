import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entitlements } from '../../../src/arithmetic/water-filling.ts';
import type { ProportionalShareScheduler } from '../../../src/hypervisor/schedulers/proportional-share.ts';
import { esx, MHZ, mhzBetween, SECOND, vm } from './esx.ts';

/** A pool with others in it, or a machine of so many busy vCPUs. */
interface Branch {
  readonly shares: number;
  /** Percent of the host, of which at most 70 are given out. */
  readonly reserved: number;
  readonly vcpus: number;
  readonly inside: readonly Branch[];
}
interface Part {
  readonly shares: number;
  readonly reservation: number;
  readonly demand: number;
  readonly vcpus: number;
  readonly inside: readonly Part[];
}

const shape = {
  shares: fc.constantFrom(500, 1000, 2000, 4000),
  reserved: fc.constantFrom(0, 0, 0, 10, 25),
  vcpus: fc.constantFrom(1, 1, 2, 4),
};
const machine = fc.record({ ...shape, inside: fc.constant([]) });
const inner = fc.record({ ...shape, inside: fc.array(machine, { minLength: 1, maxLength: 3 }) });
const outer = fc.record({
  ...shape,
  inside: fc.array(fc.oneof(machine, inner), { minLength: 1, maxLength: 3 }),
});
const host = fc.record({
  cores: fc.integer({ min: 2, max: 6 }),
  branches: fc.array(fc.oneof(machine, outer), { minLength: 2, maxLength: 4 }) as fc.Arbitrary<Branch[]>,
});

/** The branch as the host admits it: reservations fit in the pools above and in what is left. */
function partOf(branch: Branch, cores: number, left: { mhz: number }): Part {
  const capacity = cores * MHZ;
  const inside = branch.inside.map((each) => partOf(each, cores, left));
  const vcpus = Math.min(cores, branch.vcpus);
  const asked = Math.min((branch.reserved / 100) * capacity, vcpus * MHZ);
  const promised = inside.reduce((sum, { reservation }) => sum + reservation, 0);
  const more = Math.max(0, asked - promised);
  const granted = more <= left.mhz ? more : 0;
  left.mhz -= granted;
  const reservation = promised + granted;
  const demand = inside.length > 0 ? inside.reduce((sum, { demand }) => sum + demand, 0) : vcpus * MHZ;
  return { shares: branch.shares, reservation, demand, vcpus, inside };
}

/** Puts the parts into the scheduler; the machines with what the formula gives them, pool by pool. */
function settle(
  scheduler: ProportionalShareScheduler,
  parts: readonly Part[],
  capacity: number,
  pool?: number,
): { id: number; wanted: number }[] {
  const wanted = entitlements(capacity, parts);
  return parts.flatMap(({ shares, reservation, vcpus, inside }, index) => {
    const allocation = { shares, reservationMHz: reservation, limitMHz: 0 };
    if (inside.length > 0) return settle(scheduler, inside, wanted[index]!, scheduler.addPool(allocation, pool));
    const within = pool === undefined ? {} : { pool };
    return [{ id: vm(scheduler, vcpus, { ...allocation, ...within, maxSkew: 'None' }), wanted: wanted[index]! }];
  });
}

describe('pools in pools, in slices and by the formula', () => {
  // The tolerance is that of machines without pools (proportional-share.test.ts). Limits are left out: a limited machine's
  // vCPUs are on and off together, which on two pCPUs costs a pool beside it up to 15 % of the host.
  it('agree: 0.5 % of the host in the mean, 8 % for anyone', () => {
    let [sum, count] = [0, 0];
    fc.assert(
      fc.property(host, ({ cores, branches }) => {
        const scheduler = esx(cores);
        const left = { mhz: 0.7 * cores * MHZ };
        const parts = branches.map((branch) => partOf(branch, cores, left));
        const machines = settle(scheduler, parts, cores * MHZ);
        const ids = machines.map(({ id }) => id);
        const got = mhzBetween(scheduler, ids, 2 * SECOND, 7 * SECOND);
        for (const [index, { wanted }] of machines.entries()) {
          const error = Math.abs(got[index]! - wanted) / (cores * MHZ);
          expect(error).toBeLessThan(0.08);
          sum += error;
          count++;
        }
      }),
      { numRuns: 25, seed: 6 },
    );
    expect(sum / count).toBeLessThan(0.005);
  });
});
