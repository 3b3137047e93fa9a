import type { OwnerReference } from '../../api/meta.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AnyObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { ServedResource } from '../registry/served.ts';
import { StatusError } from '../status-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { LogEvent } from '../store/event-log.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';
import { Owners, type Place } from './owners.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';
/** How many objects are looked at in one turn of the event loop. */
const ITEMS_PER_TURN = 250;
/** How soon something that could not be done is tried again. */
const RETRY_MS = 1000;
/** Events belong to nobody, and are too many to ask. */
const IGNORED = '/events';

/** What became of an owner. */
type OwnerState = 'solid' | 'dangling' | 'waiting';

/**
 * Deletes what belongs to objects that are gone: in the background after them, in the foreground before them, or not
 * at all (orphans). kubernetes, pkg/controller/garbagecollector, on the store's own events instead of watches.
 */
export class GarbageCollector {
  readonly #store: Store;
  readonly #catalog: Catalog;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #inside: Inside;
  readonly #owners = new Owners();
  /** What is to be looked at, by uid. */
  #queue = new Map<string, Place>();
  #working = false;
  #stopped = false;
  readonly #timers = new Set<Timer>();

  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly inside: Inside;
  }) {
    this.#store = parts.store;
    this.#catalog = parts.catalog;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#inside = parts.inside;
  }

  /** Reads who belongs to whom, a part in each turn of the event loop, and follows the store from now on. */
  start(): void {
    this.#store.onCommit((bucket, events) => this.#follow(bucket, events));
    const present = [...this.#store.buckets()]
      .filter(({ id }) => id !== IGNORED)
      .flatMap((bucket) => bucket.keys().map((key) => ({ bucket, key })));
    this.#readFrom(present, 0);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  #readFrom(present: readonly { bucket: Bucket; key: string }[], start: number): void {
    const end = Math.min(start + 2 * ITEMS_PER_TURN, present.length);
    for (let i = start; i < end; i++) {
      const { bucket, key } = present[i]!;
      const version = bucket.get(key);
      if (version === undefined || !(version.mayHave('ownerReferences') || version.mayHave('deletionTimestamp'))) {
        continue;
      }
      this.#owners.add(bucket, version);
      this.#enqueue(bucket, key, version.object);
    }
    if (end < present.length && !this.#stopped) this.#clock.defer(() => this.#readFrom(present, end));
  }

  #follow(bucket: Bucket, events: readonly LogEvent[]): void {
    if (bucket.id === IGNORED) return;
    for (const event of events) {
      const { version, prior } = event;
      const changed = this.#owners.follow(bucket, event);
      if (version.deleted) {
        this.#gone(prior!.object);
        continue;
      }
      const { metadata } = version.object;
      if (changed || metadata.deletionTimestamp !== undefined) this.#enqueue(bucket, version.key, version.object);
    }
  }

  /** What belonged to the object may have to go, and what waited for it may go on. */
  #gone(object: AnyObject): void {
    for (const dependent of this.#owners.dependentsOf(object.metadata.uid!)) this.#put(dependent);
    for (const owner of object.metadata.ownerReferences ?? []) {
      const place = this.#placeOf(owner, object.metadata.namespace ?? '');
      if (place !== undefined) this.#put(place);
    }
  }

  #enqueue(bucket: Bucket, key: string, object: AnyObject): void {
    this.#put({ bucket, key, uid: object.metadata.uid! });
  }

  #put(place: Place): void {
    if (this.#stopped) return;
    this.#queue.set(place.uid, place);
    if (this.#working) return;
    this.#working = true;
    this.#clock.defer(() => void this.#work());
  }

  async #work(): Promise<void> {
    while (this.#queue.size > 0 && !this.#stopped) {
      const turn = [...this.#queue.values()].slice(0, ITEMS_PER_TURN);
      for (const { uid } of turn) this.#queue.delete(uid);
      await Promise.all(turn.map((place) => this.#attempt(place)));
    }
    this.#working = false;
  }

  async #attempt(place: Place): Promise<void> {
    try {
      await this.#process(place);
    } catch (error) {
      const code = error instanceof StatusError ? error.status.code : undefined;
      if (code === 404) return;
      // A conflict: somebody has changed the object. That brings it back here, unless their write fails in the end.
      if (code !== 409) {
        this.#logger.warn({ error, key: place.key, resource: place.bucket.id }, 'garbage not collected; trying again');
      }
      this.#later(() => this.#put(place));
    }
  }

  #later(run: () => void): void {
    const timer = this.#clock.after(RETRY_MS, () => {
      this.#timers.delete(timer);
      run();
    });
    this.#timers.add(timer);
  }

  async #process({ bucket, key, uid }: Place): Promise<void> {
    const object = bucket.get(key)?.object;
    if (object === undefined || object.metadata.uid !== uid) return;
    const served = this.#servedAt(bucket);
    if (served === undefined) return;
    const { metadata } = object;
    const finalizers = metadata.finalizers ?? [];
    if (metadata.deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) await this.#orphan(served, object);
      else if (finalizers.includes(FOREGROUND)) await this.#deleteDependents(served, object);
      return;
    }
    await this.#judge(served, object);
  }

  /** Deletes an object that has lost all its owners, or drops the references to those that it has lost. */
  async #judge(served: ServedResource, object: AnyObject): Promise<void> {
    const { metadata } = object;
    const owners = metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const states = owners.map((owner) => this.#stateOf(owner, served, object));
    const key = keyFor(served, object);
    if (states.includes('solid')) {
      const kept = owners.filter((_, index) => states[index] === 'solid');
      if (kept.length < owners.length) await this.#patchOwners(served, object, kept);
      return;
    }
    let propagationPolicy = 'Background';
    if (states.includes('waiting') && this.#owners.hasDependents(metadata.uid!)) {
      await this.#unblockCircle(metadata.uid!);
      propagationPolicy = 'Foreground';
    } else if (metadata.finalizers?.includes(ORPHAN)) propagationPolicy = 'Orphan';
    else if (metadata.finalizers?.includes(FOREGROUND)) propagationPolicy = 'Foreground';
    const preconditions = { uid: metadata.uid, resourceVersion: metadata.resourceVersion };
    await this.#inside.deleteKey(served, key, { propagationPolicy, preconditions });
  }

  /** Owners that wait for each other would wait for ever: none of them blocks the other. */
  async #unblockCircle(uid: string): Promise<void> {
    for (const { bucket, key } of this.#owners.dependentsOf(uid)) {
      const dependent = bucket.get(key)?.object;
      const served = this.#servedAt(bucket);
      if (dependent === undefined || served === undefined || !isDeletingDependents(dependent)) continue;
      const owners = (dependent.metadata.ownerReferences ?? []).map((owner) =>
        owner.blockOwnerDeletion === true ? { ...owner, blockOwnerDeletion: false } : owner,
      );
      await this.#patchOwners(served, dependent, owners);
    }
  }

  #stateOf(owner: OwnerReference, served: ServedResource, object: AnyObject): OwnerState {
    const resource = this.#resourceOf(owner);
    // What cannot be looked up cannot be known to be gone.
    if (resource === undefined) return 'solid';
    if (resource.namespaced && !served.namespaced) return 'solid';
    const place = this.#placeOf(owner, object.metadata.namespace ?? '');
    const found = place?.bucket.get(place.key)?.object;
    if (found === undefined || found.metadata.uid !== owner.uid) return 'dangling';
    return isDeletingDependents(found) ? 'waiting' : 'solid';
  }

  /** Foreground: the owner goes when nothing that blocks it is left. */
  async #deleteDependents(served: ServedResource, owner: AnyObject): Promise<void> {
    const { uid } = owner.metadata;
    let blocked = false;
    for (const place of this.#owners.dependentsOf(uid!)) {
      const dependent = place.bucket.get(place.key)?.object;
      if (dependent === undefined) continue;
      const blocks = dependent.metadata.ownerReferences?.some(
        (reference) => reference.uid === uid && reference.blockOwnerDeletion === true,
      );
      // All go; only those that block are waited for.
      if (dependent.metadata.deletionTimestamp === undefined) this.#put(place);
      if (blocks === true) blocked = true;
    }
    if (!blocked) await this.#dropFinalizer(served, owner, FOREGROUND);
  }

  /** Orphan: the dependents forget the owner, then it goes. */
  async #orphan(served: ServedResource, owner: AnyObject): Promise<void> {
    const { uid } = owner.metadata;
    for (const { bucket, key } of [...this.#owners.dependentsOf(uid!)]) {
      const dependent = bucket.get(key)?.object;
      const dependentServed = this.#servedAt(bucket);
      if (dependent === undefined || dependentServed === undefined) continue;
      const kept = (dependent.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid);
      await this.#patchOwners(dependentServed, dependent, kept);
    }
    await this.#dropFinalizer(served, owner, ORPHAN);
  }

  async #patchOwners(served: ServedResource, object: AnyObject, owners: readonly OwnerReference[]): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const ownerReferences = owners.length === 0 ? null : owners;
    const body = { metadata: { uid, resourceVersion, ownerReferences } };
    await this.#inside.mergePatch(served, keyFor(served, object), body);
  }

  async #dropFinalizer(served: ServedResource, object: AnyObject, name: string): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name);
    await this.#inside.mergePatch(served, keyFor(served, object), { metadata: { uid, resourceVersion, finalizers } });
  }

  /** A served version of what is stored in the bucket. */
  #servedAt(bucket: Bucket): ServedResource | undefined {
    return this.#catalog.ofBucket(bucket.id);
  }

  #resourceOf(owner: OwnerReference): ServedResource | undefined {
    return this.#catalog.ofKind(owner.apiVersion, owner.kind);
  }

  #placeOf(owner: OwnerReference, namespace: string): Place | undefined {
    const served = this.#resourceOf(owner);
    if (served?.bucket === undefined) return undefined;
    const key = served.namespaced ? `${namespace}/${owner.name}` : owner.name;
    return { bucket: served.bucket, key, uid: owner.uid };
  }
}

const keyFor = (served: ServedResource, { metadata }: AnyObject) =>
  served.namespaced ? `${metadata.namespace}/${metadata.name}` : metadata.name!;

const isDeletingDependents = ({ metadata }: AnyObject) =>
  metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).includes(FOREGROUND);
