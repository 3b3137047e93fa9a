import { describe, expect, it } from 'vitest';
import { CreditScheduler } from '../../../src/hypervisor/schedulers/credit.ts';
import { type ParallelSettings, ParallelWork } from '../../../src/hypervisor/schedulers/parallel-work.ts';
import {
  type HardwareCosts,
  type Mechanisms,
  noCosts,
  type SkewMode,
  usualCosts,
} from '../../../src/hypervisor/schedulers/proportional-share/settings.ts';
import type { ProportionalShareScheduler } from '../../../src/hypervisor/schedulers/proportional-share.ts';
import type { Scheduler } from '../../../src/hypervisor/schedulers/scheduler.ts';
import type { TopologyShape } from '../../../src/hypervisor/schedulers/topology.ts';
import { busyWork } from '../../../src/hypervisor/schedulers/work.ts';
import { bursty, esx, progressOf, SECOND, sumOf, usagesOf, vm } from './esx.ts';
import { MS, machine, shapeOf } from './suite.ts';

/*
 * What each mechanism is worth: the work that guests get done with it on and off, on the same hardware under the same
 * load. CPU time alone would not show it.
 */

interface Trial {
  readonly pcpus: number;
  readonly shape?: Partial<TopologyShape>;
  readonly costs?: HardwareCosts;
  readonly load: (scheduler: ProportionalShareScheduler) => void;
}

/** Progress (pCPUs at full speed) with the mechanisms as given. */
function progress({ pcpus, shape = {}, costs = usualCosts, load }: Trial, mechanisms: Partial<Mechanisms>): number {
  const scheduler = esx(pcpus, { shape, mechanisms, costs });
  load(scheduler);
  scheduler.advance(5 * SECOND);
  return progressOf(scheduler);
}

const hogs = (count: number) => (scheduler: ProportionalShareScheduler) => {
  for (let i = 0; i < count; i++) vm(scheduler, 1);
};

describe('progress rises with', () => {
  it('a whole idle core before the second thread of a busy one', () => {
    const trial = { pcpus: 8, shape: { coresPerSocket: 4, threadsPerCore: 2 }, load: hogs(4) };
    expect(progress(trial, {})).toBeGreaterThan(1.4 * progress(trial, { wholeCoreFirst: false }));
  });

  it('places on shared cores in turns: the least progress, not the sum', () => {
    const least = (wholeCoreFairness: boolean) => {
      const scheduler = esx(4, {
        shape: { coresPerSocket: 2, threadsPerCore: 2 },
        mechanisms: { wholeCoreFairness },
        costs: usualCosts,
      });
      const ids = [0, 1, 2].map(() => vm(scheduler, 1));
      scheduler.advance(60 * SECOND);
      return Math.min(...ids.map((id) => sumOf(scheduler, id, (usage) => usage.progress)));
    };
    expect(least(true)).toBeGreaterThan(1.15 * least(false));
  });

  it('moves that are worth their distance', () => {
    const load = (scheduler: ProportionalShareScheduler) => {
      for (let i = 0; i < 12; i++) vm(scheduler, 1, {}, bursty(`${i}`, 20, 1000));
    };
    const trial = { pcpus: 8, shape: { coresPerSocket: 2 }, load };
    expect(progress(trial, {})).toBeGreaterThan(1.004 * progress(trial, { cacheAffinity: false }));
  });

  it('vCPUs of little load kept on their cache', () => {
    const load = (scheduler: ProportionalShareScheduler) => {
      for (let i = 0; i < 48; i++) vm(scheduler, 1, {}, bursty(`${i}`, 6, 400));
      for (let i = 0; i < 10; i++) vm(scheduler, 1);
    };
    const trial = { pcpus: 8, shape: { coresPerSocket: 4 }, load };
    expect(progress(trial, {})).toBeGreaterThan(1.005 * progress(trial, { throttleFarMoves: false }));
  });

  it('home nodes: memory is where the vCPUs run', () => {
    const load = (scheduler: ProportionalShareScheduler) => {
      for (let i = 0; i < 10; i++) vm(scheduler, 1, {}, bursty(`${i}`, 60));
    };
    const trial = { pcpus: 8, shape: { coresPerSocket: 4, nodes: 2 }, load };
    expect(progress(trial, {})).toBeGreaterThan(1.05 * progress(trial, { numa: 'Off' }));
  });

  it('home nodes for machines wider than a node, by 4.1: half of the memory is near, where a quarter was', () => {
    const load = (scheduler: ProportionalShareScheduler) => {
      for (let i = 0; i < 2; i++) vm(scheduler, 8);
    };
    const trial = { pcpus: 16, shape: { coresPerSocket: 4, nodes: 4 }, load };
    const gain = progress(trial, {}) / progress(trial, { numa: 'Narrow' });
    // (1 - 0.25 / 2) / (1 - 0.25 x 3 / 4) with a quarter lost for remote memory.
    expect(gain).toBeCloseTo(0.875 / 0.8125, 2);
  });

  it('consolidation, for vCPUs that work on the same data; others are better off apart', () => {
    const sum = (consolidate: boolean, communicates: boolean) => {
      const scheduler = esx(16, { shape: { coresPerSocket: 8 }, costs: usualCosts });
      vm(scheduler, 4, { consolidate, communicates });
      scheduler.advance(SECOND);
      return progressOf(scheduler);
    };
    expect(sum(true, true)).toBeGreaterThan(1.3 * sum(false, true));
    expect(sum(false, false)).toBeGreaterThan(1.03 * sum(true, false));
  });
});

