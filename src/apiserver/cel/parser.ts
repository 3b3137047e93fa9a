import type { Expression, MapEntry, StructField } from './expression.ts';
import { type Token, type TokenType, tokenize } from './lexer.ts';
import { BadEscape, readBytes, readDouble, readInt, readString, readUint } from './literal.ts';
import { findMacro, MacroError } from './macros.ts';
import { type Issue, NodeFactory } from './syntax.ts';
import { syntaxIssues } from './syntax-errors.ts';
import type { Value } from './value.ts';

/** What a source says, or what is wrong with it. */
export type Parsed =
  | { readonly expression: Expression; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

const SIZE_LIMIT = 100_000;
const DEPTH_LIMIT = 250;
const NOWHERE = -1;

/** Parses CEL as cel-go does, with the macros of Kubernetes' environment. */
export function parse(source: string): Parsed {
  const size = Array.from(source).length;
  if (size > SIZE_LIMIT) {
    const message = `expression code point size exceeds limit: size: ${size}, limit ${SIZE_LIMIT}`;
    return { issues: [{ offset: NOWHERE, message }] };
  }
  const { tokens, errors } = tokenize(source);
  const offsets = codePointOffsets(source);
  const parser = new Parser(tokens, offsets);
  try {
    const expression = parser.parse();
    if (errors.length === 0 && parser.issues.length === 0) return { expression };
    return { issues: [...syntaxIssues(source, tokens, errors, offsets), ...parser.issues] };
  } catch (error) {
    if (error instanceof TooDeep) return { issues: [{ offset: NOWHERE, message: error.message }] };
    if (error instanceof Unexpected) {
      return { issues: [...syntaxIssues(source, tokens, errors, offsets), ...parser.issues] };
    }
    throw error;
  }
}

/** The token cannot stand where it does. What to say about it is found by `syntaxIssues`. */
class Unexpected extends Error {}

class TooDeep extends Error {}

const RESERVED: ReadonlySet<string> = new Set(
  'as break const continue else false for function if import in let loop package namespace null return true var void while'.split(
    ' ',
  ),
);
const RELATIONS: readonly TokenType[] = ['<', '<=', '>=', '>', '==', '!=', 'in'];
const PRODUCTS: readonly TokenType[] = ['*', '/', '%'];
const SUMS: readonly TokenType[] = ['+', '-'];

class Parser {
  readonly issues: Issue[] = [];
  readonly #tokens: readonly Token[];
  readonly #nodes = new NodeFactory();
  readonly #offsets: (index: number) => number;
  #at = 0;
  #depth = 0;
  readonly #heights = new Map<Expression, number>();

  /** @param offsets turns positions in UTF-16 units into code points */
  constructor(tokens: readonly Token[], offsets: (index: number) => number) {
    this.#tokens = tokens;
    this.#offsets = offsets;
  }

  parse(): Expression {
    const expression = this.#expression();
    this.#take('EOF');
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#at]!;
  }

  #peek(ahead: number): TokenType | undefined {
    return this.#tokens[this.#at + ahead]?.type;
  }

  #take(type: TokenType): Token {
    const token = this.#next;
    if (token.type !== type) throw new Unexpected();
    this.#at++;
    return token;
  }

  #takeIf(type: TokenType): Token | undefined {
    return this.#next.type === type ? this.#take(type) : undefined;
  }

  #offset(token: Token): number {
    return this.#offsets(token.start);
  }

  #report(token: Token, message: string): Expression {
    const broken = this.#nodes.broken(this.#offset(token));
    this.issues.push({ offset: broken.offset, message });
    return broken;
  }

  #nested<T>(run: () => T): T {
    if (++this.#depth > DEPTH_LIMIT) throw new TooDeep(`expression recursion limit exceeded: ${DEPTH_LIMIT}`);
    const result = run();
    this.#depth--;
    return result;
  }

  /** How deep a chain nests to its left: `a.b` in `a.b.c`, `a + b` in `a + b + c`. */
  #deeper<T extends Expression>(node: T, parts: readonly Expression[]): T {
    const height = 1 + Math.max(...parts.map((part) => this.#heights.get(part) ?? 0));
    if (height > DEPTH_LIMIT) throw new TooDeep('max recursion depth exceeded');
    this.#heights.set(node, height);
    return node;
  }

  #expression(): Expression {
    return this.#nested(() => {
      const condition = this.#logical('||');
      const mark = this.#takeIf('?');
      if (mark === undefined) return condition;
      const id = this.#nodes.nextId();
      const whenTrue = this.#logical('||');
      this.#take(':');
      const whenFalse = this.#expression();
      const branches = [condition, whenTrue, whenFalse];
      return this.#deeper(this.#nodes.call(this.#offset(mark), '_?_:_', branches, undefined, id), branches);
    });
  }

  /** Terms joined by one operator become a balanced tree, so that long chains do not nest deeply. */
  #logical(operator: '||' | '&&'): Expression {
    const term = () => (operator === '||' ? this.#logical('&&') : this.#relation());
    const terms = [term()];
    const operators: { id: number; offset: number }[] = [];
    for (let token = this.#takeIf(operator); token !== undefined; token = this.#takeIf(operator)) {
      terms.push(term());
      operators.push({ id: this.#nodes.nextId(), offset: this.#offset(token) });
    }
    const balance = (low: number, high: number): Expression => {
      const middle = (low + high + 1) >> 1;
      const left = middle === low ? terms[middle]! : balance(low, middle - 1);
      const right = middle === high ? terms[middle + 1]! : balance(middle + 1, high);
      const { id, offset } = operators[middle]!;
      return this.#nodes.call(offset, `_${operator}_`, [left, right], undefined, id);
    };
    return operators.length === 0 ? terms[0]! : balance(0, operators.length - 1);
  }

  #relation(): Expression {
    return this.#binary(RELATIONS, () => this.#binary(SUMS, () => this.#binary(PRODUCTS, () => this.#unary())));
  }

  #binary(operators: readonly TokenType[], operand: () => Expression): Expression {
    let left = operand();
    while (operators.includes(this.#next.type)) {
      const token = this.#take(this.#next.type);
      const id = this.#nodes.nextId();
      const right = operand();
      const name = token.type === 'in' ? '@in' : `_${token.type}_`;
      const sides = [left, right];
      left = this.#deeper(this.#nodes.call(this.#offset(token), name, sides, undefined, id), sides);
    }
    return left;
  }

  #unary(): Expression {
    const first = this.#next;
    if (first.type === '!') return this.#prefixed('!', '!_');
    // A minus before a number belongs to it.
    const isNumber = this.#peek(1) === 'NUM_INT' || this.#peek(1) === 'NUM_FLOAT';
    if (first.type === '-' && !isNumber) return this.#prefixed('-', '-_');
    return this.#member();
  }

  #prefixed(operator: '!' | '-', name: string): Expression {
    const first = this.#take(operator);
    let count = 1;
    while (this.#takeIf(operator) !== undefined) count++;
    if (count % 2 === 0) return this.#member();
    const id = this.#nodes.nextId();
    return this.#nodes.call(this.#offset(first), name, [this.#member()], undefined, id);
  }

  #member(): Expression {
    let operand = this.#primary();
    for (;;) {
      if (this.#next.type !== '.' && this.#next.type !== '[') return operand;
      const next = this.#next.type === '.' ? this.#selection(operand) : this.#index(operand);
      operand = this.#deeper(next, [operand]);
    }
  }

  #selection(operand: Expression): Expression {
    const dot = this.#take('.');
    const isOptional = this.#takeIf('?') !== undefined;
    const escaped = this.#takeIf('ESC_IDENTIFIER');
    const token = escaped ?? this.#take('IDENTIFIER');
    const name = escaped === undefined ? token.text : escaped.text.slice(1, -1);
    if (isOptional) {
      const field = this.#nodes.literal(this.#offset(token), name);
      return this.#nodes.call(this.#offset(dot), '_?._', [operand, field]);
    }
    const open = escaped === undefined ? this.#takeIf('(') : undefined;
    if (open === undefined) return this.#nodes.select(this.#offset(dot), operand, name);
    const id = this.#nodes.nextId();
    return this.#call(open, id, name, operand, this.#arguments());
  }

  #index(operand: Expression): Expression {
    const open = this.#take('[');
    const id = this.#nodes.nextId();
    const name = this.#takeIf('?') === undefined ? '_[_]' : '_[?_]';
    const index = this.#expression();
    this.#take(']');
    return this.#nodes.call(this.#offset(open), name, [operand, index], undefined, id);
  }

  #arguments(): Expression[] {
    const args: Expression[] = [];
    if (this.#next.type !== ')') {
      do args.push(this.#expression());
      while (this.#takeIf(',') !== undefined);
    }
    this.#take(')');
    return args;
  }

  #call(open: Token, id: number, name: string, target: Expression | undefined, args: Expression[]): Expression {
    const offset = this.#offset(open);
    const macro = findMacro(name, target !== undefined, args.length);
    if (macro === undefined) return this.#nodes.call(offset, name, args, target, id);
    try {
      const expanded = macro({ nodes: this.#nodes, offset, target, args });
      return expanded ?? this.#nodes.call(offset, name, args, target, id);
    } catch (error) {
      if (!(error instanceof MacroError)) throw error;
      this.issues.push(error.issue);
      return this.#nodes.broken(error.issue.offset);
    }
  }

  #primary(): Expression {
    const token = this.#next;
    switch (token.type) {
      case '(': {
        this.#at++;
        const inner = this.#expression();
        this.#take(')');
        return inner;
      }
      case '[':
        return this.#list();
      case '{':
        return this.#map();
      case '.':
      case 'IDENTIFIER':
        return this.#name();
      default:
        return this.#literal();
    }
  }

  #name(): Expression {
    const first = this.#next;
    const dot = this.#takeIf('.') === undefined ? '' : '.';
    const token = this.#take('IDENTIFIER');
    if (this.#isStruct()) return this.#struct(dot, token);
    const open = this.#takeIf('(');
    if (RESERVED.has(token.text)) {
      if (open !== undefined) this.#arguments();
      return this.#report(first, `reserved identifier: ${token.text}`);
    }
    if (open === undefined) return this.#nodes.ident(this.#offset(token), dot + token.text);
    const id = this.#nodes.nextId();
    return this.#call(open, id, dot + token.text, undefined, this.#arguments());
  }

  /** Whether a brace follows the dotted name that has begun. */
  #isStruct(): boolean {
    let ahead = 0;
    while (this.#peek(ahead) === '.' && this.#peek(ahead + 1) === 'IDENTIFIER') ahead += 2;
    return this.#peek(ahead) === '{';
  }

  #struct(dot: string, first: Token): Expression {
    let type = dot + first.text;
    while (this.#takeIf('.') !== undefined) type += `.${this.#take('IDENTIFIER').text}`;
    const open = this.#take('{');
    const id = this.#nodes.nextId();
    const fields: StructField[] = [];
    while (this.#next.type !== '}') {
      if (this.#next.type === ',' && fields.length > 0 && this.#peek(1) === '}') break;
      if (fields.length > 0) this.#take(',');
      const isOptional = this.#takeIf('?') !== undefined;
      const escaped = this.#takeIf('ESC_IDENTIFIER');
      const name = escaped === undefined ? this.#take('IDENTIFIER').text : escaped.text.slice(1, -1);
      const colon = this.#take(':');
      const fieldId = this.#nodes.nextId();
      fields.push({ id: fieldId, offset: this.#offset(colon), name, value: this.#expression(), isOptional });
    }
    this.#takeIf(',');
    this.#take('}');
    return { kind: 'struct', id, offset: this.#offset(open), type, fields };
  }

  #list(): Expression {
    const open = this.#take('[');
    const id = this.#nodes.nextId();
    const elements: Expression[] = [];
    const optional = new Set<number>();
    while (this.#next.type !== ']' && !(this.#next.type === ',' && this.#peek(1) === ']')) {
      if (elements.length > 0) this.#take(',');
      if (this.#takeIf('?') !== undefined) optional.add(elements.length);
      elements.push(this.#expression());
    }
    this.#takeIf(',');
    this.#take(']');
    return { kind: 'list', id, offset: this.#offset(open), elements, optional };
  }

  #map(): Expression {
    const open = this.#take('{');
    const id = this.#nodes.nextId();
    const entries: MapEntry[] = [];
    while (this.#next.type !== '}' && !(this.#next.type === ',' && this.#peek(1) === '}')) {
      if (entries.length > 0) this.#take(',');
      const isOptional = this.#takeIf('?') !== undefined;
      const key = this.#expression();
      const colon = this.#take(':');
      const entryId = this.#nodes.nextId();
      entries.push({ id: entryId, offset: this.#offset(colon), key, value: this.#expression(), isOptional });
    }
    this.#takeIf(',');
    this.#take('}');
    return { kind: 'map', id, offset: this.#offset(open), entries };
  }

  #literal(): Expression {
    const first = this.#next;
    const sign = this.#takeIf('-') === undefined ? '' : '-';
    const token = this.#next;
    if (sign !== '' && token.type !== 'NUM_INT' && token.type !== 'NUM_FLOAT') throw new Unexpected();
    this.#at++;
    let value: Value | undefined;
    switch (token.type) {
      case 'NUM_INT':
        value = readInt(sign + token.text);
        return value === undefined ? this.#report(first, 'invalid int literal') : this.#constant(first, value);
      case 'NUM_UINT':
        value = readUint(token.text);
        return value === undefined ? this.#report(first, 'invalid uint literal') : this.#constant(first, value);
      case 'NUM_FLOAT':
        value = readDouble(sign + token.text);
        return value === undefined ? this.#report(first, 'invalid double literal') : this.#constant(first, value);
      case 'STRING':
        return this.#quoted(token, readString);
      case 'BYTES':
        return this.#quoted(token, readBytes);
      case 'true':
      case 'false':
        return this.#constant(first, token.type === 'true');
      case 'null':
        return this.#constant(first, null);
      default:
        throw new Unexpected();
    }
  }

  #constant(token: Token, value: Value): Expression {
    return this.#nodes.literal(this.#offset(token), value);
  }

  #quoted(token: Token, read: (text: string) => Value): Expression {
    try {
      return this.#constant(token, read(token.text));
    } catch (error) {
      if (!(error instanceof BadEscape)) throw error;
      return this.#report(token, error.message);
    }
  }
}

/** Turns positions in UTF-16 units into code points. */
function codePointOffsets(source: string): (index: number) => number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range is what is meant
  if (/^[\x00-\x7f]*$/.test(source)) return (index) => index;
  const offsets: number[] = [];
  let count = 0;
  for (const char of source) {
    for (let i = 0; i < char.length; i++) offsets.push(count);
    count++;
  }
  offsets.push(count);
  return (index) => offsets[index]!;
}
