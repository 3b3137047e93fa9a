/** rbac.authorization.k8s.io/v1. kubernetes, pkg/apis/rbac/validation. */
import { deepEqual } from '../../../base/json.ts';
import { type FieldError, invalidError, notSupportedError, requiredError } from '../../field-error.ts';
import { clusterRole, clusterRoleBinding, role, roleBinding } from '../../kinds/rbac.ts';
import type { AnyObject } from '../../objects.ts';
import { bindingColumns, defaultColumns } from '../../table/builtin-columns.ts';
import { pathSegmentProblems, subdomainName } from '../names.ts';
import { labelErrors } from '../object-meta.ts';
import type { Builtin } from './definition.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

export interface PolicyRule {
  readonly verbs: readonly string[] | null;
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

interface Subject {
  kind: string;
  name: string;
  apiGroup?: string;
  namespace?: string;
}

interface Binding extends AnyObject {
  subjects?: Subject[];
  roleRef: { apiGroup: string; kind: string; name: string };
}

const nameCheck = (name: string) => pathSegmentProblems(name);
const common = { group: RBAC_GROUP, version: 'v1', nameCheck, createOnUpdate: true } as const;

function ruleErrors(rules: readonly PolicyRule[], namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  // Upstream checks what has to be there last, for all rules.
  const missing: FieldError[] = [];
  rules.forEach((rule, index) => {
    const field = `rules[${index}]`;
    if ((rule.verbs ?? []).length === 0) missing.push(requiredError(`${field}.verbs`));
    const has = (list: readonly string[] | undefined) => (list?.length ?? 0) > 0;
    if (has(rule.nonResourceURLs)) {
      const refuse = (why: string) => errors.push(invalidError(`${field}.nonResourceURLs`, rule.nonResourceURLs, why));
      if (namespaced) refuse('namespaced rules cannot apply to non-resource URLs');
      if (has(rule.apiGroups) || has(rule.resources) || has(rule.resourceNames)) {
        refuse('rules cannot apply to both regular resources and non-resource URLs');
      }
      return;
    }
    if (!has(rule.apiGroups)) {
      errors.push(requiredError(`${field}.apiGroups`, 'resource rules must supply at least one api group'));
    }
    if (!has(rule.resources)) {
      errors.push(requiredError(`${field}.resources`, 'resource rules must supply at least one resource'));
    }
  });
  return [...errors, ...missing];
}

const rulesOf = (object: AnyObject) => (object['rules'] ?? []) as PolicyRule[];

/** Stored, no rules are null, whether they were given as an empty list or not at all. */
function storeNoRules(object: AnyObject): void {
  if (rulesOf(object).length === 0) object['rules'] = null;
}

export const roles: Builtin = {
  ...common,
  prepareCreate: storeNoRules,
  prepareUpdate: storeNoRules,
  plural: 'roles',
  singular: 'role',
  type: role,
  namespaced: true,
  validate: (object) => ruleErrors(rulesOf(object), true),
  columns: defaultColumns,
};

interface AggregationRule {
  readonly clusterRoleSelectors?: readonly { readonly matchLabels?: Record<string, string> }[];
}

function aggregationErrors(rule: AggregationRule | undefined): FieldError[] {
  if (rule === undefined) return [];
  const field = 'aggregationRule.clusterRoleSelectors';
  const selectors = rule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) {
    return [requiredError(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  }
  return selectors.flatMap(({ matchLabels = {} }, index) => labelErrors(matchLabels, `${field}[${index}].matchLabels`));
}

export const clusterRoles: Builtin = {
  ...common,
  prepareCreate: storeNoRules,
  prepareUpdate: storeNoRules,
  plural: 'clusterroles',
  singular: 'clusterrole',
  type: clusterRole,
  namespaced: false,
  validate: (object) => [
    ...ruleErrors(rulesOf(object), false),
    ...aggregationErrors(object['aggregationRule'] as AggregationRule | undefined),
  ],
  columns: defaultColumns,
};

function subjectErrors(subject: Subject, namespaced: boolean, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const { kind, name, apiGroup = '', namespace = '' } = subject;
  if (kind === 'ServiceAccount') {
    if (name !== '') {
      for (const problem of subdomainName(name)) errors.push(invalidError(`${field}.name`, name, problem));
    }
    if (apiGroup !== '') errors.push(notSupportedError(`${field}.apiGroup`, apiGroup, ['']));
    if (!namespaced && namespace === '') errors.push(requiredError(`${field}.namespace`));
  } else if (kind === 'User' || kind === 'Group') {
    if (apiGroup !== RBAC_GROUP) errors.push(notSupportedError(`${field}.apiGroup`, apiGroup, [RBAC_GROUP]));
  } else errors.push(notSupportedError(`${field}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
  return errors;
}

function bindingErrors({ roleRef, subjects = [] }: Binding, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (roleRef.apiGroup !== RBAC_GROUP) {
    errors.push(notSupportedError('roleRef.apiGroup', roleRef.apiGroup, [RBAC_GROUP]));
  }
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupportedError('roleRef.kind', roleRef.kind, kinds));
  if (roleRef.name !== '') {
    for (const problem of nameCheck(roleRef.name)) errors.push(invalidError('roleRef.name', roleRef.name, problem));
  }
  subjects.forEach((subject, index) => {
    errors.push(...subjectErrors(subject, namespaced, `subjects[${index}]`));
  });
  subjects.forEach(({ name }, index) => {
    if (name === '') errors.push(requiredError(`subjects[${index}].name`));
  });
  if (roleRef.name === '') errors.push(requiredError('roleRef.name'));
  return errors;
}

/** Fills in the groups that go without saying. */
function defaultBinding(object: AnyObject): void {
  const { roleRef, subjects = [] } = object as Binding;
  roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects) {
    if ((subject.apiGroup ?? '') !== '' || (subject.kind !== 'User' && subject.kind !== 'Group')) continue;
    const { kind, name, namespace } = subject;
    Object.assign(subject, { kind, apiGroup: RBAC_GROUP, name, ...(namespace !== undefined && { namespace }) });
  }
}

function immutableRole(object: AnyObject, old: AnyObject): FieldError[] {
  if (deepEqual(object['roleRef'], old['roleRef'])) return [];
  const { apiGroup: APIGroup, kind: Kind, name: Name } = (object as Binding).roleRef;
  return [invalidError('roleRef', { APIGroup, Kind, Name }, 'field is immutable')];
}

function binding(namespaced: boolean): Builtin {
  const type = namespaced ? roleBinding : clusterRoleBinding;
  const singular = type.name.toLowerCase();
  return {
    ...common,
    plural: `${singular}s`,
    singular,
    type,
    namespaced,
    default: defaultBinding,
    validate: (object) => bindingErrors(object as Binding, namespaced),
    validateUpdate: immutableRole,
    columns: bindingColumns(namespaced ? 'roleBinding' : 'clusterRoleBinding'),
  };
}

export const roleBindings = binding(true);
export const clusterRoleBindings = binding(false);