describe('what the hardware takes', () => {
  const cost = (change: Partial<HardwareCosts>): HardwareCosts => ({ ...noCosts, ...change });

  it('is nothing when it costs nothing', () => {
    const scheduler = esx(4, { shape: { coresPerSocket: 2, threadsPerCore: 2, nodes: 1 } });
    const ids = [0, 1, 2, 3].map(() => vm(scheduler, 1));
    scheduler.advance(SECOND);
    for (const id of ids) expect(usagesOf(scheduler, id)[0]).toMatchObject({ running: SECOND, progress: SECOND });
  });

  it('is 37.5 % beside a busy thread, on both', () => {
    const scheduler = esx(2, { shape: { coresPerSocket: 1, threadsPerCore: 2 }, costs: cost({ busySibling: 37.5 }) });
    const ids = [vm(scheduler, 1), vm(scheduler, 1)];
    scheduler.advance(SECOND);
    for (const id of ids) expect(usagesOf(scheduler, id)[0]!.progress).toBe(0.625 * SECOND);
  });

  it('grows with the busy cores on a cache, up to its bound', () => {
    const speed = (busy: number) => {
      const scheduler = esx(12, { costs: cost({ sharedCache: 2, sharedCacheMost: 15 }) });
      for (let i = 0; i < busy; i++) vm(scheduler, 1);
      scheduler.advance(SECOND);
      return progressOf(scheduler) / busy;
    };
    expect(speed(1)).toBe(1);
    expect(speed(5)).toBeCloseTo(0.92, 2);
    expect(speed(12)).toBeCloseTo(0.85, 2);
  });

  it('is the warm-up of every move, by its distance', () => {
    const scheduler = esx(2, { shape: { coresPerSocket: 1 }, costs: cost({ warmUp: [0, 0, 0, 5 * MS, 0] }) });
    const ids = [0, 1, 2].map(() => vm(scheduler, 1));
    scheduler.advance(10 * SECOND);
    let all = 0;
    for (const usage of ids.flatMap((id) => usagesOf(scheduler, id))) {
      const moves = usage.moves.reduce((sum, count) => sum + count, 0);
      all += moves;
      // The last warm-up may be under way, and one that was interrupted is not begun anew.
      expect(usage.running - usage.progress).toBeLessThanOrEqual(moves * 5 * MS);
      expect(usage.running - usage.progress).toBeGreaterThanOrEqual((moves - 2) * 5 * MS * 0.9);
    }
    expect(all).toBeGreaterThan(50);
  });

  it('slows a burst, which takes longer by as much', () => {
    const scheduler = esx(2, { shape: { coresPerSocket: 1, threadsPerCore: 2 }, costs: cost({ busySibling: 50 }) });
    const id = vm(scheduler, 1, {}, { run: () => 10 * MS, rest: () => 10 * MS });
    vm(scheduler, 1);
    scheduler.advance(3 * SECOND);
    const [usage] = usagesOf(scheduler, id);
    expect(usage!.running / usage!.wakes).toBeCloseTo(20 * MS, -6);
    expect(usage!.progress).toBe(usage!.running / 2);
  });
});

