import { parseDuration } from './duration.ts';
import { isSloppyAddress, isSloppyCidr, parseAddress } from './ip-address.ts';
import { isMailAddress } from './mail-address.ts';
import { parseUrl } from './url.ts';

/**
 * The string formats that a CRD schema can ask for, by their names without dashes (`date-time` and `datetime` are one):
 * k8s.io/apiextensions-apiserver pkg/apiserver/validation/formats.go, k8s.io/kube-openapi pkg/validation/strfmt.
 */
export const stringFormats: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['bsonobjectid', (text) => /^[0-9a-fA-F]{24}$/.test(text)],
  ['uri', (text) => typeof parseUrl(text) !== 'string'],
  ['email', isMailAddress],
  ['hostname', isHostname],
  ['ipv4', (text) => text.includes('.') && isSloppyAddress(text)],
  ['ipv6', (text) => text.includes(':') && !text.includes('%') && typeof parseAddress(text) !== 'string'],
  ['cidr', isSloppyCidr],
  ['mac', isMac],
  ['uuid', (text) => UUID.test(text)],
  ['uuid3', (text) => UUID3.test(text)],
  ['uuid4', (text) => UUID4.test(text)],
  ['uuid5', (text) => UUID5.test(text)],
  ['isbn', (text) => isIsbn10(text) || isIsbn13(text)],
  ['isbn10', isIsbn10],
  ['isbn13', isIsbn13],
  ['creditcard', isCreditCard],
  ['ssn', (text) => text.length === 11 && /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ['hexcolor', (text) => /^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/.test(text)],
  ['rgbcolor', (text) => RGB_COLOR.test(text)],
  ['byte', isBase64],
  ['password', () => true],
  ['date', isDate],
  ['duration', isDuration],
  ['datetime', isDateTime],
  ['k8sshortname', (text) => text.length <= 63 && SHORT_NAME.test(text)],
  ['k8slongname', (text) => text.length <= 253 && LONG_NAME.test(text)],
]);

/** The format that holds for values of the type, or undefined when the server does not know it there. */
export function knownFormat(type: string, format: string): string | undefined {
  if (format === '') return undefined;
  if (type === 'integer') return format === 'int32' || format === 'int64' ? format : undefined;
  if (type === 'number') return format === 'float' || format === 'double' ? format : undefined;
  if (type !== '' && type !== 'string') return undefined;
  return stringFormats.has(format.replaceAll('-', '')) ? format : undefined;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID3 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?3[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const UUID4 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?4[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const UUID5 = /^[0-9a-f]{8}-?[0-9a-f]{4}-?5[0-9a-f]{3}-?[89ab][0-9a-f]{3}-?[0-9a-f]{12}$/i;
const BLANK = '[\\t\\n\\f\\r ]*';
const CHANNEL = `${BLANK}(0|[1-9]\\d?|1\\d\\d?|2[0-4]\\d|25[0-5])${BLANK}`;
const RGB_COLOR = new RegExp(`^rgb\\(${CHANNEL},${CHANNEL},${CHANNEL}\\)$`);
const LABEL = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const SHORT_NAME = new RegExp(`^${LABEL}$`);
const LONG_NAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);

/** A host name of letters, digits, symbols and inner dashes; a name with dots ends in letters only. */
function isHostname(text: string): boolean {
  if (utf8Length(text) > 255) return false;
  const labels = text.split('.');
  if (labels.some((label) => utf8Length(label) > 63)) return false;
  if (labels.length === 1) return /^[a-zA-Z0-9\p{S}\p{L}](-?[a-zA-Z0-9\p{S}\p{L}]{0,62})?$/u.test(text);
  const last = labels.pop()!;
  // The last label takes two to sixty-three letters, or the whole is one more label that ends in them.
  if (!/^[a-zA-Z\p{L}]{2,63}$/u.test(last)) return false;
  return labels.every((label) =>
    /^[a-zA-Z0-9\p{S}\p{L}]([a-zA-Z0-9\-\p{S}\p{L}]{0,61}[a-zA-Z0-9\p{S}\p{L}])?$/u.test(label),
  );
}

function utf8Length(text: string): number {
  return Buffer.byteLength(text);
}

function isMac(text: string): boolean {
  const groups = /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2})+$/.test(text) || /^[0-9a-fA-F]{2}(?:-[0-9a-fA-F]{2})+$/.test(text);
  const quads = /^[0-9a-fA-F]{4}(?:\.[0-9a-fA-F]{4})+$/.test(text);
  if (!groups && !quads && !/^(?:[0-9a-fA-F]{2})+$/.test(text)) return false;
  const bytes = text.replace(/[:.-]/g, '').length / 2;
  return bytes === 6 || bytes === 8 || bytes === 20;
}

function isIsbn10(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^(?:[0-9]{9}X|[0-9]{10})$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += (i + 1) * (digits[i] === 'X' ? 10 : Number(digits[i]));
  return sum % 11 === 0;
}

function isIsbn13(text: string): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (!/^[0-9]{13}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < 12; i++) sum += (i % 2 === 0 ? 1 : 3) * Number(digits[i]);
  return Number(digits[12]) === (10 - (sum % 10)) % 10;
}

const CARD =
  /^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35\d{3})\d{11})$/;

/** Luhn's checksum over the digits. */
function isCreditCard(text: string): boolean {
  const digits = text.replace(/[^0-9]+/g, '');
  if (!CARD.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled >= 10 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

function isBase64(text: string): boolean {
  return text.length > 0 && text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

/** A day that exists: `2024-02-29`. */
export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = match.slice(1).map(Number) as [number, number, number];
  return month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/** How nearly all of them look; what it refuses is looked at closely. */
const USUAL_TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

function isDateTime(text: string): boolean {
  if (USUAL_TIME.test(text)) return true;
  const [day = '', time] = text.toLowerCase().split('t');
  if (time === undefined || !isDate(day)) return false;
  const match = /^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$/.exec(time);
  return match !== null && match[1]! <= '23' && match[2]! <= '59' && match[3]! <= '59';
}

function isDuration(text: string): boolean {
  return durationOf(text) !== undefined;
}

/** Nanoseconds of Go's durations, and of Scala's: the sum of all like `22 ns` or `2 weeks` anywhere in the text. */
export function durationOf(text: string): bigint | undefined {
  const parsed = parseDuration(text);
  if (typeof parsed === 'bigint') return parsed;
  let sum: bigint | undefined;
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+)[\t\n\f\r ]*([A-Za-zµ]+)/g)) {
    const factor = BigInt(number);
    if (factor >= 2n ** 63n) return undefined;
    for (const [names, nanos] of UNITS) {
      if (isUnit(names, unit.toLowerCase())) sum = BigInt.asIntN(64, (sum ?? 0n) + factor * nanos);
    }
  }
  return sum;
}

const UNITS: readonly (readonly [readonly string[], bigint])[] = [
  [['ns', 'nano'], 1n],
  [['us', 'µs', 'micro'], 1_000n],
  [['ms', 'milli'], 1_000_000n],
  [['s', 'sec'], 1_000_000_000n],
  [['m', 'min'], 60_000_000_000n],
  [['h', 'hr', 'hour'], 3_600_000_000_000n],
  [['d', 'day'], 86_400_000_000_000n],
  [['w', 'wk', 'week'], 604_800_000_000_000n],
];

function isUnit(names: readonly string[], unit: string): boolean {
  return names.includes(unit) || unit.startsWith(names.at(-1)!);
}
