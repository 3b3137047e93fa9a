import { Double, toInt, Uint } from './value.ts';

/** The value of a number's text; undefined when it is out of range. */
export function readInt(text: string): number | bigint | undefined {
  const value = readBigInt(text);
  return value >= -(2n ** 63n) && value < 2n ** 63n ? toInt(value) : undefined;
}

export function readUint(text: string): Uint | undefined {
  const value = readBigInt(text.slice(0, -1));
  return value < 2n ** 64n ? new Uint(value) : undefined;
}

export function readDouble(text: string): Double | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? new Double(value) : undefined;
}

function readBigInt(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text);
}

/** What is wrong with a quoted text. */
export class BadEscape extends Error {}

const SIMPLE: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  '\\': 92,
  "'": 39,
  '"': 34,
  '`': 96,
  '?': 63,
};

/** The text between quotes of any kind, escapes replaced. */
export function readString(token: string): string {
  const { body, isRaw } = unquote(token);
  if (isRaw || !body.includes('\\')) return body;
  return eachPart(
    body,
    (char) => char,
    (rune) => {
      if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000)) throw new BadEscape('invalid unicode code point');
      return String.fromCodePoint(rune);
    },
  ).join('');
}

/** The bytes of `b'…'`: hexadecimal and octal escapes are bytes, all else is UTF-8. */
export function readBytes(token: string): Uint8Array {
  const { body, isRaw } = unquote(token.slice(1));
  if (isRaw || !body.includes('\\')) return new Uint8Array(Buffer.from(body));
  const parts = eachPart<Uint8Array>(
    body,
    (char) => Buffer.from(char),
    (rune, isUnicode) => {
      if (isUnicode) throw new BadEscape('unable to unescape string');
      return Buffer.from([rune & 0xff]);
    },
  );
  return new Uint8Array(Buffer.concat(parts));
}

function unquote(token: string): { body: string; isRaw: boolean } {
  const isRaw = /^[rR]/.test(token);
  const quoted = (isRaw ? token.slice(1) : token).replace(/\r\n?/g, '\n');
  const quotes = quoted.length >= 6 && /^("""|''')/.test(quoted) ? 3 : 1;
  return { body: quoted.slice(quotes, -quotes), isRaw };
}

function eachPart<T>(body: string, plain: (char: string) => T, escaped: (rune: number, isUnicode: boolean) => T): T[] {
  const parts: T[] = [];
  for (let i = 0; i < body.length; ) {
    if (body[i] !== '\\') {
      const char = String.fromCodePoint(body.codePointAt(i)!);
      parts.push(plain(char));
      i += char.length;
      continue;
    }
    const kind = body[i + 1] ?? '';
    const simple = SIMPLE[kind];
    if (simple !== undefined) {
      parts.push(escaped(simple, false));
      i += 2;
    } else if (/[xXuU]/.test(kind)) {
      const digits = kind === 'u' ? 4 : kind === 'U' ? 8 : 2;
      parts.push(escaped(Number.parseInt(body.slice(i + 2, i + 2 + digits), 16), digits > 2));
      i += 2 + digits;
    } else {
      parts.push(escaped(Number.parseInt(body.slice(i + 1, i + 4), 8), false));
      i += 4;
    }
  }
  return parts;
}
