import type { Random } from './random.ts';

export interface BackoffShape {
  /** The first delay, in milliseconds. */
  readonly firstMs: number;
  /** No delay is longer than this, before jitter. */
  readonly limitMs: number;
  /** Each delay is this many times the one before. */
  readonly factor: number;
  /** A delay is lengthened by up to this part of itself, drawn at random. */
  readonly jitter: number;
}

/** Delays that grow with each failure in a row, spread at random so that clients do not come back together. */
export class Backoff {
  readonly #shape: BackoffShape;
  readonly #random: Random;
  #failures = 0;

  constructor(shape: BackoffShape, random: Random) {
    this.#shape = shape;
    this.#random = random;
  }

  /** Failures since the last `reset`. */
  get failures(): number {
    return this.#failures;
  }

  /** The delay before the next try, in milliseconds. */
  next(): number {
    return jittered(delayAfter(this.#failures++, this.#shape), this.#shape.jitter, this.#random);
  }

  /** It worked: the next delay is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}

/** The delay after `failures` failures in a row, without jitter. */
export function delayAfter(failures: number, { firstMs, limitMs, factor }: BackoffShape): number {
  return Math.min(limitMs, firstMs * factor ** failures);
}

/** The delay lengthened by up to `jitter` times itself. */
export function jittered(delayMs: number, jitter: number, random: Random): number {
  return delayMs * (1 + jitter * random.next());
}
