import { MINUTE } from '../../base/units.ts';

/** After a program died or a connection broke, everything that waits for a next try has had it by then. */
export const CALM_MS = 2 * MINUTE;

/** Which of several things have been otherwise than they should be for longer than they may. */
export class Patience<T> {
  readonly #allowedMs: number;
  /** Since when, as `monotonic` counts; oldest first. */
  readonly #since = new Map<string, { readonly at: number; readonly what: T }>();

  constructor(allowedMs: number) {
    this.#allowedMs = allowedMs;
  }

  /** Something about it is new: it has time from now on. */
  begin(key: string, now: number, what: T): void {
    this.#since.delete(key);
    this.#since.set(key, { at: now, what });
  }

  /** It may be otherwise than it should be: it has time from when that was first thought. */
  doubt(key: string, now: number, what: T): void {
    if (!this.#since.has(key)) this.#since.set(key, { at: now, what });
  }

  end(key: string): void {
    this.#since.delete(key);
  }

  /** Those that still are as they should not be, and had their time; each is told once. */
  *overdue(now: number, calmSince: number, isSettled: (what: T) => boolean): Iterable<T> {
    for (const [key, { at, what }] of [...this.#since]) {
      const isLate = now - at > this.#allowedMs && now - calmSince > CALM_MS;
      if (isSettled(what)) this.#since.delete(key);
      else if (isLate) {
        this.#since.delete(key);
        yield what;
      }
    }
  }
}
