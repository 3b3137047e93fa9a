/**
 * A cache of one kind: watch → frozen objects with indexes → views for decisions, and a word to whoever listens for
 * each change. It is never older than what its own writers have told it (`overlay`).
 */
import type { KubeObject, ResourceType } from '../api/meta.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { AbortError, type Client } from '../client/port.ts';
import type { Absence } from './absence.ts';
import { Listeners } from './listeners.ts';
import { type ObjectEvent, Reflector, type ReflectorSink } from './reflector.ts';
import { isOlder } from './resource-version.ts';
import { type Indexes, Table, type View } from './table.ts';

export interface Change<T> {
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  /** Undefined: it is new. */
  readonly before: T | undefined;
  /** Undefined: it is gone. An object that was deleted and made anew between two looks changes its uid. */
  readonly after: T | undefined;
  /** Part of what was there when the informer began; not urgent. */
  readonly isInitial: boolean;
}

export interface InformerOptions<T extends KubeObject, I extends string = never> {
  readonly client: Client;
  readonly type: ResourceType;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Only these; left out: all. */
  readonly namespaces?: readonly string[] | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly indexes?: Indexes<T, I>;
  /** What the cache keeps of an object, frozen; as `withoutManagedFields`. */
  readonly transform?: (object: T) => T;
  /** Asks for `sendInitialEvents` first; true unless said otherwise. */
  readonly streamed?: boolean;
  /** Shared by the kinds that are installed together: says once that they are not. */
  readonly absence?: Absence | undefined;
}

interface Scope<T extends KubeObject> {
  readonly namespace: string | undefined;
  readonly reflector: Reflector<T>;
  /** Everything up to here has been told; stays while the reflector loads anew. */
  reached: string | undefined;
}

interface Waiter {
  readonly namespace: string;
  readonly version: string;
  readonly resolve: () => void;
  readonly abort: () => void;
}

export class Informer<T extends KubeObject, I extends string = never> {
  /** Resolves when everything has been loaded once. */
  readonly synced: Promise<void>;
  readonly type: ResourceType;
  readonly #table: Table<T, I>;
  readonly #scopes: readonly Scope<T>[];
  readonly #listeners: Listeners<Change<T>>;
  readonly #transform: (object: T) => T;
  readonly #waiters = new Set<Waiter>();
  #resolveSynced!: () => void;
  #isStopped = false;

