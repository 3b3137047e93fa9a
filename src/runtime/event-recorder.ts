/**
 * Events of events.k8s.io/v1, written in the background behind whatever is more urgent. Nothing waits for an event but
 * `drained`, and a world that makes more of them than can be kept loses the newest, counted.
 */
import type { KubeObject } from '../api/meta.ts';
import { jittered } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { rfc3339Micro, SECOND } from '../base/units.ts';
import { ApiError, type Client } from '../client/port.ts';
import { events } from '../client/well-known.ts';
import type { Metrics, Series } from '../telemetry/metrics.ts';
import { EventCorrelator, type EventInput, type EventSeries, type EventSubject } from './event-correlator.ts';

export interface EventRecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Of this process: `reportingInstance`. */
  readonly instance: string;
  /** Whether something more urgent is being written; events then wait, for 5 s at most. */
  readonly isBusy?: () => boolean;
  /** Told of every event as it happens, before anything is counted together: for the report of `sim`. */
  readonly onOccurrence?: (controller: string, input: EventInput) => void;
  /** Events that wait, at most. */
  readonly capacity?: number;
  /** Events being written at once. */
  readonly concurrency?: number;
}

/** Records the events of one controller. */
export type RecordEvent = (input: EventInput) => void;

/** A series and how much of it the server knows. */
interface Job {
  readonly series: EventSeries;
  name: string;
  queuedAt: number;
  isCreated: boolean;
  /** The count that the server knows, and since when. */
  told: number;
  toldAt: number;
  tries: number;
  /** `resting`: the server knows all, or will be told later. */
  state: 'queued' | 'writing' | 'resting';
  timer: Timer | undefined;
}

const PATIENCE_MS = 5 * SECOND;
const LOOK_AGAIN_MS = 20;
/** client-go: 12 tries, 10 s apart, give or take a quarter. */
const MOST_TRIES = 12;
const RETRY_MS = 7.5 * SECOND;
const RETRY_JITTER = 2 / 3;
/** The count of a series is written at once the second time, and then so often at most. */
const REFRESH_MS = 30 * SECOND;
const MOST_NOTE_BYTES = 1024;
const MOST_NAME_LENGTH = 253;

