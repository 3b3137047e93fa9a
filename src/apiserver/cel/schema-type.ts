import { readSchema, type SchemaNode } from '../schema/node.ts';
import { escapeField, isReserved } from './field-name.ts';
import {
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  STRING,
  structOf,
  TIMESTAMP,
  type Type,
} from './type.ts';

/** What a request may hold at most, in bytes: the bound of everything whose schema sets none. */
export const REQUEST_LIMIT = 3 * 1024 * 1024;

/**
 * A schema as expressions see it: its type, and what is known about sizes for estimating costs
 * (k8s.io/apiserver, pkg/cel/common/schemas.go).
 */
export interface DeclaredType {
  /** The type, except for objects, lists and maps: their types have names by where the schema stands. */
  readonly simple?: Type;
  /** An object's fields, under the names that expressions use. */
  readonly fields?: ReadonlyMap<string, DeclaredType>;
  /** A list's items or a map's values. */
  readonly element?: DeclaredType;
  /** A map's keys. */
  readonly key?: DeclaredType;
  /** How many items, entries, or bytes of text there can be. */
  readonly maxElements: number;
  /** How many bytes of JSON a value takes at least. */
  readonly minSize: number;
}

const simple = (type: Type, minSize: number, maxElements = 0): DeclaredType => ({ simple: type, minSize, maxElements });

/** Minimal and maximal bytes of JSON. */
const STRING_MIN = 2;
const DURATION_SIZES = [3, 32] as const;
const DATE_SIZES = [12, 12] as const;
const TIME_SIZES = [21, 32] as const;
/** A string that is the whole request, without its quotes. */
const STRING_MAX = REQUEST_LIMIT - 2;

const KEY = simple(STRING, STRING_MIN);

/**
 * The type of a schema, or undefined when expressions cannot see its values.
 * @param isRoot the root of a resource or embedded resource, which has a name and kind whatever the schema says
 */
export function declaredType(schema: SchemaNode, isRoot: boolean): DeclaredType | undefined {
  if (schema.intOrString) return simple(DYN, 1, stringMax(schema));
  const node = isRoot ? withObjectMeta(schema) : schema;
  switch (node.type) {
    case 'array':
      return listType(node);
    case 'object':
      return typeof node.additionalProperties === 'object'
        ? mapType(node, node.additionalProperties)
        : objectType(node);
    case 'string':
      return stringType(node);
    case 'boolean':
      return simple(BOOL, 4);
    case 'number':
      return simple(DOUBLE, 1);
    case 'integer':
      return simple(INT, 1);
    default:
      return undefined;
  }
}

function listType(node: SchemaNode): DeclaredType | undefined {
  const element = node.items === undefined ? undefined : declaredType(node.items, node.items.embeddedResource);
  if (element === undefined) return undefined;
  const maxElements = node.maxItems === undefined ? quotient(element.minSize + 1) : Math.max(node.maxItems, 0);
  return { element, maxElements, minSize: 2 };
}

function mapType(node: SchemaNode, values: SchemaNode): DeclaredType | undefined {
  const element = declaredType(values, values.embeddedResource);
  if (element === undefined) return undefined;
  // An entry takes two quotes, a colon, a comma and two bytes of key beside its value.
  const maxElements =
    node.maxProperties === undefined ? quotient(element.minSize + 6) : Math.max(node.maxProperties, 0);
  return { key: KEY, element, maxElements, minSize: 2 };
}

/** How many things of a size fit a request, inside brackets. */
function quotient(size: number): number {
  return Math.floor((REQUEST_LIMIT - 2) / size);
}

function objectType(node: SchemaNode): DeclaredType {
  const fields = new Map<string, DeclaredType>();
  let minSize = 2;
  for (const [name, property] of node.properties ?? []) {
    const type = declaredType(property, property.embeddedResource);
    if (type === undefined) continue;
    const escaped = escapeField(name);
    if (escaped !== undefined) fields.set(escaped, type);
    if (node.required.includes(name) && property.default === undefined) {
      minSize += Buffer.byteLength(name) + type.minSize + 4;
    }
  }
  return { fields, maxElements: 0, minSize };
}

