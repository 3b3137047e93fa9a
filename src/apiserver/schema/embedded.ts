import { type FieldError, invalidError, requiredError } from '../field-error.ts';
import { DecodeError } from '../kinds/decode.ts';
import type { Metadata } from '../objects.ts';
import { dns1035Problems, pathSegmentProblems } from '../registry/names.ts';
import { decodeMetadata, metadataErrors } from '../registry/object-meta.ts';
import { propertySchema, type SchemaNode } from './node.ts';

type Fields = Record<string, unknown>;

/** Whether x-kubernetes-embedded-resource stands here or below. */
export function hasEmbedded(node: SchemaNode): boolean {
  if (node.embeddedResource) return true;
  if (node.items !== undefined && hasEmbedded(node.items)) return true;
  if (typeof node.additionalProperties === 'object' && hasEmbedded(node.additionalProperties)) return true;
  for (const child of node.properties?.values() ?? []) if (hasEmbedded(child)) return true;
  return false;
}

/** Calls `visit` for every embedded resource in the value, with its path: `spec.templates[0]`, `spec.byName[key]`. */
function eachEmbedded(node: SchemaNode, value: unknown, path: string, visit: (value: Fields, at: At) => void): void {
  if (Array.isArray(value)) {
    if (node.items === undefined) return;
    for (let i = 0; i < value.length; i++) eachEmbedded(node.items, value[i], `${path}[${i}]`, visit);
  } else if (typeof value === 'object' && value !== null) {
    const prefix = path === '' ? '' : `${path}.`;
    if (node.embeddedResource) visit(value as Fields, { node, prefix });
    for (const [key, field] of Object.entries(value)) {
      const child = propertySchema(node, key);
      if (child === undefined) continue;
      const declared = node.properties?.has(key) === true;
      eachEmbedded(child, field, declared ? `${prefix}${key}` : `${path}[${key}]`, visit);
    }
  }
}

interface At {
  readonly node: SchemaNode;
  /** '' or the path and a dot */
  readonly prefix: string;
}

/** What keeps the metadata of an embedded resource from being read. */
export class EmbeddedError extends DecodeError {
  readonly error: FieldError;

  constructor(error: FieldError) {
    super(`${error.field}: ${error.message}`);
    this.error = error;
  }
}

/**
 * Brings the metadata of embedded resources into the form that the server keeps, in place. Returns the paths of what it
 * dropped. (pkg/apiserver/schema/objectmeta, Coerce)
 * @param path of the object, when it is a part of something larger
 * @throws EmbeddedError when apiVersion, kind or metadata are of the wrong type
 */
export function coerceEmbedded(node: SchemaNode, object: unknown, path = ''): string[] {
  const unknown: string[] = [];
  eachEmbedded(node, object, path, (value, { node: at, prefix }) => {
    const refuse = (name: string, problem: string): EmbeddedError =>
      new EmbeddedError(invalidError(`${prefix}${name}`, value[name], problem));
    for (const name of ['apiVersion', 'kind']) {
      if (!Object.hasOwn(value, name) || typeof value[name] === 'string') continue;
      if (value[name] !== null || !isDropped(at.properties?.get(name))) throw refuse(name, 'must be a string');
    }
    if (!Object.hasOwn(value, 'metadata')) return;
    const dropped: string[] = [];
    try {
      value['metadata'] = decodeMetadata(value['metadata'], dropped);
    } catch (error) {
      if (error instanceof DecodeError) throw refuse('metadata', error.message);
      throw error;
    }
    for (const path of dropped) unknown.push(prefix + path);
  });
  return unknown;
}

/** A null that defaulting will take away is as good as gone. */
function isDropped(node: SchemaNode | undefined): boolean {
  return node !== undefined && !node.nullable && node.default === undefined;
}

/** Whether the type and metadata of one embedded resource are in order. */
export function isValidEmbedded(value: Fields): boolean {
  return resourceErrors(value, '').length === 0;
}

/** What is wrong with the embedded resources of an object. They are validated alike on create and update. */
export function embeddedErrors(node: SchemaNode, object: unknown, path = ''): FieldError[] {
  const errors: FieldError[] = [];
  eachEmbedded(node, object, path, (value, { prefix }) => {
    errors.push(...resourceErrors(value, prefix));
  });
  return errors;
}

function resourceErrors(value: Fields, prefix: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['apiVersion', 'kind']) if (!Object.hasOwn(value, name)) errors.push(requiredError(prefix + name));
  const { apiVersion, kind, metadata } = value;
  const version = apiVersion === undefined ? undefined : versionProblem(apiVersion);
  if (version !== undefined) errors.push(invalidError(`${prefix}apiVersion`, apiVersion, version));
  const problem = kind === undefined ? undefined : kindProblem(kind);
  if (problem !== undefined) errors.push(invalidError(`${prefix}kind`, kind, problem));
  if (metadata !== undefined) errors.push(...metadataProblems(metadata, prefix));
  return errors;
}

function metadataProblems(metadata: unknown, prefix: string): FieldError[] {
  let decoded: Metadata;
  try {
    decoded = decodeMetadata(metadata, []);
  } catch (error) {
    if (error instanceof DecodeError) return [invalidError(`${prefix}metadata`, metadata, error.message)];
    throw error;
  }
  // An embedded resource need not have a name.
  const named = (decoded.name ?? '') === '' ? { ...decoded, name: 'fakename' } : decoded;
  const errors = metadataErrors(named, (named.namespace ?? '') !== '', pathSegmentProblems);
  return errors.map((error) => ({ ...error, field: prefix + error.field }));
}

function versionProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  return value.split('/').length > 2 ? `unexpected GroupVersion string: ${value}` : undefined;
}

function kindProblem(value: unknown): string | undefined {
  if (typeof value !== 'string') return 'must be a string';
  if (value === '') return 'must not be empty';
  const problems = dns1035Problems(value.toLowerCase());
  if (problems.length === 0) return undefined;
  return `may have mixed case, but should otherwise match: ${problems.join(',')}`;
}
