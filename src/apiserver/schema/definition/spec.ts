import { deepEqual } from '../../../base/json.ts';
import { type FieldError, invalidError, requiredError } from '../../field-error.ts';
import { dns1035Problems, dnsSubdomainProblems } from '../../registry/names.ts';
import { conversionErrors } from './conversion.ts';
import type { InternalSpec, Shared, Subresources, Version } from './form.ts';
import { isSet } from './json-schema.ts';
import type { DefinitionOptions } from './options.ts';
import { versionsText } from './print.ts';
import { selectableFieldsErrors } from './selectable-fields.ts';
import { columnErrors, deprecationErrors, namesErrors, oneOfErrors, subresourcesErrors } from './spec-parts.ts';
import { schemaErrors } from './version-schema.ts';

/** Everything about spec: ValidateCustomResourceDefinitionSpec, pkg/apis/apiextensions/validation/validation.go. */
export function specErrors(spec: InternalSpec, options: DefinitionOptions): FieldError[] {
  const errors = [
    ...groupErrors(spec.group),
    ...oneOfErrors(spec.scope, ['Cluster', 'Namespaced'], 'spec.scope'),
    ...missingSchemaErrors(spec, options),
  ];
  if (options.hasDefaults && spec.preserveUnknownFields) {
    const detail = 'must be false in order to use defaults in the schema';
    errors.push(invalidError('spec.preserveUnknownFields', true, detail));
  }
  spec.versions.forEach((version, index) => {
    errors.push(...versionErrors(spec, version, `spec.versions[${index}]`, options));
  });
  errors.push(...versionsErrors(spec));
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const) {
    if ((spec.names[name] ?? '') === '') errors.push(requiredError(`spec.names.${name}`));
  }
  errors.push(...namesErrors(spec.names, 'spec.names'));
  errors.push(...sharedErrors(spec, options));
  if (spec.conversion !== undefined) {
    const { strategy } = spec.conversion;
    if (strategy !== 'None' && spec.preserveUnknownFields) {
      const detail = 'must be None if spec.preserveUnknownFields is true';
      errors.push(invalidError('spec.conversion.strategy', strategy, detail));
    }
    errors.push(...conversionErrors(spec.conversion, options.requireKnownReviewVersion, 'spec.conversion'));
  }
  return errors;
}

function groupErrors(group: string): FieldError[] {
  if (group === '') return [requiredError('spec.group')];
  const problems = dnsSubdomainProblems(group);
  if (problems.length > 0) return [invalidError('spec.group', group, problems.join(','))];
  return group.includes('.') ? [] : [invalidError('spec.group', group, 'should be a domain with at least one dot')];
}

function missingSchemaErrors({ shared, versions }: InternalSpec, options: DefinitionOptions): FieldError[] {
  if (isSet(shared.schema?.openAPIV3Schema)) return [];
  return versions.flatMap((version, index) => {
    if (isSet(version.schema?.openAPIV3Schema)) return [];
    const field = `spec.versions[${index}].schema.openAPIV3Schema`;
    if (options.requireSchema) return [requiredError(field)];
    return version.served === true ? [requiredError(field, 'because otherwise all fields are pruned')] : [];
  });
}

function versionErrors(spec: InternalSpec, version: Version, path: string, options: DefinitionOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '' } = version;
  const problems = dns1035Problems(name);
  if (problems.length > 0) errors.push(invalidError(`${path}.name`, name, problems.join(',')));
  errors.push(...deprecationErrors(version, path));
  const hasStatus = isSet(subresourcesOf(spec, version)?.status);
  errors.push(...schemaErrors(version.schema, `${path}.schema`, hasStatus, options, name));
  errors.push(...subresourcesErrors(version.subresources, `${path}.subresources`));
  (version.additionalPrinterColumns ?? []).forEach((column, index) => {
    errors.push(...columnErrors(column, `${path}.additionalPrinterColumns[${index}]`));
  });
  const fields = version.selectableFields ?? [];
  if (fields.length === 0) return errors;
  const schema = version.schema?.openAPIV3Schema;
  const field = `${path}.selectableFields`;
  if (isSet(schema)) errors.push(...selectableFieldsErrors(fields, schema, field, options.allowsManyFields(name)));
  else {
    const detail = 'may only be set when `version.schema.openAPIV3Schema` is not included';
    errors.push(invalidError(field, '', detail));
  }
  return errors;
}

