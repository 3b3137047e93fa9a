import { describe, expect, it } from 'vitest';
import { BudgetedSampling } from '../../../src/hypervisor/cpu/sampling.ts';
import { config, host, xenHost } from '../lab.ts';
import { SlicedHost } from './slices.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const percents = [10, 50, 100, 100, 80, 30, 5, 60];

/** Eight machines of one or two vCPUs that ask for more than the host has. */
function mixed(hardware = host('h'), every = 1): SlicedHost {
  const sliced = new SlicedHost(hardware, every);
  for (const [i, name] of names.entries()) {
    const count = 1 + (i % 2);
    sliced.add(config(name, { cpu: { count, shares: 1000 * count } }), { percent: percents[i]! });
  }
  return sliced;
}

describe.each([
  ['ESX', host('h')],
  ['Xen', xenHost('x')],
] as const)('the slices of a host of %s', (_, hardware) => {
  it('give who is alone all that he asks for', () => {
    const sliced = new SlicedHost(hardware).add(config('a', { cpu: { count: 2 } }), { percent: 35 });
    const { run, ready } = sliced.pass(2).during(20, 'a');
    expect(run / 40).toBeGreaterThan(0.34);
    expect(run / 40).toBeLessThan(0.37);
    expect(ready / 40).toBeLessThan(0.01);
    expect(sliced.cpu.rate('a').demandMHz).toBe(1400);
  });

  it('are measured so that run, ready, co-stop and wait add up to 100 %, at each second', () => {
    const sliced = mixed(hardware);
    for (let second = 0; second < 8; second++) {
      sliced.pass(1);
      for (const name of names) {
        const { runPercent, readyPercent, coStopPercent, waitPercent, ...rest } = sliced.figures(name);
        expect(runPercent + readyPercent + coStopPercent + waitPercent).toBeCloseTo(100, 6);
        expect(rest.idlePercent + rest.swapWaitPercent).toBeCloseTo(waitPercent, 6);
        expect(rest.limitedPercent).toBeLessThanOrEqual(readyPercent);
      }
    }
    // It is the scheduler that makes them wait, nobody's formula.
    expect(sliced.figures('c').readyPercent).toBeGreaterThan(20);
  });

  it('come to what the entitlement formula says, to within 6 points of a processor', () => {
    const sliced = mixed(hardware).pass(5);
    const before = new Map(names.map((name) => [name, sliced.cpu.counters(name)]));
    sliced.pass(40);
    for (const name of names) {
      const [from, to] = [before.get(name)!, sliced.cpu.counters(name)];
      const time = to.at - from.at;
      const [used, entitled] = [(to.used - from.used) / time, (to.entitled - from.entitled) / time];
      expect(Math.abs(used - entitled) / 2000, name).toBeLessThan(0.06);
    }
    expect(sliced.cpu.total()).toMatchObject({ isShort: true });
    expect(sliced.cpu.total().usedMHz).toBeGreaterThan(0.995 * 8000);
    expect(sliced.cpu.total().usedMHz).toBeLessThanOrEqual(8000);
  });

  it('are the same for the same seed, and others for another', () => {
    const run = (seed: string) => {
      const sliced = new SlicedHost(hardware, 1, undefined, seed);
      for (const [i, name] of names.entries()) sliced.add(config(name), { percent: percents[i]! });
      sliced.pass(3);
      return JSON.stringify(names.map((name) => sliced.cpu.times(name, sliced.now)));
    };
    expect(run('one')).toBe(run('one'));
    expect(run('one')).not.toBe(run('two'));
  });

  it('do not depend on how often they are looked at', () => {
    const often = mixed(hardware);
    often.settle();
    for (let i = 0; i < 40; i++) {
      often.now += 97;
      often.settle();
    }
    const once = mixed(hardware);
    once.settle();
    once.now = often.now;
    once.settle();
    for (const name of names) expect(once.cpu.times(name, once.now)).toEqual(often.cpu.times(name, often.now));
  });

  it('are not looked at while nobody asks for anything', () => {
    const sliced = mixed(hardware).pass(2);
    for (const name of names) sliced.cpu.demand(name, { percent: 0, burstUs: 10_000 });
    sliced.pass(2);
    expect(sliced.cpu.next).toBe(Number.POSITIVE_INFINITY);
    const { run, idle } = sliced.during(3600, 'c');
    expect(run).toBe(0);
    expect(idle).toBeCloseTo(3600, 6);
    expect(sliced.figures('c')).toMatchObject({ runPercent: 0, waitPercent: 100 });
    sliced.ask('c', { percent: 100 });
    expect(sliced.during(10, 'c').run).toBeGreaterThan(9.8);
  });

  it('sampled, run one second in 20 and carry it over the others', () => {
    const sliced = mixed(hardware, 20).pass(5);
    sliced.returns = 0;
    const before = sliced.cpu.times('c', sliced.now)!;
    const figures = sliced.figures('c');
    sliced.pass(10);
    expect(sliced.figures('c')).toEqual(figures);
    expect(sliced.cpu.times('c', sliced.now)!.run - before.run).toBeCloseTo(figures.runPercent / 10, 6);
    sliced.pass(190);
    // Each second that is run has a beginning and an end.
    expect(sliced.returns).toBe(20);
  });

  it('sampled, measure anew in the second after a change that matters, and not after one that does not', () => {
    const sliced = mixed(hardware, 1000).pass(10);
    sliced.returns = 0;
    sliced.ask('g', { percent: 7 });
    sliced.pass(10);
    expect(sliced.returns).toBe(0);
    expect(sliced.cpu.rate('g')).toMatchObject({ demandMHz: 140 });
    for (const name of ['c', 'd', 'h']) sliced.cpu.remove(name);
    sliced.now += 300;
    sliced.settle();
    sliced.pass(3);
    expect(sliced.returns).toBe(2);
    expect(sliced.figures('e').readyPercent).toBeLessThan(20);
  });

  it('sampled, estimate by the formula between a change and its measurement', () => {
    const sliced = mixed(hardware, 20).pass(10);
    sliced.now += 1;
    sliced.ask('a', { percent: 90 });
    sliced.add(config('new'), { percent: 100 });
    sliced.settle();
    const { runPercent, readyPercent, coStopPercent, waitPercent } = sliced.figures('a');
    expect(runPercent).toBeGreaterThan(20);
    expect(runPercent + readyPercent + coStopPercent + waitPercent).toBeCloseTo(100, 6);
    expect(sliced.cpu.rate('new').usedMHz).toBeCloseTo(sliced.cpu.rate('new').entitlementMHz, -1);
    expect(sliced.cpu.total().usedMHz).toBeLessThanOrEqual(8000);
  });

  it('forget who has left, and take in who comes back under the same name', () => {
    const sliced = mixed(hardware).pass(2);
    sliced.cpu.remove('c');
    expect(sliced.cpu.figures('c')).toBeUndefined();
    sliced.cpu.add('c', config('c'));
    sliced.cpu.demand('c', { percent: 50, burstUs: 10_000 });
    sliced.cpu.remove('d');
    sliced.pass(3);
    expect(sliced.cpu.times('c', sliced.now)!.run).toBeGreaterThan(0.5);
    expect(sliced.cpu.times('d', sliced.now)).toBeUndefined();
  });

  it('follow another number of vCPUs, a limit and other shares', () => {
    const sliced = new SlicedHost(hardware).add(config('a', { cpu: { count: 1 } })).pass(2);
    sliced.cpu.change('a', config('a', { cpu: { count: 3, shares: 3000 } }));
    expect(sliced.during(4, 'a').run).toBeGreaterThan(11.5);
    sliced.cpu.change('a', config('a', { cpu: { count: 3, shares: 3000, limitMHz: 2000 } }));
    sliced.pass(1);
    const { run, limited } = sliced.during(10, 'a');
    expect(run).toBeLessThan(10.5);
    expect(limited).toBeGreaterThan(18);
    expect(sliced.figures('a').limitedPercent).toBeGreaterThan(60);
  });

  it('hand every decision to who records, second after second, as schedule --trace writes them', () => {
    const sliced = mixed(hardware, 1000).pass(5);
    const lines: { tUs: number; pcpu: number; vcpu: string }[] = [];
    sliced.cpu.record((decision) => lines.push(decision as never));
    sliced.pass(3);
    expect(lines.length).toBeGreaterThan(300);
    expect(new Set(lines.map(({ pcpu }) => pcpu))).toEqual(new Set([0, 1, 2, 3]));
    expect(lines.some(({ vcpu }) => vcpu === 'd.1')).toBe(true);
    expect(lines.every(({ tUs }, i) => i === 0 || tUs >= lines[i - 1]!.tUs)).toBe(true);
    expect(lines.at(-1)!.tUs - lines[0]!.tUs).toBeGreaterThan(2.9e6);
    sliced.cpu.record(undefined);
    const { length } = lines;
    sliced.pass(5);
    expect(lines.length).toBe(length);
  });

  it('wait for memory from swap as long as the hypervisor says', () => {
    const hindrance = { work: 0.6, swapWait: 0.3 };
    const sliced = new SlicedHost(hardware).add(config('a'), { percent: 100, hindrance }).pass(3);
    const { run, swapWait } = sliced.during(20, 'a');
    expect(run / 20).toBeCloseTo(0.6, 1);
    expect(swapWait / 20).toBeCloseTo(0.3, 1);
  });
});

