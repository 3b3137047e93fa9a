import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Spawned, spawned } from './spawned.ts';

export const project = path.resolve(import.meta.dirname, '../..');

/** Whether kubectl is on the path; tests that need it are skipped with the reason otherwise. */
export const hasKubectl = (process.env['PATH'] ?? '')
  .split(path.delimiter)
  .some((folder) => fs.existsSync(path.join(folder, 'kubectl')));
export const NO_KUBECTL = 'kubectl is not on the path';

export interface Run {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own for everything that a world and kubectl write. */
export interface Place {
  readonly home: string;
  readonly data: string;
  /** The environment of a person who has typed nothing yet. */
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

export function newPlace(): Place {
  // A space, because people have them.
  const home = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery world '));
  const { HOME: _, INIT_CWD: __, KUBECONFIG: ___, CI: ____, ...rest } = process.env;
  const inherited = Object.entries(rest).filter(
    ([name]) => !/^npm_|^VITEST|^NODE_(?!COMPILE_CACHE|EXTRA_CA)/.test(name),
  );
  const env = { ...Object.fromEntries(inherited), HOME: home, NO_COLOR: '1' };
  return { home, data: path.join(home, 'data'), env, remove: () => fs.rmSync(home, { recursive: true, force: true }) };
}

export interface World extends Spawned {
  readonly kubeconfig: string;
  kubectl(...args: string[]): Promise<Run>;
  /** ctrl-C, as the process group of a terminal gets it, and the exit code. */
  interrupt(): Promise<number | string>;
}

/** Types `npm start -- ARGS` and waits until it has printed what to type next. */
export async function npmStart(place: Place, ...args: string[]): Promise<World> {
  const given = ['start', '--', '--data-dir', place.data, '--port', '0', ...args];
  // A group of its own, as a shell gives each command, so that ctrl-C can be sent to all of it.
  const npm = spawned('npm', given, { cwd: project, env: place.env, detached: true });
  await npm.seen('ctrl-C stops it');
  const kubeconfig = /export KUBECONFIG=('?)(.*)\1$/m.exec(npm.out())![2]!;
  return {
    ...npm,
    kubeconfig,
    kubectl: (...words) => run('kubectl', words, { ...place.env, KUBECONFIG: kubeconfig }),
    interrupt: () => {
      process.kill(-npm.pid, 'SIGINT');
      return npm.ended;
    },
  };
}

/** Runs a command to its end, in the home of its environment; `input` goes to its standard input. */
export function run(file: string, args: readonly string[], env: NodeJS.ProcessEnv, input?: string): Promise<Run> {
  return new Promise((resolve) => {
    const options = { env, cwd: env['HOME'] ?? '/', maxBuffer: 256 * 1024 * 1024 };
    const child = execFile(file, args, options, (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), out, err });
    });
    child.stdin?.end(input ?? '');
  });
}

/** `orrery ARGS`, from a checkout. */
export function orrery(place: Place, ...args: string[]): Promise<Run> {
  return run(process.execPath, [path.join(project, 'src/bootstrap.mjs'), ...args], place.env);
}

/** The pid of each program that a supervisor started, by its name. */
export function programsOf(place: Place): Record<string, number> {
  const programs: Record<string, number> = {};
  for (const name of fs.readdirSync(place.data)) {
    const match = /^(.*)\.holder$/.exec(name);
    if (match) programs[match[1]!] = JSON.parse(fs.readFileSync(path.join(place.data, name), 'utf8')).pid;
  }
  return programs;
}

/** A small world of its own: hosts enough for so many VMs of 256 MiB. */
export function smallWorld(hosts: number, vms: number, namespace = 'default'): string {
  const header = (kind: string, name: string) => ({
    apiVersion: 'orrery.dev/v1alpha1',
    kind,
    metadata: { name, namespace },
  });
  const items = [
    { ...header('Datastore', 'san'), spec: { type: 'VMFS', capacity: '10Ti' } },
    { ...header('Network', 'lan'), spec: {} },
    ...Array.from({ length: hosts }, (_, index) => ({
      ...header('Host', `h${index + 1}`),
      spec: {
        cpu: { sockets: 2, coresPerSocket: 8, mhz: 2000 },
        memory: { size: '64Gi' },
        datastores: ['san'],
        networks: [{ name: 'lan' }],
      },
    })),
    ...Array.from({ length: vms }, (_, index) => ({
      ...header('VirtualMachine', `vm-${index + 1}`),
      spec: {
        cpu: { count: 1 },
        memory: { size: '256Mi' },
        disks: [{ name: 'root', size: '1Gi', datastore: 'san' }],
        nics: [{ network: 'lan' }],
      },
    })),
  ];
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
