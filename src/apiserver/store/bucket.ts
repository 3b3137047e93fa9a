import { EventLog, type LogEvent } from './event-log.ts';
import type { Version } from './version.ts';

/** Called after each commit with the writes of this bucket, in order. */
export type CommitListener = (events: readonly LogEvent[]) => void;

/** A run of keys: the objects of one namespace, or from a key on. */
export interface KeyRange {
  /** Only keys of this namespace. */
  readonly namespace?: string | undefined;
  /** Only keys after this one, as a page continues. */
  readonly after?: string | undefined;
}

/** The objects of one resource: the committed state, what is waiting to be committed, and the recent history. */
export class Bucket {
  /** `group/plural` */
  readonly id: string;
  readonly log: EventLog;
  readonly #committed = new Map<string, Version>();
  readonly #pending = new Map<string, Version>();
  readonly #listeners = new Set<CommitListener>();
  #sorted: string[] = [];
  #added: string[] = [];
  readonly #removed = new Set<string>();

  constructor(id: string, compacted: number) {
    this.id = id;
    this.log = new EventLog(compacted);
  }

  get size(): number {
    return this.#committed.size;
  }

  /** The committed state. */
  get(key: string): Version | undefined {
    return this.#committed.get(key);
  }

  /** The state that a write has to build on: what is waiting to be committed, else what is committed. */
  head(key: string): Version | undefined {
    const pending = this.#pending.get(key);
    if (pending === undefined) return this.#committed.get(key);
    return pending.deleted ? undefined : pending;
  }

  /** The committed keys of the range in order. */
  keys(range: KeyRange = {}): readonly string[] {
    this.#sort();
    const prefix = range.namespace === undefined ? '' : `${range.namespace}/`;
    let low = prefix === '' ? 0 : this.#firstFrom(prefix);
    if (range.after !== undefined) {
      const next = this.#firstFrom(range.after);
      low = Math.max(low, this.#sorted[next] === range.after ? next + 1 : next);
    }
    const high = prefix === '' ? this.#sorted.length : this.#firstFrom(`${range.namespace}0`); // '0' follows '/'
    return low === 0 && high === this.#sorted.length ? this.#sorted : this.#sorted.slice(low, high);
  }

  /** The committed objects of the range in order. */
  list(range: KeyRange = {}): Version[] {
    return this.keys(range).map((key) => this.#committed.get(key)!);
  }

  /** The objects of the range as they were at `revision`, which must not be older than the log. */
  listAt(revision: number, range: KeyRange = {}): Version[] {
    const undone = new Map<string, Version | undefined>();
    for (const { version, prior } of this.log.after(revision)) {
      if (!undone.has(version.key)) undone.set(version.key, prior);
    }
    if (undone.size === 0) return this.list(range);
    const versions: Version[] = [];
    for (const version of this.list(range)) if (!undone.has(version.key)) versions.push(version);
    const prefix = range.namespace === undefined ? '' : `${range.namespace}/`;
    for (const version of undone.values()) {
      if (version === undefined || !version.key.startsWith(prefix)) continue;
      if (range.after === undefined || version.key > range.after) versions.push(version);
    }
    return versions.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  onCommit(listener: CommitListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** For the store: a write was accepted and waits for its commit. */
  stage(version: Version): void {
    this.#pending.set(version.key, version);
  }

  /** For the store: the commit failed. */
  unstage(): void {
    this.#pending.clear();
  }

  /** For the store: the write is durable. */
  apply(event: LogEvent): void {
    const { version, prior } = event;
    if (this.#pending.get(version.key) === version) this.#pending.delete(version.key);
    if (version.deleted) {
      this.#committed.delete(version.key);
      this.#removed.add(version.key);
    } else {
      if (prior === undefined) this.#added.push(version.key);
      this.#committed.set(version.key, version);
    }
    this.log.push(event);
  }

  /** For the store: tells everyone about the writes that were just applied. */
  announce(events: readonly LogEvent[]): void {
    for (const listener of this.#listeners) listener(events);
  }

  #sort(): void {
    if (this.#added.length === 0 && this.#removed.size === 0) return;
    const kept = this.#removed.size === 0 ? this.#sorted : this.#sorted.filter((key) => !this.#removed.has(key));
    const added = [...new Set(this.#added)].filter((key) => this.#committed.has(key));
    this.#sorted = kept.concat(added).sort();
    this.#added = [];
    this.#removed.clear();
  }

  /** The index of the first sorted key that is not before `key`. */
  #firstFrom(key: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#sorted[middle]! < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
