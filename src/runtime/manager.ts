/** Starts and stops the parts of a controller program in the right order. */
import { type Clock, sleep } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import { SECOND } from '../base/units.ts';

/** What the manager needs of each part; the classes of this folder and of informer/ fit. */
export interface ManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Informers and Machines: they run whether or not this process leads, so that a standby is warm. */
  readonly caches: readonly { start(): void; stop(): void }[];
  readonly controllers: readonly { start(): Promise<void>; stop(): Promise<void>; abort(): Promise<void> }[];
  readonly writers?: readonly { flush(): Promise<void> }[];
  readonly recorder?: { stop(withinMs?: number): Promise<void> } | undefined;
  /** Left out: the controllers run at once, as in `sim`. */
  readonly election?: { start(lead: () => void, lost: () => void): void; stop(): Promise<void> } | undefined;
}

export class Manager {
  /** Resolves when the lease is lost. The controllers have been told to stop then; the program should end. */
  readonly lost: Promise<void>;
  readonly #options: ManagerOptions;
  #resolveLost!: () => void;
  #isLost = false;
  #stopped: Promise<void> | undefined;

  constructor(options: ManagerOptions) {
    this.#options = options;
    this.lost = new Promise((resolve) => {
      this.#resolveLost = resolve;
    });
  }

  start(): void {
    const { caches, election } = this.#options;
    for (const cache of caches) cache.start();
    if (election === undefined) this.#lead();
    else
      election.start(
        () => this.#lead(),
        () => this.#lose(),
      );
  }

  /**
   * Ends in good order: no more changes come in, the work under way is finished, status and events are written, and the
   * lease is given back last. What takes longer than `withinMs` in all is left undone, but for the lease.
   */
  stop(withinMs = 30 * SECOND): Promise<void> {
    this.#stopped ??= this.#stop(withinMs);
    return this.#stopped;
  }

  async #stop(withinMs: number): Promise<void> {
    const { clock, logger, caches, controllers, writers = [], recorder, election } = this.#options;
    const deadline = clock.monotonic() + withinMs;
    const left = () => Math.max(0, deadline - clock.monotonic());
    for (const cache of caches) cache.stop();
    const idle = Promise.all(controllers.map((controller) => controller.stop()));
    if (!(await this.#inTime(idle, left()))) {
      logger.warn({}, 'work under way did not end in time');
      for (const controller of controllers) void controller.abort();
    }
    if (!this.#isLost && !(await this.#inTime(Promise.all(writers.map((writer) => writer.flush())), left()))) {
      logger.warn({}, 'not every status could be written in time');
    }
    await recorder?.stop(Math.min(left(), 5 * SECOND));
    await election?.stop();
  }

  #lead(): void {
    for (const controller of this.#options.controllers) void controller.start();
  }

  #lose(): void {
    this.#isLost = true;
    for (const controller of this.#options.controllers) void controller.abort();
    this.#resolveLost();
  }

  async #inTime(work: Promise<unknown>, ms: number): Promise<boolean> {
    const abort = new AbortController();
    const isDone = await Promise.race([
      work.then(() => true),
      sleep(this.#options.clock, ms, abort.signal).then(() => false),
    ]);
    abort.abort();
    return isDone;
  }
}
