/**
 * A CRD's openAPIV3Schema (apiextensions.k8s.io/v1 JSONSchemaProps) as a tree that the other files walk. It is read
 * leniently: what is no JSON schema at all has been refused when the definition was decoded, what is no *structural*
 * schema is refused by `definition.ts`, which works on the same tree.
 */
export interface SchemaNode {
  /** '' when left out */
  readonly type: string;
  readonly format: string;
  readonly nullable: boolean;
  /** undefined when left out; `default: null` counts as left out, as upstream */
  readonly default: unknown;
  readonly properties: ReadonlyMap<string, SchemaNode> | undefined;
  readonly items: SchemaNode | undefined;
  /** `true` and `false` as written; a schema is a node */
  readonly additionalProperties: SchemaNode | boolean | undefined;
  readonly required: readonly string[];
  readonly enum: readonly unknown[] | undefined;
  readonly maximum: number | undefined;
  readonly exclusiveMaximum: boolean;
  readonly minimum: number | undefined;
  readonly exclusiveMinimum: boolean;
  readonly multipleOf: number | undefined;
  readonly maxLength: number | undefined;
  readonly minLength: number | undefined;
  readonly pattern: string;
  readonly maxItems: number | undefined;
  readonly minItems: number | undefined;
  readonly uniqueItems: boolean;
  readonly maxProperties: number | undefined;
  readonly minProperties: number | undefined;
  readonly allOf: readonly SchemaNode[];
  readonly anyOf: readonly SchemaNode[];
  readonly oneOf: readonly SchemaNode[];
  readonly not: SchemaNode | undefined;
  readonly preserveUnknownFields: boolean;
  readonly embeddedResource: boolean;
  readonly intOrString: boolean;
  /** atomic, set, map, or '' when left out */
  readonly listType: string;
  readonly listMapKeys: readonly string[];
  /** granular, atomic, or '' when left out */
  readonly mapType: string;
  readonly validations: readonly ValidationRule[];
  /** The JSON that this was read from. */
  readonly source: Readonly<Record<string, unknown>>;
}

/** One of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression: string;
  readonly reason: string | undefined;
  readonly fieldPath: string;
  readonly optionalOldSelf: boolean | undefined;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const names = (value: unknown): readonly string[] => list(value).filter((item) => typeof item === 'string');
const nodes = (value: unknown): readonly SchemaNode[] => list(value).map(readSchema);

/** Reads a schema; anything that is no object counts as the empty schema. */
export function readSchema(value: unknown): SchemaNode {
  const json: Json = isObject(value) ? value : {};
  const own = (key: string): unknown => (Object.hasOwn(json, key) ? json[key] : undefined);
  return {
    type: text(own('type')),
    format: text(own('format')),
    nullable: own('nullable') === true,
    default: own('default') ?? undefined,
    properties: readProperties(own('properties')),
    items: isObject(own('items')) ? readSchema(own('items')) : undefined,
    additionalProperties: readAdditional(own('additionalProperties')),
    required: names(own('required')),
    enum: Array.isArray(own('enum')) ? list(own('enum')) : undefined,
    maximum: count(own('maximum')),
    exclusiveMaximum: own('exclusiveMaximum') === true,
    minimum: count(own('minimum')),
    exclusiveMinimum: own('exclusiveMinimum') === true,
    multipleOf: count(own('multipleOf')),
    maxLength: count(own('maxLength')),
    minLength: count(own('minLength')),
    pattern: text(own('pattern')),
    maxItems: count(own('maxItems')),
    minItems: count(own('minItems')),
    uniqueItems: own('uniqueItems') === true,
    maxProperties: count(own('maxProperties')),
    minProperties: count(own('minProperties')),
    allOf: nodes(own('allOf')),
    anyOf: nodes(own('anyOf')),
    oneOf: nodes(own('oneOf')),
    not: isObject(own('not')) ? readSchema(own('not')) : undefined,
    preserveUnknownFields: own('x-kubernetes-preserve-unknown-fields') === true,
    embeddedResource: own('x-kubernetes-embedded-resource') === true,
    intOrString: own('x-kubernetes-int-or-string') === true,
    listType: text(own('x-kubernetes-list-type')),
    listMapKeys: names(own('x-kubernetes-list-map-keys')),
    mapType: text(own('x-kubernetes-map-type')),
    validations: list(own('x-kubernetes-validations')).filter(isObject).map(readRule),
    source: json,
  };
}

function readProperties(value: unknown): ReadonlyMap<string, SchemaNode> | undefined {
  if (!isObject(value)) return undefined;
  const properties = new Map<string, SchemaNode>();
  for (const key of Object.keys(value)) properties.set(key, readSchema(value[key]));
  return properties.size === 0 ? undefined : properties;
}

function readAdditional(value: unknown): SchemaNode | boolean | undefined {
  if (typeof value === 'boolean') return value;
  return isObject(value) ? readSchema(value) : undefined;
}

function readRule(json: Json): ValidationRule {
  return {
    rule: text(json['rule']),
    message: text(json['message']),
    messageExpression: text(json['messageExpression']),
    reason: typeof json['reason'] === 'string' ? json['reason'] : undefined,
    fieldPath: text(json['fieldPath']),
    optionalOldSelf: typeof json['optionalOldSelf'] === 'boolean' ? json['optionalOldSelf'] : undefined,
  };
}

/** The types that a value may have: one, or two under x-kubernetes-int-or-string; none where anything goes. */
export function typesOf(node: SchemaNode): readonly string[] {
  if (node.intOrString) return ['integer', 'string'];
  return node.type === '' ? [] : [node.type];
}

/** The schema of a property: declared, or that of additionalProperties. */
export function propertySchema(node: SchemaNode, key: string): SchemaNode | undefined {
  const declared = node.properties?.get(key);
  if (declared !== undefined) return declared;
  return typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
}

/** Whether the schema or one below it has rules. */
export function hasRules(node: SchemaNode): boolean {
  if (node.validations.length > 0) return true;
  if (node.items !== undefined && hasRules(node.items)) return true;
  if (typeof node.additionalProperties === 'object' && hasRules(node.additionalProperties)) return true;
  for (const child of node.properties?.values() ?? []) if (hasRules(child)) return true;
  return false;
}
