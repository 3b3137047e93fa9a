import { deepEqual } from '../../../base/json.ts';
import { type FieldError, forbiddenError, invalidError, requiredError } from '../../field-error.ts';
import { compilePattern } from '../../formats/regular-expression.ts';
import { byCodePoint } from '../../go-format.ts';
import { completenessErrors } from './completeness.ts';
import {
  EMBEDDED,
  INT_OR_STRING,
  isList,
  isSet,
  itemsOf,
  type JsonSchema,
  LIST_KEYS,
  LIST_TYPE,
  MAP_TYPE,
  PRESERVE,
  RULES,
  valuesOf,
} from './json-schema.ts';

type Level = 'root' | 'item' | 'field';

const INT_OR_STRING_TYPES = [{ type: 'integer' }, { type: 'string' }];

/** What keeps a schema from being structural, sorted: pkg/apiserver/schema/validation.go. */
export function structuralErrors(schema: JsonSchema, path: string): FieldError[] {
  const errors = [...invariantErrors(schema, 'root', path), ...completenessErrors(schema, path)];
  return errors.sort((a, b) => byCodePoint(`${a.field}: ${a.message}`, `${b.field}: ${b.message}`));
}

function invariantErrors(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  const items = itemsOf(schema);
  if (type === 'array' && items === undefined) errors.push(requiredError(`${path}.items`, 'must be specified'));
  if (items !== undefined) errors.push(...invariantErrors(items, 'item', `${path}.items`));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...invariantErrors(property, 'field', `${path}.properties[${name}]`));
  }
  if (isSet(schema.additionalProperties)) {
    const field = `${path}.additionalProperties`;
    if (level === 'root') errors.push(forbiddenError(field, 'must not be used at the root'));
    const values = valuesOf(schema);
    if (values !== undefined) errors.push(...invariantErrors(values, 'field', field));
  }
  errors.push(...extensionErrors(schema, path));
  const skips = {
    anyOf: deepEqual(schema.anyOf, INT_OR_STRING_TYPES),
    firstAllOf: deepEqual(schema.allOf?.[0]?.anyOf, INT_OR_STRING_TYPES),
  };
  errors.push(...valueErrors(schema, skips, path));
  errors.push(...typeErrors(schema, level, path));
  errors.push(...metadataErrors(schema, level, path));
  const isEmpty = Object.keys(schema.properties ?? {}).length === 0;
  if (schema[EMBEDDED] === true && schema[PRESERVE] !== true && isEmpty) {
    const reason =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(requiredError(`${path}.properties`, reason));
  }
  return errors;
}

const UNTYPED: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function typeErrors(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { type = '' } = schema;
  const isEmbedded = schema[EMBEDDED] === true;
  const field = `${path}.type`;
  if (isEmbedded && type !== 'object') {
    const reason = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(type === '' ? requiredError(field, reason) : invalidError(field, type, reason));
  } else if (type === '' && schema[INT_OR_STRING] !== true && schema[PRESERVE] !== true) {
    errors.push(requiredError(field, UNTYPED[level]));
  }
  if (isEmbedded && isSet(schema.additionalProperties)) {
    const reason = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbiddenError(`${path}.additionalProperties`, reason));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalidError(field, type, 'must be object at the root'));
  }
  return errors;
}

/** What schemas say about kind, apiVersion and metadata. */
function metadataErrors(schema: JsonSchema, level: Level, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const isResource = level === 'root' || schema[EMBEDDED] === true;
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const mustBe = (property: JsonSchema | undefined, name: string, type: string): void => {
    if (!isResource || property === undefined || property.type === type) return;
    const field = `${path}.properties[${name}].type`;
    errors.push(invalidError(field, property.type ?? '', `must be ${type}`));
  };
  mustBe(kind, 'kind', 'string');
  mustBe(apiVersion, 'apiVersion', 'string');
  mustBe(metadata, 'metadata', 'object');
  if (level === 'root' && metadata !== undefined && !saysOnlyNames(metadata)) {
    const reason = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbiddenError(`${path}.properties[metadata]`, reason));
  }
  return errors;
}

function saysOnlyNames(metadata: JsonSchema): boolean {
  return Object.entries(metadata).every(([key, value]) => {
    if (key === 'type' || key === 'default' || isZero(value)) return true;
    return key === 'properties' && Object.keys(value).every((name) => name === 'name' || name === 'generateName');
  });
}

function isZero(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function extensionErrors(schema: JsonSchema, path: string): FieldError[] {
  if (schema[INT_OR_STRING] !== true) return [];
  const reason = 'must be false if x-kubernetes-int-or-string is true';
  return [PRESERVE, EMBEDDED]
    .filter((name) => schema[name as keyof JsonSchema] === true)
    .map((name) => invalidError(`${path}.${name}`, true, reason));
}

interface Skips {
  /** anyOf is integer or string, which is allowed to have types */
  readonly anyOf: boolean;
  /** so is the anyOf of the first allOf */
  readonly firstAllOf: boolean;
}

const NO_SKIPS: Skips = { anyOf: false, firstAllOf: false };

function valueErrors(schema: JsonSchema, skips: Skips, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const each = (name: 'anyOf' | 'allOf' | 'oneOf', skip: (index: number) => Skips) => {
    schema[name]?.forEach((nested, index) => {
      errors.push(...nestedErrors(nested, skip(index), `${path}.${name}[${index}]`));
    });
  };
  if (!skips.anyOf) each('anyOf', () => NO_SKIPS);
  each('allOf', (index) => ({ anyOf: skips.firstAllOf && index === 0, firstAllOf: false }));
  each('oneOf', () => NO_SKIPS);
  if (isSet(schema.not)) errors.push(...nestedErrors(schema.not, NO_SKIPS, `${path}.not`));
  const { pattern = '' } = schema;
  if (pattern !== '') {
    const problem = patternProblem(pattern);
    if (problem !== undefined) {
      const detail = `must be a valid regular expression, but isn't: ${problem}`;
      errors.push(invalidError(`${path}.pattern`, pattern, detail));
    }
  }
  return errors;
}

function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
}

/** What a schema under a junctor must not say, and how it must be left. */
const FORBIDDEN: readonly (readonly [key: keyof JsonSchema, reason: string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  [PRESERVE, 'must be false to be structural'],
  [EMBEDDED, 'must be false to be structural'],
  [INT_OR_STRING, 'must be false to be structural'],
  [LIST_KEYS, 'must be empty to be structural'],
  [LIST_TYPE, 'must be undefined to be structural'],
  [MAP_TYPE, 'must be undefined to be structural'],
  [RULES, 'must be empty to be structural'],
];

function nestedErrors(schema: JsonSchema, skips: Skips, path: string): FieldError[] {
  const errors = valueErrors(schema, skips, path);
  const items = itemsOf(schema);
  if (items !== undefined) errors.push(...nestedErrors(items, NO_SKIPS, `${path}.items`));
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    errors.push(...nestedErrors(property, NO_SKIPS, `${path}.properties[${name}]`));
  }
  for (const [key, reason] of FORBIDDEN) {
    const value = schema[key];
    const isText = key === LIST_TYPE || key === MAP_TYPE;
    const isAbsent = value === undefined || value === null || value === false || (value === '' && !isText);
    if (isAbsent || (isList(value) && value.length === 0)) continue;
    errors.push(forbiddenError(`${path}.${key}`, reason));
  }
  if (schema.properties?.['metadata'] !== undefined) {
    errors.push(forbiddenError(`${path}.properties[metadata]`, 'must not be specified in a nested context'));
  }
  return errors;
}
