/**
 * managedFields: who owns which field of an object. One FieldManager per served version of a resource; it follows
 * k8s.io/apimachinery, util/managedfields, layer by layer, and keeps no state but caches.
 */
import type { ManagedFieldsEntry } from '../../api/meta.ts';
import { deepEqual } from '../../base/json.ts';
import { type AnyObject, isObject, type JsonObject } from '../objects.ts';
import { difference, type FieldSet, intersection, isEmpty, NOTHING, setOfPaths, union } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { ApplyFailure, KindVersions, UnknownVersion } from './kind-versions.ts';
import { capped, EntryDecoder, encode, type ManagedSet, sameManager } from './managed-entries.ts';
import { Change, type ResetFields, withSet, yielded } from './ownership.ts';
import { UnaddressableItem } from './path-element.ts';
import { reconciled } from './schema-change.ts';
import { TypeMismatch } from './walk.ts';

export interface FieldManagerOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind's fields by apiVersion: every version that the definition names, served or not. */
  readonly types: ReadonlyMap<string, FieldType>;
  /** The kind's object without any content, as a create starts from it; left out: apiVersion and kind alone. */
  readonly empty?: JsonObject;
  /** By subresource ('' is the main path); left out: nothing is reset. */
  readonly resets?: Readonly<Record<string, ResetFields>>;
}

export interface UpdateRequest {
  /** undefined: the object is being created */
  readonly live: AnyObject | undefined;
  /** As it will be stored, but for status and the like, which the server takes from `live` afterwards. */
  readonly updated: AnyObject;
  readonly manager: string;
  /** '' for the main path */
  readonly subresource: string;
  /** RFC 3339 in UTC, whole seconds */
  readonly now: string;
}

/** What is never owned by anyone: the object's identity and what only the server writes. */
const STRIPPED = setOfPaths([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]);

export class FieldManager {
  readonly #empty: JsonObject;
  readonly #versions: KindVersions;
  readonly #resets: Readonly<Record<string, ResetFields>>;
  readonly #decoder = new EntryDecoder();
  /** Stored sets under the present schema, by identity. */
  readonly #reconciled = new WeakMap<FieldSet, FieldSet>();

  constructor({ apiVersion, kind, types, resets = {}, empty = { apiVersion, kind } }: FieldManagerOptions) {
    this.#empty = empty;
    this.#versions = new KindVersions(apiVersion, types);
    this.#resets = resets;
  }

  /**
   * The managedFields to store after a POST, PUT or PATCH other than apply; undefined for none. Neither object is
   * changed. Where nothing changes, what is returned is the stored list itself, and unchanged entries are always the
   * stored ones. Never fails: when an object does not fit the schema, the live list stays.
   */
  trackUpdate(request: UpdateRequest): ManagedFieldsEntry[] | undefined {
    const { live, updated, subresource } = request;
    const stored = live?.metadata.managedFields;
    const sent = subresource === '' ? updated.metadata.managedFields : undefined;
    if (isReset(sent)) return live === undefined ? this.#update(request, [], undefined) : undefined;
    if (sent !== undefined && sent !== stored && !deepEqual(sent, stored)) {
      const given = this.#decode(sent);
      if (given.length > 0) return this.#update(request, given, sent);
    }
    const known = this.#decode(stored);
    if (known.length === 0 && live !== undefined) return undefined;
    return this.#update(request, known, stored);
  }

  /** @param list the stored form of `base` */
  #update(request: UpdateRequest, base: readonly ManagedSet[], list: ManagedFieldsEntry[] | undefined) {
    try {
      return this.#encoded(this.#ownersAfter(request, base), list);
    } catch (error) {
      if (isTypingError(error)) return request.live?.metadata.managedFields;
      throw error;
    }
  }

  #ownersAfter({ live, updated, manager, subresource, now }: UpdateRequest, base: readonly ManagedSet[]) {
    const { apiVersion } = this.#versions;
    const resets = this.#resets[subresource] ?? {};
    const before = live === undefined ? this.#empty : withoutManagedFields(live);
    const change = new Change(this.#versions, resets, before, withoutManagedFields(updated));
    const me = { manager: manager || 'unknown', operation: 'Update' as const, apiVersion, subresource };
    const sets = this.#fitted(base);
    const mine = sets.find((set) => sameManager(set, me));
    const others = yielded(
      sets.filter((set) => set !== mine),
      change,
    );
    const { changed, removed } = change.in(apiVersion);
    const written = difference(changed, STRIPPED);
    const kept = difference(difference(mine?.set ?? NOTHING, removed), intersection(changed, STRIPPED));
    const set = union(kept, written);
    if (isEmpty(set)) return others;
    const time = isEmpty(written) ? mine?.time : now;
    if (mine !== undefined && mine.set === set && mine.time === time) return [...others, mine];
    return capped([...others, { ...me, time, set, entry: undefined }]);
  }

  /** The sets under the present schema. */
  #fitted(sets: readonly ManagedSet[]): ManagedSet[] {
    return sets.map((owner) => {
      let set = this.#reconciled.get(owner.set);
      if (set === undefined) {
        set = reconciled(owner.set, this.#versions.typeOf(owner.apiVersion));
        this.#reconciled.set(owner.set, set);
      }
      return withSet(owner, set);
    });
  }

  /** What is stored in the list; nothing when the server would not have written it. */
  #decode(list: readonly unknown[] | undefined): ManagedSet[] {
    if (list === undefined) return [];
    try {
      return this.#decoder.decode(list);
    } catch {
      return [];
    }
  }

  /** The sets as they are stored; the given list itself when they are what it says. */
  #encoded(sets: readonly ManagedSet[], list: ManagedFieldsEntry[] | undefined): ManagedFieldsEntry[] | undefined {
    const entries = encode(sets);
    if (entries === undefined || list === undefined) return entries;
    const same = entries.length === list.length && entries.every((entry, index) => entry === list[index]);
    return same ? list : entries;
  }
}

/** Whether a client asks to forget all owners: an entry that says nothing. */
function isReset(sent: unknown): boolean {
  return Array.isArray(sent) && sent.length === 1 && isObject(sent[0]) && Object.keys(sent[0]).length === 0;
}

function isTypingError(error: unknown): boolean {
  return (
    error instanceof TypeMismatch ||
    error instanceof UnaddressableItem ||
    error instanceof UnknownVersion ||
    error instanceof ApplyFailure
  );
}

function withoutManagedFields(object: AnyObject): JsonObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
