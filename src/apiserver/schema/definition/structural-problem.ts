import { childrenOf, isList, isSet, type JsonSchema, PRESERVE } from './json-schema.ts';

/** What a schema says that no structural schema can say; undefined when there is nothing (pkg/apiserver/schema/convert.go). */
export function structuralProblem(schema: JsonSchema): string | undefined {
  const unsupported = unsupportedField(schema);
  if (unsupported !== undefined) return `OpenAPIV3Schema '${unsupported}' is not supported`;
  if (schema[PRESERVE] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  const { items } = schema;
  if (isSet(items) && isList(items) && items.length > 0) {
    return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  }
  for (const child of childrenOf(schema)) {
    const problem = structuralProblem(child);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function unsupportedField(schema: JsonSchema): string | undefined {
  const isFilled = (value: unknown) => typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if ((schema.id ?? '') !== '') return 'id';
  if ((schema.$schema ?? '') !== '') return 'schema';
  if ((schema.$ref ?? '') !== '') return '$ref';
  if (isFilled(schema.patternProperties)) return 'patternProperties';
  if (isFilled(schema.dependencies)) return 'dependencies';
  if (isSet(schema.additionalItems)) return 'additionalItems';
  return isFilled(schema.definitions) ? 'definitions' : undefined;
}
