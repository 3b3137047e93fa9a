import { parseDuration } from '../formats/duration.ts';
import { goFloat } from '../go-format.ts';
import { checkedInt, checkedTimestamp, checkedUint } from './arithmetic.ts';
import { durationText, parseTimestamp, timestampText } from './time.ts';
import {
  Double,
  Duration,
  EvaluationError,
  isInt,
  Timestamp,
  TypeValue,
  toInt,
  typeName,
  Uint,
  type Value,
} from './value.ts';

/** `type conversion error from 'string' to 'int'` */
function impossible(value: Value, to: string): EvaluationError {
  return new EvaluationError(`type conversion error from '${typeName(value)}' to '${to}'`);
}

export function toIntValue(value: Value): Value {
  if (isInt(value)) return value;
  if (value instanceof Double) {
    const double = value.value;
    if (!(double > -(2 ** 63) && double < 2 ** 63)) throw new EvaluationError('integer overflow');
    return toInt(BigInt(Math.trunc(double)));
  }
  if (value instanceof Uint) return checkedInt(value.value);
  if (value instanceof Timestamp) return value.seconds;
  if (value instanceof Duration) return toInt(value.nanos);
  if (typeof value !== 'string' || !/^[+-]?[0-9]+$/.test(value)) throw impossible(value, 'int');
  const parsed = BigInt(value.replace('+', ''));
  if (parsed < -(2n ** 63n) || parsed >= 2n ** 63n) throw impossible(value, 'int');
  return toInt(parsed);
}

export function toUintValue(value: Value): Value {
  if (value instanceof Uint) return value;
  if (isInt(value)) return checkedUint(BigInt(value));
  if (value instanceof Double) {
    const double = value.value;
    if (!(double >= 0 && double < 2 ** 64)) throw new EvaluationError('unsigned integer overflow');
    return new Uint(BigInt(Math.trunc(double)));
  }
  if (typeof value !== 'string' || !/^[0-9]+$/.test(value) || BigInt(value) >= 2n ** 64n)
    throw impossible(value, 'uint');
  return new Uint(BigInt(value));
}

const DIGITS = '[0-9]+(?:_[0-9]+)*';
const FLOAT = new RegExp(
  `^[+-]?(?:${DIGITS}(?:\\.(?:${DIGITS})?)?(?:e[+-]?${DIGITS})?|\\.${DIGITS}(?:e[+-]?${DIGITS})?|inf|infinity|nan)$`,
  'i',
);

export function toDoubleValue(value: Value): Value {
  if (value instanceof Double) return value;
  if (isInt(value)) return new Double(Number(value));
  if (value instanceof Uint) return new Double(Number(value.value));
  if (typeof value !== 'string') throw impossible(value, 'double');
  const parsed = parseFloatText(value);
  if (parsed === undefined) throw impossible(value, 'double');
  return new Double(parsed);
}

/** strconv.ParseFloat, with hexadecimal mantissas left out; undefined for what is no float64. */
function parseFloatText(text: string): number | undefined {
  if (!FLOAT.test(text)) return undefined;
  const plain = text.toLowerCase().replace(/^[+-]/, '');
  const sign = text.startsWith('-') ? -1 : 1;
  if (plain === 'nan') return /^[+-]/.test(text) ? undefined : Number.NaN;
  if (plain.startsWith('inf')) return sign * Number.POSITIVE_INFINITY;
  const number = Number(plain.replaceAll('_', ''));
  return Number.isFinite(number) ? sign * number : undefined;
}

const TRUE = ['1', 't', 'T', 'TRUE', 'true', 'True'];
const FALSE = ['0', 'f', 'F', 'FALSE', 'false', 'False'];

export function toBoolValue(value: Value): Value {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string' && TRUE.includes(value)) return true;
  if (typeof value === 'string' && FALSE.includes(value)) return false;
  throw impossible(value, 'bool');
}

export function toStringValue(value: Value): Value {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || isInt(value)) return String(value);
  if (value instanceof Double) return goFloat(value.value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.name;
  if (value === null) return 'null';
  if (!(value instanceof Uint8Array)) throw impossible(value, 'string');
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string');
  }
}

export function toBytesValue(value: Value): Value {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value));
  throw impossible(value, 'bytes');
}

export function toTimestampValue(value: Value): Value {
  if (value instanceof Timestamp) return value;
  if (isInt(value)) return checkedTimestamp(Number(value), 0);
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (parsed === undefined) throw impossible(value, 'google.protobuf.Timestamp');
  return checkedTimestamp(parsed.seconds, parsed.nanos, parsed.offsetMinutes);
}

export function toDurationValue(value: Value): Value {
  if (value instanceof Duration) return value;
  const parsed = typeof value === 'string' ? parseDuration(value) : undefined;
  if (typeof parsed !== 'bigint') throw impossible(value, 'google.protobuf.Duration');
  return new Duration(parsed);
}
