/** Which requests a policy or binding is about: k8s.io/apiserver, pkg/admission/plugin/policy/matching. */
import type { AnyObject } from '../objects.ts';
import type { Admitted } from '../registry/registry.ts';
import type { ServedResource } from '../registry/served.ts';
import { isEverything, type MatchResources, type NamedRule, selects } from './policy.ts';

/** What matching needs to know of the rest of the server. */
export interface Surroundings {
  namespace(name: string): AnyObject | undefined;
  /** The same resource at its other versions. */
  equivalents(served: ServedResource): readonly ServedResource[];
}

const has = (list: readonly string[] | undefined, value: string) =>
  list !== undefined && (list.includes('*') || list.includes(value));

const isNamespace = ({ group, names }: ServedResource) => group === '' && names.plural === 'namespaces';

/** The namespace of a request as admission sees it: that of a namespace object is itself. */
export function namespaceName({ served, request }: Admitted): string {
  if (served.namespaced) return request.namespace ?? '';
  return isNamespace(served) ? (request.name ?? '') : '';
}

/** The name of a request as admission sees it: '' when it is still to be generated. */
export const nameOf = ({ request, object, old }: Admitted): string =>
  request.name ?? object?.metadata.name ?? old?.metadata.name ?? '';

/**
 * The resource at the version that matches; undefined when none does.
 * @throws Error when the namespace of the request is gone
 */
export function matched(match: MatchResources, what: Admitted, around: Surroundings): ServedResource | undefined {
  const { namespaceSelector = {}, objectSelector = {}, resourceRules = [], excludeResourceRules = [] } = match;
  if (!namespaceMatches(namespaceSelector, what, around)) return undefined;
  if (!isEverything(objectSelector)) {
    const fits = (object: AnyObject | undefined) =>
      object !== undefined && selects(objectSelector, object.metadata.labels);
    if (!fits(what.object) && !fits(what.old)) return undefined;
  }
  const isExact = match.matchPolicy === 'Exact';
  if (byRules(excludeResourceRules, what, isExact, around) !== undefined) return undefined;
  return resourceRules.length === 0 ? what.served : byRules(resourceRules, what, isExact, around);
}

function namespaceMatches(
  selector: NonNullable<MatchResources['namespaceSelector']>,
  what: Admitted,
  around: Surroundings,
) {
  if (isEverything(selector)) return true;
  const name = namespaceName(what);
  if (isNamespace(what.served)) {
    const object = what.object ?? what.old ?? around.namespace(name);
    return selects(selector, object?.metadata.labels);
  }
  if (name === '') return true;
  return selects(selector, around.namespace(name)?.metadata.labels);
}

function byRules(rules: readonly NamedRule[], what: Admitted, isExact: boolean, around: Surroundings) {
  const candidates = isExact ? [what.served] : [what.served, ...around.equivalents(what.served)];
  for (const served of candidates) {
    for (const rule of rules) {
      if (!ruleMatches(rule, what, served)) continue;
      const names = rule.resourceNames ?? [];
      if (names.length === 0 || names.includes(nameOf(what))) return served;
    }
  }
  return undefined;
}

function ruleMatches(rule: NamedRule, what: Admitted, served: ServedResource): boolean {
  if (!has(rule.operations, what.operation) || !has(rule.apiGroups, served.group)) return false;
  if (!has(rule.apiVersions, served.version)) return false;
  const { scope = '*' } = rule;
  const isNamespaced = !isNamespace(served) && namespaceName(what) !== '';
  if (scope !== '*' && (scope === 'Namespaced') !== isNamespaced) return false;
  return (rule.resources ?? []).some((each) =>
    resourceMatches(each, served.names.plural, what.request.subresource ?? ''),
  );
}

function resourceMatches(wanted: string, resource: string, subresource: string): boolean {
  const [name = '', below = ''] = wanted.split('/');
  return (name === '*' || name === resource) && (below === '*' || below === subresource);
}
