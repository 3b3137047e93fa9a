/** Tokens of CEL's grammar (cel-go, parser/gen/CEL.g4). */
export type TokenType =
  | 'EOF'
  | 'IDENTIFIER'
  | 'ESC_IDENTIFIER'
  | 'NUM_FLOAT'
  | 'NUM_INT'
  | 'NUM_UINT'
  | 'STRING'
  | 'BYTES'
  | Symbol;

type Symbol = (typeof SYMBOLS)[number] | 'in' | 'true' | 'false' | 'null';

const SYMBOLS = [
  '==',
  '!=',
  '<=',
  '>=',
  '&&',
  '||',
  '<',
  '>',
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
] as const;

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** in UTF-16 units from the start of the source */
  readonly start: number;
}

/** Text that is no token: reported, and skipped. */
export interface LexicalError {
  readonly start: number;
  readonly text: string;
}

const SPACE = /(?:[\t \r\n\f]+|\/\/[^\n]*)+/y;
const IDENTIFIER = /[A-Za-z_][A-Za-z0-9_]*/y;
const ESCAPED = /`[A-Za-z0-9_.\-/ ]+`/y;
const NUMBER =
  /0x[0-9a-fA-F]+[uU]?|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|[0-9]+[uU]?|\.[0-9]+(?:[eE][+-]?[0-9]+)?/y;
const ESCAPE = '\\\\(?:[abfnrtv"\'\\\\?`]|[0-3][0-7][0-7]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})';
/** The long forms first: as the longest match they win over the empty string at their start. */
const QUOTED = new RegExp(
  [
    '[rR]"{3}[\\s\\S]*?"{3}',
    "[rR]'{3}[\\s\\S]*?'{3}",
    '[rR]"[^"\\n\\r]*"',
    "[rR]'[^'\\n\\r]*'",
    `"{3}(?:${ESCAPE}|[^\\\\])*?"{3}`,
    `'{3}(?:${ESCAPE}|[^\\\\])*?'{3}`,
    `"(?:${ESCAPE}|[^\\\\"\\n\\r])*"`,
    `'(?:${ESCAPE}|[^\\\\'\\n\\r])*'`,
  ].join('|'),
  'y',
);
const KEYWORDS: ReadonlySet<string> = new Set(['in', 'true', 'false', 'null']);

/** All tokens, ending with EOF, and what was skipped between them. */
export function tokenize(source: string): { tokens: Token[]; errors: LexicalError[] } {
  const tokens: Token[] = [];
  const errors: LexicalError[] = [];
  let at = 0;
  for (;;) {
    at += matchLength(SPACE, source, at);
    if (at >= source.length) break;
    const token = nextToken(source, at);
    if (token === undefined) {
      const text = badText(source, at);
      errors.push({ start: at, text });
      at += text.length;
    } else {
      tokens.push(token);
      at += token.text.length;
    }
  }
  tokens.push({ type: 'EOF', text: '<EOF>', start: source.length });
  return { tokens, errors };
}

function nextToken(source: string, start: number): Token | undefined {
  const quoted = matchLength(QUOTED, source, start);
  if (quoted > 0) return token('STRING', source, start, quoted);
  if (/[bB]/.test(source[start]!)) {
    const bytes = matchLength(QUOTED, source, start + 1);
    if (bytes > 0) return token('BYTES', source, start, bytes + 1);
  }
  const word = matchLength(IDENTIFIER, source, start);
  if (word > 0) {
    const text = source.slice(start, start + word);
    return { type: KEYWORDS.has(text) ? (text as TokenType) : 'IDENTIFIER', text, start };
  }
  const number = matchLength(NUMBER, source, start);
  if (number > 0) return token(numberType(source.slice(start, start + number)), source, start, number);
  const escaped = matchLength(ESCAPED, source, start);
  if (escaped > 0) return token('ESC_IDENTIFIER', source, start, escaped);
  const symbol = SYMBOLS.find((text) => source.startsWith(text, start));
  return symbol === undefined ? undefined : { type: symbol, text: symbol, start };
}

function token(type: TokenType, source: string, start: number, length: number): Token {
  return { type, text: source.slice(start, start + length), start };
}

function numberType(text: string): TokenType {
  if (/[uU]$/.test(text)) return 'NUM_UINT';
  if (text.startsWith('0x')) return 'NUM_INT';
  return /[.eE]/.test(text) ? 'NUM_FLOAT' : 'NUM_INT';
}

function matchLength(pattern: RegExp, source: string, start: number): number {
  pattern.lastIndex = start;
  return pattern.exec(source)?.[0].length ?? 0;
}

/** As far as the lexer gets before it knows that no token will come of it. */
function badText(source: string, start: number): string {
  const rest = source.slice(start);
  const partial =
    /^[bB]?[rR]?(?:"""|''')[\s\S]*/.exec(rest) ??
    new RegExp(`^[bB]?"(?:${ESCAPE}|[^\\\\"\\n\\r])*(?:\\\\.?|[\\n\\r])?`, 'u').exec(rest) ??
    new RegExp(`^[bB]?'(?:${ESCAPE}|[^\\\\'\\n\\r])*(?:\\\\.?|[\\n\\r])?`, 'u').exec(rest) ??
    /^`[A-Za-z0-9_.\-/ ]*[\s\S]?/u.exec(rest) ??
    /^[&|=][\s\S]?/u.exec(rest);
  if (partial !== null && partial[0] !== '') return partial[0];
  return String.fromCodePoint(rest.codePointAt(0)!);
}
