import { createRequire } from 'node:module';
import { Pattern } from './pattern.ts';

type Re2 = typeof import('@bufbuild/re2');

/**
 * Compiles a pattern with Go's syntax and meaning (RE2): found anywhere, in time linear in the text.
 * @throws Error whose message is regexp.Compile's, as in ``error parsing regexp: missing closing ]: `[a` ``
 */
export function compilePattern(source: string): Pattern {
  return new Pattern(parser().RE2JS.compile(source).re2().prog);
}

/** It takes 30 ms to load, which a server whose schemas have no patterns need not spend at start. */
function parser(): Re2 {
  return createRequire(import.meta.url)('@bufbuild/re2') as Re2;
}
