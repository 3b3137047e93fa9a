/**
 * Objects in protobuf, as clients written in Go ask for them. The bytes are those that the real server writes for the
 * same object: fields by their numbers, what is no pointer in Go even when it is empty, maps by their keys.
 */

import { type Field, type Struct, type Type, string as text } from '../kinds/type.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { fieldNames, INLINE } from './fields.ts';
import { ProtobufWriter } from './writer.ts';

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

/** One field of a message, as it is written. */
interface Planned {
  readonly number: number;
  readonly name: string;
  readonly field: Field;
  /** Of a Go struct that is embedded: its fields, in a message of their own. */
  readonly inline?: readonly Planned[];
}

/** Writes messages. Holds how each kind is written, which is looked up once. */
export class ProtobufEncoder {
  readonly #plans = new Map<string, readonly Planned[]>();

  /** An object with its type around it: `k8s\0` and a runtime.Unknown. */
  object(object: JsonObject, struct: Struct): Buffer {
    return enveloped(String(object['apiVersion'] ?? ''), String(object['kind'] ?? ''), this.message(object, struct));
  }

  /** The message alone. */
  message(object: JsonObject, struct: Struct): Buffer {
    const writer = new ProtobufWriter();
    this.#fields(writer, object, this.#planOf(struct, struct.model));
    return writer.finish();
  }

  #planOf(struct: Struct, model: string): readonly Planned[] {
    const known = this.#plans.get(model);
    if (known !== undefined) return known;
    const names = fieldNames(model);
    if (names === undefined) throw new Error(`${model} has no field numbers`);
    const described = struct.fields();
    const plan: Planned[] = [];
    for (const [number, name] of [...names].sort(([a], [b]) => a - b)) {
      if (name.startsWith(INLINE)) {
        const inline = this.#planOf(struct, model.replace(/[^.]+$/, name.slice(1)));
        plan.push({ number, name, field: { type: struct, doc: '' }, inline });
      } else plan.push({ number, name, field: described[name] ?? UNDESCRIBED });
    }
    this.#plans.set(model, plan);
    return plan;
  }

  #fields(writer: ProtobufWriter, object: JsonObject, plan: readonly Planned[]): void {
    for (const { number, name, field, inline } of plan) {
      if (inline !== undefined) writer.message(number, (inner) => this.#fields(inner, object, inline));
      else this.#field(writer, number, Object.hasOwn(object, name) ? object[name] : undefined, field);
    }
  }

  #field(writer: ProtobufWriter, number: number, value: unknown, { type, empty }: Field): void {
    if (type.is === 'list') {
      for (const item of Array.isArray(value) ? value : []) this.#value(writer, number, item, type.of);
    } else if (type.is === 'map') {
      if (isObject(value)) this.#map(writer, number, value, type.of);
    } else if (value !== undefined && value !== null) this.#value(writer, number, value, type);
    else if (empty !== 'pointer' && type.is !== 'bytes' && type.is !== 'any' && type.is !== 'schemaOr') {
      this.#value(writer, number, undefined, type);
    }
  }

  #map(writer: ProtobufWriter, number: number, map: JsonObject, of: Type): void {
    for (const key of Object.keys(map).sort(byBytes)) {
      writer.message(number, (entry) => {
        entry.bytes(1, Buffer.from(key));
        if (of.is === 'list') {
          // A list as a value of a map is a message with the items as field 1.
          entry.message(2, (items) => {
            for (const item of Array.isArray(map[key]) ? (map[key] as unknown[]) : []) {
              this.#value(items, 1, item, of.of);
            }
          });
        } else this.#value(entry, 2, map[key], of);
      });
    }
  }

  /** One value, empty or not; undefined stands for the zero of its type. */
  #value(writer: ProtobufWriter, number: number, value: unknown, type: Type): void {
    switch (type.is) {
      case 'struct':
        writer.message(number, (inner) =>
          this.#fields(inner, isObject(value) ? value : {}, this.#planOf(type, type.model)),
        );
        return;
      case 'schemaOr':
        writer.message(number, (inner) => this.#schemaOr(inner, value, type.of, type.other));
        return;
      case 'bool':
        writer.varint(number, value === true ? 1n : 0n);
        return;
      case 'int32':
      case 'int64':
        writer.varint(number, BigInt(Number(value ?? 0)));
        return;
      case 'float64':
        writer.fixed64(number, Number(value ?? 0));
        return;
      case 'time':
      case 'microTime':
        writer.message(number, (inner) => writeTime(inner, value));
        return;
      case 'quantity':
        writer.message(number, (inner) => inner.bytes(1, Buffer.from(String(value ?? '0'))));
        return;
      case 'intOrString':
        writer.message(number, (inner) => {
          inner.varint(1, typeof value === 'string' ? 1n : 0n);
          inner.varint(2, BigInt(typeof value === 'number' ? value : 0));
          inner.bytes(3, Buffer.from(typeof value === 'string' ? value : ''));
        });
        return;
      case 'any':
        writer.message(number, (inner) => inner.bytes(1, Buffer.from(JSON.stringify(value ?? null))));
        return;
      case 'bytes':
        writer.bytes(number, Buffer.from(String(value ?? ''), 'base64'));
        return;
      case 'string':
        writer.bytes(number, Buffer.from(String(value ?? '')));
        return;
      default:
        throw new Error(`a ${type.is} is not written here`);
    }
  }

  /** JSONSchemaPropsOrBool {allows 1, schema 2} and JSONSchemaPropsOrArray {schema 1, jSONSchemas 2}. */
  #schemaOr(writer: ProtobufWriter, value: unknown, of: Struct, other: 'bool' | 'list'): void {
    if (other === 'bool') {
      writer.varint(1, value === false ? 0n : 1n);
      if (isObject(value)) this.#value(writer, 2, value, of);
    } else if (Array.isArray(value)) for (const item of value) this.#value(writer, 2, item, of);
    else this.#value(writer, 1, value, of);
  }
}

/** A field that is numbered and not described is never set. */
const UNDESCRIBED: Field = { type: text, doc: '', empty: 'pointer' };

/** `k8s\0` and runtime.Unknown: typeMeta 1 (apiVersion 1, kind 2), raw 2, contentEncoding 3, contentType 4. */
export function enveloped(apiVersion: string, kind: string, raw: Buffer): Buffer {
  const writer = new ProtobufWriter();
  writer.message(1, (typeMeta) => {
    typeMeta.bytes(1, Buffer.from(apiVersion));
    typeMeta.bytes(2, Buffer.from(kind));
  });
  writer.bytes(2, raw);
  writer.bytes(3, NOTHING);
  writer.bytes(4, NOTHING);
  return Buffer.concat([MAGIC, writer.finish()]);
}

const NOTHING = Buffer.alloc(0);

/** seconds 1, nanos 2; nothing at all for a time that was never set. */
function writeTime(writer: ProtobufWriter, value: unknown): void {
  if (typeof value !== 'string') return;
  const fraction = /\.(\d+)/.exec(value)?.[1] ?? '';
  const seconds = Math.floor(Date.parse(value.replace(/\.\d+/, '')) / 1000);
  writer.varint(1, BigInt(seconds));
  writer.varint(2, BigInt(fraction.padEnd(9, '0').slice(0, 9)));
}

/** Go orders texts by their bytes. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
