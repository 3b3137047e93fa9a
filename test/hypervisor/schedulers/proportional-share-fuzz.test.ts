import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { usualCosts } from '../../../src/hypervisor/schedulers/proportional-share/settings.ts';
import { busyWork } from '../../../src/hypervisor/schedulers/work.ts';
import { esx, MHZ, SECOND, usagesOf } from './esx.ts';
import { ageOf, bursts, MS } from './suite.ts';

/*
 * Anything at any moment: machines of every kind come, change and go on a host with threads and nodes. Whatever happens,
 * time adds up, progress is no more than time, and the scheduler comes to rest at every instant (its engine throws when
 * it does not).
 */

const allocation = fc.record({
  shares: fc.constantFrom(500, 500, 1000, 1000, 1000, 2000, 2000, 4000, 4000, 4000, 1, 1_000_000),
  reservationMHz: fc.constantFrom(0, 0, 0, 300),
  limitMHz: fc.constantFrom(0, 0, 0, 100, 900),
  maxSkew: fc.constantFrom('Strict' as const, 'Relaxed' as const, 'Individual' as const, 'None' as const),
  affinity: fc.constantFrom([], [], [], [0], [1, 2, 5]),
  nodeAffinity: fc.constantFrom([], [], [1]),
  htSharing: fc.constantFrom('Any' as const, 'Any' as const, 'None' as const, 'Internal' as const),
  consolidate: fc.boolean(),
  communicates: fc.boolean(),
  numa: fc.constantFrom('Wide' as const, 'Narrow' as const, 'Off' as const),
});
const act = fc.record({
  what: fc.constantFrom('add', 'add', 'add', 'remove', 'change', 'resize', 'pause', 'resume', 'work', 'pool'),
  which: fc.nat(20),
  vcpus: fc.integer({ min: 1, max: 6 }),
  allocation,
  burst: fc.constantFrom(
    [[30, 10]],
    [[5000, 5000]],
    [[20_000, 0]],
    [
      [200, 9000],
      [40_000, 100],
    ],
  ) as fc.Arbitrary<[number, number][]>,
  busy: fc.boolean(),
  wait: fc.integer({ min: 0, max: 120 * MS }),
});

describe('proportional share under anything', () => {
  it('adds up and comes to rest', () => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 25 }), (acts) => {
        const scheduler = esx(8, { shape: { coresPerSocket: 2, threadsPerCore: 2, nodes: 2 }, costs: usualCosts });
        const pools = [scheduler.addPool({ shares: 2000, reservationMHz: 200, limitMHz: 3000 })];
        const born = new Map<number, number>();
        const ids: number[] = [];
        for (const { what, which, vcpus, allocation: given, burst, busy, wait } of acts) {
          const id = ids[which % Math.max(1, ids.length)];
          const fresh = () => {
            const pool = which % 3 === 0 ? { pool: pools[which % pools.length]! } : {};
            const machine = scheduler.addMachine({ ...given, ...pool }, vcpus);
            ids.push(machine);
            for (const vcpu of scheduler.vcpusOf(machine)) {
              born.set(vcpu, scheduler.now);
              scheduler.setWork(vcpu, busy ? busyWork : bursts(burst));
            }
          };
          if (what === 'add' || id === undefined) fresh();
          else if (what === 'remove') scheduler.removeMachine(ids.splice(ids.indexOf(id), 1)[0]!);
          else if (what === 'change') scheduler.changeMachine(id, given);
          else if (what === 'pause') scheduler.pauseMachine(id);
          else if (what === 'resume') scheduler.resumeMachine(id);
          else if (what === 'pool')
            scheduler.changePool(pools[0]!, { shares: 1 + which, reservationMHz: 0, limitMHz: MHZ });
          else if (what === 'work') for (const vcpu of scheduler.vcpusOf(id)) scheduler.setWork(vcpu, bursts(burst));
          else {
            const before = new Set(scheduler.vcpusOf(id));
            scheduler.resizeMachine(id, vcpus);
            for (const vcpu of scheduler.vcpusOf(id)) if (!before.has(vcpu)) born.set(vcpu, scheduler.now);
          }
          scheduler.advance(scheduler.now + wait);
          let running = 0;
          for (const one of ids) {
            for (const [index, usage] of usagesOf(scheduler, one).entries()) {
              expect(ageOf(usage)).toBe(scheduler.now - born.get(scheduler.vcpusOf(one)[index]!)!);
              expect(usage.progress).toBeLessThanOrEqual(usage.running);
              expect(usage.ranOn.reduce((sum, time) => sum + time, 0)).toBe(usage.running);
              running += usage.running;
            }
          }
          expect(running).toBeLessThanOrEqual(8 * scheduler.now);
        }
        // Nobody is forgotten: who wants to run and may gets something, unless he has next to no shares.
        if (acts.some(({ allocation: { shares } }) => shares === 1 || shares === 1_000_000)) return;
        for (const id of ids) scheduler.resumeMachine(id);
        const before = ids.map((id) => usagesOf(scheduler, id));
        scheduler.advance(scheduler.now + 4 * SECOND);
        for (const [index, id] of ids.entries()) {
          for (const [i, usage] of usagesOf(scheduler, id).entries()) {
            const last = before[index]![i]!;
            const wanted = usage.ready + usage.coStopped + usage.limited - (last.ready + last.coStopped + last.limited);
            if (wanted > 3.99 * SECOND) expect(usage.running).toBeGreaterThan(last.running);
          }
        }
      }),
      { numRuns: Number(process.env['ORRERY_FUZZ_RUNS'] ?? 20), endOnFailure: true },
    );
  }, 60_000);
});
