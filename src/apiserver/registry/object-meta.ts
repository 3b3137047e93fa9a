/** metadata: how it is read, what it may contain, what may change. apimachinery, pkg/api/validation/objectmeta.go. */
import type { OwnerReference } from '../../api/meta.ts';
import { deepEqual } from '../../base/json.ts';
import {
  type FieldError,
  forbiddenError,
  invalidError,
  notSupportedError,
  requiredError,
  tooLongError,
} from '../field-error.ts';
import { goQuote } from '../go-format.ts';
import { decodeStruct } from '../kinds/decode.ts';
import { objectMeta } from '../kinds/meta.ts';
import type { AnyObject, Metadata } from '../objects.ts';
import { dnsLabelProblems, labelKeyProblems, labelValueProblems, type NameCheck } from './names.ts';

const TEXTS = new Set(['name', 'generateName', 'namespace', 'uid', 'resourceVersion']);

/** Whether metadata holds nothing but non-empty texts, labels and annotations: what nearly every client sends. */
function isPlain(metadata: object): boolean {
  for (const key in metadata) {
    const value = (metadata as Record<string, unknown>)[key];
    if (typeof value === 'string') {
      if (value === '' || !TEXTS.has(key)) return false;
    } else if (key === 'labels' || key === 'annotations') {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      let some = false;
      for (const name in value) {
        if (typeof (value as Record<string, unknown>)[name] !== 'string') return false;
        some = true;
      }
      if (!some) return false;
    } else return false;
  }
  return true;
}

/** metadata as Go would hold it; the paths that it does not have are added to `unknown`. Throws DecodeError. */
export function decodeMetadata(metadata: unknown, unknown: string[]): Metadata {
  if (metadata === undefined || metadata === null) return {};
  if (typeof metadata === 'object' && !Array.isArray(metadata) && isPlain(metadata)) return metadata as Metadata;
  return decodeStruct(metadata, objectMeta, { struct: '', fields: '', path: 'metadata', unknown }) as Metadata;
}

/** What is wrong with the metadata of a new object. */
export function metadataErrors(metadata: Metadata, namespaced: boolean, nameCheck: NameCheck): FieldError[] {
  const errors: FieldError[] = [];
  const { generateName, name, namespace } = metadata;
  if (generateName !== undefined && generateName !== '') {
    for (const problem of nameCheck(generateName, true)) {
      errors.push(invalidError('metadata.generateName', generateName, problem));
    }
  }
  if (name === undefined || name === '') {
    errors.push(requiredError('metadata.name', 'name or generateName is required'));
  } else {
    for (const problem of nameCheck(name)) errors.push(invalidError('metadata.name', name, problem));
  }
  if (namespaced) {
    if (namespace === undefined || namespace === '') errors.push(requiredError('metadata.namespace'));
    else {
      for (const problem of dnsLabelProblems(namespace)) {
        errors.push(invalidError('metadata.namespace', namespace, problem));
      }
    }
  } else if (namespace !== undefined && namespace !== '') {
    errors.push(forbiddenError('metadata.namespace', 'not allowed on this type'));
  }
  if ((metadata.generation ?? 0) < 0) {
    errors.push(invalidError('metadata.generation', metadata.generation, 'must be greater than or equal to 0'));
  }
  commonErrors(metadata, errors);
  if (metadata.finalizers !== undefined) finalizerErrors(metadata.finalizers, errors);
  return errors;
}

