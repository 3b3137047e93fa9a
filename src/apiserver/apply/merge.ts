/**
 * An applied configuration merged into the live object (structured-merge-diff, typed.Merge). The configuration wins;
 * nothing is removed. What does not change is shared with the live object.
 */
import { deepEqual, setOwn } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import type { FieldType, ListType, MapType } from './field-type.ts';
import { itemElement } from './path-element.ts';
import { own, partFor } from './walk.ts';

type List = readonly unknown[];

/** @param config fits the type, as `live` does; duplicates may be in `live` only */
export function merge(type: FieldType, live: JsonObject, config: JsonObject): JsonObject {
  return mergeValues(type, live, config) as JsonObject;
}

/** undefined stands for what is not there; so does a result of undefined. */
function mergeValues(type: FieldType, live: unknown, config: unknown): unknown {
  const part = partFor(type, config === undefined ? live : config);
  if (part === 'map') return mergeMaps(type.map!, live, config);
  if (part === 'list') return mergeLists(type.list!, live, config);
  return leaf(live, config);
}

/** The live value itself when the configuration says the same. */
function leaf(live: unknown, config: unknown): unknown {
  return config === undefined || deepEqual(live, config) ? live : config;
}

function mergeMaps(type: MapType, live: unknown, config: unknown): unknown {
  const left = isObject(live) && Object.keys(live).length > 0 ? live : undefined;
  const right = isObject(config) && Object.keys(config).length > 0 ? config : undefined;
  if (type.atomic || (left === undefined && right === undefined)) return leaf(live, config);
  if (right === undefined) return left;
  const result: JsonObject = { ...left };
  let same = true;
  for (const key of Object.keys(right)) {
    const field = type.fields.get(key)?.type ?? type.element!;
    const old = left === undefined ? undefined : own(left, key);
    const merged = mergeValues(field, old, right[key]);
    same &&= merged === old;
    if (merged !== undefined) setOwn(result, key, merged);
  }
  return same ? left : result;
}

function mergeLists(type: ListType, live: unknown, config: unknown): unknown {
  const left: List = Array.isArray(live) ? live : [];
  const right: List = Array.isArray(config) ? config : [];
  if (type.kind === 'atomic' || (left.length === 0 && right.length === 0)) return leaf(live, config);
  const merged = new ListMerge(type, left, right).run();
  const same = merged.length === left.length && merged.every((item, index) => item === left[index]);
  return same && left.length > 0 ? left : merged;
}

/**
 * Items of the configuration keep its order; items that only the live list has keep their place among their live
 * neighbours. An item that is there twice in the live list is not merged into, but replaced.
 */
class ListMerge {
  readonly #type: ListType;
  readonly #live: List;
  readonly #liveElements: readonly string[];
  readonly #configElements: readonly string[];
  /** By element; null where the live list has it twice. */
  readonly #liveItems = new Map<string, unknown>();
  readonly #configItems = new Map<string, unknown>();
  readonly #merged = new Set<string>();
  readonly #out: unknown[] = [];
  /** Elements of both lists, in the configuration's order; those before `#nextShared` are done with. */
  readonly #shared: readonly string[];
  #nextShared = 0;

  constructor(type: ListType, live: List, config: List) {
    this.#type = type;
    this.#live = live;
    this.#liveElements = live.map((item) => itemElement(type, item));
    this.#configElements = config.map((item) => itemElement(type, item));
    for (const [index, element] of this.#liveElements.entries()) {
      this.#liveItems.set(element, this.#liveItems.has(element) ? null : live[index]);
    }
    for (const [index, element] of this.#configElements.entries()) this.#configItems.set(element, config[index]);
    this.#shared = this.#configElements.filter((element) => this.#liveItems.has(element));
  }

  run(): unknown[] {
    let left = 0;
    let right = 0;
    while (left < this.#liveElements.length || right < this.#configElements.length) {
      const element = this.#liveElements[left];
      const wanted = this.#configElements[right];
      if (element !== undefined && element === wanted) {
        this.#take(wanted);
        this.#nextShared++;
        left++;
        right++;
      } else if (element !== undefined && wanted !== undefined && this.#comesLater(element)) {
        left++;
      } else if (element !== undefined && !this.#configItems.has(element)) {
        this.#push(mergeValues(this.#type.element, this.#live[left], undefined));
        left++;
      } else {
        if (element !== undefined && this.#merged.has(element)) left++;
        if (wanted === undefined) continue;
        this.#take(wanted);
        if (this.#shared[this.#nextShared] === wanted) this.#nextShared++;
        right++;
      }
    }
    return this.#out;
  }

  /** Whether a live item is one that the configuration names, but not the next one that it names. */
  #comesLater(element: string): boolean {
    const next = this.#shared[this.#nextShared];
    return next !== undefined && next !== element && this.#configItems.has(element);
  }

  #take(element: string): void {
    this.#merged.add(element);
    this.#push(mergeValues(this.#type.element, this.#liveItems.get(element), this.#configItems.get(element)));
  }

  #push(item: unknown): void {
    if (item !== undefined) this.#out.push(item);
  }
}
