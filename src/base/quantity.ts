/**
 * Kubernetes quantities, exactly. A quantity is a bigint of nano-units: everything finer is rounded up (away from
 * zero), as the API server does. Grammar and canonical form: k8s.io/apimachinery, pkg/api/resource.
 */
export type Nanos = bigint;

const NANO = 1_000_000_000n;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,9})?$/;

/** The pattern that a CRD schema gives its quantities (controller-gen's). */
export const QUANTITY_PATTERN =
  '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$';

/** The value in nano-units, or undefined when the text is no quantity. */
export function parseQuantity(value: string | number): Nanos | undefined {
  const match = PATTERN.exec(String(value));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const digits = BigInt(whole + fraction || '0');
  let numerator = digits * NANO;
  let denominator = 10n ** BigInt(fraction.length);
  if (suffix.length === 2 && suffix.endsWith('i')) {
    numerator *= 1024n ** BigInt(BINARY.indexOf(suffix as (typeof BINARY)[number]));
  } else {
    const exponent = /^[eE][+-]?\d/.test(suffix) ? Number(suffix.slice(1)) : DECIMAL[suffix]!;
    if (Math.abs(exponent) > 1000) return undefined;
    if (exponent >= 0) numerator *= 10n ** BigInt(exponent);
    else denominator *= 10n ** BigInt(-exponent);
  }
  const rounded = (numerator + denominator - 1n) / denominator;
  return sign === '-' ? -rounded : rounded;
}

/** The value as a double; NaN when the text is no quantity. Bytes below 2^53 are exact. */
export function quantityToNumber(value: string | number): number {
  const nanos = parseQuantity(value);
  if (nanos === undefined) return Number.NaN;
  if (nanos % NANO === 0n) return Number(nanos / NANO);
  return Number(nanos / NANO) + Number(nanos % NANO) / 1e9;
}

/** Whether two quantities have the same value, whatever their spelling: `1Gi` and `1024Mi`. */
export function sameQuantity(a: string | number, b: string | number): boolean {
  if (a === b) return true;
  const left = parseQuantity(a);
  return left !== undefined && left === parseQuantity(b);
}

/** Bytes as a canonical binary quantity: the largest of Ki … Ei that divides them, else a plain integer. */
export function formatBytes(bytes: number): string {
  const whole = Math.round(bytes);
  if (whole === 0) return '0';
  let unit = 0;
  let value = whole;
  while (unit < BINARY.length - 1 && value % 1024 === 0) {
    value /= 1024;
    unit++;
  }
  return `${value}${BINARY[unit]}`;
}