export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #correlator: EventCorrelator;
  readonly #random: Random;
  readonly #jobs = new WeakMap<EventSeries, Job>();
  readonly #queue: Job[] = [];
  /** Jobs whose count the server will be told later. */
  readonly #resting = new Set<Job>();
  readonly #counts: Readonly<Record<'written' | 'dropped', Series>> | undefined;
  #active = 0;
  #pause: Timer | undefined;
  #lookAgain: Timer | undefined;
  #isPlanned = false;
  #isStopped = false;
  #whenDrained: (() => void)[] = [];

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#correlator = new EventCorrelator(options.clock);
    this.#random = options.random.split('events');
    const total = options.metrics?.counter({
      name: 'orrery_events_total',
      help: 'Writes of events by what became of them.',
      labels: ['result'],
    });
    this.#counts = total && { written: total.of('written'), dropped: total.of('dropped') };
  }

  /** @param controller `reportingController`, as `orrery.dev/placement` */
  of(controller: string): RecordEvent {
    return (input) => this.#record(controller, input);
  }

  /** Events that wait or are being written. */
  get pending(): number {
    return this.#queue.length + this.#active;
  }

  /** Resolves when everything that waits has been written or given up; a count that is written later does not wait. */
  drained(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenDrained.push(resolve));
  }

  /** Records nothing more, and writes what there is, busy or not, for so long at most. */
  async stop(withinMs = 2 * SECOND): Promise<void> {
    this.#isStopped = true;
    for (const job of [...this.#resting]) this.#enqueue(job);
    this.#resume();
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(withinMs, resolve);
      void this.drained().then(() => {
        timer.cancel();
        resolve();
      });
    });
    this.#pause?.cancel();
    this.#counts?.dropped.add(this.#queue.splice(0).length);
  }

  #record(controller: string, input: EventInput): void {
    const { onOccurrence, clock, capacity = 20_000 } = this.#options;
    if (this.#isStopped) return;
    onOccurrence?.(controller, input);
    const added = this.#correlator.add(controller, input);
    if (added === undefined) {
      this.#counts?.dropped.add(1);
      return;
    }
    const { series } = added;
    const present = this.#jobs.get(series);
    if (present !== undefined) {
      if (present.state === 'resting') this.#refreshInTime(present);
    } else if (this.#queue.length >= capacity) {
      this.#correlator.end(series);
      this.#counts?.dropped.add(1);
    } else {
      const name = eventName(input.regarding.metadata.name, this.#random);
      const queuedAt = clock.monotonic();
      const fresh = { isCreated: false, told: 0, toldAt: queuedAt, tries: 0, timer: undefined };
      const job: Job = { series, name, queuedAt, state: 'queued', ...fresh };
      this.#jobs.set(series, job);
      this.#queue.push(job);
      this.#plan();
    }
  }

  /** Tells the server the count: the second time at once, later not too often. */
  #refreshInTime(job: Job): void {
    if (job.timer !== undefined || job.series.count <= job.told) return;
    const { clock } = this.#options;
    const delayMs = job.told === 1 || this.#isStopped ? 0 : job.toldAt + REFRESH_MS - clock.monotonic();
    if (delayMs <= 0) {
      this.#enqueue(job);
      return;
    }
    this.#resting.add(job);
    job.timer = clock.after(delayMs, () => this.#enqueue(job));
  }

  #enqueue(job: Job): void {
    job.timer?.cancel();
    job.timer = undefined;
    this.#resting.delete(job);
    job.state = 'queued';
    job.queuedAt = this.#options.clock.monotonic();
    this.#queue.push(job);
    this.#plan();
  }

  #plan(): void {
    if (this.#isPlanned || this.#pause !== undefined) return;
    this.#isPlanned = true;
    this.#options.clock.defer(() => {
      this.#isPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#pause !== undefined) return;
    const places = this.#places();
    while (this.#active < places && this.#queue.length > 0) void this.#work(this.#queue.shift()!);
    if (this.pending === 0) for (const resolve of this.#whenDrained.splice(0)) resolve();
  }

  /** How many events may be on their way now: none while something more urgent is, unless one has waited for long. */
  #places(): number {
    const { isBusy, clock, concurrency = 8 } = this.#options;
    const first = this.#queue[0];
    if (first === undefined || this.#isStopped || isBusy?.() !== true) return concurrency;
    this.#lookAgain ??= clock.after(LOOK_AGAIN_MS, () => {
      this.#lookAgain = undefined;
      this.#pump();
    });
    return clock.monotonic() - first.queuedAt < PATIENCE_MS ? 0 : 1;
  }

  async #work(job: Job): Promise<void> {
    this.#active++;
    job.state = 'writing';
    const { count } = job.series;
    try {
      await (job.isCreated ? this.#refresh(job, count) : this.#create(job, count));
      Object.assign(job, { isCreated: true, told: count, toldAt: this.#options.clock.monotonic(), tries: 0 });
      job.state = 'resting';
      this.#counts?.written.add(1);
      this.#refreshInTime(job);
    } catch (error) {
      this.#failed(job, error);
    }
    this.#active--;
    this.#pump();
  }

  async #create({ series, name }: Job, count: number): Promise<void> {
    const { input, controller, note, firstAt } = series;
    const { regarding, related, type, reason, action } = input;
    await this.#options.client.create(events, {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name, namespace: namespaceOfEvent(regarding) },
      eventTime: rfc3339Micro(firstAt),
      reportingController: controller,
      reportingInstance: this.#options.instance,
      type,
      reason,
      action,
      note: shortened(note),
      regarding: referenceTo(regarding),
      ...(related === undefined ? {} : { related: referenceTo(related) }),
      ...(count > 1 ? { series: seriesOf(series, count) } : {}),
    });
  }

  async #refresh({ series, name }: Job, count: number): Promise<void> {
    const namespace = namespaceOfEvent(series.input.regarding);
    const body = { series: seriesOf(series, count) };
    await this.#options.client.patch<KubeObject>(events, { namespace, name }, { type: 'merge', body });
  }

  #failed(job: Job, error: unknown): void {
    const { clock, logger } = this.#options;
    if (error instanceof ApiError && error.code === 409 && !job.isCreated) {
      // The answer to an earlier try was lost, or the name is taken.
      if (job.tries === 0) job.name = eventName(job.series.input.regarding.metadata.name, this.#random);
      else job.isCreated = true;
    }
    job.tries++;
    const isLost = error instanceof ApiError && error.code < 500 && error.code !== 429 && error.code !== 409;
    if (isLost || job.tries >= MOST_TRIES || this.#isStopped) {
      // Expired, its namespace is going, or it is not allowed: an event is not worth more than that.
      this.#correlator.end(job.series);
      this.#counts?.dropped.add(1);
      logger.debug({ reason: job.series.input.reason, error: messageOf(error) }, 'an event was given up');
      return;
    }
    job.state = 'queued';
    this.#queue.unshift(job);
    if (error instanceof ApiError && error.code === 409) return;
    // What fails one fails all.
    this.#pause ??= clock.after(jittered(RETRY_MS, RETRY_JITTER, this.#random), () => this.#resume());
  }

  #resume(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#plan();
  }
}

function seriesOf(series: EventSeries, count: number): object {
  return { count, lastObservedTime: rfc3339Micro(series.lastAt) };
}

/** Events of cluster-scoped objects live in `default`. */
function namespaceOfEvent({ metadata }: EventSubject): string {
  return metadata.namespace ?? 'default';
}

function referenceTo({ apiVersion, kind, metadata }: EventSubject): object {
  const { namespace, name, uid } = metadata;
  return { apiVersion, kind, name, ...(namespace ? { namespace } : {}), ...(uid ? { uid } : {}) };
}

/** `<object>.<16 hexadecimal digits>`, as client-go's, which takes nanoseconds for them. */
function eventName(object: string, random: Random): string {
  const digits = [random.uint32(), random.uint32()].map((word) => word.toString(16).padStart(8, '0')).join('');
  const room = MOST_NAME_LENGTH - digits.length - 1;
  return `${object.slice(0, room).replace(/[.-]+$/, '')}.${digits}`;
}

/** The note in at most 1,024 bytes, which is all that the server takes. */
function shortened(note: string): string {
  if (Buffer.byteLength(note) <= MOST_NOTE_BYTES) return note;
  const cut = Buffer.from(note).subarray(0, MOST_NOTE_BYTES - 3);
  // A character that was cut in two comes out as the replacement character.
  return `${cut.toString('utf8').replace(/\uFFFD+$/, '')}…`;
}
