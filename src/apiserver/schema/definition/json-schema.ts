/** A schema as a definition has it: JSONSchemaProps of apiextensions.k8s.io/v1, after its types have been checked. */
export interface JsonSchema {
  readonly id?: string;
  readonly $schema?: string;
  readonly $ref?: string | null;
  readonly description?: string;
  readonly type?: string;
  readonly nullable?: boolean;
  readonly format?: string;
  readonly title?: string;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly uniqueItems?: boolean;
  readonly maxItems?: number | null;
  readonly maxProperties?: number | null;
  readonly required?: readonly string[] | null;
  readonly items?: JsonSchema | readonly JsonSchema[] | null;
  readonly allOf?: readonly JsonSchema[] | null;
  readonly oneOf?: readonly JsonSchema[] | null;
  readonly anyOf?: readonly JsonSchema[] | null;
  readonly not?: JsonSchema | null;
  readonly properties?: Readonly<Record<string, JsonSchema>> | null;
  readonly additionalProperties?: JsonSchema | boolean | null;
  readonly patternProperties?: Readonly<Record<string, JsonSchema>> | null;
  readonly dependencies?: Readonly<Record<string, JsonSchema | readonly string[]>> | null;
  readonly additionalItems?: JsonSchema | boolean | null;
  readonly definitions?: Readonly<Record<string, JsonSchema>> | null;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean | null;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[] | null;
  readonly 'x-kubernetes-list-type'?: string | null;
  readonly 'x-kubernetes-map-type'?: string | null;
  readonly 'x-kubernetes-validations'?: readonly JsonRule[] | null;
}

export interface JsonRule {
  readonly rule?: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string | null;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean | null;
}

export const MAP_TYPE = 'x-kubernetes-map-type';
export const LIST_TYPE = 'x-kubernetes-list-type';
export const LIST_KEYS = 'x-kubernetes-list-map-keys';
export const PRESERVE = 'x-kubernetes-preserve-unknown-fields';
export const EMBEDDED = 'x-kubernetes-embedded-resource';
export const INT_OR_STRING = 'x-kubernetes-int-or-string';
export const RULES = 'x-kubernetes-validations';

/** The schema of the items where there is one for all. */
export function itemsOf({ items }: JsonSchema): JsonSchema | undefined {
  return items === null || items === undefined || isList(items) ? undefined : items;
}

/** The schema of the fields of other names, where they have one. */
export function valuesOf({ additionalProperties }: JsonSchema): JsonSchema | undefined {
  return typeof additionalProperties === 'object' ? (additionalProperties ?? undefined) : undefined;
}

export function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}

/** Whether a dependency is a schema, and not a list of names. */
export function isSchema(value: JsonSchema | readonly string[]): value is JsonSchema {
  return !Array.isArray(value);
}

export function isSet<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** The schemas directly within one, of all kinds. */
export function childrenOf(schema: JsonSchema): JsonSchema[] {
  const { items, not, additionalItems } = schema;
  const children: JsonSchema[] = [];
  if (isSet(items)) children.push(...(isList(items) ? items : [items]));
  children.push(...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? []));
  if (isSet(not)) children.push(not);
  children.push(...Object.values(schema.properties ?? {}));
  const values = valuesOf(schema);
  if (values !== undefined) children.push(values);
  children.push(...Object.values(schema.patternProperties ?? {}));
  if (typeof additionalItems === 'object' && additionalItems !== null) children.push(additionalItems);
  children.push(...Object.values(schema.definitions ?? {}));
  for (const dependency of Object.values(schema.dependencies ?? {})) {
    if (isSchema(dependency)) children.push(dependency);
  }
  return children;
}

/** Whether the schema or one within it is such. */
export function schemaHas(schema: JsonSchema, test: (schema: JsonSchema) => boolean): boolean {
  return test(schema) || childrenOf(schema).some((child) => schemaHas(child, test));
}
