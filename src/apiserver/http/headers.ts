/** Headers of answers. */
import type { Headers } from './exchange.ts';

export const JSON_HEADERS: Headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache, private' };
export const TEXT_HEADERS: Headers = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Cache-Control': 'no-cache, private',
  'X-Content-Type-Options': 'nosniff',
};

export const PLAIN_HEADERS: Headers = {
  'Content-Type': 'text/plain; charset=utf-8',
  'Cache-Control': 'no-cache, private',
};

/** One Warning header for each text: RFC 7234, 299 Miscellaneous Persistent Warning. */
export function withWarnings(headers: Headers, warnings: readonly string[]): Headers {
  if (warnings.length === 0) return headers;
  const lines = [...new Set(warnings)].map((text) => `299 - ${quoted(text)}`);
  return { ...headers, Warning: lines };
}

function quoted(text: string): string {
  // What cannot stand in a header is left out, as upstream does.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
  const printable = text.replace(/[\x00-\x1f\x7f]/g, '').replace(/[^\x20-\x7e]/g, '?');
  return `"${printable.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}
