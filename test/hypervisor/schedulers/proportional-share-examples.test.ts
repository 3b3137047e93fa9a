import { describe, expect, it } from 'vitest';
import { Engine } from '../../../src/hypervisor/schedulers/engine.ts';
import { CoScheduling } from '../../../src/hypervisor/schedulers/proportional-share/co-scheduling.ts';
import type { Machine } from '../../../src/hypervisor/schedulers/proportional-share/machines.ts';
import { tuningOf } from '../../../src/hypervisor/schedulers/proportional-share/tuning.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';
import type { ShareReport } from '../../../src/hypervisor/schedulers/scenario/share-report.ts';
import { busyWork } from '../../../src/hypervisor/schedulers/work.ts';
import { bursty, esx, mhzBetween, progressOf, SECOND, sumOf, usagesOf, vm } from './esx.ts';
import { bursts, MS, shapeOf } from './suite.ts';

/*
 * The examples E1 to E12 of design/algorithms.md 12.2 (E3, E5 and E9 are not in it).
 */

const cpu = { kind: 'cpu' };
const run = (host: object, virtualMachines: readonly object[], durationMs = 30_000) =>
  schedule(
    JSON.stringify({
      scheduler: 'proportional-share',
      durationMs,
      host: { sockets: 1, coresPerSocket: 1, mhz: 2000, ...host },
      virtualMachines,
    }),
  ) as ShareReport;
const machine = (name: string, rest: object = {}) => ({ name, vcpus: [cpu], ...rest });
const percents = ({ virtualMachines }: ShareReport) => Object.values(virtualMachines).map((vm) => vm.runPercent);
const mhz = ({ virtualMachines }: ShareReport) => Object.values(virtualMachines).map((vm) => vm.usedMHz);

function expectNear(is: readonly number[], wanted: readonly number[], tolerance: number): void {
  for (const [index, value] of is.entries()) expect(Math.abs(value - wanted[index]!)).toBeLessThanOrEqual(tolerance);
}

describe('shares', () => {
  it('E1: 2 : 1 : 1, all busy: 50, 25, 25 %', () => {
    const report = run({}, [machine('a', { shares: 2000 }), machine('b'), machine('c')]);
    expectNear(percents(report), [50, 25, 25], 0.5);
  });

  it('E1: when the first uses only 20 %, the others get 40 % each', () => {
    const idler = machine('a', { shares: 2000, vcpus: [{ kind: 'periodic', runUs: 2000, sleepUs: 8000 }] });
    expectNear(percents(run({}, [idler, machine('b'), machine('c')])), [20, 40, 40], 0.5);
  });

  it('E2: 500 MHz used, 2250 MHz reserved, and the rest for the one with the lowest MHz per share', () => {
    const report = run({ coresPerSocket: 2, mhz: 3000 }, [
      machine('vm1', { shares: 1000, vcpus: [{ kind: 'periodic', runUs: 1667, sleepUs: 8333 }] }),
      machine('vm2', { shares: 1000, reservationMHz: 2250 }),
      machine('vm3', { shares: 2000, vcpus: [cpu, cpu] }),
    ]);
    expectNear(mhz(report), [500, 2250, 3250], 10);
  });

  it('E4: two Normal machines share 8 GHz 4/4, and with a High one 2/2/4', () => {
    const four = { vcpus: [cpu, cpu, cpu, cpu] };
    const normal = (name: string) => machine(name, { shares: 4000, ...four });
    expectNear(mhz(run({ coresPerSocket: 4 }, [normal('a'), normal('b')])), [4000, 4000], 20);
    const high = machine('c', { shares: 8000, ...four });
    expectNear(mhz(run({ coresPerSocket: 4 }, [normal('a'), normal('b'), high])), [2000, 2000, 4000], 20);
  });
});

