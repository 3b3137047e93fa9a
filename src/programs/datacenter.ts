/** The program `orrery datacenter`: the simulated machines of any cluster's namespaces, behind the Backend port. */
import fs from 'node:fs';
import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import { systemSecret } from '../base/system.ts';
import { count } from '../base/units.ts';
import { awaitKinds, openCluster } from '../cli/cluster.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { BudgetedSampling } from '../hypervisor/cpu/sampling.ts';
import type { Datacenter } from '../hypervisor/datacenter.ts';
import { fidelityOf } from '../hypervisor/host-models.ts';
import { SqliteJournalStore } from '../hypervisor/journal/sqlite-journal.ts';
import type { HostModel } from '../hypervisor/site.ts';
import { DirectBackend } from '../hypervisor/transport/direct.ts';
import { BackendServer } from '../hypervisor/transport/http-server.ts';
import { DataFolder } from './data-folder.ts';
import type { DatacenterMetrics, Exposition } from './datacenter-metrics.ts';
import { InstanceLock } from './instance-lock.ts';
import { logFormatFlag } from './logging.ts';
import { DATACENTER_PORT, datacenterToken, forgetAddress, leaveAddress } from './meeting.ts';
import { createPhysical } from './physical.ts';
import { listenOnFirstFree, portsFrom } from './ports.ts';
import { type ProgramContext, runProgram, type Service } from './program.ts';
import {
  dataFolderFlag,
  FASTEST,
  fidelityFlag,
  namespacesFlag,
  readyOutputFlag,
  speedFlag,
  USUAL_FIDELITY,
} from './program-flags.ts';

const PATIENCE_MS = 10_000;
/** Between two writes of a Clock's time: 6 a minute, in each namespace that has one. */
const CLOCK_REFRESH_MS = 10_000;
/** The work under way has this long to end. */
const STOP_MS = 2500;

interface Address {
  readonly host: string;
  /** Undefined: the default or the next free one. */
  readonly port: number | undefined;
}

const datacenterFlags = {
  'data-dir': dataFolderFlag,
  kubeconfig: flag.kubeconfigFlag,
  listen: flag.value(
    {
      placeholder: 'ADDRESS',
      about: 'Where to take orders from controllers, as 127.0.0.1:16444 or :16444 for every address.',
      otherwise: `127.0.0.1:${DATACENTER_PORT}, or the next free port`,
    },
    readAddress,
  ),
  namespaces: namespacesFlag,
  speed: speedFlag,
  fidelity: fidelityFlag(`${USUAL_FIDELITY}, and more rarely where the machine cannot follow`),
  output: readyOutputFlag,
  'log-format': logFormatFlag,
} as const;

export const datacenter = defineCommand({
  name: 'datacenter',
  summary: 'the simulated machines alone, for any cluster',
  description: [
    'The physical world: hosts with their power and management controllers, hypervisors, datastores, networks and the ' +
      'guests in the virtual machines. What is bolted in comes from the objects of a cluster; what is switched on and ' +
      'off, from the controllers.',
    'Its state is kept in the data directory, where it also leaves its address and the token that controllers need: ' +
      'give both programs the same data directory, or controllers --backend and --backend-token-file.',
  ],
  flags: datacenterFlags,
  examples: [
    {
      does: 'beside a cluster of your own, with the controllers in another terminal',
      type: 'orrery crds | kubectl apply -f -\norrery datacenter',
    },
    { does: 'for controllers on other machines', type: 'orrery datacenter --listen :16444 --data-dir /var/lib/orrery' },
  ],
  run: (invocation) => {
    const { flags, logLevel, terminal } = invocation;
    const program = {
      name: 'datacenter',
      start: (context: ProgramContext) => start(invocation, context),
      greeting: ({ url, summary }: Readonly<Record<string, string | number>>) => [`datacenter on ${url}: ${summary}`],
    };
    return runProgram(program, { logLevel, logFormat: flags['log-format'], output: flags.output, terminal });
  },
});

