import type { Clock, Timer } from '../../base/clock.ts';
import { expired } from '../registry/errors.ts';
import type { StatusError } from '../status-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { LogEvent } from '../store/event-log.ts';
import type { Version } from '../store/version.ts';
import { Change, EventBatch, WatchEvent } from './event.ts';

/** Where a watch's events go. Nothing here may throw. */
export interface WatchSink {
  /** Events in the order of their commits. */
  events(batch: EventBatch): void;
  /** The stream has reached this revision. `initial`: the objects that were there at the start are complete. */
  bookmark(revision: number, initial: boolean): void;
  /** Called once, last: the server ends the stream; in good order when there is no error. */
  closed(error?: StatusError): void;
  /** When the client has not taken what it was sent: resolves when it has, or has gone. */
  full?(): Promise<void> | undefined;
}

export interface WatchHandle {
  /** Ends the watch; the sink hears nothing more. */
  stop(): void;
  /** Ends the watch from the server's side. */
  close(error?: StatusError): void;
}

/** How a watch begins. */
export type WatchStart =
  /** The present objects, then the changes. `announce`: with a bookmark between the two. */
  | { readonly from: 'present'; readonly announce: boolean }
  /** The changes after a revision, which the log still has. */
  | { readonly from: 'revision'; readonly revision: number };

export interface WatchSettings {
  readonly start: WatchStart;
  /** Equal keys mean equal selections: their watchers share what is made of the events. */
  readonly selectionKey: string;
  readonly selects: (version: Version) => boolean;
  /** The only namespace in which there can be something to see. */
  readonly namespace: string | undefined;
  readonly bookmarks: boolean;
  readonly timeoutMs: number;
}

const BOOKMARK_EVERY_MS = 60_000;
/** So long before its end a watch gets a last bookmark. */
const LAST_BOOKMARK_MS = 2000;
/** How many of the events that a watch begins with are sent in one turn of the event loop, and about how many bytes. */
const EVENTS_PER_TURN = 500;
const BYTES_PER_TURN = 1024 * 1024;
/** What happens while a watch begins waits for it, up to so many bytes. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** The watchers of one resource. */
export class Hub {
  readonly #bucket: Bucket;
  readonly #clock: Clock;
  readonly #revision: () => number;
  readonly #watchers = new Set<Watcher>();
  #unsubscribe: (() => void) | undefined;
  #bookmarkTimer: Timer | undefined;

  /** @param revision the last committed revision of the store */
  constructor(bucket: Bucket, clock: Clock, revision: () => number) {
    this.#bucket = bucket;
    this.#clock = clock;
    this.#revision = revision;
  }

  get size(): number {
    return this.#watchers.size;
  }

  open(settings: WatchSettings, sink: WatchSink): WatchHandle {
    const watcher = new Watcher(settings, sink, {
      clock: this.#clock,
      bucket: this.#bucket,
      revision: this.#revision,
      gone: () => this.#remove(watcher),
    });
    this.#watchers.add(watcher);
    this.#unsubscribe ??= this.#bucket.onCommit((events) => this.#publish(events));
    if (settings.bookmarks) this.#armBookmarks();
    watcher.begin();
    return watcher;
  }

  /** Ends every watch, as when the resource changes or the server stops. */
  closeAll(error?: StatusError): void {
    for (const watcher of [...this.#watchers]) watcher.close(error);
  }

  #remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    if (this.#watchers.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#bookmarkTimer?.cancel();
    this.#bookmarkTimer = undefined;
  }

  #publish(events: readonly LogEvent[]): void {
    const changes = events.map((event) => new Change(event));
    const batches = new Map<string, EventBatch | undefined>();
    for (const watcher of [...this.#watchers]) {
      const { selectionKey, selects } = watcher.settings;
      let batch = batches.get(selectionKey);
      if (batch === undefined && !batches.has(selectionKey)) {
        batch = batchOf(changes, selects);
        batches.set(selectionKey, batch);
      }
      if (batch !== undefined) watcher.deliver(batch);
    }
  }

  #armBookmarks(): void {
    this.#bookmarkTimer ??= this.#clock.after(BOOKMARK_EVERY_MS, () => {
      this.#bookmarkTimer = undefined;
      let some = false;
      for (const watcher of [...this.#watchers]) {
        if (!watcher.settings.bookmarks) continue;
        some = true;
        watcher.bookmark();
      }
      if (some) this.#armBookmarks();
    });
  }
}