describe('limits', () => {
  it('E6: 1000 MHz on a pCPU of 3000 MHz: that is used, and the rest of the time is limited, as part of ready', () => {
    const report = run({ coresPerSocket: 2, mhz: 3000 }, [machine('a', { limitMHz: 1000 })]).virtualMachines['a']!;
    expect(Math.abs(report.usedMHz - 1000)).toBeLessThan(2);
    expect(Math.abs(report.limitedPercent - 66.67)).toBeLessThan(0.1);
    expect(report.readyPercent).toBeGreaterThanOrEqual(report.limitedPercent);
    expect(report.readyPercent).toBeLessThan(67);
  });
});

describe('co-scheduling', () => {
  it('E7: two vCPUs run while two wait: beyond 3 ms the leaders are stopped, each for itself', () => {
    const scheduler = esx(4);
    // Four vCPUs that never sleep, on two pCPUs.
    const guest = vm(scheduler, 4, { affinity: [0, 1], maxSkew: 'Individual' });
    scheduler.advance(10 * SECOND);
    for (const usage of usagesOf(scheduler, guest)) {
      expect(usage.largestSkew).toBeGreaterThan(3 * MS);
      expect(usage.largestSkew).toBeLessThan(6 * MS);
      expect(usage.coStopped).toBeGreaterThan(SECOND);
    }
    // Never all at once: there is always somebody left to run.
    expect(sumOf(scheduler, guest, (usage) => usage.running)).toBe(20 * SECOND);
  });

  it('E7: halted siblings gather no skew', () => {
    const scheduler = esx(2);
    const halted = { run: () => 1000, rest: () => Number.POSITIVE_INFINITY };
    const guest = scheduler.addMachine({ shares: 4000, reservationMHz: 0, limitMHz: 0 }, 4);
    const [a, b, c, d] = scheduler.vcpusOf(guest);
    for (const busy of [a!, b!]) scheduler.setWork(busy, bursts([[1_000_000, 0]]));
    for (const idle of [c!, d!]) scheduler.setWork(idle, halted);
    // Once the two that halt have had their first moment.
    scheduler.advance(SECOND);
    const atFirst = sumOf(scheduler, guest, (usage) => usage.coStopped);
    scheduler.advance(10 * SECOND);
    expect(sumOf(scheduler, guest, (usage) => usage.coStopped)).toBe(atFirst);
    expect(sumOf(scheduler, guest, (usage) => usage.running)).toBeGreaterThan(19.9 * SECOND);
  });

  it.each([
    ['Individual', 'ESX 4: 2T, what the siblings are ahead of the slowest', 2],
    ['Relaxed', 'ESX 3: 3T, what it missed while any of them ran', 3],
  ] as const)('E8: a vCPU waits 3T while pairs of its three siblings take turns; %s, %s', (mode, _, wanted) => {
    const T = MS;
    const engine = new Engine(shapeOf(2), 0);
    engine.serve({ fire: () => {}, wake: () => {}, pass: () => {}, sleep: () => {} });
    const stopped: number[] = [];
    const stopping = {
      coStop: (vcpu: number) => void stopped.push(vcpu),
      coStart: () => {},
      startTogether: () => false,
      makeRoom: () => {},
    };
    const coScheduling = new CoScheduling(engine, stopping, tuningOf());
    const vcpus = [0, 1, 2, 3].map(() => {
      const vcpu = engine.createVcpu(busyWork);
      coScheduling.create(vcpu, engine.vcpus.capacity);
      engine.vcpus.flags[vcpu] = 0;
      engine.settle(vcpu);
      return vcpu;
    });
    const guest = { vcpus, skewMode: mode } as unknown as Machine;
    const pairs = [
      [1, 2],
      [2, 3],
      [3, 1],
    ] as const;
    for (const [turn, [first, second]] of pairs.entries()) {
      engine.switchTo(0, vcpus[first]!);
      engine.switchTo(1, vcpus[second]!);
      engine.advance((turn + 1) * T);
      coScheduling.poll(guest);
    }
    const largest = Math.max(...vcpus.map((vcpu) => coScheduling.largest[vcpu]!));
    expect(largest).toBe(wanted * T);
    expect(stopped).toEqual([]);
  });
});

