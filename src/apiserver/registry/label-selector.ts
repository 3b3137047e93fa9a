/** Label selectors: apimachinery, pkg/labels, whose grammar and messages these are. */

import { goQuote } from '../go-format.ts';
import { badRequest } from '../status-error.ts';
import { labelKeyProblems, labelValueProblems } from './names.ts';

type Operator = '=' | '==' | '!=' | 'in' | 'notin' | '>' | '<' | 'exists' | '!';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Whether labels satisfy it all. */
export interface LabelSelector {
  readonly requirements: readonly Requirement[];
  matches(labels: Readonly<Record<string, string>> | undefined): boolean;
}

class SelectorError extends Error {}

const SPECIAL = '=!(),><';
const SYMBOLS = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const WORDS = new Set(['in', 'notin']);
const END = '';

interface Token {
  /** An identifier; the literals are symbols and, where an operator may stand, `in` and `notin`. */
  readonly identifier: boolean;
  readonly text: string;
}

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  for (;;) {
    while (position < text.length && ' \t\r\n'.includes(text[position]!)) position++;
    if (position >= text.length) break;
    const start = position;
    if (SPECIAL.includes(text[position]!)) {
      let end = position;
      let found = 0;
      while (end < text.length && SPECIAL.includes(text[end]!)) {
        end++;
        if (SYMBOLS.has(text.slice(start, end))) found = end;
        else if (found > 0) break;
      }
      position = found > 0 ? found : end;
      tokens.push({ identifier: false, text: text.slice(start, position) });
    } else {
      while (position < text.length && !SPECIAL.includes(text[position]!) && !' \t\r\n'.includes(text[position]!))
        position++;
      tokens.push({ identifier: true, text: text.slice(start, position) });
    }
  }
  tokens.push({ identifier: false, text: END });
  return tokens;
}

class Parser {
  readonly #tokens: Token[];
  #position = 0;

  constructor(text: string) {
    this.#tokens = scan(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.text === END && !token.identifier) return requirements;
      if (!token.identifier && token.text !== '!') {
        throw new SelectorError(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      try {
        requirements.push(this.#requirement());
      } catch (error) {
        if (error instanceof SelectorError) throw new SelectorError(`unable to parse requirement: ${error.message}`);
        throw error;
      }
      const next = this.#next();
      if (!next.identifier && next.text === END) return requirements;
      if (next.identifier || next.text !== ',') {
        throw new SelectorError(`found '${next.text}', expected: ',' or 'end of string'`);
      }
      const after = this.#peek();
      if (!after.identifier && after.text !== '!') {
        throw new SelectorError(`found '${after.text}', expected: identifier after ','`);
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#position]!;
  }

  #next(): Token {
    return this.#tokens[this.#position++] ?? { identifier: false, text: END };
  }

  #isSymbol(token: Token, text: string): boolean {
    return !token.identifier && token.text === text;
  }

  #requirement(): Requirement {
    let token = this.#next();
    const negated = this.#isSymbol(token, '!');
    if (negated) token = this.#next();
    if (!token.identifier) throw new SelectorError(`found '${token.text}', expected: identifier`);
    const key = token.text;
    const problems = labelKeyProblems(key);
    if (problems.length > 0) {
      throw new SelectorError(`<nil>: Invalid value: ${goQuote(key)}: ${problems.join('; ')}`);
    }
    if (negated) return { key, operator: '!', values: [] };
    const next = this.#peek();
    if (this.#isSymbol(next, END) || this.#isSymbol(next, ',')) return { key, operator: 'exists', values: [] };
    const operator = this.#operator();
    const values = operator === 'in' || operator === 'notin' ? this.#values() : this.#value();
    return checked({ key, operator, values });
  }

  #operator(): Operator {
    const token = this.#next();
    if (token.identifier && WORDS.has(token.text)) return token.text as Operator;
    if (!token.identifier && ['=', '==', '!=', '>', '<'].includes(token.text)) return token.text as Operator;
    throw new SelectorError(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`);
  }

  #value(): string[] {
    const next = this.#peek();
    if (this.#isSymbol(next, END) || this.#isSymbol(next, ',')) return [''];
    const token = this.#next();
    if (!token.identifier) throw new SelectorError(`found '${token.text}', expected: identifier`);
    return [token.text];
  }

  #values(): string[] {
    const open = this.#next();
    if (!this.#isSymbol(open, '(')) throw new SelectorError(`found '${open.text}' expected: '('`);
    const first = this.#peek();
    if (this.#isSymbol(first, ')')) {
      this.#next();
      return [''];
    }
    if (!first.identifier && first.text !== ',') {
      throw new SelectorError(`found '${first.text}', expected: ',', ')' or identifier`);
    }
    const values = new Set<string>();
    for (;;) {
      const token = this.#next();
      const next = this.#peek();
      if (token.identifier) {
        values.add(token.text);
        if (this.#isSymbol(next, ',')) continue;
        if (this.#isSymbol(next, ')')) break;
        throw new SelectorError(`found '${next.text}', expected: ',' or ')'`);
      }
      if (token.text !== ',') throw new SelectorError(`found '${token.text}', expected: ',', or identifier`);
      if (values.size === 0) values.add('');
      if (this.#isSymbol(next, ')')) {
        values.add('');
        break;
      }
      if (this.#isSymbol(next, ',')) values.add('');
    }
    this.#next();
    return [...values].sort();
  }
}

function checked(requirement: Requirement): Requirement {
  const { key, operator, values } = requirement;
  const problems: string[] = [];
  values.forEach((value, index) => {
    if ((operator === '>' || operator === '<') && !/^[+-]?\d+$/.test(value)) {
      problems.push(
        `values[${index}]: Invalid value: ${goQuote(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const wrong = labelValueProblems(value);
    if (wrong.length > 0) {
      problems.push(`values[${index}][${key}]: Invalid value: ${goQuote(value)}: ${wrong.join('; ')}`);
    }
  });
  if (problems.length > 0) throw new SelectorError(problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`);
  return requirement;
}

function satisfies({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '=':
    case '==':
    case 'in':
      return value !== undefined && values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !values.includes(value);
    default: {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
      const [left, right] = [BigInt(value), BigInt(values[0]!)];
      return operator === '>' ? left > right : left < right;
    }
  }
}

const NONE = {};

/** Reads a selector; undefined when it selects everything. Throws 400 with the parser's words. */
export function parseLabelSelector(text: string): LabelSelector | undefined {
  let requirements: Requirement[];
  try {
    // Go's scanner takes a NUL for the end.
    requirements = new Parser(text.split('\0', 1)[0]!).parse();
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
  if (requirements.length === 0) return undefined;
  return {
    requirements,
    matches: (labels) => requirements.every((requirement) => satisfies(requirement, labels ?? NONE)),
  };
}
