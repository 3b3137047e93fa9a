/**
 * What the physical world costs: 40 hosts and 5,120 machines (the future rack of the report) powered on at once, and
 * then simulated time with a mix of workloads: by the entitlement formula, and with one second in 20 run slice by slice.
 *
 *   node src/bootstrap.mjs :run bench/hypervisor.ts [hosts] [hours] [sampled hours]
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { VirtualClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { Random } from '../src/base/random.ts';
import { macrotask, systemClock } from '../src/base/system.ts';
import { GiB, HOUR, MINUTE, MiB } from '../src/base/units.ts';
import type { MachineConfig, Report } from '../src/hypervisor/backend.ts';
import type { BoltedWorld } from '../src/hypervisor/bolted-world.ts';
import { BudgetedSampling, fixedSampling } from '../src/hypervisor/cpu/sampling.ts';
import { Datacenter } from '../src/hypervisor/datacenter.ts';
import { type CpuWorkload, idleWorkload } from '../src/hypervisor/hardware.ts';
import { entitlementModel, slicedModel } from '../src/hypervisor/host-models.ts';
import { violations } from '../src/hypervisor/invariants.ts';
import type { JournalStore } from '../src/hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../src/hypervisor/journal/memory-journal.ts';
import { SqliteJournalStore } from '../src/hypervisor/journal/sqlite-journal.ts';
import type { HostModel } from '../src/hypervisor/site.ts';
import { DirectBackend } from '../src/hypervisor/transport/direct.ts';
import { HttpBackend } from '../src/hypervisor/transport/http-backend.ts';
import { BackendServer } from '../src/hypervisor/transport/http-server.ts';
import { config, datastore, host, network } from '../test/hypervisor/lab.ts';

const hosts = Number(process.argv[2] ?? 40);
const entitlementHours = Number(process.argv[3] ?? 24);
const sampledHours = Number(process.argv[4] ?? 0.1);
const perHost = 128;
/** Time goes on in steps of this, so that what comes by itself comes at its time. */
const STEP = 1000 * 60;
const random = new Random('bench');

const cpuSeconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function workload(i: number): CpuWorkload {
  const peak = 5 + random.below(20);
  switch (i % 4) {
    case 0:
      return { kind: 'Diurnal', minPercent: 2, maxPercent: peak + 20, periodMs: 24 * HOUR };
    case 1:
      return {
        kind: 'Trace',
        intervalMs: 5 * MINUTE,
        percents: Array.from({ length: 288 }, () => random.below(peak * 2)),
      };
    case 2:
      return { kind: 'Constant', percent: peak };
    default:
      return { kind: 'Periodic', runUs: 1000 * peak, sleepUs: 100_000 };
  }
}

function machine(i: number): MachineConfig {
  const size = [1, 2, 2, 3][i % 4]! * GiB;
  return config(`vm-${String(i).padStart(4, '0')}`, {
    cpu: { count: 1 + (i % 2) },
    memory: { size, shares: (10 * size) / MiB, reservation: size / 8 },
    disks: [{ name: 'root', size: 20 * GiB, datastore: 'san1', provisioning: 'Thin', shares: 1000 }],
  });
}

function bolt(world: BoltedWorld): void {
  world.upsertDatastore(datastore('san1', { capacity: 1e15 }));
  world.upsertNetwork(network('lan'));
  const cpu = { ...host('x').cpu, sockets: 4, coresPerSocket: 8, mhz: 2260 };
  for (let i = 0; i < hosts; i++) world.upsertHost(host(`h${i}`, { cpu, memory: 256 * GiB }));
  for (let i = 0; i < hosts * perHost; i++) {
    world.setHints(`u${i}`, { workload: { ...idleWorkload, cpu: workload(i) }, restartPolicy: 'OnFailure' });
  }
}

