/** An OpenAPI v2 document in protobuf. Field numbers: github.com/google/gnostic-models, openapiv2/OpenAPIv2.proto */
import { isObject, type JsonObject } from '../objects.ts';
import { ProtobufWriter } from '../protobuf/writer.ts';
import { extensionsOf, named, type Writing } from './protobuf-map.ts';

const METHODS = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

export function encodeOpenApiV2(document: JsonObject): Buffer {
  const writer = new ProtobufWriter();
  const { info, paths, definitions, security, securityDefinitions } = document as Record<string, JsonObject>;
  writer.string(1, document['swagger'] as string);
  writer.message(2, (inner) => {
    inner.string(1, info!['title'] as string);
    inner.string(2, info!['version'] as string);
  });
  writer.message(8, (inner) => named(inner, 2, paths!, pathItem));
  writer.message(9, (inner) => named(inner, 1, definitions!, schema));
  for (const requirement of security as unknown as JsonObject[]) {
    writer.message(12, (inner) =>
      named(inner, 1, requirement, (list, values) => list.strings(1, values as unknown as string[])),
    );
  }
  writer.message(13, (inner) => named(inner, 1, securityDefinitions!, (item, value) => item.message(2, apiKey(value))));
  return writer.finish();
}

const any: Writing<unknown> = (writer, value) => writer.string(2, `${JSON.stringify(value)}\n`);

const apiKey = (value: JsonObject) => (writer: ProtobufWriter) => {
  writer.string(1, value['type'] as string);
  writer.string(2, value['name'] as string);
  writer.string(3, value['in'] as string);
  writer.string(4, value['description'] as string);
};

const pathItem: Writing<JsonObject> = (writer, item) => {
  for (const [method, field] of Object.entries(METHODS)) {
    const value = item[method];
    if (isObject(value)) writer.message(field, (inner) => operation(inner, value));
  }
  parameters(writer, 9, item['parameters'] as JsonObject[]);
};

const operation: Writing<JsonObject> = (writer, value) => {
  writer.strings(1, value['tags'] as string[]);
  writer.string(3, value['description'] as string);
  writer.string(5, value['operationId'] as string);
  writer.strings(6, value['produces'] as string[]);
  writer.strings(7, value['consumes'] as string[]);
  parameters(writer, 8, value['parameters'] as JsonObject[]);
  writer.message(9, (inner) =>
    named(inner, 1, value['responses'] as JsonObject, (item, response) =>
      item.message(1, (answer) => {
        answer.string(1, response['description'] as string);
        const content = response['schema'];
        if (isObject(content)) answer.message(2, (either) => either.message(1, (deep) => schema(deep, content)));
      }),
    ),
  );
  writer.strings(10, value['schemes'] as string[]);
  named(writer, 13, extensionsOf(value), any);
};

function parameters(writer: ProtobufWriter, field: number, list: readonly JsonObject[] = []): void {
  for (const each of list) {
    writer.message(field, (item) => item.message(1, (one) => parameter(one, each)));
  }
}

const parameter: Writing<JsonObject> = (writer, value) => {
  if (value['in'] === 'body') {
    writer.message(1, (body) => {
      body.string(1, value['description'] as string);
      body.string(2, value['name'] as string);
      body.string(3, 'body');
      body.bool(4, value['required'] as boolean);
      body.message(5, (inner) => schema(inner, value['schema'] as JsonObject));
    });
    return;
  }
  const inQuery = value['in'] === 'query';
  writer.message(2, (either) =>
    either.message(inQuery ? 3 : 4, (one) => {
      one.bool(1, value['required'] as boolean);
      one.string(2, value['in'] as string);
      one.string(3, value['description'] as string);
      one.string(4, value['name'] as string);
      one.string(inQuery ? 6 : 5, value['type'] as string);
      one.bool(inQuery ? 20 : 19, value['uniqueItems'] as boolean);
    }),
  );
};

const schema: Writing<JsonObject> = (writer, value) => {
  writer.string(1, value['$ref'] as string);
  writer.string(2, value['format'] as string);
  writer.string(3, value['title'] as string);
  writer.string(4, value['description'] as string);
  if (value['default'] !== undefined) writer.message(5, (inner) => any(inner, value['default']));
  writer.double(6, value['multipleOf'] as number);
  writer.double(7, value['maximum'] as number);
  writer.bool(8, value['exclusiveMaximum'] as boolean);
  writer.double(9, value['minimum'] as number);
  writer.bool(10, value['exclusiveMinimum'] as boolean);
  writer.count(11, value['maxLength'] as number);
  writer.count(12, value['minLength'] as number);
  writer.string(13, value['pattern'] as string);
  writer.count(14, value['maxItems'] as number);
  writer.count(15, value['minItems'] as number);
  writer.bool(16, value['uniqueItems'] as boolean);
  writer.count(17, value['maxProperties'] as number);
  writer.count(18, value['minProperties'] as number);
  writer.strings(19, value['required'] as string[]);
  for (const each of (value['enum'] as unknown[]) ?? []) writer.message(20, (inner) => any(inner, each));
  parts(writer, value);
  if (value['example'] !== undefined) writer.message(30, (inner) => any(inner, value['example']));
  named(writer, 31, extensionsOf(value), any);
};

/** The schemas inside a schema. */
function parts(writer: ProtobufWriter, value: JsonObject): void {
  const { additionalProperties, type, items, properties, externalDocs } = value;
  if (isObject(additionalProperties)) {
    writer.message(21, (either) => either.message(1, (inner) => schema(inner, additionalProperties)));
  } else if (additionalProperties !== undefined) {
    writer.message(21, (either) => either.bool(2, additionalProperties as boolean));
  }
  if (type !== undefined) writer.message(22, (inner) => inner.strings(1, [type as string]));
  if (isObject(items)) writer.message(23, (either) => either.message(1, (inner) => schema(inner, items)));
  if (isObject(properties)) writer.message(25, (inner) => named(inner, 1, properties, schema));
  if (isObject(externalDocs)) {
    writer.message(29, (inner) => {
      inner.string(1, externalDocs['description'] as string);
      inner.string(2, externalDocs['url'] as string);
    });
  }
}
