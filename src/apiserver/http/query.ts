import type { Query } from '../registry/request.ts';

const NONE: Query = Object.freeze({});
const CACHE_SIZE = 512;

function decode(text: string): string {
  if (!/[%+]/.test(text)) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/** Reads query strings. Clients send the same few over and over: the last ones are remembered. */
export class QueryParser {
  readonly #known = new Map<string, Query>();

  /** @param text without the question mark */
  parse(text: string): Query {
    if (text === '') return NONE;
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    // No prototype: a parameter may be called anything.
    const query: Record<string, string[]> = Object.create(null);
    for (const part of text.split('&')) {
      // Go's reader leaves out what it cannot read, and goes on.
      if (part === '' || part.includes(';') || /%(?![0-9a-fA-F]{2})/.test(part)) continue;
      const equals = part.indexOf('=');
      const name = decode(equals < 0 ? part : part.slice(0, equals));
      const value = equals < 0 ? '' : decode(part.slice(equals + 1));
      const values = query[name];
      if (values === undefined) query[name] = [value];
      else values.push(value);
    }
    if (text.length < 256) {
      if (this.#known.size >= CACHE_SIZE) this.#known.clear();
      this.#known.set(text, query);
    }
    return query;
  }
}
