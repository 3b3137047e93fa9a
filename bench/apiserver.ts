/**
 * The API server, durable, beside a real kube-apiserver with ETCD_FSYNC=1: creates, updates, lists of 5,120, watchers,
 * kubectl apply, memory, start. Needs Go, kubectl and ../shared/kube; ORRERY_REAL_KUBECONFIG names a real server that
 * runs already (and ORRERY_REAL_PID its process), else one is started. Linux only, for /proc.
 */
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { loadAccess } from '../src/client/kubeconfig.ts';
import { noRealServer, startRealServer } from '../test/support/real-server.ts';
import { type Spawned, spawned } from '../test/support/spawned.ts';
import { project } from '../test/support/world.ts';
import { type Figure, median, printTable } from './support/table.ts';

const OBJECTS = Number(process.env['ORRERY_OBJECTS'] ?? 5120);
const UPDATES = 2000;
/** Each row is measured so often on either server, by turns; the median counts, since other programs disturb both. */
const ROUNDS = Number(process.env['ORRERY_ROUNDS'] ?? 3);
const LISTS = 9;
const GOAL = 2;
const run = promisify(execFile);

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-bench-apiserver-'));
const namespace = `bench-${process.pid}`;

interface Server {
  readonly name: string;
  readonly kubeconfig: string;
  readonly pid: number | undefined;
  readonly startMs: number | undefined;
  stop(): Promise<void>;
}

async function ours(): Promise<Server> {
  const data = path.join(folder, 'data');
  const main = ['--disable-warning=ExperimentalWarning', path.join(project, 'src/main.ts')];
  const started = performance.now();
  const server = spawned(process.execPath, [...main, 'apiserver', '--data-dir', data, '--port', '0', '-o', 'json']);
  await server.seen(/^\{"url":/m);
  const startMs = performance.now() - started;
  return {
    name: 'ours',
    kubeconfig: path.join(data, 'kubeconfig'),
    pid: server.pid,
    startMs,
    stop: async () => {
      server.process.kill('SIGTERM');
      await server.ended;
    },
  };
}

async function real(): Promise<Server> {
  const given = process.env['ORRERY_REAL_KUBECONFIG'];
  if (given !== undefined) {
    const pid = process.env['ORRERY_REAL_PID'];
    const rest = { pid: pid === undefined ? undefined : Number(pid), startMs: undefined, stop: async () => {} };
    return { name: 'real', kubeconfig: given, ...rest };
  }
  process.env['ETCD_FSYNC'] = '1';
  const first = await startRealServer(path.join(folder, 'real')); // builds it, where that has not been done
  await first.stop();
  const started = performance.now();
  const { kubeconfig, process: program, stop } = await startRealServer(path.join(folder, 'real-again'));
  const startMs = performance.now() - started;
  return { name: 'real', kubeconfig, pid: Number(/apiserver (\d+)/.exec(program.out())![1]), startMs, stop };
}

/** Built from what lies beside the project. */
const apibench = path.join(folder, 'apibench');
const namespaceOf = (round: number) => `${namespace}-${round}`;

async function measure({ kubeconfig }: Server, round: number, ...args: string[]): Promise<string> {
  const all = [...args, '--kubeconfig', kubeconfig, '--namespace', namespaceOf(round)];
  const { stdout, stderr } = await run(apibench, all, { maxBuffer: 1 << 24 });
  return stdout + stderr;
}

const figureIn = (text: string, pattern: RegExp): number => {
  const found = pattern.exec(text);
  if (found === null || /failed=[1-9]|watcher errors=[1-9]/.test(text)) throw new Error(text);
  return Number(found[1]);
};

/** Until the last byte is there: what a client makes of it takes longer than either server. */
async function listMs({ kubeconfig }: Server, round: number, path: string): Promise<number> {
  const { cluster, user } = await loadAccess({ file: kubeconfig, env: {} });
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  const headers = { authorization: `Bearer ${user.token}`, 'user-agent': 'bench' };
  const url = `${cluster.server}${path.replace('NAMESPACE', namespaceOf(round))}`;
  const times: number[] = [];
  for (let i = 0; i < LISTS; i++) {
    const started = performance.now();
    const [response] = await once(https.get(url, { agent, headers }), 'response');
    if (response.statusCode !== 200) throw new Error(`${url}: ${response.statusCode}`);
    response.resume();
    await once(response, 'end');
    times.push(performance.now() - started);
  }
  agent.destroy();
  return median(times);
}

/** The objects that kubectl applies, in one file. */
function manifests(): string {
  const file = path.join(folder, 'maps.json');
  const items = Array.from({ length: OBJECTS }, (_, index) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: `applied-${index}`, namespace: namespaceOf(0) },
    data: { index: String(index) },
  }));
  fs.writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  return file;
}

const residentMiB = (pid: number) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) / 1024;

interface Row {
  readonly what: string;
  readonly unit: string;
  /** Whether more is better. */
  readonly more?: boolean;
  readonly goal?: number;
  /** Measured once. */
  readonly once?: boolean;
  measure(server: Server, round: number): Promise<number | undefined>;
}

