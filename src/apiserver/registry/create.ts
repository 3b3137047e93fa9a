import type { AnyObject } from '../objects.ts';
import { invalid } from '../status-error.ts';
import { matchNamespace, readObject } from './body.ts';
import { alreadyExists, generateNameConflict, plainError } from './errors.ts';
import { generatedName } from './names.ts';
import { dropDuplicateOwners } from './object-meta.ts';
import { writeOptions } from './options.ts';
import { managerOf, namespaceOf, type Registry, writeContext } from './registry.ts';
import type { Answer, ApiRequest } from './request.ts';
import { keyOf, resourceName, type ServedResource, unstoredView, type WriteContext } from './served.ts';

const NAME_ATTEMPTS = 8;

/** POST of an object: 201 with the object as it is stored. */
export async function create(registry: Registry, served: ServedResource, request: ApiRequest): Promise<Answer> {
  const options = writeOptions(request.query, 'create');
  const { strategy } = served;
  const context = writeContext(registry, served, request, options.dryRun);
  const object = readObject(served, strategy, request.body, { ...options, warnings: context.warnings });
  wipeSystemFields(object);
  matchNamespace(object, namespaceOf(served, request));
  dropDuplicateOwners(object, context.warnings, false);
  if (object.metadata.resourceVersion !== undefined && !options.dryRun) {
    throw plainError('resourceVersion should not be set on objects to be created');
  }
  strategy.ownership.update(undefined, object, {
    manager: managerOf(request, options.fieldManager),
    subresource: '',
    now: context.now,
  });
  registry.admission.create(served, request, object, context);
  return createObject(registry, served, object, context);
}

/** The second half of a create, which apply and PUT of a missing object share. */
export async function createObject(
  registry: Registry,
  served: ServedResource,
  given: AnyObject,
  context: WriteContext,
): Promise<Answer> {
  const { strategy } = served;
  const { bucket } = served;
  const { metadata } = given;
  const generating = (metadata.generateName ?? '') !== '' && (metadata.name ?? '') === '';
  for (let attempt = 1; ; attempt++) {
    const object = given;
    metadata.uid = registry.random.uuid();
    metadata.creationTimestamp = context.now;
    if (generating) metadata.name = generatedName(metadata.generateName!, registry.random);
    if (attempt === 1) strategy.prepareCreate(object, context);
    const errors = strategy.validateCreate(object, context);
    if (errors.length > 0) {
      throw invalid(served.errorGroup ?? served.group, object.kind, metadata.name ?? '', errors);
    }
    if (attempt === 1) context.warnings.push(...strategy.warnings(object, undefined));
    registry.admission.validate({ served, request: context.request, operation: 'CREATE', object, context });
    const key = keyOf(served, metadata);
    const head = bucket!.head(key);
    if (head !== undefined) {
      const terminating = head.object.metadata.deletionTimestamp !== undefined;
      // Who leaves the name to the server is told so, even who does not.
      if (!generating && (metadata.generateName ?? '') !== '') {
        throw generateNameConflict(resourceName(served), metadata.name!);
      }
      if (!generating) throw alreadyExists(resourceName(served), metadata.name!, terminating);
      if (attempt < NAME_ATTEMPTS) continue;
      throw generateNameConflict(resourceName(served), metadata.name!);
    }
    const { warnings } = context;
    if (context.dryRun) return { type: 'object', code: 201, served, view: unstoredView(served, key, object), warnings };
    const { version } = await registry.store.put(bucket!, key, served.toStored(object), served.form);
    return { type: 'object', code: 201, served, view: served.view(version), warnings };
  }
}

/** What only the server sets. */
export function wipeSystemFields(object: AnyObject): void {
  const { metadata } = object;
  if (metadata.creationTimestamp !== undefined) delete metadata.creationTimestamp;
  if (metadata.uid !== undefined) delete metadata.uid;
  if (metadata.deletionTimestamp !== undefined) delete metadata.deletionTimestamp;
  if (metadata.deletionGracePeriodSeconds !== undefined) delete metadata.deletionGracePeriodSeconds;
  if (metadata.selfLink !== undefined) delete metadata.selfLink;
}
