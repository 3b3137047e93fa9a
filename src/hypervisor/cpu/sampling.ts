/** How many of a host's seconds are scheduled slice by slice. */
export interface Sampling {
  /** One second in so many; 1: all of them. */
  readonly every: number;
  /** Simulated seconds after which a host that wants to measure now is to ask again; 0: it may. */
  delay(): number;
  /** A part of a second is measured by `run`. */
  measure(run: () => void): void;
}

/** The same for every run on every machine: an input. */
export function fixedSampling(every: number): Sampling {
  return { every, delay: () => 0, measure: (run) => run() };
}

/** Of the time in which the datacenter has nothing else to do, what measuring may take on average. */
const BUDGET = 0.08;
/** Milliseconds of it that may be saved up. */
const SAVINGS = 150;
/** Who was put off asks again so often within the interval; whoever measured waits for a whole one. */
const RETRIES = 8;

/**
 * For a datacenter in real time: as often as asked while the machine can afford it, else more rarely. Shared by all hosts
 * of a process.
 */
export class BudgetedSampling implements Sampling {
  readonly every: number;
  readonly #now: () => number;
  readonly #idle: () => number;
  /** Real milliseconds that may be spent; below 0: what has been borrowed. */
  #savings = SAVINGS;
  #savedAt: number;

  /**
   * @param every one second in so many when there is time for it
   * @param now monotonic real milliseconds
   * @param idle of them, those in which the process had nothing to do: machines that start come before measuring
   */
  constructor(every: number, now: () => number, idle: () => number = now) {
    this.every = every;
    this.#now = now;
    this.#idle = idle;
    this.#savedAt = idle();
  }

  delay(): number {
    const idle = this.#idle();
    this.#savings = Math.min(SAVINGS, this.#savings + (idle - this.#savedAt) * BUDGET);
    this.#savedAt = idle;
    return this.#savings > 0 ? 0 : Math.ceil(this.every / RETRIES);
  }

  measure(run: () => void): void {
    const start = this.#now();
    run();
    this.#savings -= this.#now() - start;
  }
}
