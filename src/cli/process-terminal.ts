import fs from 'node:fs';
import path from 'node:path';
import type { Terminal } from './terminal.ts';

/** This process's own standard streams and environment. */
export function processTerminal(): Terminal {
  const { stdout, stderr, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    isInteractive: stderr.isTTY === true && env['CI'] === undefined,
    hasColour: stderr.isTTY === true && env['NO_COLOR'] === undefined && env['TERM'] !== 'dumb',
    columns: stdout.columns ?? 80,
    env,
    folder: callerFolder(env, process.cwd()),
    readInput,
    ask,
  };
}

/**
 * The folder a person typed the command in. npm runs scripts in the package's folder and keeps the caller's in
 * INIT_CWD, which scripts and their children inherit; it counts only where npm did change the folder.
 */
export function callerFolder(env: Readonly<Record<string, string | undefined>>, folder: string): string {
  const { INIT_CWD: caller, npm_package_json: manifest } = env;
  if (!caller || !manifest) return folder;
  return samePlace(path.dirname(manifest), folder) ? caller : folder;
}

function samePlace(a: string, b: string): boolean {
  try {
    return fs.realpathSync(a) === fs.realpathSync(b);
  } catch {
    return false;
  }
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}

async function ask(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) return undefined;
  const { createInterface } = await import('node:readline');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    // ctrl-C and ctrl-D close it: no answer
    prompt.once('close', () => resolve(undefined));
    prompt.question(question, (answer) => {
      resolve(answer);
      prompt.close();
    });
  });
}
