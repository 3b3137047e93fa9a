import { isInt64 } from '../field-error.ts';
import { knownFormat } from '../formats/string-formats.ts';
import { type SchemaNode, typesOf } from './node.ts';

/** The JSON type of a value as the server sees it: whole numbers are integers, those beyond int64 are not. */
export type Kind = 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object' | 'null';

export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return isInt64(value) ? 'integer' : 'number';
    case 'bigint':
      return 'integer';
    case 'boolean':
      return 'boolean';
    default:
      if (value === null || value === undefined) return 'null';
      return Array.isArray(value) ? 'array' : 'object';
  }
}

/** The format that is enforced on values of the schema, or ''. */
export function formatOf(node: SchemaNode): string {
  return knownFormat(node.intOrString ? '' : node.type, node.format) ?? '';
}

/** What a value is not: the type or format it should have, and what it is said to be instead. */
export interface Mismatch {
  readonly expected: string;
  readonly actual: string;
}

/** The type check with its oddities: under a format, lists pass for strings, and what is neither is told the format. */
export function typeMismatch(node: SchemaNode, value: unknown): Mismatch | undefined {
  const types = typesOf(node);
  const kind = kindOf(value);
  if (kind === 'null') {
    return types.length === 0 || node.nullable ? undefined : { expected: types.join(','), actual: 'null' };
  }
  const format = formatOf(node);
  if (types.length === 0 && format === '') return undefined;
  const numeric = types.includes('integer') || types.includes('number');
  // Whole floats beyond int64 are not integers; every integer is a number.
  const fits = types.includes(kind) || (kind === 'integer' && types.includes('number'));
  const textual = kind === 'string' || kind === 'array';
  if (!textual && format !== '' && !fits) {
    const actual = kind === 'integer' ? 'int64' : kind === 'number' ? 'float64' : '';
    return { expected: format, actual };
  }
  if (!numeric && format !== '' && textual) return undefined;
  return fits ? undefined : { expected: types.join(','), actual: kind };
}

/** Characters as Go's utf8.RuneCount counts them. */
export function runeCount(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0xd800 || unit > 0xdbff) continue;
    const next = text.charCodeAt(i + 1);
    if (next >= 0xdc00 && next <= 0xdfff) {
      count--;
      i++;
    }
  }
  return count;
}

/** Equality with an enum's value after Go's conversion to its type: `1.5` converts to the integer 1, 65 to "A". */
export function equalsEnum(value: unknown, allowed: unknown, deepEqual: (a: unknown, b: unknown) => boolean): boolean {
  if (allowed === null || value === null) return false;
  if (typeof allowed === 'string' && kindOf(value) === 'integer') {
    const rune = Number(value);
    const isRune = rune >= 0 && rune <= 0x10ffff && !(rune >= 0xd800 && rune < 0xe000);
    return allowed === (isRune ? String.fromCodePoint(rune) : '\uFFFD');
  }
  if (typeof allowed === 'number' && typeof value === 'number' && isInt64(allowed))
    return Math.trunc(value) === allowed;
  // Schemas have numbers only.
  if (typeof allowed === 'number' && typeof value === 'bigint') return Number(value) === allowed;
  return deepEqual(value, allowed);
}
