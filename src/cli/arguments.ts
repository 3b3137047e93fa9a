import { parseArgs } from 'node:util';
import { OrreryError } from '../base/errors.ts';
import { nearest } from '../base/nearest.ts';
import { type Command, type LogLevel, logLevels } from './command.ts';
import { choice, FlagError, type Flags, toggle, withDefault } from './flags.ts';

/** The flags of every command. */
export const commonFlags = {
  help: toggle({ short: 'h', about: 'Explain this command.' }),
  'log-level': withDefault(
    choice(logLevels, { placeholder: 'LEVEL', about: `How much to log: ${logLevels.join(', ')}.` }),
    'info' as LogLevel,
  ),
} as const satisfies Flags;

export interface Arguments {
  readonly help: boolean;
  readonly logLevel: LogLevel;
  readonly flags: Readonly<Record<string, unknown>>;
  readonly names: readonly string[];
}

/**
 * Reads a command's arguments (without its name). Throws `OrreryError` BAD_USAGE, which names the flag. With `--help`
 * among them nothing else is looked at.
 */
export function readArguments(command: Command, given: readonly string[]): Arguments {
  const flags: Flags = { ...command.flags, ...commonFlags };
  if (asksForHelp(given)) return { help: true, logLevel: 'info', flags: {}, names: [] };
  const wrong = (what: string) => new OrreryError('BAD_USAGE', { what, command: command.name });
  const { occurrences, names } = sort(flags, given, wrong);
  const values: Record<string, unknown> = {};
  const { least = 0, most = 0 } = command.names ?? {};
  if (names.length > most) throw wrong(tooMany(command, names[most]!));
  if (names.length < least) throw wrong(`${command.names!.usage} is missing`);
  for (const [name, flag] of Object.entries(flags)) {
    try {
      values[name] = flag.read(occurrences.get(name) ?? []);
    } catch (error) {
      if (!(error instanceof FlagError)) throw error;
      throw wrong(`--${name}: ${error.message}`);
    }
  }
  const { help, 'log-level': logLevel, ...own } = values;
  return { help: help === true, logLevel: logLevel as LogLevel, flags: own, names };
}

/** A person who asks for help has their other flags wrong, or only half typed. */
export function asksForHelp(given: readonly string[]): boolean {
  const end = given.indexOf('--');
  return given.slice(0, end < 0 ? undefined : end).some((word) => word === '--help' || word === '-h');
}

function tooMany(command: Command, extra: string): string {
  const file = 'file' in command.flags ? '; each file needs its own -f' : '';
  return `unexpected ${JSON.stringify(extra)}${file}`;
}

type Wrong = (what: string) => OrreryError;

function sort(flags: Flags, given: readonly string[], wrong: Wrong) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      {
        type: flag.takesValue ? ('string' as const) : ('boolean' as const),
        multiple: true,
        ...(flag.short ? { short: flag.short } : {}),
      },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...given],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const occurrences = new Map<string, string[]>();
  const names: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') names.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw wrong(unknownFlag(token.rawName, flags));
    const text = textOf(token, flag.takesValue, wrong);
    occurrences.set(token.name, [...(occurrences.get(token.name) ?? []), text]);
  }
  return { occurrences, names };
}

function textOf(
  token: { rawName: string; value: string | undefined; inlineValue: boolean | undefined },
  takesValue: boolean,
  wrong: Wrong,
): string {
  if (!takesValue) return token.value ?? 'true';
  if (token.value === undefined) throw wrong(`${token.rawName} needs a value`);
  // `--data-dir --port 1` is a forgotten value; `-f -` and `--offset -5` are not.
  if (!token.inlineValue && /^--?[a-z]/i.test(token.value)) {
    throw wrong(`${token.rawName} needs a value, and ${token.value} looks like a flag (or write ${token.rawName}=…)`);
  }
  return token.value;
}

function unknownFlag(rawName: string, flags: Flags): string {
  const visible = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  const suggestion = rawName.startsWith('--')
    ? nearest(
        rawName.slice(2),
        visible.map(([name]) => name),
      )
    : undefined;
  return `unknown flag ${rawName}${suggestion === undefined ? '' : `; did you mean --${suggestion}?`}`;
}
