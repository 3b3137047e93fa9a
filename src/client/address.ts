/** Paths and queries of the Kubernetes API, for the `http` transport. */
import { apiVersionOf, type ResourceType } from '../api/meta.ts';
import type { DeleteOptions, ListOptions, PatchOptions, Selection, WatchOptions } from './port.ts';

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

/** Query parameters; those without a value are left out. */
export type Parameters = readonly (readonly [string, string | number | boolean | undefined])[];

/** `?a=1&b=2`; empty when none has a value. */
export function queryOf(parameters: Parameters): string {
  let text = '';
  for (const [key, value] of parameters) {
    if (value === undefined || value === false) continue;
    text += `${text === '' ? '?' : '&'}${key}=${encodeURIComponent(value)}`;
  }
  return text;
}

export function writeParameters(options: PatchOptions): Parameters {
  return [
    ['dryRun', options.dryRun ? 'All' : undefined],
    ['fieldManager', options.fieldManager],
    ['fieldValidation', options.fieldValidation],
    ['force', options.force],
  ];
}

export function selectionParameters(selection: Selection): Parameters {
  return [
    ['labelSelector', selection.labelSelector],
    ['fieldSelector', selection.fieldSelector],
  ];
}

export function listParameters(options: ListOptions): Parameters {
  return [
    ...selectionParameters(options),
    ['limit', options.limit],
    ['continue', options.continue],
    ['resourceVersion', options.resourceVersion],
  ];
}

/** Bookmarks are always asked for: they move the version, and their absence is how a dead connection shows. */
export function watchParameters(options: WatchOptions): Parameters {
  return [
    ['watch', true],
    ['allowWatchBookmarks', true],
    ...selectionParameters(options),
    ['resourceVersion', options.sendInitialEvents ? undefined : options.resourceVersion],
    ['sendInitialEvents', options.sendInitialEvents],
    ['resourceVersionMatch', options.sendInitialEvents ? 'NotOlderThan' : undefined],
    ['timeoutSeconds', options.timeoutSeconds],
  ];
}

/** The body of a deletion. */
export function deletionBody({ propagation, uid, dryRun }: DeleteOptions): object {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagation === undefined ? {} : { propagationPolicy: propagation }),
    ...(uid === undefined ? {} : { preconditions: { uid } }),
    ...(dryRun ? { dryRun: ['All'] } : {}),
  };
}
