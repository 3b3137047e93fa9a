/** Discovery in its first form: /api, /apis, /apis/GROUP and /apis/GROUP/VERSION. */
import type { ServedResource } from '../registry/served.ts';
import type { OrderedGroup, OrderedVersion } from './order.ts';

/** @param address how clients reach the server, as `127.0.0.1:16443` */
export function apiVersions(groups: readonly OrderedGroup[], address: string) {
  const core = groups.find(({ name }) => name === '');
  return {
    kind: 'APIVersions',
    apiVersion: undefined,
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
  };
}

function groupOf({ name, versions }: OrderedGroup) {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

export function apiGroupList(groups: readonly OrderedGroup[]) {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter(({ name }) => name !== '').map(groupOf) };
}

export function apiGroup(group: OrderedGroup) {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
}

export function apiResourceList(group: string, { version, resources }: OrderedVersion) {
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.flatMap(resourceEntries),
  };
}

function resourceEntries(served: ServedResource) {
  const { names, namespaced, verbs, subresources, storageVersionHash } = served;
  const own = {
    name: names.plural,
    singularName: names.singular,
    namespaced,
    kind: names.kind,
    verbs,
    ...(names.shortNames.length > 0 && { shortNames: names.shortNames }),
    ...(names.categories.length > 0 && { categories: names.categories }),
    ...(storageVersionHash !== undefined && { storageVersionHash }),
  };
  // The real server lists those of built-in kinds by name, those of custom ones as they are made.
  const ordered =
    served.definition === undefined ? [...subresources.values()].sort(byName) : [...subresources.values()];
  const below = ordered.map(({ name, responseKind, verbs: subverbs }) => {
    const foreign = responseKind.group !== served.group || responseKind.version !== served.version;
    return {
      name: `${names.plural}/${name}`,
      singularName: '',
      namespaced,
      ...(foreign && { group: responseKind.group, version: responseKind.version }),
      kind: responseKind.kind,
      verbs: subverbs,
    };
  });
  return [own, ...below];
}

const byName = (a: { readonly name: string }, b: { readonly name: string }) => (a.name < b.name ? -1 : 1);
