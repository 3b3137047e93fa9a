import { deepEqual } from '../../base/json.ts';
import { type FieldError, invalidError } from '../field-error.ts';
import type { AnyObject } from '../objects.ts';
import { invalid } from '../status-error.ts';
import { matchName, matchNamespace, readObject } from './body.ts';
import { createObject, wipeSystemFields } from './create.ts';
import { conflict, notFound, OBJECT_MODIFIED, plainError } from './errors.ts';
import { pathSegmentProblems } from './names.ts';
import { dropDuplicateOwners, metadataErrors, metadataUpdateErrors } from './object-meta.ts';
import { revisionProblem, type WriteOptions, writeOptions } from './options.ts';
import { managerOf, namespaceOf, type Registry, writeContext } from './registry.ts';
import { type Answer, type ApiRequest, PlainView, type View } from './request.ts';
import { type Projection, resourceName, type ServedResource, type Strategy, type WriteContext } from './served.ts';

/** A write to an object that may exist. */
export interface Write {
  readonly served: ServedResource;
  readonly strategy: Strategy;
  readonly request: ApiRequest;
  readonly context: WriteContext;
  /** The object that is to be stored, its managedFields brought up to date; `live` is what is there. */
  make(live: AnyObject | undefined): AnyObject;
  /** Whether a missing object is created. */
  readonly mayCreate: boolean;
  /** PUT: the uid that the object must have. */
  readonly uid?: string | undefined;
}

/** How a write reaches an object: directly, or through a subresource. */
export interface Via {
  readonly strategy: Strategy;
  readonly projection?: Projection;
}

/** PUT: replaces the object, or its subresource. */
export async function replace(
  registry: Registry,
  served: ServedResource,
  request: ApiRequest,
  { strategy, projection }: Via,
): Promise<Answer> {
  const options = writeOptions(request.query, 'update');
  const context = writeContext(registry, served, request, options.dryRun);
  const reader = projection?.reader ?? strategy;
  const object = readObject(served, reader, request.body, { ...options, warnings: context.warnings });
  matchNamespace(object, namespaceOf(served, request));
  matchName(object, request.name!);
  dropDuplicateOwners(object, context.warnings, false);
  const answer = await write(registry, {
    served,
    strategy,
    request,
    context,
    mayCreate: strategy.createOnUpdate && request.subresource === undefined,
    uid: object.metadata.uid,
    make: (live) => {
      const made = projection === undefined ? object : projection.onto(live!, object);
      strategy.ownership.update(live, made, fieldsWrite(request, options, context));
      return made;
    },
  });
  return projected(answer, projection);
}

/** The answer as the client sees the object. */
export function projected(answer: Answer, projection: Projection | undefined): Answer {
  if (projection === undefined || answer.type !== 'object') return answer;
  const served = answer.served === undefined ? undefined : { ...answer.served, columns: projection.columns };
  return { ...answer, served, view: new PlainView(projection.of(answer.view.object)) };
}

export function fieldsWrite(request: ApiRequest, options: WriteOptions, context: WriteContext) {
  return {
    manager: managerOf(request, options.fieldManager),
    subresource: request.subresource ?? '',
    now: context.now,
  };
}

/** Everything that happens between reading what is there and storing what shall be: one synchronous stretch. */
export async function write(registry: Registry, work: Write): Promise<Answer> {
  const { served, request, context } = work;
  const bucket = served.bucket!;
  const key = served.namespaced ? `${request.namespace}/${request.name}` : request.name!;
  const head = bucket.head(key);
  if (head === undefined) {
    if (!work.mayCreate) throw notFound(resourceName(served), request.name!);
    return createByWrite(registry, work);
  }
  const live = served.view(head).object;
  if (work.uid !== undefined && work.uid !== live.metadata.uid) throw uidConflict(work, live);
  const object = checkedUpdate(registry, work, live);
  const { warnings } = context;
  const answer = (view: View): Answer => ({ type: 'object', code: 200, served, view, warnings });
  if (mayGo(object, live) && served.deletion?.mayGo?.(object) !== false) {
    if (!context.dryRun) await registry.store.remove(bucket, key);
    return answer(new PlainView(object));
  }
  if (context.dryRun) return answer(new PlainView(object));
  if (deepEqual(object, live)) {
    await registry.store.barrier();
    return answer(served.view(head));
  }
  const { version } = await registry.store.put(bucket, key, served.toStored(object), served.form);
  return answer(served.view(version));
}

async function createByWrite(registry: Registry, work: Write): Promise<Answer> {
  const { served, request, context } = work;
  const object = work.make(undefined);
  dropDuplicateOwners(object, context.warnings, true);
  registry.admission.create(served, request, object, context);
  wipeSystemFields(object);
  if (!context.dryRun) delete object.metadata.resourceVersion;
  return createObject(registry, served, object, context);
}

