/**
 * Ownership recorded under an older schema, brought in line with the present one (structured-merge-diff,
 * typed.ReconcileFieldSetWithSchema): who owned parts of what is now atomic owns it as a whole. The way back changes
 * nothing: what was atomic stays owned at its own path.
 */
import { type FieldSet, isEmpty, isMember, LEAF } from './field-set.ts';
import { atomicValue, deduced, type FieldType, type MapType } from './field-type.ts';
import { SELF } from './path-element.ts';

/** The set under the type; the same object when nothing changes. */
export function reconciled(set: FieldSet, type: FieldType): FieldSet {
  if (type.map === undefined || isUntyped(type.map) || type.map.atomic) return set;
  return reconciledChildren(set, (element) => childType(type, element));
}

function reconciledNode(node: FieldSet, type: FieldType): FieldSet {
  const whole = isEmpty(node) && isMember(node);
  if (type.map !== undefined) {
    if (isUntyped(type.map)) return node;
    if (type.map.atomic && !whole) return LEAF;
  } else if (type.scalar !== undefined) return node;
  else if (type.list?.kind === 'atomic' && !whole) return LEAF;
  return reconciledChildren(node, (element) => childType(type, element));
}

function reconciledChildren(node: FieldSet, typeOf: (element: string) => FieldType | undefined): FieldSet {
  let result: Record<string, FieldSet> | undefined;
  for (const element in node) {
    const type = element === SELF ? undefined : typeOf(element);
    if (type === undefined) continue;
    const child = reconciledNode(node[element]!, type);
    if (child === node[element]) continue;
    result ??= { ...node };
    result[element] = child;
  }
  return result ?? node;
}

/** The type of what stands at the element; undefined where the schema knows none. */
export function childType(type: FieldType, element: string): FieldType | undefined {
  if (type.map === undefined) return type.scalar === undefined ? type.list?.element : undefined;
  const field = element.startsWith('f:') ? type.map.fields.get(element.slice(2)) : undefined;
  return field?.type ?? type.map.element;
}

/** A map of anything, for which no schema ever says atomic or granular. */
function isUntyped(map: MapType): boolean {
  if (map.fields.size > 0 || map.element === undefined) return false;
  return map.element === deduced || (map.element !== atomicValue && map.element.scalar === 'untyped');
}