function batchOf(changes: readonly Change[], selects: (version: Version) => boolean): EventBatch | undefined {
  const seen: WatchEvent[] = [];
  for (const change of changes) {
    const event = change.seenBy(selects);
    if (event !== undefined) seen.push(event);
  }
  return seen.length === 0 ? undefined : new EventBatch(seen);
}

/** Where the part ends that one turn sends: one event at the least. */
function endOfTurn(events: readonly WatchEvent[], from: number): number {
  let bytes = 0;
  let end = from;
  while (end < events.length && end - from < EVENTS_PER_TURN && bytes < BYTES_PER_TURN) {
    bytes += events[end++]!.version.size;
  }
  return end;
}

/** What a watcher is told that does not keep up. */
export function behind(): StatusError {
  return expired('too old resource version: the watch did not keep up with the changes');
}

interface Surroundings {
  readonly clock: Clock;
  readonly bucket: Bucket;
  readonly revision: () => number;
  readonly gone: () => void;
}

class Watcher implements WatchHandle {
  readonly settings: WatchSettings;
  readonly #sink: WatchSink;
  readonly #around: Surroundings;
  #timer: Timer | undefined;
  /** Events that wait until the initial ones have been sent. */
  #waiting: EventBatch[] | undefined;
  #waitingBytes = 0;
  #ended = false;

  constructor(settings: WatchSettings, sink: WatchSink, around: Surroundings) {
    this.settings = settings;
    this.#sink = sink;
    this.#around = around;
  }

  begin(): void {
    this.#armTimeout();
    const { start, selects, namespace } = this.settings;
    const { bucket, revision } = this.#around;
    if (start.from === 'revision') {
      if (start.revision > revision()) return;
      const changes = bucket.log.after(start.revision).map((event) => new Change(event));
      const events = batchOf(changes, selects)?.events ?? [];
      this.#sendBacklog(events, 0, start.revision);
      return;
    }
    const present = bucket.list({ namespace }).filter(selects);
    const events = present.map((version) => new WatchEvent('ADDED', version));
    this.#sendBacklog(events, 0, revision());
  }

  deliver(batch: EventBatch): void {
    if (this.#waiting !== undefined) {
      this.#wait(batch);
      return;
    }
    const { start } = this.settings;
    if (start.from === 'revision' && batch.events[0]!.version.revision <= start.revision) {
      const later = batch.events.filter(({ version }) => version.revision > start.revision);
      if (later.length > 0) this.#give(new EventBatch(later));
      return;
    }
    this.#give(batch);
  }

  bookmark(): void {
    if (!this.#ended && this.#waiting === undefined) this.#sink.bookmark(this.#around.revision(), false);
  }

  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#timer?.cancel();
    this.#around.gone();
  }

  close(error?: StatusError): void {
    if (this.#ended) return;
    this.stop();
    this.#sink.closed(error);
  }

  /** Sends what a watch begins with, no faster than its client takes it. */
  #sendBacklog(events: readonly WatchEvent[], from: number, revision: number): void {
    if (this.#ended) return;
    const next = endOfTurn(events, from);
    if (next > from) this.#give(new EventBatch(events.slice(from, next)));
    if (this.#ended) return;
    if (next < events.length) {
      this.#waiting ??= [];
      const on = () => this.#sendBacklog(events, next, revision);
      const taken = this.#sink.full?.();
      if (taken === undefined) this.#around.clock.defer(on);
      else void taken.then(on);
      return;
    }
    const { start } = this.settings;
    if (start.from === 'present' && start.announce) this.#sink.bookmark(revision, true);
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const batch of waiting) this.#give(batch);
  }

  #give(batch: EventBatch): void {
    if (this.#ended) return;
    try {
      this.#sink.events(batch);
    } catch {
      // A state that was superseded and has left the file while the client was slow to take those before it.
      this.close(expired('too old resource version: the history has been compacted meanwhile'));
    }
  }

  #wait(batch: EventBatch): void {
    this.#waiting!.push(batch);
    for (const { version } of batch.events) this.#waitingBytes += version.size;
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.close(behind());
  }

  #armTimeout(): void {
    const { timeoutMs, bookmarks } = this.settings;
    const early = bookmarks && timeoutMs > LAST_BOOKMARK_MS ? LAST_BOOKMARK_MS : 0;
    this.#timer = this.#around.clock.after(timeoutMs - early, () => {
      if (early === 0) {
        this.close();
        return;
      }
      this.bookmark();
      if (!this.#ended) this.#timer = this.#around.clock.after(early, () => this.close());
    });
  }
}
