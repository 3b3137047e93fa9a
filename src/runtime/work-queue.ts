/**
 * The queue between watches and reconcilers, as client-go's util/workqueue: a key waits at most once, is worked on by
 * at most one worker, and is worked on again when it was added meanwhile. Failures come back later and later.
 */
import { type BackoffShape, delayAfter, jittered } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { SECOND } from '../base/units.ts';
import { FairLine } from './fair-line.ts';
import type { Key } from './keys.ts';
import type { QueueMetrics } from './runtime-metrics.ts';
import { TokenBucket } from './token-bucket.ts';

/** `low`: what was there when the program began, and periodic looks; they give way to changes. */
export type Priority = 'normal' | 'low';

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics?: QueueMetrics | undefined;
  /** After each failure in a row of one key. */
  readonly backoff?: BackoffShape;
  /** For the retries of all keys together. */
  readonly retries?: { readonly perSecond: number; readonly burst: number };
}

/** client-go's, with jitter so that what failed together does not come back together. */
const BACKOFF: BackoffShape = { firstMs: 5, limitMs: 1000 * SECOND, factor: 2, jitter: 0.2 };
/**
 * client-go lets 10 retries pass per second, which for a rack of 5,120 VMs would mean 8 minutes after each restart of
 * the API server. These limits stop a storm and nothing else.
 */
const RETRIES = { perSecond: 500, burst: 5000 };

interface Waiting {
  readonly since: number;
  priority: Priority;
}

interface Delayed {
  readonly due: number;
  readonly timer: Timer;
}

export class WorkQueue {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #metrics: QueueMetrics | undefined;
  readonly #backoff: BackoffShape;
  readonly #bucket: TokenBucket;
  readonly #lines: Readonly<Record<Priority, FairLine>> = { normal: new FairLine(), low: new FairLine() };
  /** Keys to be worked on: in a line, or held back because they are being worked on. */
  readonly #dirty = new Map<Key, Waiting>();
  /** Since when each key is being worked on. */
  readonly #processing = new Map<Key, number>();
  readonly #delayed = new Map<Key, Delayed>();
  readonly #failures = new Map<Key, number>();
  #onReady: () => void = () => {};
  #isStopped = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#metrics = options.metrics;
    this.#backoff = options.backoff ?? BACKOFF;
    const { perSecond, burst } = options.retries ?? RETRIES;
    this.#bucket = new TokenBucket(options.clock, perSecond, burst);
  }

  /** Called whenever a key can be taken that could not before. */
  onReady(listener: () => void): void {
    this.#onReady = listener;
  }

  /** Keys that can be taken now. */
  get depth(): number {
    return this.#lines.normal.size + this.#lines.low.size;
  }

  /** Keys being worked on. */
  get processing(): number {
    return this.#processing.size;
  }

  /** Keys that wait for their time. */
  get delayed(): number {
    return this.#delayed.size;
  }

  /** A key that waits already stays where it is, but for one that waits at low priority and becomes normal. */
  add(key: Key, priority: Priority = 'normal'): void {
    if (this.#isStopped) return;
    const waiting = this.#dirty.get(key);
    if (waiting !== undefined) {
      if (waiting.priority === 'low' && priority === 'normal') this.#raise(key, waiting);
      return;
    }
    this.#dirty.set(key, { since: this.#clock.monotonic(), priority });
    this.#metrics?.adds.add(1);
    if (!this.#processing.has(key)) this.#enqueue(key, priority);
  }

  /** Adds it when the time has passed; of several times the earliest counts. */
  addAfter(key: Key, delayMs: number, priority: Priority = 'normal'): void {
    if (this.#isStopped) return;
    if (!(delayMs > 0)) {
      this.add(key, priority);
      return;
    }
    const due = this.#clock.monotonic() + delayMs;
    const present = this.#delayed.get(key);
    if (present !== undefined && present.due <= due) return;
    present?.timer.cancel();
    const timer = this.#clock.after(delayMs, () => {
      this.#delayed.delete(key);
      this.add(key, priority);
    });
    this.#delayed.set(key, { due, timer });
  }

  /** Adds it after a failure: later with each in a row, and not faster than all retries together may go. */
  addRateLimited(key: Key, atLeastMs = 0, atMostMs = Number.POSITIVE_INFINITY): void {
    if (this.#isStopped) return;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.#metrics?.retries.add(1);
    const own = jittered(delayAfter(failures, this.#backoff), this.#backoff.jitter, this.#random);
    this.addAfter(key, Math.max(Math.min(own, atMostMs), this.#bucket.reserve(), atLeastMs));
  }

  /** It worked, or need not be tried again: the next failure is the first. */
  forget(key: Key): void {
    this.#failures.delete(key);
  }

  /** Failures in a row. */
  failuresOf(key: Key): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key to be worked on, or undefined; `done` must follow. */
  take(): Key | undefined {
    const key = this.#lines.normal.take() ?? this.#lines.low.take();
    if (key === undefined) return undefined;
    const now = this.#clock.monotonic();
    this.#metrics?.queueDuration.observe((now - this.#dirty.get(key)!.since) / 1000);
    this.#dirty.delete(key);
    this.#processing.set(key, now);
    this.#metrics?.depth.set(this.depth);
    return key;
  }

  /** The work on it has ended; if it was added meanwhile it can be taken again. */
  done(key: Key): void {
    const since = this.#processing.get(key);
    if (since === undefined) throw new Error(`${key} is not being worked on`);
    this.#processing.delete(key);
    this.#metrics?.workDuration.observe((this.#clock.monotonic() - since) / 1000);
    const waiting = this.#dirty.get(key);
    if (waiting !== undefined) this.#enqueue(key, waiting.priority);
  }

  /** Takes nothing more in, and drops what waits; work under way goes on. */
  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#delayed.values()) timer.cancel();
    this.#delayed.clear();
    this.#dirty.clear();
    for (const line of Object.values(this.#lines)) line.clear();
    this.#metrics?.depth.set(0);
  }

  /** Sets the gauges that are a function of now. */
  refreshMetrics(): void {
    const now = this.#clock.monotonic();
    let total = 0;
    let longest = 0;
    for (const since of this.#processing.values()) {
      total += now - since;
      longest = Math.max(longest, now - since);
    }
    this.#metrics?.unfinished.set(total / 1000);
    this.#metrics?.longestRunning.set(longest / 1000);
    this.#metrics?.depth.set(this.depth);
  }

  #raise(key: Key, waiting: Waiting): void {
    waiting.priority = 'normal';
    if (this.#lines.low.remove(key)) this.#enqueue(key, 'normal');
  }

  #enqueue(key: Key, priority: Priority): void {
    this.#lines[priority].add(key);
    this.#metrics?.depth.set(this.depth);
    this.#onReady();
  }
}
