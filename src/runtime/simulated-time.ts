/**
 * A namespace's simulated time as everyone but the datacenter knows it: computed from the status of its Clock, which
 * the datacenter writes on each change (architecture.md, "Time and chance"). Windows, intervals and the ttl of finished
 * objects are reckoned in it; leases, retries and timeouts are not.
 */
import type { Clock as ClockObject } from '../api/clock.ts';
import { CLOCK_NAME } from '../api/defaults.ts';
import type { Clock, Timer } from '../base/clock.ts';

export interface SimulatedTimeOptions {
  readonly clock: Clock;
  /** Where Clocks are found: an Informer. */
  readonly clocks: {
    get(namespace: string | undefined, name: string): ClockObject | undefined;
    onChange(listener: (changes: readonly { readonly namespace: string }[]) => void): () => void;
  };
  /** Simulated seconds per second where there is no Clock. */
  readonly speed: number;
}

interface Anchor {
  readonly sim: number;
  readonly real: number;
  /** 0 while time stands still. */
  readonly speed: number;
}

interface Waiting {
  readonly due: number;
  readonly run: () => void;
  timer: Timer | undefined;
}

export class SimulatedTime {
  readonly #options: SimulatedTimeOptions;
  /** Of namespaces without a Clock; only differences of it mean anything. */
  readonly #plain: Anchor;
  readonly #waiting = new Map<string, Set<Waiting>>();

  constructor(options: SimulatedTimeOptions) {
    this.#options = options;
    const now = options.clock.now();
    this.#plain = { sim: now, real: now, speed: options.speed };
    options.clocks.onChange((changes) => {
      for (const namespace of new Set(changes.map((change) => change.namespace))) this.#rearm(namespace);
    });
  }

  /** Milliseconds since the Unix epoch. */
  now(namespace: string): number {
    const { sim, real, speed } = this.#anchorOf(namespace);
    return sim + (this.#options.clock.now() - real) * speed;
  }

  /** Simulated seconds per second; 0 while time stands still. */
  speed(namespace: string): number {
    return this.#anchorOf(namespace).speed;
  }

  /**
   * Calls `run` once, when so much simulated time has passed, however it is paused, sped up or moved meanwhile. A time
   * that has come already is called at once.
   */
  after(namespace: string, delayMs: number, run: () => void): Timer {
    const waiting: Waiting = { due: this.now(namespace) + Math.max(0, delayMs), run, timer: undefined };
    let all = this.#waiting.get(namespace);
    if (all === undefined) {
      all = new Set();
      this.#waiting.set(namespace, all);
    }
    all.add(waiting);
    this.#arm(namespace, waiting);
    return {
      cancel: () => {
        waiting.timer?.cancel();
        this.#forget(namespace, waiting);
      },
    };
  }

  #anchorOf(namespace: string): Anchor {
    const status = this.#options.clocks.get(namespace, CLOCK_NAME)?.status;
    const { anchorSim, anchorReal, speed } = status ?? {};
    if (anchorSim === undefined || anchorReal === undefined || speed === undefined) return this.#plain;
    return { sim: Date.parse(anchorSim), real: Date.parse(anchorReal), speed };
  }

  #rearm(namespace: string): void {
    for (const waiting of [...(this.#waiting.get(namespace) ?? [])]) this.#arm(namespace, waiting);
  }

  #arm(namespace: string, waiting: Waiting): void {
    waiting.timer?.cancel();
    waiting.timer = undefined;
    const { speed } = this.#anchorOf(namespace);
    const left = waiting.due - this.now(namespace);
    if (left > 0 && speed === 0) return;
    waiting.timer = this.#options.clock.after(left > 0 ? left / speed : 0, () => {
      // Real time is not read as finely as timers are called.
      if (waiting.due - this.now(namespace) >= 1) this.#arm(namespace, waiting);
      else {
        this.#forget(namespace, waiting);
        waiting.run();
      }
    });
  }

  #forget(namespace: string, waiting: Waiting): void {
    const all = this.#waiting.get(namespace);
    all?.delete(waiting);
    if (all?.size === 0) this.#waiting.delete(namespace);
  }
}