describe('what a guest does', () => {
  it('periodic runs and sleeps as told, and its demand is their proportion', () => {
    const pattern = { kind: 'Periodic', runUs: 3000, sleepUs: 7000 } as const;
    const sliced = new SlicedHost(host('h')).add(config('a'), { percent: 30, pattern }).pass(1);
    const { run, wakes } = sliced.during(10, 'a');
    expect(run).toBeCloseTo(3, 1);
    expect(wakes).toBeGreaterThan(990);
    expect(wakes).toBeLessThanOrEqual(1001);
  });

  it('in bursts of the length it says: shorter ones wake it more often', () => {
    const wakes = (burstUs: number) =>
      new SlicedHost(host('h')).add(config('a'), { percent: 20, burstUs }).pass(1).during(10, 'a').wakes;
    expect(wakes(10_000)).toBeCloseTo(200, -1);
    expect(wakes(1000)).toBeCloseTo(2000, -2);
  });

  it('parallel spins while a sibling is away: less progress under a load that takes its vCPUs apart', () => {
    const pattern = { kind: 'Parallel', computeUs: 300, criticalUs: 200, sync: 'SpinLock' } as const;
    const progress = (rivals: number) => {
      const sliced = new SlicedHost(xenHost('x'));
      sliced.add(config('p', { cpu: { count: 4 } }), { pattern });
      for (let i = 0; i < rivals; i++) sliced.add(config(`r${i}`));
      return sliced.pass(6).figures('p').progressPercent;
    };
    expect(progress(6)).toBeLessThan(progress(0) - 3);
  });

  it('parallel on ESX has its vCPUs on one cache where that is worth it: apart they get less done', () => {
    const pattern = { kind: 'Parallel', computeUs: 900, criticalUs: 1, sync: 'SpinLock' } as const;
    const hardware = host('h', { cpu: { sockets: 2, coresPerSocket: 2, numaNodes: 2 } });
    const progress = (affinity: number[]) =>
      new SlicedHost(hardware)
        .add(config('p', { cpu: { count: 2, affinity } }), { pattern })
        .pass(4)
        .figures('p').progressPercent;
    expect(progress([0, 1])).toBeGreaterThan(progress([0, 2]) + 10);
  });

  it('that could not keep up works off what gathered, but not for ever', () => {
    const sliced = new SlicedHost(host('h', { cpu: { coresPerSocket: 1 } }));
    sliced.add(config('a', { cpu: { shares: 10 } }), { percent: 50 });
    sliced.add(config('hog', { cpu: { shares: 100_000 } })).pass(20);
    sliced.cpu.remove('hog');
    sliced.pass(1);
    // Ten bursts of 10 ms are 0.1 s more than its half.
    expect(sliced.during(1, 'a').run).toBeLessThan(0.55);
  });
});

