/**
 * How the kinds are written down: each field once, as a value that carries its structural schema and, for the type
 * checker, its TypeScript type. An own DSL rather than TypeBox: a description is an argument nobody can leave out,
 * lists must say how they merge and how long they may be, and nothing outside Kubernetes' structural subset can be said.
 *
 * Only the generator and tests load schemas; programs import types and the constants beside them.
 */
import { QUANTITY_PATTERN } from '../base/quantity.ts';

/** The part of JSON Schema that a CustomResourceDefinition takes and we use. */
export interface JsonSchema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  description?: string;
  default?: unknown;
  enum?: readonly (string | number)[];
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  minItems?: number;
  maxItems?: number;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema;
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  'x-kubernetes-list-map-keys'?: readonly string[];
  'x-kubernetes-map-type'?: 'atomic';
  'x-kubernetes-validations'?: readonly Rule[];
}

/** A CEL rule at the node that carries it. The message names the fix; `fieldPath` points to the field to mend. */
export interface Rule {
  readonly rule: string;
  readonly message: string;
  readonly messageExpression?: string;
  readonly fieldPath?: string;
  /** FieldValueDuplicate is not offered: the server then drops the message. */
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
}

declare const held: unique symbol;

/** A field of an object: its schema, and `T` for the type checker only. */
export interface Field<T = unknown> {
  readonly schema: JsonSchema;
  readonly [held]?: T;
}

/** A field that must be given. */
export interface RequiredField<T = unknown> extends Field<T> {
  readonly required: true;
}

export type Fields = Readonly<Record<string, Field>>;

/** The TypeScript type of what a field holds, as a user writes it: what may be left out is optional. */
export type TypeOf<F> = F extends Field<infer T> ? T : never;

type KeysOfRequired<F> = { [K in keyof F]: F[K] extends RequiredField ? K : never }[keyof F];
type Flat<T> = { [K in keyof T]: T[K] };
export type ObjectOf<F> = Flat<
  { readonly [K in KeysOfRequired<F>]: TypeOf<F[K]> } & {
    readonly [K in Exclude<keyof F, KeysOfRequired<F>>]?: TypeOf<F[K]>;
  }
>;

/** Text that ends every description of a field with a default or a range, so that `kubectl explain` shows them. */
function taught(description: string, schema: JsonSchema): string {
  const { minimum, maximum, default: value } = schema;
  const parts = [description];
  if (minimum !== undefined && maximum !== undefined) {
    const from = schema.exclusiveMinimum === true ? 'over ' : '';
    parts.push(`Range: ${from}${minimum} to ${maximum}.`);
  }
  if (value !== undefined && typeof value !== 'object') parts.push(`Default: ${String(value)}.`);
  return parts.join(' ');
}

function field<T>(description: string, schema: JsonSchema, rules: readonly Rule[] = []): Field<T> {
  const { type, ...rest } = schema;
  return {
    schema: {
      ...(type === undefined ? {} : { type }),
      description: taught(description, schema),
      ...rest,
      ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
    },
  };
}

/** The same field, which must be given. */
export function required<T>(field: Field<T>): RequiredField<T> {
  return { schema: field.schema, required: true };
}

/** The same field with more rules. */
export function withRules<F extends Field>(field: F, ...rules: Rule[]): F {
  const all = [...(field.schema['x-kubernetes-validations'] ?? []), ...rules];
  return { ...field, schema: { ...field.schema, 'x-kubernetes-validations': all } };
}

interface TextOptions {
  readonly default?: string;
  readonly maxLength?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly rules?: readonly Rule[];
}

/** Free text; at most 253 characters unless told. */
export function text(description: string, { rules, ...options }: TextOptions = {}): Field<string> {
  return field(description, { type: 'string', maxLength: 253, ...options }, rules);
}

/** The name of an object in the same namespace. */
export function nameOf(description: string, { rules }: { readonly rules?: readonly Rule[] } = {}): Field<string> {
  const pattern = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
  return field(description, { type: 'string', maxLength: 63, pattern }, rules);
}