function stringType(node: SchemaNode): DeclaredType {
  switch (node.format) {
    case 'byte':
      return simple(BYTES, STRING_MIN, node.maxLength === undefined ? STRING_MAX : Math.max(node.maxLength, 0));
    case 'duration':
      return simple(DURATION, ...DURATION_SIZES);
    case 'date':
      return simple(TIMESTAMP, ...DATE_SIZES);
    case 'date-time':
      return simple(TIMESTAMP, ...TIME_SIZES);
    default:
      return simple(STRING, STRING_MIN, stringMax(node));
  }
}

/** The most bytes that a string can have. A character takes up to four. */
function stringMax(node: SchemaNode): number {
  if (node.maxLength !== undefined) return Math.max(node.maxLength, 0) * 4;
  if (node.intOrString || node.enum === undefined || node.enum.length === 0) return STRING_MAX;
  return Math.max(0, ...node.enum.map((value) => (typeof value === 'string' ? Buffer.byteLength(value) : 0)));
}

const EMPTY = readSchema({});
/** Longest name of an object. */
const NAME_LIMIT = 253;

/** The schema of a resource's root with apiVersion, kind and the two parts of metadata that rules may use. */
export function withObjectMeta(node: SchemaNode): SchemaNode {
  const property = (name: string) => node.properties?.get(name);
  const metadata = property('metadata');
  const names = ['name', 'generateName'];
  const isComplete =
    property('kind')?.type === 'string' &&
    property('apiVersion')?.type === 'string' &&
    metadata?.type === 'object' &&
    names.every((name) => metadata.properties?.get(name)?.type === 'string');
  if (isComplete) return node;
  const nested = new Map(
    names.map((name, index) => {
      const limit = Math.min(metadata?.properties?.get(name)?.maxLength ?? NAME_LIMIT, NAME_LIMIT - index);
      return [name, { ...EMPTY, type: 'string', maxLength: limit }];
    }),
  );
  const properties = new Map(node.properties);
  properties.set('kind', { ...EMPTY, type: 'string' });
  properties.set('apiVersion', { ...EMPTY, type: 'string' });
  properties.set('metadata', { ...EMPTY, type: 'object', properties: nested });
  return { ...node, properties };
}

/** The types below one schema, with the names that they have there: `selfType1.spec.nics.@idx`. */
export class NamedTypes {
  readonly root: Type;
  readonly #structs = new Map<string, { readonly declared: DeclaredType; fields?: ReadonlyMap<string, Type> }>();

  constructor(declared: DeclaredType, name: string) {
    this.root = this.#named(declared, name);
  }

  /** The fields of an object type; undefined for a name that is none. Reserved words stand for their escaped names. */
  fields(name: string): ReadonlyMap<string, Type> | undefined {
    const struct = this.#structs.get(name);
    if (struct === undefined) return undefined;
    if (struct.fields !== undefined) return struct.fields;
    const fields = new Map<string, Type>();
    for (const [field, declared] of struct.declared.fields!)
      fields.set(field, this.#named(declared, `${name}.${field}`));
    for (const [field, type] of [...fields]) {
      const word = /^__([a-z]+)__$/.exec(field)?.[1];
      if (word !== undefined && isReserved(word)) fields.set(word, type);
    }
    struct.fields = fields;
    return fields;
  }

  #named(declared: DeclaredType, name: string): Type {
    if (declared.simple !== undefined) return declared.simple;
    if (declared.key !== undefined) return mapOf(STRING, this.#named(declared.element!, `${name}.@elem`));
    if (declared.element !== undefined) return listOf(this.#named(declared.element, `${name}.@idx`));
    this.#structs.set(name, { declared });
    return structOf(name);
  }
}
