import { EvaluationError, Opaque } from './value.ts';

const LIMIT = 2n ** 63n;
const NANO = -9;
/** Digits that always fit an int64. */
const SHORT = 18;

const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * A Kubernetes quantity: `unscaled` times ten to the power of `exponent` (apimachinery, pkg/api/resource). Upstream has
 * two representations, and says of values in the large one that they are no integers whatever they are.
 */
export class Quantity extends Opaque {
  readonly typeName = 'kubernetes.Quantity';
  readonly #unscaled: bigint;
  readonly #exponent: number;
  readonly #isSmall: boolean;
  /** Results of add and sub cannot stand on the right of `==`, as upstream. */
  readonly #isComputed: boolean;

  private constructor(unscaled: bigint, exponent: number, isSmall: boolean, isComputed = false) {
    super();
    this.#unscaled = unscaled;
    this.#exponent = exponent;
    this.#isSmall = isSmall;
    this.#isComputed = isComputed;
  }

  /** @throws EvaluationError for what is none */
  static parse(text: string): Quantity {
    const quantity = read(text);
    if (typeof quantity === 'string') throw new EvaluationError(quantity);
    return new Quantity(...quantity);
  }

  static isQuantity(text: string): boolean {
    return typeof read(text) !== 'string';
  }

  static of(integer: number | bigint): Quantity {
    return new Quantity(BigInt(integer), 0, true);
  }

  equals(other: Opaque): boolean {
    const theirs = other as Quantity;
    if (theirs.#isComputed) throw new EvaluationError('no such overload');
    return this.compare(theirs) === 0;
  }

  compare(other: Quantity): number {
    const [a, b] = this.#aligned(other);
    return a === b ? 0 : a < b ? -1 : 1;
  }

  get sign(): number {
    return this.#unscaled === 0n ? 0 : this.#unscaled < 0n ? -1 : 1;
  }

  add(other: Quantity): Quantity {
    if (this.#isSmall && other.#isSmall) {
      if (other.#unscaled === 0n) return new Quantity(this.#unscaled, this.#exponent, true, true);
      if (this.#unscaled === 0n) return new Quantity(other.#unscaled, other.#exponent, true, true);
    }
    const [a, b] = this.#aligned(other);
    const exponent = Math.min(this.#exponent, other.#exponent);
    const isSmall = this.#isSmall && other.#isSmall && [a, b, a + b].every(fitsInt64);
    return new Quantity(a + b, exponent, isSmall, true);
  }

  subtract(other: Quantity): Quantity {
    return this.add(new Quantity(-other.#unscaled, other.#exponent, other.#isSmall));
  }

  /** undefined where upstream cannot say */
  get integer(): bigint | undefined {
    if (!this.#isSmall || this.#exponent < 0) return undefined;
    const value = this.#unscaled * 10n ** BigInt(this.#exponent);
    return fitsInt64(value) ? value : undefined;
  }

  get approximate(): number {
    const base = Number(this.#unscaled);
    return this.#exponent === 0 ? base : base * Number(`1e${this.#exponent}`);
  }

  /** Both at the smaller exponent. */
  #aligned(other: Quantity): [bigint, bigint] {
    const exponent = Math.min(this.#exponent, other.#exponent);
    return [
      this.#unscaled * 10n ** BigInt(this.#exponent - exponent),
      other.#unscaled * 10n ** BigInt(other.#exponent - exponent),
    ];
  }
}

function fitsInt64(value: bigint): boolean {
  return value >= -LIMIT && value < LIMIT;
}

const WRONG_FORM = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_NUMBER = 'unable to parse numeric part of quantity';
const WRONG_SUFFIX = "unable to parse quantity's suffix";

/** Unscaled value, exponent and whether it is in the small representation; a text says what is wrong. */
function read(text: string): [unscaled: bigint, exponent: number, isSmall: boolean] | string {
  if (text === '') return WRONG_FORM;
  const match = /^([+-]?)(0*)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (match === null) return WRONG_FORM;
  const [, sign = '', zeros = '', digits = '', fraction = '', suffix = ''] = match;
  // Nothing but zeros, or nothing at all behind the sign, is zero.
  if (digits === '' && !text.includes('.') && suffix === '') return [0n, 0, true];
  const whole = digits === '' ? '0' : digits;
  const scale = readSuffix(suffix);
  if (scale === undefined) return WRONG_SUFFIX;
  const small = readSmall(sign === '-', whole, fraction, scale);
  if (small !== undefined) return small;
  if (zeros + digits + fraction === '') return WRONG_NUMBER;
  return readLarge(sign === '-', whole, fraction, scale);
}

/** What a suffix multiplies by: a power of ten or of two. */
interface SuffixScale {
  readonly base: 2 | 10;
  readonly exponent: number;
}

function readSuffix(suffix: string): SuffixScale | undefined {
  if (Object.hasOwn(DECIMAL, suffix)) return { base: 10, exponent: DECIMAL[suffix]! };
  if (Object.hasOwn(BINARY, suffix)) return { base: 2, exponent: BINARY[suffix]! };
  return /^[eE][+-]?[0-9]+$/.test(suffix) ? { base: 10, exponent: Number(suffix.slice(1)) } : undefined;
}

function readSmall(
  isNegative: boolean,
  whole: string,
  fraction: string,
  { base, exponent }: SuffixScale,
): [bigint, number, boolean] | undefined {
  let factor = 1n;
  let precision = SHORT - whole.length - fraction.length;
  if (base === 2) {
    if (fraction !== '') return undefined;
    factor = 2n ** BigInt(exponent);
    precision = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1;
  }
  const scale = (base === 10 ? exponent : 0) - fraction.length;
  if (precision < 0 || scale < NANO) return undefined;
  const value = BigInt(whole + fraction) * factor;
  return fitsInt64(value) ? [isNegative ? -value : value, scale, true] : undefined;
}

/** Rounded up to billionths, and for binary suffixes capped at what an int64 holds. */
function readLarge(
  isNegative: boolean,
  whole: string,
  fraction: string,
  { base, exponent }: SuffixScale,
): [bigint, number, boolean] {
  let value = BigInt(whole + fraction) * (base === 2 ? 2n ** BigInt(exponent) : 1n);
  let scale = (base === 10 ? exponent : 0) - fraction.length;
  if (value !== 0n) {
    if (scale >= NANO) value *= 10n ** BigInt(scale - NANO);
    else {
      const divisor = 10n ** BigInt(NANO - scale);
      value = value / divisor + (value % divisor === 0n ? 0n : 1n);
    }
    scale = NANO;
    const cap = (LIMIT - 1n) * 10n ** 9n;
    if (base === 2 && value > cap) [value, scale] = [LIMIT - 1n, 0];
  }
  return [isNegative ? -value : value, scale, false];
}
