/** What is wrong with policies and bindings: kubernetes, pkg/apis/admissionregistration/validation. */
import { isReserved } from '../cel/field-name.ts';
import {
  duplicateError,
  type FieldError,
  forbiddenError,
  invalidError,
  notSupportedError,
  requiredError,
  tooManyError,
} from '../field-error.ts';
import { dns1035Problems, dnsSubdomainProblems, labelKeyProblems, pathSegmentProblems } from '../registry/names.ts';
import { type CompiledExpression, compilePolicy } from './compiled-policy.ts';
import { matchErrors, selectorErrors } from './match-errors.ts';
import type { ParamRef, Policy, PolicyBinding, PolicySpec } from './policy.ts';

const ACTIONS = ['Audit', 'Deny', 'Warn'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const FAILURE_POLICIES = ['Fail', 'Ignore'];
const MOST_CONDITIONS = 64;
const MOST_ANNOTATIONS = 20;
/** Longest valueExpression, in bytes. */
const LONGEST_VALUE = 5 * 1024;
const AT_LEAST_ONE = 'validations or auditAnnotations must contain at least one item';

const blank = (text: string | undefined) => (text ?? '').trim() === '';
const hasBreaks = (text: string) => /[\n\r]/.test(text);

/** A name that may have a prefix: labelKeyProblems under another field. */
const nameErrors = (field: string, name: string) => labelKeyProblems(name).map((why) => invalidError(field, name, why));

function compileErrors(field: string, { source, problem }: CompiledExpression): FieldError[] {
  return problem === undefined ? [] : [invalidError(field, source, problem)];
}

export function policyErrors(policy: Policy): FieldError[] {
  const { spec } = policy;
  const errors: FieldError[] = [];
  if (spec.failurePolicy === undefined) errors.push(requiredError('spec.failurePolicy'));
  else if (!FAILURE_POLICIES.includes(spec.failurePolicy)) {
    errors.push(notSupportedError('spec.failurePolicy', spec.failurePolicy, FAILURE_POLICIES));
  }
  errors.push(...paramKindErrors(spec));
  if (spec.matchConstraints === undefined) errors.push(requiredError('spec.matchConstraints'));
  else {
    errors.push(...matchErrors(spec.matchConstraints, 'spec.matchConstraints'));
    if ((spec.matchConstraints.resourceRules ?? []).length === 0) {
      errors.push(requiredError('spec.matchConstraints.resourceRules'));
    }
  }
  return [...errors, ...expressionErrors(policy)];
}

function expressionErrors(policy: Policy): FieldError[] {
  const { spec } = policy;
  const compiled = compilePolicy(policy);
  const errors: FieldError[] = [];
  if ((spec.matchConditions ?? []).length > MOST_CONDITIONS) {
    errors.push(tooManyError('spec.matchConditions', spec.matchConditions!.length, MOST_CONDITIONS));
  }
  const names = new Set<string>();
  (spec.matchConditions ?? []).forEach(({ name, expression }, index) => {
    const field = `spec.matchConditions[${index}]`;
    if (blank(expression)) errors.push(requiredError(`${field}.expression`));
    else errors.push(...compileErrors(`${field}.expression`, compiled.conditions[index]!));
    if (name === '') errors.push(requiredError(`${field}.name`));
    else errors.push(...nameErrors(`${field}.name`, name));
    if (name !== '' && names.has(name)) errors.push(duplicateError(`${field}.name`, name));
    names.add(name);
  });
  (spec.variables ?? []).forEach(({ name, expression }, index) => {
    const field = `spec.variables[${index}]`;
    if (blank(name)) errors.push(requiredError(`${field}.name`, 'name is not specified'));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(name) || isReserved(name)) {
      errors.push(invalidError(`${field}.name`, name, 'must be a valid CEL identifier'));
    }
    if (blank(expression)) errors.push(requiredError(`${field}.expression`, 'expression is not specified'));
    else errors.push(...compileErrors(`${field}.expression`, compiled.variables[index]!));
  });
  if ((spec.validations ?? []).length === 0 && (spec.auditAnnotations ?? []).length === 0) {
    errors.push(requiredError('spec.validations', AT_LEAST_ONE), requiredError('spec.auditAnnotations', AT_LEAST_ONE));
    return errors;
  }
  compiled.validations.forEach((each, index) => {
    errors.push(...validationErrors(`spec.validations[${index}]`, each));
  });
  return [...errors, ...annotationErrors(policy, compiled.annotations)];
}

type CompiledValidation = ReturnType<typeof compilePolicy>['validations'][number];

