import { goFloat, goQuote } from '../../go-format.ts';
import { toStringValue } from '../conversion.ts';
import {
  Double,
  Duration,
  EvaluationError,
  isInt,
  ListValue,
  MapValue,
  Timestamp,
  TypeValue,
  typeName,
  Uint,
  type Value,
} from '../value.ts';
import { fixedText, scientificText } from './float-text.ts';

/** The kinds of clauses of a format string. */
export type ClauseKind = 'binary' | 'decimal' | 'fixed' | 'hex' | 'octal' | 'scientific' | 'string';

export interface Clause {
  readonly kind: ClauseKind;
  readonly precision: number | undefined;
  readonly isUpper: boolean;
}

const KINDS: Readonly<Record<string, ClauseKind>> = {
  s: 'string',
  d: 'decimal',
  f: 'fixed',
  e: 'scientific',
  b: 'binary',
  x: 'hex',
  X: 'hex',
  o: 'octal',
};

/** What a clause of the kind takes, as errors say it; the type that it was given follows. */
export const WRONG_ARGUMENT: Readonly<Record<ClauseKind, string>> = {
  binary: 'only integers and bools can be formatted as binary, was given ',
  decimal: 'decimal clause can only be used on integers, was given ',
  fixed: 'fixed-point clause can only be used on doubles, was given ',
  hex: 'only integers, byte buffers, and strings can be formatted as hex, was given ',
  octal: 'octal clause can only be used on integers, was given ',
  scientific: 'scientific clause can only be used on doubles, was given ',
  string:
    'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ',
};

const NO_CLAUSE = 'could not parse formatting clause: ';
const IN_PRECISION = `${NO_CLAUSE}error while parsing precision: `;

/**
 * Replaces the clauses of a format string (cel-go, ext/formatting.go).
 * @param args how many there are; whether a clause that the text breaks off is noticed before a missing argument
 * @param fill what stands for a clause, given its number
 * @throws EvaluationError for what is no format string
 */
export function fillFormat(
  format: string,
  args: { readonly count: number; readonly endsFirst: boolean },
  fill: (clause: Clause, index: number) => string,
): string {
  let text = '';
  let index = 0;
  for (let i = 0; i < format.length; ) {
    if (format[i] !== '%') text += format[i++];
    else if (format[i + 1] === '%') {
      text += '%';
      i += 2;
    } else {
      const endsHere = args.endsFirst && i + 1 >= format.length;
      if (index >= args.count && !endsHere) throw new EvaluationError(`index ${index} out of range`);
      const { clause, end } = readClause(format, i + 1);
      text += fill(clause, index++);
      i = end;
    }
  }
  return text;
}

function readClause(format: string, start: number): { clause: Clause; end: number } {
  if (start >= format.length) throw new EvaluationError('unexpected end of string');
  let at = start;
  let precision: number | undefined;
  if (format[at] === '.') {
    const digits = /^[0-9]*/.exec(format.slice(at + 1))![0];
    at += 1 + digits.length;
    if (at >= format.length) throw new EvaluationError(`${IN_PRECISION}could not find end of precision specifier`);
    if (digits === '') {
      const cause = 'error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax';
      throw new EvaluationError(`${IN_PRECISION}${cause}`);
    }
    precision = Number(digits);
  }
  const letter = format[at]!;
  const kind = Object.hasOwn(KINDS, letter) ? KINDS[letter] : undefined;
  if (kind === undefined) {
    // Upstream looks at the first byte only.
    const first = String.fromCharCode(Buffer.from(format.slice(at))[0]!);
    throw new EvaluationError(`${NO_CLAUSE}unrecognized formatting clause "${first}"`);
  }
  return { clause: { kind, precision, isUpper: letter === 'X' }, end: at + 1 };
}

/** `string.format(list)` */
export function formatText(format: string, args: ListValue): string {
  return fillFormat(format, { count: args.size, endsFirst: false }, (clause, index) => {
    try {
      return clauseText(clause, args.at(index));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new EvaluationError(`error during formatting: ${error.message}`);
    }
  });
}

