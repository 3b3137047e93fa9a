import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EngineScheduler, Scheduler, VcpuUsage } from '../../../src/hypervisor/schedulers/scheduler.ts';
import { Topology, type TopologyShape } from '../../../src/hypervisor/schedulers/topology.ts';
import { busyWork, idleWork, type Work } from '../../../src/hypervisor/schedulers/work.ts';

export const MS = 1_000_000;
export const SECOND = 1000 * MS;

/** A scheduler under the suite that all of them pass. */
export interface Candidate<A> {
  readonly name: string;
  create(topology: Topology): EngineScheduler<A>;
  /** What gives a machine `share` times as much as one of share 1, under contention. */
  share(share: number): A;
  /** What keeps a machine below so many percent of one pCPU. */
  limit(percent: number): A;
  /** By how many ns a limited machine may be ahead of its limit over any window. */
  readonly limitSlack: number;
  /** What of a vCPU's usage a limit counts, in ns; left out: the time it ran. */
  readonly counted?: (usage: VcpuUsage) => number;
}

export function shapeOf(pcpus: number, shape: Partial<TopologyShape> = {}): Topology {
  return new Topology({ pcpus, coresPerSocket: pcpus, threadsPerCore: 1, nodes: 1, cachesPerSocket: 1, ...shape });
}

export const ageOf = (usage: VcpuUsage): number =>
  usage.running + usage.ready + usage.blocked + usage.limited + usage.coStopped + usage.swapping;

/** Run and sleep in a circle, in microseconds. Any number of vCPUs may share it. */
export function bursts(list: readonly (readonly [number, number])[]): Work {
  const next = new Map<number, number>();
  return {
    run: (vcpu) => list[next.get(vcpu) ?? 0]![0] * 1000,
    rest: (vcpu) => {
      const at = next.get(vcpu) ?? 0;
      next.set(vcpu, (at + 1) % list.length);
      return list[at]![1] * 1000;
    },
  };
}

/** A machine whose vCPUs all do the same. */
export function machine<A>(scheduler: Scheduler<A>, allocation: A, vcpus: number, work: Work = busyWork): number {
  const id = scheduler.addMachine(allocation, vcpus);
  for (const vcpu of scheduler.vcpusOf(id)) scheduler.setWork(vcpu, work);
  return id;
}

/** CPU time of a machine, in ns. */
export function cpuOf<A>(scheduler: Scheduler<A>, id: number): number {
  return scheduler.vcpusOf(id).reduce((sum, vcpu) => sum + scheduler.usage(vcpu).running, 0);
}

