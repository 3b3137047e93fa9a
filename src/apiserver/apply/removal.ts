/** Taking paths out of a value (structured-merge-diff, typed.RemoveItems). What stays whole is shared with the input. */
import { setOwn } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { type FieldSet, isEmpty, isMember, LEAF } from './field-set.ts';
import type { FieldType, ListType, MapType } from './field-type.ts';
import { fieldElement, itemElement, SELF } from './path-element.ts';
import { childType } from './schema-change.ts';
import { partFor } from './walk.ts';

/** The value without the paths in the set. */
export function withoutPaths(type: FieldType, value: JsonObject, paths: FieldSet): JsonObject {
  return isEmpty(paths) ? value : (withoutNode(type, value, paths) as JsonObject);
}

/** null for a value of which nothing is left. */
function withoutNode(type: FieldType, value: unknown, paths: FieldSet): unknown {
  const part = partFor(type, value);
  if (part === 'map') return isObject(value) ? withoutKeys(type.map!, value, paths) : null;
  if (part === 'list') return Array.isArray(value) ? withoutItems(type.list!, value, paths) : null;
  return value;
}

function withoutKeys(type: MapType, value: JsonObject, paths: FieldSet): unknown {
  if (type.atomic || Object.keys(value).length === 0) return null;
  const kept: JsonObject = {};
  let same = true;
  for (const key of Object.keys(value)) {
    const node = paths[fieldElement(key)];
    if (node !== undefined && isMember(node)) {
      same = false;
      continue;
    }
    const field = type.fields.get(key)?.type ?? type.element!;
    const child = node === undefined ? value[key] : withoutNode(field, value[key], node);
    same &&= child === value[key];
    setOwn(kept, key, child);
  }
  if (same) return value;
  return Object.keys(kept).length === 0 ? null : kept;
}

function withoutItems(type: ListType, value: readonly unknown[], paths: FieldSet): unknown {
  if (type.kind === 'atomic' || value.length === 0) return null;
  const kept: unknown[] = [];
  let same = true;
  for (const item of value) {
    const node = paths[itemElement(type, item)];
    if (node !== undefined && isMember(node)) {
      same = false;
      continue;
    }
    const child = node === undefined ? item : withoutNode(type.element, item, node);
    same &&= child === item;
    kept.push(child);
  }
  if (same) return value;
  return kept.length === 0 ? null : kept;
}

/**
 * The set with every struct field that has paths below it, as removing wants it: a field goes when all that was owned
 * in it goes. Keys of maps and items of lists are in a set by themselves.
 */
export function withParents(set: FieldSet, type: FieldType | undefined): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element in set) {
    if (element === SELF) continue;
    const node = set[element]!;
    const known = type === undefined ? undefined : childType(type, element);
    let child = withParents(node, known);
    const named = element.startsWith('f:') && type?.map?.fields.has(element.slice(2)) === true;
    if (named && !isMember(child)) child = { [SELF]: LEAF, ...child };
    if (child === node) continue;
    result ??= { ...set };
    result[element] = child;
  }
  return result ?? set;
}
