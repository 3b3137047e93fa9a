/**
 * One step of a path into an object, in the text form that FieldsV1 uses for keys: `f:<field>`, `k:<json of an item's
 * keys>`, `v:<json of a set's value>`, `i:<index>`. Two steps are the same exactly when their texts are.
 */
import { parseExactly } from '../exact-json.ts';
import { byCodePoint, goFloat, goJson, goQuote, goText } from '../go-format.ts';
import { isObject, type JsonObject } from '../objects.ts';
import type { FieldType, ListType } from './field-type.ts';

export const SELF = '.';
/** Text that JSON prints as it is, with HTML escaping. */
const PLAIN = /^[ !#-%'-;=?-[\]-~]*$/;

/** Thrown for a list item that no path can name; `message` is upstream's. */
export class UnaddressableItem extends Error {}

export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** The step that names the item in its list, which is a set or a map. */
export function itemElement(list: ListType, item: unknown): string {
  return list.kind === 'map' ? keyElement(list, item) : valueElement(item);
}

function valueElement(item: unknown): string {
  if (typeof item === 'object') throw new UnaddressableItem(unfitForSet(item));
  return `v:${scalarJson(item)}`;
}

function unfitForSet(item: object | null): string {
  if (item === null) return "associative list without keys has an element that's an explicit null";
  return Array.isArray(item)
    ? 'not supported: associative list with lists as elements'
    : "associative list without keys has an element that's a map type";
}

function keyElement(list: ListType, item: unknown): string {
  if (!isObject(item)) {
    throw new UnaddressableItem(
      `associative list with keys may not have ${item === null || item === undefined ? 'a null element' : 'non-map elements'}`,
    );
  }
  let keys = '';
  for (const name of list.keys) {
    const value = keyValue(list.element, item, name);
    if (value === undefined) continue;
    keys += `${keys === '' ? '' : ','}${scalarJson(name)}:${scalarJson(value)}`;
  }
  if (keys === '') {
    throw new UnaddressableItem(
      `associative list with keys has an element that omits all key fields [${list.keys.map(goQuote).join(' ')}] (and doesn't have default values for any key fields)`,
    );
  }
  return `k:{${keys}}`;
}

function keyValue(element: FieldType, item: JsonObject, name: string): unknown {
  if (Object.hasOwn(item, name)) return item[name];
  return element.map?.fields.get(name)?.default;
}

function scalarJson(value: unknown): string {
  return typeof value === 'string' && PLAIN.test(value) ? `"${value}"` : goJson(value);
}

const RANK: Readonly<Record<string, number>> = { f: 0, k: 1, v: 2, i: 3 };

/** The canonical order: fields, keyed items, values, indices; each by content, numbers by value. */
export function compareElements(a: string, b: string): number {
  if (a === b) return 0;
  const kind = a.charAt(0);
  if (kind !== b.charAt(0)) return RANK[kind]! - RANK[b.charAt(0)]!;
  if (kind === 'f') return byCodePoint(a, b);
  if (kind === 'i') return Number(a.slice(2)) - Number(b.slice(2));
  return compareInsideString(a, b) ?? compareParsed(a, b, kind);
}

/** The order when the first difference lies inside a JSON string without escapes: nearly always. */
function compareInsideString(a: string, b: string): number | undefined {
  let inside = false;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === BACKSLASH || right === BACKSLASH) return undefined;
    if (left === right) {
      if (left === QUOTE) inside = !inside;
      continue;
    }
    if (!inside) return undefined;
    if (left === QUOTE) return -1;
    if (right === QUOTE) return 1;
    return byCodePoint(a.slice(i), b.slice(i));
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function compareParsed(a: string, b: string, kind: string): number {
  const left: unknown = parseExactly(a.slice(2));
  const right: unknown = parseExactly(b.slice(2));
  return kind === 'v' ? compareValues(left, right) : compareKeys(left as JsonObject, right as JsonObject);
}

/** Keys are sorted; a list of keys that begins another one comes first. */
function compareKeys(a: JsonObject, b: JsonObject): number {
  const left = Object.keys(a).sort(byCodePoint);
  const right = Object.keys(b).sort(byCodePoint);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const order = byCodePoint(left[i]!, right[i]!) || compareValues(a[left[i]!], b[right[i]!]);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** Numbers, then strings, then booleans, then lists, maps and null. */
function compareValues(a: unknown, b: unknown): number {
  const kinds = kindRank(a) - kindRank(b);
  if (kinds !== 0) return kinds;
  if (typeof a === 'string') return byCodePoint(a, b as string);
  if (typeof a === 'boolean') return Number(a) - Number(b);
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0;
  return byCodePoint(goJson(a), goJson(b));
}

const isNumeric = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

function kindRank(value: unknown): number {
  if (isNumeric(value)) return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  if (value === null) return 5;
  return Array.isArray(value) ? 3 : 4;
}

/**
 * The step in the form that all comparisons here rely on, or undefined for a kind of step that is not known (which is
 * ignored, as the real server does).
 * @throws Error when the text is no step
 */
export function canonicalElement(element: string): string | undefined {
  if (element.length < 2) throw new Error('key must be 2 characters long:');
  if (element[1] !== ':') throw new Error(`missing colon: ${element}`);
  const kind = element[0]!;
  if (kind === 'f') return element;
  if (kind === 'i') return canonicalIndex(element);
  if (kind !== 'k' && kind !== 'v') return undefined;
  const value: unknown = parseExactly(element.slice(2));
  if (kind === 'v') return `v:${goJson(value)}`;
  if (!isObject(value)) throw new Error('expected { or n');
  return `k:${goJson(value)}`;
}

function canonicalIndex(element: string): string {
  if (!/^[+-]?\d+$/.test(element.slice(2))) throw new Error(`parsing "${element.slice(2)}": invalid syntax`);
  return `i:${Number(element.slice(2))}`;
}

/**
 * The step as messages show it: `.spec`, `[name="e0"]`, `[="tag"]`, `[0]`.
 * @param stored the step comes from a stored field set, whose numbers upstream has read as floats
 */
export function elementText(element: string, stored = false): string {
  const content = element.slice(2);
  if (element.startsWith('f:')) return `.${content}`;
  if (element.startsWith('i:')) return `[${content}]`;
  const value: unknown = parseExactly(content);
  if (element.startsWith('v:')) return `[=${valueText(value, stored)}]`;
  const keys = Object.entries(value as JsonObject).map(([name, key]) => `${name}=${valueText(key, stored)}`);
  return `[${keys.join(',')}]`;
}

function valueText(value: unknown, stored: boolean): string {
  if (typeof value === 'string') return goQuote(value);
  if (isNumeric(value) && stored) return goFloat(Number(value));
  return value === null ? 'null' : goText(value);
}

/** A whole path as messages show it. */
export function pathText(path: readonly string[], stored = false): string {
  return path.map((element) => elementText(element, stored)).join('');
}
