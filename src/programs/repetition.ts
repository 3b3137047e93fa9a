import type { Clock } from '../base/clock.ts';

/** So many lines that say the same are passed on within the interval; of the rest, how many there were. */
const LIMIT = 5;
const INTERVAL_MS = 10_000;
const LONGEST = 300;

interface Run {
  passed: number;
  held: number;
}

/**
 * Keeps one trouble that concerns a thousand objects from filling the screen. Lines are the same when they are but for
 * what differs from object to object: names, numbers, ids.
 */
export class Repetition {
  readonly #clock: Clock;
  readonly #write: (line: string) => void;
  readonly #runs = new Map<string, Run>();

  constructor(clock: Clock, write: (line: string) => void) {
    this.#clock = clock;
    this.#write = write;
  }

  /** @param sameness what lines that say the same have in common; undefined for what is always passed on */
  pass(line: string, sameness: string | undefined): void {
    if (sameness === undefined) {
      this.#write(line);
      return;
    }
    let run = this.#runs.get(sameness);
    if (run === undefined) {
      run = { passed: 0, held: 0 };
      this.#runs.set(sameness, run);
      this.#clock.after(INTERVAL_MS, () => this.#end(sameness));
    }
    if (run.passed < LIMIT) {
      run.passed++;
      this.#write(line);
    } else run.held++;
  }

  /** Tells of everything that was held back. */
  flush(): void {
    for (const sameness of [...this.#runs.keys()]) this.#end(sameness);
  }

  #end(sameness: string): void {
    const run = this.#runs.get(sameness);
    if (run === undefined) return;
    this.#runs.delete(sameness);
    if (run.held > 0) this.#write(`… and ${run.held} more lines like: ${sameness}`);
  }
}

/** What a warning or an error has in common with others that say the same; undefined for any other line. */
export function samenessOf(name: string, line: string): string | undefined {
  if (!/^\{"level":"(?:warn|error)"/.test(line)) return undefined;
  try {
    const { level, msg, error = '' } = JSON.parse(line);
    const words = [name, level, msg, String(error).replace(/"[^"]*"|\d+/g, '#')];
    return words.filter(Boolean).join(' ').slice(0, LONGEST);
  } catch {
    return undefined;
  }
}
