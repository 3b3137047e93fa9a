/**
 * What becomes of an event before it is written: the same again is counted in a series, many that differ only in their
 * note are combined, and an object that is talked about without end is heard of less.
 */
import type { Clock } from '../base/clock.ts';
import { MINUTE, SECOND } from '../base/units.ts';
import { TokenBucket } from './token-bucket.ts';

/** The object that an event is about; any object of the API will do. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace?: string; readonly name: string; readonly uid?: string };
}

export interface EventInput {
  readonly regarding: EventSubject;
  /** The peer: the host of a VM, the VM of a migration. */
  readonly related?: EventSubject;
  /** `Warning` when a person should look. */
  readonly type: 'Normal' | 'Warning';
  /** What happened, as `VMPlaced`. */
  readonly reason: string;
  /** What was being done, as `Place`. */
  readonly action: string;
  /** For people; without ids and times that differ each time. */
  readonly note: string;
}

/** One event of the API and how often it happened. */
export interface EventSeries {
  readonly key: string;
  readonly controller: string;
  readonly input: EventInput;
  readonly note: string;
  /** Milliseconds since the epoch. */
  readonly firstAt: number;
  lastAt: number;
  count: number;
}

/** A series is over when nothing was added to it for so long (client-go, tools/events). */
const SERIES_IDLE_MS = 6 * MINUTE;
/** So many different notes within the interval are told apart; the others are combined (client-go, tools/record). */
const SIMILAR_LIMIT = 10;
const SIMILAR_INTERVAL_MS = 600 * SECOND;
/**
 * Events of one controller about one object: so many at once, then one per refill. client-go allows 25 and one in
 * five minutes; a VM that is switched on and off by hand goes through more.
 */
const BURST = 50;
const REFILL_PER_SECOND = 1 / 30;

interface Similar {
  readonly since: number;
  readonly notes: Set<string>;
}

export class EventCorrelator {
  readonly #clock: Clock;
  readonly #series = new Map<string, EventSeries>();
  readonly #similar = new Map<string, Similar>();
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The series that the event belongs to, with it counted; undefined when there have been too many. */
  add(controller: string, input: EventInput): { readonly series: EventSeries; readonly isNew: boolean } | undefined {
    this.#forget();
    const now = this.#clock.now();
    const { note, isCombined } = this.#combine(controller, input);
    const key = `${keyWithoutNote(controller, input)}|${isCombined ? '' : note}`;
    const present = this.#series.get(key);
    if (present !== undefined) {
      present.count++;
      present.lastAt = now;
      // To the end: the map is in order of the last time.
      this.#series.delete(key);
      this.#series.set(key, present);
      return { series: present, isNew: false };
    }
    if (!this.#hasRoom(`${controller}|${subjectKey(input.regarding)}`)) return undefined;
    const series = { key, controller, input, note, firstAt: now, lastAt: now, count: 1 };
    this.#series.set(key, series);
    return { series, isNew: true };
  }

  /** The event is no longer on the server: the next one like it is a new one. */
  end({ key }: EventSeries): void {
    this.#series.delete(key);
  }

  #combine(controller: string, input: EventInput): { note: string; isCombined: boolean } {
    const now = this.#clock.now();
    const key = keyWithoutNote(controller, input);
    let similar = this.#similar.get(key);
    if (similar === undefined || now - similar.since > SIMILAR_INTERVAL_MS) {
      similar = { since: now, notes: new Set() };
      this.#similar.delete(key);
      this.#similar.set(key, similar);
    }
    if (similar.notes.has(input.note)) return { note: input.note, isCombined: false };
    if (similar.notes.size >= SIMILAR_LIMIT) {
      return { note: `(combined from similar events): ${input.note}`, isCombined: true };
    }
    similar.notes.add(input.note);
    return { note: input.note, isCombined: false };
  }

  #hasRoom(key: string): boolean {
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      bucket = new TokenBucket(this.#clock, REFILL_PER_SECOND, BURST);
      this.#buckets.set(key, bucket);
    }
    const hasRoom = bucket.take();
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    return hasRoom;
  }

  /** Drops what is over; each map has its oldest first. */
  #forget(): void {
    const now = this.#clock.now();
    for (const [key, { lastAt }] of this.#series) {
      if (now - lastAt <= SERIES_IDLE_MS) break;
      this.#series.delete(key);
    }
    for (const [key, { since }] of this.#similar) {
      if (now - since <= SIMILAR_INTERVAL_MS) break;
      this.#similar.delete(key);
    }
    for (const [key, bucket] of this.#buckets) {
      if (!bucket.isFull) break;
      this.#buckets.delete(key);
    }
  }
}

const subjectKey = ({ kind, metadata }: EventSubject) =>
  `${kind}/${metadata.namespace ?? ''}/${metadata.name}/${metadata.uid ?? ''}`;

function keyWithoutNote(controller: string, { regarding, related, type, reason, action }: EventInput): string {
  const peer = related === undefined ? '' : subjectKey(related);
  return [controller, type, reason, action, subjectKey(regarding), peer].join('|');
}
