/**
 * A day in `sim`: the future rack (40 hosts, 5,120 VMs) by the entitlement formula plus ten exact seconds of every host;
 * an hour of it at sampled:20; writes per VM; and how simulated seconds per second fall from 10 hosts to 1,000. Each run in a
 * process of its own, so that memory is its own.
 *
 *     npm run bench -- simulation     some minutes
 */
import { spawnSync } from 'node:child_process';
import { rack } from '../manifests/racks/rack.ts';
import { parseManifests } from '../src/cli/manifests/load.ts';
import type { Sampling } from '../src/hypervisor/cpu/sampling.ts';
import { type Fidelity, fidelityOf, slicedModel } from '../src/hypervisor/host-models.ts';
import { collectEarly } from '../src/programs/heap.ts';
import { Simulation } from '../src/sim/simulation.ts';
import { printTable } from './support/table.ts';

const DAY_S = 86_400;
const HOUR_S = 3600;
/** The issue of `sim`: a day of 40 hosts by the formula, with ten exact seconds of each. */
const GOAL_S = 60;
const GOAL_MB = 1000;
const GOAL_WRITES = 20;

interface Run {
  readonly seconds: number;
  /** Of processors; on a busy machine less than the time that passed. */
  readonly cpuSeconds: number;
  readonly startSeconds: number;
  readonly megabytes: number;
  readonly writesPerVm: number;
  /** Of each host, through its scheduler; 0 where that is not counted. */
  readonly exactSeconds: number;
}

interface Wanted {
  readonly fidelity: string;
  readonly hosts: number;
  readonly forSeconds: number;
  /** In place of the fidelity: so many seconds of each host, spread over the run, go through its scheduler. */
  readonly exactSeconds?: number;
}

/** So many seconds in all, at an even pace; whoever asks for more goes on by the formula. */
class Ration implements Sampling {
  readonly every: number;
  readonly #most: number;
  readonly #progress: () => number;
  measured = 0;

  /** @param progress the part of the run that is over */
  constructor({ hosts, forSeconds, exactSeconds = 0 }: Wanted, progress: () => number) {
    this.every = forSeconds / exactSeconds;
    this.#most = hosts * exactSeconds;
    this.#progress = progress;
  }

