/**
 * Bodies in protobuf, which kubectl sends for built-in kinds: `k8s\0` and a runtime.Unknown around the message. They
 * become the JSON that the same object would be.
 */

import { setOwn } from '../../base/json.ts';
import { rfc3339, rfc3339Micro } from '../../base/units.ts';
import type { ScalarName, SchemaOr, Struct, Type } from '../kinds/type.ts';
import type { JsonObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';
import { fieldNames, INLINE } from './fields.ts';
import { BYTES, FIXED64, ProtobufError, ProtobufReader, VARINT } from './reader.ts';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const MAX_DEPTH = 100;

/** The object in a body. Throws 400. @param type the kind that the resource has */
export function decodeProtobuf(bytes: Buffer, type: Struct): JsonObject {
  try {
    if (!bytes.subarray(0, 4).equals(MAGIC)) {
      throw new ProtobufError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
    }
    const { apiVersion, kind, raw } = envelope(bytes.subarray(4));
    const object = message(raw, type, 0);
    return { ...(apiVersion !== '' && { apiVersion }), ...(kind !== '' && { kind }), ...object };
  } catch (error) {
    if (error instanceof ProtobufError) {
      throw badRequest(
        `the object provided is unrecognized (must be of type ${type.name}): ${error.message} (${summary(bytes)})`,
      );
    }
    throw error;
  }
}

/** The start of a body, as messages quote it. */
function summary(bytes: Buffer): string {
  if (bytes.length === 0) return '<empty>';
  const cut = bytes.length > 30 ? ' ...' : '';
  return `${bytes.subarray(0, 30).toString(bytes[0] === 0x7b ? 'utf8' : 'hex')}${cut}`;
}

/** runtime.Unknown: typeMeta 1 (apiVersion 1, kind 2), raw 2. */
function envelope(bytes: Buffer): { apiVersion: string; kind: string; raw: Buffer } {
  const unknown = { apiVersion: '', kind: '', raw: Buffer.alloc(0) as Buffer };
  fields(bytes, (field, wire, reader) => {
    if (wire !== BYTES) reader.skip(wire);
    else if (field === 1) {
      fields(reader.bytes(), (inner, innerWire, typeMeta) => {
        if (innerWire !== BYTES) typeMeta.skip(innerWire);
        else if (inner === 1) unknown.apiVersion = typeMeta.bytes().toString();
        else if (inner === 2) unknown.kind = typeMeta.bytes().toString();
        else typeMeta.bytes();
      });
    } else if (field === 2) unknown.raw = reader.bytes();
    else reader.bytes();
  });
  return unknown;
}

function fields(bytes: Buffer, visit: (field: number, wire: number, reader: ProtobufReader) => void): void {
  const reader = new ProtobufReader(bytes);
  while (!reader.done) {
    const { field, type } = reader.tag();
    visit(field, type, reader);
  }
}

function message(bytes: Buffer, struct: Struct, depth: number): JsonObject {
  if (depth > MAX_DEPTH) throw new ProtobufError('nested too deep');
  const names = fieldNames(struct.model);
  if (names === undefined) throw new ProtobufError(`${struct.name} is not read in protobuf`);
  const described = struct.fields();
  const object: JsonObject = {};
  fields(bytes, (number, wire, reader) => {
    const name = names.get(number);
    if (name?.startsWith(INLINE)) {
      // A Go struct that is embedded in another: a message of its own here, and no level of its own in JSON.
      const model = struct.model.replace(/[^.]+$/, name.slice(1));
      Object.assign(object, message(expectBytes(wire, reader), { ...struct, model }, depth + 1));
      return;
    }
    const field = name === undefined ? undefined : described[name];
    if (name === undefined || field === undefined) {
      reader.skip(wire);
      return;
    }
    const { type } = field;
    if (type.is === 'list') {
      object[name] ??= [];
      (object[name] as unknown[]).push(value(wire, type.of, reader, depth));
    } else if (type.is === 'map') {
      object[name] ??= {};
      addEntry(object[name] as JsonObject, expectBytes(wire, reader), type.of, depth);
    } else object[name] = value(wire, type, reader, depth);
  });
  return object;
}

/** A map entry is a message of key (1) and value (2). */
function addEntry(map: JsonObject, bytes: Buffer, type: Type, depth: number): void {
  let key = '';
  let found: unknown = type.is === 'bytes' || type.is === 'string' ? '' : undefined;
  fields(bytes, (field, wire, reader) => {
    if (field === 1) key = expectBytes(wire, reader).toString();
    else if (field === 2)
      found = type.is === 'list' ? items(expectBytes(wire, reader), type.of, depth) : value(wire, type, reader, depth);
    else reader.skip(wire);
  });
  setOwn(map, key, found ?? null);
}

/** A list as a value of a map is a message with the items as field 1. */
function items(bytes: Buffer, type: Type, depth: number): unknown[] {
  const list: unknown[] = [];
  fields(bytes, (field, wire, reader) => {
    if (field === 1) list.push(value(wire, type, reader, depth));
    else reader.skip(wire);
  });
  return list;
}

function expectBytes(wire: number, reader: ProtobufReader): Buffer {
  if (wire !== BYTES) throw new ProtobufError(`wrong wireType = ${wire}`);
  return reader.bytes();
}

function value(wire: number, type: Type, reader: ProtobufReader, depth: number): unknown {
  switch (type.is) {
    case 'struct':
      return message(expectBytes(wire, reader), type, depth + 1);
    case 'schemaOr':
      return schemaOr(expectBytes(wire, reader), type, depth + 1);
    case 'list':
    case 'map':
      throw new ProtobufError('a list of lists is not read');
    default:
      return scalar(wire, type.is, reader);
  }
}

/** JSONSchemaPropsOrBool {allows 1, schema 2} and JSONSchemaPropsOrArray {schema 1, jSONSchemas 2}. */
function schemaOr(bytes: Buffer, { of, other }: SchemaOr, depth: number): unknown {
  const list: unknown[] = [];
  let allows = false;
  let schema: unknown;
  fields(bytes, (field, wire, reader) => {
    if (other === 'bool' && field === 1) allows = scalar(wire, 'bool', reader) === true;
    else if (field === (other === 'bool' ? 2 : 1)) schema = message(expectBytes(wire, reader), of, depth);
    else if (field === 2) list.push(message(expectBytes(wire, reader), of, depth));
    else reader.skip(wire);
  });
  return schema ?? (other === 'bool' ? allows : list);
}

function scalar(wire: number, name: ScalarName, reader: ProtobufReader): unknown {
  if (name === 'bool' || name === 'int32' || name === 'int64') {
    if (wire !== VARINT) throw new ProtobufError(`wrong wireType = ${wire}`);
    const number = reader.varint();
    return name === 'bool' ? number !== 0n : Number(BigInt.asIntN(64, number));
  }
  if (name === 'float64') {
    if (wire !== FIXED64) throw new ProtobufError(`wrong wireType = ${wire}`);
    return reader.double();
  }
  const bytes = expectBytes(wire, reader);
  switch (name) {
    case 'string':
      return bytes.toString();
    case 'bytes':
      return bytes.toString('base64');
    case 'time':
    case 'microTime':
      return time(bytes, name === 'microTime');
    case 'quantity':
      return firstText(bytes);
    case 'intOrString':
      return integerOrText(bytes);
    case 'any':
      return json(firstText(bytes));
    default:
      throw new ProtobufError(`${name} is not read in protobuf`);
  }
}

/** seconds 1, nanos 2; a message without either was never set. */
function time(bytes: Buffer, micro: boolean): string | null {
  if (bytes.length === 0) return null;
  let seconds = 0n;
  let nanos = 0n;
  fields(bytes, (field, wire, reader) => {
    if (wire !== VARINT) reader.skip(wire);
    else if (field === 1) seconds = BigInt.asIntN(64, reader.varint());
    else if (field === 2) nanos = reader.varint();
    else reader.varint();
  });
  const ms = Number(seconds) * 1000;
  if (!micro) return rfc3339(ms);
  const microseconds = String(nanos / 1000n).padStart(6, '0');
  return rfc3339Micro(ms).replace(/\.\d+Z$/, `.${microseconds}Z`);
}

function firstText(bytes: Buffer): string {
  let text = '';
  fields(bytes, (field, wire, reader) => {
    if (field === 1 && wire === BYTES) text = reader.bytes().toString();
    else reader.skip(wire);
  });
  return text;
}

/** type 1 (0: the integer), intVal 2, strVal 3. */
function integerOrText(bytes: Buffer): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  fields(bytes, (field, wire, reader) => {
    if (field === 1 && wire === VARINT) isText = reader.varint() === 1n;
    else if (field === 2 && wire === VARINT) number = Number(BigInt.asIntN(64, reader.varint()));
    else if (field === 3 && wire === BYTES) text = reader.bytes().toString();
    else reader.skip(wire);
  });
  return isText ? text : number;
}

function json(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new ProtobufError('a field that holds JSON holds none');
  }
}
