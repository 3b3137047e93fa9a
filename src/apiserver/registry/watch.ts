import type { Hub, WatchHandle, WatchSink, WatchStart } from '../watch/hub.ts';
import { expired } from './errors.ts';
import { selectionOf, selects, untilRevision } from './list.ts';
import { type ListOptions, listOptions, queriedRevision } from './options.ts';
import type { Registry } from './registry.ts';
import type { ApiRequest } from './request.ts';
import type { ServedResource } from './served.ts';

/** A watch without timeoutSeconds ends after 30 to 60 minutes. */
const SHORTEST_WATCH_MS = 30 * 60_000;

/**
 * Opens a watch. Throws what a client is to be answered; once it has resolved, everything goes to the sink, a
 * revision that is no longer known included (410).
 * @param open makes the sink when the request is known to be good
 */
export async function watch(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
  { hub, open }: { readonly hub: Hub; readonly open: () => WatchSink },
): Promise<WatchHandle> {
  const options = listOptions(request.query, true);
  const selection = selectionOf(served, request, options);
  const start = await startOf(registry, options);
  const sink = open();
  if (start.from === 'revision' && start.revision < served.bucket!.log.compacted) {
    const oldest = served.bucket!.log.compacted;
    sink.closed(expired(`too old resource version: ${start.revision} (${oldest})`));
    return { stop() {}, close() {} };
  }
  const timeoutMs =
    options.timeoutSeconds === undefined || options.timeoutSeconds === 0
      ? SHORTEST_WATCH_MS * (1 + registry.random.next())
      : options.timeoutSeconds * 1000;
  return hub.open(
    {
      start,
      selectionKey: JSON.stringify([
        selection.namespace,
        selection.name,
        options.labelSelector,
        selection.fields === undefined ? '' : options.fieldSelector,
      ]),
      selects: (version) => selects(selection, version),
      namespace: selection.namespace,
      bookmarks: options.allowWatchBookmarks,
      timeoutMs,
    },
    sink,
  );
}

async function startOf(registry: Registry, options: ListOptions): Promise<WatchStart> {
  const revision = queriedRevision(options.resourceVersion, true);
  const initial = options.sendInitialEvents ?? revision === 0;
  if (!initial) {
    return { from: 'revision', revision: revision === 0 ? registry.store.revision : revision };
  }
  if (revision > registry.store.revision) await untilRevision(registry, revision);
  return { from: 'present', announce: options.allowWatchBookmarks };
}
