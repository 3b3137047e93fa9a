import type { Clock } from '../../base/clock.ts';
import { deepFreeze } from '../../base/json.ts';
import type { AnyObject } from '../objects.ts';
import { Bucket } from './bucket.ts';
import type { LogEvent } from './event-log.ts';
import type { Batch, Storage } from './storage.ts';
import { Version } from './version.ts';

export interface StoreOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  /** What a failed commit becomes for the writes of its batch. */
  readonly refusal?: (error: unknown) => Error;
  /** How many writes of each bucket can be looked back on. */
  readonly history?: number;
  /** How many bytes of superseded states are kept in all, on disk. */
  readonly historyBytes?: number;
  /** How many bytes of superseded states are kept in memory; the rest is read from the file when it is asked for. */
  readonly memoryBytes?: number;
}

/** Rows that leave the file, and what that does to the history of their buckets. */
type Dropping = Pick<Batch, 'drop' | 'compacted'>;

/** Writes on their way to the disk, and who waits for them. */
interface Flight extends Dropping {
  readonly batch: readonly Waiting[];
  readonly barriers: Barrier[];
  /** The last that was given out when they left. */
  readonly revision: number;
}

interface Barrier {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Waiting {
  readonly bucket: Bucket;
  readonly event: LogEvent;
  readonly resolve: (event: LogEvent) => void;
  readonly reject: (error: Error) => void;
}

/**
 * All objects of all resources, with one counter of revisions. Writes of one turn of the event loop are committed
 * together, and so are those that come while the disk is busy with others; their promises settle, and their events
 * leave, only when the storage has them.
 *
 * A writer reads `bucket.head(key)`, decides, and calls `put` or `remove` in the same synchronous stretch, so no two
 * writers can build on the same state.
 */
export class Store {
  readonly #storage: Storage;
  readonly #clock: Clock;
  readonly #refusal: (error: unknown) => Error;
  readonly #history: number;
  readonly #historyBytes: number;
  readonly #memoryBytes: number;
  readonly #buckets = new Map<string, Bucket>();
  readonly #listeners = new Set<(bucket: Bucket, events: readonly LogEvent[]) => void>();
  readonly #compactedAtStart = new Map<string, number>();
  /** Superseded states that are still in memory, oldest first, and how many bytes they are. */
  #superseded: Version[] = [];
  #supersededBytes = 0;
  /** Bytes of superseded states in the logs. */
  #loggedBytes = 0;
  #revision = 0;
  #committed = 0;
  #batch: Waiting[] = [];
  #barriers: Barrier[] = [];
  #flight: Flight | undefined;
  #closed = false;
  #healthy = true;
  /** What the last commit should have dropped and could not. */
  #undropped: Dropping | undefined;

  constructor(options: StoreOptions) {
    this.#storage = options.storage;
    this.#clock = options.clock;
    this.#refusal = options.refusal ?? ((error) => (error instanceof Error ? error : new Error(String(error))));
    this.#history = options.history ?? 10_000;
    this.#historyBytes = options.historyBytes ?? 128 * 2 ** 20;
    this.#memoryBytes = options.memoryBytes ?? 8 * 2 ** 20;
  }

  /** Reads what the storage holds. Throws an OrreryError when it cannot be used. */
  open(): void {
    const { revision, rows, compacted } = this.#storage.open();
    this.#revision = revision;
    this.#committed = revision;
    for (const [id, upTo] of compacted) this.#compactedAtStart.set(id, upTo);
    const load = this.#storage.read;
    for (const row of rows) {
      const bucket = this.bucket(row.bucket);
      const version = new Version(row.key, row.revision, {
        ...(load && { load }),
        deleted: row.deleted,
        size: row.size,
      });
      const prior = bucket.get(row.key);
      if (prior === undefined && row.deleted) continue;
      bucket.apply({ version, prior });
      if (prior !== undefined) this.#loggedBytes += prior.size;
    }
  }

