/** The program `orrery apiserver`: the embedded API server, durable in its data directory. */
import path from 'node:path';
import { Tokens } from '../apiserver/http/authentication.ts';
import { type HttpServer, startHttp } from '../apiserver/http/listen.ts';
import { ApiServer } from '../apiserver/server.ts';
import { SqliteStorage } from '../apiserver/store/sqlite-storage.ts';
import { OrreryError } from '../base/errors.ts';
import { systemSecret } from '../base/system.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { DirectClient } from '../client/direct.ts';
import { certificatesIn } from './certificates.ts';
import { DataFolder, storageProblem } from './data-folder.ts';
import { InstanceLock } from './instance-lock.ts';
import { installKinds } from './kinds.ts';
import { isCurrentKubeconfig, kubeconfigText, portInKubeconfig } from './kubeconfig.ts';
import { logFormatFlag } from './logging.ts';
import type { Facts } from './messages.ts';
import { type ProgramContext, runProgram, type Service } from './program.ts';
import { DEFAULT_PORT, dataFolderFlag, portFlag, readyOutputFlag } from './program-flags.ts';
import { shellWord } from './start-report.ts';

const HOST = '127.0.0.1';
const ADMIN = { name: 'orrery-admin', groups: ['system:masters'] };
/** How many ports after the default are tried. */
const NEIGHBOURS = 100;
const PATIENCE_MS = 10_000;

const apiserverFlags = {
  'data-dir': dataFolderFlag,
  port: portFlag,
  'token-file': flag.text({
    placeholder: 'FILE',
    about: 'The bearer token of the administrator; made where it is missing.',
    otherwise: 'token in the data directory',
  }),
  'install-kinds': flag.toggle({ hidden: true, about: 'Apply our own definitions.' }),
  output: readyOutputFlag,
  'log-format': logFormatFlag,
} as const;

export const apiserver = defineCommand({
  name: 'apiserver',
  summary: 'the embedded API server alone',
  description: [
    'A Kubernetes API server for custom resources, in one process with its data in one file. It writes a kubeconfig ' +
      'into the data directory. It serves no kind of Orrery until their definitions are applied; orrery up does that.',
    'Everything that was acknowledged is on disk. It listens on 127.0.0.1 alone.',
  ],
  flags: apiserverFlags,
  examples: [
    {
      does: 'the three programs by hand, each in a terminal of its own',
      type: 'orrery apiserver\norrery crds | KUBECONFIG=.orrery/kubeconfig kubectl apply -f -\norrery datacenter --kubeconfig .orrery/kubeconfig\norrery controllers --kubeconfig .orrery/kubeconfig',
    },
    {
      does: 'on a port of its own, with its data elsewhere',
      type: 'orrery apiserver --port 7443 --data-dir /tmp/world',
    },
  ],
  run: (invocation) => {
    const { flags, logLevel, terminal } = invocation;
    const program = {
      name: 'apiserver',
      start: (context: ProgramContext) => start(invocation, context),
      greeting: ({ url, note, kubeconfig }: Facts) => [
        ...(note === undefined ? [] : [String(note)]),
        `API server on ${url}`,
        `export KUBECONFIG=${shellWord(String(kubeconfig))}`,
      ],
    };
    return runProgram(program, { logLevel, logFormat: flags['log-format'], output: flags.output, terminal });
  },
});

async function start(
  { flags, terminal }: Invocation<typeof apiserverFlags>,
  context: ProgramContext,
): Promise<Service> {
  const { clock, random, logger, isSupervised } = context;
  const folder = DataFolder.open(path.resolve(terminal.folder, flags['data-dir']));
  const lock = await InstanceLock.take(
    folder,
    {
      program: 'apiserver',
      supervised: isSupervised,
      patienceMs: PATIENCE_MS,
      waiting: (holder) => logger.info({ process: holder?.pid }, 'waiting for the last API server to end'),
    },
    clock,
  );
  const file = folder.file('apiserver.db');
  const server = new ApiServer({ storage: new SqliteStorage(file), clock, random, logger });
  let http: HttpServer | undefined;
  const stop = async () => {
    lock.announceStop();
    await http?.close();
    await server.close();
    lock.release();
  };
  try {
    await server.start();
    const kinds = flags['install-kinds']
      ? await installKinds(new DirectClient({ server, name: 'orrery-up' }), clock)
      : '';
    const certificate = certificatesIn(folder, [HOST, '::1', 'localhost'], clock.now());
    const token = administratorToken(folder, flags['token-file'] && path.resolve(terminal.folder, flags['token-file']));
    const last = portInKubeconfig(folder.read('kubeconfig'));
    const listen = (port: number) =>
      startHttp({
        apiServer: server,
        clock,
        logger,
        host: HOST,
        port,
        certificate,
        tokens: new Tokens([[token, ADMIN]]),
      });
    const { port, note, served } = await listenSomewhere(listen, flags.port, last);
    http = served;
    const url = `https://${HOST}:${port}`;
    const contents = { server: url, authority: certificate.authority, token };
    if (!isCurrentKubeconfig(folder.read('kubeconfig'), contents)) folder.write('kubeconfig', kubeconfigText(contents));
    const facts = { url, port, kinds, kubeconfig: folder.file('kubeconfig'), ...(note === undefined ? {} : { note }) };
    return { facts, stop };
  } catch (error) {
    await stop();
    throw storageProblem(error, { directory: folder.path, file }) ?? error;
  }
}

/** The port asked for, or none; else the one of last time, the default, and those after it, whichever is free first. */
async function listenSomewhere(
  listen: (port: number) => Promise<HttpServer>,
  asked: number | undefined,
  last: number | undefined,
): Promise<{ port: number; note: string | undefined; served: HttpServer }> {
  if (asked !== undefined) {
    const served = await listen(asked);
    return { port: served.port, note: undefined, served };
  }
  const candidates = [DEFAULT_PORT, ...Array.from({ length: NEIGHBOURS }, (_, index) => DEFAULT_PORT + 1 + index)];
  if (last !== undefined && !candidates.includes(last)) candidates.unshift(last);
  else if (last !== undefined) candidates.unshift(...candidates.splice(candidates.indexOf(last), 1));
  for (const port of candidates) {
    try {
      const served = await listen(port);
      const note = port === candidates[0] ? undefined : `port ${candidates[0]} is in use: this is on ${port}`;
      return { port, note, served };
    } catch (error) {
      if (!(error instanceof OrreryError && error.code === 'PORT_IN_USE')) throw error;
    }
  }
  throw new OrreryError('PORT_IN_USE', { port: candidates[0]!, address: HOST });
}

function administratorToken(folder: DataFolder, file: string | undefined): string {
  const place = file === undefined ? folder : DataFolder.open(path.dirname(file));
  const name = file === undefined ? 'token' : path.basename(file);
  const present = place.read(name)?.trim();
  if (present) return present;
  const token = systemSecret();
  place.write(name, `${token}\n`);
  return token;
}