  delay(): number {
    if (this.measured >= this.#most * Math.max(this.#progress(), 1 / this.every)) return 60;
    this.measured++;
    return 0;
  }

  measure(run: () => void): void {
    run();
  }
}

/** Hosts of 16 VMs each, which work by day and sleep by night, each at hours of its own. */
function worldOf(hosts: number): string {
  const lines: string[] = [];
  const object = (kind: string, name: string, spec: string) =>
    lines.push(`---\napiVersion: orrery.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec: {${spec}}\n`);
  const lan = 'networks: [{name: lan, roles: [Management, VirtualMachine]}]';
  for (let host = 0; host < hosts; host++) {
    object('Host', `h${host}`, `cpu: {sockets: 2, coresPerSocket: 8, mhz: 2260}, memory: {size: 64Gi}, ${lan}`);
    for (let vm = 0; vm < 16; vm++) {
      const load = `{diurnal: {minPercent: ${1 + (vm % 5)}, maxPercent: ${20 + ((host + vm) % 50)}}}`;
      object('VirtualMachine', `vm-${host}-${vm}`, `host: h${host}, nics: [{network: lan}], workload: ${load}`);
    }
  }
  return lines.join('');
}

/** One run in this process. */
async function run(wanted: Wanted): Promise<Run> {
  const { hosts, forSeconds, exactSeconds } = wanted;
  const ration = new Ration(wanted, () => simulation.elapsed / 1000 / forSeconds);
  const fidelity: Fidelity | string =
    exactSeconds === undefined ? fidelityOf(wanted.fidelity) : { name: wanted.fidelity, model: slicedModel(ration) };
  if (typeof fidelity === 'string') throw new Error(fidelity);
  collectEarly();
  const text = hosts === 40 ? rack('future') : worldOf(hosts);
  const manifests = parseManifests(text, 'world.yaml');
  const vms = manifests.filter(({ object }) => object.kind === 'VirtualMachine').length;
  let firstMinute: number | undefined;
  const simulation = new Simulation({
    manifests: { manifests, files: ['world.yaml'], lineOf: ({ line }) => line },
    seed: 1,
    forMs: forSeconds * 1000,
    fidelity,
    complain: (line) => console.error(line),
    onStep: () => {
      if (firstMinute === undefined && simulation.elapsed >= 60_000) firstMinute = performance.now();
    },
  });
  const began = performance.now();
  const used = process.cpuUsage();
  await simulation.run();
  const ended = performance.now();
  const { user, system } = process.cpuUsage(used);
  const report = simulation.report();
  if (report.violations.length > 0) throw new Error(JSON.stringify(report.violations[0]));
  return {
    seconds: (ended - began) / 1000,
    cpuSeconds: (user + system) / 1e6,
    startSeconds: ((firstMinute ?? ended) - began) / 1000,
    megabytes: process.resourceUsage().maxRSS / 1024,
    writesPerVm: (simulation.writes.get('orrery.dev/virtualmachines') ?? 0) / vms,
    exactSeconds: ration.measured / hosts,
  };
}

function inProcess(wanted: Wanted): Run {
  const args = ['--disable-warning=ExperimentalWarning', import.meta.filename, JSON.stringify(wanted)];
  const { stdout, status } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${JSON.stringify(wanted)} ended with ${status}`);
  return JSON.parse(stdout) as Run;
}

function day(what: string, wanted: Pick<Wanted, 'fidelity' | 'exactSeconds'>): void {
  const run = inProcess({ ...wanted, hosts: 40, forSeconds: DAY_S });
  const { seconds, cpuSeconds, startSeconds, megabytes, writesPerVm, exactSeconds } = run;
  printTable(`a day of 40 hosts and 5,120 VMs, ${what}`, [
    { what: 'the day', ratio: GOAL_S / seconds, measured: `${seconds.toFixed(1)} s`, against: `${GOAL_S} s` },
    { what: 'time of processors for it', measured: `${cpuSeconds.toFixed(1)} s`, against: `${GOAL_S} s` },
    { what: 'of it, until the first minute is over', measured: `${startSeconds.toFixed(1)} s` },
    {
      what: 'largest resident size',
      ratio: GOAL_MB / megabytes,
      measured: `${megabytes.toFixed(0)} MB`,
      against: `${GOAL_MB} MB`,
    },
    {
      what: 'writes of each VM, the first ones included',
      ratio: GOAL_WRITES / writesPerVm,
      measured: writesPerVm.toFixed(1),
      against: String(GOAL_WRITES),
    },
    ...(exactSeconds === 0 ? [] : [{ what: 'exact seconds of each host', measured: exactSeconds.toFixed(1) }]),
  ]);
}

/** A day of it takes long: an hour of all, once everything runs, says how long. */
function hourOfSlices(every: number): void {
  const { seconds, startSeconds, cpuSeconds } = inProcess({
    fidelity: `sampled:${every}`,
    hosts: 40,
    forSeconds: HOUR_S + 60,
  });
  const hour = seconds - startSeconds;
  printTable(`40 hosts and 5,120 VMs at sampled:${every}`, [
    { what: 'an hour of all, once everything runs', measured: `${hour.toFixed(1)} s` },
    { what: 'so a day, with its start', measured: `${(24 * hour + startSeconds).toFixed(0)} s` },
    { what: 'time of processors for start and hour', measured: `${cpuSeconds.toFixed(1)} s` },
  ]);
}

/** Simulated seconds per second once everything runs, and what that is per host. */
function growth(): void {
  const figures = [
    [10, 7200],
    [100, 3600],
    [1000, 900],
  ].map(([hosts = 0, forSeconds = 0]) => {
    const { seconds, startSeconds, megabytes } = inProcess({ fidelity: 'entitlement', hosts, forSeconds });
    const speed = (forSeconds - 60) / (seconds - startSeconds);
    return {
      what: `simulated seconds per second, ${hosts} hosts and ${hosts * 16} VMs (x ${hosts} hosts: ${Math.round(speed * hosts)}); ${megabytes.toFixed(0)} MB, ${startSeconds.toFixed(1)} s to start`,
      measured: speed.toFixed(0),
    };
  });
  printTable('how speed falls with size', figures);
}

const [wanted] = process.argv.slice(2);
if (wanted !== undefined) process.stdout.write(JSON.stringify(await run(JSON.parse(wanted) as Wanted)));
else {
  day('by the formula', { fidelity: 'entitlement' });
  day('by the formula but for ten exact seconds of each host', { fidelity: 'sampled:8640', exactSeconds: 10 });
  hourOfSlices(20);
  growth();
}
