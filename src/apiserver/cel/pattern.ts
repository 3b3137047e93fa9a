import type { Pattern } from '../formats/pattern.ts';
import { compilePattern } from '../formats/regular-expression.ts';
import type { Implementation, Specialize } from './declaration.ts';
import { EvaluationError, noSuchOverload, type Value } from './value.ts';

/** @throws EvaluationError for what is no pattern, with a text before RE2's */
export function compileOr(source: string, before = ''): Pattern {
  try {
    return compilePattern(source);
  } catch (error) {
    if (error instanceof Error) throw new EvaluationError(`${before}${error.message}`);
    throw error;
  }
}

/** For functions whose second argument is a pattern: a constant one is compiled once. */
export function withPattern(call: (text: Value, pattern: Pattern, more: Value | undefined) => Value): Specialize {
  return ([, source]): Implementation | undefined => {
    if (typeof source !== 'string') return undefined;
    const pattern = compileOr(source);
    return (text, _, more) => {
      if (typeof text !== 'string') throw noSuchOverload();
      return call(text, pattern, more);
    };
  };
}

/** RE2's search; a pattern that is none is an error of the expression. */
export function matches(text: Value, source: Value): boolean {
  if (typeof text !== 'string') throw new EvaluationError('no such overload: matches');
  if (typeof source !== 'string') throw noSuchOverload();
  return compileOr(source).test(text);
}
