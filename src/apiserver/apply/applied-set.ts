/**
 * The paths that an applied configuration claims (structured-merge-diff, typed.ToFieldSet): its leaves, and the keys
 * of maps and items of lists themselves. Structs are not claimed; nor is an empty set or keyed list.
 */
import { isObject, type JsonObject } from '../objects.ts';
import { type FieldSet, isEmpty, LEAF, NOTHING, ordered } from './field-set.ts';
import type { FieldType, ListType, MapType } from './field-type.ts';
import { fieldElement, itemElement, SELF } from './path-element.ts';
import { orderedKeys, partFor } from './walk.ts';

/** @param value fits the type; where a keyed list holds an item twice, the item is claimed as a whole */
export function appliedSet(type: FieldType, value: JsonObject): FieldSet {
  return nodeOf(type, value) ?? NOTHING;
}

function nodeOf(type: FieldType, value: unknown): FieldSet | undefined {
  const part = partFor(type, value);
  if (part === 'map') return mapNode(type.map!, value);
  if (part === 'list') return listNode(type.list!, value);
  return LEAF;
}

function mapNode(type: MapType, value: unknown): FieldSet | undefined {
  if (type.atomic) return LEAF;
  if (!isObject(value)) return undefined;
  const node: Record<string, FieldSet> = {};
  for (const key of orderedKeys(type, value)) {
    const field = type.fields.get(key);
    const child = nodeOf(field?.type ?? type.element!, value[key]);
    const itself = field === undefined || value[key] === null || (isObject(value[key]) && isEmptyObject(value[key]));
    const element = field?.element ?? fieldElement(key);
    if (itself) node[element] = withSelf(child);
    else if (child !== undefined) node[element] = child;
  }
  return isEmpty(node) ? undefined : node;
}

function listNode(type: ListType, value: unknown): FieldSet | undefined {
  if (type.kind === 'atomic') return LEAF;
  if (!Array.isArray(value)) return undefined;
  const node: Record<string, FieldSet> = {};
  for (const item of value) {
    const element = itemElement(type, item);
    node[element] = node[element] === undefined ? withSelf(nodeOf(type.element, item)) : LEAF;
  }
  return isEmpty(node) ? undefined : ordered(node);
}

function withSelf(node: FieldSet | undefined): FieldSet {
  if (node === undefined || isEmpty(node)) return LEAF;
  return node[SELF] === undefined ? { [SELF]: LEAF, ...node } : node;
}

function isEmptyObject(value: JsonObject): boolean {
  return Object.keys(value).length === 0;
}
