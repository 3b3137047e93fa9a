import { deepEqual } from '../../base/json.ts';
import { isInt64 } from '../field-error.ts';
import { durationOf, isDate } from '../formats/string-formats.ts';
import { goQuote } from '../go-format.ts';
import type { SchemaNode } from '../schema/node.ts';
import { escapeField, unescapeField } from './field-name.ts';
import { MapList, SetList } from './schema-list.ts';
import { withObjectMeta } from './schema-type.ts';
import { parseTimestamp } from './time.ts';
import {
  Double,
  Duration,
  EvaluationError,
  equal,
  ListValue,
  MapValue,
  noSuchOverload,
  Opaque,
  Timestamp,
  toInt,
  type Value,
} from './value.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Makes JSON a value of its schema's type, without copying it. @throws EvaluationError when it is none */
export type Convert = (json: unknown) => Value;

const invalid = (message: string): EvaluationError => new EvaluationError(message);

/**
 * How values of a schema become CEL's (k8s.io/apiserver, pkg/cel/common/valuesunstructured.go). What is below is
 * compiled when it is first reached.
 * @param isRoot the root of a resource, which has a name and kind whatever the schema says
 */
export function compileConvert(schema: SchemaNode, isRoot = false): Convert {
  const node = isRoot || schema.embeddedResource ? withObjectMeta(schema) : schema;
  const convert = node.intOrString ? intOrString : byType(node);
  const { nullable } = node;
  return (json) => {
    if (json !== null && json !== undefined) return convert(json);
    if (nullable) return null;
    throw invalid('invalid data, got null for schema with nullable=false');
  };
}

function byType(node: SchemaNode): Convert {
  switch (node.type) {
    case 'object':
      return objectConvert(node);
    case 'array':
      return listConvert(node);
    case 'string':
      return stringConvert(node.format);
    case 'number':
      return toNumber;
    case 'integer':
      return toInteger;
    case 'boolean':
      return (json) => {
        if (typeof json === 'boolean') return json;
        throw invalid(`invalid data, expected bool, got ${goType(json)}`);
      };
    default:
      if (node.preserveUnknownFields) return (json) => new Preserved(json);
      return () => {
        const expected = 'expected object, array, number, integer, boolean or string, or no type with';
        const extensions = 'x-kubernetes-int-or-string or x-kubernetes-preserve-unknown-fields is true';
        throw invalid(`invalid type, ${expected} ${extensions}, got ${node.type}`);
      };
  }
}

function intOrString(json: unknown): Value {
  if (typeof json === 'string') return json;
  if (isInteger(json)) return toInteger(json);
  throw invalid('invalid data, expected XIntOrString value to be either a string or integer');
}

function isInteger(json: unknown): boolean {
  return typeof json === 'number' ? isInt64(json) : typeof json === 'bigint';
}

function toInteger(json: unknown): Value {
  if (typeof json === 'number') {
    // Adding turns a negative zero into zero.
    if (Number.isSafeInteger(json)) return json + 0;
    if (isInt64(json)) return toInt(BigInt(json));
  }
  if (typeof json === 'bigint') return toInt(json);
  throw invalid(`invalid data, expected int, got ${goType(json)}`);
}

function toNumber(json: unknown): Value {
  if (typeof json === 'number' || typeof json === 'bigint') return new Double(Number(json));
  throw invalid(`invalid data, expected float, got ${goType(json)}`);
}

/** The name that Go has for a JSON value's type. */
function goType(json: unknown): string {
  switch (typeof json) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'object':
      return Array.isArray(json) ? '[]interface {}' : 'map[string]interface {}';
    default:
      return isInteger(json) ? 'int64' : 'float64';
  }
}

function stringConvert(format: string): Convert {
  const convert = STRINGS.get(format);
  return (json) => {
    if (typeof json !== 'string') throw invalid(`invalid data, expected string, got ${goType(json)}`);
    return convert === undefined ? json : convert(json);
  };
}

const STRINGS: ReadonlyMap<string, (text: string) => Value> = new Map<string, (text: string) => Value>([
  [
    'duration',
    (text) => {
      const nanos = durationOf(text);
      if (nanos !== undefined) return new Duration(nanos);
      throw invalid(`Invalid duration ${text}: unable to parse ${text} as duration`);
    },
  ],
  [
    'date',
    (text) => {
      const day = isDate(text) ? parseTimestamp(`${text}T00:00:00Z`) : undefined;
      if (day !== undefined) return day;
      const layout = '"2006-01-02"';
      throw invalid(`Invalid date formatted string ${text}: parsing time ${goQuote(text)} as ${layout}: cannot parse`);
    },
  ],
  [
    'date-time',
    (text) => {
      if (text === '') return new Timestamp(0, 0);
      const time = parseTimestamp(text);
      if (time !== undefined) return time;
      throw invalid(
        `Invalid date-time formatted string ${text}: parsing time ${goQuote(text)}${dateTimeProblem(text)}`,
      );
    },
  ],
  ['byte', toBytes],
]);

/** What the last of Go's layouts has against a time that passed as one: it knows neither zones nor a small t. */
function dateTimeProblem(text: string): string {
  const [, extra] = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d+)?(.*)$/s.exec(text) ?? [];
  if (extra !== undefined) return `: extra text: ${goQuote(extra)}`;
  return ` as "2006-01-02T15:04:05": cannot parse ${goQuote(text.slice(10))} as "T"`;
}