  constructor(options: InformerOptions<T, I>) {
    this.type = options.type;
    this.#table = new Table(options.indexes);
    this.#listeners = new Listeners(options.logger);
    this.#transform = options.transform ?? ((object) => object);
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
    const namespaces = options.type.namespaced ? options.namespaces : undefined;
    this.#scopes = (namespaces ?? [undefined]).map((namespace) => this.#scope(options, namespace));
    if (this.#scopes.length === 0) this.#resolveSynced();
  }

  get isSynced(): boolean {
    return this.#scopes.every(({ reached }) => reached !== undefined);
  }

  start(): void {
    for (const { reflector } of this.#scopes) reflector.start();
  }

  /** The cache stands still afterwards; whoever waits for a version is told with AbortError that it will not come. */
  stop(): void {
    this.#isStopped = true;
    for (const { reflector } of this.#scopes) reflector.stop();
    for (const { abort } of [...this.#waiters]) abort();
  }

  /** The object as it is known now. */
  get(namespace: string | undefined, name: string): T | undefined {
    return this.#table.get(namespace ?? '', name);
  }

  /** Everything as it is known now, for one synchronous decision. */
  view(): View<T, I> {
    return this.#table.view();
  }

  /** Calls with the changes of each batch once the cache has all of them. Returns what ends it. */
  onChange(listener: (changes: readonly Change<T>[]) => void): () => void {
    return this.#listeners.add(listener);
  }

  /**
   * Puts the server's answer to a write of our own into the cache, ahead of the watch, so that no decision is made on
   * a state older than it. What the cache has seen already, or seen deleted since, changes nothing.
   */
  overlay(object: T): void {
    const { namespace = '', name, resourceVersion } = object.metadata;
    const scope = this.#scopeOf(namespace);
    if (scope?.reached === undefined || !isOlder(scope.reached, resourceVersion)) return;
    const present = this.#table.get(namespace, name);
    if (present !== undefined && !isOlder(present.metadata.resourceVersion, resourceVersion)) return;
    this.#listeners.tell([this.#put(namespace, object, false)]);
  }

  /**
   * Resolves when the watch has told everything up to the version, as that of an object written before; rejects with
   * AbortError when the signal aborts or the informer is stopped.
   */
  waitFor(written: { readonly namespace?: string; readonly resourceVersion: string }, signal?: AbortSignal) {
    const { namespace = '', resourceVersion: version } = written;
    return new Promise<void>((resolve, reject) => {
      if (this.#hasReached(namespace, version)) return resolve();
      if (signal?.aborted || this.#isStopped) return reject(new AbortError());
      const abort = () => {
        this.#waiters.delete(waiter);
        reject(new AbortError());
      };
      const waiter: Waiter = {
        namespace,
        version,
        abort,
        resolve: () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        },
      };
      this.#waiters.add(waiter);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  #scope(options: InformerOptions<T, I>, namespace: string | undefined): Scope<T> {
    const { client, type, clock, logger, labelSelector, fieldSelector, streamed, absence } = options;
    const sink: ReflectorSink<T> = {
      replace: (objects, version) => this.#replace(scope, objects, version),
      apply: (events, version) => this.#apply(scope, events, version),
      reached: (version) => this.#reach(scope, version),
    };
    const reflector = new Reflector<T>({
      client,
      type,
      clock,
      logger,
      absence,
      sink,
      random: options.random.split(`${type.plural}.${type.group}/${namespace ?? ''}`),
      selection: {
        namespace,
        ...(labelSelector === undefined ? {} : { labelSelector }),
        ...(fieldSelector === undefined ? {} : { fieldSelector }),
      },
      ...(streamed === undefined ? {} : { streamed }),
    });
    const scope: Scope<T> = { namespace, reflector, reached: undefined };
    return scope;
  }

  #scopeOf(namespace: string): Scope<T> | undefined {
    return this.#scopes.find((scope) => scope.namespace === undefined || scope.namespace === namespace);
  }

  #replace(scope: Scope<T>, objects: readonly T[], version: string): void {
    const isInitial = scope.reached === undefined;
    const changes: Change<T>[] = [];
    const listed = new Set<T | undefined>();
    for (const object of objects) {
      const { namespace = '', name, resourceVersion } = object.metadata;
      const present = this.#table.get(namespace, name);
      const known = present?.metadata.resourceVersion;
      // What is known already, or better, from our own writes.
      if (known === undefined || (known !== resourceVersion && !isOlder(resourceVersion, known))) {
        changes.push(this.#put(namespace, object, isInitial));
      }
      listed.add(this.#table.get(namespace, name));
    }
    const present = scope.namespace === undefined ? this.#table.all() : this.#table.list(scope.namespace);
    for (const object of present) {
      if (listed.has(object) || isOlder(version, object.metadata.resourceVersion)) continue;
      changes.push(this.#remove(object));
    }
    this.#listeners.tell(changes);
    this.#reach(scope, version);
  }

  #apply(scope: Scope<T>, events: readonly ObjectEvent<T>[], version: string): void {
    const changes: Change<T>[] = [];
    for (const { type, object } of events) {
      const { namespace = '', name, resourceVersion } = object.metadata;
      const present = this.#table.get(namespace, name);
      if (type === 'deleted') {
        if (present !== undefined && !isOlder(resourceVersion, present.metadata.resourceVersion)) {
          changes.push(this.#remove(present));
        }
      } else if (present === undefined || isNewer(resourceVersion, present.metadata.resourceVersion)) {
        changes.push(this.#put(namespace, object, false));
      }
    }
    this.#listeners.tell(changes);
    this.#reach(scope, version);
  }

  #put(namespace: string, object: T, isInitial: boolean): Change<T> {
    const { name } = object.metadata;
    const after = this.#transform(object);
    const before = this.#table.set(namespace, name, after);
    return { namespace, name, before, after, isInitial };
  }

  #remove(object: T): Change<T> {
    const { namespace = '', name } = object.metadata;
    const before = this.#table.delete(namespace, name);
    return { namespace, name, before, after: undefined, isInitial: false };
  }

  #reach(scope: Scope<T>, version: string): void {
    const wasFirst = scope.reached === undefined;
    scope.reached = version;
    if (wasFirst && this.isSynced) this.#resolveSynced();
    for (const waiter of this.#waiters) {
      if (!this.#hasReached(waiter.namespace, waiter.version)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #hasReached(namespace: string, version: string): boolean {
    const scope = this.#scopeOf(namespace);
    return scope?.reached !== undefined && (scope.reached === version || isOlder(version, scope.reached));
  }
}

/** Versions that cannot be compared come in the order of the watch. */
const isNewer = (a: string, b: string) => a !== b && !isOlder(a, b);

/** The object without what only servers read; it is a third of a small object's memory. */
export function withoutManagedFields<T extends KubeObject>(object: T): T {
  if (object.metadata.managedFields === undefined) return object;
  const { managedFields: _, ...metadata } = object.metadata;
  return Object.freeze({ ...object, metadata: Object.freeze(metadata) });
}
