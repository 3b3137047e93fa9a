import { describe, expect, it } from 'vitest';
import { CpuSet } from '../../../src/hypervisor/schedulers/cpu-set.ts';
import { Accounts } from '../../../src/hypervisor/schedulers/credit/accounts.ts';
import { Charges } from '../../../src/hypervisor/schedulers/credit/charges.ts';
import { creditParameters } from '../../../src/hypervisor/schedulers/credit/parameters.ts';
import { PRIORITY_IDLE, PRIORITY_OVER, PRIORITY_UNDER } from '../../../src/hypervisor/schedulers/credit/priority.ts';
import { RunQueues } from '../../../src/hypervisor/schedulers/credit/run-queues.ts';
import { Stealing } from '../../../src/hypervisor/schedulers/credit/stealing.ts';
import { CreditScheduler } from '../../../src/hypervisor/schedulers/credit.ts';
import { Engine } from '../../../src/hypervisor/schedulers/engine.ts';
import type { CreditReport } from '../../../src/hypervisor/schedulers/scenario/credit-report.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';
import { VcpuTable } from '../../../src/hypervisor/schedulers/vcpu-table.ts';
import { busyWork } from '../../../src/hypervisor/schedulers/work.ts';
import { bursts, MS, machine, SECOND, shapeOf } from './suite.ts';

/*
 * The examples X1 to X14 of design/algorithms.md 12.1 (X5 to X7 are not in it). Shares of the whole machine are
 * compared to within a point, since each slice of 30 ms is handed out as a whole.
 */

const settings = { version: '4', sliceMs: 30, rateLimitUs: 1000 } as const;
const cpu = { kind: 'cpu' };
const domain = (name: string, weight: number, vcpus: readonly object[] = [cpu], cap = 0) => ({
  name,
  weight,
  cap,
  vcpus,
});
const run = (scenario: object) => schedule(JSON.stringify({ durationMs: 60_000, ...scenario })) as CreditReport;
const shares = (report: CreditReport) => Object.values(report.domains).map(({ share }) => share);

function expectShares(report: CreditReport, wanted: readonly number[], tolerance = 0.01): void {
  for (const [index, share] of shares(report).entries()) {
    expect(Math.abs(share - wanted[index]!)).toBeLessThanOrEqual(tolerance);
  }
}

/** What each of some domains with one active vCPU earns in one accounting run. */
function earned(pcpus: number, weights: readonly number[]): number[] {
  const vcpus = new VcpuTable();
  const charges = new Charges();
  const accounts = new Accounts(creditParameters({ version: '4', sliceMs: 30, rateLimitUs: 0 }), pcpus, vcpus, charges);
  accounts.growDomains(weights.length);
  const slots = weights.map((weight, index) => {
    const vcpu = vcpus.create(0);
    charges.grow(vcpus.capacity);
    accounts.growVcpus(vcpus.capacity);
    accounts.setWeight(index, weight);
    accounts.domainOf[vcpu] = index;
    return vcpu;
  });
  for (const vcpu of slots) accounts.activate(vcpu);
  const priority = new Uint8Array(vcpus.capacity);
  accounts.run(priority, { park: () => expect.unreachable(), unpark: () => expect.unreachable() });
  return slots.map((vcpu) => charges.credit[vcpu]!);
}

describe('weights', () => {
  it('X1: 256 : 512 on one pCPU earn 100 and 200 credits, and get 33.3 % and 66.7 %', () => {
    expect(earned(1, [256, 512])).toEqual([100, 200]);
    expectShares(run({ pcpus: 1, domains: [domain('a', 256), domain('b', 512)] }), [1 / 3, 2 / 3]);
  });

  it('X2: 128 : 256 : 512 earn 43, 86 and 172 credits, and get 14.3, 28.6 and 57.1 %', () => {
    expect(earned(1, [128, 256, 512])).toEqual([43, 86, 172]);
    const report = run({ pcpus: 1, domains: [domain('a', 128), domain('b', 256), domain('c', 512)] });
    expectShares(report, [1 / 7, 2 / 7, 4 / 7]);
  });

  it('X3: three equal ones on two pCPUs earn 200 credits each and get two thirds of a pCPU, by stealing', () => {
    expect(earned(2, [256, 256, 256])).toEqual([200, 200, 200]);
    const report = run({ pcpus: 2, domains: ['a', 'b', 'c'].map((name) => domain(name, 256)) });
    expectShares(report, [1 / 3, 1 / 3, 1 / 3]);
    expect(report.trace.some(({ stolenFrom }) => stolenFrom !== null)).toBe(true);
    expect(report.totals.idleUs).toBe(0);
  });

  it('X4: 256 : 512 : 256 on two pCPUs earn 150, 300 and 150 credits and get half, a whole and half a pCPU', () => {
    // The active list begins with who was activated last; whoever has more than it can use is moved to its front.
    expect(earned(2, [256, 512, 256])).toEqual([150, 300, 150]);
    const report = run({ pcpus: 2, domains: [domain('a', 256), domain('b', 512), domain('c', 256)] });
    expectShares(report, [0.25, 0.5, 0.25]);
  });
});

