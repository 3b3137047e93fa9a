/** JSON as text: what is wrong with it in the words of Go, and which keys come twice. */
import { goQuote } from './go-format.ts';

const SPACE = ' \t\n\r';

class SyntaxProblem extends Error {}

/** A character as Go's decoder names it. */
function shown(char: string): string {
  if (char === "'") return `'\\''`;
  if (char === '"') return `'"'`;
  // Go looks at bytes: the first of what it is in UTF-8.
  const byte = char > '\u007f' ? String.fromCharCode(Buffer.from(char)[0]!) : char;
  return `'${goQuote(byte).slice(1, -1)}'`;
}

/** Walks JSON text strictly; calls `onKey` for every key with the path of its object. */
class Walker {
  readonly #text: string;
  readonly #onKey: ((path: string, key: string, keys: Set<string>) => void) | undefined;
  #at = 0;

  constructor(text: string, onKey?: (path: string, key: string, keys: Set<string>) => void) {
    this.#text = text;
    this.#onKey = onKey;
  }

  walk(): void {
    this.#value('', 'looking for beginning of value');
    const char = this.#skip();
    if (char !== undefined) throw new SyntaxProblem(`invalid character ${shown(char)} after top-level value`);
  }

  /** The next character that is not space, not consumed. */
  #skip(): string | undefined {
    while (this.#at < this.#text.length && SPACE.includes(this.#text[this.#at]!)) this.#at++;
    return this.#at < this.#text.length ? this.#text[this.#at] : undefined;
  }

  #need(context: string): string {
    const char = this.#skip();
    if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    this.#context = context;
    return char;
  }

  #context = '';
  #depth = 0;

  #bad(char: string, context = this.#context): SyntaxProblem {
    return new SyntaxProblem(`invalid character ${shown(char)} ${context}`);
  }

  #value(path: string, context: string): void {
    // In Go's words, who goes ten times as deep.
    if (++this.#depth > MAX_DEPTH + 1) throw new SyntaxProblem('exceeded max depth');
    const char = this.#need(context);
    if (char === '{') this.#object(path);
    else if (char === '[') this.#list(path);
    else if (char === '"') this.#string();
    else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    else if (char === 't') this.#literal('true');
    else if (char === 'f') this.#literal('false');
    else if (char === 'n') this.#literal('null');
    else throw this.#bad(char);
    this.#depth--;
  }

  #object(path: string): void {
    this.#at++;
    const keys = new Set<string>();
    let char = this.#need('looking for beginning of object key string');
    if (char === '}') {
      this.#at++;
      return;
    }
    for (;;) {
      if (char !== '"') throw this.#bad(char);
      const key = this.#string();
      this.#onKey?.(path, key, keys);
      keys.add(key);
      char = this.#need('after object key');
      if (char !== ':') throw this.#bad(char);
      this.#at++;
      this.#value(path === '' ? key : `${path}.${key}`, 'looking for beginning of value');
      char = this.#need('after object key:value pair');
      this.#at++;
      if (char === '}') return;
      if (char !== ',') throw this.#bad(char);
      char = this.#need('looking for beginning of object key string');
    }
  }

  #list(path: string): void {
    this.#at++;
    if (this.#need('looking for beginning of value') === ']') {
      this.#at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.#value(`${path}[${index}]`, 'looking for beginning of value');
      const char = this.#need('after array element');
      this.#at++;
      if (char === ']') return;
      if (char !== ',') throw this.#bad(char);
    }
  }

  #string(): string {
    const start = this.#at++;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
      if (char === '"') break;
      if (char === '\\') {
        this.#at++;
        this.#escape();
      } else if (char < ' ') throw this.#bad(char, 'in string literal');
      else this.#at++;
    }
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const char = this.#text[this.#at];
    if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    this.#at++;
    if ('"\\/bfnrt'.includes(char)) return;
    if (char !== 'u') throw this.#bad(char, 'in string escape code');
    for (let i = 0; i < 4; i++) {
      const digit = this.#text[this.#at];
      if (digit === undefined) throw new SyntaxProblem('unexpected end of JSON input');
      if (!/[0-9a-fA-F]/.test(digit)) throw this.#bad(digit, 'in \\u hexadecimal character escape');
      this.#at++;
    }
  }

  #number(): void {
    const digits = (context: string) => {
      const char = this.#text[this.#at];
      if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
      if (char < '0' || char > '9') throw this.#bad(char, context);
      while (this.#isDigit()) this.#at++;
    };
    if (this.#text[this.#at] === '-') this.#at++;
    if (this.#text[this.#at] === '0') this.#at++;
    else digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at++;
      digits('after decimal point in numeric literal');
    }
    const exponent = this.#text[this.#at];
    if (exponent === 'e' || exponent === 'E') {
      this.#at++;
      if ('+-'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
      digits('in exponent of numeric literal');
    }
  }

  #isDigit(): boolean {
    const char = this.#text[this.#at];
    return char !== undefined && char >= '0' && char <= '9';
  }

  #literal(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      const char = this.#text[this.#at];
      if (char === undefined) throw new SyntaxProblem('unexpected end of JSON input');
      if (char !== word[i]) throw this.#bad(char, `in literal ${word} (expecting ${shown(word[i]!)})`);
    }
  }
}

/** Why the text is no JSON, in the words of Go's encoding/json. */
export function jsonProblem(text: string): string {
  try {
    new Walker(text).walk();
  } catch (error) {
    if (error instanceof SyntaxProblem) return error.message;
    throw error;
  }
  return 'invalid JSON';
}

/** The paths of the fields that come twice, as `data.a` or `spec.nics[0].mac`, each once for every repetition. */
export function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  new Walker(text, (path, key, keys) => {
    if (keys.has(key)) found.push(path === '' ? key : `${path}.${key}`);
  }).walk();
  return found;
}

/** Where each member of all objects comes, counted from 0: by `field PATH` the first time, by `again PATH` the second. */
export function memberOrder(text: string): ReadonlyMap<string, number> {
  const order = new Map<string, number>();
  new Walker(text, (path, key, keys) => {
    const whole = path === '' ? key : `${path}.${key}`;
    const name = `${keys.has(key) ? 'again' : 'field'} ${whole}`;
    if (!order.has(name)) order.set(name, order.size);
  }).walk();
  return order;
}

/** How deep JSON may be nested: beyond it, what walks objects could run out of stack. */
export const MAX_DEPTH = 1000;

export interface JsonShape {
  /** Colons outside of strings: one for every member of an object, also of those that come twice. */
  readonly members: number;
  /** How deep objects and lists are nested. */
  readonly depth: number;
}

/** One pass over JSON text, cheaper than reading it. */
export function shapeOf(text: string): JsonShape {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x3a: // :
        members++;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth++;
        if (depth > deepest) deepest = depth;
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth--;
        break;
      case 0x22: // "
        i = endOfString(text, i);
        break;
    }
  }
  return { members, depth: deepest };
}

/** The index of the quote that ends the string that begins at `start`; the end of the text when nothing does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end > 0 && text.charCodeAt(end - 1) === 0x5c && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, index: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(index - 1 - slashes) === 0x5c) slashes++;
  return slashes % 2 === 1;
}

/** Members of all objects in a value. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    count++;
    if (typeof member === 'object') count += countMembers(member);
  }
  return count;
}
