/**
 * What it costs in truth to schedule one second in 20 and carry it over the others: sampled:20 against exact on six mixed
 * hosts, the largest and the mean error over all machines of CPU share, %RDY, %CSTP and wake-up latency.
 *
 *   node src/bootstrap.mjs :run bench/sampling-error.ts [simulated seconds]
 */
import { Random } from '../src/base/random.ts';
import { GiB } from '../src/base/units.ts';
import type { CpuDemand, CpuTimes } from '../src/hypervisor/cpu/host-cpu.ts';
import { fixedSampling } from '../src/hypervisor/cpu/sampling.ts';
import { SlicedCpu } from '../src/hypervisor/cpu/sliced-cpu.ts';
import type { HostHardware } from '../src/hypervisor/hardware.ts';
import { cpuLoad } from '../src/hypervisor/workload/cpu-load.ts';
import { config, host, xenHost } from '../test/hypervisor/lab.ts';

const SECOND = 1000;
const seconds = Number(process.argv[2] ?? 300);
/** Errors are of means over this, as a graph or a controller takes them. */
const SPAN = 60;
const EVERY = 20;

interface Guest {
  readonly name: string;
  readonly count: number;
  readonly shares: number;
  readonly limitMHz?: number;
  readonly pattern: (time: number) => Partial<CpuDemand> & { readonly percent: number };
}

interface Mix {
  readonly name: string;
  readonly hardware: HostHardware;
  readonly guests: readonly Guest[];
}

const steady = (percent: number) => () => ({ percent });
const wide = { sockets: 2, coresPerSocket: 4, numaNodes: 2 };
const spin = { kind: 'Parallel', computeUs: 400, criticalUs: 100, sync: 'SpinLock' } as const;
const ticking = { kind: 'Periodic', runUs: 2000, sleepUs: 6000 } as const;

function mixes(): Mix[] {
  const random = new Random('mixes');
  const many = (count: number, of: (i: number) => Omit<Guest, 'name'>): Guest[] =>
    Array.from({ length: count }, (_, i) => ({ name: `m${i}`, ...of(i) }));
  const trace = (spread: number) => {
    const percents = Array.from({ length: 60 }, () => random.below(spread));
    const load = cpuLoad({ kind: 'Trace', intervalMs: 30_000, percents }, 0);
    return (time: number) => ({ percent: load.percent(time) });
  };
  return [
    {
      name: 'ESX, half used, steady',
      hardware: host('h', { cpu: wide }),
      guests: many(16, (i) => ({ count: 1 + (i % 2), shares: 1000, pattern: steady(5 + 2 * i) })),
    },
    {
      name: 'ESX, contended, shares and limits',
      hardware: host('h', { cpu: wide }),
      guests: many(12, (i) => ({
        count: 1 + (i % 3),
        shares: 500 * 2 ** (i % 3),
        ...(i % 4 === 0 ? { limitMHz: 900 } : {}),
        pattern: steady(40 + 5 * i),
      })),
    },
    {
      name: 'ESX, wide and parallel guests',
      hardware: host('h', { cpu: { coresPerSocket: 4 } }),
      guests: many(5, (i) => ({
        count: i < 2 ? 4 : 1,
        shares: i < 2 ? 4000 : 1000,
        pattern: i < 2 ? () => ({ percent: 100, pattern: spin }) : steady(60),
      })),
    },
    {
      name: 'ESX, traces that change each 30 s',
      hardware: host('h', { cpu: wide }),
      guests: many(14, (i) => ({ count: 1 + (i % 2), shares: 1000, pattern: trace(90) })),
    },
    {
      name: 'Xen, contended, a cap and short bursts',
      hardware: xenHost('x', { cpu: wide }),
      guests: many(14, (i) => ({
        count: 1 + (i % 2),
        shares: 1000 * (1 + (i % 3)),
        ...(i % 5 === 0 ? { limitMHz: 800 } : {}),
        pattern: i % 4 === 1 ? () => ({ percent: 25, pattern: ticking }) : steady(45 + 4 * i),
      })),
    },
    {
      name: 'Xen, traffic through dom0',
      hardware: xenHost('x'),
      guests: many(8, (i) => ({
        count: 1,
        shares: 1000,
        pattern:
          i < 3 ? () => ({ percent: 20, io: { packets: 4000 * (i + 1), diskRequests: 50 } }) : steady(30 + 6 * i),
      })),
    },
  ];
}

