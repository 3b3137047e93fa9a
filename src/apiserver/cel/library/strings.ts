import type { Pattern } from '../../formats/pattern.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { compileOr, withPattern } from '../pattern.ts';
import { DYN, INT, listOf, STRING } from '../type.ts';
import { ArrayList, EvaluationError, type ListValue, type Value } from '../value.ts';
import { formatText } from './format.ts';

const text = (value: Value | undefined) => value as string;
const STRINGS = listOf(STRING);

const outOfRange = (index: Value) => new EvaluationError(`index out of range: ${index}`);

/** Characters are code points. */
function charAt(source: string, index: Value): string {
  const runes = Array.from(source);
  const at = Number(index);
  if (at < 0 || at > runes.length) throw outOfRange(index);
  return runes[at] ?? '';
}

function indexOf(source: string, part: string, offset: Value): number {
  const from = Number(offset);
  if (from < 0) throw outOfRange(offset);
  const runes = Array.from(source);
  if (part === '') return Math.min(from, runes.length);
  const wanted = Array.from(part);
  for (let i = from; i + wanted.length <= runes.length; i++) if (isAt(runes, wanted, i)) return i;
  return -1;
}

/** @param offset undefined for the whole string */
function lastIndexOf(source: string, part: string, offset: Value | undefined): number {
  const runes = Array.from(source);
  const from = offset === undefined ? runes.length - 1 : Number(offset);
  if (part === '') {
    if (offset === undefined) return runes.length;
    if (from < 0) throw outOfRange(offset);
    return Math.min(from, runes.length);
  }
  if (offset === undefined && Buffer.byteLength(source) < Buffer.byteLength(part)) return -1;
  if (from < 0) throw outOfRange(offset ?? from);
  const wanted = Array.from(part);
  if (from >= runes.length) return -1;
  for (let i = Math.min(from, runes.length - wanted.length); i >= 0; i--) if (isAt(runes, wanted, i)) return i;
  return -1;
}

function isAt(runes: readonly string[], wanted: readonly string[], at: number): boolean {
  return wanted.every((rune, index) => runes[at + index] === rune);
}

function substring(source: string, start: Value, end: Value | undefined): string {
  const runes = Array.from(source);
  const from = Number(start);
  const to = end === undefined ? runes.length : Number(end);
  if (end !== undefined && from > to) {
    throw new EvaluationError(`invalid substring range. start: ${start}, end: ${end}`);
  }
  if (from < 0 || from > runes.length) throw outOfRange(start);
  if (to < 0 || to > runes.length) throw outOfRange(end!);
  return runes.slice(from, to).join('');
}

/** @param count how many at most; negative for all */
function replace(source: string, old: string, next: string, count: number): string {
  if (old === next || count === 0) return source;
  if (count < 0 && old !== '') return source.replaceAll(old, () => next);
  const parts = old === '' ? ['', ...Array.from(source)] : source.split(old);
  const limit = count < 0 ? parts.length : count;
  let result = '';
  parts.forEach((part, index) => {
    if (old === '') result += index === 0 ? '' : part;
    else result += part;
    const isLast = index === parts.length - 1;
    if (index < limit && (old === '' || !isLast)) result += next;
    else if (!isLast) result += old;
  });
  return result;
}

function split(source: string, separator: string, count: number): ListValue {
  if (count === 0) return new ArrayList([]);
  const parts = separator === '' ? Array.from(source) : source.split(separator);
  if (count > 0 && parts.length > count) parts.splice(count - 1, parts.length, parts.slice(count - 1).join(separator));
  return new ArrayList(parts);
}

/** White space as Go's strings.TrimSpace sees it. */
function trim(source: string): string {
  return source.replace(/^[\p{White_Space}]+|[\p{White_Space}]+$/gu, '');
}

const lower = (source: string) => source.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (source: string) => source.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

function join(list: ListValue, separator: string): string {
  const parts: string[] = [];
  for (const item of list.items()) {
    if (typeof item !== 'string') throw new EvaluationError(`join: invalid input: ${String(item)}`);
    parts.push(item);
  }
  return parts.join(separator);
}

