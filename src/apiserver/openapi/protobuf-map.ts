/** What OpenAPI documents of both versions have in common in protobuf. */
import type { JsonObject } from '../objects.ts';
import type { ProtobufWriter } from '../protobuf/writer.ts';

export type Writing<T> = (writer: ProtobufWriter, value: T) => void;

/** Entries of a map, each as a message of its name and its value. */
export function named(writer: ProtobufWriter, field: number, map: JsonObject, write: Writing<JsonObject>): void {
  for (const [name, value] of Object.entries(map)) {
    writer.message(field, (entry) => {
      entry.string(1, name);
      entry.message(2, (inner) => write(inner, value as JsonObject));
    });
  }
}

/** The parts of an object that are extensions. */
export function extensionsOf(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name.startsWith('x-')));
}