/** The alphabet is that of URLs here, though the format also admits the other one. */
function toBytes(text: string): Value {
  const wrong = text.search(/[^A-Za-z0-9_=-]/);
  if (wrong >= 0) {
    throw invalid(`Invalid byte formatted string ${text}: illegal base64 data at input byte ${wrong}`);
  }
  return new Uint8Array(Buffer.from(text, 'base64url'));
}

function listConvert(node: SchemaNode): Convert {
  const { items, listType } = node;
  if (items === undefined) {
    return () => {
      throw invalid('invalid array type, expected Items with a non-empty Schema');
    };
  }
  const convert = lazily(items);
  const keys = node.listMapKeys.map((key) => escapeField(key) ?? key);
  return (json) => {
    if (!Array.isArray(json)) throw invalid('invalid data, expected an array for the provided schema with type=array');
    if (listType === 'map') return new MapList(new SchemaList(json, convert), keys);
    return listType === 'set' ? new SetList(new SchemaList(json, convert)) : new SchemaList(json, convert);
  };
}

/** Compiled at first use: most of a schema is never read by a rule. */
function lazily(schema: SchemaNode): Convert {
  let convert: Convert | undefined;
  return (json) => {
    convert ??= compileConvert(schema);
    return convert(json);
  };
}

/** A list as it is in the object. */
class SchemaList extends ListValue {
  readonly #items: readonly unknown[];
  readonly #convert: Convert;

  constructor(items: readonly unknown[], convert: Convert) {
    super();
    this.#items = items;
    this.#convert = convert;
  }

  get size(): number {
    return this.#items.length;
  }

  at(index: number): Value {
    return this.#convert(this.#items[index]);
  }

  override unlike(): false {
    throw noSuchOverload();
  }
}

function objectConvert(node: SchemaNode): Convert {
  const shape = node.properties !== undefined || node.embeddedResource ? fieldsOf(node) : undefined;
  const { additionalProperties: values } = node;
  const convert = shape === undefined && typeof values === 'object' ? lazily(values) : undefined;
  return (json) => {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) {
      throw invalid('invalid data, expected a map for the provided schema with type=object');
    }
    if (convert !== undefined) return new SchemaMap(json as Fields, convert);
    return new SchemaObject(json as Fields, shape ?? NO_FIELDS);
  };
}

interface Field {
  /** as in JSON */
  readonly name: string;
  readonly convert: Convert;
}

interface Shape {
  /** by what expressions call them */
  readonly named: ReadonlyMap<string, Field>;
  readonly properties: ReadonlyMap<string, Field>;
}

const NO_FIELDS: Shape = { named: new Map(), properties: new Map() };

function fieldsOf(node: SchemaNode): Shape {
  const named = new Map<string, Field>();
  const properties = new Map<string, Field>();
  for (const [name, property] of node.properties ?? []) {
    const field = { name, convert: lazily(property) };
    properties.set(name, field);
    const escaped = escapeField(name);
    if (escaped !== undefined) named.set(escaped, field);
    if (unescapeField(name) === name) named.set(name, field);
  }
  return { named, properties };
}

/** An object with declared properties. Those that are null count as absent. */
class SchemaObject extends MapValue {
  readonly json: Fields;
  readonly #shape: Shape;

  constructor(json: Fields, shape: Shape) {
    super();
    this.json = json;
    this.#shape = shape;
  }

  get size(): number {
    return Object.keys(this.json).length;
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') throw noSuchOverload();
    const field = this.#shape.named.get(key);
    if (field === undefined || !Object.hasOwn(this.json, field.name)) return undefined;
    const value = this.json[field.name];
    return value === null || value === undefined ? undefined : field.convert(value);
  }

  *keys(): Iterable<Value> {
    for (const name of Object.keys(this.json)) {
      if (this.#shape.properties.has(name)) yield escapeField(name) ?? name;
    }
  }

  override unlike(): false {
    throw noSuchOverload();
  }

  override equals(other: MapValue): boolean {
    if (this.size !== other.size) return false;
    for (const name of Object.keys(this.json)) {
      if (this.#shape.properties.has(name)) {
        const value = this.find(name);
        const theirs = other.find(name);
        if ((value === undefined) !== (theirs === undefined)) return false;
        if (value !== undefined && !equal(value, theirs!)) return false;
      } else {
        if (!(other instanceof SchemaObject)) throw noSuchOverload();
        const isThere = Object.hasOwn(other.json, name);
        if (isThere && !deepEqual(this.json[name], other.json[name])) return false;
      }
    }
    return true;
  }
}

/** An object with keys of the user's choice. */
class SchemaMap extends MapValue {
  readonly #json: Fields;
  readonly #convert: Convert;

  constructor(json: Fields, convert: Convert) {
    super();
    this.#json = json;
    this.#convert = convert;
  }

  get size(): number {
    return Object.keys(this.#json).length;
  }

  find(key: Value): Value | undefined {
    if (typeof key !== 'string') throw noSuchOverload();
    return Object.hasOwn(this.#json, key) ? this.#convert(this.#json[key]) : undefined;
  }

  keys(): Iterable<Value> {
    return Object.keys(this.#json);
  }

  override unlike(): false {
    throw noSuchOverload();
  }
}

/** What stands where the schema says nothing at all: it can be compared, and nothing else. */
class Preserved extends Opaque {
  readonly typeName = 'unknown';
  readonly #json: unknown;

  constructor(json: unknown) {
    super();
    this.#json = json;
  }

  equals(other: Opaque): boolean {
    return other instanceof Preserved && deepEqual(this.#json, other.#json);
  }
}
