/** How many of a host's seconds are scheduled slice by slice. */
export interface Sampling {
  /** One second in so many; 1: all of them. */
  readonly every: number;
  /** Whether a host may measure a second now, and if not, in how many simulated seconds it is to ask again. */
  delay(): number;
  /** A second was measured by `run`. */
  measure(run: () => void): void;
}

/** The same for every run on every machine: an input. */
export function fixedSampling(every: number): Sampling {
  return { every, delay: () => 0, measure: (run) => run() };
}

/** Of one processor of the machine that runs the datacenter, what measuring may take on average. */
const BUDGET = 0.08;
/** Milliseconds of it that may be saved up. */
const SAVINGS = 150;
/** How often it is looked at whether to measure more or less often. */
const REVIEW_MS = 1000;
const RAREST = 3600;

/**
 * For a datacenter in real time: as often as asked while the machine can afford it, else more rarely. Shared by all hosts
 * of a process.
 */
export class BudgetedSampling implements Sampling {
  readonly #least: number;
  readonly #now: () => number;
  #every: number;
  #savings = SAVINGS;
  #savedAt: number;
  #reviewedAt: number;
  /** Since the last review: real milliseconds that measuring took, and how often it had to wait. */
  #spent = 0;
  #refused = 0;

  /**
   * @param least one second in so many when there is time for it
   * @param now monotonic real milliseconds
   */
  constructor(least: number, now: () => number) {
    this.#least = least;
    this.#every = least;
    this.#now = now;
    this.#savedAt = this.#reviewedAt = now();
  }

  get every(): number {
    return this.#every;
  }

  delay(): number {
    this.#save();
    if (this.#savings > 0) return 0;
    this.#refused++;
    return this.#every;
  }

  measure(run: () => void): void {
    const start = this.#now();
    run();
    const cost = this.#now() - start;
    this.#savings -= cost;
    this.#spent += cost;
  }

  #save(): void {
    const now = this.#now();
    this.#savings = Math.min(SAVINGS, this.#savings + (now - this.#savedAt) * BUDGET);
    this.#savedAt = now;
    const time = now - this.#reviewedAt;
    if (time < REVIEW_MS) return;
    const load = this.#spent / (time * BUDGET);
    if (this.#refused > 0) this.#every = Math.min(RAREST, Math.ceil(this.#every * 1.5));
    else if (load < 0.5) this.#every = Math.max(this.#least, Math.floor(this.#every * Math.max(0.5, load * 1.5)));
    this.#reviewedAt = now;
    this.#spent = 0;
    this.#refused = 0;
  }
}
