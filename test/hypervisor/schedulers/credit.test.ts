import { describe, expect, it } from 'vitest';
import { XenMonitor } from '../../../src/hypervisor/schedulers/credit/xenmon.ts';
import { CreditScheduler } from '../../../src/hypervisor/schedulers/credit.ts';
import { bursts, cpuOf, MS, machine, SECOND, schedulerSuite, shapeOf } from './suite.ts';

const settings = { version: '4', sliceMs: 30, rateLimitUs: 1000 } as const;

schedulerSuite({
  name: 'credit',
  create: (topology) => new CreditScheduler(topology, settings),
  share: (share) => ({ weight: 256 * share, cap: 0 }),
  limit: (cap) => ({ weight: 256, cap }),
  // A cap is enforced by whole accounting periods: each vCPU may overdraw one before it is parked.
  limitSlack: 4 * 60 * MS,
});

describe('a pinned vCPU', () => {
  it('runs nowhere else, however idle the rest is', () => {
    const scheduler = new CreditScheduler(shapeOf(4), settings);
    const ids = [1, 2].map(() => scheduler.addMachine({ weight: 256, cap: 0, pin: [[3], [3]] }, 2));
    const seen = new Set<number>();
    scheduler.engine.observer = { decided: (cpu, vcpu) => void (vcpu >= 0 && seen.add(cpu)) };
    for (const vcpu of ids.flatMap((id) => scheduler.vcpusOf(id))) scheduler.setWork(vcpu, bursts([[7000, 900]]));
    scheduler.advance(2 * SECOND);
    expect([...seen]).toEqual([3]);
    expect(scheduler.hostUsage().idle).toBeGreaterThanOrEqual(6 * SECOND);
  });

  it('is stolen only by a pCPU that it may use', () => {
    const scheduler = new CreditScheduler(shapeOf(4), settings);
    const pinned = scheduler.addMachine(
      {
        weight: 256,
        cap: 0,
        pin: [
          [0, 1],
          [0, 1],
          [0, 1],
        ],
      },
      3,
    );
    const seen = new Set<number>();
    scheduler.engine.observer = { decided: (cpu, vcpu) => void (vcpu >= 0 && seen.add(cpu)) };
    for (const vcpu of scheduler.vcpusOf(pinned)) scheduler.setWork(vcpu, bursts([[30_000, 100]]));
    scheduler.advance(3 * SECOND);
    expect([...seen].sort()).toEqual([0, 1]);
    // Both pCPUs are kept busy but for the moments before a steal may be tried again.
    expect(cpuOf(scheduler, pinned) / SECOND).toBeGreaterThan(5.9);
  });
});

describe('xenmon', () => {
  it('X14: adds up to 100 % over 1 s and 10 s, per domain', () => {
    const scheduler = new CreditScheduler(shapeOf(2), settings);
    const monitor = new XenMonitor(scheduler);
    const ids = [
      machine(scheduler, { weight: 256, cap: 0 }, 1, bursts([[300, 4000]])),
      machine(scheduler, { weight: 512, cap: 0 }, 2),
      machine(scheduler, { weight: 256, cap: 40 }, 1),
      machine(scheduler, { weight: 256, cap: 0 }, 3, bursts([[9000, 700]])),
    ];
    for (const id of ids) monitor.watch(id);
    for (let second = 1; second <= 14; second++) {
      scheduler.advance(second * SECOND);
      monitor.sample();
    }
    for (const id of ids) {
      for (const seconds of [1, 10] as const) {
        const row = monitor.window(id, seconds)!;
        const vcpus = scheduler.vcpusOf(id).length;
        expect(row.gotten.percent + row.waited.percent + row.blocked.percent).toBeCloseTo(100, 9);
        expect(row.gotten.time + row.waited.time + row.blocked.time).toBe(seconds * vcpus * SECOND);
        expect(row.gotten.perExecution * row.executions).toBeCloseTo(row.gotten.time, 0);
        expect(row.allocated).toEqual({ perExecution: 30 * MS, least: 30 * MS, most: 30 * MS });
      }
    }
  });

  it('counts executions, what each got and what each was offered', () => {
    const scheduler = new CreditScheduler(shapeOf(1), settings);
    const monitor = new XenMonitor(scheduler);
    const id = machine(scheduler, { weight: 256, cap: 0 }, 1, bursts([[2000, 8000]]));
    monitor.watch(id);
    expect(monitor.window(id, 1)).toBeUndefined();
    monitor.sample();
    scheduler.advance(SECOND);
    monitor.countIo(id, 250);
    monitor.sample();
    expect(monitor.window(id, 1)).toEqual({
      executions: 100,
      gotten: { time: 200 * MS, percent: 20, perExecution: 2 * MS },
      allocated: { perExecution: 30 * MS, least: 30 * MS, most: 30 * MS },
      waited: { time: 0, percent: 0, perExecution: 0 },
      blocked: { time: 800 * MS, percent: 80, perIo: (800 * MS) / 250 },
      io: { count: 250, perExecution: 2.5 },
    });
    expect(monitor.window(id, 10)).toBeUndefined();
    monitor.forget(id);
    expect(monitor.window(id, 1)).toBeUndefined();
  });
});

describe('the generation of the host', () => {
  const oneAgainstFour = (version: '3.2' | '4') => {
    const scheduler = new CreditScheduler(shapeOf(1), { ...settings, version });
    const one = machine(scheduler, { weight: 256, cap: 0 }, 1);
    machine(scheduler, { weight: 256, cap: 0 }, 4);
    scheduler.advance(60 * SECOND);
    return cpuOf(scheduler, one) / (60 * SECOND);
  };

  it('3.2 counts the weight once per domain: 50/50', () => {
    expect(Math.abs(oneAgainstFour('3.2') - 0.5)).toBeLessThan(0.01);
  });

  it('4 counts the weight once per active vCPU: 20/80', () => {
    expect(Math.abs(oneAgainstFour('4') - 0.2)).toBeLessThan(0.01);
  });

  it('3.2 has no rate limit', () => {
    const throughput = (version: '3.2' | '4') => {
      const scheduler = new CreditScheduler(shapeOf(1), { ...settings, version });
      const io = machine(scheduler, { weight: 256, cap: 0 }, 1, bursts([[100, 650]]));
      machine(scheduler, { weight: 256, cap: 0 }, 1);
      machine(scheduler, { weight: 256, cap: 0 }, 1);
      scheduler.advance(10 * SECOND);
      return cpuOf(scheduler, io);
    };
    expect(throughput('3.2')).toBeGreaterThan(1.3 * throughput('4'));
  });
});
