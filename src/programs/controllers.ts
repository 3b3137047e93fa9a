/** The program `orrery controllers`: everything that decides, for any cluster. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { sleep } from '../base/clock.ts';
import { messageOf, OrreryError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { systemSecret } from '../base/system.ts';
import { count } from '../base/units.ts';
import { awaitKinds, openCluster } from '../cli/cluster.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { BackendError } from '../hypervisor/backend.ts';
import { HttpBackend } from '../hypervisor/transport/http-backend.ts';
import { DataFolder } from './data-folder.ts';
import { InstanceLock } from './instance-lock.ts';
import { logFormatFlag } from './logging.ts';
import { controllerNames, createManagement } from './management.ts';
import { DATACENTER_PORT, meetingPoint } from './meeting.ts';
import { type ProgramContext, runProgram, type Service } from './program.ts';
import { dataFolderFlag, FASTEST, namespacesFlag, readyOutputFlag, speedFlag } from './program-flags.ts';

const PATIENCE_MS = 10_000;
const LOOK_MS = 25;
/** So long a datacenter may take to start without a word about it. */
const SILENT_MS = 1500;
/** The work under way has this long to end. */
const STOP_MS = 2500;
/** The lease is beside those of the cluster's own controllers, unless this runs in a pod: then in its namespace. */
const LEASE_NAMESPACE = 'kube-system';

const onlyFlag = flag.list({
  placeholder: 'NAME,…',
  about: `Only these controllers: ${controllerNames.join(', ')}.`,
  otherwise: 'all',
});

const controllersFlags = {
  'data-dir': dataFolderFlag,
  kubeconfig: flag.kubeconfigFlag,
  only: { ...onlyFlag, read: (given: readonly string[]) => checkNames(onlyFlag.read(given)) },
  namespaces: namespacesFlag,
  speed: { ...speedFlag, about: 'As the datacenter has it, where no Clock object says otherwise.' },
  backend: flag.value(
    {
      placeholder: 'URL',
      about: 'Where the datacenter takes orders.',
      otherwise: 'what a datacenter left in the data directory',
    },
    readUrl,
  ),
  'backend-token-file': flag.text({
    placeholder: 'FILE',
    about: 'The token that the datacenter wants.',
    otherwise: 'datacenter.token in the data directory',
  }),
  identity: flag.text({
    placeholder: 'NAME',
    about: 'Of this process among its replicas; the same after a restart takes the lease over at once.',
    otherwise: 'the host name and a random part',
  }),
  output: readyOutputFlag,
  'log-format': logFormatFlag,
} as const;

export const controllers = defineCommand({
  name: 'controllers',
  summary: 'the controllers alone, for any cluster',
  description: [
    'The management server: it decides which host runs which virtual machine and gives the orders, and writes what ' +
      'became of them into status. Of any number of replicas one leads, by a Lease; the others take over when it is gone.',
    'It needs a cluster with the kinds of Orrery, and a datacenter. One on the same machine is found through the data ' +
      'directory that both are given; for another, name --backend and --backend-token-file.',
  ],
  flags: controllersFlags,
  examples: [
    {
      does: 'beside a cluster of your own, with the datacenter in another terminal',
      type: 'orrery crds | kubectl apply -f -\norrery controllers',
    },
    { does: 'a part of them, for one namespace', type: 'orrery controllers --only placement,power --namespaces lab' },
    {
      does: 'a datacenter elsewhere',
      type: 'orrery controllers --backend http://10.0.0.7:16444 --backend-token-file token',
    },
  ],
  run: (invocation) => {
    const { flags, logLevel, terminal } = invocation;
    const program = {
      name: 'controllers',
      start: (context: ProgramContext) => start(invocation, context),
      greeting: ({ summary }: Readonly<Record<string, string | number>>) => [`controllers: ${summary}`],
    };
    return runProgram(program, { logLevel, logFormat: flags['log-format'], output: flags.output, terminal });
  },
});

type Given = Invocation<typeof controllersFlags>;

