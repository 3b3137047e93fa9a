/** A range of sizes or costs. Sums and products stop at the largest uint64, as cel-go's (checker/cost.go). */
export class Estimate {
  readonly min: bigint;
  readonly max: bigint;

  constructor(min: bigint, max: bigint) {
    this.min = min;
    this.max = max;
  }

  static of(value: number | bigint): Estimate {
    return new Estimate(BigInt(value), BigInt(value));
  }

  plus(other: Estimate): Estimate {
    return new Estimate(capped(this.min + other.min), capped(this.max + other.max));
  }

  times(other: Estimate): Estimate {
    return new Estimate(capped(this.min * other.min), capped(this.max * other.max));
  }

  /** Times a factor, rounded up. */
  scaled(factor: number): Estimate {
    return new Estimate(scale(this.min, factor), scale(this.max, factor));
  }

  union(other: Estimate): Estimate {
    return new Estimate(other.min < this.min ? other.min : this.min, other.max > this.max ? other.max : this.max);
  }
}

export const LARGEST = 2n ** 64n - 1n;
export const UNKNOWN = new Estimate(0n, LARGEST);
export const ZERO = Estimate.of(0);
export const ONE = Estimate.of(1);

function capped(value: bigint): bigint {
  return value > LARGEST ? LARGEST : value;
}

function scale(value: bigint, factor: number): bigint {
  const number = Number(value);
  if (number > 0 && factor > 0 && number > Number(LARGEST) / factor) return LARGEST;
  const result = Math.ceil(number * factor);
  return result >= 2 ** 64 ? LARGEST : BigInt(result);
}
