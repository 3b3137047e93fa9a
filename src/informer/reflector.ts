/**
 * Keeps a sink equal to what a server holds: everything first, then every change, across lost connections, forgotten
 * versions and refusals. The behaviour is that of client-go's tools/cache/reflector.go.
 */
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { Backoff } from '../base/backoff.ts';
import { type Clock, sleep, type Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { MINUTE, SECOND } from '../base/units.ts';
import { ApiError, type Client, type Selection, type Watch, type WatchEvent } from '../client/port.ts';
import type { Absence } from './absence.ts';
import { isOlder } from './resource-version.ts';

export type ObjectEvent<T extends KubeObject> = Extract<WatchEvent<T>, { readonly object: T }>;

export interface ReflectorSink<T extends KubeObject> {
  /** Everything there is, as of a version; what is missing is gone. */
  replace(objects: readonly T[], version: string): void;
  /** Changes in commit order, none of them twice. */
  apply(events: readonly ObjectEvent<T>[], version: string): void;
  /** Nothing changed up to this version. */
  reached(version: string): void;
}

export interface ReflectorOptions<T extends KubeObject> {
  readonly client: Client;
  readonly type: ResourceType;
  readonly selection: Selection;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Asks for the present objects as a stream (`sendInitialEvents`) before falling back to lists. */
  readonly streamed?: boolean;
  /** Shared by the kinds that are installed together: told when the server does not know this one. */
  readonly absence?: Absence | undefined;
}

const PAGE = 500;
const BACKOFF = { firstMs: 800, limitMs: 30 * SECOND, factor: 2, jitter: 1 };
const QUIET_MS = 2 * MINUTE;
/** A stream of present objects that pauses for so long will not be completed: the server does not know the option. */
const STREAM_PAUSE_MS = 15 * SECOND;
/** A watch that ends in good order sooner than this, without an event, is a failure: else it would spin. */
const SHORT_WATCH_MS = SECOND;

export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  readonly #stopping = new AbortController();
  readonly #backoff: Backoff;
  #watch: Watch | undefined;
  /** The stream has told everything up to here; undefined: everything must be loaded. */
  #version: string | undefined;
  /** A list may be of any age until one has been seen; afterwards time must not go back. */
  #isFirst = true;
  #streamed: boolean;
  #lastFailureAt = Number.NEGATIVE_INFINITY;
  #failing = false;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
    this.#streamed = options.streamed ?? true;
    this.#backoff = new Backoff(BACKOFF, options.random);
  }

  /** The version that the sink has reached; undefined before the first load, and while loading anew. */
  get version(): string | undefined {
    return this.#version;
  }

  start(): void {
    void this.#run();
  }

  /** Nothing is told to the sink afterwards. */
  stop(): void {
    this.#stopping.abort();
    this.#watch?.stop();
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let error: unknown;
      try {
        await (this.#version === undefined ? this.#load() : this.#follow(this.#version));
      } catch (thrown) {
        error = thrown;
      }
      if (signal.aborted) return;
      if (error === undefined) continue;
      const delayMs = this.#judge(error);
      if (delayMs > 0) await sleep(clock, delayMs, signal);
    }
  }

  /** Decides where to go on after a failure; returns after how many milliseconds. */
  #judge(error: unknown): number {
    const { clock, logger } = this.#options;
    const now = clock.monotonic();
    if (now - this.#lastFailureAt > QUIET_MS) this.#backoff.reset();
    this.#lastFailureAt = now;
    const isForgotten = error instanceof ApiError && (error.code === 410 || isTooNew(error));
    if (isForgotten) {
      this.#isFirst = false;
      this.#version = undefined;
    } else if (error instanceof ApiError && error.code < 500 && error.code !== 429) {
      // Forbidden, or the kind is no longer served: what comes after may be another world.
      this.#version = undefined;
    }
    const isFirstInRow = this.#backoff.failures === 0;
    let delayMs = this.#backoff.next();
    if (isForgotten && isFirstInRow) delayMs = 0;
    if (error instanceof ApiError) delayMs = Math.max(delayMs, error.retryAfterMs ?? 0);
    const fields = { kind: this.#options.type.kind, error: messageOf(error), retryMs: Math.round(delayMs) };
    const isAbsent = this.#options.absence !== undefined && error instanceof ApiError && error.code === 404;
    if (isAbsent) this.#options.absence?.gone(fields.kind, fields.retryMs);
    if (this.#failing || isForgotten || isAbsent) logger.debug(fields, 'watch failed');
    else logger.warn(fields, 'cannot watch; trying again');
    if (!isForgotten) this.#failing = true;
    return delayMs;
  }

  #succeeded(): void {
    const { absence, logger, type } = this.#options;
    absence?.served(type.kind);
    if (this.#failing) logger.info({ kind: type.kind }, 'watching again');
    this.#failing = false;
  }

  async #load(): Promise<void> {
    if (!this.#streamed) return this.#list();
    try {
      await this.#stream();
    } catch (error) {
      // 422 and 400: the server's feature is off, or it is older than the option.
      if (!(error instanceof StreamUnsupported || (error instanceof ApiError && [400, 422].includes(error.code)))) {
        throw error;
      }
      this.#streamed = false;
    }
  }

  async #list(): Promise<void> {
    const { client, type, selection } = this.#options;
    const options = {
      ...selection,
      signal: this.#stopping.signal,
      ...(this.#isFirst ? { resourceVersion: '0' } : {}),
    };
    let page = await client.list<T>(type, { ...options, limit: PAGE });
    const objects = [...page.items];
    while (page.continue !== undefined) {
      try {
        const { resourceVersion: _, ...rest } = options as { resourceVersion?: string };
        page = await client.list<T>(type, { ...rest, limit: PAGE, continue: page.continue });
        objects.push(...page.items);
      } catch (error) {
        if (!(error instanceof ApiError && error.code === 410)) throw error;
        // The pages have expired: everything at once, of now.
        page = await client.list<T>(type, { ...selection, signal: this.#stopping.signal });
        objects.splice(0, objects.length, ...page.items);
      }
    }
    if (!this.#stopping.signal.aborted) this.#loaded(objects, page.resourceVersion);
  }

  #loaded(objects: readonly T[], version: string): void {
    this.#isFirst = false;
    this.#version = version;
    this.#succeeded();
    this.#options.sink.replace(objects, version);
  }

  /** Loads everything from a watch, and goes on with it. */
  async #stream(): Promise<void> {
    const { clock } = this.#options;
    const present = new Map<string, T>();
    let isLoading = true;
    let pause: Timer | undefined;
    try {
      await this.#observe({ sendInitialEvents: true, timeoutSeconds: this.#timeoutSeconds() }, (batch, fail) => {
        if (!isLoading) return this.#take(batch);
        pause?.cancel();
        const synced = this.#gather(batch, present);
        if (synced === undefined) pause = clock.after(STREAM_PAUSE_MS, () => fail(new StreamUnsupported()));
        else {
          isLoading = false;
          this.#take(batch.slice(synced + 1));
        }
      });
    } finally {
      pause?.cancel();
    }
    if (isLoading && !this.#stopping.signal.aborted) throw new Error('the watch ended before it had sent everything');
  }

  /** Adds to the present objects until they are complete; returns where in the batch that was. */
  #gather(batch: readonly WatchEvent<T>[], present: Map<string, T>): number | undefined {
    for (const [at, event] of batch.entries()) {
      if (event.type === 'bookmark') {
        if (!event.synced) continue;
        this.#loaded([...present.values()], event.resourceVersion);
        return at;
      }
      if (event.type === 'deleted') present.delete(keyOf(event.object));
      else present.set(keyOf(event.object), event.object);
    }
    return undefined;
  }

  async #follow(version: string): Promise<void> {
    const { clock } = this.#options;
    const started = clock.monotonic();
    let isEmpty = true;
    await this.#observe({ resourceVersion: version, timeoutSeconds: this.#timeoutSeconds() }, (batch) => {
      isEmpty = isEmpty && batch.length === 0;
      this.#succeeded();
      this.#take(batch);
    });
    if (isEmpty && clock.monotonic() - started < SHORT_WATCH_MS) throw new Error('the watch ended as soon as it began');
  }

  /** Hands on what is new. Anything at or before the version that was reached has been told already. */
  #take(batch: readonly WatchEvent<T>[]): void {
    const { sink } = this.#options;
    const events: ObjectEvent<T>[] = [];
    let version = this.#version!;
    for (const event of batch) {
      const at = event.type === 'bookmark' ? event.resourceVersion : event.object.metadata.resourceVersion;
      if (at === version || isOlder(at, version)) continue;
      version = at;
      if (event.type !== 'bookmark') events.push(event);
    }
    this.#version = version;
    if (events.length > 0) sink.apply(events, version);
    else if (batch.length > 0) sink.reached(version);
  }

  /** Runs one watch to its end; rejects with what broke it. */
  #observe(
    options: {
      readonly resourceVersion?: string;
      readonly sendInitialEvents?: boolean;
      readonly timeoutSeconds: number;
    },
    events: (batch: readonly WatchEvent<T>[], fail: (error: Error) => void) => void,
  ): Promise<void> {
    const { client, type, selection } = this.#options;
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      let isOver = false;
      let watch: Watch | undefined;
      const end = (error?: Error) => {
        if (isOver) return;
        isOver = true;
        signal.removeEventListener('abort', stopped);
        watch?.stop();
        if (error === undefined) resolve();
        else reject(error);
      };
      const stopped = () => end();
      signal.addEventListener('abort', stopped, { once: true });
      watch = client.watch<T>(
        type,
        { ...selection, ...options },
        {
          // What a connection tells after it was given up is of no interest: another one tells it again.
          events: (batch) => {
            if (!isOver) events(batch, end);
          },
          closed: end,
        },
      );
      this.#watch = watch;
      if (isOver) watch.stop();
      else if (options.sendInitialEvents) events([], end);
    });
  }

  /** 5 to 10 minutes, so that the watches of many clients do not end together. */
  #timeoutSeconds(): number {
    return this.#options.random.between(300, 600);
  }
}

class StreamUnsupported extends Error {
  constructor() {
    super('the server did not complete the stream of present objects');
  }
}

const keyOf = ({ metadata }: KubeObject) => `${metadata.namespace ?? ''}/${metadata.name}`;

/** The server has not come as far as the version asked for: another replica, or one restored from a backup. */
function isTooNew({ code, status }: ApiError): boolean {
  return code === 504 && (status.details?.causes ?? []).some(({ reason }) => reason === 'ResourceVersionTooLarge');
}