const QUOTED: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

function quote(source: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is quoted
  return `"${source.replace(/[\x07\b\f\n\r\t\v\\"]/g, (character) => QUOTED[character]!)}"`;
}

/** cel-go's ext.Strings, version 2. */
export const stringFunctions: readonly FunctionDeclaration[] = [
  fn('charAt', [member('string_char_at_int', [STRING, INT], STRING, (a, i) => charAt(text(a), i!))]),
  fn('indexOf', [
    member('string_index_of_string', [STRING, STRING], INT, (a, b) => indexOf(text(a), text(b), 0)),
    member('string_index_of_string_int', [STRING, STRING, INT], INT, (a, b, i) => indexOf(text(a), text(b), i!)),
  ]),
  fn('lastIndexOf', [
    member('string_last_index_of_string', [STRING, STRING], INT, (a, b) => lastIndexOf(text(a), text(b), undefined)),
    member('string_last_index_of_string_int', [STRING, STRING, INT], INT, (a, b, i) =>
      lastIndexOf(text(a), text(b), i),
    ),
  ]),
  fn('lowerAscii', [member('string_lower_ascii', [STRING], STRING, (a) => lower(text(a)))]),
  fn('replace', [
    member('string_replace_string_string', [STRING, STRING, STRING], STRING, (a, b, c) =>
      replace(text(a), text(b), text(c), -1),
    ),
    member('string_replace_string_string_int', [STRING, STRING, STRING, INT], STRING, (a, b, c, n) =>
      replace(text(a), text(b), text(c), Number(n)),
    ),
  ]),
  fn('split', [
    member('string_split_string', [STRING, STRING], STRINGS, (a, b) => split(text(a), text(b), -1)),
    member('string_split_string_int', [STRING, STRING, INT], STRINGS, (a, b, n) => split(text(a), text(b), Number(n))),
  ]),
  fn('substring', [
    member('string_substring_int', [STRING, INT], STRING, (a, i) => substring(text(a), i!, undefined)),
    member('string_substring_int_int', [STRING, INT, INT], STRING, (a, i, j) => substring(text(a), i!, j)),
  ]),
  fn('trim', [member('string_trim', [STRING], STRING, (a) => trim(text(a)))]),
  fn('upperAscii', [member('string_upper_ascii', [STRING], STRING, (a) => upper(text(a)))]),
  fn('format', [
    member('string_format', [STRING, listOf(DYN)], STRING, (a, list) => formatText(text(a), list as ListValue)),
  ]),
  fn('strings.quote', [overload('strings_quote', [STRING], STRING, (a) => quote(text(a)))]),
  fn('join', [
    member('list_join', [STRINGS], STRING, (list) => join(list as ListValue, '')),
    member('list_join_string', [STRINGS, STRING], STRING, (list, b) => join(list as ListValue, text(b))),
  ]),
];

function patternFor(source: Value): Pattern {
  return compileOr(source as string, 'Illegal regex: ');
}

function find(source: Value, pattern: Pattern): string {
  const match = pattern.find(text(source), 0);
  return match === undefined ? '' : text(source).slice(match.start, match.end);
}

function findAll(source: Value, pattern: Pattern, count: Value = -1): ListValue {
  return new ArrayList(pattern.findAll(text(source), Number(count)));
}

/** k8s.io/apiserver, pkg/cel/library/regex.go */
export const regexFunctions: readonly FunctionDeclaration[] = [
  fn('find', [member('string_find_string', [STRING, STRING], STRING, (a, b) => find(a!, patternFor(b!)))], {
    specialize: withPattern((a, pattern) => find(a, pattern)),
  }),
  fn(
    'findAll',
    [
      member('string_find_all_string', [STRING, STRING], STRINGS, (a, b) => findAll(a!, patternFor(b!))),
      member('string_find_all_string_int', [STRING, STRING, INT], STRINGS, (a, b, n) => findAll(a!, patternFor(b!), n)),
    ],
    { specialize: withPattern((a, pattern, count) => findAll(a, pattern, count)) },
  ),
];
