import { duplicateError, type FieldError, invalidError } from '../field-error.ts';
import { goJson } from '../go-format.ts';
import type { SchemaNode } from './node.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What stands twice in a list of type set or map, at its second place. */
export interface Duplicate {
  readonly index: number;
  /** The item of a set, the keys of a map's item. */
  readonly value: unknown;
}

/**
 * The items of a list of type set or map that stand there already; undefined when there are none. A key that is left
 * out counts as a value of its own. (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/listtype)
 */
export function duplicateKeys(node: SchemaNode, items: readonly unknown[]): Duplicate[] | undefined {
  if (items.length < 2) return undefined;
  const keys = node.listMapKeys;
  const keyOf = node.listType === 'set' ? setKey : keys.length === 1 ? singleKey(keys[0]!) : jointKey(keys);
  const seen = new Map<unknown, number>();
  let duplicates: Duplicate[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const key = keyOf(items[index]);
    const times = seen.get(key) ?? 0;
    seen.set(key, times + 1);
    if (times !== 1) continue;
    duplicates ??= [];
    duplicates.push({ index, value: node.listType === 'set' ? items[index] : keysOf(keys, items[index]) });
  }
  return duplicates;
}

const ABSENT = Symbol('absent');

/** Scalars are their own keys; objects and lists are equal when their JSON is. */
function setKey(item: unknown): unknown {
  return typeof item === 'object' && item !== null
    ? `json:${goJson(item)}`
    : typeof item === 'string'
      ? `:${item}`
      : item;
}

function singleKey(key: string): (item: unknown) => unknown {
  return (item) => (hasKey(item, key) ? setKey(item[key]) : ABSENT);
}

function jointKey(keys: readonly string[]): (item: unknown) => unknown {
  return (item) => goJson(keysOf(keys, item));
}

function keysOf(keys: readonly string[], item: unknown): Fields {
  return Object.fromEntries(keys.filter((key) => hasKey(item, key)).map((key) => [key, (item as Fields)[key]]));
}

function hasKey(item: unknown, key: string): item is Fields {
  return typeof item === 'object' && item !== null && Object.hasOwn(item, key);
}

/** Every duplicate in a value and below it. Paths of map entries are written `labels[key]`. */
export function listTypeErrors(node: SchemaNode, value: unknown, path: string): FieldError[] {
  if (Array.isArray(value)) return arrayErrors(node, value, path);
  if (typeof value !== 'object' || value === null) return [];
  const errors: FieldError[] = [];
  for (const [key, field] of Object.entries(value)) {
    const declared = node.properties?.get(key);
    // Upstream walks a key that is declared under both; structural schemas cannot declare both.
    if (declared !== undefined) errors.push(...listTypeErrors(declared, field, path === '' ? key : `${path}.${key}`));
    if (typeof node.additionalProperties === 'object') {
      errors.push(...listTypeErrors(node.additionalProperties, field, `${path}[${key}]`));
    }
  }
  return errors;
}

function arrayErrors(node: SchemaNode, items: readonly unknown[], path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (node.listType === 'map') {
    const odd = items.findIndex((item) => item !== null && (typeof item !== 'object' || Array.isArray(item)));
    if (odd >= 0) {
      const text = 'must be an object for an array of list-type map';
      errors.push(invalidError(`${path}[${odd}]`, items[odd], text));
    }
  }
  if (errors.length === 0 && (node.listType === 'set' || node.listType === 'map')) {
    const duplicates = duplicateKeys(node, items) ?? [];
    errors.push(...duplicates.map(({ index, value }) => duplicateError(`${path}[${index}]`, value)));
  }
  if (node.items === undefined) return errors;
  for (let i = 0; i < items.length; i++) errors.push(...listTypeErrors(node.items, items[i], `${path}[${i}]`));
  return errors;
}
