import { byCodePoint } from '../go-format.ts';
import {
  compareBytes,
  compareNumeric,
  Double,
  Duration,
  EvaluationError,
  isInt,
  isNumeric,
  ListValue,
  noSuchOverload,
  Timestamp,
  toInt,
  Uint,
  type Value,
} from './value.ts';

const INT_LIMIT = 2n ** 63n;
const UINT_LIMIT = 2n ** 64n;
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

/** An int64, or an error. */
export function checkedInt(value: bigint): number | bigint {
  if (value < -INT_LIMIT || value >= INT_LIMIT) throw new EvaluationError('integer overflow');
  return toInt(value);
}

export function checkedUint(value: bigint): Uint {
  if (value < 0n || value >= UINT_LIMIT) throw new EvaluationError('unsigned integer overflow');
  return new Uint(value);
}

function checkedDuration(nanos: bigint): Duration {
  if (nanos < -INT_LIMIT || nanos >= INT_LIMIT) throw new EvaluationError('integer overflow');
  return new Duration(nanos);
}

export function checkedTimestamp(seconds: number, nanos: number, offsetMinutes = 0): Timestamp {
  if (seconds < FIRST_SECOND || seconds > LAST_SECOND) throw new EvaluationError('timestamp overflow');
  return new Timestamp(seconds, nanos, offsetMinutes);
}

/** Where an operator does not know its first operand; the second one gives a shorter text. */
function unknownOperator(name: string): EvaluationError {
  return new EvaluationError(`no such overload: ${name}`);
}

export function add(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return Number.isSafeInteger(sum) ? sum : checkedInt(BigInt(a) + BigInt(b));
  }
  if (typeof a === 'string') {
    if (typeof b !== 'string') throw noSuchOverload();
    return a + b;
  }
  if (isInt(a)) {
    if (!isInt(b)) throw noSuchOverload();
    return checkedInt(BigInt(a) + BigInt(b));
  }
  if (a instanceof ListValue && b instanceof ListValue) return a.concat(b);
  if (a instanceof Double && b instanceof Double) return new Double(a.value + b.value);
  if (a instanceof Uint && b instanceof Uint) return checkedUint(a.value + b.value);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return new Uint8Array(Buffer.concat([a, b]));
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanos + b.nanos);
  if (a instanceof Duration && b instanceof Timestamp) return shifted(b, a.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return shifted(a, b.nanos);
  throw isAddable(a) ? noSuchOverload() : unknownOperator('_+_');
}

function isAddable(value: Value): boolean {
  return (
    isNumeric(value) ||
    value instanceof ListValue ||
    value instanceof Uint8Array ||
    value instanceof Duration ||
    value instanceof Timestamp
  );
}

export function subtract(a: Value, b: Value): Value {
  if (isInt(a)) {
    if (!isInt(b)) throw noSuchOverload();
    return checkedInt(BigInt(a) - BigInt(b));
  }
  if (a instanceof Double && b instanceof Double) return new Double(a.value - b.value);
  if (a instanceof Uint && b instanceof Uint) return checkedUint(a.value - b.value);
  if (a instanceof Duration && b instanceof Duration) return checkedDuration(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) {
    if (b.nanos === -INT_LIMIT) throw new EvaluationError('integer overflow');
    return shifted(a, -b.nanos);
  }
  if (a instanceof Timestamp && b instanceof Timestamp) {
    const seconds = checkedBig(BigInt(a.seconds - b.seconds) * 1_000_000_000n);
    return checkedDuration(seconds + BigInt(a.nanos - b.nanos));
  }
  const known = isNumeric(a) || a instanceof Duration || a instanceof Timestamp;
  throw known ? noSuchOverload() : unknownOperator('_-_');
}

function checkedBig(value: bigint): bigint {
  checkedInt(value);
  return value;
}