function subresourcesOf(spec: InternalSpec, version: Version): Subresources | null | undefined {
  const each = spec.versions.some(({ subresources }) => isSet(subresources));
  return each ? version.subresources : spec.shared.subresources;
}

/** What concerns the versions together. */
function versionsErrors(spec: InternalSpec): FieldError[] {
  const { versions, hasVersions } = spec;
  const shown = hasVersions ? versionsText(versions) : 'null';
  const wrong = (detail: string): FieldError => ({
    reason: 'FieldValueInvalid',
    field: 'spec.versions',
    message: `Invalid value: ${shown}: ${detail}`,
  });
  const errors: FieldError[] = [];
  const names = new Set(versions.map(({ name }) => name));
  if (names.size < versions.length) errors.push(wrong('must contain unique version names'));
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(wrong('must have exactly one version marked as storage version'));
  }
  const problems = spec.version === '' ? [] : dns1035Problems(spec.version);
  if (problems.length > 0) errors.push(invalidError('spec.version', spec.version, problems.join(',')));
  return errors;
}

/** What all versions have in common. */
function sharedErrors({ shared, versions, version }: InternalSpec, options: DefinitionOptions): FieldError[] {
  const errors: FieldError[] = [];
  const holders: readonly Shared[] = [shared, ...versions];
  const hasStatus = holders.some(({ subresources }) => isSet(subresources?.status));
  errors.push(...schemaErrors(shared.schema, 'spec.validation', hasStatus, options, version));
  errors.push(...subresourcesErrors(shared.subresources, 'spec.subresources'));
  (shared.additionalPrinterColumns ?? []).forEach((column, index) => {
    errors.push(...columnErrors(column, `spec.additionalPrinterColumns[${index}]`));
  });
  const fields = shared.selectableFields ?? [];
  if (fields.length === 0) return errors;
  if (!isSet(shared.schema)) {
    const detail = 'may only be set when validations.schema is included';
    errors.push(invalidError('spec.selectableFields', '', detail));
  } else {
    const schema = shared.schema.openAPIV3Schema ?? {};
    errors.push(...selectableFieldsErrors(fields, schema, 'spec.selectableFields', options.allowsManyFields('')));
  }
  return errors;
}

const IMMUTABLE = 'field is immutable';

/** What an update must leave as it is. */
export function changeErrors(spec: InternalSpec, old: InternalSpec, isEstablished: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const keep = (field: string, value: unknown, before: unknown) => {
    if (!deepEqual(value, before)) errors.push(invalidError(field, value, IMMUTABLE));
  };
  if (isEstablished) {
    keep('spec.scope', spec.scope, old.scope);
    keep('spec.names.kind', spec.names.kind ?? '', old.names.kind ?? '');
  }
  keep('spec.group', spec.group, old.group);
  keep('spec.names.plural', spec.names.plural ?? '', old.names.plural ?? '');
  return errors;
}

export function storedVersionsErrors(stored: readonly string[] | null, versions: readonly Version[]): FieldError[] {
  const field = 'status.storedVersions';
  if (stored === null || stored.length === 0) {
    return [invalidError(field, stored, 'must have at least one stored version')];
  }
  const errors: FieldError[] = [];
  for (const { name, storage } of versions) {
    if (storage === true && !stored.includes(name ?? '')) {
      errors.push(invalidError(field, stored, `must have the storage version ${name}`));
    }
  }
  stored.forEach((name, index) => {
    if (versions.some((version) => version.name === name) || stored.lastIndexOf(name) !== index) return;
    const detail = `missing from spec.versions; ${name} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${name} and removes ${name} from status.storedVersions`;
    errors.push(invalidError(`${field}[${index}]`, name, detail));
  });
  return errors;
}

export function preservationErrors(spec: InternalSpec, old: InternalSpec | undefined): FieldError[] {
  if (!spec.preserveUnknownFields || old?.preserveUnknownFields === true) return [];
  const detail =
    'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
  return [invalidError('spec.preserveUnknownFields', true, detail)];
}