/** The updated object, checked: what BeforeUpdate does upstream. */
function checkedUpdate(registry: Registry, work: Write, live: AnyObject): AnyObject {
  const { served, strategy, request, context } = work;
  const made = work.make(live);
  dropDuplicateOwners(made, context.warnings, true);
  registry.admission.update(served, request, made, live, context);
  checkResourceVersion(work, made, live);
  const generation = live.metadata.generation;
  if (generation === undefined) delete made.metadata.generation;
  else made.metadata.generation = generation;
  const object = strategy.prepareUpdate(made, live, context);
  delete object.metadata['selfLink'];
  const { metadata } = object;
  const old = live.metadata;
  metadata.uid ||= old.uid!;
  if (old.creationTimestamp !== undefined) metadata.creationTimestamp = old.creationTimestamp;
  if (old.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.deletionTimestamp;
  if (metadata.deletionGracePeriodSeconds === undefined && old.deletionGracePeriodSeconds !== undefined) {
    metadata.deletionGracePeriodSeconds = old.deletionGracePeriodSeconds;
  }
  const errors = [
    ...metadataErrors(metadata, served.namespaced, pathSegmentProblems),
    ...metadataUpdateErrors(metadata, old),
    ...strategy.validateUpdate(object, live, context),
  ];
  if (errors.length > 0) {
    // What two checks of a built-in kind have found is said once; of a custom one, twice.
    const said = served.definition === undefined ? distinct(errors) : errors;
    throw invalid(errorGroup(served, object), object.kind, metadata.name ?? '', said);
  }
  context.warnings.push(...strategy.warnings(object, live));
  ignoreManagedFieldsTimes(object, live);
  registry.admission.validate({ served, request, operation: 'UPDATE', object, old: live, context });
  return object;
}

function distinct(errors: readonly FieldError[]): FieldError[] {
  return [...new Map(errors.map((error) => [`${error.field}: ${error.message}`, error])).values()];
}

function checkResourceVersion(work: Write, object: AnyObject, live: AnyObject): void {
  const { served, strategy, request } = work;
  const given = object.metadata.resourceVersion ?? '';
  const problem = revisionProblem(given);
  if (problem !== undefined) throw plainError(problem);
  const { resourceVersion } = live.metadata;
  if (given === '' || given === '0') {
    if (strategy.unconditionalUpdate) {
      object.metadata.resourceVersion = resourceVersion!;
      return;
    }
    const error = invalidError('metadata.resourceVersion', 0, 'must be specified for an update');
    throw invalid(served.group, served.names.plural, request.name!, [error]);
  }
  if (given !== resourceVersion) throw conflict(resourceName(served), request.name!, OBJECT_MODIFIED);
}

function uidConflict({ served, request, uid }: Write, live: AnyObject): Error {
  const group = served.group === '' ? '' : `${served.group}/`;
  const place = served.namespaced ? `${request.namespace}/` : '';
  const key = `/registry/${group}${served.names.plural}/${place}${request.name}`;
  return conflict(
    resourceName(served),
    request.name!,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`,
  );
}

/** Whether the update took the last finalizer from an object that is being deleted. */
function mayGo(object: AnyObject, live: AnyObject): boolean {
  if ((object.metadata.finalizers?.length ?? 0) > 0) return false;
  if (live.metadata.deletionTimestamp === undefined) return false;
  const grace = live.metadata.deletionGracePeriodSeconds;
  return grace === undefined || grace === 0;
}

/** A write that changes nothing but the times in managedFields changes nothing. */
function ignoreManagedFieldsTimes(object: AnyObject, live: AnyObject): void {
  const fields = object.metadata.managedFields;
  const before = live.metadata.managedFields;
  if (fields === before || fields === undefined || before === undefined || fields.length !== before.length) return;
  for (let i = 0; i < fields.length; i++) {
    const { time: _time, ...entry } = fields[i]!;
    const { time: _before, ...old } = before[i]!;
    if (!deepEqual(entry, old)) return;
  }
  const { managedFields: _fields, ...metadata } = object.metadata;
  const { managedFields: _old, ...oldMetadata } = live.metadata;
  if (!deepEqual(metadata, oldMetadata)) return;
  for (const key of new Set([...Object.keys(object), ...Object.keys(live)])) {
    if (key !== 'metadata' && !deepEqual(object[key], live[key])) return;
  }
  object.metadata.managedFields = before;
}

/** The group that messages name: of custom resources, the one that the object claims. */
function errorGroup(served: ServedResource, { apiVersion = '' }: AnyObject): string {
  if (served.definition === undefined) return served.errorGroup ?? served.group;
  if (typeof apiVersion !== 'string') return '';
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
