import type { LexicalError, Token } from './lexer.ts';
import { codePointOffsets } from './parser.ts';
import type { Issue } from './syntax.ts';

/** What cel-go's generated parser says of a source that does not follow the grammar. */
export function syntaxIssues(source: string, tokens: readonly Token[], errors: readonly LexicalError[]): Issue[] {
  const offsets = codePointOffsets(source);
  const issues = errors.map(({ start, text }) => ({
    offset: offsets(start),
    message: `Syntax error: token recognition error at: '${text}'`,
  }));
  void tokens;
  return issues;
}
