import type { VirtualClock } from '../base/clock.ts';
import { macrotask } from '../base/system.ts';

/** Turns of the event loop that a call may take before it counts as one that never ends. */
const MOST_TURNS = 1_000_000;

export interface DriverOptions {
  readonly clock: VirtualClock;
  /** Calls through ports that are being carried out now. */
  readonly open: () => number;
  /** Called after each step, when all promises that could settle have. */
  readonly onStep?: (() => void) | undefined;
}

/** Somebody ended the run while something was waited for. */
export class Stopped extends Error {
  override name = 'Stopped';
}

/**
 * Moves virtual time, a call of the clock at a time. Before each, every promise that can settle has settled; and time
 * itself moves only while no call through a port is open, so that what a call waits for outside of this process (a
 * module that is loaded) takes no time of the world, however long it takes.
 */
export class Driver {
  readonly #options: DriverOptions;
  #steps = 0;
  #isStopped = false;

  constructor(options: DriverOptions) {
    this.#options = options;
  }

  /** Calls of the clock that were made. */
  get steps(): number {
    return this.#steps;
  }

  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends the run under way before its next step. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Moves to `time` as `monotonic` counts; ends before when it was stopped. */
  async runUntil(time: number): Promise<void> {
    await this.#run(time, () => false);
    if (!this.#isStopped) this.#options.clock.jumpTo(time);
  }

  /** Moves until the promise settles, for `withinMs` at most; resolves and rejects as it does. */
  async settle<T>(promise: Promise<T>, withinMs: number): Promise<T> {
    let isOver = false;
    const settled = () => {
      isOver = true;
    };
    promise.then(settled, settled);
    await this.#run(this.#options.clock.monotonic() + withinMs, () => isOver);
    if (this.#isStopped && !isOver) throw new Stopped();
    if (!isOver) throw new Error(`nothing came of it in ${withinMs / 1000} s of the world`);
    return promise;
  }

  async #run(limit: number, isOver: () => boolean): Promise<void> {
    const { clock, open, onStep } = this.#options;
    for (;;) {
      await macrotask();
      for (let turns = 0; open() > 0 && !isDue(clock); turns++) {
        if (turns > MOST_TURNS) throw new Error(`${open()} calls through ports do not end`);
        await macrotask();
      }
      onStep?.();
      if (this.#isStopped || isOver()) return;
      if (!clock.runNext(limit)) return;
      this.#steps++;
    }
  }
}

function isDue(clock: VirtualClock): boolean {
  const next = clock.nextDeadline;
  return next !== undefined && next <= clock.monotonic();
}
