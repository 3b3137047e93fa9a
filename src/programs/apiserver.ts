/** The program `orrery apiserver`: the embedded API server, durable in its data directory. */
import fs from 'node:fs';
import path from 'node:path';
import { Tokens } from '../apiserver/http/authentication.ts';
import { startHttp } from '../apiserver/http/listen.ts';
import { ApiServer } from '../apiserver/server.ts';
import { SqliteStorage } from '../apiserver/store/sqlite-storage.ts';
import { OrreryError } from '../base/errors.ts';
import { systemClock } from '../base/system.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { DirectClient } from '../client/direct.ts';
import { accountKey } from './account-key.ts';
import { administratorToken, followToken, rotateToken, tokenPlace } from './administrator-token.ts';
import { certificatesIn } from './certificates.ts';
import { DataFolder, storageProblem } from './data-folder.ts';
import { reportOn, reportText } from './database-report.ts';
import { type Holder, InstanceLock } from './instance-lock.ts';
import { installKinds } from './kinds.ts';
import { isCurrentKubeconfig, kubeconfigText, portInKubeconfig } from './kubeconfig.ts';
import { logFormatFlag } from './logging.ts';
import type { Facts } from './messages.ts';
import { checkFree, HOST, listenOnFirstFree, portsFrom } from './ports.ts';
import { type ProgramContext, runProgram, type Service } from './program.ts';
import { DEFAULT_PORT, dataFolderFlag, portFlag, readyOutputFlag } from './program-flags.ts';
import { shellWord } from './start-report.ts';

const ADMIN = { name: 'orrery-admin', uid: 'orrery-admin', groups: ['system:masters'] };
const PATIENCE_MS = 10_000;

const apiserverFlags = {
  'data-dir': dataFolderFlag,
  port: portFlag,
  'token-file': flag.text({
    placeholder: 'FILE',
    about: 'The bearer token of the administrator; made where it is missing.',
    otherwise: 'token in the data directory',
  }),
  'rotate-token': flag.toggle({
    about: 'Make a new token and end; a running server takes it at once, and the old one is good no longer.',
  }),
  check: flag.toggle({ about: 'Tell what is in the database, whether all of it can be read, and end.' }),
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
    { does: 'what the database holds, and whether it is sound', type: 'orrery apiserver --check' },
  ],
  run: (invocation) => {
    const { flags, logLevel, terminal } = invocation;
    if (flags.check) return check(invocation);
    if (flags['rotate-token']) return rotate(invocation);
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

type Given = Invocation<typeof apiserverFlags>;

const DATABASE = 'apiserver.db';

async function check({ flags, terminal }: Given): Promise<number> {
  const directory = path.resolve(terminal.folder, flags['data-dir']);
  const report = reportOn(path.join(directory, DATABASE));
  if (report === undefined) throw new OrreryError('DATABASE_ABSENT', { directory });
  terminal.out(flags.output === 'json' ? `${JSON.stringify(report)}\n` : reportText(report));
  return 0;
}

async function rotate({ flags, terminal }: Given): Promise<number> {
  const folder = DataFolder.open(path.resolve(terminal.folder, flags['data-dir']));
  const place = tokenPlace(folder, flags['token-file'] && path.resolve(terminal.folder, flags['token-file']));
  const rewrite = (token: string) => {
    const old = folder.read('kubeconfig');
    const port = portInKubeconfig(old);
    const authority = folder.read('ca.crt');
    if (port === undefined || authority === undefined) return;
    folder.write('kubeconfig', kubeconfigText({ server: `https://${HOST}:${port}`, authority, token }));
  };
  const { isRunning } = await rotateToken(folder, place, { clock: systemClock, rewrite });
  terminal.err(
    `there is a new token in ${folder.file('kubeconfig')}; ` +
      `${isRunning ? 'the running API server takes no other' : 'the API server will take no other'}\n`,
  );
  return 0;
}

async function start(given: Given, context: ProgramContext): Promise<Service> {
  const { flags, terminal } = given;
  const { clock, random, logger } = context;
  const place = path.resolve(terminal.folder, flags['data-dir']);
  // On a folder that is there, the port may be held by the one that is stopping.
  if (!fs.existsSync(place)) await checkFree(flags.port, HOST);
  const folder = DataFolder.open(place);
  const lock = await takeLock(folder, context);
  const ends: (() => unknown)[] = [() => lock.release()];
  const stop = async () => {
    lock.announceStop();
    for (const end of ends.reverse()) await end();
  };
  const file = folder.file(DATABASE);
  try {
    const certificate = await certificatesIn(folder, [HOST, '::1', 'localhost'], clock.now());
    const held = tokenPlace(folder, flags['token-file'] && path.resolve(terminal.folder, flags['token-file']));
    const token = administratorToken(held);
    const tokens = new Tokens([[token, ADMIN]]);
    const storage = new SqliteStorage(file);
    const server = new ApiServer({
      storage,
      clock,
      random,
      logger,
      tokens,
      rootCa: certificate.authority,
      roles: true,
      accountKey: accountKey(folder),
    });
    tokens.others = server.accounts;
    ends.push(() => server.close());
    await server.start();
    const client = new DirectClient({ server, name: 'orrery-up' });
    const kinds = flags['install-kinds'] ? await installKinds(client, clock) : '';
    const listen = (port: number) =>
      startHttp({ apiServer: server, clock, logger, host: HOST, port, certificate, tokens });
    const last = portInKubeconfig(folder.read('kubeconfig'));
    const wanted = flags.port ?? last ?? DEFAULT_PORT;
    const ports = flags.port === undefined ? portsFrom(DEFAULT_PORT, last) : [flags.port];
    const http = await listenOnFirstFree(ports, listen);
    ends.push(() => http.close());
    const { port } = http;
    const url = `https://${HOST}:${port}`;
    const writeKubeconfig = (current: string) => {
      const contents = { server: url, authority: certificate.authority, token: current };
      if (!isCurrentKubeconfig(folder.read('kubeconfig'), contents)) {
        folder.write('kubeconfig', kubeconfigText(contents));
      }
    };
    writeKubeconfig(token);
    const changed = (current: string) => {
      tokens.replace([[current, ADMIN]]);
      writeKubeconfig(current);
      logger.info({}, 'the token was rotated');
    };
    ends.push(followToken(held, { clock, present: token, changed }));
    const note = port === wanted || wanted === 0 ? {} : { note: `port ${wanted} is in use: this is on ${port}` };
    return { facts: { url, port, kinds, kubeconfig: folder.file('kubeconfig'), ...note }, stop };
  } catch (error) {
    await stop();
    throw storageProblem(error, { directory: folder.path, file }) ?? error;
  }
}

function takeLock(folder: DataFolder, { clock, logger, isSupervised }: ProgramContext): Promise<InstanceLock> {
  const request = {
    program: 'apiserver',
    supervised: isSupervised,
    patienceMs: PATIENCE_MS,
    waiting: (holder: Holder | undefined) =>
      logger.info({ process: holder?.pid }, 'waiting for the last API server to end'),
  };
  return InstanceLock.take(folder, request, clock);
}
