import { deepEqual } from '../../base/json.ts';
import { goQuote } from '../go-format.ts';
import { propertySchema, type SchemaNode } from './node.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A value beside the one that stood at its place before the update. Fields and map entries correspond by name, items of
 * a list of type map by their keys, items of other lists not at all. What is new, or unknown to the schema, has no
 * counterpart. (k8s.io/apiserver, pkg/cel/common/equality.go)
 */
export class Correlation {
  readonly value: unknown;
  readonly old: unknown;
  readonly #node: SchemaNode;
  #equal: boolean | undefined;
  #oldByKey: Map<unknown, unknown> | undefined;
  readonly #children = new Map<string | number, Correlation>();

  constructor(node: SchemaNode, value: unknown, old: unknown) {
    this.#node = node;
    this.value = value;
    this.old = old;
  }

  /** The field or map entry, or undefined when it has no counterpart. */
  key(name: string): Correlation | undefined {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    if (!isFields(this.value) || !isFields(this.old)) return undefined;
    if (!Object.hasOwn(this.value, name) || !Object.hasOwn(this.old, name)) return undefined;
    const node = propertySchema(this.#node, name);
    return node === undefined ? undefined : this.#remember(name, node, this.value[name], this.old[name]);
  }

  /** The item, or undefined when it has no counterpart. */
  index(index: number): Correlation | undefined {
    const known = this.#children.get(index);
    if (known !== undefined) return known;
    if (!Array.isArray(this.value) || !Array.isArray(this.old) || index >= this.value.length) return undefined;
    if (this.#node.listType !== 'map' || this.#node.items === undefined) return undefined;
    const key = mapKey(this.#node.listMapKeys, this.value[index]);
    if (key === undefined) return undefined;
    this.#oldByKey ??= keyed(this.#node, this.old);
    const old = this.#oldByKey.get(key);
    return old === undefined ? undefined : this.#remember(index, this.#node.items, this.value[index], old);
  }

  /** Whether nothing has changed here, as far as values correspond. */
  get isEqual(): boolean {
    this.#equal ??= this.#compare();
    return this.#equal;
  }

  #remember(place: string | number, node: SchemaNode, value: unknown, old: unknown): Correlation {
    const child = new Correlation(node, value, old);
    this.#children.set(place, child);
    return child;
  }

  #compare(): boolean {
    const { value, old } = this;
    if (value === null || old === null || typeof value !== 'object' || typeof old !== 'object')
      return deepEqual(value, old);
    if (Array.isArray(value) !== Array.isArray(old)) return false;
    if (!Array.isArray(value) || !Array.isArray(old)) {
      const keys = Object.keys(value);
      return keys.length === Object.keys(old).length && keys.every((key) => this.key(key)?.isEqual === true);
    }
    if (value.length !== old.length) return false;
    if (this.#node.listType !== 'map' || this.#node.items === undefined) return deepEqual(value, old);
    return value.every((_, index) => this.index(index)?.isEqual === true);
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The items of a list by their keys; of several with the same keys, the first. */
export function keyed(node: SchemaNode, items: readonly unknown[]): Map<unknown, unknown> {
  const byKey = new Map<unknown, unknown>();
  if (node.type !== 'array' || node.listType !== 'map' || node.listMapKeys.length === 0) return byKey;
  for (const item of items) {
    const key = mapKey(node.listMapKeys, item);
    if (key !== undefined && !byKey.has(key)) byKey.set(key, item);
  }
  return byKey;
}

/** What identifies an item of a list of type map; undefined when a key is missing or no scalar. */
export function mapKey(keys: readonly string[], item: unknown): unknown {
  if (!isFields(item)) return undefined;
  const parts: string[] = [];
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : undefined;
    if (value === undefined || value === null || typeof value === 'object') return undefined;
    if (keys.length === 1) return value;
    parts.push(typeof value === 'string' ? goQuote(value) : String(value));
  }
  return parts.join('\0');
}