function shifted(time: Timestamp, nanos: bigint): Timestamp {
  const total = BigInt(time.nanos) + nanos;
  let seconds = total / 1_000_000_000n;
  let rest = total % 1_000_000_000n;
  if (rest < 0n) {
    rest += 1_000_000_000n;
    seconds -= 1n;
  }
  return checkedTimestamp(time.seconds + Number(seconds), Number(rest), time.offsetMinutes);
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    // Zero has no sign.
    return Number.isSafeInteger(product) ? product + 0 : checkedInt(BigInt(a) * BigInt(b));
  }
  if (isInt(a)) {
    if (!isInt(b)) throw noSuchOverload();
    return checkedInt(BigInt(a) * BigInt(b));
  }
  if (a instanceof Double && b instanceof Double) return new Double(a.value * b.value);
  if (a instanceof Uint && b instanceof Uint) return checkedUint(a.value * b.value);
  throw isNumeric(a) ? noSuchOverload() : unknownOperator('_*_');
}

export function divide(a: Value, b: Value): Value {
  if (isInt(a)) {
    if (!isInt(b)) throw noSuchOverload();
    // biome-ignore lint/suspicious/noDoubleEquals: both zeros
    if (b == 0) throw new EvaluationError('division by zero');
    if (typeof a === 'number' && typeof b === 'number') return (a - (a % b)) / b + 0;
    return checkedInt(BigInt(a) / BigInt(b));
  }
  if (a instanceof Double && b instanceof Double) return new Double(a.value / b.value);
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new EvaluationError('division by zero');
    return new Uint(a.value / b.value);
  }
  throw isNumeric(a) ? noSuchOverload() : unknownOperator('_/_');
}

export function modulo(a: Value, b: Value): Value {
  if (isInt(a)) {
    if (!isInt(b)) throw noSuchOverload();
    // biome-ignore lint/suspicious/noDoubleEquals: both zeros
    if (b == 0) throw new EvaluationError('modulus by zero');
    if (a === -INT_LIMIT && b === -1) throw new EvaluationError('integer overflow');
    if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
    return toInt(BigInt(a) % BigInt(b));
  }
  if (a instanceof Uint && b instanceof Uint) {
    if (b.value === 0n) throw new EvaluationError('modulus by zero');
    return new Uint(a.value % b.value);
  }
  throw a instanceof Uint ? noSuchOverload() : unknownOperator('_%_');
}

export function negate(a: Value): Value {
  if (typeof a === 'number') return 0 - a;
  if (typeof a === 'bigint') return checkedInt(-a);
  if (a instanceof Double) return new Double(-a.value);
  if (a instanceof Duration) return checkedDuration(-a.nanos);
  throw typeof a === 'boolean' ? noSuchOverload() : unknownOperator('-_');
}

/** Negative, zero or positive. @param operator for the error when the first operand has no order */
export function compare(a: Value, b: Value, operator: string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string') {
    if (typeof b !== 'string') throw noSuchOverload();
    return compareText(a, b);
  }
  if (isNumeric(a)) {
    if (a instanceof Double && Number.isNaN(a.value)) throw new EvaluationError('NaN values cannot be ordered');
    if (!isNumeric(b)) throw noSuchOverload();
    const order = compareNumeric(a, b);
    if (Number.isNaN(order)) throw new EvaluationError('NaN values cannot be ordered');
    return order;
  }
  if (typeof a === 'boolean') {
    if (typeof b !== 'boolean') throw noSuchOverload();
    return Number(a) - Number(b);
  }
  if (a instanceof Timestamp && b instanceof Timestamp) return a.seconds - b.seconds || a.nanos - b.nanos;
  if (a instanceof Duration && b instanceof Duration) return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b);
  const known = a instanceof Timestamp || a instanceof Duration || a instanceof Uint8Array;
  throw known ? noSuchOverload() : unknownOperator(operator);
}

/** Strings in the order of their UTF-8 bytes, as Go has them. */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  if (SURROGATES.test(a) || SURROGATES.test(b)) return byCodePoint(a, b);
  return a < b ? -1 : 1;
}

const SURROGATES = /[\ud800-\udfff]/;
