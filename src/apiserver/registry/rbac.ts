/** Who may do what, as roles and bindings say: kubernetes, plugin/pkg/auth/authorizer/rbac. */
import type { AnyObject } from '../objects.ts';
import type { Store } from '../store/store.ts';
import type { Attributes, Authorizer, Decision, Rule } from './authorizer.ts';
import { type PolicyRule, RBAC_GROUP } from './builtin/roles.ts';
import type { User } from './request.ts';

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

interface Binding extends AnyObject {
  subjects?: Subject[];
  roleRef: { kind: string; name: string };
}

/** What every authenticated user may do: system:discovery, system:basic-user, system:public-info-viewer. */
const FOR_AUTHENTICATED: readonly PolicyRule[] = [
  {
    verbs: ['create'],
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
  },
  { verbs: ['create'], apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'] },
  {
    verbs: ['get'],
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/healthz',
      '/livez',
      '/openapi',
      '/openapi/*',
      '/readyz',
      '/version',
      '/version/',
    ],
  },
];

/** What everybody may do: system:public-info-viewer. */
const FOR_EVERYBODY: readonly PolicyRule[] = [
  { verbs: ['get'], nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'] },
];

const KNOWN_OR_NOT = ['system:authenticated', 'system:unauthenticated'];

/** A rule that was found, and where. */
interface Grant {
  readonly rule: PolicyRule;
  readonly reason: string;
}

export class RbacAuthorizer implements Authorizer {
  readonly #store: Store;
  readonly #implicit: boolean;

  /** @param implicit whether there are no roles for what everybody may do, and it goes without saying */
  constructor(store: Store, { implicit }: { readonly implicit: boolean }) {
    this.#store = store;
    this.#implicit = implicit;
  }

  decide(attributes: Attributes): Decision {
    for (const { rule, reason } of this.#grants(attributes.user, attributes.namespace)) {
      if (allows(rule, attributes)) return { allowed: true, reason };
    }
    return { allowed: false };
  }

  rules(user: User, namespace: string): readonly Rule[] {
    return [...this.#grants(user, namespace)].map(({ rule }) => ({ ...rule, verbs: rule.verbs ?? [] }));
  }

  *#grants(user: User, namespace: string | undefined): Generator<Grant> {
    if (this.#implicit && user.groups.includes('system:authenticated')) {
      for (const rule of FOR_AUTHENTICATED) yield { rule, reason: '' };
    }
    if (this.#implicit && user.groups.some((group) => KNOWN_OR_NOT.includes(group))) {
      for (const rule of FOR_EVERYBODY) yield { rule, reason: '' };
    }
    for (const version of this.#list('clusterrolebindings')) {
      const binding = version.object as Binding;
      const subject = subjectOf(binding, user, '');
      if (subject === undefined) continue;
      const reason = `RBAC: allowed by ClusterRoleBinding "${binding.metadata.name}" of ClusterRole "${binding.roleRef.name}" to ${subject}`;
      for (const rule of this.#rulesOf('ClusterRole', binding.roleRef.name, '')) yield { rule, reason };
    }
    if (namespace === undefined || namespace === '') return;
    for (const version of this.#list('rolebindings', namespace)) {
      const binding = version.object as Binding;
      const subject = subjectOf(binding, user, namespace);
      if (subject === undefined) continue;
      const { kind, name } = binding.roleRef;
      const reason = `RBAC: allowed by RoleBinding "${binding.metadata.name}/${namespace}" of ${kind} "${name}" to ${subject}`;
      for (const rule of this.#rulesOf(kind, name, namespace)) yield { rule, reason };
    }
  }

  #list(plural: string, namespace?: string) {
    return this.#store.bucket(`${RBAC_GROUP}/${plural}`).list({ namespace });
  }

  #rulesOf(kind: string, name: string, namespace: string): readonly PolicyRule[] {
    const cluster = kind === 'ClusterRole';
    const bucket = this.#store.bucket(`${RBAC_GROUP}/${cluster ? 'clusterroles' : 'roles'}`);
    const role = bucket.get(cluster ? name : `${namespace}/${name}`)?.object;
    return (role?.['rules'] ?? []) as PolicyRule[];
  }
}

/** The subject of a binding that means the user, in words; undefined when none does. */
function subjectOf({ subjects = [] }: Binding, user: User, namespace: string): string | undefined {
  for (const { kind, name, namespace: own } of subjects) {
    if (kind === 'User' && name === user.name) return `User "${name}"`;
    if (kind === 'Group' && user.groups.includes(name)) return `Group "${name}"`;
    if (kind !== 'ServiceAccount') continue;
    const place = own === undefined || own === '' ? namespace : own;
    if (user.name === `system:serviceaccount:${place}:${name}`) return `ServiceAccount "${name}/${place}"`;
  }
  return undefined;
}

const has = (list: readonly string[] | undefined | null, value: string) =>
  list !== undefined && list !== null && (list.includes('*') || list.includes(value));

function allows(rule: PolicyRule, { verb, path, group = '', resource = '', subresource, name }: Attributes): boolean {
  if (!has(rule.verbs, verb)) return false;
  if (path !== undefined) {
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path,
    );
  }
  const names = rule.resourceNames ?? [];
  if (!has(rule.apiGroups, group) || (names.length > 0 && !names.includes(name ?? ''))) return false;
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`;
  if (has(rule.resources, whole)) return true;
  return subresource !== undefined && (rule.resources ?? []).includes(`*/${subresource}`);
}
