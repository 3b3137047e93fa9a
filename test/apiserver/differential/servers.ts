import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import { answerOf, headersOf } from '../exchanges/asking.ts';
import type { RecordedAnswer, Step } from '../exchanges/step.ts';

/** One of the two servers that are asked the same. */
export interface Server {
  readonly name: 'real' | 'ours';
  readonly kubeconfig: string;
  ask(step: Step): Promise<RecordedAnswer>;
  stop(): void;
}

const root = path.join(import.meta.dirname, '../../..');
/** How long a server may take to be ready (ms); the real one is built on its first start. */
const READY_MS = 1_200_000;

/** The real kube-apiserver: the one that KUBECONFIG names, else one of its own. */
export async function realServer(folder: string, given: string | undefined): Promise<Server> {
  if (given !== undefined && given !== '') return connect('real', given, undefined);
  const script = path.join(root, '../shared/kube/start');
  if (!fs.existsSync(script)) throw new Error(`there is no ${script}: give a KUBECONFIG of a real kube-apiserver`);
  const program = spawn(script, [folder, '27443'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await said(program, /^ready:/m);
  return connect('real', path.join(folder, 'kubeconfig'), program);
}

/** Ours, with its data in a folder of its own. */
export async function ourServer(folder: string): Promise<Server> {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, 'token'), 'devtoken\n', { mode: 0o600 });
  const main = path.join(root, 'src/main.ts');
  const flags = ['apiserver', '--data-dir', folder, '--port', '0', '--log-level', 'error', '--output', 'json'];
  const program = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await said(program, /\}/);
  return connect('ours', path.join(folder, 'kubeconfig'), program);
}

/** Waits until a program has said something. */
async function said(program: ChildProcess, what: RegExp): Promise<void> {
  let text = '';
  program.stdout!.on('data', (part: Buffer) => {
    text += part.toString();
  });
  for (let waited = 0; !what.test(text); waited += 100) {
    if (program.exitCode !== null || waited > READY_MS) throw new Error(`a server did not start: ${text}`);
    await sleep(100);
  }
}

function connect(name: Server['name'], kubeconfig: string, program: ChildProcess | undefined): Server {
  const config = parse(fs.readFileSync(kubeconfig, 'utf8'));
  const base = new URL(config.clusters[0].cluster.server);
  const token: string = config.users[0].user.token;
  const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  process.on('exit', () => program?.kill('SIGTERM'));
  return {
    name,
    kubeconfig,
    ask: (step) => ask(agent, base, token, step),
    stop() {
      agent.destroy();
      program?.kill('SIGTERM');
    },
  };
}

/** How long one answer may take (ms). */
const ANSWER_MS = 15_000;

function ask(agent: https.Agent, base: URL, token: string, step: Step): Promise<RecordedAnswer> {
  const { method, headers, bytes } = headersOf(step, token);
  // Node frames no body of a DELETE of its own accord.
  const framed = bytes === undefined ? headers : { ...headers, 'content-length': Buffer.byteLength(bytes) };
  return new Promise((resolve, reject) => {
    const options = { host: base.hostname, port: base.port, path: step.path, method, agent, headers: framed };
    const request = https.request(options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const header = (wanted: string) => response.headers[wanted] as string | undefined;
        const warnings = (response.headersDistinct['warning'] ?? []) as string[];
        const code = response.statusCode ?? 0;
        resolve(answerOf({ code, header, warnings, bytes: Buffer.concat(parts) }, step));
      });
    });
    request.setTimeout(ANSWER_MS, () =>
      request.destroy(new Error(`no answer from ${base.port}: ${method} ${step.path}`)),
    );
    request.on('error', reject);
    request.end(bytes);
  });
}
