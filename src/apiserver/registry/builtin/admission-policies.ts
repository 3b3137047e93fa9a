/** admissionregistration.k8s.io/v1: kubernetes, pkg/registry/admissionregistration. */
import { deepEqual } from '../../../base/json.ts';
import {
  ADMISSION_GROUP,
  BINDINGS,
  type MatchResources,
  POLICIES,
  type Policy,
  type PolicyBinding,
} from '../../admission/policy.ts';
import { bindingErrors, policyErrors } from '../../admission/policy-errors.ts';
import { validatingAdmissionPolicy, validatingAdmissionPolicyBinding } from '../../kinds/admission.ts';
import type { AnyObject } from '../../objects.ts';
import { policyBindingColumns, policyColumns } from '../../table/builtin-columns.ts';
import { type Condition, conditionErrors } from '../condition-errors.ts';
import { subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

const common = {
  group: ADMISSION_GROUP,
  version: 'v1',
  namespaced: false,
  nameCheck: subdomainName,
  categories: ['api-extensions'],
  unconditionalUpdate: false,
} as const;

function defaulted(match: MatchResources): MatchResources {
  const rules = (list: MatchResources['resourceRules']) => list?.map((rule) => ({ ...rule, scope: rule.scope ?? '*' }));
  const { resourceRules, excludeResourceRules } = match;
  return {
    namespaceSelector: {},
    objectSelector: {},
    ...match,
    ...(resourceRules !== undefined && { resourceRules: rules(resourceRules)! }),
    ...(excludeResourceRules !== undefined && { excludeResourceRules: rules(excludeResourceRules)! }),
    matchPolicy: match.matchPolicy ?? 'Equivalent',
  };
}

function nextGeneration(object: AnyObject, old: AnyObject): void {
  if (!deepEqual(object['spec'], old['spec'])) object.metadata.generation = (old.metadata.generation ?? 0) + 1;
}

export const validatingAdmissionPolicies: Builtin = {
  ...common,
  plural: POLICIES,
  singular: 'validatingadmissionpolicy',
  type: validatingAdmissionPolicy,
  columns: policyColumns,
  resets: ['status'],
  default(object) {
    const { spec } = object as Policy;
    object['spec'] = {
      ...spec,
      ...(spec.matchConstraints !== undefined && { matchConstraints: defaulted(spec.matchConstraints) }),
      failurePolicy: spec.failurePolicy ?? 'Fail',
    };
  },
  prepareCreate(object) {
    object['status'] = {};
    object.metadata.generation = 1;
  },
  prepareUpdate(object, old) {
    object['status'] = old['status'];
    nextGeneration(object, old);
  },
  validate: (object) => policyErrors(object as Policy),
  subresources: {
    status: {
      verbs: ['get', 'patch', 'update'],
      resets: ['spec'],
      validateUpdate(object) {
        const { conditions = [] } = object['status'] as { conditions?: Condition[] };
        return conditionErrors(conditions, 'status.conditions');
      },
      prepareUpdate(object, old) {
        object['spec'] = old['spec'];
        object.metadata = {
          ...old.metadata,
          ...(object.metadata.managedFields && { managedFields: object.metadata.managedFields }),
        };
      },
    },
  },
};

export const validatingAdmissionPolicyBindings: Builtin = {
  ...common,
  plural: BINDINGS,
  singular: 'validatingadmissionpolicybinding',
  type: validatingAdmissionPolicyBinding,
  columns: policyBindingColumns,
  default(object) {
    const { spec } = object as PolicyBinding;
    if (spec.matchResources === undefined) return;
    object['spec'] = { ...spec, matchResources: defaulted(spec.matchResources) };
  },
  prepareCreate(object) {
    object.metadata.generation = 1;
  },
  prepareUpdate: nextGeneration,
  validate: (object) => bindingErrors(object as PolicyBinding),
};
