/** An OpenAPI v3 document in protobuf. Field numbers: github.com/google/gnostic-models, openapiv3/OpenAPIv3.proto */
import { stringify } from 'yaml';
import { isObject, type JsonObject } from '../objects.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { extensionsOf, named, type Writing } from './protobuf-map.ts';

const METHODS = { get: 4, put: 5, post: 6, delete: 7, patch: 10 } as const;

export function encodeOpenApiV3(document: JsonObject): Buffer {
  const writer = new ProtobufWriter();
  const { info, paths, components } = document as Record<string, JsonObject>;
  writer.string(1, document['openapi'] as string);
  writer.message(2, (inner) => {
    inner.string(1, info!['title'] as string);
    inner.string(6, info!['version'] as string);
  });
  writer.message(4, (inner) => named(inner, 1, paths!, pathItem));
  writer.message(5, (inner) => {
    const { schemas, securitySchemes } = components as Record<string, JsonObject>;
    if (schemas !== undefined) inner.message(1, (all) => named(all, 1, schemas, schemaOrReference));
    if (securitySchemes !== undefined) inner.message(7, (all) => named(all, 1, securitySchemes, securityScheme));
  });
  return writer.finish();
}

/** Any JSON, as the YAML that it is. */
const any: Writing<unknown> = (writer, value) =>
  writer.string(2, stringify(value, { version: '1.1', lineWidth: 0, indentSeq: false }));

const securityScheme: Writing<JsonObject> = (writer, value) =>
  writer.message(1, (inner) => {
    inner.string(1, value['type'] as string);
    inner.string(2, value['description'] as string);
    inner.string(3, value['name'] as string);
    inner.string(4, value['in'] as string);
  });

const pathItem: Writing<JsonObject> = (writer, item) => {
  for (const [method, field] of Object.entries(METHODS)) {
    const value = item[method];
    if (isObject(value)) writer.message(field, (inner) => operation(inner, value));
  }
  parameters(writer, 13, item['parameters'] as JsonObject[] | undefined);
};

const operation: Writing<JsonObject> = (writer, value) => {
  writer.strings(1, value['tags'] as string[]);
  writer.string(3, value['description'] as string);
  writer.string(5, value['operationId'] as string);
  parameters(writer, 6, value['parameters'] as JsonObject[] | undefined);
  const body = value['requestBody'];
  if (isObject(body)) {
    writer.message(7, (either) =>
      either.message(1, (inner) => {
        inner.message(2, (all) => named(all, 1, body['content'] as JsonObject, mediaType));
        inner.bool(3, body['required'] as boolean);
      }),
    );
  }
  writer.message(8, (inner) => named(inner, 2, value['responses'] as JsonObject, response));
  named(writer, 13, extensionsOf(value), any);
};

function parameters(writer: ProtobufWriter, field: number, list: readonly JsonObject[] = []): void {
  for (const each of list) {
    writer.message(field, (either) =>
      either.message(1, (one) => {
        one.string(1, each['name'] as string);
        one.string(2, each['in'] as string);
        one.string(3, each['description'] as string);
        one.bool(4, each['required'] as boolean);
        one.message(10, (inner) => schemaOrReference(inner, each['schema'] as JsonObject));
      }),
    );
  }
}

const response: Writing<JsonObject> = (writer, value) =>
  writer.message(1, (inner) => {
    inner.string(1, value['description'] as string);
    const { content } = value;
    if (isObject(content)) inner.message(3, (all) => named(all, 1, content, mediaType));
  });

const mediaType: Writing<JsonObject> = (writer, value) => {
  const { schema: own } = value;
  if (isObject(own)) writer.message(1, (inner) => schemaOrReference(inner, own));
};

const schemaOrReference: Writing<JsonObject> = (writer, value) => {
  const { $ref } = value;
  if (typeof $ref === 'string') writer.message(2, (inner) => inner.string(1, $ref));
  else writer.message(1, (inner) => schema(inner, value));
};

const schema: Writing<JsonObject> = (writer, value) => {
  const count = (field: number, name: string) => writer.count(field, value[name] as number | undefined);
  writer.bool(1, value['nullable'] as boolean);
  if (value['example'] !== undefined) writer.message(7, (inner) => any(inner, value['example']));
  writer.string(9, value['title'] as string);
  writer.double(10, value['multipleOf'] as number);
  writer.double(11, value['maximum'] as number);
  writer.bool(12, value['exclusiveMaximum'] as boolean);
  writer.double(13, value['minimum'] as number);
  writer.bool(14, value['exclusiveMinimum'] as boolean);
  count(15, 'maxLength');
  count(16, 'minLength');
  writer.string(17, value['pattern'] as string);
  count(18, 'maxItems');
  count(19, 'minItems');
  writer.bool(20, value['uniqueItems'] as boolean);
  count(21, 'maxProperties');
  count(22, 'minProperties');
  writer.strings(23, value['required'] as string[]);
  for (const each of (value['enum'] as unknown[]) ?? []) writer.message(24, (inner) => any(inner, each));
  writer.string(25, value['type'] as string);
  parts(writer, value);
  if (value['default'] !== undefined) writer.message(33, (inner) => defaultValue(inner, value['default']));
  writer.string(34, value['description'] as string);
  writer.string(35, value['format'] as string);
  named(writer, 36, extensionsOf(value), any);
};

/** The schemas inside a schema. */
function parts(writer: ProtobufWriter, value: JsonObject): void {
  const lists = { allOf: 26, oneOf: 27, anyOf: 28 } as const;
  for (const [name, field] of Object.entries(lists)) {
    for (const each of (value[name] as JsonObject[]) ?? []) {
      writer.message(field, (inner) => schemaOrReference(inner, each));
    }
  }
  const { not, items, properties, additionalProperties } = value;
  if (isObject(not)) writer.message(29, (inner) => schema(inner, not));
  if (isObject(items)) writer.message(30, (all) => all.message(1, (inner) => schemaOrReference(inner, items)));
  if (isObject(properties)) writer.message(31, (all) => named(all, 1, properties, schemaOrReference));
  if (isObject(additionalProperties)) {
    writer.message(32, (either) => either.message(1, (inner) => schemaOrReference(inner, additionalProperties)));
  } else if (additionalProperties !== undefined) {
    writer.message(32, (either) => either.bool(2, additionalProperties as boolean));
  }
}

/** Numbers, booleans and texts, empty ones too; anything else is an empty message. */
const defaultValue: Writing<unknown> = (writer, value) => {
  if (typeof value === 'number') writer.fixed64(1, value);
  else if (typeof value === 'boolean') writer.varint(2, value ? 1n : 0n);
  else if (typeof value === 'string') writer.bytes(3, Buffer.from(value));
};
