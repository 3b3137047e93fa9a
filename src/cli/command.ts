import type { Flags, FlagValues } from './flags.ts';
import type { Terminal } from './terminal.ts';

/** What a command's `run` is handed. */
export interface Invocation<F extends Flags> {
  readonly flags: FlagValues<F>;
  /** What stood beside the flags. */
  readonly names: readonly string[];
  readonly logLevel: LogLevel;
  readonly terminal: Terminal;
}

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** One command: what it takes, how it is explained, what it does. */
export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Paragraphs for `--help`: what it is for, what a person has to know. */
  readonly description: readonly string[];
  readonly flags: F;
  /** Names beside the flags: as the usage line shows them, and how many there may be. */
  readonly names?: { readonly usage: string; readonly least: number; readonly most: number };
  readonly examples: readonly { readonly does: string; readonly type: string }[];
  /** Resolves with the exit code. What it throws is printed by the frame. */
  run(invocation: Invocation<F>): Promise<number>;
}

/** Keeps the flags' types for `run`; commands differ in them, so the table of commands does not know them. */
export function defineCommand<const F extends Flags>(command: Command<F>): Command {
  return command as unknown as Command;
}

/** A line of the table of commands: enough for `orrery --help`, and how to load the rest. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Not for people: left out of help and suggestions. */
  readonly isInternal?: boolean;
  load(): Promise<Command>;
}
