/** Discovery in one answer: apidiscovery.k8s.io. */
import type { ServedResource } from '../registry/served.ts';
import { isBuiltinGroup, type OrderedGroup } from './order.ts';

export function aggregated(groups: readonly OrderedGroup[], version: 'v2' | 'v2beta1') {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((each) => ({
        version: each.version,
        resources: each.resources.map(resourceOf),
        freshness: 'Current',
      })),
    })),
  };
}

function resourceOf(served: ServedResource) {
  const { names, namespaced, verbs, subresources, group, version } = served;
  const builtin = isBuiltinGroup(group);
  const kindOf = (kind: { group: string; version: string; kind: string }) => {
    // The real server leaves out what it takes from the built-in group itself.
    const own = builtin && kind.group === group && kind.version === version;
    return own
      ? { group: '', version: '', kind: kind.kind }
      : { group: kind.group, version: kind.version, kind: kind.kind };
  };
  // As in the first form: those of built-in kinds by name, those of custom ones as they are made.
  const ordered = builtin ? [...subresources.values()].sort(byName) : [...subresources.values()];
  const below = ordered.map(({ name, responseKind, verbs: subverbs }) => ({
    subresource: name,
    responseKind: kindOf(responseKind),
    verbs: subverbs,
  }));
  return {
    resource: names.plural,
    responseKind: kindOf({ group, version, kind: names.kind }),
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: names.singular,
    verbs,
    ...(names.shortNames.length > 0 && { shortNames: names.shortNames }),
    ...(names.categories.length > 0 && { categories: names.categories }),
    ...(below.length > 0 && { subresources: below }),
  };
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
