/** A world of real processes whose programs are killed while somebody applies VMs, and what must be true of it then. */
import fs from 'node:fs';
import path from 'node:path';
import { VirtualClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import type { Random } from '../../../src/base/random.ts';
import { Datacenter } from '../../../src/hypervisor/datacenter.ts';
import { ledgerViolations, violations } from '../../../src/hypervisor/invariants.ts';
import type { LedgerEntry } from '../../../src/hypervisor/journal/journal.ts';
import { readLedgers, SqliteJournalStore } from '../../../src/hypervisor/journal/sqlite-journal.ts';
import { isAlive } from '../../support/spawned.ts';
import { type Place, programsOf, smallWorld, type World } from '../../support/world.ts';

export const programs = ['apiserver', 'datacenter', 'controllers'] as const;
export type Program = (typeof programs)[number];

export interface Kill {
  readonly program: Program;
  /** Milliseconds after the apply began. */
  readonly at: number;
}

/** So long does kubectl need for the VMs of a world, more or less: kills lie in it. */
const spanMs = (vms: number) => 1500 + 25 * vms;

/** When each program is killed, in order. */
export function killsOf(random: Random, each: number, vms: number): Kill[] {
  const kills = programs.flatMap((program) =>
    Array.from({ length: each }, (): Kill => ({ program, at: random.below(spanMs(vms)) })),
  );
  return kills.sort((a, b) => a.at - b.at);
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Kills as planned, each program once it lives; resolves with the pids that were killed. */
export async function carryOut(place: Place, kills: readonly Kill[]): Promise<number[]> {
  const began = performance.now();
  const killed: number[] = [];
  for (const { program, at } of kills) {
    await pause(Math.max(0, at - (performance.now() - began)));
    for (;;) {
      const pid = programsOf(place)[program];
      if (pid !== undefined && !killed.includes(pid) && isProgram(pid, program)) {
        process.kill(pid, 'SIGKILL');
        killed.push(pid);
        break;
      }
      // It was killed just now, and its successor has not said that it is there.
      await pause(10);
    }
  }
  return killed;
}

/** Whether the process is such a program still, and not another that was given its number. */
function isProgram(pid: number, program: Program): boolean {
  if (!isAlive(pid)) return false;
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(program);
  } catch {
    return process.platform !== 'linux';
  }
}

/** As a person who types the command again until it says that all is well; resolves with how often it took. */
export async function insistOnApplying(world: World, file: string): Promise<number> {
  for (let tries = 1; ; tries++) {
    const { exitCode } = await world.kubectl('apply', '-f', file);
    if (exitCode === 0) return tries;
    await pause(100);
  }
}

export interface SeenVm {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation: number };
  readonly status: {
    readonly phase?: string;
    readonly host?: string;
    readonly restarts?: number;
    readonly observedGeneration: number;
    readonly staleInstances?: readonly string[];
    readonly conditions?: readonly { readonly type: string; readonly status: string; observedGeneration: number }[];
  };
}

interface SeenHost {
  readonly metadata: { readonly name: string };
  readonly status: { readonly virtualMachines?: number };
}

/** The objects of a kind, or undefined while there is no answer. */
async function seen<T>(world: World, kind: string): Promise<T[] | undefined> {
  const { exitCode, out } = await world.kubectl('get', kind, '-o', 'json');
  return exitCode === 0 ? (JSON.parse(out) as { items: T[] }).items : undefined;
}

/** Resolves when so many VMs run, and the hosts say so; rejects with what is still wrong. */
export async function allRun(world: World, vms: number, withinMs: number): Promise<SeenVm[]> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = (await seen<SeenVm>(world, 'vm')) ?? [];
    const late = found.filter(({ status }) => status.phase !== 'Running');
    if (found.length === vms && late.length === 0) {
      const hosts = (await seen<SeenHost>(world, 'host')) ?? [];
      const told = hosts.reduce((sum, { status }) => sum + (status.virtualMachines ?? 0), 0);
      if (told === vms) return found;
    }
    if (performance.now() > deadline) {
      const names = late.slice(0, 5).map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
      throw new Error(`${found.length} of ${vms} VMs, ${late.length} do not run: ${names.join(', ')}`);
    }
    await pause(300);
  }
}

/** Everything in which API and ledger are not as they must be, a sentence each. */
export function breachesOf(vms: readonly SeenVm[], place: Place): string[] {
  const ledger = readLedgers(path.join(place.data, 'worlds'));
  const byUid = Map.groupBy(ledger, ({ uid }) => uid);
  const strangers = [...byUid.keys()].filter((uid) => !vms.some(({ metadata }) => metadata.uid === uid));
  return [
    ...ledgerViolations(ledger),
    ...strangers.map((uid) => `the machine ${uid} has no object`),
    ...vms.flatMap((vm) => vmBreaches(vm, byUid.get(vm.metadata.uid) ?? [])),
  ];
}

function vmBreaches({ metadata, status }: SeenVm, entries: readonly LedgerEntry[]): string[] {
  const found: string[] = [];
  const breach = (text: string) => found.push(`${metadata.name}: ${text}`);
  const acts = entries.map(({ act, epoch, host }) => `${act} ${epoch} ${host}`);
  // Nobody switched it off and no host failed: it was started once, and where its status says.
  if (acts.join() !== `Start 1 ${status.host}`) breach(`on ${status.host}, but the ledger has ${acts.join(', ')}`);
  if (status.restarts !== 0) breach(`restarts is ${status.restarts}`);
  if (status.staleInstances !== undefined) breach(`has stale instances on ${status.staleInstances.join(', ')}`);
  if (metadata.generation !== 1) breach(`somebody changed its spec: generation ${metadata.generation}`);
  if (status.observedGeneration !== 1) breach(`observedGeneration is ${status.observedGeneration}`);
  for (const one of status.conditions ?? []) {
    if (one.observedGeneration > metadata.generation) breach(`${one.type} observed ${one.observedGeneration}`);
  }
  for (const type of ['Ready', 'Admitted', 'Placed', 'Running']) {
    const { status: value } = status.conditions?.find((one) => one.type === type) ?? {};
    if (value !== 'True') breach(`${type} is ${value}`);
  }
  return found;
}

/** What is wrong with the world that a stopped datacenter left on its disk. */
export function leftBehind(place: Place): string[] {
  const clock = new VirtualClock(Date.now());
  const store = new SqliteJournalStore(path.join(place.data, 'worlds'), 'test');
  const datacenter = new Datacenter({ store, clock, logger: silentLogger, seed: 'test', speed: 1, maxSpeed: 1 });
  try {
    return datacenter.namespaces.flatMap((namespace) => violations(datacenter.find(namespace)!.inspect()));
  } finally {
    datacenter.kill();
  }
}

/** A file with a world for so many VMs. */
export function worldFile(place: Place, vms: number): string {
  const file = path.join(place.home, 'world.json');
  fs.writeFileSync(file, smallWorld(4, vms));
  return file;
}
