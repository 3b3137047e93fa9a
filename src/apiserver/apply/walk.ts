/**
 * Walking a value beside its type: whether it fits, and every path in it. Upstream validates an object and then
 * computes its fields (typed.Validate, typed.Compare); managedFields are needed on every write, so here it is one pass
 * that builds the resulting set directly.
 */
import { byCodePoint } from '../go-format.ts';
import type { JsonObject } from '../objects.ts';
import { type FieldSet, LEAF, ordered } from './field-set.ts';
import type { FieldType, ListType, MapType, ScalarKind } from './field-type.ts';
import { fieldElement, itemElement, SELF } from './path-element.ts';

/** Thrown when a value does not fit its type. Who must say why asks typed-errors.ts. */
export class TypeMismatch extends Error {}

export type Part = 'map' | 'list' | 'scalar';

/** Which part of the type speaks for the value; a null is a map where there may be one, then a scalar, then a list. */
export function partFor(type: FieldType, value: unknown): Part {
  if (value !== null) {
    if (typeof value !== 'object') {
      if (type.scalar !== undefined) return 'scalar';
    } else if (Array.isArray(value)) {
      if (type.list !== undefined) return 'list';
    } else if (type.map !== undefined) return 'map';
  }
  if (type.map !== undefined) return 'map';
  return type.scalar === undefined ? 'list' : 'scalar';
}

/** The type of what stands under the key. */
export function typeOfKey(type: MapType, key: string): FieldType {
  const known = type.fields.get(key)?.type ?? type.element;
  if (known === undefined) throw new TypeMismatch(`.${key}: field not declared in schema`);
  return known;
}

/** The keys in the canonical order of their path elements. */
export function orderedKeys(type: MapType, map: JsonObject): string[] {
  const keys = Object.keys(map);
  for (let i = 1; i < keys.length; i++) {
    if (compareKeys(type, keys[i - 1]!, keys[i]!) > 0) return keys.sort((a, b) => compareKeys(type, a, b));
  }
  return keys;
}

function compareKeys({ fields }: MapType, a: string, b: string): number {
  const left = fields.get(a);
  const right = left && fields.get(b);
  return left === undefined || right === undefined ? byCodePoint(a, b) : left.rank - right.rank;
}

/** A key's value; `toString` and the like, which every object inherits, do not count. */
export function own(map: JsonObject, key: string): unknown {
  const value = map[key];
  if (typeof value === 'function') return undefined;
  return key === '__proto__' && !Object.hasOwn(map, key) ? undefined : value;
}

export function checkScalar(kind: ScalarKind, value: unknown): void {
  const fits =
    value === null ||
    (kind === 'string' && typeof value === 'string') ||
    (kind === 'numeric' && (typeof value === 'number' || typeof value === 'bigint')) ||
    (kind === 'boolean' && typeof value === 'boolean') ||
    (kind === 'untyped' && typeof value !== 'object');
  if (!fits) throw new TypeMismatch(`no ${kind} scalar`);
}

function asMap(value: unknown): JsonObject | null {
  if (typeof value === 'object' && !Array.isArray(value)) return value as JsonObject | null;
  throw new TypeMismatch('no map');
}

function asList(value: unknown): readonly unknown[] | null {
  if (value === null || Array.isArray(value)) return value;
  throw new TypeMismatch('no list');
}

export class Walk {
  readonly #duplicates: boolean;

  /** @param duplicates whether sets and keyed lists may hold an item twice, as stored objects may */
  constructor(duplicates: boolean) {
    this.#duplicates = duplicates;
  }

  /**
   * Every path in a value that is wholly new or wholly gone, as the node that stands at its own path.
   * @throws TypeMismatch, UnaddressableItem
   */
  whole(type: FieldType, value: unknown): FieldSet {
    if (type.map === undefined && type.list === undefined) {
      checkScalar(type.scalar!, value);
      return LEAF;
    }
    const part = partFor(type, value);
    if (part === 'map') return this.#wholeMap(type.map!, asMap(value));
    if (part === 'list') return this.#wholeList(type.list!, asList(value));
    checkScalar(type.scalar!, value);
    return LEAF;
  }

  #wholeMap(type: MapType, map: JsonObject | null): FieldSet {
    if (map === null) return LEAF;
    if (type.atomic) {
      this.checkMap(type, map);
      return LEAF;
    }
    const keys = orderedKeys(type, map);
    if (keys.length === 0) return LEAF;
    const node: Record<string, FieldSet> = { [SELF]: LEAF };
    for (const key of keys) {
      const field = type.fields.get(key);
      if (field !== undefined) node[field.element] = this.whole(field.type, map[key]);
      else node[fieldElement(key)] = this.whole(typeOfKey(type, key), map[key]);
    }
    return node;
  }

  #wholeList(type: ListType, list: readonly unknown[] | null): FieldSet {
    if (list === null || list.length === 0) return LEAF;
    if (type.kind === 'atomic') {
      for (const item of list) this.check(type.element, item);
      return LEAF;
    }
    const node: Record<string, FieldSet> = { [SELF]: LEAF };
    for (const item of list) {
      const element = itemElement(type, item);
      const child = this.whole(type.element, item);
      // An item that is there twice is owned as a whole.
      if (node[element] === undefined) node[element] = child;
      else node[element] = this.duplicate(LEAF);
    }
    return ordered(node);
  }

  duplicate<T>(result: T): T {
    if (!this.#duplicates) throw new TypeMismatch('duplicate entries');
    return result;
  }

  /** @throws TypeMismatch, UnaddressableItem when the value does not fit */
  check(type: FieldType, value: unknown): void {
    const part = partFor(type, value);
    if (part === 'map') this.checkMap(type.map!, asMap(value));
    else if (part === 'list') this.checkList(type.list!, asList(value));
    else checkScalar(type.scalar!, value);
  }

  checkMap(type: MapType, map: JsonObject | null): void {
    if (map === null) return;
    for (const key in map) this.check(typeOfKey(type, key), map[key]);
  }

  checkList(type: ListType, list: readonly unknown[] | null): void {
    if (list === null) return;
    for (const item of list) this.check(type.element, item);
    if (type.kind === 'atomic') return;
    const elements = list.map((item) => itemElement(type, item));
    if (new Set(elements).size < elements.length) this.duplicate(undefined);
  }
}
