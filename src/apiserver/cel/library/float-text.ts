/** A finite double, exactly, as a fraction. */
function fraction(value: number): { numerator: bigint; denominator: bigint } {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const mantissa = (bits & 0xf_ffff_ffff_ffffn) | (exponent === 0 ? 0n : 1n << 52n);
  const power = Math.max(exponent, 1) - 1075;
  if (power >= 0) return { numerator: mantissa << BigInt(power), denominator: 1n };
  return { numerator: mantissa, denominator: 1n << BigInt(-power) };
}

/** Rounds to the nearest integer, halves to the even one. Both are positive. */
function rounded(numerator: bigint, denominator: bigint): bigint {
  const quotient = numerator / denominator;
  const twice = (numerator % denominator) * 2n;
  return twice > denominator || (twice === denominator && quotient % 2n === 1n) ? quotient + 1n : quotient;
}

/** What stands for a number that is not finite. */
function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'NaN';
  return Number.isFinite(value) ? undefined : value < 0 ? '-∞' : '∞';
}

/** With so many digits behind the point, and the thousands apart as in English: `1,234.50`. */
export function fixedText(value: number, digits: number): string {
  const named = special(value);
  if (named !== undefined) return named;
  const { numerator, denominator } = fraction(value);
  const scaled = rounded(numerator * 10n ** BigInt(digits), denominator)
    .toString()
    .padStart(digits + 1, '0');
  const whole = scaled.slice(0, scaled.length - digits).replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = value < 0 ? '-' : '';
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${scaled.slice(-digits)}`;
}

const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const DIGITS = 6;

/** With six digits behind the point and a power of ten: `1.500000×10⁰⁰`. Upstream takes the precision for a width. */
export function scientificText(value: number, width: number): string {
  const named = special(value);
  if (named !== undefined) return named.padStart(width);
  if (value === 0) return `0.000000×10${superscript(0)}`;
  const { numerator, denominator } = fraction(Math.abs(value));
  let exponent = Number(value.toExponential().split('e')[1]);
  let digits = significant(numerator, denominator, exponent);
  if (digits.length > DIGITS + 1) {
    exponent++;
    digits = significant(numerator, denominator, exponent);
  }
  const sign = value < 0 ? '-' : '';
  return `${sign}${digits[0]}.${digits.slice(1)}×10${superscript(exponent)}`.padStart(width);
}

function significant(numerator: bigint, denominator: bigint, exponent: number): string {
  const shift = DIGITS - exponent;
  const scale = 10n ** BigInt(Math.abs(shift));
  const result = shift >= 0 ? rounded(numerator * scale, denominator) : rounded(numerator, denominator * scale);
  return result.toString();
}

function superscript(exponent: number): string {
  const digits = String(Math.abs(exponent)).padStart(2, '0');
  const raised = [...digits].map((digit) => SUPERSCRIPTS[Number(digit)]).join('');
  return exponent < 0 ? `⁻${raised}` : raised;
}
