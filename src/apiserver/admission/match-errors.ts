/** What is wrong with what a policy or binding is about. */
import {
  duplicateError,
  type FieldError,
  forbiddenError,
  invalidError,
  notSupportedError,
  requiredError,
} from '../field-error.ts';
import { labelKeyProblems, labelValueProblems, pathSegmentProblems } from '../registry/names.ts';
import { labelErrors } from '../registry/object-meta.ts';
import type { MatchResources, NamedRule, Selector } from './policy.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const POLICIES = ['Equivalent', 'Exact'];

export function matchErrors(match: MatchResources, field: string): FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector, resourceRules = [], excludeResourceRules = [] } = match;
  const errors: FieldError[] = [];
  if (matchPolicy === undefined) errors.push(requiredError(`${field}.matchPolicy`));
  else if (!POLICIES.includes(matchPolicy)) {
    errors.push(notSupportedError(`${field}.matchPolicy`, matchPolicy, POLICIES));
  }
  if (namespaceSelector === undefined) errors.push(requiredError(`${field}.namespaceSelector`));
  else errors.push(...selectorErrors(namespaceSelector, `${field}.namespaceSelector`));
  if (objectSelector === undefined) errors.push(requiredError(`${field}.objectSelector`));
  else errors.push(...selectorErrors(objectSelector, `${field}.objectSelector`));
  resourceRules.forEach((rule, index) => {
    errors.push(...ruleErrors(rule, `${field}.resourceRules[${index}]`));
  });
  excludeResourceRules.forEach((rule, index) => {
    errors.push(...ruleErrors(rule, `${field}.excludeResourceRules[${index}]`));
  });
  return errors;
}

/** apimachinery, pkg/apis/meta/v1/validation. */
export function selectorErrors({ matchLabels = {}, matchExpressions = [] }: Selector, field: string): FieldError[] {
  const errors = labelErrors(matchLabels, `${field}.matchLabels`);
  matchExpressions.forEach(({ key, operator, values = [] }, index) => {
    const at = `${field}.matchExpressions[${index}]`;
    if (['In', 'NotIn'].includes(operator)) {
      const why = "must be specified when `operator` is 'In' or 'NotIn'";
      if (values.length === 0) errors.push(requiredError(`${at}.values`, why));
    } else if (['Exists', 'DoesNotExist'].includes(operator)) {
      const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
      if (values.length > 0) errors.push(forbiddenError(`${at}.values`, why));
    } else errors.push(invalidError(`${at}.operator`, operator, 'not a valid selector operator'));
    for (const why of labelKeyProblems(key)) errors.push(invalidError(`${at}.key`, key, why));
    values.forEach((value, position) => {
      for (const why of labelValueProblems(value)) errors.push(invalidError(`${at}.values[${position}]`, value, why));
    });
  });
  return errors;
}

function ruleErrors(rule: NamedRule, field: string): FieldError[] {
  const { resourceNames = [], operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors: FieldError[] = [];
  resourceNames.forEach((name, index) => {
    const at = `${field}.resourceNames[${index}]`;
    for (const why of pathSegmentProblems(name)) errors.push(invalidError(at, name, why));
    if (resourceNames.indexOf(name) < index) errors.push(duplicateError(at, name));
  });
  const alone = (name: string, list: readonly string[], others: string) => {
    if (list.length === 0) errors.push(requiredError(`${field}.${name}`));
    if (list.length > 1 && list.includes('*')) {
      errors.push(invalidError(`${field}.${name}`, list, `if '*' is present, must not specify other ${others}`));
    }
  };
  alone('operations', operations, 'operations');
  operations.forEach((operation, index) => {
    if (!OPERATIONS.includes(operation)) {
      errors.push(notSupportedError(`${field}.operations[${index}]`, operation, OPERATIONS));
    }
  });
  alone('apiGroups', apiGroups, 'API groups');
  alone('apiVersions', apiVersions, 'API versions');
  apiVersions.forEach((version, index) => {
    if (version === '') errors.push(requiredError(`${field}.apiVersions[${index}]`));
  });
  errors.push(...resourceErrors(resources, `${field}.resources`));
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupportedError(`${field}.scope`, scope, SCOPES));
  return errors;
}

function resourceErrors(resources: readonly string[], field: string): FieldError[] {
  if (resources.length === 0) return [requiredError(field)];
  const errors: FieldError[] = [];
  const everythingBelow = new Set<string>();
  const everywhere = new Set<string>();
  let isPlain = false;
  resources.forEach((whole, index) => {
    const at = `${field}[${index}]`;
    if (whole === '') {
      errors.push(requiredError(at));
      return;
    }
    const slash = whole.indexOf('/');
    if (slash < 0) {
      isPlain = whole !== '*';
      return;
    }
    const [resource, below] = [whole.slice(0, slash), whole.slice(slash + 1)];
    const covered = (by: string) =>
      errors.push(invalidError(at, whole, `if '${by}' is present, must not specify ${whole}`));
    if (everythingBelow.has(resource)) covered(`${resource}/*`);
    if (everywhere.has(below)) covered(`*/${below}`);
    if (below === '*') everythingBelow.add(resource);
    if (resource === '*') everywhere.add(below);
  });
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalidError(field, resources, "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && isPlain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalidError(field, resources, why));
  }
  return errors;
}
