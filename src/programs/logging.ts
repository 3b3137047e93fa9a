import { pino } from 'pino';
import type { Logger } from '../base/logger.ts';
import { choice, withDefault } from '../cli/flags.ts';
import { readableLine } from './log-lines.ts';

export const logFormatFlag = withDefault(
  choice(['auto', 'text', 'json'], {
    placeholder: 'FORMAT',
    about: 'text for people, json for machines; auto: text on a terminal, json elsewhere.',
  }),
  'auto' as const,
);

export interface LogOptions {
  readonly program: string;
  readonly level: string;
  readonly format: 'text' | 'json';
  readonly hasColour: boolean;
  readonly write: (text: string) => void;
}

/** A pino logger: one JSON object per line, or the same in words. */
export function createLogger({ program, level, format, hasColour, write }: LogOptions): Logger {
  const style = { prefix: '', hasColour };
  const text = { write: (line: string) => write(`${readableLine(line.trimEnd(), style)}\n`) };
  return pino(
    { level, base: { program }, formatters: { level: (label) => ({ level: label }) } },
    format === 'json' ? { write } : text,
  );
}
