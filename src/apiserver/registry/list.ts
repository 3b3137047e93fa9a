import { badRequest } from '../status-error.ts';
import type { Bucket, KeyRange } from '../store/bucket.ts';
import type { Version } from '../store/version.ts';
import { decodeToken, encodeToken } from './continue-token.ts';
import { expired, notFound, versionTooLarge } from './errors.ts';
import { type FieldSelector, parseFieldSelector } from './field-selector.ts';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';
import { type ListOptions, listOptions, queriedRevision } from './options.ts';
import type { Registry } from './registry.ts';
import type { Answer, ApiRequest, ListAnswer } from './request.ts';
import { resourceName, type ServedResource } from './served.ts';

/** How many objects are held against a selector in one turn of the event loop. */
const SELECTED_PER_TURN = 500;
/** How long a request for a version that is yet to come waits for it. */
const FUTURE_WAIT_MS = 3000;

export function read(registry: Registry, served: ServedResource, request: ApiRequest): Promise<Answer> | Answer {
  const wanted = queriedRevision(request.query['resourceVersion']?.[0] ?? '', true);
  const answer = () => readNow(served, request);
  return wanted > registry.store.revision ? untilRevision(registry, wanted).then(answer) : answer();
}

function readNow(served: ServedResource, request: ApiRequest): Answer {
  const key = served.namespaced ? `${request.namespace}/${request.name}` : request.name!;
  const version = served.bucket!.get(key);
  if (version === undefined) throw notFound(resourceName(served), request.name!);
  return { type: 'object', code: 200, served, view: served.view(version), warnings: deprecation(served) };
}

/** Warnings that every use of a deprecated version brings. */
export const deprecation = (served: ServedResource): readonly string[] =>
  served.deprecation === undefined ? [] : [served.deprecation];

/** Waits until the store has reached the revision; 504 when it does not come. */
export async function untilRevision(registry: Registry, wanted: number): Promise<void> {
  const { store, clock } = registry;
  for (let waited = 0; store.revision < wanted; waited += 100) {
    if (waited >= FUTURE_WAIT_MS) throw versionTooLarge(wanted, store.revision);
    await new Promise<void>((resolve) => clock.after(100, resolve));
  }
}

/** Which objects a list or watch is about. */
export interface Selection {
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly labels: LabelSelector | undefined;
  readonly fields: FieldSelector | undefined;
}

export function selectionOf(served: ServedResource, request: ApiRequest, options: ListOptions): Selection {
  const fields = parseFieldSelector(options.fieldSelector, served.selectable, (field) => served.unknownField(field));
  const labels = parseLabelSelector(options.labelSelector);
  const named = fields?.required('metadata.name');
  if (request.name !== undefined && fields !== undefined && named !== request.name) {
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  }
  return {
    namespace: served.namespaced ? (request.namespace ?? fields?.required('metadata.namespace')) : undefined,
    name: request.name ?? named,
    labels,
    fields,
  };
}

/** Whether a stored state is in the selection. */
export function selects(selection: Selection, version: Version): boolean {
  const { namespace, name, labels, fields } = selection;
  // The key says as much as the object, which may have to be read first.
  if (namespace !== undefined && !version.key.startsWith(`${namespace}/`)) return false;
  if (name !== undefined && version.key.slice(version.key.indexOf('/') + 1) !== name) return false;
  if (labels !== undefined && !labels.matches(version.object.metadata.labels)) return false;
  return fields === undefined || fields.matches(version.object);
}

export async function list(registry: Registry, served: ServedResource, request: ApiRequest): Promise<Answer> {
  return matching(registry, served, request);
}

const nextTurn = ({ clock }: Registry) => new Promise<void>((resolve) => clock.defer(resolve));

/** The objects that a list request is about. */
export async function matching(registry: Registry, served: ServedResource, request: ApiRequest): Promise<ListAnswer> {
  const options = listOptions(request.query, false);
  const selection = selectionOf(served, request, options);
  const { revision, after, exact } = await position(registry, served, options);
  const bucket = served.bucket!;
  const range = { namespace: selection.namespace, after };
  const candidates = candidatesOf(bucket, selection, range, exact ? revision : undefined);
  const plain = selection.labels === undefined && selection.fields === undefined;
  // Any state at all comes from upstream's cache, which knows no pages.
  const paged = options.limit > 0 && options.resourceVersion !== '0';
  const limit = paged ? options.limit : Number.POSITIVE_INFINITY;
  const versions: Version[] = [];
  let index = 0;
  for (; index < candidates.length && versions.length < limit; index++) {
    // To select may mean to read: others get their turn.
    if (!plain && index > 0 && index % SELECTED_PER_TURN === 0) await nextTurn(registry);
    const version = candidates[index]!;
    if (plain || selects(selection, version)) versions.push(version);
  }
  const more = index < candidates.length;
  const warnings = deprecation(served);
  if (!more) return { type: 'list', code: 200, served, revision, versions, warnings };
  return {
    type: 'list',
    code: 200,
    served,
    revision,
    versions,
    warnings,
    continue: encodeToken({ revision, after: versions.at(-1)!.key }),
    ...(plain ? { remaining: candidates.length - index } : {}),
  };
}

function candidatesOf(
  bucket: Bucket,
  selection: Selection,
  range: KeyRange,
  revision: number | undefined,
): readonly Version[] {
  if (revision !== undefined) return bucket.listAt(revision, range);
  if (selection.name !== undefined && range.after === undefined) {
    const key = selection.namespace === undefined ? selection.name : `${selection.namespace}/${selection.name}`;
    const version = bucket.get(key);
    if (version !== undefined) return [version];
    if (selection.namespace !== undefined) return [];
  }
  return bucket.list(range);
}

interface Position {
  readonly revision: number;
  readonly after: string | undefined;
  /** Whether it has to be the state of exactly that revision. */
  readonly exact: boolean;
}

/** Which state a list is taken from, and from which key on. */
async function position(registry: Registry, served: ServedResource, options: ListOptions): Promise<Position> {
  const { store } = registry;
  if (options.continue !== '') return continued(registry, served, options);
  const wanted = queriedRevision(options.resourceVersion, false);
  if (wanted > store.revision) await untilRevision(registry, wanted);
  const exact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && wanted > 0);
  if (!exact) return { revision: store.revision, after: undefined, exact: false };
  if (wanted < served.bucket!.log.compacted) throw expired('The resourceVersion for the provided list is too old.');
  return { revision: wanted, after: undefined, exact: wanted < store.revision };
}

function continued(registry: Registry, served: ServedResource, options: ListOptions): Position {
  const { revision, after } = decodeToken(options.continue);
  if (options.resourceVersion !== '' && options.resourceVersion !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const current = registry.store.revision;
  // A token without a revision goes on with the present state.
  if (revision <= 0) return { revision: current, after, exact: false };
  if (revision > current) throw versionTooLarge(revision, current);
  if (revision < served.bucket!.log.compacted) {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
      encodeToken({ revision: -1, after: after ?? '' }),
    );
  }
  return { revision, after, exact: revision < current };
}
