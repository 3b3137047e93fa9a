/**
 * In which paths two versions of an object differ (structured-merge-diff, typed.Compare), found in one walk over both
 * that also checks them. Added and modified paths are one set here: nothing asks for them apart.
 */
import { deepEqual } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { type FieldSet, LEAF, NOTHING, ordered, unionNodes } from './field-set.ts';
import type { FieldType, ListType } from './field-type.ts';
import { fieldElement, itemElement } from './path-element.ts';
import { checkScalar, own, type Part, partFor, TypeMismatch, typeOfKey, Walk } from './walk.ts';

export interface Comparison {
  /** Paths that are new, or whose value is. */
  readonly changed: FieldSet;
  /** Paths that are gone. */
  readonly removed: FieldSet;
}

type Draft = Record<string, FieldSet>;
type List = readonly unknown[];
/** Up to here, looking for duplicates one by one is cheaper than an index. */
const ALIGNED_ITEMS = 16;

/**
 * @param duplicates whether sets and keyed lists may hold an item twice, as stored objects may
 * @throws TypeMismatch, UnaddressableItem when one of the two does not fit the type
 */
export function compare(
  type: FieldType,
  live: JsonObject,
  updated: JsonObject,
  { duplicates }: { duplicates: boolean },
): Comparison {
  const comparer = new Comparer(duplicates);
  comparer.compare(type, live, updated);
  const { changed = NOTHING, removed = NOTHING } = comparer;
  return { changed, removed };
}

/** `changed` and `removed` are what the last call found, as nodes; undefined for nothing. */
class Comparer {
  changed: FieldSet | undefined;
  removed: FieldSet | undefined;
  readonly #walk: Walk;

  constructor(duplicates: boolean) {
    this.#walk = new Walk(duplicates);
  }

  compare(type: FieldType, live: unknown, updated: unknown): void {
    if (live === updated) {
      // The patches share with the live object what they leave alone.
      this.#walk.check(type, live);
      this.#leaf(true);
      return;
    }
    const after = partFor(type, updated);
    this.#compareAs(after, type, live, updated);
    const before = partFor(type, live);
    if (before === after) return;
    // The value has become one of another kind: gone as what it was, new as what it is.
    const { changed, removed } = this;
    this.#compareAs(before, type, live, updated);
    this.changed = joined(changed, this.changed);
    this.removed = joined(removed, this.removed);
  }

