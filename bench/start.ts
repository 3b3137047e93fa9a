/**
 * What a person waits for: npm start until it serves and until the first VM runs, a stop, a kill; the memory of an idle
 * world; what the bootstrap adds. Linux only, for /proc.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { virtualMachines } from '../src/api/resources.ts';
import type { VirtualMachine } from '../src/api/virtual-machine.ts';
import { systemClock, systemRandom } from '../src/base/system.ts';
import { HttpClient } from '../src/client/http.ts';
import { loadAccess } from '../src/client/kubeconfig.ts';
import { isAlive, until } from '../test/support/spawned.ts';
import { newPlace, npmStart, type Place, programsOf, project, smallWorld, type World } from '../test/support/world.ts';
import { median, printTable } from './support/table.ts';

const ROUNDS = 5;
const IDLE_MS = 10_000;

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
const mebibytes = (kib: number) => `${(kib / 1024).toFixed(0)} MiB`;

async function timed<T>(act: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const started = performance.now();
  const result = await act();
  return { ms: performance.now() - started, result };
}

async function clientOf({ kubeconfig }: World): Promise<HttpClient> {
  const access = await loadAccess({ file: kubeconfig, env: {} });
  return new HttpClient({ access, clock: systemClock, random: systemRandom(), version: 'bench' });
}

/** Applies a world of one VM through the API, and waits until it runs: both as a watch would see it. */
async function firstRunning(world: World): Promise<void> {
  const client = await clientOf(world);
  const { items } = JSON.parse(smallWorld(1, 1));
  const { resourceTypes } = await import('../src/api/resources.ts');
  for (const item of items) await client.create(resourceTypes.find(({ kind }) => kind === item.kind)!, item);
  const name = { namespace: 'default', name: 'vm-1' };
  await until(async () => (await client.get<VirtualMachine>(virtualMachines, name)).status.phase === 'Running');
  await client.close();
}

/** Proportional set size of a process: memory that it shares counts in parts. In KiB. */
function pss(pid: number): number {
  return Number(/^Pss:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]);
}

async function round(place: Place) {
  const started = await timed(() => npmStart(place));
  const running = await timed(() => firstRunning(started.result));
  const stopped = await timed(() => started.result.interrupt());
  const resumed = await timed(() => npmStart(place));
  const programs = Object.values(programsOf(place));
  process.kill(programsOf(place)['up']!, 'SIGKILL');
  const gone = await timed(() => until(() => !programs.some(isAlive)));
  return {
    start: started.ms,
    running: started.ms + running.ms,
    stop: stopped.ms,
    resume: resumed.ms,
    orphans: gone.ms,
  };
}

async function idleMemory(): Promise<Record<string, number>> {
  const place = newPlace();
  const world = await npmStart(place);
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  const sizes = Object.entries(programsOf(place)).map(([name, pid]) => [name, pss(pid)] as const);
  await world.interrupt();
  place.remove();
  return Object.fromEntries(sizes);
}

/** What the bootstrap adds to the program itself, for a command that does nothing. */
function bootstrapOverhead(node: string): number {
  const main = ['--disable-warning=ExperimentalWarning', path.join(project, 'src/main.ts'), '--version'];
  const env = { ...process.env, NODE_COMPILE_CACHE: path.join(project, 'node_modules/.cache/orrery') };
  const run = (file: string, args: string[]) => {
    const started = performance.now();
    spawnSync(file, args, { env });
    return performance.now() - started;
  };
  const pairs = Array.from({ length: 11 }, () => {
    const direct = run(process.execPath, main);
    return run(node, [path.join(project, 'src/bootstrap.mjs'), '--version']) - direct;
  });
  return median(pairs);
}

function systemNode(): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, 'node');
    if (!folder.includes('node_modules') && fs.existsSync(file)) return file;
  }
  return undefined;
}

const rounds: Awaited<ReturnType<typeof round>>[] = [];
for (let i = 0; i < ROUNDS; i++) {
  const place = newPlace();
  rounds.push(await round(place));
  place.remove();
}
const of = (name: keyof (typeof rounds)[number]) => median(rounds.map((one) => one[name]));
const against = (ms: number, goalMs: number) => ({
  ratio: goalMs / ms,
  measured: seconds(ms),
  against: seconds(goalMs),
});

printTable(`npm start, installed (median of ${ROUNDS})`, [
  { what: 'npm start → first VM Running', ...against(of('running'), 3000) },
  { what: 'npm start → ready, an empty data directory', measured: seconds(of('start')) },
  { what: 'npm start → ready, resumed', measured: seconds(of('resume')) },
  { what: 'ctrl-C → all ended', measured: seconds(of('stop')) },
  { what: 'supervisor killed → all ended', ...against(of('orphans'), 2000) },
]);

const sizes = await idleMemory();
const sum = Object.values(sizes).reduce((all, one) => all + one, 0);
printTable(`memory ${IDLE_MS / 1000} s after the start, proportional set size`, [
  { what: 'supervisor and three programs', ratio: (350 * 1024) / sum, measured: mebibytes(sum), against: '350 MiB' },
  ...Object.entries(sizes).map(([what, size]) => ({ what, measured: mebibytes(size) })),
]);

const node = systemNode();
const overheads = [
  ...(node === undefined ? [] : [{ node, name: execFileSync(node, ['--version'], { encoding: 'utf8' }).trim() }]),
  { node: process.execPath, name: process.version },
].map(({ node, name }) => {
  const ms = bootstrapOverhead(node);
  return { what: `bootstrap under Node ${name}`, ratio: 150 / ms, measured: `${ms.toFixed(0)} ms`, against: '150 ms' };
});
printTable('what the bootstrap adds to a command', overheads);
process.exit(0);