/** One of a few words. */
export function choice<const W extends readonly string[]>(
  description: string,
  words: W,
  options: { readonly default?: W[number]; readonly rules?: readonly Rule[] } = {},
): Field<W[number]> {
  const { rules, ...rest } = options;
  return field(description, { type: 'string', ...rest, enum: words }, rules);
}

interface NumberOptions {
  readonly default?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly rules?: readonly Rule[];
}

export function integer(description: string, { rules, ...options }: NumberOptions): Field<number> {
  return field(description, { type: 'integer', ...options }, rules);
}

export function number(description: string, { rules, ...options }: NumberOptions): Field<number> {
  return field(description, { type: 'number', ...options }, rules);
}

export function boolean(description: string, options: { readonly default?: boolean } = {}): Field<boolean> {
  return field(description, { type: 'boolean', ...options });
}

/** A moment, as RFC 3339 text. */
export function time(description: string): Field<string> {
  return field(description, { type: 'string', format: 'date-time' });
}

const intOrString = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  'x-kubernetes-int-or-string': true,
} as const satisfies JsonSchema;

/** A Kubernetes quantity that a program writes: no rules, which would cost on every status write. */
export function reportedQuantity(description: string): Field<string | number> {
  return field(description, { ...intOrString, pattern: QUANTITY_PATTERN });
}

/** A Kubernetes quantity that a user writes. Rules over quantities are costly: see rules.ts. */
export function quantity(
  description: string,
  options: { readonly default?: string; readonly rules: readonly Rule[] },
): Field<string | number> {
  const { rules, ...rest } = options;
  return field(description, { ...rest, ...intOrString, pattern: QUANTITY_PATTERN }, rules);
}

/** One of a few words, or a whole number from 1 on. `rules` must refuse everything else; left out, the schema does. */
export function wordOrNumber<const W extends readonly string[]>(
  description: string,
  words: W,
  {
    maximum,
    rules,
    ...options
  }: { readonly maximum: number; readonly default?: W[number]; readonly rules?: readonly Rule[] },
): Field<W[number] | number> {
  // A rule says it better, but costs too much in a list.
  const plain = rules === undefined ? { pattern: `^(${words.join('|')})$`, minimum: 1, maximum } : {};
  return field(description, { ...options, ...intOrString, ...plain }, rules);
}

interface ObjectOptions {
  /** `{}` lets the defaults of the fields inside show even when the user leaves the object out. */
  readonly default?: Readonly<Record<string, unknown>>;
  /** One owner for the whole object under server-side apply. */
  readonly atomic?: boolean;
  readonly rules?: readonly Rule[];
}

export function object<const F extends Fields>(
  description: string,
  fields: F,
  { atomic, rules, ...options }: ObjectOptions = {},
): Field<ObjectOf<F>> {
  const names = Object.keys(fields).filter((name) => 'required' in fields[name]!);
  const properties = Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]));
  return field(
    description,
    {
      type: 'object',
      ...options,
      ...(names.length > 0 ? { required: names } : {}),
      ...(Object.keys(fields).length > 0 ? { properties } : {}),
      ...(atomic === true ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    },
    rules,
  );
}

/** How a list merges under server-side apply: whole, as a set of scalars, or item by item by the named keys. */
type ListType = 'atomic' | 'set' | { readonly keys: readonly string[] };

interface ListOptions {
  readonly type: ListType;
  readonly maxItems: number;
  readonly minItems?: number;
  readonly rules?: readonly Rule[];
}

export function list<T>(
  description: string,
  item: Field<T>,
  { type, rules, ...options }: ListOptions,
): Field<readonly T[]> {
  const merge: JsonSchema =
    typeof type === 'string'
      ? { 'x-kubernetes-list-type': type }
      : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': type.keys };
  return field(description, { type: 'array', ...options, ...merge, items: item.schema }, rules);
}

/** A map from names that users choose to values of one kind. */
export function map<T>(
  description: string,
  value: Field<T>,
  options: { readonly maxProperties: number; readonly rules?: readonly Rule[] },
): Field<Readonly<Record<string, T>>> {
  const { rules, ...rest } = options;
  return field(description, { type: 'object', ...rest, additionalProperties: value.schema }, rules);
}
