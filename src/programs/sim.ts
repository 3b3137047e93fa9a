/** `orrery sim`: the whole system from manifests, on a virtual clock, in this process. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, OrreryError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { defineCommand, type Invocation, type LogLevel } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import { loadManifests } from '../cli/manifests/load.ts';
import { fidelityOf } from '../hypervisor/host-models.ts';
import { Simulation } from '../sim/simulation.ts';
import { collectEarly } from './heap.ts';
import { SimProgress, simText } from './sim-text.ts';

/** Exit code of a run that somebody ended with ctrl-C, as shells count it. */
const INTERRUPTED = 130;

const simFlags = {
  file: flag.repeated({
    short: 'f',
    placeholder: 'FILE|DIR',
    about: 'The manifests of the world; - is standard input. May be repeated.',
  }),
  for: flag.duration({ about: 'How long the world is to run: 90s, 1h30m, 7d.' }),
  seed: flag.withDefault(
    flag.whole({
      least: 0,
      most: Number.MAX_SAFE_INTEGER,
      about: 'Of all chance: the same seed gives the same bytes.',
    }),
    1,
  ),
  start: flag.value(
    { placeholder: 'TIME', about: 'When the world begins.', otherwise: '2010-11-01T00:00:00Z' },
    readTime,
  ),
  fidelity: flag.value(
    {
      placeholder: 'HOW',
      about: 'How hosts are simulated: exact (every slice), sampled:N (one second in N), or entitlement (the formula).',
      otherwise: 'entitlement',
    },
    readFidelity,
  ),
  events: flag.text({ placeholder: 'FILE', about: 'Write the events there while it runs, as lines of JSON.' }),
  output: flag.choice(['json'], { short: 'o', about: 'json: the whole report as one object.' }),
} as const;

export const sim = defineCommand({
  name: 'sim',
  summary: 'run a world on a virtual clock, as fast as the machine goes',
  description: [
    'Runs the whole system (API server, controllers, hosts) from the manifests, from nothing, without a server: a day ' +
      'in seconds. The same manifests and seed give the same bytes on any machine.',
    'In the manifests, the annotation orrery.dev/host of a VM is the host that it runs on when the world begins; ' +
      'orrery.dev/apply-after-seconds and orrery.dev/delete-after-seconds say when an object comes and goes (the same ' +
      'object again, later, is an update). Faults count from the start.',
    'ctrl-C ends the run and prints the report so far. The exit code is 1 when an invariant was broken.',
  ],
  flags: simFlags,
  examples: [
    { does: 'a day of a rack', type: 'orrery sim -f manifests/racks/small.yaml --for 24h' },
    {
      does: 'in a CI job: was any VM lost?',
      type: "orrery sim -f world.yaml --for 1h -o json | jq '.summary.vmSecondsLost'",
    },
    { does: 'what happens, as it happens', type: 'orrery sim -f world.yaml --for 8h --events events.jsonl' },
  ],
  run: (invocation) => run(invocation as Invocation<typeof simFlags>),
});

async function run({ flags, terminal, logLevel }: Invocation<typeof simFlags>): Promise<number> {
  const wrong = (what: string) => new OrreryError('BAD_USAGE', { what, command: 'sim' });
  if (flags.file.length === 0) throw wrong('-f is missing: name the manifests of the world');
  if (flags.for === undefined) throw wrong('--for is missing: say how long the world is to run, as --for 24h');
  collectEarly();
  const manifests = await loadManifests(flags.file, terminal);
  const events = flags.events === undefined ? undefined : openEvents(path.resolve(terminal.folder, flags.events));
  const progress = new SimProgress(terminal, flags.for);
  const simulation = new Simulation({
    manifests,
    seed: flags.seed,
    start: flags.start,
    forMs: Math.round(flags.for * 1000),
    fidelity: flags.fidelity ?? readFidelity('entitlement'),
    logger: simLogger(logLevel, terminal.err),
    readFile: (name) => fs.readFileSync(path.resolve(terminal.folder, name), 'utf8'),
    complain: (line) => terminal.err(`orrery: ${line}\n`),
    onStep: () => progress.look(simulation),
    ...(events === undefined ? {} : { onEvent: (event) => fs.writeSync(events, `${JSON.stringify(event)}\n`) }),
  });
  let isInterrupted = false;
  const interrupt = () => {
    if (isInterrupted) process.exit(INTERRUPTED); // the second time it is meant
    isInterrupted = true;
    simulation.stop();
  };
  process.on('SIGINT', interrupt);
  try {
    await simulation.run();
  } finally {
    progress.end();
    process.off('SIGINT', interrupt);
    if (events !== undefined) fs.closeSync(events);
  }
  const report = simulation.report();
  if (flags.output === 'json') terminal.out(`${JSON.stringify(report, null, 2)}\n`);
  else terminal.out(simText(report, { wallMs: progress.wallMs, isInterrupted }));
  if (report.violations.length > 0) return 1;
  return isInterrupted ? INTERRUPTED : 0;
}

function openEvents(file: string): number {
  try {
    return fs.openSync(file, 'w');
  } catch (error) {
    throw new OrreryError('FILE_UNWRITABLE', { file, cause: messageOf(error) }, { cause: error });
  }
}

function readTime(text: string): number {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = isTime && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new flag.FlagError(`${JSON.stringify(text)} is not a time such as 2010-11-01T00:00:00Z`);
  return time;
}

/** Whether the calendar has it: `Date.parse` takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function readFidelity(text: string) {
  const fidelity = fidelityOf(text);
  if (typeof fidelity === 'string') throw new flag.FlagError(fidelity);
  return fidelity;
}

/** What the programs of the world log, from `warn` on unless more was asked for. */
function simLogger(level: LogLevel, write: (text: string) => void): Logger {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const least = level === 'silent' ? levels.length : Math.max(level === 'debug' ? 0 : 2, levels.indexOf(level));
  const at = (fields: object): Logger => {
    const say = (name: (typeof levels)[number]) => (more: object, message: string) => {
      if (levels.indexOf(name) >= least) write(`${name} ${message} ${JSON.stringify({ ...fields, ...more })}\n`);
    };
    const child = (more: Record<string, unknown>) => at({ ...fields, ...more });
    return { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error'), child };
  };
  return at({});
}
