/**
 * A small API server behind the Client port, for tests that need to hold its history and its connections in their
 * hands: versions, conflicts, status subresource, finalizers, pages, watches, 410. It validates nothing.
 */
import jsonPatch from 'fast-json-patch';
import { apiVersionOf, type KubeObject, type ResourceType } from '../../src/api/meta.ts';
import type { Clock } from '../../src/base/clock.ts';
import { cloneJson, deepEqual, deepFreeze } from '../../src/base/json.ts';
import {
  ApiError,
  type Client,
  type ConnectionError,
  type DeleteOptions,
  type ListOptions,
  type ObjectList,
  type ObjectName,
  type Patch,
  type Selection,
  type Watch,
  type WatchEvent,
  type WatchObserver,
  type WatchOptions,
  type WriteOptions,
} from '../../src/client/port.ts';

type Stored = KubeObject & { spec?: unknown; status?: unknown };
interface Entry {
  readonly version: number;
  readonly type: 'added' | 'modified' | 'deleted';
  readonly object: Stored;
}
interface Kind {
  readonly objects: Map<string, Stored>;
  readonly log: Entry[];
  readonly watches: Set<OpenWatch>;
}
interface OpenWatch {
  readonly selection: Selection;
  readonly observer: WatchObserver<KubeObject>;
  queue: WatchEvent<KubeObject>[];
}

export function refused(code: number, reason: string, message = reason): ApiError {
  return new ApiError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, reason, message });
}

const keyOf = ({ namespace, name }: ObjectName) => `${namespace ?? ''}/${name}`;

