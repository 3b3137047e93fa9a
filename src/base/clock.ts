import { Heap } from './heap.ts';

/** A pending call set with `Clock.after`. */
export interface Timer {
  /** The call will not be made. Cancelling twice, or after the call, changes nothing. */
  cancel(): void;
}

/**
 * Time as an argument. Everything that waits or reads the time is handed one of these: the real one
 * (`system.ts`), or a `VirtualClock` that moves only when it is told to.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds since an arbitrary start, never going back: for intervals and deadlines. */
  monotonic(): number;
  /** Calls `run` once, `delayMs` from now (0 at the least). Equal deadlines are called in the order they were set. */
  after(delayMs: number, run: () => void): Timer;
  /** Calls `run` when everything that was ready in this turn has run; for gathering work into batches. */
  defer(run: () => void): void;
}

/** Resolves after `delayMs` of the clock's time, or at once with `false` when the signal aborts. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve(false);
      return;
    }
    const abort = () => {
      timer.cancel();
      resolve(false);
    };
    const timer = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', abort);
      resolve(true);
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

interface Entry {
  readonly deadline: number;
  readonly serial: number;
  run: (() => void) | undefined;
}

/**
 * A clock that stands still until `runNext` or `advance` moves it. Calls are made in order of deadline, then of
 * setting, so that a run is a function of what was set and nothing else.
 */
export class VirtualClock implements Clock {
  readonly #heap = new Heap<Entry>(
    (a, b) => a.deadline < b.deadline || (a.deadline === b.deadline && a.serial < b.serial),
  );
  #elapsed = 0;
  #serial = 0;
  #pending = 0;
  readonly #start: number;

  /** @param start milliseconds since the Unix epoch */
  constructor(start = Date.UTC(2010, 10, 1)) {
    this.#start = start;
  }

  now(): number {
    return this.#start + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(delayMs: number, run: () => void): Timer {
    // NaN and negative delays mean now, as they do for the real timers.
    const entry: Entry = { deadline: this.#elapsed + (delayMs > 0 ? delayMs : 0), serial: this.#serial++, run };
    this.#heap.push(entry);
    this.#pending++;
    return {
      cancel: () => {
        if (entry.run === undefined) return;
        entry.run = undefined;
        this.#pending--;
      },
    };
  }

  defer(run: () => void): void {
    this.after(0, run);
  }

  /** How many calls are waiting. */
  get pending(): number {
    return this.#pending;
  }

  /** The deadline of the next call as `monotonic` counts, or undefined when nothing is set. */
  get nextDeadline(): number | undefined {
    this.#dropCancelled();
    return this.#heap.peek()?.deadline;
  }

  /** Moves to the next deadline that is not after `limit` (as `monotonic` counts) and makes that one call. */
  runNext(limit = Number.POSITIVE_INFINITY): boolean {
    this.#dropCancelled();
    const entry = this.#heap.peek();
    if (entry === undefined || entry.deadline > limit) return false;
    this.#heap.pop();
    this.#elapsed = entry.deadline;
    const run = entry.run!;
    entry.run = undefined;
    this.#pending--;
    run();
    return true;
  }

  /** Moves to `time` (as `monotonic` counts) without making calls; refuses to pass one that is due. */
  jumpTo(time: number): void {
    const next = this.nextDeadline;
    if (next !== undefined && next < time) throw new RangeError(`a call is due at ${next}, before ${time}`);
    if (time > this.#elapsed) this.#elapsed = time;
  }

  /**
   * Makes every call due in the next `ms`, with `hop` between them so that promises settle at their own instant,
   * and ends exactly `ms` later.
   */
  async advance(ms: number, hop: () => Promise<void>): Promise<void> {
    const end = this.#elapsed + ms;
    await hop();
    while (this.runNext(end)) await hop();
    this.jumpTo(end);
  }

  #dropCancelled(): void {
    while (this.#heap.size > 0 && this.#heap.peek()!.run === undefined) this.#heap.pop();
  }
}
