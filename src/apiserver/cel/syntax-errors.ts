import type { LexicalError, Token } from './lexer.ts';
import { celGrammar } from './syntax/grammar.ts';
import { syntaxProblems } from './syntax/recovering-parser.ts';
import type { Issue } from './syntax.ts';

/** What cel-go's generated parser says of a source that does not follow the grammar. */
export function syntaxIssues(
  source: string,
  tokens: readonly Token[],
  errors: readonly LexicalError[],
  offset: (index: number) => number,
): Issue[] {
  const lexical = errors.map(({ start, text }) => ({
    offset: offset(start),
    message: `Syntax error: token recognition error at: '${text}'`,
  }));
  const problems = syntaxProblems(source, tokens, errors, celGrammar()).map(({ token, message }) => ({
    offset: offset(token.start),
    message: `Syntax error: ${message}`,
  }));
  return [...lexical, ...problems];
}
