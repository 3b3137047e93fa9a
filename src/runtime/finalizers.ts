/** Adding and removing finalizers so that no other writer's are lost. */
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { ApiError, type CallOptions, type Client } from '../client/port.ts';

export function hasFinalizer({ metadata }: KubeObject, finalizer: string): boolean {
  return metadata.finalizers?.includes(finalizer) ?? false;
}

/**
 * Adds the finalizer to the object as it was read; rejects with Conflict when it has changed since, because a list in a
 * merge patch is replaced whole. Does nothing when it is there.
 */
export async function addFinalizer<T extends KubeObject>(
  client: Client,
  type: ResourceType,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T> {
  if (hasFinalizer(object, finalizer)) return object;
  const { resourceVersion, finalizers = [] } = object.metadata;
  const body = { metadata: { resourceVersion, finalizers: [...finalizers, finalizer] } };
  return client.patch<T>(type, object.metadata, { type: 'merge', body }, options);
}

/**
 * Removes the finalizer; what others did to the object meanwhile does not matter. Resolves with undefined when the
 * object went away with it, or had gone before.
 */
export async function removeFinalizer<T extends KubeObject>(
  client: Client,
  type: ResourceType,
  object: T,
  finalizer: string,
  options: CallOptions = {},
): Promise<T | undefined> {
  let seen: T | undefined = object;
  for (let tries = 0; ; tries++) {
    const at: number = seen?.metadata.finalizers?.indexOf(finalizer) ?? -1;
    if (at < 0) return seen;
    const path = `/metadata/finalizers/${at}`;
    const operations = [
      { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
      { op: 'test', path, value: finalizer },
      { op: 'remove', path },
    ] as const;
    try {
      return await client.patch<T>(type, object.metadata, { type: 'json', operations }, options);
    } catch (error) {
      if (isGone(error)) return undefined;
      // 422: the list has changed since it was read, or this is another object of the same name.
      if (!(error instanceof ApiError && [409, 422].includes(error.code)) || tries >= 5) throw error;
    }
    seen = await client.get<T>(type, object.metadata, options).catch((error: unknown) => {
      if (isGone(error)) return undefined;
      throw error;
    });
    if (seen?.metadata.uid !== object.metadata.uid) return undefined;
  }
}

const isGone = (error: unknown) => error instanceof ApiError && error.code === 404;