async function start(
  { flags, terminal }: Invocation<typeof datacenterFlags>,
  context: ProgramContext,
): Promise<Service> {
  const { clock, random, logger, isSupervised, outage } = context;
  const folder = DataFolder.open(path.resolve(terminal.folder, flags['data-dir']));
  const waiting = () => logger.info({}, 'waiting for the last datacenter to end');
  const request = { program: 'datacenter', supervised: isSupervised, patienceMs: PATIENCE_MS, waiting };
  const lock = await InstanceLock.take(folder, request, clock);
  const ends: (() => unknown)[] = [() => lock.release()];
  const stop = async () => {
    lock.announceStop();
    for (const end of ends.reverse()) await end();
  };
  try {
    forgetAddress(folder); // until this one listens, there is nobody
    await context.prepared({});
    const file = flags.kubeconfig && path.resolve(terminal.folder, flags.kubeconfig);
    const cluster = await openCluster(file, terminal, context);
    ends.push(() => cluster.client.close());
    await awaitKinds(cluster, context, isSupervised ? PATIENCE_MS : 0);
    if (flags.speed > FASTEST) logger.warn({ speed: flags.speed }, `too fast to follow; going at ${FASTEST}`);
    const physical = createPhysical({
      client: cluster.client,
      clock,
      random,
      logger,
      namespaces: flags.namespaces,
      speed: flags.speed,
      clockRefreshMs: CLOCK_REFRESH_MS,
      readFile: (name) => fs.readFileSync(path.resolve(terminal.folder, name), 'utf8'),
      datacenter: {
        maxSpeed: FASTEST,
        ...(outage === undefined ? {} : { managementFault: outage }),
        store: new SqliteJournalStore(folder.file('worlds'), `orrery datacenter, process ${process.pid}`),
        seed: systemSecret(),
        model: modelOf(flags.fidelity ?? USUAL_FIDELITY, clock),
      },
    });
    ends.push(() => physical.datacenter.close());
    const token = datacenterToken(folder);
    const backend = new DirectBackend(physical.datacenter);
    const server = new BackendServer({
      backend,
      token,
      clock,
      logger,
      metrics: metricsOf(physical.datacenter),
      record: (host, ms, recorder) => physical.datacenter.record(host, ms, recorder),
    });
    ends.push(() => server.close());
    const { host, port } = await listen(server, flags.listen);
    const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
    leaveAddress(folder, url);
    physical.manager.start();
    ends.push(() => physical.manager.stop(STOP_MS));
    await physical.synced;
    const { length } = physical.datacenter.namespaces;
    const summary = length === 0 ? 'nothing is bolted in yet' : `worlds of ${count(length, 'namespace')}`;
    return { facts: { url, listen: `${host}:${port}`, summary }, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Loaded when somebody asks for the first time. */
function metricsOf(machines: Datacenter): () => Promise<Exposition> {
  let metrics: Promise<DatacenterMetrics> | undefined;
  return async () => {
    metrics ??= import('./datacenter-metrics.ts').then(({ DatacenterMetrics }) => new DatacenterMetrics(machines));
    return (await metrics).exposition();
  };
}

/** In real time, `sampled:N` measures more rarely than asked for while the machine has no time for it. */
function modelOf(name: string, clock: Clock): HostModel {
  const idle = () => performance.eventLoopUtilization().idle;
  const fidelity = fidelityOf(name, (every) => new BudgetedSampling(every, () => clock.monotonic(), idle));
  if (typeof fidelity === 'string') throw new flag.FlagError(fidelity);
  return fidelity.model;
}

async function listen(server: BackendServer, asked: Address | undefined): Promise<{ host: string; port: number }> {
  const { host = '127.0.0.1', port } = asked ?? {};
  const ports = port === undefined ? portsFrom(DATACENTER_PORT) : [port];
  return { host, port: await listenOnFirstFree(ports, (one) => server.listen(host, one)) };
}

/** `host:port`, `:port`, `port`, `[::1]:port` or `host`. */
function readAddress(text: string): Address {
  const match = /^(?:(\[[0-9a-f:]+\]|[^:[\]]*):)?(\d+)$/i.exec(text);
  if (match === null && !/^[a-z0-9.-]+$/i.test(text)) {
    throw new flag.FlagError(`${JSON.stringify(text)} is not an address such as 127.0.0.1:${DATACENTER_PORT}`);
  }
  if (match === null) return { host: text, port: undefined };
  const port = Number(match[2]);
  if (port > 65_535) throw new flag.FlagError(`${port} is not a port (0 to 65535)`);
  const host = match[1]?.replace(/^\[|\]$/g, '');
  if (host === '') return { host: '0.0.0.0', port };
  return { host: host ?? '127.0.0.1', port };
}
