import { DecodeError, mismatch, type Position } from './decode.ts';
import { canonicalQuantity } from './quantity.ts';
import type { ScalarName, Type } from './type.ts';

/** What Go writes for a value that was never set. */
export function zeroOf(type: Type): unknown {
  switch (type.is) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'int32':
    case 'int64':
    case 'float64':
      return 0;
    case 'intOrString':
      return 0;
    case 'quantity':
      return '0';
    case 'struct': {
      const zero: Record<string, unknown> = {};
      for (const [name, field] of Object.entries(type.fields())) {
        const embedded = field.type.is === 'struct' && field.empty !== 'pointer';
        if (field.empty === 'always' || embedded) zero[name] = zeroOf(field.type);
      }
      return zero;
    }
    default:
      return null;
  }
}

const RANGE: Readonly<Record<string, number>> = { int32: 2 ** 31, int64: 2 ** 63 };
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function decodeScalar(given: unknown, name: ScalarName, at: Position): unknown {
  // Only what is kept as it is can be more than a number.
  if (typeof given === 'bigint' && name === 'int64') return Number(given);
  const value = typeof given === 'bigint' && name !== 'any' ? Number(given) : given;
  switch (name) {
    case 'string':
      if (typeof value !== 'string') throw mismatch(value, 'string', at);
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch(value, 'bool', at);
      return value;
    case 'int32':
    case 'int64':
      return integer(value, name, at);
    case 'float64':
      if (typeof value !== 'number') throw mismatch(value, 'float64', at);
      return value;
    case 'time':
    case 'microTime':
      if (typeof value !== 'string') throw mismatch(value, 'string', at);
      return decodeTime(value, name === 'microTime');
    case 'bytes':
      if (typeof value !== 'string') throw mismatch(value, '[]uint8', at);
      return base64(value);
    case 'quantity':
      return quantityText(value);
    case 'intOrString':
      return typeof value === 'number' ? integer(value, 'int32', at) : decodeScalar(value, 'string', at);
    default:
      return value;
  }
}

function integer(value: unknown, name: 'int32' | 'int64', at: Position): number {
  if (typeof value !== 'number') throw mismatch(value, name, at);
  const limit = RANGE[name]!;
  if (!Number.isInteger(value) || value >= limit || value < -limit) throw mismatch(value, name, at, ` ${value}`);
  return value;
}

function base64(value: string): string {
  const plain = value.replace(/[\r\n]/g, '');
  if (BASE64.test(plain)) return plain;
  const bad = plain.search(/[^A-Za-z0-9+/]/);
  throw new DecodeError(`illegal base64 data at input byte ${bad < 0 ? plain.length - (plain.length % 4) : bad}`);
}

function quantityText(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : value;
  const canonical = typeof text === 'string' ? canonicalQuantity(text) : undefined;
  if (canonical === undefined) {
    throw new DecodeError(
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    );
  }
  return canonical;
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** RFC 3339 in UTC: whole seconds, or exactly six decimals for a MicroTime. */
export function decodeTime(value: string, micro: boolean): string {
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  const refuse = (rest: string, part: string) =>
    new DecodeError(
      `parsing time ${JSON.stringify(value)} as "${layout}": cannot parse ${JSON.stringify(rest)} as "${part}"`,
    );
  const match = TIME.exec(value);
  if (match === null) throw refuse(...firstMisread(value));
  const fraction = match[7] ?? '';
  if (micro && fraction.length !== 7) throw refuse(value.slice(19), '.000000');
  const ms = Date.parse(value.replace(fraction, ''));
  if (Number.isNaN(ms)) throw new DecodeError(`parsing time ${JSON.stringify(value)}: day out of range`);
  const whole = new Date(ms).toISOString().slice(0, 19);
  return micro ? `${whole}${fraction}Z` : `${whole}Z`;
}

/** What is left of the text where it stops being a time, and the part of the layout that was expected there. */
function firstMisread(value: string): [rest: string, part: string] {
  const parts: [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^\d\d/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d(\.\d+)?/, '05'],
    [/^(Z|[+-]\d\d:\d\d)$/, 'Z07:00'],
  ];
  let rest = value;
  for (const [pattern, part] of parts) {
    const match = pattern.exec(rest);
    if (match === null) return [rest, part];
    rest = rest.slice(match[0].length);
  }
  return [rest, 'Z07:00'];
}