const burstUs = fc.integer({ min: 20, max: 40_000 });
const workload = fc.oneof(
  fc.constant<'busy' | 'idle'>('busy'),
  fc.constant<'busy' | 'idle'>('idle'),
  fc.array(fc.tuple(burstUs, fc.integer({ min: 0, max: 40_000 })), { minLength: 1, maxLength: 3 }),
);
const worldOf = fc.record({
  cores: fc.integer({ min: 1, max: 6 }),
  threads: fc.constantFrom(1, 1, 2),
  sockets: fc.integer({ min: 1, max: 2 }),
  machines: fc.array(
    fc.record({
      share: fc.integer({ min: 1, max: 20 }),
      limit: fc.constantFrom(0, 0, 0, 30, 70),
      vcpus: fc.array(workload, { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});
type RandomWorld = typeof worldOf extends fc.Arbitrary<infer T> ? T : never;

function build<A>(candidate: Candidate<A>, { cores, threads, sockets, machines }: RandomWorld) {
  const pcpus = cores * threads * sockets;
  const topology = shapeOf(pcpus, { coresPerSocket: cores, threadsPerCore: threads, nodes: sockets });
  const scheduler = candidate.create(topology);
  const ids = machines.map(({ share, limit, vcpus }) => {
    const id = scheduler.addMachine(limit > 0 ? candidate.limit(limit) : candidate.share(share), vcpus.length);
    for (const [index, vcpu] of scheduler.vcpusOf(id).entries()) {
      const what = vcpus[index]!;
      scheduler.setWork(vcpu, what === 'busy' ? busyWork : what === 'idle' ? idleWork : bursts(what));
    }
    return id;
  });
  return { scheduler, ids, pcpus, limits: machines.map(({ limit }) => limit) };
}

/** What every scheduler promises, whatever its policy. */
export function schedulerSuite<A>(candidate: Candidate<A>): void {
  describe(`${candidate.name}: every scheduler`, () => {
    it('accounts for every ns of every vCPU and pCPU', () => {
      fc.assert(
        fc.property(worldOf, fc.array(fc.integer({ min: 1, max: 300 * MS }), { maxLength: 4 }), (world, steps) => {
          const { scheduler, ids, pcpus } = build(candidate, world);
          for (const step of steps) {
            scheduler.advance(scheduler.now + step);
            let running = 0;
            for (const vcpu of ids.flatMap((id) => scheduler.vcpusOf(id))) {
              expect(ageOf(scheduler.usage(vcpu))).toBe(scheduler.now);
              running += scheduler.usage(vcpu).running;
            }
            expect(running + scheduler.hostUsage().idle).toBe(pcpus * scheduler.now);
          }
        }),
        { numRuns: 60 },
      );
    });

    it('runs a vCPU on one pCPU at a time, and only while it is runnable', () => {
      fc.assert(
        fc.property(worldOf, (world) => {
          const { scheduler } = build(candidate, world);
          const { current, vcpus } = scheduler.engine;
          let decisions = 0;
          scheduler.engine.observer = {
            decided: (cpu, vcpu) => {
              decisions++;
              const busy = [...current].filter((running) => running >= 0);
              if (new Set(busy).size !== busy.length) throw new Error(`twice: ${busy}`);
              if (current[cpu] !== vcpu) throw new Error(`pCPU ${cpu} runs ${current[cpu]}, not ${vcpu}`);
              if (vcpu >= 0 && (!vcpus.isRunnable(vcpu) || vcpus.home[vcpu] !== cpu)) throw new Error(`${vcpu}`);
            },
          };
          scheduler.advance(400 * MS);
          expect(decisions).toBe(scheduler.hostUsage().decisions);
        }),
        { numRuns: 40 },
      );
    });

    it('does the same in one go and in pieces', () => {
      fc.assert(
        fc.property(
          worldOf,
          fc.array(fc.integer({ min: 0, max: 90 * MS }), { minLength: 1, maxLength: 6 }),
          (w, steps) => {
            const [whole, parts] = [build(candidate, w), build(candidate, w)];
            for (const step of steps) parts.scheduler.advance(parts.scheduler.now + step);
            whole.scheduler.advance(parts.scheduler.now);
            const usages = ({ scheduler, ids }: typeof whole) =>
              ids.flatMap((id) => scheduler.vcpusOf(id)).map((vcpu) => scheduler.usage(vcpu));
            expect(usages(parts)).toEqual(usages(whole));
            expect(parts.scheduler.hostUsage()).toEqual(whole.scheduler.hostUsage());
          },
        ),
        { numRuns: 40 },
      );
    });

    it('keeps limits over every window of a second', () => {
      fc.assert(
        fc.property(worldOf, (world) => {
          const { scheduler, ids, limits } = build(candidate, world);
          const before = ids.map(() => 0);
          for (let second = 1; second <= 3; second++) {
            scheduler.advance(second * SECOND);
            for (const [index, id] of ids.entries()) {
              const counted = candidate.counted ?? ((usage: VcpuUsage) => usage.running);
              const used = scheduler.vcpusOf(id).reduce((sum, vcpu) => sum + counted(scheduler.usage(vcpu)), 0);
              if (limits[index]! > 0) {
                expect(used - before[index]!).toBeLessThanOrEqual(
                  (limits[index]! / 100) * SECOND + candidate.limitSlack,
                );
              }
              before[index] = used;
            }
          }
        }),
        { numRuns: 30 },
      );
    });

    it('leaves no pCPU idle for long beside waiting vCPUs', () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 8 }), (pcpus, more) => {
          const scheduler = candidate.create(shapeOf(pcpus));
          for (let i = 0; i < pcpus + more; i++) machine(scheduler, candidate.share(1 + (i % 3)), 1);
          scheduler.advance(2 * SECOND);
          expect(scheduler.hostUsage().idle).toBeLessThanOrEqual(0.002 * pcpus * 2 * SECOND);
        }),
        { numRuns: 20 },
      );
    });

    it.each([1, 2, 5])('shares one pCPU 1 : %i', (share) => {
      const scheduler = candidate.create(shapeOf(1));
      const small = machine(scheduler, candidate.share(1), 1);
      const large = machine(scheduler, candidate.share(share), 1);
      scheduler.advance(30 * SECOND);
      expect(Math.abs(cpuOf(scheduler, small) / (30 * SECOND) - 1 / (1 + share))).toBeLessThan(0.01);
      expect(cpuOf(scheduler, small) + cpuOf(scheduler, large)).toBe(30 * SECOND);
    });

    it('gives what a sleeper leaves to who is busy', () => {
      const scheduler = candidate.create(shapeOf(1));
      const sleeper = machine(scheduler, candidate.share(10), 1, bursts([[2000, 8000]]));
      const hog = machine(scheduler, candidate.share(1), 1);
      scheduler.advance(10 * SECOND);
      expect(cpuOf(scheduler, sleeper) / SECOND).toBeGreaterThan(1.5);
      expect(cpuOf(scheduler, sleeper) + cpuOf(scheduler, hog)).toBe(10 * SECOND);
    });

    it('follows other shares from one moment to the next', () => {
      const scheduler = candidate.create(shapeOf(1));
      const [a, b] = [machine(scheduler, candidate.share(1), 1), machine(scheduler, candidate.share(1), 1)];
      scheduler.advance(10 * SECOND);
      expect(cpuOf(scheduler, a) / SECOND).toBeCloseTo(5, 0);
      scheduler.changeMachine(b, candidate.share(3));
      const before = cpuOf(scheduler, a);
      scheduler.advance(30 * SECOND);
      expect((cpuOf(scheduler, a) - before) / SECOND).toBeGreaterThan(4.5);
      expect((cpuOf(scheduler, a) - before) / SECOND).toBeLessThan(5.5);
    });

    it('obeys a limit given to a running machine, and one taken away', () => {
      const scheduler = candidate.create(shapeOf(2));
      const id = machine(scheduler, candidate.share(1), 1);
      scheduler.advance(SECOND);
      expect(cpuOf(scheduler, id)).toBe(SECOND);
      scheduler.changeMachine(id, candidate.limit(25));
      scheduler.advance(11 * SECOND);
      expect((cpuOf(scheduler, id) - SECOND) / SECOND).toBeCloseTo(2.5, 0);
      scheduler.changeMachine(id, candidate.share(1));
      const before = cpuOf(scheduler, id);
      scheduler.advance(13 * SECOND);
      expect((cpuOf(scheduler, id) - before) / SECOND).toBeGreaterThan(1.7);
    });

    it('stops a paused machine and lets it go on where it was', () => {
      const scheduler = candidate.create(shapeOf(1));
      const [a, b] = [
        machine(scheduler, candidate.share(1), 1, bursts([[300_000, 50_000]])),
        machine(scheduler, candidate.share(1), 1),
      ];
      scheduler.advance(100 * MS);
      scheduler.pauseMachine(a);
      const [usedA, usedB] = [cpuOf(scheduler, a), cpuOf(scheduler, b)];
      scheduler.advance(SECOND);
      expect(cpuOf(scheduler, a)).toBe(usedA);
      expect(cpuOf(scheduler, b) - usedB).toBe(900 * MS);
      scheduler.resumeMachine(a);
      scheduler.advance(3 * SECOND);
      expect(cpuOf(scheduler, a) - usedA).toBeGreaterThan(500 * MS);
      expect(ageOf(scheduler.usage(scheduler.vcpusOf(a)[0]!))).toBe(3 * SECOND);
    });

    it('forgets a removed machine and gives its time to the others', () => {
      const scheduler = candidate.create(shapeOf(2));
      const [a, b] = [machine(scheduler, candidate.share(1), 4), machine(scheduler, candidate.share(1), 4)];
      scheduler.advance(SECOND);
      scheduler.removeMachine(a);
      expect(() => scheduler.vcpusOf(a)).toThrow(RangeError);
      const before = cpuOf(scheduler, b);
      scheduler.advance(2 * SECOND);
      expect(cpuOf(scheduler, b) - before).toBe(2 * SECOND);
    });

    it.each([
      [1, 3, 2000, 8000],
      [4, 11, 300, 1200],
      [4, 11, 15_000, 60_000],
    ])('hogs do not take a neighbour below what is his: %i pCPUs, %i hogs', (pcpus, hogs, runUs, sleepUs) => {
      const scheduler = candidate.create(shapeOf(pcpus));
      const neighbour = machine(scheduler, candidate.share(1), 1, bursts([[runUs, sleepUs]]));
      for (let i = 0; i < hogs; i++) machine(scheduler, candidate.share(1), 1);
      scheduler.advance(20 * SECOND);
      // It asks for a fifth of a pCPU, and a quarter or more is its part.
      expect(cpuOf(scheduler, neighbour)).toBeGreaterThan(0.95 * 0.2 * 20 * SECOND);
    });

    it('a guest that is gone has changed nothing for those that stay', () => {
      const scheduler = candidate.create(shapeOf(2));
      const stay = [1, 2, 1].map((share) => machine(scheduler, candidate.share(share), 1));
      const crashing = machine(scheduler, candidate.share(4), 2, bursts([[700, 300]]));
      scheduler.advance(5 * SECOND);
      scheduler.removeMachine(crashing);
      const before = stay.map((id) => cpuOf(scheduler, id));
      scheduler.advance(25 * SECOND);
      const got = stay.map((id, index) => (cpuOf(scheduler, id) - before[index]!) / (20 * SECOND));
      for (const [index, wanted] of [0.5, 1, 0.5].entries()) expect(Math.abs(got[index]! - wanted)).toBeLessThan(0.03);
    });

    it('takes machines in and lets them go for ever', () => {
      const scheduler = candidate.create(shapeOf(2));
      const ids: number[] = [];
      for (let i = 0; i < 200; i++) {
        ids.push(machine(scheduler, candidate.share(1 + (i % 4)), 1 + (i % 5), bursts([[1000 + i, 500]])));
        scheduler.advance(scheduler.now + 7 * MS);
        if (ids.length > 5) scheduler.removeMachine(ids.splice(i % 5, 1)[0]!);
        for (const id of ids) scheduler.resizeMachine(id, 1 + ((id + i) % 4));
      }
      const vcpus = ids.flatMap((id) => scheduler.vcpusOf(id));
      expect(new Set(vcpus).size).toBe(vcpus.length);
      expect(scheduler.hostUsage().decisions).toBeGreaterThan(1000);
    });

    it('wakes one that sleeps for ever when it is told to', () => {
      const scheduler = candidate.create(shapeOf(1));
      const id = machine(scheduler, candidate.share(1), 1, { run: () => 2 * MS, rest: () => Number.POSITIVE_INFINITY });
      const [vcpu] = scheduler.vcpusOf(id);
      scheduler.advance(SECOND);
      expect(cpuOf(scheduler, id)).toBe(2 * MS);
      scheduler.wake(vcpu!);
      scheduler.wake(vcpu!);
      scheduler.advance(2 * SECOND);
      expect(cpuOf(scheduler, id)).toBe(4 * MS);
      expect(scheduler.usage(vcpu!).wakes).toBe(2);
    });

    it('drops what a vCPU was doing when it is given other work', () => {
      const scheduler = candidate.create(shapeOf(1));
      const id = machine(scheduler, candidate.share(1), 1);
      const [vcpu] = scheduler.vcpusOf(id);
      scheduler.advance(10 * MS);
      scheduler.setWork(vcpu!, { run: () => 5 * MS, rest: () => Number.POSITIVE_INFINITY });
      scheduler.advance(SECOND);
      expect(cpuOf(scheduler, id)).toBe(15 * MS);
      scheduler.setWork(vcpu!, busyWork, SECOND + 100 * MS);
      scheduler.advance(2 * SECOND);
      expect(cpuOf(scheduler, id)).toBe(15 * MS + 900 * MS);
    });

    it('lets time pass without running', () => {
      const scheduler = candidate.create(shapeOf(1));
      const work = bursts([[4000, 6000]]);
      const [a, b] = [machine(scheduler, candidate.share(1), 1, work), machine(scheduler, candidate.share(2), 1)];
      scheduler.advance(SECOND);
      const used = [cpuOf(scheduler, a), cpuOf(scheduler, b)];
      scheduler.skip(3600 * SECOND);
      expect(scheduler.now).toBe(3601 * SECOND);
      expect([cpuOf(scheduler, a), cpuOf(scheduler, b)]).toEqual(used);
      scheduler.advance(3602 * SECOND);
      expect(cpuOf(scheduler, a) + cpuOf(scheduler, b)).toBe(2 * SECOND);
    });

    it('refuses work that never advances', () => {
      const scheduler = candidate.create(shapeOf(1));
      machine(scheduler, candidate.share(1), 1, { run: () => 0, rest: () => 0 });
      expect(() => scheduler.advance(SECOND)).toThrow(/wants to run for 0 ns/);
      const other = candidate.create(shapeOf(1));
      machine(other, candidate.share(1), 1, { run: () => MS, rest: () => Number.NaN });
      expect(() => other.advance(SECOND)).toThrow(/wants to sleep for NaN ns/);
    });
  });
}
