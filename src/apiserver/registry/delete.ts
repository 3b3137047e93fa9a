import type { AnyObject } from '../objects.ts';
import { conflict, notFound } from './errors.ts';
import { matching } from './list.ts';
import { type DeleteOptions, deleteOptions } from './options.ts';
import { type Registry, writeContext } from './registry.ts';
import { type Answer, type ApiRequest, PlainView, successStatus, type View } from './request.ts';
import { keyOf, resourceName, type ServedResource, type WriteContext } from './served.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** DELETE of an object: 200 with the object while something holds it, else with a Status. */
export async function remove(registry: Registry, served: ServedResource, request: ApiRequest): Promise<Answer> {
  const options = deleteOptions(request.query, request.body);
  const context = writeContext(registry, served, request, options.dryRun);
  const key = served.namespaced ? `${request.namespace}/${request.name}` : request.name!;
  const head = served.bucket!.head(key);
  if (head === undefined) throw notFound(resourceName(served), request.name!);
  const outcome = await removeObject(registry, served, request, {
    object: served.view(head).object,
    options,
    context,
  });
  if (outcome === undefined && served.deletion?.returnsObject !== undefined) {
    // Upstream shows some kinds as they were instead of a Status.
    const view = new PlainView(served.deletion.returnsObject(served.view(head).object, context.now));
    return { type: 'object', code: 200, served, view, gone: true, warnings: context.warnings };
  }
  const view = outcome ?? successStatus(deletionDetails(served, request.name!, head.object.metadata.uid!));
  const code = outcome !== undefined && options.orphanDependents === false ? 202 : 200;
  return { type: 'object', code, served: outcome === undefined ? undefined : served, view, warnings: context.warnings };
}

function deletionDetails(served: ServedResource, name: string, uid: string) {
  return { name, ...(served.group === '' ? {} : { group: served.group }), kind: served.names.plural, uid };
}

interface Removal {
  readonly object: AnyObject;
  readonly options: DeleteOptions;
  readonly context: WriteContext;
}

/** Deletes, or marks as being deleted. Resolves to what is left of the object; undefined when it is gone. */
async function removeObject(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
  { object, options, context }: Removal,
): Promise<View | undefined> {
  const { metadata } = object;
  checkPreconditions(served, object, options);
  registry.admission.delete(served, request, object, context);
  registry.admission.validate({ served, request, operation: 'DELETE', old: object, context });
  served.deletion?.check?.(object);
  const bucket = served.bucket!;
  const key = keyOf(served, metadata);
  const finalizers = deletionFinalizers(metadata.finalizers ?? [], options);
  const begun = served.deletion?.begin?.(object, finalizers, context);
  if (begun === undefined && finalizers.length === 0) {
    if (!context.dryRun) await registry.store.remove(bucket, key);
    return undefined;
  }
  const marked = begun ?? markAsDeleting(object, finalizers, context.now);
  if (context.dryRun) return new PlainView(marked);
  if (marked === object) {
    await registry.store.barrier();
    return new PlainView(object);
  }
  const { version } = await registry.store.put(bucket, key, served.toStored(marked), served.form);
  return served.view(version);
}

function checkPreconditions(served: ServedResource, object: AnyObject, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = object.metadata;
  const own = served.deletion?.precondition;
  const refuse = (field: string, wanted: string, present: string | undefined, ending: string) => {
    if (own !== undefined) {
      return own(
        object,
        `Precondition failed: ${field} in precondition: ${wanted}, ${field} in object meta: ${present}`,
      );
    }
    const why = `the ${field} in the precondition (${wanted}) does not match the ${field} in record (${present}). The object might have been ${ending}`;
    return conflict({ group: served.group, name: served.names.kind }, name!, why);
  };
  if (options.uid !== undefined && options.uid !== uid) {
    throw refuse('UID', options.uid, uid, 'deleted and then recreated');
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    throw refuse('ResourceVersion', options.resourceVersion, resourceVersion, 'modified');
  }
}

/** The finalizers with those of the garbage collector as the deletion wants them. */
function deletionFinalizers(present: readonly string[], options: DeleteOptions): string[] {
  let policy: string | undefined = options.propagation;
  if (options.orphanDependents !== undefined) policy = options.orphanDependents ? 'Orphan' : 'Background';
  if (policy === undefined) {
    const own = present.find((finalizer) => finalizer === FOREGROUND || finalizer === ORPHAN);
    policy = own === undefined ? 'Background' : own === ORPHAN ? 'Orphan' : 'Foreground';
  }
  const finalizers = present.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (policy === 'Orphan') finalizers.push(ORPHAN);
  if (policy === 'Foreground') finalizers.push(FOREGROUND);
  return finalizers;
}

/** The same object when it is marked already, with these finalizers. */
function markAsDeleting(object: AnyObject, finalizers: string[], now: string): AnyObject {
  const present = object.metadata.finalizers ?? [];
  const same = present.length === finalizers.length && present.every((finalizer) => finalizers.includes(finalizer));
  if (same && object.metadata.deletionTimestamp !== undefined) return object;
  const metadata = { ...object.metadata };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
  if (metadata.deletionTimestamp === undefined && (metadata.generation ?? 0) > 0) {
    metadata.generation = metadata.generation! + 1;
  }
  metadata.deletionTimestamp ??= now;
  metadata.deletionGracePeriodSeconds = 0;
  return { ...object, metadata };
}

/** How many objects one turn of the event loop deletes. */
const DELETIONS_PER_TURN = 250;

/** DELETE of a collection: every object that the selectors match; 200 with the list of them. */
export async function removeCollection(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
): Promise<Answer> {
  const options = deleteOptions(request.query, request.body);
  const context = writeContext(registry, served, request, options.dryRun);
  const list = await matching(registry, served, request);
  let turn: Promise<unknown>[] = [];
  for (const version of list.versions) {
    const head = served.bucket!.head(version.key);
    if (head === undefined) continue;
    const { object } = served.view(head);
    turn.push(removeObject(registry, served, request, { object, options, context }));
    if (turn.length === DELETIONS_PER_TURN) {
      await Promise.all(turn);
      turn = [];
    }
  }
  await Promise.all(turn);
  return { ...list, warnings: context.warnings };
}
