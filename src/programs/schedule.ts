/** `orrery schedule`: one host's CPU scheduler on a scenario, without a world around it. */
import fs from 'node:fs';
import path from 'node:path';
import { messageOf, OrreryError } from '../base/errors.ts';
import { defineCommand, type Invocation } from '../cli/command.ts';
import * as flag from '../cli/flags.ts';
import type { Terminal } from '../cli/terminal.ts';
import { ScenarioError } from '../hypervisor/schedulers/scenario/scenario-error.ts';
import { schedule as runScenario, schedulerNames } from '../hypervisor/schedulers/scenario/schedule.ts';
import { reportText } from './schedule-text.ts';

const scheduleFlags = {
  scheduler: flag.choice(schedulerNames, {
    about: 'Which scheduler runs it; wins over the "scheduler" of the file.',
    otherwise: 'the one that the file names, else credit',
  }),
  trace: flag.text({
    placeholder: 'FILE',
    about: 'Write every decision there, one per line of JSON (the view of xentrace).',
  }),
} as const;

export const schedule = defineCommand({
  name: 'schedule',
  summary: "run one host's CPU scheduler on a scenario and say what every vCPU got",
  description: [
    "Runs Xen's credit scheduler or ESX's proportional share on the domains or virtual machines of a JSON file, slice by " +
      'slice in virtual time, and prints counters, samples and decisions as one JSON object. It needs no server.',
    'For credit, the file is {"pcpus", "coresPerSocket", "threadsPerCore", "nodePerSocket", "ratelimitUs", "tsliceMs", ' +
      '"version": "4" | "3.2", "durationMs", "domains": [{"name", "weight", "cap", "vcpus": [WORK…]}]}; pcpus, ' +
      'durationMs and domains have no default. For proportional share it is {"scheduler": "proportional-share", ' +
      '"durationMs", "host": {"sockets", "coresPerSocket", "threadsPerCore", "mhz", "numaNodes", "llcPerSocket"}, ' +
      '"virtualMachines": [{"name", "shares", "reservationMHz", "limitMHz", "maxSkew": "Strict" | "Relaxed" | ' +
      '"Individual", "numa": "Wide" | "Narrow" | "Off", "vcpus": [WORK…]}]}.',
    'WORK is {"kind": "cpu"}, which never rests; {"kind": "periodic", "runUs", "sleepUs", "phaseUs"}; {"kind": ' +
      '"bursts", "bursts": [[runUs, sleepUs]…], "phaseUs"}; or {"kind": "yield", "runUs"}. docs/schedulers.md explains ' +
      'every field and counter.',
    'A scenario with a wrong value is refused with the path of every such value and exit code 1.',
  ],
  flags: scheduleFlags,
  names: { usage: 'FILE.json', least: 1, most: 1 },
  examples: [
    { does: 'who gets what, by weight and cap', type: 'orrery schedule docs/scenarios/credit.json' },
    {
      does: 'the same guests under strict and under individual co-scheduling',
      type: "sed s/Individual/Strict/ docs/scenarios/proportional-share.json | orrery schedule - | jq '.virtualMachines'",
    },
    {
      does: 'every decision, and the first second of pCPU 0',
      type: "orrery schedule docs/scenarios/credit.json --trace t.jsonl >/dev/null\njq -c 'select(.pcpu == 0 and .tUs < 1e6)' t.jsonl",
    },
  ],
  run: (invocation) => run(invocation as Invocation<typeof scheduleFlags>),
});

async function run({ flags, names, terminal }: Invocation<typeof scheduleFlags>): Promise<number> {
  const text = await readScenario(names[0]!, terminal);
  const trace = flags.trace === undefined ? undefined : new TraceFile(flags.trace, terminal.folder);
  try {
    const report = runScenario(text, {
      ...(flags.scheduler === undefined ? {} : { scheduler: flags.scheduler }),
      ...(trace === undefined ? {} : { trace: (line) => trace.write(line) }),
    });
    trace?.finish();
    terminal.out(reportText(report));
    return 0;
  } catch (error) {
    if (!(error instanceof ScenarioError) || error.lines.length < 2) throw error;
    const problems = `${error.lines.length} problems, a line each`;
    terminal.err(`orrery: ${new OrreryError('SCENARIO_INVALID', { problems }).message}\n`);
    for (const line of error.lines) terminal.err(`  ${line}\n`);
    return error.exitCode;
  } finally {
    trace?.close();
  }
}

async function readScenario(file: string, terminal: Terminal): Promise<string> {
  if (file === '-') return terminal.readInput();
  try {
    return fs.readFileSync(path.resolve(terminal.folder, file), 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const cause = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : messageOf(error);
    throw new OrreryError('FILE_UNREADABLE', { file, cause }, { cause: error });
  }
}

/** Characters that are gathered before they are written. */
const CHUNK = 1 << 16;

/** Lines on their way to a file. It is opened with the first, so that a scenario that is refused leaves it as it was. */
class TraceFile {
  readonly #name: string;
  readonly #path: string;
  #descriptor: number | undefined;
  #pending = '';

  constructor(name: string, folder: string) {
    this.#name = name;
    this.#path = path.resolve(folder, name);
  }

  write(line: string): void {
    this.#pending += `${line}\n`;
    if (this.#descriptor === undefined || this.#pending.length >= CHUNK) this.#flush();
  }

  /** Writes what is left; a run without decisions leaves an empty file. */
  finish(): void {
    this.#flush();
  }

  close(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #flush(): void {
    try {
      this.#descriptor ??= fs.openSync(this.#path, 'w');
      for (let rest = Buffer.from(this.#pending); rest.length > 0; ) {
        rest = rest.subarray(fs.writeSync(this.#descriptor, rest));
      }
    } catch (error) {
      throw new OrreryError('FILE_UNWRITABLE', { file: this.#name, cause: messageOf(error) }, { cause: error });
    }
    this.#pending = '';
  }
}
