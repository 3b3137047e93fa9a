import { OrreryError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { asksForHelp, readArguments } from './arguments.ts';
import type { CommandEntry } from './command.ts';
import { helpOn, helpOnAll } from './help.ts';
import { describeProblem } from './problems.ts';
import type { Terminal } from './terminal.ts';

/**
 * The whole of `orrery ARGS`: finds the command, loads it alone, runs it, prints what went wrong.
 * Resolves with the exit code; never rejects.
 */
export async function runCommandLine(
  args: readonly string[],
  entries: readonly CommandEntry[],
  { version, terminal }: { version: string; terminal: Terminal },
): Promise<number> {
  try {
    return await dispatch(args, entries, { version, terminal });
  } catch (thrown) {
    const { text, exitCode } = describeProblem(thrown, { version, command: args.join(' ') });
    terminal.err(`${text}\n`);
    return exitCode;
  }
}

async function dispatch(
  args: readonly string[],
  entries: readonly CommandEntry[],
  { version, terminal }: { version: string; terminal: Terminal },
): Promise<number> {
  const [first, ...rest] = args;
  if (first === '--version' || first === '-v' || first === 'version') {
    terminal.out(`${version}\n`);
    return 0;
  }
  const name = first === 'help' ? rest[0] : first;
  if (name === undefined || (first !== 'help' && name.startsWith('-') && asksForHelp(args))) {
    terminal.out(helpOnAll(visible(entries), version, terminal.columns));
    return 0;
  }
  const entry = entries.find((candidate) => candidate.name === name);
  if (entry === undefined) throw unknownCommand(name, entries);
  const command = await entry.load();
  const { help, flags, names, logLevel } = readArguments(command, first === 'help' ? ['--help'] : rest);
  if (help) {
    terminal.out(helpOn(command, terminal.columns));
    return 0;
  }
  return command.run({ flags, names, logLevel, terminal });
}

const visible = (entries: readonly CommandEntry[]) => entries.filter(({ isInternal }) => isInternal !== true);

function unknownCommand(name: string, entries: readonly CommandEntry[]): OrreryError {
  if (name.startsWith('-')) {
    return new OrreryError('UNKNOWN_COMMAND', { what: `a command comes before its flags (${name})` });
  }
  const meant = nearest(
    name,
    visible(entries).map((entry) => entry.name),
  );
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return new OrreryError('UNKNOWN_COMMAND', { what: `unknown command ${JSON.stringify(name)}${hint}` });
}
