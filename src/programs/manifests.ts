/** The program that applies the files of `orrery up -f`, once; a process of its own, so that the supervisor stays small. */
import path from 'node:path';
import { sleep } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { count } from '../base/units.ts';
import { applyManifests } from '../cli/apply/apply.ts';
import { openCluster, problemOf } from '../cli/cluster.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { loadManifests } from '../cli/manifests/load.ts';
import { ConnectionError } from '../client/port.ts';
import { type ProgramContext, runProgram, type Service } from './program.ts';

const manifestsFlags = {
  kubeconfig: flag.text({ about: 'Which cluster.' }),
  file: flag.repeated({ short: 'f', about: 'What to apply.' }),
} as const;

/** An API server that dies under it is back in a moment. */
const TRIES = 20;
const RETRY_MS = 300;
/** Whoever has more to correct begins with these. */
const MOST_COMPLAINTS = 30;

export const manifests = defineCommand({
  name: 'manifests',
  summary: 'apply files, for orrery up',
  description: [],
  flags: manifestsFlags,
  examples: [],
  run: (invocation) => {
    const { logLevel, terminal } = invocation;
    const program = {
      name: 'manifests',
      start: (context: ProgramContext) => start(invocation, context),
      greeting: () => [],
    };
    return runProgram(program, { logLevel, logFormat: 'json', terminal });
  },
});

async function start(
  { flags, terminal }: Invocation<typeof manifestsFlags>,
  context: ProgramContext,
): Promise<Service> {
  const { clock, stopping, logger } = context;
  // Before anything is applied, all of it has been read: a mistake in the last file leaves the world as it was.
  const manifests = await loadManifests(flags.file.map(relative(terminal.folder)), terminal);
  await context.prepared({});
  const cluster = await openCluster(flags.kubeconfig, terminal, context);
  let complaints = 0;
  const complain = (line: string) => {
    if (++complaints <= MOST_COMPLAINTS) terminal.err(`${line}\n`);
  };
  for (let tries = 1; ; tries++) {
    try {
      const outcome = await applyManifests(manifests, { client: cluster.client, clock, signal: stopping, complain });
      if (complaints > MOST_COMPLAINTS) terminal.err(`… and ${complaints - MOST_COMPLAINTS} more\n`);
      const parts = Object.entries(outcome).filter(([, number]) => number > 0);
      const words = parts.map(([what, number]) => `${number} ${what}`).join(', ') || 'nothing in them';
      const facts = { summary: `${count(manifests.files.length, 'file')}: ${words}`, refused: outcome.refused };
      return { facts, stop: () => cluster.client.close() };
    } catch (error) {
      if (!(error instanceof ConnectionError) || tries >= TRIES) throw problemOf(error, cluster.access);
      logger.warn({ error: messageOf(error) }, 'the API server was gone; applying again');
      await sleep(clock, RETRY_MS, stopping);
    }
  }
}

/** As short as it can be said from where the person is. */
function relative(folder: string): (file: string) => string {
  return (file) => {
    if (file === '-') return file;
    const short = path.relative(folder, file);
    return short.startsWith('..') ? file : short;
  };
}
