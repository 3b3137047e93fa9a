/** Nobody gives away more than they have: kubernetes, pkg/registry/rbac. */
import { deepEqual } from '../../base/json.ts';
import { goQuote } from '../go-format.ts';
import type { AnyObject } from '../objects.ts';
import type { Store } from '../store/store.ts';
import type { Authorizer, Rule } from './authorizer.ts';
import { type PolicyRule, RBAC_GROUP } from './builtin/roles.ts';
import { forbidden, notFound } from './errors.ts';
import type { Admitted } from './registry.ts';
import type { User } from './request.ts';
import { resourceName } from './served.ts';

interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

const EVERYTHING: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** A rule of a few kilobytes can stand for billions of rules: so many are looked at, one by one (ours). */
const MOST_PARTS = 100_000;

/** Refuses roles and bindings that would give somebody what their author may not do. */
export class Grants {
  readonly #store: Store;
  readonly #authorizer: Authorizer;

  constructor(store: Store, authorizer: Authorizer) {
    this.#store = store;
    this.#authorizer = authorizer;
  }

  /** Throws 403. */
  check(what: Admitted): void {
    const { served, operation } = what;
    if (served.group !== RBAC_GROUP || operation === 'DELETE' || what.object === undefined) return;
    if (what.request.user.groups.includes('system:masters')) return;
    if (served.names.plural.endsWith('bindings')) this.#checkBinding(what, what.object);
    else this.#checkRole(what, what.object);
  }

  #checkRole(what: Admitted, role: AnyObject): void {
    const { old, request, served } = what;
    if (old !== undefined && isHousekeeping(role, old)) return;
    const name = role.metadata.name ?? '';
    const { user, namespace } = request;
    const attributes = { user, verb: 'escalate', group: RBAC_GROUP, resource: served.names.plural, namespace, name };
    if (this.#authorizer.decide(attributes).allowed) return;
    const gathers = role['aggregationRule'] !== undefined || old?.['aggregationRule'] !== undefined;
    if (gathers && !this.#covers(user, '', EVERYTHING)) {
      throw forbidden(resourceName(served), name, 'must have cluster-admin privileges to use the aggregationRule');
    }
    this.#refuse(what, (role['rules'] ?? []) as PolicyRule[], name);
  }

  #checkBinding(what: Admitted, binding: AnyObject): void {
    const { old, request } = what;
    if (old !== undefined && isHousekeeping(binding, old)) return;
    const { kind, name } = binding['roleRef'] as RoleRef;
    const { user, namespace = '' } = request;
    const plural = kind === 'ClusterRole' ? 'clusterroles' : 'roles';
    const attributes = { user, verb: 'bind', group: RBAC_GROUP, resource: plural, namespace, name };
    if (this.#authorizer.decide(attributes).allowed) return;
    const role = this.#store
      .bucket(`${RBAC_GROUP}/${plural}`)
      .get(kind === 'ClusterRole' ? name : `${namespace}/${name}`);
    if (role === undefined) throw notFound(resourceName(what.served), name);
    this.#refuse(what, (role.object['rules'] ?? []) as PolicyRule[], binding.metadata.name ?? '');
  }

  #covers(user: User, namespace: string, rules: readonly PolicyRule[]): boolean {
    return missing(this.#authorizer.rules(user, namespace), rules).length === 0;
  }

  #refuse({ request, served }: Admitted, rules: readonly PolicyRule[], name: string): void {
    const { user, namespace = '' } = request;
    const parts = rules.reduce((sum, rule) => sum + partsOf(rule), 0);
    if (parts > MOST_PARTS) {
      const why = `its rules are ${parts} combinations of verb and resource, of which ${MOST_PARTS} can be checked: use "*" or several roles`;
      throw forbidden(resourceName(served), name, why);
    }
    const lacking = missing(this.#authorizer.rules(user, namespace), rules);
    if (lacking.length === 0) return;
    const texts = [...new Set(compacted(lacking).map(compactText))].sort();
    const groups = user.groups.map(goQuote).join(' ');
    const why = `user ${goQuote(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:`;
    throw forbidden(resourceName(served), name, `${why}\n${texts.join('\n')}`);
  }
}

