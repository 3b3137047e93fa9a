import { setOwn } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { decodeScalar, zeroOf } from './scalar.ts';
import { type Field, goTypeName, type MapOf, type Struct, type Type } from './type.ts';

/** The body has a value of a type that the kind cannot hold. The message is Go's. */
export class DecodeError extends Error {}

/** Where the decoder is, for messages, and what it found that the kind does not have. */
export interface Position {
  /** The innermost struct and the path of field names from the root: `ObjectMeta`, `metadata.labels`. */
  readonly struct: string;
  readonly fields: string;
  /** The path with indices and keys, as unknown fields are reported. */
  readonly path: string;
  readonly unknown: string[];
}

/** The JSON type of a value as Go's decoder names it. */
function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'boolean') return 'bool';
  return typeof value;
}

/** `json: cannot unmarshal string into Go struct field …`; `shown` adds the number itself when its range is wrong. */
export function mismatch(value: unknown, type: string, at: Position, shown = ''): DecodeError {
  const what = `json: cannot unmarshal ${jsonType(value)}${shown} into Go`;
  return new DecodeError(
    at.struct === ''
      ? `${what} value of type ${type}`
      : `${what} struct field ${at.struct}.${at.fields} of type ${type}`,
  );
}

/** The value as Go would hold and write it again, or undefined when it would write nothing. */
function decodeValue(value: unknown, type: Type, at: Position): unknown {
  switch (type.is) {
    case 'struct':
      return decodeStruct(value, type, at);
    case 'map':
      return decodeMap(value, type, at);
    case 'list':
      if (!Array.isArray(value)) throw mismatch(value, goTypeName(type), at);
      return value.map((item, index) => {
        if (item === null) return zeroOf(type.of);
        return decodeValue(item, type.of, { ...at, path: `${at.path}[${index}]` });
      });
    case 'schemaOr':
      if (type.other === 'bool' && typeof value === 'boolean') return value;
      if (type.other === 'list' && Array.isArray(value)) return decodeValue(value, { is: 'list', of: type.of }, at);
      return decodeStruct(value, type.of, at);
    default:
      return decodeScalar(value, type.is, at);
  }
}

function decodeMap(value: unknown, type: MapOf, at: Position): JsonObject {
  if (!isObject(value)) throw mismatch(value, goTypeName(type), at);
  const map: JsonObject = {};
  const plain = type.of.is === 'string';
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (plain && typeof item === 'string') setOwn(map, key, item);
    else if (item === null) setOwn(map, key, zeroOf(type.of));
    else setOwn(map, key, decodeValue(item, type.of, { ...at, path: `${at.path}.${key}` }));
  }
  return map;
}

function isEmpty(value: unknown, type: Type): boolean {
  if (value === undefined || value === null) return true;
  if (type.is === 'struct' || type.is === 'any' || type.is === 'schemaOr') return false;
  if (type.is === 'list') return (value as unknown[]).length === 0;
  if (type.is === 'map') return Object.keys(value as object).length === 0;
  return value === '' || value === 0 || value === false;
}

function decodeField(value: unknown, name: string, field: Field, struct: Struct, at: Position): unknown {
  const { type } = field;
  const mode = field.empty ?? 'omit';
  if (value === undefined || value === null) {
    if (mode === 'always') return zeroOf(type);
    return type.is === 'struct' && mode === 'omit' ? decodeStruct({}, type, at) : undefined;
  }
  if (type.is === 'string' && typeof value === 'string') return value === '' && mode === 'omit' ? undefined : value;
  const fields = at.fields === '' ? name : `${at.fields}.${name}`;
  const path = at.path === '' ? name : `${at.path}.${name}`;
  const decoded = decodeValue(value, type, { struct: struct.name, fields, path, unknown: at.unknown });
  return mode === 'omit' && isEmpty(decoded, type) ? undefined : decoded;
}

/** Reads a struct: fields in the order of its description, unknown ones reported and dropped. */
export function decodeStruct(value: unknown, struct: Struct, at: Position): JsonObject {
  if (!isObject(value)) throw mismatch(value, goTypeName(struct), at);
  const fields = struct.fields();
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(fields, key)) at.unknown.push(at.path === '' ? key : `${at.path}.${key}`);
  }
  const result: JsonObject = {};
  for (const name of Object.keys(fields)) {
    const decoded = decodeField(Object.hasOwn(value, name) ? value[name] : undefined, name, fields[name]!, struct, at);
    if (decoded !== undefined) result[name] = decoded;
  }
  return result;
}

/** A body as its kind holds it. Returns the object and the paths that the kind does not have. */
export function decodeBody(body: unknown, struct: Struct): { object: JsonObject; unknown: string[] } {
  const unknown: string[] = [];
  const object = decodeStruct(body, struct, { struct: '', fields: '', path: '', unknown });
  return { object, unknown: unknown.length > 1 ? asTheyCome(body, unknown) : unknown };
}

/** Paths in the order in which the body has them. */
function asTheyCome(body: unknown, paths: readonly string[]): string[] {
  const wanted = new Set(paths);
  const found: string[] = [];
  const visit = (value: unknown, path: string) => {
    if (wanted.has(path)) found.push(path);
    else if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, `${path}[${index}]`);
    else if (isObject(value))
      for (const key of Object.keys(value)) visit(value[key], path === '' ? key : `${path}.${key}`);
  };
  visit(body, '');
  return found;
}
