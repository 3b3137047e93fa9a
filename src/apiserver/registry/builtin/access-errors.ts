/** What is wrong with questions about access: kubernetes, pkg/apis/authorization/validation. */
import { type FieldError, invalidError, requiredError } from '../../field-error.ts';
import { decodeBody } from '../../kinds/decode.ts';
import { objectMeta } from '../../kinds/meta.ts';
import type { AnyObject } from '../../objects.ts';

interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly object[];
}

export interface AccessSpec {
  readonly resourceAttributes?: {
    readonly namespace?: string;
    readonly verb?: string;
    readonly group?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly name?: string;
    readonly fieldSelector?: SelectorAttributes;
    readonly labelSelector?: SelectorAttributes;
  };
  readonly nonResourceAttributes?: { readonly path?: string; readonly verb?: string };
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** As Go shows them, which has no other names for their fields. */
const shown = (attributes: AccessSpec['nonResourceAttributes']) =>
  attributes === undefined ? null : { Path: attributes.path ?? '', Verb: attributes.verb ?? '' };

/** Of questions about oneself. */
export function accessErrors({ resourceAttributes, nonResourceAttributes }: AccessSpec): FieldError[] {
  const errors: FieldError[] = [];
  if ((resourceAttributes === undefined) === (nonResourceAttributes === undefined)) {
    const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
    errors.push(invalidError('spec', shown(nonResourceAttributes), why));
  }
  for (const name of ['labelSelector', 'fieldSelector'] as const) {
    const selector = resourceAttributes?.[name];
    if (selector !== undefined) errors.push(...selectorErrors(selector, `spec.resourceAttributes.${name}`));
  }
  return errors;
}

function selectorErrors({ rawSelector = '', requirements = [] }: SelectorAttributes, field: string): FieldError[] {
  if (rawSelector !== '' && requirements.length > 0) {
    return [invalidError(`${field}.rawSelector`, rawSelector, 'may not specified at the same time as requirements')];
  }
  if (rawSelector !== '' || requirements.length > 0) return [];
  return [
    requiredError(`${field}.requirements`, `when ${field} is specified, requirements or rawSelector is required`),
  ];
}

/** Of questions about somebody. */
export function subjectErrors(spec: AccessSpec): FieldError[] {
  const errors = accessErrors(spec);
  if ((spec.user ?? '') === '' && (spec.groups ?? []).length === 0) {
    errors.push(invalidError('spec.user', '', 'at least one of user or group must be specified'));
  }
  return errors;
}

/** Questions have no metadata. @param local whether they are asked in a namespace */
export function metadataErrors({ metadata }: AnyObject, local: boolean): FieldError[] {
  const { managedFields: _, namespace: __, creationTimestamp: ___, ...rest } = metadata;
  if (Object.keys(rest).length === 0) return [];
  const why = local ? 'must be empty except for namespace' : 'must be empty';
  const shown = JSON.stringify(decodeBody(metadata, objectMeta).object);
  return [{ reason: 'FieldValueInvalid', field: 'metadata', message: `Invalid value: ${shown}: ${why}` }];
}

/** Of questions in a namespace. */
export function localErrors(spec: AccessSpec, namespace: string): FieldError[] {
  const errors: FieldError[] = [];
  const named = spec.resourceAttributes?.namespace ?? '';
  if (spec.resourceAttributes !== undefined && named !== namespace) {
    errors.push(invalidError('spec.resourceAttributes.namespace', named, 'must match metadata.namespace'));
  }
  if (spec.nonResourceAttributes !== undefined) {
    const why = 'disallowed on this kind of request';
    errors.push(invalidError('spec.nonResourceAttributes', shown(spec.nonResourceAttributes), why));
  }
  return errors;
}