describe('NUMA', () => {
  it('E10: loads of two nodes that differ by more than 10 % are evened within a period of 2 s', () => {
    const scheduler = esx(8, { shape: { coresPerSocket: 4, nodes: 2 } });
    // All on node 0 at first: what keeps them there is taken away.
    const ids = [0, 1, 2, 3].map(() => vm(scheduler, 1, { nodeAffinity: [0] }));
    scheduler.advance(4 * SECOND);
    const homes = () => ids.map((id) => usagesOf(scheduler, id)[0]!.homeNode);
    expect(homes()).toEqual([0, 0, 0, 0]);
    for (const id of ids) scheduler.changeMachine(id, { shares: 1000, reservationMHz: 0, limitMHz: 0 });
    scheduler.advance(4 * SECOND + 2 * SECOND + 1);
    expect(homes().filter((node) => node === 1)).toHaveLength(1);
    scheduler.advance(12 * SECOND);
    expect(homes().filter((node) => node === 1)).toHaveLength(2);
    expect(scheduler.nodeMoves).toBe(2);
  });

  it('E10: a difference within 10 % is left alone', () => {
    const scheduler = esx(8, { shape: { coresPerSocket: 4, nodes: 2 } });
    for (let i = 0; i < 2; i++) vm(scheduler, 1);
    vm(scheduler, 1, {}, bursts([[800, 9200]]));
    scheduler.advance(20 * SECOND);
    expect(scheduler.nodeMoves).toBe(0);
  });
});

describe('hyper-threading', () => {
  const cores = { coresPerSocket: 2, threadsPerCore: 2 };

  it('E11: two busy vCPUs on two cores with four threads have a core each', () => {
    const { virtualMachines } = run(cores, [machine('a'), machine('b')]);
    expect(new Set(Object.values(virtualMachines).map(({ vcpus }) => vcpus[0]!.core)).size).toBe(2);
    expect(Object.values(virtualMachines).map(({ usedPercent }) => usedPercent)).toEqual([100, 100]);
  });

  it('E11: a third one has to share a core, and in the long run all three lose the same', () => {
    const { virtualMachines } = run(
      cores,
      ['a', 'b', 'c'].map((name) => machine(name)),
      120_000,
    );
    const used = Object.values(virtualMachines).map(({ usedPercent }) => usedPercent);
    // 100 % of a core and twice 62.5 % of one, in turns.
    expectNear(used, [75, 75, 75], 1.5);
  });
});

describe('hand-over', () => {
  it('E12: four sockets of six cores: handing a pCPU on only within a last-level cache is worth 10 to 20 %', () => {
    // 16 MB of cache are refilled over a front-side bus of 4 GB/s; nothing else is charged.
    const refill = 4 * MS;
    const costs = { busySibling: 0, sharedCache: 0, sharedCacheMost: 0, remoteMemory: 0, apart: 0 };
    const work = (handoffWithinCache: boolean) => {
      const scheduler = esx(24, {
        shape: { coresPerSocket: 6 },
        mechanisms: { handoffWithinCache },
        costs: { ...costs, warmUp: [0, 20_000, refill, refill, refill] },
      });
      for (let i = 0; i < 16; i++) vm(scheduler, 4, {}, bursty(`${i}`, 60));
      scheduler.advance(10 * SECOND);
      return progressOf(scheduler);
    };
    const gain = work(true) / work(false) - 1;
    expect(gain).toBeGreaterThan(0.1);
    expect(gain).toBeLessThan(0.2);
  });
});

describe('the formula', () => {
  it('gives the same for E2 as the slices', () => {
    const scheduler = esx(2, { mhz: 3000 });
    const ids = [
      vm(scheduler, 1, {}, bursts([[1667, 8333]])),
      vm(scheduler, 1, { reservationMHz: 2250 }),
      vm(scheduler, 2, { shares: 2000 }),
    ];
    expectNear(mhzBetween(scheduler, ids, 2 * SECOND, 12 * SECOND, 3000), [500, 2250, 3250], 15);
  });
});
