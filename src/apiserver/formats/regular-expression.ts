import { createRequire } from 'node:module';

type Re2 = typeof import('@bufbuild/re2');

/** What a pattern can do here: unanchored search, in time linear in the text. */
export interface Pattern {
  test(text: string): boolean;
}

/**
 * Compiles a pattern with Go's syntax and meaning (RE2).
 * @throws Error whose message is regexp.Compile's, as in ``error parsing regexp: missing closing ]: `[a` ``
 */
export function compilePattern(source: string): Pattern {
  return engine().RE2JS.compile(source);
}

/** The engine takes 30 ms to load, which a server whose schemas have no patterns need not spend at start. */
export function engine(): Re2 {
  return createRequire(import.meta.url)('@bufbuild/re2') as Re2;
}