async function run(label: string, store: JournalStore, model: HostModel, hours: number): Promise<void> {
  const clock = new VirtualClock();
  const datacenter = new Datacenter({
    clock,
    store,
    seed: '1',
    logger: silentLogger,
    gapMs: Number.POSITIVE_INFINITY,
    heartbeatMs: HOUR,
    model,
  });
  const backend = new DirectBackend(datacenter);
  const counts: Record<string, number> = {};
  const note = (batch: readonly Report[]) => {
    for (const { kind } of batch) counts[kind] = (counts[kind] ?? 0) + 1;
  };
  backend.observe({ reports: note, closed: () => {} });
  const world = datacenter.world('bench');
  bolt(world);
  await clock.advance(0, macrotask);

  const timePasses = async () => {
    for (const key of Object.keys(counts)) delete counts[key];
    const began = cpuSeconds();
    for (let at = 0; at < hours * HOUR; at += STEP) await clock.advance(Math.min(STEP, hours * HOUR - at), macrotask);
    const cost = cpuSeconds() - began;
    console.log(
      `${label}: ${hours} h of them: ${cost.toFixed(2)} s CPU, ${((hours * 3600) / cost).toFixed(0)} simulated seconds per second; ` +
        `reports per machine and day: ${(((counts['Machine'] ?? 0) / hosts / perHost) * (24 / hours)).toFixed(1)}, ` +
        `per host: ${(((counts['Host'] ?? 0) / hosts) * (24 / hours)).toFixed(1)}`,
    );
  };
  let began = cpuSeconds();
  const wall = performance.now();
  // As 16 connections would bring them: 16 to a turn.
  for (let i = 0; i < hosts * perHost; ) {
    const calls: Promise<unknown>[] = [];
    for (let k = 0; k < 16 && i < hosts * perHost; k++, i++) {
      calls.push(
        backend.powerOn({ namespace: 'bench', uid: `u${i}`, host: `h${i % hosts}`, config: machine(i), epoch: 0 }),
      );
    }
    const all = Promise.all(calls);
    await clock.advance(0, macrotask);
    await all;
  }
  await clock.advance(31_000, macrotask);
  const reports = Object.entries(counts)
    .map(([kind, n]) => `${n} ${kind}`)
    .join(', ');
  console.log(
    `${label}: ${hosts * perHost} machines on ${hosts} hosts ordered, on and booted: ${(cpuSeconds() - began).toFixed(2)} s CPU, ` +
      `${((performance.now() - wall) / 1000).toFixed(2)} s; reports: ${reports}`,
  );

  if (hours > 0) await timePasses();
  const broken = violations(datacenter.find('bench')!.inspect());
  if (broken.length > 0) throw new Error(broken.join('\n'));
  datacenter.close();

  began = cpuSeconds();
  const again = new Datacenter({ clock, store, seed: '1', logger: silentLogger, model });
  console.log(`${label}: restored in ${(cpuSeconds() - began).toFixed(2)} s CPU`);
  again.close();
}

/** The same orders from another side of an HTTP connection, in real time, until the last is reported to be on. */
async function overHttp(label: string, store: JournalStore, model: HostModel): Promise<void> {
  const datacenter = new Datacenter({ clock: systemClock, store, seed: '1', logger: silentLogger, model });
  const server = new BackendServer({
    backend: new DirectBackend(datacenter),
    token: 'bench',
    clock: systemClock,
    logger: silentLogger,
  });
  const url = `http://127.0.0.1:${await server.listen('127.0.0.1', 0)}`;
  const backend = new HttpBackend({ url, token: 'bench', clock: systemClock });
  bolt(datacenter.world('bench'));
  const on = new Set<string>();
  let allOn = () => {};
  backend.observe({
    reports: (batch) => {
      for (const report of batch) if (report.kind === 'Machine' && report.power === 'On') on.add(report.uid);
      if (on.size === hosts * perHost) allOn();
    },
    closed: (error) => {
      throw error;
    },
  });
  const done = new Promise<void>((resolve) => {
    allOn = resolve;
  });
  const [began, wall] = [cpuSeconds(), performance.now()];
  let next = 0;
  const orders = async () => {
    for (let i = next++; i < hosts * perHost; i = next++) {
      await backend.powerOn({ namespace: 'bench', uid: `u${i}`, host: `h${i % hosts}`, config: machine(i), epoch: 0 });
    }
  };
  await Promise.all(Array.from({ length: 16 }, orders));
  const ordered = (performance.now() - wall) / 1000;
  await done;
  console.log(
    `http, sqlite, ${label}: ${hosts * perHost} machines ordered over 16 connections in ${ordered.toFixed(2)} s, all reported on after ` +
      `${((performance.now() - wall) / 1000).toFixed(2)} s; ${(cpuSeconds() - began).toFixed(2)} s CPU of both sides`,
  );
  await backend.close();
  await server.close();
  datacenter.close();
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-bench-'));
await run('memory', new MemoryJournalStore(), entitlementModel, entitlementHours);
await run('sqlite', new SqliteJournalStore(folder, 'bench'), entitlementModel, entitlementHours);
await run('sampled:20', new MemoryJournalStore(), slicedModel(fixedSampling(20)), sampledHours);
await overHttp('entitlement', new SqliteJournalStore(path.join(folder, 'http'), 'bench'), entitlementModel);
// As `orrery up` has it by default.
const budgeted = slicedModel(new BudgetedSampling(20, () => systemClock.monotonic()));
await overHttp('sampled:20 on a budget', new SqliteJournalStore(path.join(folder, 'budget'), 'bench'), budgeted);
fs.rmSync(folder, { recursive: true });
console.log(`memory: ${(process.memoryUsage().rss / MiB).toFixed(0)} MiB resident`);