describe('caps', () => {
  it('X8: 50 is half a pCPU on an idle host, and 400 on four vCPUs is no cap on four pCPUs', () => {
    const half = run({ pcpus: 1, domains: [domain('a', 256, [cpu], 50)] });
    expectShares(half, [0.5], 0.001);
    expect(half.vcpus['a.0']!.parkedUs).toBe(30_000_000);
    const four = run({ pcpus: 4, domains: [domain('a', 256, [cpu, cpu, cpu, cpu], 400)] });
    expect(four.totals.idleUs).toBe(0);
    expect(four.vcpus['a.3']!.parkedUs).toBe(0);
  });

  it('X11: a capped vCPU that is unparked is UNDER, not BOOST', () => {
    const scheduler = new CreditScheduler(shapeOf(1), settings);
    const capped = scheduler.vcpusOf(machine(scheduler, { weight: 1024, cap: 30 }, 1))[0]!;
    machine(scheduler, { weight: 256, cap: 0 }, 1);
    let wasParked = false;
    let unparked = 0;
    scheduler.onAccounting(() => {
      const { parked, priority } = scheduler.account(capped);
      if (wasParked && !parked) {
        unparked++;
        expect(priority).toBe('UNDER');
      }
      wasParked = parked;
    });
    const boosted = new Set<number>();
    scheduler.engine.observer = {
      decided: (_, vcpu) =>
        void (vcpu === capped && scheduler.priorityOf(vcpu) === 'BOOST' && boosted.add(scheduler.now)),
    };
    scheduler.advance(20 * SECOND);
    expect(unparked).toBeGreaterThan(50);
    expect([...boosted]).toEqual([]);
  });
});

describe('charging', () => {
  it('X9: one that runs 9.5 ms and sleeps just before each tick gets no more than its half', () => {
    for (const phaseUs of [0, 250, 9000]) {
      const sly = { kind: 'periodic', runUs: 9500, sleepUs: 500, phaseUs };
      const report = run({ pcpus: 1, domains: [domain('sly', 256, [sly]), domain('busy', 256)] });
      expect(shares(report)[0]).toBeLessThanOrEqual(0.5);
      expect(shares(report)[0]).toBeGreaterThan(0.49);
    }
  });

  it('X9: 9.5 ms of each 10 ms are 95 credits, and no fraction is lost', () => {
    const charges = new Charges();
    charges.grow(1);
    for (let period = 0; period < 1000; period++) {
      const start = period * 10_000_000 + 3;
      charges.switchIn(0, start);
      charges.charge(0, start + 9_500_000);
      charges.switchOut(0, start + 9_500_000);
      expect(Math.abs(charges.credit[0]! + 95 * (period + 1))).toBeLessThanOrEqual(1);
    }
  });
});

