import { goQuote } from '../go-format.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5
  μs: 1_000n, // U+03BC
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const LIMIT = 2n ** 63n;

/** Nanoseconds of a duration as Go's time.ParseDuration reads it, such as `1h30m`; a string says why it is none. */
export function parseDuration(text: string): bigint | string {
  const invalid = `time: invalid duration ${goQuote(text)}`;
  const negative = text.startsWith('-');
  let rest = /^[+-]/.test(text) ? text.slice(1) : text;
  if (rest === '0') return 0n;
  if (rest === '') return invalid;
  let total = 0n;
  while (rest !== '') {
    const number = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest)!;
    const [matched, whole = '', fraction = ''] = number;
    if (whole === '' && fraction === '') return invalid;
    rest = rest.slice(matched.length);
    const name = /^[^.0-9]*/.exec(rest)![0];
    if (name === '') return `time: missing unit in duration ${goQuote(text)}`;
    const unit = Object.hasOwn(UNITS, name) ? UNITS[name] : undefined;
    if (unit === undefined) return `time: unknown unit ${goQuote(name)} in duration ${goQuote(text)}`;
    rest = rest.slice(name.length);
    const units = whole === '' ? 0n : BigInt(whole);
    if (units > LIMIT / unit) return invalid;
    total += units * unit + fractionOf(fraction, unit);
    if (total > LIMIT) return invalid;
  }
  if (negative) return -total;
  return total === LIMIT ? invalid : total;
}

/** Go multiplies the digits behind the point as doubles, keeping as many as fit an int64. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    const next = value * 10n + BigInt(digit);
    if (value > (LIMIT - 1n) / 10n || next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}