function validationErrors(field: string, compiled: CompiledValidation): FieldError[] {
  const { expression, message = '', messageExpression = '', reason } = compiled.validation;
  const errors: FieldError[] = [];
  if (blank(expression)) errors.push(requiredError(`${field}.expression`, 'expression is not specified'));
  else errors.push(...compileErrors(`${field}.expression`, compiled));
  if (messageExpression !== '' && blank(messageExpression)) {
    errors.push(invalidError(`${field}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  } else if (compiled.message !== undefined) {
    errors.push(...compileErrors(`${field}.messageExpression`, compiled.message));
  }
  if (message !== '' && blank(message)) {
    errors.push(invalidError(`${field}.message`, message, 'must be non-empty if specified'));
  } else if (hasBreaks(message.trim())) {
    errors.push(invalidError(`${field}.message`, message, 'must not contain line breaks'));
  }
  if (reason !== undefined && !REASONS.includes(reason)) {
    errors.push(notSupportedError(`${field}.reason`, reason, REASONS));
  }
  return errors;
}

function annotationErrors({ metadata, spec }: Policy, compiled: readonly CompiledExpression[]): FieldError[] {
  const annotations = spec.auditAnnotations ?? [];
  const errors: FieldError[] = [];
  if (annotations.length > MOST_ANNOTATIONS) {
    const why = `must not have more than ${MOST_ANNOTATIONS} auditAnnotations`;
    errors.push(invalidError('spec.auditAnnotations', annotations, why));
  }
  const keys = new Set<string>();
  annotations.forEach(({ key, valueExpression }, index) => {
    const field = `spec.auditAnnotations[${index}]`;
    const name = metadata.name ?? '';
    if (name === '') errors.push(invalidError(`${field}.key`, key, 'requires metadata.name be non-empty'));
    else errors.push(...nameErrors(`${field}.key`, `${name}/${key}`));
    const length = Buffer.byteLength(valueExpression.trim());
    if (length === 0) errors.push(requiredError(`${field}.valueExpression`, 'valueExpression is not specified'));
    else if (length > LONGEST_VALUE) {
      errors.push(requiredError(`${field}.valueExpression`, `must not exceed ${LONGEST_VALUE} bytes in length`));
    } else errors.push(...compileErrors(`${field}.valueExpression`, compiled[index]!));
    if (keys.has(key)) errors.push(duplicateError(`${field}.key`, key));
    keys.add(key);
  });
  return errors;
}

function paramKindErrors({ paramKind }: PolicySpec): FieldError[] {
  if (paramKind === undefined) return [];
  const { apiVersion = '', kind = '' } = paramKind;
  const errors: FieldError[] = [];
  const field = 'spec.paramKind.apiVersion';
  const parts = apiVersion.split('/');
  const version = parts.at(-1)!;
  if (apiVersion === '') errors.push(requiredError(field));
  else if (parts.length > 2) {
    errors.push(invalidError(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  } else {
    const group = parts.length === 2 ? parts[0]! : '';
    const problems = group === '' ? [] : dnsSubdomainProblems(group);
    if (problems.length > 0) errors.push(invalidError(field, group, problems.join(',')));
    if (version === '') errors.push(invalidError(field, apiVersion, 'version must be specified'));
    else {
      const wrong = dns1035Problems(version);
      if (wrong.length > 0) errors.push(invalidError(field, version, wrong.join(',')));
    }
  }
  if (kind === '') errors.push(requiredError('spec.paramKind.kind'));
  else {
    const wrong = dns1035Problems(kind.toLowerCase());
    const why = `may have mixed case, but should otherwise match: ${wrong.join(',')}`;
    if (wrong.length > 0) errors.push(invalidError('spec.paramKind.kind', kind, why));
  }
  return errors;
}

export function bindingErrors({ spec }: PolicyBinding): FieldError[] {
  const { policyName = '', paramRef, matchResources, validationActions = [] } = spec;
  const errors: FieldError[] = [];
  if (policyName === '') errors.push(requiredError('spec.policyName'));
  else
    for (const why of dnsSubdomainProblems(policyName)) errors.push(invalidError('spec.policyName', policyName, why));
  if (paramRef !== undefined) errors.push(...paramRefErrors(paramRef));
  if (matchResources !== undefined) errors.push(...matchErrors(matchResources, 'spec.matchResources'));
  const field = 'spec.validationActions';
  const seen = new Set<string>();
  validationActions.forEach((action, index) => {
    if (!ACTIONS.includes(action)) errors.push(notSupportedError(`${field}[${index}]`, action, ACTIONS));
    if (seen.has(action)) errors.push(duplicateError(`${field}[${index}]`, action));
    seen.add(action);
  });
  if (seen.has('Deny') && seen.has('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidError(field, validationActions, why));
  }
  if (seen.size === 0) errors.push(requiredError(field));
  return errors;
}

function paramRefErrors({ name = '', selector, parameterNotFoundAction = '' }: ParamRef): FieldError[] {
  const field = 'spec.paramRef';
  const exclusive = 'name and selector are mutually exclusive';
  const errors: FieldError[] = [];
  if (name !== '') {
    for (const why of pathSegmentProblems(name)) errors.push(invalidError(`${field}.name`, name, why));
    if (selector !== undefined) errors.push(forbiddenError(`${field}.name`, exclusive));
  }
  if (selector !== undefined) {
    errors.push(...selectorErrors(selector, `${field}.selector`));
    if (name !== '') errors.push(forbiddenError(`${field}.selector`, exclusive));
  }
  if (name === '' && selector === undefined) {
    errors.push(requiredError(field, 'one of name or selector must be specified'));
  }
  const action = `${field}.parameterNotFoundAction`;
  if (parameterNotFoundAction === '') errors.push(requiredError(action));
  else if (!['Deny', 'Allow'].includes(parameterNotFoundAction)) {
    errors.push(notSupportedError(action, parameterNotFoundAction, ['Deny', 'Allow']));
  }
  return errors;
}
