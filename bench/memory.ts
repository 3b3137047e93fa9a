/**
 * What it costs to share out the memory of one host again: 1,000 machines on a host that lacks memory, rebalanced once,
 * and as every 15 seconds, with all that balloons, swap and page sharing do meanwhile; and on one that has enough.
 *
 *     npm run bench -- memory
 */
import { VirtualClock } from '../src/base/clock.ts';
import { Random } from '../src/base/random.ts';
import { GiB, MINUTE, MiB } from '../src/base/units.ts';
import { EsxMemory } from '../src/hypervisor/memory/esx-memory.ts';
import { config, host } from '../test/hypervisor/lab.ts';
import { type Figure, median, printTable } from './support/table.ts';

const MACHINES = 1000;
const start = new VirtualClock(Date.UTC(2010, 10, 1)).now();

/** Machines of 1 to 4 GiB, some idle, some busy, of three systems, one in eight without tools. */
function crowd(size: number): EsxMemory {
  const hardware = host('h1', { memory: size, cpu: { sockets: 8, coresPerSocket: 8 } });
  const memory = new EsxMemory(hardware, start, new Random('bench'));
  for (let i = 0; i < MACHINES; i++) {
    const bytes = (1 + (i % 4)) * GiB;
    const guest = { os: ['linux', 'windows', 'solaris'][i % 3]!, tools: i % 8 !== 0 };
    memory.add(`vm-${i}`, config(`vm-${i}`, { guest, memory: { size: bytes, shares: (10 * bytes) / MiB } }), 100 * MiB);
    memory.load(`vm-${i}`, (i % 5) / 5);
    memory.demand(`vm-${i}`, { active: ((i % 10) / 10) * bytes, touched: bytes, phase: 'Running', since: start });
  }
  memory.advance(start, () => {});
  return memory;
}

/** Milliseconds that each thing took which happened up to `until`, in the order in which they did. */
function follow(memory: EsxMemory, until: number): number[] {
  const took: number[] = [];
  while (memory.next <= until) {
    const began = performance.now();
    memory.advance(memory.next, () => {});
    took.push(performance.now() - began);
  }
  return took;
}

/** Milliseconds that it takes when the shares of one machine are others than before: everyone's target is another then. */
function shift(memory: EsxMemory, now: number, times: number): number[] {
  return Array.from({ length: times }, (_, i) => {
    const began = performance.now();
    memory.change('vm-7', config('vm-7', { memory: { size: 4 * GiB, shares: 40_960 + i } }), 100 * MiB);
    memory.advance(now, () => {});
    return performance.now() - began;
  });
}

/** The aim for a rebalance, in ms. */
const AIM = 10;

function figure(what: string, took: readonly number[]): Figure {
  const middle = median(took);
  const most = Math.max(...took).toFixed(1);
  return {
    what: `${what} (${took.length} times, most ${most} ms)`,
    ratio: AIM / middle,
    measured: `${middle.toFixed(2)} ms`,
    against: `${AIM} ms`,
  };
}

const tight = crowd(1300 * GiB);
follow(tight, start + 2 * MINUTE);
const once = shift(tight, start + 2 * MINUTE + 1000, 60);
const early = follow(tight, start + 17 * MINUTE);
follow(tight, start + 77 * MINUTE);
const late = follow(tight, start + 92 * MINUTE);
const roomy = crowd(10_000 * GiB);
follow(roomy, start + 65 * MINUTE);
printTable('1,000 machines on one host, rebalanced', [
  figure("half of the memory that is touched is there: one machine's shares change", once),
  figure('the same: 15 s of balloons, swap and sharing', early),
  figure('15 s of it an hour later', late),
  figure('enough for all: samples of a minute', follow(roomy, start + 125 * MINUTE)),
]);