async function start({ flags, terminal }: Given, context: ProgramContext): Promise<Service> {
  const { clock, random, logger, isSupervised } = context;
  const ends: (() => unknown)[] = [];
  const stop = async () => {
    for (const end of ends.reverse()) await end();
  };
  try {
    if (isSupervised) ends.push(await takeLock({ flags, terminal } as Given, context));
    const given = givenToken(flags['backend-token-file'], terminal.folder);
    await context.prepared({});
    const file = flags.kubeconfig && path.resolve(terminal.folder, flags.kubeconfig);
    const cluster = await openCluster(file, terminal, context);
    ends.push(() => cluster.client.close());
    await awaitKinds(cluster, context, isSupervised ? PATIENCE_MS : 0);
    const { url, token } = await findDatacenter({ flags, terminal } as Given, given, context);
    const backend = new HttpBackend({ url, token, clock });
    ends.push(() => backend.close());
    await greetDatacenter(backend, url, context);
    const { manager, synced } = createManagement({
      client: cluster.client,
      backend,
      clock,
      random,
      logger,
      namespaces: flags.namespaces,
      only: flags.only,
      speed: Math.min(flags.speed, FASTEST),
      identity: flags.identity ?? `${os.hostname()}_${systemSecret(4)}`,
      leaseNamespace: podNamespace(cluster.access.origin) ?? LEASE_NAMESPACE,
    });
    manager.start();
    ends.push(() => manager.stop(STOP_MS));
    void manager.lost.then(() => context.fail(new Error('another process took the lease over; ending')));
    await synced;
    const names = flags.only ?? controllerNames;
    return { facts: { summary: count(names.length, 'controller') }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Under a supervisor the identity is always the same, so that two at once would both lead. */
async function takeLock({ flags, terminal }: Given, { clock, logger }: ProgramContext): Promise<() => void> {
  const folder = DataFolder.open(path.resolve(terminal.folder, flags['data-dir']));
  const waiting = () => logger.info({}, 'waiting for the last controllers to end');
  const request = { program: 'controllers', supervised: true, patienceMs: PATIENCE_MS, waiting };
  const lock = await InstanceLock.take(folder, request, clock);
  return () => lock.release();
}

/** Waits until a datacenter has left its address, unless the flags say where it is. */
async function findDatacenter({ flags, terminal }: Given, given: string | undefined, context: ProgramContext) {
  const { clock, logger, stopping } = context;
  const folder = path.resolve(terminal.folder, flags['data-dir']);
  const started = clock.monotonic();
  for (let told = false; ; ) {
    // Nothing is created here: a folder that a datacenter has not made yet is waited for.
    const left = fs.existsSync(folder) ? meetingPoint(DataFolder.open(folder)) : undefined;
    const token = given ?? left?.token;
    const url = flags.backend ?? left?.url ?? (given && `http://127.0.0.1:${DATACENTER_PORT}`);
    if (token !== undefined && url !== undefined) return { url, token };
    if (!told && clock.monotonic() - started > SILENT_MS) {
      told = true;
      logger.warn({ folder }, 'waiting for a datacenter: start one with orrery datacenter and this data directory');
    }
    if (!(await sleep(clock, LOOK_MS, stopping))) throw stopping.reason;
  }
}

function givenToken(name: string | undefined, folder: string): string | undefined {
  if (name === undefined) return undefined;
  const file = path.resolve(folder, name);
  try {
    return fs.readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new OrreryError('FILE_UNREADABLE', { file, cause: messageOf(error) }, { cause: error });
  }
}

/** A wrong token is told at once; a datacenter that does not answer is waited for by whoever needs it. */
async function greetDatacenter(backend: HttpBackend, url: string, { logger }: ProgramContext): Promise<void> {
  try {
    await backend.stats('default');
  } catch (error) {
    if (!(error instanceof BackendError)) throw error;
    if (error.reason === 'Unauthorized') throw new OrreryError('BACKEND_UNAUTHORIZED', { url }, { cause: error });
    logger.warn({ url, cause: error.message }, 'the datacenter does not answer: start it with orrery datacenter');
  }
}

/** The namespace of the pod that this runs in, if its service account is what lets it in. */
function podNamespace(origin: string): string | undefined {
  const file = path.join(origin, 'namespace');
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim() : undefined;
}

function checkNames(names: readonly string[] | undefined): readonly string[] | undefined {
  for (const name of names ?? []) {
    if ((controllerNames as readonly string[]).includes(name)) continue;
    const meant = nearest(name, controllerNames);
    const hint = meant === undefined ? `there are ${controllerNames.join(', ')}` : `did you mean ${meant}?`;
    throw new flag.FlagError(`there is no controller ${JSON.stringify(name)}; ${hint}`);
  }
  return names;
}

function readUrl(text: string): string {
  try {
    const url = new URL(text);
    if ((url.protocol === 'http:' || url.protocol === 'https:') && url.pathname === '/') return url.origin;
  } catch {
    // said below
  }
  throw new flag.FlagError(`${JSON.stringify(text)} is not a URL such as http://127.0.0.1:${DATACENTER_PORT}`);
}