  /** Whether writes succeed; after one that did not, finds out with a commit of nothing. */
  isHealthy(): boolean {
    if (this.#healthy || this.#flight !== undefined) return this.#healthy;
    try {
      this.#storage.commit({ revision: this.#revision, changes: [], drop: [], compacted: new Map() });
      this.#storage.durableNow?.();
      this.#healthy = true;
    } catch {
      // It goes on as it was.
    }
    return this.#healthy;
  }

  /** The last committed revision. */
  get revision(): number {
    return this.#committed;
  }

  bucket(id: string): Bucket {
    let bucket = this.#buckets.get(id);
    if (bucket === undefined) {
      bucket = new Bucket(id, this.#compactedAtStart.get(id) ?? 0);
      this.#buckets.set(id, bucket);
    }
    return bucket;
  }

  /** Called after each commit, once for every bucket that it has changed. */
  onCommit(listener: (bucket: Bucket, events: readonly LogEvent[]) => void): void {
    this.#listeners.add(listener);
  }

  buckets(): Iterable<Bucket> {
    return this.#buckets.values();
  }

  /**
   * Stores the object under the key: it gets the next revision as its resourceVersion, and is frozen. Resolves when it
   * is durable.
   * @param form the schema under which the object is complete
   */
  put(bucket: Bucket, key: string, object: AnyObject, form?: unknown): Promise<LogEvent> {
    const revision = ++this.#revision;
    object.metadata.resourceVersion = String(revision);
    const load = this.#storage.read;
    const content = { object: deepFreeze(object), form };
    return this.#stage(bucket, new Version(key, revision, load ? { ...content, load } : content));
  }

  /** Removes what is stored under the key. Resolves when that is durable, to an event whose `prior` is the last state. */
  remove(bucket: Bucket, key: string): Promise<LogEvent> {
    return this.#stage(bucket, new Version(key, ++this.#revision, { deleted: true }));
  }

  /** Resolves when everything that was written before is durable; undefined when it is. Rejects when that failed. */
  barrier(): Promise<void> | undefined {
    const barriers = this.#batch.length > 0 ? this.#barriers : this.#flight?.barriers;
    return barriers && new Promise((resolve, reject) => barriers.push({ resolve, reject }));
  }

  /** Commits what is waiting, and closes the storage. */
  close(): void {
    while (this.#flight !== undefined || this.#batch.length > 0) {
      if (this.#flight === undefined) this.#flush();
      else this.#landNow(this.#flight);
    }
    this.#closed = true;
    this.#storage.close();
  }

  #stage(bucket: Bucket, version: Version): Promise<LogEvent> {
    const event: LogEvent = { version, prior: bucket.head(version.key) };
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(this.#refusal(new Error('the server is shutting down')));
        return;
      }
      bucket.stage(version);
      if (this.#batch.length === 0) this.#clock.defer(() => this.#flush());
      this.#batch.push({ bucket, event, resolve, reject });
    });
  }

  /** Commits what is waiting, unless the disk is busy: then it goes with the rest when that is done. */
  #flush(): void {
    if (this.#batch.length === 0 || this.#flight !== undefined) return;
    const batch = this.#batch;
    const flight = { batch, barriers: this.#barriers, revision: this.#revision, ...this.#compact(batch.length) };
    this.#batch = [];
    this.#barriers = [];
    try {
      const { revision, drop, compacted } = flight;
      const changes = batch.map(({ bucket, event }) => ({ bucket: bucket.id, version: event.version }));
      this.#storage.commit({ revision, changes, drop, compacted });
    } catch (error) {
      this.#refuse(flight, error);
      return;
    }
    if (this.#storage.durable === undefined) {
      this.#land(flight);
      return;
    }
    this.#flight = flight;
    this.#storage.durable().then(
      () => this.#landed(flight, () => this.#land(flight)),
      (error: unknown) => this.#landed(flight, () => this.#refuse(flight, error)),
    );
  }

  /** The disk is done with a flight, if that is not known already. */
  #landed(flight: Flight, settle: () => void): void {
    if (this.#flight !== flight) return;
    this.#flight = undefined;
    settle();
    if (this.#batch.length > 0) this.#clock.defer(() => this.#flush());
  }

  #landNow(flight: Flight): void {
    let settle = () => this.#land(flight);
    try {
      this.#storage.durableNow!();
    } catch (error) {
      settle = () => this.#refuse(flight, error);
    }
    this.#landed(flight, settle);
  }

  /** Nothing of it is kept, nor of what was written meanwhile, which builds on it. */
  #refuse({ batch, barriers, drop, compacted }: Flight, error: unknown): void {
    this.#undropped = { drop, compacted };
    // Their revisions are not given out again: nothing that was refused can be mistaken for a later write.
    const refusal = this.#refusal(error);
    this.#healthy = false;
    const writes = [...batch, ...this.#batch];
    const waiting = [...barriers, ...this.#barriers];
    this.#batch = [];
    this.#barriers = [];
    for (const { bucket } of writes) bucket.unstage();
    for (const { reject } of writes) reject(refusal);
    for (const { reject } of waiting) reject(refusal);
  }

  /** It is durable. */
  #land({ batch, barriers, revision }: Flight): void {
    this.#healthy = true;
    this.#undropped = undefined;
    this.#committed = revision;
    const announced = new Map<Bucket, LogEvent[]>();
    for (const { bucket, event } of batch) {
      bucket.apply(event);
      if (event.prior !== undefined) this.#supersede(event.prior);
      const events = announced.get(bucket);
      if (events === undefined) announced.set(bucket, [event]);
      else events.push(event);
    }
    for (const { event, resolve } of batch) resolve(event);
    for (const { resolve } of barriers) resolve();
    for (const [bucket, events] of announced) {
      bucket.announce(events);
      for (const listener of this.#listeners) listener(bucket, events);
    }
  }

  #supersede(version: Version): void {
    this.#loggedBytes += version.size;
    if (this.#storage.read === undefined) return;
    this.#superseded.push(version);
    this.#supersededBytes += version.size;
    if (this.#supersededBytes <= this.#memoryBytes) return;
    // Half at once, so that the list is cut rarely.
    let cut = 0;
    while (this.#supersededBytes > this.#memoryBytes / 2 && cut < this.#superseded.length) {
      const old = this.#superseded[cut++]!;
      this.#supersededBytes -= old.size;
      old.unload();
    }
    this.#superseded = this.#superseded.slice(cut);
  }

  /** Takes from the logs what is more than they may hold: about as many events as are about to be written, so that no
   * single commit pays for many. */
  #compact(writes: number): Dropping {
    // The logs have forgotten those already: the file must too, and there is nothing more to take while it cannot.
    if (this.#undropped !== undefined) return this.#undropped;
    const drop: number[] = [];
    const compacted = new Map<string, number>();
    let left = writes * 2 + 8;
    const trim = (bucket: Bucket) => {
      const event = bucket.log.shift()!;
      left--;
      if (event.prior !== undefined) {
        this.#loggedBytes -= event.prior.size;
        drop.push(event.prior.revision);
      }
      if (event.version.deleted) drop.push(event.version.revision);
      compacted.set(bucket.id, event.version.revision);
    };
    for (const bucket of this.#buckets.values()) {
      while (left > 0 && bucket.log.length > this.#history) trim(bucket);
    }
    while (left > 0 && this.#loggedBytes > this.#historyBytes) {
      const oldest = this.#oldestLog();
      if (oldest === undefined) break;
      trim(oldest);
    }
    return { drop, compacted };
  }

  #oldestLog(): Bucket | undefined {
    let oldest: Bucket | undefined;
    for (const bucket of this.#buckets.values()) {
      const first = bucket.log.first();
      if (first === undefined) continue;
      if (oldest === undefined || first.version.revision < oldest.log.first()!.version.revision) oldest = bucket;
    }
    return oldest;
  }
}
