/**
 * managedFields: who owns which field of an object. One FieldManager per served version of a resource; it follows
 * k8s.io/apimachinery, util/managedfields, layer by layer, and keeps no state but caches.
 */
import type { ManagedFieldsEntry } from '../../api/meta.ts';
import { deepEqual } from '../../base/json.ts';
import { type AnyObject, isObject, type JsonObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';
import { ApplyConflict } from './conflict.ts';
import { difference, type FieldSet, intersection, isEmpty, NOTHING, union } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { KindVersions } from './kind-versions.ts';
import { allowedByLastApplied, CLIENT_SIDE_MANAGER, withLastApplied } from './last-applied.ts';
import { capped, EntryDecoder, encode, type ManagedSet, sameManager } from './managed-entries.ts';
import { Change, type ResetFields, STRIPPED, withSet, yielded } from './ownership.ts';
import { reconciled } from './schema-change.ts';
import { failure, isTypingError, kindText, serverSideApply } from './server-side-apply.ts';

export interface FieldManagerOptions {
  readonly apiVersion: string;
  readonly kind: string;
  /** The kind's fields by apiVersion: every version that the definition names, served or not. */
  readonly types: ReadonlyMap<string, FieldType>;
  /**
   * A built-in kind: entries of versions that it has not are dropped (those of a custom resource stop all tracking
   * until their version is back), and an empty list of entries is a wish to forget them, not an omission.
   */
  readonly builtIn?: boolean;
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

export interface ApplyRequest {
  /** undefined: there is no such object yet */
  readonly live: AnyObject | undefined;
  /** The applied configuration, as the client sent it. */
  readonly config: JsonObject;
  readonly manager: string;
  /** Take fields over from other managers. */
  readonly force: boolean;
  /** '' for the main path */
  readonly subresource: string;
  /** RFC 3339 in UTC, whole seconds */
  readonly now: string;
}

export interface Applied {
  /** To be defaulted, checked and stored; `live` itself when nothing changes. */
  readonly object: AnyObject;
  readonly changed: boolean;
}

export class FieldManager {
  readonly #kind: string;
  readonly #empty: JsonObject;
  readonly #builtIn: boolean;
  readonly #versions: KindVersions;
  readonly #resets: Readonly<Record<string, ResetFields>>;
  readonly #decoder = new EntryDecoder();
  /** Stored sets under the present schema, by identity. */
  readonly #reconciled = new WeakMap<FieldSet, FieldSet>();

  constructor({ apiVersion, kind, types, resets = {}, builtIn = false, empty }: FieldManagerOptions) {
    this.#empty = empty ?? { apiVersion, kind };
    this.#builtIn = builtIn;
    this.#kind = kind;
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
    if (this.#isReset(sent)) return live === undefined ? this.#update(request, [], undefined) : undefined;
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
      const owners = capped(this.#ownersAfter(request, base));
      // They were made under the present schema, in canonical form: the next write need not look through them again.
      for (const { set } of owners) {
        this.#decoder.remember(set, set);
        this.#reconciled.set(set, set);
      }
      return this.#encoded(owners, list);
    } catch (error) {
      if (isTypingError(error)) return request.live?.metadata.managedFields;
      throw error;
    }
  }

  #ownersAfter(request: UpdateRequest, base: readonly ManagedSet[]): ManagedSet[] {
    const { live, updated, manager, subresource, now } = request;
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
    return [...others, { ...me, time, set, entry: undefined }];
  }

  /**
   * Server-side apply: the configuration merged into the live object, without what its manager has stopped applying.
   * @throws StatusError 409 with all conflicts, 400 for a wrong kind or managedFields, 500 when the configuration does
   * not fit the schema
   */
  apply(request: ApplyRequest): Applied {
    const { config, manager, live } = request;
    if (config['apiVersion'] !== this.#versions.apiVersion || config['kind'] !== this.#kind) {
      throw badRequest(`invalid object type: ${kindText(config)}`);
    }
    const applied = this.#applyOrAdopt(request);
    const object = manager === CLIENT_SIDE_MANAGER ? withLastApplied(applied, config as AnyObject) : applied;
    return { object, changed: object !== live };
  }

  /** kubectl may take what its client-side apply has set. */
  #applyOrAdopt(request: ApplyRequest): AnyObject {
    const { live, manager } = request;
    try {
      return this.#apply(request);
    } catch (error) {
      if (!(error instanceof ApplyConflict) || manager !== CLIENT_SIDE_MANAGER || live === undefined) throw error;
      const refused = error.without(allowedByLastApplied(live, this.#versions.typeOf(this.#versions.apiVersion)));
      if (refused !== undefined) throw refused;
      return this.#apply({ ...request, force: true });
    }
  }

  #apply({ live, config, manager, force, subresource, now }: ApplyRequest): AnyObject {
    const stored = live?.metadata.managedFields;
    let owners = this.#decode(stored);
    if (owners.length === 0 && live !== undefined) owners = this.#beforeFirstApply(live, subresource, now);
    const metadata = config['metadata'];
    if (isObject(metadata) && metadata['managedFields'] !== undefined && metadata['managedFields'] !== null) {
      throw badRequest('metadata.managedFields must be nil');
    }
    const before = live === undefined ? this.#empty : withoutManagedFields(live);
    const outcome = serverSideApply(
      {
        versions: this.#versions,
        resets: this.#resets[subresource] ?? {},
        live: before,
        config,
        me: { manager, operation: 'Apply', apiVersion: this.#versions.apiVersion, subresource },
        force,
        now,
      },
      () => this.#fitted(owners),
    );
    const managedFields = this.#encoded(outcome.owners, stored);
    if (live !== undefined && outcome.object === before && managedFields === stored) return live;
    return withManagedFields(outcome.object as AnyObject, managedFields);
  }

  /** What is there before anyone is known to own it belongs to nobody in particular. */
  #beforeFirstApply(live: AnyObject, subresource: string, now: string): ManagedSet[] {
    try {
      const request = { live: undefined, updated: live, manager: 'before-first-apply', subresource, now };
      return this.#ownersAfter(request, []);
    } catch (error) {
      if (!isTypingError(error)) throw error;
      throw failure(`failed to create manager for existing fields: ${(error as Error).message}`);
    }
  }

  /** Whether a client asks to forget all owners: with an entry that says nothing. */
  #isReset(sent: readonly unknown[] | undefined): boolean {
    if (!Array.isArray(sent) || sent.length > 1) return false;
    return sent.length === 0 ? this.#builtIn : isObject(sent[0]) && Object.keys(sent[0]).length === 0;
  }

  /** The sets under the present schema. */
  #fitted(sets: readonly ManagedSet[]): ManagedSet[] {
    const known = this.#builtIn ? sets.filter(({ apiVersion }) => this.#versions.knows(apiVersion)) : sets;
    return known.map((owner) => {
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

function withoutManagedFields(object: AnyObject): JsonObject {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagedFields(object: AnyObject, managedFields: ManagedFieldsEntry[] | undefined): AnyObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {};
  return { ...object, metadata: managedFields === undefined ? metadata : { ...metadata, managedFields } };
}
