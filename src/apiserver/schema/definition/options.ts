import { deepEqual } from '../../../base/json.ts';
import { readSchema } from '../node.ts';
import { hasKnownReviewVersion } from './conversion.ts';
import { hasUnprunedDefaults } from './default-values.ts';
import { type DefinitionObject, type InternalSpec, schemaOfVersion, schemasOf } from './form.ts';
import {
  EMBEDDED,
  INT_OR_STRING,
  isSet,
  type JsonSchema,
  LIST_KEYS,
  LIST_TYPE,
  PRESERVE,
  RULES,
  schemaHas,
} from './json-schema.ts';
import { hasPartialItems, listMapErrors } from './list-rules.ts';
import { OPENAPI_TYPES } from './openapi.ts';
import { areTooMany } from './selectable-fields.ts';
import { structuralProblem } from './structural-problem.ts';
import { structuralErrors } from './structural-rules.ts';

/** How strict validation is: what a definition got through with before is not held against it on update. */
export interface DefinitionOptions {
  readonly hasDefaults: boolean;
  readonly requireSchema: boolean;
  readonly requireStructural: boolean;
  readonly requirePrunedDefaults: boolean;
  readonly requireValidTypes: boolean;
  readonly requireAtomicSets: boolean;
  readonly requireListKeys: boolean;
  readonly requireKnownReviewVersion: boolean;
  /** Whether the schema of a version is what it was. */
  isUnchanged(version: string): boolean;
  /** Whether a version (or all, for '') had too many selectable fields before. */
  allowsManyFields(version: string): boolean;
}

export function definitionOptions(spec: InternalSpec, old: InternalSpec | undefined): DefinitionOptions {
  const hasDefaults = schemasOf(spec).some((schema) => schemaHas(schema, (inner) => isSet(inner.default)));
  const isPruning = !spec.preserveUnknownFields;
  const strict: DefinitionOptions = {
    hasDefaults,
    requireSchema: true,
    requireStructural: true,
    requirePrunedDefaults: true,
    requireValidTypes: true,
    requireAtomicSets: true,
    requireListKeys: true,
    requireKnownReviewVersion: true,
    isUnchanged: () => false,
    allowsManyFields: () => false,
  };
  if (old === undefined) return strict;
  const before = schemasOf(old);
  const had = (test: (schema: JsonSchema) => boolean) => before.some((schema) => schemaHas(schema, test));
  const needsStructure = isPruning || hasDefaults || schemasOf(spec).some((schema) => schemaHas(schema, hasExtensions));
  return {
    ...strict,
    requireSchema: isSet(old.shared.schema?.openAPIV3Schema) || old.versions.every(hasSchema),
    requireStructural: needsStructure || before.every(isStructural),
    requirePrunedDefaults: !before.some((schema) => isStructural(schema) && hasUnprunedDefaults(readSchema(schema))),
    requireValidTypes: !had(({ type = '' }) => type !== '' && !OPENAPI_TYPES.includes(type)),
    requireAtomicSets: !had(hasPartialItems),
    requireListKeys: !had((schema) => listMapErrors(schema, '').length > 0),
    requireKnownReviewVersion: old.conversion === undefined || hasKnownReviewVersion(old.conversion),
    isUnchanged: (version) => hadSchema(spec, old, version),
    allowsManyFields: (version) => hadManyFields(spec, old, version),
  };
}

function hasSchema({ schema }: InternalSpec['versions'][number]): boolean {
  return isSet(schema?.openAPIV3Schema);
}

function isStructural(schema: JsonSchema): boolean {
  return structuralProblem(schema) === undefined && structuralErrors(schema, '').length === 0;
}

function hasExtensions(schema: JsonSchema): boolean {
  return (
    schema[EMBEDDED] === true ||
    isSet(schema[PRESERVE]) ||
    schema[INT_OR_STRING] === true ||
    (schema[LIST_KEYS] ?? []).length > 0 ||
    isSet(schema[LIST_TYPE]) ||
    (schema[RULES] ?? []).length > 0
  );
}

function hadSchema(spec: InternalSpec, old: InternalSpec, version: string): boolean {
  const isKnown = (where: InternalSpec) => where.versions.some(({ name }) => name === version);
  if (!isKnown(spec) || !isKnown(old)) return false;
  return deepEqual(schemaOfVersion(spec, version), schemaOfVersion(old, version));
}

function hadManyFields(spec: InternalSpec, old: InternalSpec, version: string): boolean {
  const of = (where: InternalSpec) =>
    version === '' ? where.shared : where.versions.find(({ name }) => name === version);
  const before = of(old)?.selectableFields;
  return areTooMany(before) && deepEqual(before, of(spec)?.selectableFields);
}

export function isEstablished({ status }: DefinitionObject): boolean {
  return (
    status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') === true
  );
}