describe('wake-ups', () => {
  const sleeper = { kind: 'periodic', runUs: 200, sleepUs: 41_000, phaseUs: 5000 };

  it('X10: an UNDER vCPU that wakes preempts an UNDER one at once', () => {
    const report = run({ pcpus: 1, ratelimitUs: 0, domains: [domain('io', 256, [sleeper]), domain('hog', 256)] });
    const { wakes, wakeLatencyMaxUs, runnableWaitUs } = report.vcpus['io.0']!;
    expect(wakes).toBeGreaterThan(1400);
    // The first wake-up is never boosted; all others are served the moment they come.
    expect(runnableWaitUs).toBe(wakeLatencyMaxUs);
    expect(wakeLatencyMaxUs).toBe(25_000);
    expect(report.trace.filter(({ vcpu, prio }) => vcpu === 'io.0' && prio === 'BOOST').length).toBeGreaterThan(600);
  });

  it('X10: the boost ends at the next tick that finds it running', () => {
    const scheduler = new CreditScheduler(shapeOf(1), settings);
    const work = bursts([
      [1000, 102_000],
      [25_000, 5_000_000],
    ]);
    const io = scheduler.vcpusOf(machine(scheduler, { weight: 256, cap: 0 }, 1, work))[0]!;
    machine(scheduler, { weight: 256, cap: 0 }, 1);
    scheduler.advance(103 * MS + 1);
    expect([scheduler.engine.current[0], scheduler.priorityOf(io)]).toEqual([io, 'BOOST']);
    scheduler.advance(110 * MS);
    expect(scheduler.priorityOf(io)).toBe('BOOST');
    scheduler.advance(110 * MS + 1);
    expect([scheduler.engine.current[0], scheduler.priorityOf(io)]).toEqual([io, 'UNDER']);
  });

  it('X10: an OVER vCPU that wakes preempts nobody', () => {
    // It takes far more than its weight gives it, so it is OVER when it wakes.
    const greedy = { kind: 'periodic', runUs: 29_000, sleepUs: 1000 };
    const report = run({ pcpus: 1, domains: [domain('greedy', 16, [greedy]), domain('hog', 4096)] });
    const over = report.accounting.filter(({ vcpus }) => vcpus['greedy.0']![1] === 'OVER').length;
    expect(over).toBeGreaterThan(20);
    expect(report.vcpus['greedy.0']!.wakeLatencyMaxUs).toBeGreaterThan(300_000);
    expect(shares(report)[0]).toBeLessThan(0.03);
  });
});

describe('stealing', () => {
  it('X12: an idle pCPU takes even OVER work; one whose head is OVER takes only better', () => {
    const engine = new Engine(shapeOf(2), 0);
    const queues = new RunQueues(2, engine.vcpus);
    const stealing = new Stealing(engine, new CpuSet(2), queues, -30 * MS);
    const [runs, waits, better] = [
      engine.createVcpu(busyWork),
      engine.createVcpu(busyWork),
      engine.createVcpu(busyWork),
    ];
    queues.grow(engine.vcpus.capacity);
    engine.current[1] = runs;
    queues.priority[waits] = PRIORITY_OVER;
    queues.insert(1, waits, true);
    expect(stealing.steal(0, PRIORITY_OVER, undefined)).toBe(-1);
    expect(stealing.steal(0, PRIORITY_IDLE, undefined)).toBe(waits);
    queues.priority[better] = PRIORITY_UNDER;
    queues.insert(1, waits, true);
    queues.insert(1, better, true);
    expect(stealing.steal(0, PRIORITY_OVER, undefined)).toBe(better);
    expect(stealing.victim).toBe(1);
    expect(queues.lengths[1]).toBe(1);
  });
});

describe('a vCPU that hardly runs', () => {
  // Caught by a tick, it becomes active and earns; then it sleeps.
  const idler = { kind: 'bursts', bursts: [[20_000, 1_980_000]] };
  const report = (version: '3.2' | '4') =>
    run({ version, pcpus: 1, durationMs: 6000, domains: [domain('idler', 256, [idler]), domain('busy', 256)] });

  it.each([
    ['4', 'halves', (credit: number) => credit > 150 && credit <= 300],
    ['3.2', 'zeroes', (credit: number) => credit === 0],
  ] as const)('X13: leaves the active list above 300 credits; version %s %s its credit', (version, _, isLeft) => {
    const { accounting, vcpus } = report(version);
    const rows = accounting.map((row) => row.vcpus['idler.0']!);
    const left = rows.findIndex((row, index) => row[2] === 0 && rows[index - 1]?.[2] === 1);
    expect(left).toBeGreaterThan(0);
    const before = rows[left - 1]![0];
    expect(before).toBeGreaterThan(100);
    expect(rows[left]![0]).toSatisfy(isLeft);
    // From then on the other earns all there is.
    expect(rows.slice(left, left + 10).every((row) => row[2] === 0)).toBe(true);
    expect(vcpus['idler.0']!.cpuUs).toBe(60_000);
  });
});