describe('a parallel guest', () => {
  const spinLock = { compute: 200_000, critical: 40_000, sync: 'SpinLock' } as const;
  const barrier = { compute: 200_000, critical: 20_000, sync: 'Barrier' } as const;

  function rounds<A>(scheduler: Scheduler<A>, allocation: (vcpus: number) => A, settings: ParallelSettings, more = 2) {
    const guest = scheduler.addMachine(allocation(4), 4);
    const vcpus = scheduler.vcpusOf(guest);
    const work = new ParallelWork(vcpus, settings, scheduler);
    for (const vcpu of vcpus) scheduler.setWork(vcpu, work);
    for (let i = 0; i < more; i++) machine(scheduler, allocation(1), 1, busyWork);
    scheduler.advance(10 * SECOND);
    const usages = vcpus.map((vcpu) => scheduler.usage(vcpu));
    const time = usages.reduce((sum, { running }) => sum + running, 0);
    const made = usages.reduce((sum, usage) => sum + usage.progress, 0);
    return { rounds: work.rounds / 10, time: time / (10 * SECOND), made: made / (10 * SECOND) };
  }
  const onEsx = (maxSkew: SkewMode, settings: ParallelSettings, more = 2) =>
    rounds(
      esx(4, { costs: usualCosts }),
      (vcpus) => ({ shares: 1000 * vcpus, reservationMHz: 0, limitMHz: 0, maxSkew }),
      settings,
      more,
    );
  const onXen = (settings: ParallelSettings, more = 2) => {
    const scheduler = new CreditScheduler(shapeOf(4), { version: '4', sliceMs: 30, rateLimitUs: 1000 });
    return rounds(scheduler, () => ({ weight: 256, cap: 0 }), settings, more);
  };

  it('has nobody spin for one that is off its pCPU when all run: the lock is all that limits it', () => {
    const { rounds: perSecond } = onEsx('None', spinLock, 0);
    // One lock, four vCPUs: each round takes 240 us of a vCPU (and a little more for the crowded cache).
    expect(perSecond).toBeGreaterThan(15_500);
    expect(perSecond).toBeLessThanOrEqual(4 / 240e-6);
  });

  it.each([
    ['SpinLock', spinLock],
    ['Barrier', barrier],
  ] as const)('burns CPU for nothing beside others, unless it is co-scheduled: %s', (_, settings) => {
    const none = onEsx('None', settings);
    const xen = onXen(settings);
    for (const mode of ['Individual', 'Relaxed', 'Strict'] as const) {
      const { rounds: perSecond, time, made } = onEsx(mode, settings);
      expect(perSecond).toBeGreaterThan(1.05 * none.rounds);
      expect(perSecond).toBeGreaterThan(1.05 * xen.rounds);
      expect(made / time).toBeGreaterThan(1.2 * (none.made / none.time));
    }
    // Without it the same CPU time is used, and less of it for anything.
    expect(none.time).toBeCloseTo(onEsx('Individual', settings).time, 1);
  });

  it('leaves pCPUs idle under strict co-scheduling only', () => {
    const idle = (maxSkew: SkewMode) => {
      const scheduler = esx(4);
      vm(scheduler, 4, { maxSkew });
      for (let i = 0; i < 2; i++) vm(scheduler, 1);
      scheduler.advance(10 * SECOND);
      return scheduler.hostUsage().idle / (4 * scheduler.now);
    };
    expect(idle('Strict')).toBeGreaterThan(0.15);
    expect(idle('Relaxed')).toBeLessThan(0.05);
    expect(idle('Individual')).toBeLessThan(0.01);
  });
});
