/**
 * The loop of one controller: sources → queue → reconcile, with outcomes as exact as controller-runtime's. A failure
 * concerns its own key; a defect is counted, logged and shown, and stops nothing else.
 */
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { SECOND } from '../base/units.ts';
import { AbortError, ApiError, ConnectionError } from '../client/port.ts';
import { BackendError } from '../hypervisor/backend.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Key } from './keys.ts';
import { type ControllerMetrics, controllerMetrics, queueMetrics } from './runtime-metrics.ts';
import type { Source } from './source.ts';
import { type Priority, WorkQueue, type WorkQueueOptions } from './work-queue.ts';

/** What a reconciliation ends in, when it does not throw. */
export type Outcome =
  /** Nothing more to do until something changes. */
  | { readonly type: 'done' }
  /** Look again then, if nothing changes before. */
  | { readonly type: 'requeue'; readonly afterMs: number };

export const done: Outcome = Object.freeze({ type: 'done' });

export function requeueAfter(afterMs: number): Outcome {
  return { type: 'requeue', afterMs };
}

/** Trying again cannot help: the key rests until something changes. Anything else thrown is tried again. */
export class TerminalError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'TerminalError';
  }
}

export interface ControllerOptions {
  readonly name: string;
  readonly sources: readonly Source[];
  /** `signal` aborts when the controller must stop at once; shutdown in good order waits instead. */
  readonly reconcile: (key: Key, signal: AbortSignal) => Promise<Outcome> | Outcome;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Keys worked on at once. */
  readonly concurrency?: number;
  readonly queue?: Pick<WorkQueueOptions, 'backoff' | 'retries'>;
  /** Looks at everything again after so long. */
  readonly resyncMs?: number;
  /** Makes a defect visible on the object, as an event or a condition. */
  readonly onDefect?: (key: Key, error: unknown) => void;
}

/**
 * A server that does not answer is asked again at least so often, as by the watches: it says nothing about the key, which
 * is not to wait for long after an outage.
 */
const MOST_UNANSWERED_MS = 30 * SECOND;
/** Keys begun in one turn of the event loop before the others get theirs. */
const KEYS_PER_TURN = 32;

export class Controller {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #metrics: ControllerMetrics | undefined;
  readonly #concurrency: number;
  readonly #aborting = new AbortController();
  /** What each key failed of last, since it succeeded. */
  readonly #complaints = new Map<Key, string>();
  /** Messages of defects whose stack has been logged. */
  readonly #seenDefects = new Set<string>();
  #unsubscribe: readonly (() => void)[] = [];
  #state: 'new' | 'waiting' | 'running' | 'stopped' = 'new';
  #active = 0;
  #isPumping = false;
  #resync: Timer | undefined;
  #whenIdle: (() => void)[] = [];

