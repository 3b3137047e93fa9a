import { deepEqual } from '../../base/json.ts';
import type { Pattern } from '../formats/pattern.ts';
import { compilePattern } from '../formats/regular-expression.ts';
import { stringFormats } from '../formats/string-formats.ts';
import { isValidEmbedded } from './embedded.ts';
import { equalsEnum, formatOf, runeCount, typeMismatch } from './kinds.ts';
import { duplicateKeys } from './list-type.ts';
import { type SchemaNode, typesOf } from './node.ts';
import { compileBounds } from './number-bounds.ts';

/**
 * Whether a value is valid: types, values, list types and embedded resources in one pass, without a word about what is
 * wrong. Nearly all objects are valid; `explain.ts` finds the words for the others.
 */
export type Check = (value: unknown) => boolean;

export function compileCheck(node: SchemaNode): Check {
  const checks = [...compileScalars(node), ...compileJunctors(node)];
  const whenNull = typeMismatch(node, null) === undefined && (node.enum ?? []).length === 0;
  const all = combine(checks);
  const array = compileArray(node);
  const object = compileObject(node);
  const simple = simpleType(node);
  return (value) => {
    if (value === null || value === undefined) return whenNull;
    if (simple === undefined ? typeMismatch(node, value) !== undefined : !hasType(simple, value)) return false;
    if (!all(value)) return false;
    if (typeof value !== 'object') return true;
    return Array.isArray(value) ? array(value) : object(value as Record<string, unknown>);
  };
}

/** The one type of the schema where that is all there is to check; `text` under a format, where lists pass as well. */
function simpleType(node: SchemaNode): string | undefined {
  const types = typesOf(node);
  if (types.length !== 1) return undefined;
  return types[0] === 'string' && formatOf(node) !== '' ? 'text' : types[0];
}

function hasType(type: string, value: unknown): boolean {
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Number.isSafeInteger(value) || isWhole(value) : typeof value === 'bigint';
    case 'number':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'text':
      return typeof value === 'string' || Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}

function isWhole(value: number): boolean {
  return Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

function combine(checks: readonly Check[]): Check {
  const [first, second] = checks;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (checks.length === 2) return (value) => first(value) && second(value);
  return (value) => {
    for (const check of checks) if (!check(value)) return false;
    return true;
  };
}

function compileScalars(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const text = compileText(node);
  if (text !== undefined) checks.push((value) => typeof value !== 'string' || text(value));
  const inBounds = compileBounds(node);
  if (inBounds !== undefined) {
    checks.push((value) => (typeof value !== 'number' && typeof value !== 'bigint') || inBounds(value));
  }
  const allowed = node.enum ?? [];
  if (allowed.length > 0) {
    const strings = new Set(allowed.filter((item) => typeof item === 'string'));
    checks.push((value) =>
      typeof value === 'string' ? strings.has(value) : allowed.some((item) => equalsEnum(value, item, deepEqual)),
    );
  }
  return checks;
}

function compileText(node: SchemaNode): ((text: string) => boolean) | undefined {
  const checks: ((text: string) => boolean)[] = [];
  const { maxLength, minLength } = node;
  if (maxLength !== undefined) checks.push((text) => text.length <= maxLength || runeCount(text) <= maxLength);
  if (minLength !== undefined && minLength > 0) {
    checks.push((text) => text.length >= minLength && (text.length >= 2 * minLength || runeCount(text) >= minLength));
  }
  if (node.pattern !== '') {
    let pattern: Pattern | undefined;
    checks.push((text) => {
      pattern ??= compilePattern(node.pattern);
      return pattern.test(text);
    });
  }
  const format = stringFormats.get(formatOf(node).replaceAll('-', ''));
  if (format !== undefined) checks.push(format);
  if (checks.length === 0) return undefined;
  return checks.length === 1 ? checks[0] : (text) => checks.every((check) => check(text));
}

function compileJunctors(node: SchemaNode): Check[] {
  const checks: Check[] = [];
  const anyOf = node.anyOf.map(compileCheck);
  const oneOf = node.oneOf.map(compileCheck);
  const allOf = node.allOf.map(compileCheck);
  if (anyOf.length > 0) checks.push((value) => anyOf.some((check) => check(value)));
  if (oneOf.length > 0) checks.push((value) => oneOf.filter((check) => check(value)).length === 1);
  checks.push(...allOf);
  if (node.not !== undefined) {
    const not = compileCheck(node.not);
    checks.push((value) => !not(value));
  }
  return checks;
}

function compileArray(node: SchemaNode): (items: readonly unknown[]) => boolean {
  const { maxItems = Number.POSITIVE_INFINITY, minItems = 0, uniqueItems } = node;
  const check = node.items === undefined ? undefined : compileCheck(node.items);
  const keyed = node.listType === 'set' || node.listType === 'map';
  return (items) => {
    if (items.length > maxItems || items.length < minItems) return false;
    if (check !== undefined) for (let i = 0; i < items.length; i++) if (!check(items[i])) return false;
    if (uniqueItems && items.some((item, i) => items.slice(0, i).some((other) => deepEqual(item, other)))) return false;
    return !keyed || duplicateKeys(node, items) === undefined;
  };
}

function compileObject(node: SchemaNode): (value: Record<string, unknown>) => boolean {
  const fields = new Map<string, Check>();
  for (const [name, child] of node.properties ?? []) fields.set(name, compileCheck(child));
  const additional =
    typeof node.additionalProperties === 'object' ? compileCheck(node.additionalProperties) : undefined;
  const closed = node.additionalProperties === false;
  const { required, maxProperties = Number.POSITIVE_INFINITY, minProperties = 0, embeddedResource } = node;
  const counted = node.maxProperties !== undefined || minProperties > 0;
  return (value) => {
    let count = 0;
    for (const key in value) {
      count++;
      const check = fields.get(key) ?? additional;
      if (check === undefined ? closed : !check(value[key])) return false;
    }
    if (counted && (count > maxProperties || count < minProperties)) return false;
    for (let i = 0; i < required.length; i++) if (!Object.hasOwn(value, required[i]!)) return false;
    return !embeddedResource || isValidEmbedded(value);
  };
}
