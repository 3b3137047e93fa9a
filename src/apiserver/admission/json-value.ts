import { Double, ListValue, MapValue, noSuchOverload, toInt, type Value } from '../cel/value.ts';
import { isInt64 } from '../field-error.ts';

type Fields = Readonly<Record<string, unknown>>;

/** JSON without a schema as a value of CEL: whole numbers are ints, others doubles. It is not copied. */
export function jsonValue(json: unknown): Value {
  if (json === undefined || json === null) return null;
  switch (typeof json) {
    case 'number':
      return isInt64(json) ? (Number.isSafeInteger(json) ? json + 0 : toInt(BigInt(json))) : new Double(json);
    case 'bigint':
      return toInt(json);
    case 'object':
      return Array.isArray(json) ? new JsonList(json) : new JsonMap(json as Fields);
    default:
      return json as string | boolean;
  }
}

class JsonList extends ListValue {
  readonly #items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    super();
    this.#items = items;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    return jsonValue(this.#items[index]);
  }
}

class JsonMap extends MapValue {
  readonly #fields: Fields;

  constructor(fields: Fields) {
    super();
    this.#fields = fields;
  }

  get size(): number {
    return Object.keys(this.#fields).length;
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') throw noSuchOverload();
    return Object.hasOwn(this.#fields, key) ? jsonValue(this.#fields[key]) : undefined;
  }

  keys(): Iterable<Value> {
    return Object.keys(this.#fields);
  }
}

/** The variable `variables`: each value is computed when it is first asked for. */
export class LazyMap extends MapValue {
  readonly #make: ReadonlyMap<string, () => Value>;
  readonly #made = new Map<string, Value>();

  constructor(make: ReadonlyMap<string, () => Value>) {
    super();
    this.#make = make;
  }

  get size(): number {
    return this.#make.size;
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') throw noSuchOverload();
    const made = this.#made.get(key);
    if (made !== undefined) return made;
    const value = this.#make.get(key)?.();
    if (value !== undefined) this.#made.set(key, value);
    return value;
  }

  keys(): Iterable<Value> {
    return this.#make.keys();
  }
}
