/** The composition root: which commands there are, and what becomes of whatever nobody caught. */
import type { CommandEntry } from './cli/command.ts';
import { runCommandLine } from './cli/command-line.ts';
import { packageVersion } from './cli/package.ts';
import { describeProblem } from './cli/problems.ts';
import { processTerminal } from './cli/process-terminal.ts';

const commands: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'start a virtual datacenter: API server, controllers and machines',
    load: async () => (await import('./programs/up.ts')).up,
  },
  {
    name: 'apiserver',
    summary: 'the embedded API server alone',
    load: async () => (await import('./programs/apiserver.ts')).apiserver,
  },
  {
    name: 'controllers',
    summary: 'the controllers alone, for any cluster',
    load: async () => (await import('./programs/controllers.ts')).controllers,
  },
  {
    name: 'datacenter',
    summary: 'the simulated machines alone, for any cluster',
    load: async () => (await import('./programs/datacenter.ts')).datacenter,
  },
  {
    name: 'manifests',
    summary: 'apply files, for orrery up',
    isInternal: true,
    load: async () => (await import('./programs/manifests.ts')).manifests,
  },
  {
    name: 'plan',
    summary: 'say what would become of a world: who is admitted, who goes where, why',
    load: async () => (await import('./programs/plan.ts')).plan,
  },
  {
    name: 'sim',
    summary: 'run a world on a virtual clock, as fast as the machine goes',
    load: async () => (await import('./programs/sim.ts')).sim,
  },
  {
    name: 'schedule',
    summary: "run one host's CPU scheduler on a scenario and say what every vCPU got",
    load: async () => (await import('./programs/schedule.ts')).schedule,
  },
  {
    name: 'record',
    summary: "write what a running host's CPU scheduler decides",
    load: async () => (await import('./programs/record.ts')).record,
  },
  {
    name: 'crds',
    summary: 'print the definitions of the kinds, for kubectl apply -f -',
    load: async () => (await import('./cli/commands/crds.ts')).crds,
  },
  {
    name: 'uninstall',
    summary: 'remove every object and definition of Orrery from a cluster',
    load: async () => (await import('./cli/commands/uninstall.ts')).uninstall,
  },
];

const version = packageVersion();
const terminal = processTerminal();
const args = process.argv.slice(2);

/** Ends the process when what was written has left it. */
function end(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}

function endWithDefect(thrown: unknown): void {
  const { text, exitCode } = describeProblem(thrown, { version, command: args.join(' ') });
  terminal.err(`${text}\n`);
  end(exitCode);
}

process.on('uncaughtException', endWithDefect);
process.on('unhandledRejection', endWithDefect);
for (const stream of [process.stdout, process.stderr]) {
  // `orrery crds | head`: the reader has seen enough.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

end(await runCommandLine(args, commands, { version, terminal }));