/** Whether a write changes only what garbage collection does: another label may give the rules of a role to a role that gathers. */
function isHousekeeping(object: AnyObject, old: AnyObject): boolean {
  const rest = ({ metadata, ...content }: AnyObject) => {
    const { resourceVersion: _, managedFields: __, ownerReferences: ___, finalizers: ____, ...kept } = metadata;
    return { ...content, metadata: kept };
  };
  return deepEqual(rest(object), rest(old));
}

/** The parts of rules that no rule of an owner covers. */
function missing(owned: readonly Rule[], rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(brokenDown).filter((part) => !owned.some((rule) => covers(rule, part)));
}

/** How many rules of one verb and one thing each it is. */
function partsOf({ verbs, apiGroups, resources, resourceNames, nonResourceURLs }: PolicyRule): number {
  const count = (list: readonly string[] | null | undefined) => list?.length ?? 0;
  const things = count(apiGroups) * count(resources) * Math.max(1, count(resourceNames));
  return count(verbs) * (things + count(nonResourceURLs));
}

/** Rules of one verb and one thing each. */
function brokenDown({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule): PolicyRule[] {
  const parts: PolicyRule[] = [];
  for (const group of apiGroups) {
    for (const resource of resources) {
      for (const verb of verbs ?? []) {
        const part = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (resourceNames.length === 0) parts.push(part);
        for (const name of resourceNames) parts.push({ ...part, resourceNames: [name] });
      }
    }
  }
  for (const url of nonResourceURLs)
    for (const verb of verbs ?? []) parts.push({ verbs: [verb], nonResourceURLs: [url] });
  return parts;
}

function covers(owner: Rule, part: PolicyRule): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list !== undefined && (list.includes('*') || list.includes(value));
  if (!has(owner.verbs, part.verbs![0]!)) return false;
  const url = part.nonResourceURLs?.[0];
  if (url !== undefined) {
    return (owner.nonResourceURLs ?? []).some(
      (own) => own === url || (own.endsWith('*') && url.startsWith(own.slice(0, -1))),
    );
  }
  const resource = part.resources![0]!;
  const below = resource.includes('/') ? `*/${resource.slice(resource.indexOf('/') + 1)}` : undefined;
  if (!has(owner.apiGroups, part.apiGroups![0]!)) return false;
  if (!has(owner.resources, resource) && !(below !== undefined && owner.resources?.includes(below))) return false;
  const names = owner.resourceNames ?? [];
  return names.length === 0 || (part.resourceNames !== undefined && names.includes(part.resourceNames[0]!));
}

/** The verbs on the same thing in one rule. */
function compacted(parts: readonly PolicyRule[]): PolicyRule[] {
  const byThing = new Map<string, { rule: PolicyRule; verbs: string[] }>();
  for (const { verbs, ...rest } of parts) {
    const key = JSON.stringify(rest);
    const known = byThing.get(key);
    if (known === undefined) byThing.set(key, { rule: { verbs, ...rest }, verbs: [...(verbs ?? [])] });
    else known.verbs.push(...(verbs ?? []));
  }
  return [...byThing.values()].map(({ rule, verbs }) => ({ ...rule, verbs }));
}

function compactText({ apiGroups, resources, nonResourceURLs, resourceNames, verbs }: PolicyRule): string {
  const part = (name: string, values: readonly string[] | null | undefined) =>
    values === undefined || values === null || values.length === 0
      ? []
      : [`${name}:[${values.map(goQuote).join(' ')}]`];
  return `{${[
    ...part('APIGroups', apiGroups),
    ...part('Resources', resources),
    ...part('NonResourceURLs', nonResourceURLs),
    ...part('ResourceNames', resourceNames),
    ...part('Verbs', verbs),
  ].join(', ')}}`;
}
