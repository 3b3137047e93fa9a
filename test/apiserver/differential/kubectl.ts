import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Compared, Pair } from './conversation.ts';
import type { Server } from './servers.ts';

/** A line for a shell, in which `kubectl` talks to the server at hand and `$NS` is the topic's namespace. */
export type Command = string | { readonly line: string; readonly stdin?: string; readonly racing?: boolean };

export interface CommandTopic {
  readonly name: string;
  /** Texts that the lines find in their folder; `$NS` stands for the namespace. */
  readonly files?: Readonly<Record<string, string>>;
  readonly commands: readonly Command[];
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How long one command may take (s). */
const COMMAND_S = 60;

/** Runs every command of a topic against both servers. */
export async function converseByCommands(
  servers: readonly [Server, Server],
  topic: CommandTopic,
  folder: string,
): Promise<Compared> {
  const namespace = `differential-${topic.name}-${Date.now().toString(36)}`;
  const homes = servers.map(({ name }) => homeOf(path.join(folder, `${topic.name}-${name}`), topic, namespace));
  const run = (line: string, stdin = '') =>
    Promise.all(servers.map((server, which) => shell(line, { server, home: homes[which]!, namespace, stdin })));
  await run('kubectl create namespace $NS; sleep 0.5');
  const pairs: Pair[] = [];
  for (const [index, command] of topic.commands.entries()) {
    const { line, stdin, racing } = typeof command === 'string' ? { line: command, stdin: '', racing: false } : command;
    const [real, ours] = (await run(line, stdin)).map((ended) => comparableOutput(ended, namespace)) as [Ended, Ended];
    if (racing === true) continue;
    pairs.push({ title: `${index}: ${line}`, sameness: JSON.stringify([line, real]), real, ours });
  }
  await run('kubectl delete namespace $NS --wait=false');
  return { name: topic.name, pairs, record: () => {} };
}

function homeOf(home: string, { files = {} }: CommandTopic, namespace: string): string {
  fs.mkdirSync(home, { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(home, name), text.replaceAll('$NS', namespace));
  }
  return home;
}

interface Place {
  readonly server: Server;
  readonly home: string;
  readonly namespace: string;
  readonly stdin: string;
}

function shell(line: string, { server, home, namespace, stdin }: Place): Promise<Ended> {
  const script = `set -o pipefail; kubectl() { command kubectl -n ${namespace} "$@"; }; ${line}`;
  return new Promise((resolve, reject) => {
    const program = spawn('timeout', [String(COMMAND_S), 'bash', '-c', script], {
      cwd: home,
      env: { ...process.env, KUBECONFIG: server.kubeconfig, HOME: home, NS: namespace, KUBECTL_KYAML: 'false' },
    });
    let stdout = '';
    let stderr = '';
    program.stdout.on('data', (part: Buffer) => {
      stdout += part.toString();
    });
    program.stderr.on('data', (part: Buffer) => {
      stderr += part.toString();
    });
    program.on('error', reject);
    program.on('close', (code) => resolve({ code, stdout, stderr }));
    program.stdin.end(stdin);
  });
}

const MASKS: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, '<time>'],
  [/https:\/\/127\.0\.0\.1:\d+/g, '<server>'],
  [/(resourceVersion"?: ?"?)\d+/g, '$1N'],
  [/(Resource Version: +)\d+/g, '$1N'],
  [/\(\d+\)/g, '(N)'],
  [/\/tmp\/[\w./-]+/g, '<file>'],
  [/(\s)(\d+m)?\d+s(?=\s|$)/gm, '$1<age>'],
  [/ +/g, ' '],
];

/** An output without what no two runs have in common; the widths of columns are part of that. */
function comparableOutput(ended: Ended, namespace: string): Ended {
  const masked = (text: string) =>
    MASKS.reduce((result, [what, by]) => result.replace(what, by), text.replaceAll(namespace, 'NAMESPACE'));
  return { code: ended.code, stdout: masked(ended.stdout), stderr: masked(ended.stderr) };
}
