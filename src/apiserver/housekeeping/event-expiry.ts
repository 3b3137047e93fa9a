import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { HOUR } from '../../base/units.ts';
import type { AnyObject } from '../objects.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Store } from '../store/store.ts';

/** How long an event is kept after it was last written. */
const LIFETIME_MS = HOUR;
/** How long after a removal that failed. */
const RETRY_MS = 60_000;
/** How many events are looked at in one turn of the event loop. */
const EVENTS_PER_TURN = 250;

interface Entry {
  readonly key: string;
  readonly revision: number;
  readonly expires: number;
}

/** Removes events an hour after they were last written. */
export class EventExpiry {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #bucket: Bucket;
  /** In the order in which they expire, but for those that were there at the start. */
  #entries: Entry[] = [];
  #timer: Timer | undefined;
  #stopped = false;

  constructor(parts: { readonly store: Store; readonly clock: Clock; readonly logger: Logger }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#bucket = parts.store.bucket('/events');
  }

  start(): void {
    this.#bucket.onCommit((events) => {
      for (const { version } of events) {
        if (version.deleted) continue;
        const expires = this.#clock.now() + LIFETIME_MS;
        this.#entries.push({ key: version.key, revision: version.revision, expires });
      }
      this.#arm();
    });
    this.#readFrom(this.#bucket.keys(), 0);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** What was there at the start: when it was last written can be read from the event only. */
  #readFrom(keys: readonly string[], start: number): void {
    if (this.#stopped || keys.length === 0) return;
    const found: Entry[] = [];
    for (const key of keys.slice(start, start + EVENTS_PER_TURN)) {
      const version = this.#bucket.get(key);
      if (version === undefined) continue;
      found.push({ key, revision: version.revision, expires: lastWritten(version.object) + LIFETIME_MS });
    }
    this.#entries = [...this.#entries, ...found].sort((a, b) => a.expires - b.expires);
    const next = start + EVENTS_PER_TURN;
    if (next < keys.length) this.#clock.defer(() => this.#readFrom(keys, next));
    else this.#arm();
  }

  #arm(): void {
    const first = this.#entries[0];
    if (first === undefined || this.#timer !== undefined || this.#stopped) return;
    // Those that expire in the same second go together.
    const wait = Math.max(first.expires - this.#clock.now(), 0) + 1000;
    this.#timer = this.#clock.after(wait, () => {
      this.#timer = undefined;
      this.#expire();
    });
  }

  #expire(): void {
    const now = this.#clock.now();
    let done = 0;
    while (done < this.#entries.length && done < EVENTS_PER_TURN && this.#entries[done]!.expires <= now) {
      const { key, revision } = this.#entries[done++]!;
      if (this.#bucket.head(key)?.revision !== revision) continue;
      this.#store.remove(this.#bucket, key).catch((error: unknown) => {
        this.#logger.warn({ error, key }, 'an expired event remains; trying again');
        // In front, where the others wait for it: the storage that refused this one would refuse them too.
        this.#entries.unshift({ key, revision, expires: this.#clock.now() + RETRY_MS });
        this.#arm();
      });
    }
    this.#entries = this.#entries.slice(done);
    this.#arm();
  }
}

/** The last time that an event tells of itself. */
function lastWritten(object: AnyObject): number {
  const { lastTimestamp, eventTime, series } = object as {
    lastTimestamp?: string;
    eventTime?: string;
    series?: { lastObservedTime?: string };
  };
  const times = [series?.lastObservedTime, lastTimestamp, eventTime, object.metadata.creationTimestamp]
    .map((time) => Date.parse(time ?? ''))
    .filter((time) => !Number.isNaN(time));
  return times.length === 0 ? 0 : Math.max(...times);
}