/** The precision of `%f` and the width of `%e` where none is given. */
const DEFAULT_PRECISION = 6;

function clauseText({ kind, precision = DEFAULT_PRECISION, isUpper }: Clause, value: Value): string {
  const wrong = () => new EvaluationError(`${WRONG_ARGUMENT[kind]}${typeName(value)}`);
  switch (kind) {
    case 'string':
      return stringText(value);
    case 'decimal':
      if (isInt(value) || value instanceof Uint) return integerOf(value).toString();
      throw wrong();
    case 'binary':
      if (typeof value === 'boolean') return value ? '1' : '0';
      if (isInt(value) || value instanceof Uint) return integerOf(value).toString(2);
      throw wrong();
    case 'octal':
      if (isInt(value) || value instanceof Uint) return integerOf(value).toString(8);
      throw wrong();
    case 'hex': {
      const text = hexText(value);
      if (text === undefined) throw wrong();
      return isUpper ? text.toUpperCase() : text;
    }
    case 'fixed':
    case 'scientific': {
      const number = doubleOf(value);
      if (number === undefined) throw wrong();
      return kind === 'fixed' ? fixedText(number, precision) : scientificText(number, precision);
    }
  }
}

function integerOf(value: number | bigint | Uint): number | bigint {
  return value instanceof Uint ? value.value : value;
}

function hexText(value: Value): string | undefined {
  if (isInt(value) || value instanceof Uint) return integerOf(value).toString(16);
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : undefined;
}

const NAMED: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

function doubleOf(value: Value): number | undefined {
  if (value instanceof Double) return value.value;
  return typeof value === 'string' && Object.hasOwn(NAMED, value) ? NAMED[value] : undefined;
}

function stringText(value: Value): string {
  if (value instanceof ListValue || value instanceof MapValue) return nestedText(value);
  const isPrintable =
    value === null ||
    typeof value !== 'object' ||
    value instanceof Double ||
    value instanceof Uint ||
    value instanceof Uint8Array ||
    value instanceof Timestamp ||
    value instanceof Duration ||
    value instanceof TypeValue;
  if (!isPrintable) throw new EvaluationError(`${WRONG_ARGUMENT.string}${typeName(value)}`);
  return toStringValue(value) as string;
}

/** Inside of lists and maps, values look like literals. */
function nestedText(value: Value): string {
  if (value instanceof ListValue) return `[${[...value.items()].map(nestedText).join(', ')}]`;
  if (value instanceof MapValue) return mapText(value);
  if (typeof value === 'string') return goQuote(value);
  if (value instanceof Uint8Array) return `b${goQuote(Buffer.from(value).toString('latin1'))}`;
  if (value instanceof Timestamp) return `timestamp(${goQuote(toStringValue(value) as string)})`;
  if (value instanceof Duration) return `duration(${goQuote(toStringValue(value) as string)})`;
  if (value instanceof Double) return nestedDouble(value.value);
  const isPrintable =
    value === null || typeof value !== 'object' || value instanceof Uint || value instanceof TypeValue;
  if (!isPrintable) throw new EvaluationError(`no formatting function for ${typeName(value)}`);
  return toStringValue(value) as string;
}

function nestedDouble(value: number): string {
  if (!Number.isFinite(value)) return goQuote(goFloat(value));
  return fixedText(value, DEFAULT_PRECISION).replaceAll(',', '');
}

function mapText(map: MapValue): string {
  const pairs: [key: string, value: string][] = [];
  for (const key of map.keys()) {
    const isKey = ['string', 'bool', 'int', 'uint'].includes(typeName(key));
    if (!isKey) throw new EvaluationError(`no formatting function for map key of type ${typeName(key)}`);
    pairs.push([nestedText(key), nestedText(map.find(key)!)]);
  }
  pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${pairs.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
