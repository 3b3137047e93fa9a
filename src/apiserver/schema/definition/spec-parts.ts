import { type FieldError, invalidError, notSupportedError, requiredError } from '../../field-error.ts';
import { parseUrl } from '../../formats/url.ts';
import { goQuote } from '../../go-format.ts';
import { dns1035Problems } from '../../registry/names.ts';
import type { Column, Names, Subresources, Version } from './form.ts';
import { isSet } from './json-schema.ts';

/** The small parts of a definition: k8s.io/apiextensions-apiserver, pkg/apis/apiextensions/validation. */

export function namesErrors(names: Names, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: keyof Names & ('plural' | 'singular' | 'kind' | 'listKind'), mixedCase: boolean) => {
    const value = names[name] ?? '';
    if (value === '') return;
    const problems = dns1035Problems(mixedCase ? value.toLowerCase() : value);
    if (problems.length === 0) return;
    const prefix = mixedCase ? 'may have mixed case, but should otherwise match: ' : '';
    errors.push(invalidError(`${path}.${name}`, value, `${prefix}${problems.join(',')}`));
  };
  check('plural', false);
  check('singular', false);
  check('kind', true);
  check('listKind', true);
  errors.push(...labelErrors(names.shortNames ?? [], `${path}.shortNames`));
  if ((names.kind ?? '') !== '' && names.kind === names.listKind) {
    errors.push(invalidError(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same'));
  }
  errors.push(...labelErrors(names.categories ?? [], `${path}.categories`));
  return errors;
}

function labelErrors(labels: readonly string[], path: string): FieldError[] {
  return labels.flatMap((label, index) => {
    const problems = dns1035Problems(label);
    return problems.length === 0 ? [] : [invalidError(`${path}[${index}]`, label, problems.join(','))];
  });
}

const COLUMN_TYPES = ['boolean', 'date', 'integer', 'number', 'string'];
const COLUMN_FORMATS = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];

export function columnErrors(column: Column, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', type = '', format = '', jsonPath = '' } = column;
  if (name === '') errors.push(requiredError(`${path}.name`));
  const types = `must be one of ${COLUMN_TYPES.join(',')}`;
  if (type === '') errors.push(requiredError(`${path}.type`, types));
  else if (!COLUMN_TYPES.includes(type)) errors.push(invalidError(`${path}.type`, type, types));
  if (format !== '' && !COLUMN_FORMATS.includes(format)) {
    errors.push(invalidError(`${path}.format`, format, `must be one of ${COLUMN_FORMATS.join(',')}`));
  }
  if (jsonPath === '') errors.push(requiredError(`${path}.JSONPath`));
  else errors.push(...jsonPathErrors(jsonPath, `${path}.JSONPath`));
  return errors;
}

function jsonPathErrors(jsonPath: string, path: string): FieldError[] {
  if (jsonPath.startsWith('.')) return [];
  return [invalidError(path, jsonPath, 'must be a simple json path starting with .')];
}

export function subresourcesErrors(subresources: Subresources | null | undefined, path: string): FieldError[] {
  const scale = subresources?.scale;
  if (!isSet(scale)) return [];
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath } = scale;
  const under = (value: string, name: string, roots: readonly string[]): FieldError[] => {
    const field = `${path}.scale.${name}`;
    const malformed = jsonPathErrors(value, field);
    if (malformed.length > 0) return malformed;
    if (roots.some((root) => value.startsWith(`.${root}.`))) return [];
    const places = roots.length === 1 ? `.${roots[0]}` : `either ${roots.map((root) => `.${root}`).join(' or ')}`;
    return [invalidError(field, value, `should be a json path under ${places}`)];
  };
  const needed = (value: string, name: string, root: string) =>
    value === '' ? [requiredError(`${path}.scale.${name}`)] : under(value, name, [root]);
  const selector = labelSelectorPath ?? '';
  return [
    ...needed(specReplicasPath, 'specReplicasPath', 'spec'),
    ...needed(statusReplicasPath, 'statusReplicasPath', 'status'),
    ...(selector === '' ? [] : under(selector, 'labelSelectorPath', ['spec', 'status'])),
  ];
}

export function deprecationErrors({ deprecated, deprecationWarning: warning }: Version, path: string): FieldError[] {
  if (!isSet(warning)) return [];
  const problems = deprecated === true ? warningProblems(warning) : ['can only be set for deprecated versions'];
  return problems.map((problem) => invalidError(`${path}.deprecationWarning`, warning, problem));
}

const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

function warningProblems(warning: string): string[] {
  const problems: string[] = [];
  if (Buffer.byteLength(warning) > 256) problems.push('must be <= 256 characters long');
  if (warning === '') problems.push('must not be an empty string');
  const at = warning.search(UNPRINTABLE);
  if (at >= 0) {
    const index = Buffer.byteLength(warning.slice(0, at));
    const what = `non-printable character found at index ${index}`;
    problems.push(`must only contain printable UTF-8 characters; ${what}`);
  }
  return problems;
}

export function oneOfErrors(value: string, accepted: readonly string[], path: string): FieldError[] {
  if (value === '') return [requiredError(path)];
  return accepted.includes(value) ? [] : [notSupportedError(path, value, accepted)];
}

const APPROVAL = 'api-approved.kubernetes.io';

/** What the approval annotation says: how it is known whether it has changed, and what is wrong with it. */
function approval(annotation: string): { readonly state: string; readonly problem?: string } {
  const more = 'see https://github.com/kubernetes/enhancements/pull/1111';
  if (annotation === '') {
    return {
      state: 'missing',
      problem: `protected groups must have approval annotation ${goQuote(APPROVAL)}, ${more}`,
    };
  }
  if (annotation.startsWith('unapproved')) return { state: 'bypassed' };
  const url = parseUrl(annotation);
  if (typeof url !== 'string' && url.host !== '' && url.scheme !== '') return { state: 'approved' };
  const forms = `with either a URL or a reason starting with "unapproved", ${more}`;
  return { state: 'invalid', problem: `protected groups must have approval annotation ${goQuote(APPROVAL)} ${forms}` };
}

type Annotations = Readonly<Record<string, string>> | undefined;

/** Groups of Kubernetes itself need somebody's approval. */
export function approvalErrors(group: string, annotations: Annotations, old: Annotations | null): FieldError[] {
  if (!/(?:^|\.)(?:k8s|kubernetes)\.io$/.test(group)) return [];
  const value = annotations?.[APPROVAL] ?? '';
  const { state, problem } = approval(value);
  if (problem === undefined || (old !== null && approval(old?.[APPROVAL] ?? '').state === state)) return [];
  const field = `metadata.annotations[${APPROVAL}]`;
  return [state === 'missing' ? requiredError(field, problem) : invalidError(field, value, problem)];
}