const each = ['--n', String(OBJECTS), '--conns', '16'];
const perSecond = /, (\d+)\/s/;
const resources = [
  ['configmaps', '/api/v1/namespaces/NAMESPACE/configmaps'],
  ['widgets', '/apis/bench.example.com/v1/namespaces/NAMESPACE/widgets'],
] as const;
const rows: Row[] = [
  ...resources.flatMap(([resource, path]): Row[] => [
    {
      what: `${OBJECTS} ${resource} created`,
      unit: '/s',
      more: true,
      measure: async (server, round) =>
        figureIn(await measure(server, round, 'create', '--resource', resource, ...each), perSecond),
    },
    {
      what: `${UPDATES} ${resource} patched`,
      unit: '/s',
      more: true,
      measure: async (server, round) =>
        figureIn(await measure(server, round, 'update', '--resource', resource, ...each), perSecond),
    },
    {
      what: `list of ${OBJECTS} ${resource}`,
      unit: ' ms',
      measure: (server, round) => listMs(server, round, path),
    },
  ]),
  ...[1, 10, 100].map(
    (watchers): Row => ({
      what: `${UPDATES} updates seen by the last of ${watchers} watchers`,
      unit: ' s',
      measure: async (server, round) => {
        const args = ['--resource', 'widgets', '--n', '1000', '--updates', String(UPDATES)];
        const text = await measure(server, round, 'watch', ...args, '--watchers', String(watchers));
        return figureIn(text, /all saw the last at ([\d.]+) s/);
      },
    }),
  ),
  {
    what: `kubectl apply of ${OBJECTS} objects (kubectl itself is most of it)`,
    unit: ' s',
    goal: 1,
    once: true,
    measure: async ({ kubeconfig, name }) => {
      const started = performance.now();
      const env = { ...process.env, HOME: path.join(folder, name) };
      await run('kubectl', ['--kubeconfig', kubeconfig, 'apply', '-f', manifests()], { env, maxBuffer: 1 << 26 });
      return (performance.now() - started) / 1000;
    },
  },
  {
    what: 'memory after all of that',
    unit: ' MiB',
    once: true,
    measure: async ({ pid }) => (pid === undefined ? undefined : residentMiB(pid)),
  },
  { what: 'start until ready', unit: ' ms', once: true, measure: async ({ startMs }) => startMs },
];

const shown = (value: number, unit: string) => `${value < 10 ? value.toFixed(2) : value.toFixed(0)}${unit}`;

async function figureOf(row: Row, servers: readonly Server[]): Promise<Figure> {
  const values = servers.map((): (number | undefined)[] => []);
  for (let round = 0; round < (row.once === true ? 1 : ROUNDS); round++) {
    for (const [index, server] of servers.entries()) values[index]!.push(await row.measure(server, round));
  }
  const [mine, theirs] = values.map((all) => (all.includes(undefined) ? undefined : median(all as number[])));
  const measured = mine === undefined ? '-' : shown(mine, row.unit);
  if (mine === undefined || theirs === undefined) return { what: row.what, measured };
  const ratio = row.more === true ? mine / theirs : theirs / mine;
  const { goal = GOAL } = row;
  const what = ratio < goal ? `${row.what}   BELOW ${goal} x` : row.what;
  return { what, ratio, measured, against: shown(theirs, row.unit) };
}

/** The delay of the event loop while objects are created, as the process itself measures it. */
async function delayUnderLoad(): Promise<Figure> {
  const serve: Spawned = spawned(process.execPath, [
    '--disable-warning=ExperimentalWarning',
    path.join(import.meta.dirname, 'serve.ts'),
    '0',
    path.join(folder, 'delay.db'),
  ]);
  const url = (await serve.seen(/https:\S+/))[0];
  await run(apibench, ['create', '--resource', 'widgets', '--n', '1', '--server', url, '--token', 'devtoken']);
  serve.process.kill('SIGUSR2'); // begins anew
  await serve.seen('event loop delay');
  const load = ['create', '--resource', 'widgets', '--prefix', 'load', ...each, '--server', url, '--token', 'devtoken'];
  await run(apibench, load);
  serve.process.kill('SIGUSR2');
  const [, p99] = await serve.seen(/event loop delay[\s\S]*event loop delay: p50 [\d.]+, p99 ([\d.]+)/);
  serve.process.kill('SIGKILL');
  const what = `event loop delay, p99, under ${OBJECTS} creates`;
  return { what, ratio: 50 / Number(p99), measured: `${p99} ms`, against: '50 ms' };
}

async function main(): Promise<void> {
  const reason = noRealServer();
  if (reason !== undefined) {
    console.log(`skipped: ${reason}`);
    return;
  }
  const source = path.resolve(project, '../shared/kube/apibench');
  execFileSync('go', ['build', '-o', apibench, '.'], { cwd: source, stdio: 'inherit' });
  const servers: Server[] = [];
  try {
    servers.push(await ours(), await real());
    const figures: Figure[] = [];
    for (const row of rows) figures.push(await figureOf(row, servers));
    figures.push(await delayUnderLoad());
    printTable('ours, durable, beside kube-apiserver 1.37 with ETCD_FSYNC=1; 16 connections', figures);
  } finally {
    const last = servers.at(-1);
    if (last?.name === 'real') {
      const names = Array.from({ length: ROUNDS }, (_, round) => namespaceOf(round));
      const args = ['--kubeconfig', last.kubeconfig, 'delete', 'namespace', ...names, '--wait=false'];
      await run('kubectl', args).catch(() => {});
    }
    await Promise.all(servers.map((server) => server.stop()));
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

await main();
process.exit(0);
