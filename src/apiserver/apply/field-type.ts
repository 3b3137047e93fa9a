/**
 * What server-side apply must know of a kind's fields: which parts of a value can have different owners. The terms are
 * those of sigs.k8s.io/structured-merge-diff (schema.Atom), whose behaviour this folder reproduces.
 */
import { byCodePoint } from '../go-format.ts';
import { fieldElement } from './path-element.ts';

export type ScalarKind = 'numeric' | 'string' | 'boolean' | 'untyped';

/** A place may allow a scalar, a list, a map, or several of them (a value then says which). */
export interface FieldType {
  scalar: ScalarKind | undefined;
  list: ListType | undefined;
  map: MapType | undefined;
}

export interface ListType {
  /** `atomic`: one owner for the whole list; `set`: per value; `map`: per item, found by its keys. */
  readonly kind: 'atomic' | 'set' | 'map';
  /** The fields that make an item's key, in code-point order; empty but for `map`. */
  readonly keys: readonly string[];
  readonly element: FieldType;
}

/** A struct (fields), a map (element), or both (a struct that keeps unknown fields). */
export interface MapType {
  readonly atomic: boolean;
  readonly fields: ReadonlyMap<string, StructField>;
  /** The type of keys that are no field; undefined: there may be none. */
  readonly element: FieldType | undefined;
}

export interface StructField {
  readonly type: FieldType;
  /** Takes the place of a missing key field of a list item. */
  readonly default: unknown;
  /** Its path element. */
  readonly element: string;
  /** Its place among the struct's fields in canonical order. */
  readonly rank: number;
}

/** The fields of a struct, in any order. */
export function structFields(
  fields: Iterable<readonly [name: string, field: { readonly type: FieldType; readonly default?: unknown }]>,
): ReadonlyMap<string, StructField> {
  const inOrder = [...fields].sort(([a], [b]) => byCodePoint(a, b));
  return new Map(
    inOrder.map(([name, field], rank) => [
      name,
      { type: field.type, default: field.default, element: fieldElement(name), rank },
    ]),
  );
}

const none = undefined;

export const numeric: FieldType = { scalar: 'numeric', list: none, map: none };
export const text: FieldType = { scalar: 'string', list: none, map: none };
export const flag: FieldType = { scalar: 'boolean', list: none, map: none };
/** Any scalar: times, quantities, and every string with a format. */
export const anyScalar: FieldType = { scalar: 'untyped', list: none, map: none };

/** Any value, with one owner. */
export const atomicValue: FieldType = { scalar: 'untyped', list: none, map: none };
atomicValue.list = { kind: 'atomic', keys: [], element: atomicValue };
atomicValue.map = { atomic: true, fields: new Map(), element: atomicValue };

/** Any value; maps are divided among owners at every level, lists are not. */
export const deduced: FieldType = { scalar: 'untyped', list: none, map: none };
deduced.list = { kind: 'atomic', keys: [], element: atomicValue };
deduced.map = { atomic: false, fields: new Map(), element: deduced };