  constructor(options: ControllerOptions) {
    const { name, clock, random, metrics } = options;
    this.name = name;
    this.#options = options;
    this.#concurrency = options.concurrency ?? 1;
    this.#metrics = metrics && controllerMetrics(metrics, name, this.#concurrency);
    this.#queue = new WorkQueue({
      clock,
      random: random.split(`queue/${name}`),
      metrics: metrics && queueMetrics(metrics, name),
      ...options.queue,
    });
    metrics?.beforeRead(() => this.#queue.refreshMetrics());
    this.#queue.onReady(() => this.#schedule());
  }

  /** Gathers keys from now on, and works on them once every source is synced. */
  async start(): Promise<void> {
    if (this.#state !== 'new') throw new Error(`controller ${this.name} was started before`);
    this.#state = 'waiting';
    const { sources } = this.#options;
    this.#unsubscribe = sources.map((source) => source.subscribe((key, priority) => this.#queue.add(key, priority)));
    await Promise.all(sources.map(({ synced }) => synced));
    if (this.#isStopped()) return;
    this.#state = 'running';
    // A source may have told everything before anybody listened: while another process led.
    this.#addAll();
    this.#schedule();
    this.#planResync();
  }

  /** Adds a key from outside the sources. */
  add(key: Key, priority: Priority = 'normal'): void {
    this.#queue.add(key, priority);
  }

  /** Keys that wait or are being worked on; those that wait for their time do not count. */
  get pending(): number {
    return this.#queue.depth + this.#active;
  }

  /** Takes no more keys; resolves when the work under way has ended. */
  stop(): Promise<void> {
    this.#state = 'stopped';
    for (const end of this.#unsubscribe) end();
    this.#queue.stop();
    this.#resync?.cancel();
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** Stops, and tells the work under way to end at once: the lease is lost. */
  abort(): Promise<void> {
    this.#aborting.abort();
    return this.stop();
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #schedule(): void {
    if (this.#isPumping || this.#state !== 'running' || this.#active >= this.#concurrency) return;
    this.#isPumping = true;
    this.#options.clock.defer(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (let begun = 0; begun < KEYS_PER_TURN; begun++) {
      if (this.#state !== 'running' || this.#active >= this.#concurrency) return;
      const key = this.#queue.take();
      if (key === undefined) return;
      void this.#work(key);
    }
    this.#schedule();
  }

  async #work(key: Key): Promise<void> {
    const { clock } = this.#options;
    const started = clock.monotonic();
    this.#active++;
    this.#metrics?.active.set(this.#active);
    try {
      const outcome = await this.#options.reconcile(key, this.#aborting.signal);
      this.#queue.forget(key);
      this.#complaints.delete(key);
      if (outcome.type === 'requeue') this.#queue.addAfter(key, outcome.afterMs);
      this.#metrics?.results[outcome.type === 'requeue' ? 'requeue_after' : 'success'].add(1);
    } catch (error) {
      this.#failed(key, error);
    } finally {
      this.#metrics?.seconds.observe((clock.monotonic() - started) / 1000);
      this.#active--;
      this.#metrics?.active.set(this.#active);
      this.#queue.done(key);
      if (this.#active === 0 && this.#isStopped()) for (const resolve of this.#whenIdle.splice(0)) resolve();
      this.#schedule();
    }
  }

  #failed(key: Key, error: unknown): void {
    if (this.#isStopped() && error instanceof AbortError) return;
    const { logger, onDefect } = this.#options;
    this.#metrics?.results.error.add(1);
    this.#metrics?.errors.add(1);
    const fields = { controller: this.name, key, error: messageOf(error) };
    if (error instanceof TerminalError) {
      this.#metrics?.terminal.add(1);
      this.#queue.forget(key);
      logger.error(fields, 'cannot be reconciled; waiting for a change');
      return;
    }
    const atLeastMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    this.#queue.addRateLimited(key, atLeastMs, isNoAnswer(error) ? MOST_UNANSWERED_MS : undefined);
    if (isExpected(error)) {
      // Said once; while nothing changes, the tries after it are no news.
      const isNews = this.#complaints.get(key) !== fields.error;
      this.#complaints.set(key, fields.error);
      const more = { ...fields, failures: this.#queue.failuresOf(key) };
      if (isNews) logger.warn(more, 'reconcile failed; trying again');
      else logger.debug(more, 'reconcile failed again');
      return;
    }
    this.#metrics?.panics.add(1);
    const isNew = !this.#seenDefects.has(fields.error);
    if (isNew && this.#seenDefects.size < 1000) this.#seenDefects.add(fields.error);
    const stack = isNew && error instanceof Error ? { stack: error.stack } : {};
    logger.error({ ...fields, ...stack }, 'a defect in reconcile; trying again');
    try {
      onDefect?.(key, error);
    } catch (hookError) {
      logger.error({ ...fields, error: messageOf(hookError) }, 'the defect could not be made visible');
    }
  }

  #planResync(): void {
    const { resyncMs, clock, random } = this.#options;
    if (resyncMs === undefined) return;
    // Spread by a tenth, so that the controllers of a program do not all look at once.
    this.#resync = clock.after(resyncMs * (1 + random.next() / 10), () => {
      this.#addAll();
      this.#planResync();
    });
  }

  #addAll(): void {
    for (const source of this.#options.sources) for (const key of source.keys()) this.#queue.add(key, 'low');
  }
}

/** The world's refusals, which the next try may not meet; everything else thrown is a defect of ours. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof ApiError ||
    error instanceof ConnectionError ||
    error instanceof AbortError ||
    (error instanceof BackendError && error.reason !== 'Invalid')
  );
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof ConnectionError || (error instanceof BackendError && error.reason === 'Unreachable');
}
