/** Validating admission policies as they are stored: admissionregistration.k8s.io/v1. */
import type { AnyObject } from '../objects.ts';

export const ADMISSION_GROUP = 'admissionregistration.k8s.io';
export const POLICIES = 'validatingadmissionpolicies';
export const BINDINGS = 'validatingadmissionpolicybindings';

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

export interface NamedRule {
  readonly resourceNames?: readonly string[];
  readonly operations?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly scope?: string;
}

export interface MatchResources {
  readonly namespaceSelector?: Selector;
  readonly objectSelector?: Selector;
  readonly resourceRules?: readonly NamedRule[];
  readonly excludeResourceRules?: readonly NamedRule[];
  readonly matchPolicy?: string;
}

export interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly reason?: string;
  readonly messageExpression?: string;
}

export interface PolicySpec {
  readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
  readonly matchConstraints?: MatchResources;
  readonly validations?: readonly Validation[];
  readonly failurePolicy?: string;
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
}

export interface Policy extends AnyObject {
  spec: PolicySpec;
}

export interface ParamRef {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: Selector;
  readonly parameterNotFoundAction?: string;
}

export interface PolicyBinding extends AnyObject {
  spec: {
    readonly policyName?: string;
    readonly paramRef?: ParamRef;
    readonly matchResources?: MatchResources;
    readonly validationActions?: readonly string[];
  };
}

/** Whether labels satisfy a selector; an empty one is satisfied by all. */
export function selects(selector: Selector, labels: Readonly<Record<string, string>> = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector;
  const has = (key: string) => Object.hasOwn(labels, key);
  for (const [key, value] of Object.entries(matchLabels)) if (!has(key) || labels[key] !== value) return false;
  return matchExpressions.every(({ key, operator, values = [] }) => {
    switch (operator) {
      case 'In':
        return has(key) && values.includes(labels[key]!);
      case 'NotIn':
        return !has(key) || !values.includes(labels[key]!);
      case 'Exists':
        return has(key);
      default:
        return !has(key);
    }
  });
}

export function isEverything({ matchLabels = {}, matchExpressions = [] }: Selector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}
