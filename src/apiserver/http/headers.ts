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
  const lines = bounded([...new Set(warnings)]).map((text) => `299 - ${quoted(text)}`);
  return { ...headers, Warning: lines };
}

/** k8s.io/apiserver, pkg/endpoints/filters/warning.go: in characters, of all warnings and of each once that is reached. */
const ALL_WARNINGS = 4096;
const ONE_WARNING = 256;

/** What is said when so much would be said that clients might refuse the headers. */
function bounded(warnings: readonly string[]): string[] {
  let left = ALL_WARNINGS;
  for (const [index, warning] of warnings.entries()) {
    left -= Array.from(warning).length;
    if (left < 0) return shortened(warnings, index);
  }
  return [...warnings];
}

/** Short forms of all warnings up to the one that was too much, and of as many more as there is room for. */
function shortened(warnings: readonly string[], index: number): string[] {
  const said: string[] = [];
  let left = ALL_WARNINGS;
  for (const warning of warnings) {
    if (said.length > index && left <= 0) break;
    const characters = Array.from(warning).slice(0, ONE_WARNING);
    left -= characters.length;
    said.push(characters.join(''));
  }
  return said;
}

function quoted(text: string): string {
  // What cannot stand in a header is left out, as upstream does.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
  const printable = text.replace(/[\x00-\x1f\x7f]/g, '');
  // Headers are bytes, which Node takes as the characters of Latin-1: these are those of UTF-8.
  const bytes = Buffer.from(printable).toString('latin1');
  return `"${bytes.replace(/\\/g, '\\\\').replace(/"/g, '\\"')}"`;
}
