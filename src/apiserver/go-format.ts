/** How Go prints values, because the API server's messages are made of them. */

/** What strconv.IsPrint takes for printable beyond ASCII: letters, marks, numbers, punctuation, symbols. */
const PRINTABLE = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
const PLAIN = /^[ !#-[\]-~]*$/;
const SHORT: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** strconv.Quote, which is also `%q` of a string. */
export function goQuote(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  let quoted = '"';
  for (const char of text) {
    const short = SHORT[char];
    if (short !== undefined) quoted += short;
    else if (PRINTABLE.test(char)) quoted += char;
    else quoted += escapeRune(char.codePointAt(0)!);
  }
  return `${quoted}"`;
}

function escapeRune(rune: number): string {
  const hex = rune.toString(16);
  if (rune < 0x80) return `\\x${hex.padStart(2, '0')}`;
  // A lone surrogate cannot be written in UTF-8: Go has read it as the replacement character.
  if (rune >= 0xd800 && rune < 0xe000) return '\uFFFD';
  return rune < 0x10000 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** `%v` of a float64 (strconv's 'g' with the shortest digits): an exponent below 1e-04 and from 1e+06 on. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  if (value === 0) return '0';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return plainDecimal(value);
  const sign = exponent < 0 ? '-' : '+';
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** The shortest digits of a finite double without an exponent (strconv's 'f' with precision -1). */
export function plainDecimal(value: number): string {
  // What fits an int64 is one, and shows all its digits.
  const isInteger = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
  const text = isInteger ? BigInt(value).toString() : String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', power = '0'] = text.split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return `${sign}${whole}${fraction}${'0'.repeat(exponent - fraction.length)}`;
}

/** encoding/json's Marshal: keys sorted, and `<`, `>`, `&`, U+2028, U+2029 escaped. */
export function goJson(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return escapeHtml(JSON.stringify(value));
  if (typeof value === 'number') return jsonFloat(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  const record = value as Record<string, unknown>;
  const parts = Object.keys(record)
    .sort(byCodePoint)
    .map((key) => `${escapeHtml(JSON.stringify(key))}:${goJson(record[key])}`);
  return `{${parts.join(',')}}`;
}

function jsonFloat(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude !== 0 && (magnitude < 1e-6 || magnitude >= 1e21) ? value.toExponential() : plainDecimal(value);
}

function escapeHtml(json: string): string {
  return json.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Go compares strings by their UTF-8 bytes, which is the order of code points, not of UTF-16 units. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left === right) continue;
    // Surrogates stand for code points above every other unit.
    const leftHigh = left >= 0xd800 && left < 0xe000;
    const rightHigh = right >= 0xd800 && right < 0xe000;
    if (leftHigh !== rightHigh) return leftHigh ? 1 : -1;
    return left - right;
  }
  return a.length - b.length;
}

/** `%v` of decoded JSON: `map[a:1 b:[x y]]`, keys sorted. Numbers without a fraction are int64, as Go decodes them. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : goFloat(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  const record = value as Record<string, unknown>;
  const parts = Object.keys(record)
    .sort(byCodePoint)
    .map((key) => `${key}:${goText(record[key])}`);
  return `map[${parts.join(' ')}]`;
}

/** `%s` of decoded JSON, which is meant for strings. */
export function goString(value: unknown): string {
  if (value === null || value === undefined) return '%!s(<nil>)';
  const isScalar = typeof value !== 'string' && typeof value !== 'object';
  return isScalar ? `%!s(${goType(value)}=${goText(value)})` : goText(value);
}

/** `%T` of decoded JSON: `map[string]interface {}`, `int64`. */
export function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
