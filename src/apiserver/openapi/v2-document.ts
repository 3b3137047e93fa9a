/** The OpenAPI v2 document of everything that is served, made from the v3 documents. */
import { orderedGroups } from '../discovery/order.ts';
import { isObject, type JsonObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import { groupDocument } from './group-document.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

export function openApiV2Document(catalog: Catalog): JsonObject {
  const definitions: Record<string, JsonObject> = {};
  const paths: Record<string, JsonObject> = {};
  for (const { versions } of orderedGroups(catalog)) {
    for (const { resources } of versions) {
      const document = groupDocument(resources);
      const { schemas } = document['components'] as { schemas: Record<string, JsonObject> };
      const custom = resources.some(({ definition }) => definition !== undefined);
      for (const [model, schema] of Object.entries(schemas)) {
        definitions[model] ??= custom && isCustom(schema) ? root(schema) : builtIn(schema);
      }
      for (const [path, item] of Object.entries(document['paths'] as Record<string, JsonObject>)) {
        paths[path] = pathItem(item, custom);
      }
    }
  }
  return {
    swagger: '2.0',
    info: { title: 'Kubernetes', version: '1.37' },
    paths: sorted(paths),
    definitions: sorted(definitions),
    securityDefinitions: {
      BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' },
    },
    security: [{ BearerToken: [] }],
  };
}

const sorted = (map: Record<string, JsonObject>) =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

/** The kinds of definitions; what else a document has of schemas is built in. */
function isCustom(schema: JsonObject): boolean {
  const kinds = schema['x-kubernetes-group-version-kind'];
  return Array.isArray(kinds) && kinds.some(({ group }: { group: string }) => group.includes('.'));
}

const reference = ($ref: unknown) => String($ref).replace('#/components/schemas/', '#/definitions/');

/** A schema of a built-in model: references are bare, defaults are not published, one of several types is a text. */
function builtIn(schema: JsonObject): JsonObject {
  const { default: _, allOf, oneOf, ...rest } = schema;
  const out: JsonObject = { ...rest };
  if (Array.isArray(oneOf)) out['type'] = 'string';
  if (Array.isArray(allOf)) out['$ref'] = reference(allOf[0]?.$ref);
  else if ('$ref' in out) out['$ref'] = reference(out['$ref']);
  return children(out, builtIn);
}

function children(out: JsonObject, convert: (schema: JsonObject) => JsonObject): JsonObject {
  const { properties, items, additionalProperties } = out;
  if (isObject(properties)) out['properties'] = mapped(properties, convert);
  if (isObject(items)) out['items'] = convert(items);
  if (isObject(additionalProperties)) out['additionalProperties'] = convert(additionalProperties);
  return out;
}

const mapped = (properties: JsonObject, convert: (schema: JsonObject) => JsonObject) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, convert(schema as JsonObject)]));

/** The schema of a kind from a definition. kubectl cannot read one in which anything may be, so that one is bare. */
function root(schema: JsonObject): JsonObject {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) {
    return { type: 'object', 'x-kubernetes-group-version-kind': schema['x-kubernetes-group-version-kind'] };
  }
  return custom(schema);
}

/** What v2 has no words for is left out. apiextensions-apiserver, pkg/controller/openapi/v2/conversion.go */
function custom(schema: JsonObject): JsonObject {
  const { default: _, allOf, oneOf, anyOf, not, nullable, ...rest } = schema;
  const out: JsonObject = { ...rest };
  if (Array.isArray(allOf) && isObject(allOf[0]) && '$ref' in allOf[0]) out['$ref'] = reference(allOf[0]['$ref']);
  else if ('$ref' in out) out['$ref'] = reference(out['$ref']);
  const open = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (nullable === true || open) {
    delete out['items'];
    delete out['properties'];
    if (open) delete out['required'];
  }
  const { type } = out;
  if (nullable === true || (open && type === 'object') || (type === 'array' && !isObject(out['items']))) {
    delete out['type'];
  }
  const { properties, required } = schema;
  if (Array.isArray(required) && isObject(out['properties'])) {
    const known = required.filter((name) => (properties as Record<string, JsonObject>)[name]?.['nullable'] !== true);
    if (known.length === 0) delete out['required'];
    else out['required'] = known;
  }
  return children(out, custom);
}

function pathItem(item: JsonObject, custom: boolean): JsonObject {
  const out: JsonObject = {};
  for (const method of METHODS) {
    if (isObject(item[method])) out[method] = operation(item[method], custom);
  }
  out['parameters'] = (item['parameters'] as JsonObject[]).map(parameter);
  return out;
}

function parameter(given: JsonObject): JsonObject {
  const { schema, ...rest } = given;
  return { ...rest, ...(schema as JsonObject) };
}

/** What is sent to patch, in the order in which v2 lists it. */
const PATCHES = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];
const rank = (type: string) => PATCHES.indexOf(type.replace('application/', ''));

function operation(given: JsonObject, custom: boolean): JsonObject {
  const { tags, description, operationId, parameters = [], requestBody, responses, ...extensions } = given;
  const out: JsonObject = { description };
  const own = (parameters as JsonObject[]).map(parameter);
  if (isObject(requestBody)) {
    const content = requestBody['content'] as Record<string, { schema: JsonObject }>;
    const [first] = Object.values(content);
    out['consumes'] = Object.keys(content).sort((a, b) => rank(a) - rank(b));
    own.unshift({
      name: 'body',
      in: 'body',
      ...(requestBody['required'] === true && { required: true }),
      schema: builtIn(first!.schema),
    });
  } else out['consumes'] = custom ? ['application/json', 'application/yaml'] : ['*/*'];
  const answers: JsonObject = {};
  let produces: string[] = [];
  for (const [code, response] of Object.entries(responses as Record<string, JsonObject>)) {
    const content = Object.entries((response['content'] as Record<string, { schema: JsonObject }>) ?? {});
    if (content.length > 0) produces = content.map(([type]) => type);
    answers[code] = {
      description: response['description'],
      ...(content.length > 0 && { schema: builtIn(content[0]![1].schema) }),
    };
  }
  return {
    ...out,
    produces,
    schemes: ['https'],
    tags,
    operationId,
    ...(own.length > 0 && { parameters: own }),
    responses: answers,
    ...extensions,
  };
}
