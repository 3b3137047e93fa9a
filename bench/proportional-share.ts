import { Heap } from '../src/base/heap.ts';
import { Random } from '../src/base/random.ts';
import { ProportionalShareScheduler } from '../src/hypervisor/schedulers/proportional-share.ts';
import { Topology } from '../src/hypervisor/schedulers/topology.ts';

/*
 * How many seconds of an ESX host of a rack are simulated per second, slice by slice: 4 sockets of 8 cores, 4 NUMA
 * nodes, 128 machines of 1, 2 or 4 vCPUs that ask for 10 to 90 % of them in bursts of about 10 ms, all hardware costs
 * on. Wanted: 20 on one core. The baseline is what the machine can do with an event queue of objects.
 *
 *     node src/bootstrap.mjs :run bench/proportional-share.ts
 */

const SECOND = 1_000_000_000;
const SIMULATED = 10;
/** The first two compile the code. */
const ROUNDS = 8;

/** Bursts of about 10 ms, each of its own length, that add up to a share of the time. */
function bursty(random: Random, percent: number) {
  const length = () => 1000 * random.between(5000, 15_000);
  return { run: length, rest: () => Math.round((length() * (100 - percent)) / percent) };
}

function host(): ProportionalShareScheduler {
  const random = new Random('rack');
  const topology = new Topology({ pcpus: 32, coresPerSocket: 8, threadsPerCore: 1, nodes: 4, cachesPerSocket: 1 });
  const scheduler = new ProportionalShareScheduler(topology, { mhz: 2260 });
  for (let i = 0; i < 128; i++) {
    const vcpus = random.pick([1, 1, 2, 2, 4]);
    const reservationMHz = random.chance(0.2) ? random.between(100, 500) : 0;
    const limitMHz = random.chance(0.1) ? 1500 * vcpus : 0;
    const id = scheduler.addMachine(
      { shares: random.pick([500, 1000, 2000]) * vcpus, reservationMHz, limitMHz },
      vcpus,
    );
    const percent = random.between(10, 90);
    for (const vcpu of scheduler.vcpusOf(id)) {
      scheduler.setWork(vcpu, bursty(random.split(`${vcpu}`), percent), random.below(20_000_000));
    }
  }
  return scheduler;
}

/** The best of the rounds, per second on the clock and per second of one core: others may be using it too. */
function best(run: () => number): { perSecond: number; perCore: number } {
  let [perSecond, perCore] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    const before = process.cpuUsage();
    const count = run();
    const { user, system } = process.cpuUsage(before);
    perSecond = Math.max(perSecond, (1000 * count) / (performance.now() - start));
    perCore = Math.max(perCore, (1e6 * count) / (user + system));
  }
  return { perSecond, perCore };
}

let decisions = 0;
let idle = 0;
const seconds = best(() => {
  const scheduler = host();
  scheduler.advance(SIMULATED * SECOND);
  decisions = scheduler.hostUsage().decisions / SIMULATED;
  idle = scheduler.hostUsage().idle / (SIMULATED * SECOND * 32);
  return SIMULATED;
});
const baseline = best(() => {
  const heap = new Heap<{ time: number; serial: number }>(
    (a, b) => a.time < b.time || (a.time === b.time && a.serial < b.serial),
  );
  for (let i = 0; i < 300; i++) heap.push({ time: i * 7, serial: i });
  let spread = 1;
  for (let i = 0; i < 200_000; i++) {
    const { time } = heap.pop()!;
    spread = (spread * 48271) % 2147483647;
    heap.push({ time: time + 1 + (spread % 30_000), serial: i });
  }
  return 200_000;
});
console.log(
  `proportional share, 32 cores, 128 machines: ${seconds.perCore.toFixed(0)} simulated seconds per second of one core (wanted: 20); ` +
    `${seconds.perSecond.toFixed(0)} per second on the clock`,
);
console.log(`  ${Math.round(decisions)} decisions per simulated second, ${(100 * idle).toFixed(1)} % idle`);
console.log(
  `  ${((decisions * seconds.perCore) / 1e6).toFixed(2)} M decisions/s; baseline ${(baseline.perCore / 1e6).toFixed(2)} M events/s`,
);