/** Percent of a vCPU, and ms per wake-up, of one machine over one span. */
interface Figures {
  readonly run: number;
  readonly ready: number;
  readonly coStop: number;
  readonly latency: number;
}

function run({ hardware, guests }: Mix, every: number): Figures[] {
  const cpu = new SlicedCpu(hardware, 0, new Random('bench'), fixedSampling(every));
  for (const { name, count, shares, limitMHz } of guests) {
    const limit = limitMHz === undefined ? {} : { limitMHz };
    cpu.add(name, config(name, { cpu: { count, shares, ...limit }, memory: { size: GiB } }));
  }
  const asked = new Map<string, number>();
  const figures: Figures[] = [];
  let before = new Map<string, CpuTimes>();
  for (let time = 0; time <= seconds * SECOND; time += SECOND) {
    cpu.advance(time, () => {});
    for (const { name, pattern } of guests) {
      const demand = pattern(time);
      if (asked.get(name) === demand.percent) continue;
      asked.set(name, demand.percent);
      cpu.demand(name, { burstUs: 10_000, ...demand });
    }
    cpu.advance(time, () => {});
    if (time % (SPAN * SECOND) !== 0) continue;
    const now = new Map(guests.map(({ name }) => [name, cpu.times(name, time)!]));
    if (time > 0) figures.push(...guests.map(({ name, count }) => between(before.get(name)!, now.get(name)!, count)));
    before = now;
  }
  return figures;
}

function between(from: CpuTimes, to: CpuTimes, count: number): Figures {
  const percent = (key: 'run' | 'ready' | 'coStop') => (100 * (to[key] - from[key])) / SPAN / count;
  const wakes = to.wakes - from.wakes;
  const latency = wakes > 0 ? (1000 * (to.wakeLatency - from.wakeLatency)) / wakes : 0;
  return { run: percent('run'), ready: percent('ready'), coStop: percent('coStop'), latency };
}

const columns = [
  ['run', 'CPU share, points'],
  ['ready', '%RDY, points'],
  ['coStop', '%CSTP, points'],
  ['latency', 'wake-up latency, ms'],
] as const;

const errors = new Map<string, number[]>(columns.map(([key]) => [key, []]));
const pad = (text: string, width: number) => text.padStart(width);
console.log(`sampled:${EVERY} against exact, ${seconds} s, means over ${SPAN} s of each machine: largest (mean) error`);
console.log(`${' '.repeat(40)}${columns.map(([, title]) => pad(title, 22)).join('')}${pad('cost', 10)}`);
for (const mix of mixes()) {
  const began = performance.now();
  const exact = run(mix, 1);
  const middle = performance.now();
  const sampled = run(mix, EVERY);
  const ratio = (middle - began) / (performance.now() - middle);
  const cells = columns.map(([key]) => {
    const differences = exact.map((figure, i) => Math.abs(figure[key] - sampled[i]![key]));
    errors.get(key)!.push(...differences);
    return pad(summary(differences), 22);
  });
  console.log(`${mix.name.padEnd(40)}${cells.join('')}${pad(`1/${ratio.toFixed(0)}`, 10)}`);
}
console.log(`${'all'.padEnd(40)}${columns.map(([key]) => pad(summary(errors.get(key)!), 22)).join('')}`);

function summary(differences: readonly number[]): string {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  return `${Math.max(...differences).toFixed(2)} (${mean.toFixed(2)})`;
}
