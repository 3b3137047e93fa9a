import type { Token, TokenType } from '../lexer.ts';
import type { TokenSet } from './expected.ts';

/** In the order of ANTLR's numbers, which is that of the grammar's lexer rules. */
const ORDER: readonly (TokenType | 'epsilon')[] = [
  'epsilon',
  'EOF',
  '==',
  '!=',
  'in',
  '<',
  '<=',
  '>=',
  '>',
  '&&',
  '||',
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '.',
  ',',
  '-',
  '!',
  '?',
  ':',
  '+',
  '*',
  '/',
  '%',
  'true',
  'false',
  'null',
  'NUM_FLOAT',
  'NUM_INT',
  'NUM_UINT',
  'STRING',
  'BYTES',
  'IDENTIFIER',
  'ESC_IDENTIFIER',
];

function nameOf(type: TokenType | 'epsilon'): string {
  if (type === 'EOF') return '<EOF>';
  return /^[A-Z_]+$/.test(type) ? type : `'${type}'`;
}

/** `{'[', IDENTIFIER}`, and without braces when there is only one. */
export function displayedSet(tokens: TokenSet): string {
  const names = ORDER.filter((type) => tokens.has(type)).map(nameOf);
  return names.length === 1 ? names[0]! : `{${names.join(', ')}}`;
}

/** A token's text in quotes. */
export function displayed({ text }: Pick<Token, 'text'>): string {
  return `'${text.replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
}