export class MemoryClient implements Client {
  readonly #clock: Clock;
  readonly #kinds = new Map<string, Kind>();
  #version = 100;
  #forgotten = 0;
  #uids = 0;
  /** Every write, in order, as `method subresource? key`. */
  readonly writes: string[] = [];
  /** Every patch that was carried out. */
  readonly patches: Patch[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get version(): string {
    return String(this.#version);
  }

  /** Watches from before this moment are answered with 410. */
  forget(): void {
    this.#forgotten = this.#version;
  }

  log(type: ResourceType): readonly Entry[] {
    return this.#kind(type).log;
  }

  openWatches(type: ResourceType): number {
    return this.#kind(type).watches.size;
  }

  /** Ends every watch of the kind as a server does that restarts, or in good order. */
  breakWatches(type: ResourceType, error?: ApiError | ConnectionError): void {
    const { watches } = this.#kind(type);
    for (const watch of [...watches]) {
      watches.delete(watch);
      watch.observer.closed(error);
    }
  }

  bookmark(type: ResourceType): void {
    for (const watch of this.#kind(type).watches) {
      this.#send(watch, { type: 'bookmark', resourceVersion: this.version, synced: false });
    }
  }

  async get<T extends KubeObject>(type: ResourceType, name: ObjectName): Promise<T> {
    return this.#find(type, name) as KubeObject as T;
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    const [version, after] = options.continue?.split('|') ?? [this.version, ''];
    if (Number(version) < this.#forgotten && options.continue !== undefined) throw refused(410, 'Expired');
    const all = this.#select(type, options).filter(({ metadata }) => keyOf(metadata) > after!);
    const items = (options.limit === undefined ? all : all.slice(0, options.limit)) as KubeObject[] as T[];
    const hasMore = items.length < all.length;
    return {
      resourceVersion: version!,
      items,
      ...(hasMore ? { continue: `${version}|${keyOf(items.at(-1)!.metadata)}` } : {}),
    };
  }

  async create<T extends KubeObject>(type: ResourceType, object: object, options: WriteOptions = {}): Promise<T> {
    const draft = cloneJson(object) as Stored;
    if (this.#kind(type).objects.has(keyOf(draft.metadata))) throw refused(409, 'AlreadyExists');
    draft.apiVersion = apiVersionOf(type);
    draft.kind = type.kind;
    Object.assign(draft.metadata, {
      uid: `uid-${++this.#uids}`,
      generation: 1,
      creationTimestamp: new Date(this.#clock.now()).toISOString(),
    });
    if (options.dryRun) return draft as KubeObject as T;
    this.writes.push(`create ${keyOf(draft.metadata)}`);
    return this.#put(type, 'added', draft) as KubeObject as T;
  }

  async replace<T extends KubeObject>(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const present = this.#find(type, object.metadata);
    const { resourceVersion } = object.metadata;
    if (resourceVersion !== undefined && resourceVersion !== present.metadata.resourceVersion) {
      throw refused(409, 'Conflict');
    }
    this.writes.push(`replace ${keyOf(object.metadata)}`);
    return this.#change(type, present, object as Stored, options) as KubeObject as T;
  }

  async patch<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    patch: Patch,
    options: WriteOptions = {},
  ): Promise<T> {
    const present = this.#find(type, name);
    const next = cloneJson(present);
    if (patch.type === 'json') {
      try {
        jsonPatch.applyPatch(next, cloneJson(patch.operations) as never, true);
      } catch {
        throw refused(422, 'Invalid', 'the server rejected our request due to an error in our request');
      }
    } else {
      const wanted = (patch.body as Partial<KubeObject>).metadata?.resourceVersion;
      if (wanted !== undefined && wanted !== present.metadata.resourceVersion) throw refused(409, 'Conflict');
      merge(next as never, patch.body as never);
    }
    this.writes.push(`patch ${options.subresource ?? 'main'} ${keyOf(name)}`);
    this.patches.push(patch);
    return this.#change(type, present, next, options) as KubeObject as T;
  }

  async delete(type: ResourceType, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    const present = this.#find(type, name);
    if (options.uid !== undefined && options.uid !== present.metadata.uid) throw refused(409, 'Conflict');
    this.writes.push(`delete ${keyOf(name)}`);
    if ((present.metadata.finalizers ?? []).length === 0) this.#remove(type, present);
    else if (present.metadata.deletionTimestamp === undefined) {
      const dying = cloneJson(present);
      dying.metadata.deletionTimestamp = new Date(this.#clock.now()).toISOString();
      this.#put(type, 'modified', dying);
    }
  }

  async deleteCollection(type: ResourceType, selection: Selection): Promise<void> {
    for (const { metadata } of this.#select(type, selection)) await this.delete(type, metadata);
  }

  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>): Watch {
    const kind = this.#kind(type);
    const watch: OpenWatch = { selection: options, observer: observer as WatchObserver<never>, queue: [] };
    const end = (error?: ApiError) => {
      if (kind.watches.delete(watch)) observer.closed(error);
    };
    kind.watches.add(watch);
    const from = Number(options.resourceVersion ?? 0);
    if (options.resourceVersion !== undefined && from < this.#forgotten) {
      this.#clock.defer(() => end(refused(410, 'Expired', `too old resource version: ${from}`)));
    } else if (options.resourceVersion !== undefined) {
      for (const { version, type: change, object } of kind.log) {
        if (version > from && isSelected(object, options)) this.#send(watch, { type: change, object });
      }
    } else {
      for (const object of this.#select(type, options)) this.#send(watch, { type: 'added', object });
      if (options.sendInitialEvents) {
        this.#send(watch, { type: 'bookmark', resourceVersion: this.version, synced: true });
      }
    }
    const timer = this.#clock.after((options.timeoutSeconds ?? 1800) * 1000, () => end());
    return {
      stop: () => {
        timer.cancel();
        kind.watches.delete(watch);
      },
    };
  }

  async raw(): Promise<unknown> {
    throw refused(404, 'NotFound');
  }

  async close(): Promise<void> {
    for (const { watches } of this.#kinds.values()) watches.clear();
  }

  #kind(type: ResourceType): Kind {
    const id = `${type.group}/${type.plural}`;
    let kind = this.#kinds.get(id);
    if (kind === undefined) {
      kind = { objects: new Map(), log: [], watches: new Set() };
      this.#kinds.set(id, kind);
    }
    return kind;
  }

  #find(type: ResourceType, name: ObjectName): Stored {
    const found = this.#kind(type).objects.get(keyOf(name));
    if (found === undefined) throw refused(404, 'NotFound', `${type.plural} "${name.name}" not found`);
    return found;
  }

  #select(type: ResourceType, selection: Selection): Stored[] {
    const { objects } = this.#kind(type);
    return [...objects.keys()]
      .sort()
      .map((key) => objects.get(key)!)
      .filter((object) => isSelected(object, selection));
  }

  #change(type: ResourceType, present: Stored, next: Stored, options: WriteOptions): Stored {
    const isStatus = options.subresource === 'status';
    const merged = cloneJson(isStatus ? { ...present, status: next.status } : { ...next, status: present.status });
    merged.metadata = { ...merged.metadata, uid: present.metadata.uid };
    if (!isStatus && !deepEqual(present.spec, next.spec)) merged.metadata.generation = present.metadata.generation! + 1;
    if (merged.status === undefined) delete merged.status;
    const same = { ...merged, metadata: { ...merged.metadata, resourceVersion: present.metadata.resourceVersion } };
    if (deepEqual(same, present)) return present;
    const isDone = merged.metadata.deletionTimestamp !== undefined && (merged.metadata.finalizers ?? []).length === 0;
    return isDone ? this.#remove(type, merged) : this.#put(type, 'modified', merged);
  }

  #put(type: ResourceType, change: 'added' | 'modified', object: Stored): Stored {
    return this.#log(type, change, object, (kind, frozen) => kind.objects.set(keyOf(object.metadata), frozen));
  }

  #remove(type: ResourceType, object: Stored): Stored {
    return this.#log(type, 'deleted', cloneJson(object), (kind) => kind.objects.delete(keyOf(object.metadata)));
  }

  #log(type: ResourceType, change: Entry['type'], object: Stored, store: (kind: Kind, frozen: Stored) => void): Stored {
    const kind = this.#kind(type);
    const version = ++this.#version;
    object.metadata.resourceVersion = String(version);
    const frozen = deepFreeze(object);
    store(kind, frozen);
    kind.log.push({ version, type: change, object: frozen });
    for (const watch of kind.watches) {
      if (isSelected(frozen, watch.selection)) this.#send(watch, { type: change, object: frozen });
    }
    return frozen;
  }

  /** What happens in one turn arrives as one batch, in the next. */
  #send(watch: OpenWatch, event: WatchEvent<KubeObject>): void {
    watch.queue.push(event);
    if (watch.queue.length > 1) return;
    this.#clock.defer(() => {
      const batch = watch.queue;
      watch.queue = [];
      for (const { watches } of this.#kinds.values()) if (watches.has(watch)) watch.observer.events(batch);
    });
  }
}

function isSelected({ metadata }: KubeObject, { namespace, labelSelector }: Selection): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  return (labelSelector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .every((term) => {
      const [key, value] = term.split('=');
      return metadata.labels?.[key!] === value;
    });
}

function merge(target: Record<string, unknown>, body: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(body)) {
    if (value === null) delete target[key];
    else if (typeof value === 'object' && !Array.isArray(value)) {
      if (typeof target[key] !== 'object' || target[key] === null || Array.isArray(target[key])) target[key] = {};
      merge(target[key] as never, value as never);
    } else target[key] = cloneJson(value);
  }
}
