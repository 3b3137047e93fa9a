/** Paths and queries of the Kubernetes API, for the `http` transport. */
import { apiVersionOf, type ResourceType } from '../api/meta.ts';
import type { ListOptions, PatchOptions, Selection, WatchOptions } from './port.ts';

/** `/apis/orrery.dev/v1alpha1/namespaces/default/hosts/h1/status`; no name: the collection. */
export function pathOf(
  type: ResourceType,
  where: { readonly namespace?: string | undefined; readonly name?: string; readonly subresource?: string | undefined },
): string {
  let path = type.group === '' ? `/api/${type.version}` : `/apis/${apiVersionOf(type)}`;
  if (type.namespaced && where.namespace !== undefined) path += `/namespaces/${encodeURIComponent(where.namespace)}`;
  path += `/${type.plural}`;
  if (where.name !== undefined) path += `/${encodeURIComponent(where.name)}`;
  if (where.subresource !== undefined) path += `/${where.subresource}`;
  return path;
}

type Query = readonly (readonly [string, string | number | boolean | undefined])[];

/** `?a=1&b=2` of the pairs that have a value; empty when none has. */
export function queryOf(pairs: Query): string {
  let text = '';
  for (const [key, value] of pairs) {
    if (value === undefined || value === false) continue;
    text += `${text === '' ? '?' : '&'}${key}=${encodeURIComponent(value)}`;
  }
  return text;
}

export function writeQuery(options: PatchOptions): string {
  return queryOf([
    ['dryRun', options.dryRun ? 'All' : undefined],
    ['fieldManager', options.fieldManager],
    ['fieldValidation', options.fieldValidation],
    ['force', options.force],
  ]);
}

const selectors = (selection: Selection): Query => [
  ['labelSelector', selection.labelSelector],
  ['fieldSelector', selection.fieldSelector],
];

export function selectionQuery(selection: Selection): string {
  return queryOf(selectors(selection));
}

export function listQuery(options: ListOptions): string {
  return queryOf([
    ...selectors(options),
    ['limit', options.limit],
    ['continue', options.continue],
    ['resourceVersion', options.resourceVersion],
  ]);
}

/** Bookmarks are always asked for: they move the version, and their absence is how a dead connection shows. */
export function watchQuery(options: WatchOptions): string {
  return queryOf([
    ['watch', true],
    ['allowWatchBookmarks', true],
    ...selectors(options),
    ['resourceVersion', options.sendInitialEvents ? undefined : options.resourceVersion],
    ['sendInitialEvents', options.sendInitialEvents],
    ['resourceVersionMatch', options.sendInitialEvents ? 'NotOlderThan' : undefined],
    ['timeoutSeconds', options.timeoutSeconds],
  ]);
}
