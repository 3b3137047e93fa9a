/**
 * CEL's values at run time. Most are plain JavaScript, so that rules over JSON need no conversion:
 *
 * | CEL | here |
 * |---|---|
 * | bool, string, null | boolean, string, null |
 * | int | number while it is a safe integer, bigint beyond: one form per value |
 * | uint, double | Uint, Double |
 * | bytes | Uint8Array |
 * | timestamp, duration | Timestamp, Duration |
 * | list, map, message | ListValue, MapValue |
 * | type | TypeValue |
 * | optional, quantity, url, … | classes that extend Opaque |
 */
export type Value =
  | boolean
  | string
  | null
  | number
  | bigint
  | Uint
  | Double
  | Uint8Array
  | Timestamp
  | Duration
  | ListValue
  | MapValue
  | TypeValue
  | Opaque;

/** Why an expression has no value. It is thrown, and absorbed by `&&`, `||` and the macros made of them. */
export class EvaluationError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export const noSuchOverload = (): EvaluationError => new EvaluationError('no such overload');

export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** An instant from the year 1 to 9999. */
export class Timestamp {
  /** since 1970, whole */
  readonly seconds: number;
  /** 0 to 999,999,999 */
  readonly nanos: number;
  /** Minutes east of UTC that the text named it with, for writing it again. */
  readonly offsetMinutes: number;

  constructor(seconds: number, nanos: number, offsetMinutes = 0) {
    this.seconds = seconds;
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
  }
}

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** What `type(x)` gives. */
export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a type that a library brings along. */
export abstract class Opaque {
  abstract readonly typeName: string;
  /** Only asked about values of the same class. */
  abstract equals(other: Opaque): boolean;
}

export class Optional extends Opaque {
  readonly typeName = 'optional_type';
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    super();
    this.value = value;
  }

  equals(other: Opaque): boolean {
    const theirs = (other as Optional).value;
    if (this.value === undefined || theirs === undefined) return this.value === theirs;
    return equal(this.value, theirs);
  }
}

export const NONE = new Optional(undefined);

export abstract class ListValue {
  abstract get size(): number;
  /** @param index within the list */
  abstract at(index: number): Value;
  /** Equality with any list; order counts unless the schema says otherwise. */
  equals(other: ListValue): boolean {
    if (this.size !== other.size) return false;
    for (let i = 0; i < this.size; i++) if (!equal(this.at(i), other.at(i))) return false;
    return true;
  }

  /** What comes of comparing it with something that is no list. */
  unlike(): false {
    return false;
  }

  concat(other: ListValue): ListValue {
    return new ArrayList([...this.items(), ...other.items()]);
  }

  contains(value: Value): boolean {
    for (let i = 0; i < this.size; i++) if (equal(value, this.at(i))) return true;
    return false;
  }

  *items(): Iterable<Value> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}

/** A list made by an expression. */
export class ArrayList extends ListValue {
  readonly array: Value[];

  constructor(array: Value[]) {
    super();
    this.array = array;
  }

  get size(): number {
    return this.array.length;
  }

  at(index: number): Value {
    return this.array[index]!;
  }

  override items(): Iterable<Value> {
    return this.array;
  }
}

export const EMPTY_LIST = new ArrayList([]);

export abstract class MapValue {
  abstract get size(): number;
  /** undefined when the key is not there. @throws EvaluationError for a key of a type that this map cannot have */
  abstract find(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;

  /** What comes of comparing it with something that is no map. */
  unlike(): false {
    return false;
  }

  equals(other: MapValue): boolean {
    if (this.size !== other.size) return false;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined || !equal(this.find(key)!, theirs)) return false;
    }
    return true;
  }
}

type Entries = Map<unknown, { readonly key: Value; readonly value: Value }>;

/** A map made by an expression. Numbers of any type that are equal are one key. */
export class EntryMap extends MapValue {
  protected readonly entries: Entries;

  protected constructor(entries: Entries) {
    super();
    this.entries = entries;
  }

  static of(list: Iterable<readonly [Value, Value]>): EntryMap {
    const entries: Entries = new Map();
    for (const [key, value] of list) entries.set(identity(key), { key, value });
    return new EntryMap(entries);
  }

  /** The map with one entry more, or undefined when the key is taken. */
  with(key: Value, value: Value): EntryMap | undefined {
    const id = identity(key);
    return this.entries.has(id) ? undefined : new EntryMap(new Map(this.entries).set(id, { key, value }));
  }

  get size(): number {
    return this.entries.size;
  }

  find(key: Value): Value | undefined {
    return this.entries.get(identity(key))?.value;
  }

  *keys(): Iterable<Value> {
    for (const { key } of this.entries.values()) yield key;
  }
}

/** A map that is extended in place, while only the fold that makes it knows it. */
export class GrowingMap extends EntryMap {
  constructor() {
    super(new Map());
  }

  override with(key: Value, value: Value): EntryMap | undefined {
    const id = identity(key);
    if (this.entries.has(id)) return undefined;
    this.entries.set(id, { key, value });
    return this;
  }
}

/** Something that is the same for keys that are equal, and differs for all others. */
export function identity(key: Value): unknown {
  if (key instanceof Uint) return toInt(key.value);
  if (typeof key === 'string') return `:${key}`;
  if (key instanceof Timestamp) return `time:${key.seconds}.${key.nanos}`;
  if (key instanceof Duration) return `duration:${key.nanos}`;
  if (key instanceof Uint8Array) return `bytes:${Buffer.from(key).toString('latin1')}`;
  if (!(key instanceof Double)) return key;
  return Number.isInteger(key.value) ? toInt(BigInt(key.value)) : `double:${key.value}`;
}

/** The one form of an int that is known to fit int64. */
export function toInt(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

export function isInt(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** The name of a value's type, as errors and `type()` have it. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'number':
    case 'bigint':
      return 'int';
  }
  if (value === null) return 'null_type';
  if (value instanceof ListValue) return 'list';
  if (value instanceof MapValue) return 'map';
  if (value instanceof Double) return 'double';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  return value instanceof TypeValue ? 'type' : value.typeName;
}

type Numeric = number | bigint | Uint | Double;

export function isNumeric(value: Value): value is Numeric {
  return typeof value === 'number' || typeof value === 'bigint' || value instanceof Double || value instanceof Uint;
}

/** Negative, zero or positive; NaN when one of them is. Beside a double the others are doubles too. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (a instanceof Double || b instanceof Double) {
    const left = asDouble(a);
    const right = asDouble(b);
    return left === right ? 0 : left < right ? -1 : left > right ? 1 : Number.NaN;
  }
  const left = a instanceof Uint ? a.value : a;
  const right = b instanceof Uint ? b.value : b;
  return left < right ? -1 : left > right ? 1 : 0;
}

function asDouble(value: Numeric): number {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : Number(value.value);
}

/** CEL's `==`: numbers by value whatever their type, lists and maps by content, values of different types never. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (a === null || b === null) return false;
  if (isNumeric(a)) return isNumeric(b) && compareNumeric(a, b) === 0;
  if (typeof a !== 'object') return false;
  if (a instanceof ListValue) return b instanceof ListValue ? a.equals(b) : a.unlike();
  if (a instanceof MapValue) return b instanceof MapValue ? a.equals(b) : a.unlike();
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  return a instanceof Opaque && b instanceof Opaque && a.typeName === b.typeName && a.equals(b);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  return Buffer.compare(a, b);
}