  #compareAs(part: Part, type: FieldType, live: unknown, updated: unknown): void {
    if (part === 'map') this.#compareMaps(type, live, updated);
    else if (part === 'list') this.#compareLists(type, live, updated);
    else this.#compareScalars(type, live, updated);
  }

  #leaf(same: boolean): void {
    this.changed = same ? undefined : LEAF;
    this.removed = undefined;
  }

  #compareScalars(type: FieldType, live: unknown, updated: unknown): void {
    if (type.map === undefined) {
      checkScalar(type.scalar!, live);
      if (live !== updated) checkScalar(type.scalar!, updated);
    }
    this.#leaf(live === updated);
  }

  #compareMaps(type: FieldType, live: unknown, updated: unknown): void {
    const shape = type.map!;
    const before = mapIn(type, live);
    const after = mapIn(type, updated);
    if (shape.atomic || (isEmptyMap(before) && isEmptyMap(after))) {
      this.#walk.checkMap(shape, before);
      this.#walk.checkMap(shape, after);
      this.#leaf(deepEqual(live, updated));
      return;
    }
    let changed: Draft | undefined;
    let removed: Draft | undefined;
    for (const key in after) {
      this.#entry(typeOfKey(shape, key), before === null ? undefined : own(before, key), after[key]);
      if (this.changed !== undefined) changed = put(changed, fieldElement(key), this.changed);
      if (this.removed !== undefined) removed = put(removed, fieldElement(key), this.removed);
    }
    for (const key in before) {
      if (after !== null && own(after, key) !== undefined) continue;
      removed = put(removed, fieldElement(key), this.#walk.whole(typeOfKey(shape, key), before[key]));
    }
    this.#settle(changed, removed);
  }

  /** A field or an item of which at least one version exists (undefined: it does not). */
  #entry(type: FieldType, live: unknown, updated: unknown): void {
    if (live !== undefined && updated !== undefined) {
      this.compare(type, live, updated);
      return;
    }
    const whole = this.#walk.whole(type, updated === undefined ? live : updated);
    this.changed = updated === undefined ? undefined : whole;
    this.removed = updated === undefined ? whole : undefined;
  }

  #settle(changed: Draft | undefined, removed: Draft | undefined): void {
    this.changed = changed && ordered(changed);
    this.removed = removed && ordered(removed);
  }

  #compareLists(type: FieldType, live: unknown, updated: unknown): void {
    const shape = type.list!;
    const before = listIn(type, live);
    const after = listIn(type, updated);
    if (shape.kind === 'atomic' || (isEmptyList(before) && isEmptyList(after))) {
      this.#walk.checkList(shape, before);
      this.#walk.checkList(shape, after);
      this.#leaf(deepEqual(live, updated));
      return;
    }
    if (!this.#compareAligned(shape, before ?? [], after ?? [])) this.#compareKeyed(shape, before ?? [], after ?? []);
  }

  /** Lists of the same items in the same order, as they nearly always are; false when they are not. */
  #compareAligned(shape: ListType, before: List, after: List): boolean {
    if (before.length !== after.length || before.length > ALIGNED_ITEMS) return false;
    const elements: string[] = [];
    for (let i = 0; i < after.length; i++) {
      const element = itemElement(shape, after[i]);
      if (elements.includes(element) || itemElement(shape, before[i]) !== element) return false;
      elements.push(element);
    }
    let changed: Draft | undefined;
    let removed: Draft | undefined;
    for (let i = 0; i < after.length; i++) {
      this.compare(shape.element, before[i], after[i]);
      if (this.changed !== undefined) changed = put(changed, elements[i]!, this.changed);
      if (this.removed !== undefined) removed = put(removed, elements[i]!, this.removed);
    }
    this.#settle(changed, removed);
    return true;
  }

  #compareKeyed(shape: ListType, before: List, after: List): void {
    const old = this.#byElement(shape, before);
    const items = this.#byElement(shape, after);
    let changed: Draft | undefined;
    let removed: Draft | undefined;
    for (const [element, values] of items) {
      this.#items(shape.element, old.get(element) ?? [], values);
      if (this.changed !== undefined) changed = put(changed, element, this.changed);
      if (this.removed !== undefined) removed = put(removed, element, this.removed);
    }
    for (const [element, values] of old) {
      if (items.has(element)) continue;
      this.#items(shape.element, values, []);
      removed = put(removed, element, this.removed!);
    }
    this.#settle(changed, removed);
  }

  /** The items by path element; several where the list holds duplicates. */
  #byElement(shape: ListType, list: List): Map<string, unknown[]> {
    const items = new Map<string, unknown[]>();
    for (const item of list) {
      const element = itemElement(shape, item);
      const known = items.get(element);
      if (known === undefined) items.set(element, [item]);
      else this.#walk.duplicate(known).push(item);
    }
    return items;
  }

  /** Items of one path element: duplicates have one owner together. */
  #items(type: FieldType, before: List, after: List): void {
    if (before.length < 2 && after.length < 2) {
      this.#entry(type, before[0], after[0]);
      return;
    }
    for (const item of before) this.#walk.check(type, item);
    for (const item of after) this.#walk.check(type, item);
    if (before.length >= 2 && after.length >= 2) {
      this.#leaf(deepEqual(before, after));
    } else if (before.length >= 2) {
      this.changed = after.length === 0 ? undefined : this.#walk.whole(type, after[0]);
      this.removed = LEAF;
    } else {
      this.changed = LEAF;
      this.removed = before.length === 0 ? undefined : this.#walk.whole(type, before[0]);
    }
  }
}

function put(draft: Draft | undefined, element: string, node: FieldSet): Draft {
  const result = draft ?? {};
  result[element] = node;
  return result;
}

function joined(a: FieldSet | undefined, b: FieldSet | undefined): FieldSet | undefined {
  return a === undefined || b === undefined ? (a ?? b) : unionNodes(a, b);
}

/** The value as a map. Where several kinds of values may stand, one of another kind counts as none. */
function mapIn(type: FieldType, value: unknown): JsonObject | null {
  if (isObject(value)) return value;
  if (value !== null && type.scalar === undefined) throw new TypeMismatch('no map');
  return null;
}

function listIn(type: FieldType, value: unknown): List | null {
  if (Array.isArray(value)) return value;
  if (value !== null && type.scalar === undefined) throw new TypeMismatch('no list');
  return null;
}

function isEmptyMap(map: JsonObject | null): boolean {
  for (const _ in map) return false;
  return true;
}

function isEmptyList(list: List | null): boolean {
  return list === null || list.length === 0;
}