/** What is wrong with the metadata of a changed object. */
export function metadataUpdateErrors(metadata: Metadata, old: Metadata): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp !== undefined) {
    const before = new Set(old.finalizers);
    const added = [...new Set(metadata.finalizers)].filter((finalizer) => !before.has(finalizer)).sort();
    if (added.length > 0) {
      errors.push(
        forbiddenError(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map(goQuote).join(', ')}}`,
        ),
      );
    }
  }
  if (metadata.resourceVersion === undefined || metadata.resourceVersion === '') {
    errors.push(invalidError('metadata.resourceVersion', '', 'must be specified for an update'));
  }
  const generation = metadata.generation ?? 0;
  if (generation < 0) {
    errors.push(invalidError('metadata.generation', generation, 'must be greater than or equal to 0'));
  }
  if (generation < (old.generation ?? 0)) {
    errors.push(invalidError('metadata.generation', generation, 'must not be decremented'));
  }
  const fixed = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const;
  for (const field of fixed) immutable(field, metadata[field] ?? '', old[field] ?? '', errors);
  immutable(
    'deletionGracePeriodSeconds',
    metadata.deletionGracePeriodSeconds ?? null,
    old.deletionGracePeriodSeconds ?? null,
    errors,
  );
  commonErrors(metadata, errors);
  return errors;
}

function immutable(field: string, value: unknown, old: unknown, errors: FieldError[]): void {
  if (value !== old) errors.push(invalidError(`metadata.${field}`, value, 'field is immutable'));
}

function commonErrors(metadata: Metadata, errors: FieldError[]): void {
  if (metadata.labels !== undefined) errors.push(...labelErrors(metadata.labels, 'metadata.labels'));
  if (metadata.annotations !== undefined) annotationErrors(metadata.annotations, errors);
  if (metadata.ownerReferences !== undefined) ownerErrors(metadata.ownerReferences, errors);
  metadata.managedFields?.forEach((entry, index) => {
    const field = `metadata.managedFields[${index}]`;
    if (entry.operation === undefined || (entry.operation as string) === '') {
      errors.push(requiredError(`${field}.operation`, 'must not be empty'));
    } else if (entry.operation !== 'Apply' && entry.operation !== 'Update') {
      errors.push(notSupportedError(`${field}.operation`, entry.operation, ['Apply', 'Update']));
    }
    if (entry.fieldsType !== undefined && entry.fieldsType !== 'FieldsV1') {
      errors.push(invalidError(`${field}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`'));
    }
    if (entry.subresource !== undefined && entry.subresource.length > 256) {
      errors.push(tooLongError(`${field}.subresource`, 256));
    }
  });
}

/** What is wrong with labels, wherever they are. */
export function labelErrors(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    const value = labels[key]!;
    for (const problem of labelKeyProblems(key)) errors.push(invalidError(field, key, problem));
    for (const problem of labelValueProblems(value)) errors.push(invalidError(field, value, problem));
  }
  return errors;
}

const ANNOTATIONS_LIMIT = 256 * 1024;

function annotationErrors(annotations: Readonly<Record<string, string>>, errors: FieldError[]): void {
  let size = 0;
  for (const key in annotations) {
    for (const problem of labelKeyProblems(key.toLowerCase())) {
      errors.push(invalidError('metadata.annotations', key, problem));
    }
    size += Buffer.byteLength(key) + Buffer.byteLength(annotations[key]!);
  }
  if (size > ANNOTATIONS_LIMIT) errors.push(tooLongError('metadata.annotations', ANNOTATIONS_LIMIT));
}

function ownerErrors(owners: readonly OwnerReference[], errors: FieldError[]): void {
  let controller = '';
  owners.forEach((owner, index) => {
    const field = `metadata.ownerReferences[${index}]`;
    const parts = owner.apiVersion.split('/');
    if (owner.apiVersion === '') errors.push(requiredError(`${field}.apiVersion`, 'must not be empty'));
    else if (parts.length > 2 || parts.at(-1) === '') {
      errors.push(invalidError(`${field}.apiVersion`, owner.apiVersion, 'must be <group>/<version> or <version>'));
    }
    for (const name of ['kind', 'name', 'uid'] as const) {
      if (owner[name] === '') errors.push(requiredError(`${field}.${name}`, 'must not be empty'));
    }
    if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
      errors.push(asWritten(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    }
    if (owner.controller !== true) return;
    const name = `${owner.kind}/${owner.name}`;
    if (controller === '') controller = name;
    else {
      errors.push(
        asWritten(
          'metadata.ownerReferences',
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`,
        ),
      );
    }
  });
}

/** An error whose value is shown with its fields in their own order. */
function asWritten(field: string, value: unknown, detail: string): FieldError {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${JSON.stringify(value)}: ${detail}` };
}

function finalizerErrors(finalizers: readonly string[], errors: FieldError[]): void {
  for (const finalizer of finalizers) {
    for (const problem of labelKeyProblems(finalizer)) {
      errors.push(invalidError('metadata.finalizers', finalizer, problem));
    }
  }
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    errors.push(
      invalidError('metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'),
    );
  }
}

/** What is wrong with the finalizers of a core kind: they must be well known or qualified. */
export function qualifiedFinalizerErrors(
  finalizers: readonly string[],
  field: (index: number) => string,
): FieldError[] {
  const problem = 'name is neither a standard finalizer name nor is it fully qualified';
  return finalizers.flatMap((finalizer, index) =>
    finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)
      ? []
      : [invalidError(field(index), finalizer, problem)],
  );
}

const STANDARD_FINALIZERS = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** What to tell a client about the finalizers that it adds to a custom resource. */
export function finalizerWarnings(metadata: Metadata, old?: Metadata): string[] {
  if (metadata.finalizers === undefined) return [];
  const before = new Set(old?.finalizers);
  const warnings: string[] = [];
  for (const finalizer of [...new Set(metadata.finalizers)].filter((name) => !before.has(name)).sort()) {
    const where = `metadata.finalizers: ${goQuote(finalizer)}`;
    for (const problem of labelKeyProblems(finalizer)) warnings.push(`${where}: ${problem}`);
    if (finalizer.includes('/') || STANDARD_FINALIZERS.includes(finalizer)) continue;
    const path = finalizer.includes('.') ? ' including a path (/)' : '';
    warnings.push(
      `${where}: prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`,
    );
  }
  return warnings;
}

/** Drops owner references that are there twice, and says which. */
export function dropDuplicateOwners(object: AnyObject, warnings: string[], afterAdmission: boolean): void {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined || owners.length < 2) return;
  const kept: OwnerReference[] = [];
  const dropped: string[] = [];
  for (const owner of owners) {
    if (kept.some((other) => other.uid === owner.uid && deepEqual(other, owner))) dropped.push(owner.uid);
    else kept.push(owner);
  }
  if (dropped.length === 0) return;
  object.metadata.ownerReferences = kept;
  warnings.push(
    `.metadata.ownerReferences contains duplicate entries${afterAdmission ? ' after mutating admission happens' : ''}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${dropped.join(', ')}`,
  );
}
