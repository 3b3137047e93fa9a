/** Log records as people read them: one JSON object per line in, one line of words out. */

const levelWords: Readonly<Record<string, string>> = { debug: 'debug ', info: '', warn: 'WARN ', error: 'ERROR ' };
const colours: Readonly<Record<string, string>> = { debug: '\u001b[2m', warn: '\u001b[33m', error: '\u001b[31m' };
const END_COLOUR = '\u001b[0m';
const LONGEST_VALUE = 300;

export interface LineStyle {
  /** What every line begins with, as `controllers `. */
  readonly prefix: string;
  readonly hasColour: boolean;
}

/** A line of a program's output: a record in words, anything else as it is. */
export function readableLine(line: string, style: LineStyle): string {
  const record = parseRecord(line);
  if (record === undefined) return `${style.prefix}${line}`;
  const { level, time, msg, program: _, err, ...fields } = record;
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  const words = Object.entries(fields).map(([key, value]) => `${key}=${fieldText(value)}`);
  const text = [String(msg ?? ''), ...words, ...errorWords(err, String(level))].filter(Boolean).join('  ');
  const [before, after] = style.hasColour && colours[String(level)] ? [colours[String(level)], END_COLOUR] : ['', ''];
  return `${clock} ${style.prefix}${before}${levelWords[String(level)] ?? ''}${text}${after}`;
}

function parseRecord(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{"level":')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // cut off when the program died
  }
}

function fieldText(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  const short = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  return /[\s"]/.test(short) && typeof value === 'string' ? JSON.stringify(short) : short;
}

/** Warnings name the error; errors, which should not happen, show where it came from. */
function errorWords(err: unknown, level: string): string[] {
  if (typeof err !== 'object' || err === null) return [];
  const { message, stack } = err as { message?: string; stack?: string };
  return [level === 'error' ? `\n${stack ?? message}` : `(${message})`];
}

/** Cuts a stream of text into lines; `end` gives out what came after the last line break. */
export class LineCutter {
  readonly #take: (line: string) => void;
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line);
  }

  end(): void {
    if (this.#rest !== '') this.#take(this.#rest);
    this.#rest = '';
  }
}
