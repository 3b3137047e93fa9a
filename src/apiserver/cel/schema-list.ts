import {
  ArrayList,
  EvaluationError,
  equal,
  identity,
  ListValue,
  MapValue,
  noSuchOverload,
  type Value,
} from './value.ts';

/** A list that behaves in its own way under `==` and `+`, and otherwise as the one it is made of. */
abstract class SpecialList extends ListValue {
  protected readonly list: ListValue;

  constructor(list: ListValue) {
    super();
    this.list = list;
  }

  get size(): number {
    return this.list.size;
  }

  at(index: number): Value {
    return this.list.at(index);
  }

  override unlike(): false {
    throw noSuchOverload();
  }
}

/** x-kubernetes-list-type: set. The order does not matter, and `+` is the union. */
export class SetList extends SpecialList {
  override equals(other: ListValue): boolean {
    if (this.size !== other.size) return false;
    const own = new Set<unknown>();
    for (const item of this.items()) own.add(scalarKey(item));
    const seen = new Set<unknown>();
    for (const item of other.items()) {
      const key = scalarKey(item);
      if (!own.has(key)) return false;
      seen.add(key);
    }
    return seen.size === own.size;
  }

  override concat(other: ListValue): ListValue {
    const items = [...this.items()];
    const keys = new Set(items.map(scalarKey));
    for (const item of other.items()) {
      const key = scalarKey(item);
      if (keys.has(key)) continue;
      keys.add(key);
      items.push(item);
    }
    return new SetList(new ArrayList(items));
  }
}

function scalarKey(item: Value): unknown {
  if (item instanceof ListValue || item instanceof MapValue) {
    throw new EvaluationError('listSet operations are only supported on lists of scalar values');
  }
  return identity(item);
}

/**
 * x-kubernetes-list-type: map. Items are told apart by their keys and their order does not matter; `+` replaces the
 * items whose keys the other list has too, and appends the rest.
 */
export class MapList extends SpecialList {
  /** as expressions call them */
  readonly #keys: readonly string[];

  constructor(list: ListValue, keys: readonly string[]) {
    super(list);
    this.#keys = keys;
  }

  override equals(other: ListValue): boolean {
    if (this.size !== other.size) return false;
    const own = new Map<unknown, Value>();
    for (const item of this.items()) own.set(this.#keyOf(item), item);
    const seen = new Set<unknown>();
    for (const item of other.items()) {
      const key = this.#keyOf(item);
      const mine = own.get(key);
      if (mine === undefined || !equal(mine, item)) return false;
      seen.add(key);
    }
    return seen.size === own.size;
  }

  override concat(other: ListValue): ListValue {
    const items = [...this.items()];
    const places = new Map(items.map((item, index) => [this.#keyOf(item), index]));
    for (const item of other.items()) {
      const place = places.get(this.#keyOf(item));
      if (place === undefined) items.push(item);
      else items[place] = item;
    }
    return new MapList(new ArrayList(items), this.#keys);
  }

  #keyOf(item: Value): unknown {
    const parts = this.#keys.map((key) => {
      const value = item instanceof MapValue ? item.find(key) : undefined;
      return value === undefined ? undefined : identity(value);
    });
    return parts.length === 1 ? parts[0] : JSON.stringify(parts.map((part) => [typeof part, String(part)]));
  }
}