describe('the budget of a datacenter in real time', () => {
  /** Twenty hosts ask once in a real second; how many measure, in each of ten. */
  function asked(cost: number): { counts: number[]; real: number } {
    let real = 0;
    const sampling = new BudgetedSampling(20, () => real);
    const counts = Array.from({ length: 10 }, () => {
      real = Math.max(real, Math.ceil(real / 1000) * 1000) + 1000;
      let measured = 0;
      for (let host = 0; host < 20 && sampling.delay() === 0; host++, measured++) {
        sampling.measure(() => {
          real += cost;
        });
      }
      return measured;
    });
    return { counts, real };
  }

  it('lets everyone measure while that is cheap, and spends 8 % of a processor when it is not', () => {
    expect(asked(0.1).counts).toEqual(Array(10).fill(20));
    const { counts, real } = asked(100);
    const spent = counts.reduce((sum, count) => sum + count, 0) * 100;
    // What was saved up before comes to it.
    expect(spent).toBeLessThan(0.08 * real + 150 + 100);
    expect(spent).toBeGreaterThan(0.05 * real);
  });

  it('lets a host wait, which goes on by the formula and says how rarely it is measured', () => {
    let isAllowed = false;
    const sampling = { every: 8, delay: () => (isAllowed ? 0 : 1), measure: (run: () => void) => run() };
    const sliced = new SlicedHost(host('h'), 8, sampling).add(config('a'), { percent: 40 });
    expect(sliced.pass(30).cpu.rate('a').usedMHz).toBe(800);
    expect(sliced.cpu.sampling).toBe(8);
    isAllowed = true;
    sliced.pass(2);
    expect(sliced.cpu.sampling).toBe(64);
    sliced.pass(20);
    expect(sliced.cpu.sampling).toBe(8);
  });
});
