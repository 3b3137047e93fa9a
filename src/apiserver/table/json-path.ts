/**
 * The JSONPath of printer columns and selectable fields: client-go, util/jsonpath, without its templates. Compiled
 * once; looking something up allocates only the results.
 */
import { isObject } from '../objects.ts';

type Values = readonly unknown[];
type Step = (values: Values) => Values;

/** The path cannot be followed in this object: an index out of bounds, a filter on something that is no list. */
export class PathFailure extends Error {}

/** A path that can be followed. */
export interface JsonPath {
  /** Everything that the path leads to, in order; empty when there is nothing. Throws PathFailure. */
  find(object: unknown): Values;
}

/** Reads a path such as `.spec.nics[0].mac` or `.status.conditions[?(@.type=="Ready")].status`; undefined when it is none. */
export function parseJsonPath(text: string): JsonPath | undefined {
  try {
    const steps = new Parser(text).parse();
    return { find: (object) => follow(steps, [object]) };
  } catch (error) {
    if (error instanceof PathSyntax) return undefined;
    throw error;
  }
}

class PathSyntax extends Error {}

function follow(steps: readonly Step[], from: Values): Values {
  let values = from;
  for (const step of steps) values = step(values);
  return values;
}

const TERMINATORS = ' \t\r\n.,[]$@{}';

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#text.length) this.#step(steps);
    return steps;
  }

  #step(steps: Step[]): void {
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith('[?(')) {
      steps.push(this.#filter());
      return;
    }
    if (rest.startsWith('..')) {
      this.#at += 2;
      steps.push(recursive);
      if (/^[\w\p{L}]/u.test(this.#text.slice(this.#at))) steps.push(this.#field());
      return;
    }
    const char = rest[0]!;
    if (char === ' ' || char === '@' || char === '$') this.#at++;
    else if (char === '[') steps.push(...this.#index());
    else if (char === '"' || char === "'") steps.push(this.#quoted(char));
    else if (char === '.') {
      this.#at++;
      steps.push(this.#field());
    } else if (/[-+\d]/.test(char)) steps.push(this.#number());
    else if (/[\w\p{L}]/u.test(char)) steps.push(this.#word());
    else throw new PathSyntax(`unrecognized character ${char}`);
  }

  #name(): string {
    let name = '';
    for (; this.#at < this.#text.length; this.#at++) {
      let char = this.#text[this.#at]!;
      if (char === '\\') char = this.#text[++this.#at] ?? '';
      else if (TERMINATORS.includes(char)) break;
      name += char;
    }
    return name;
  }

  #field(): Step {
    const name = this.#name();
    return name === '*' ? wildcard : field(name);
  }

  #word(): Step {
    const word = this.#name();
    if (word === 'true' || word === 'false') return constant(word === 'true');
    throw new PathSyntax(`unrecognized identifier ${word}`);
  }

  #number(): Step {
    const match = /^[-+]?[\d.]+/.exec(this.#text.slice(this.#at));
    const value = Number(match?.[0] ?? Number.NaN);
    if (Number.isNaN(value)) throw new PathSyntax('cannot parse number');
    this.#at += match![0].length;
    return constant(value);
  }

  #quoted(quote: string): Step {
    let text = '';
    for (this.#at++; this.#text[this.#at] !== quote; this.#at++) {
      let char = this.#text[this.#at];
      if (char === '\\') char = this.#text[++this.#at];
      if (char === undefined) throw new PathSyntax('unterminated quoted string');
      text += char;
    }
    this.#at++;
    return constant(text);
  }

  #index(): Step[] {
    const end = this.#text.indexOf(']', this.#at);
    if (end < 0) throw new PathSyntax('unterminated array');
    const inside = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    const parts = inside.split(',');
    if (parts.length > 1) {
      const branches = parts.map((part) => new Parser(`[${part.trim()}]`).parse());
      return [(values) => branches.flatMap((branch) => follow(branch, values))];
    }
    const key = /^'([^']*)'$/.exec(inside);
    if (key !== null) return new Parser(`.${key[1]}`).parse();
    return [slice(inside === '*' ? ':' : inside)];
  }

  #filter(): Step {
    const start = this.#at + 3;
    let quote = '';
    let end = start;
    for (; end < this.#text.length; end++) {
      const char = this.#text[end]!;
      if (quote !== '') {
        if (char === quote && this.#text[end - 1] !== '\\') quote = '';
      } else if (char === '"' || char === "'") quote = char;
      else if (char === ')') break;
    }
    if (this.#text[end + 1] !== ']') throw new PathSyntax('unclosed array expect ]');
    this.#at = end + 2;
    const text = this.#text.slice(start, end);
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (match === null) return exists(new Parser(text).parse());
    const [, left = '', operator = '', right = ''] = match;
    return compare(new Parser(left).parse(), operator, new Parser(right).parse());
  }
}

function field(name: string): Step {
  return (values) => {
    const single = values.length === 1 ? values[0] : undefined;
    if (single !== undefined && isObject(single)) return Object.hasOwn(single, name) ? [single[name]] : [];
    const found: unknown[] = [];
    for (const value of values) if (isObject(value) && Object.hasOwn(value, name)) found.push(value[name]);
    return found;
  };
}

const constant =
  (value: unknown): Step =>
  (values) =>
    values.map(() => value);

const childrenOf = (value: unknown): Values =>
  Array.isArray(value) ? value : isObject(value) ? Object.values(value) : typeof value === 'string' ? [...value] : [];

const wildcard: Step = (values) => values.flatMap(childrenOf);

const recursive: Step = (values) =>
  values.flatMap((value) => {
    // In Go a text has its bytes below it, which have nothing below them.
    if (typeof value === 'string') return value === '' ? [] : [value];
    const children = childrenOf(value);
    return children.length === 0 ? [] : [value, ...recursive(children)];
  });

function slice(text: string): Step {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (match === null) throw new PathSyntax(`invalid array index ${text}`);
  const [, first = '', second, third] = match;
  if (first === '-' || second === ':-' || third === ':-') throw new PathSyntax(`invalid array index ${text}`);
  const number = (part: string | undefined) =>
    part === undefined || part === ':' || part === '' ? undefined : Number(part.replace(':', ''));
  const [from, to, step] = [number(first), number(second), number(third)];
  const single = second === undefined;
  return (values) => {
    const found: unknown[] = [];
    for (const value of values) {
      if (value === null || value === undefined) continue;
      if (!Array.isArray(value)) throw new PathFailure('not an array or slice');
      found.push(...sliced(value, { from, to: single && from !== undefined ? from + 1 : to, step, single }));
    }
    return found;
  };
}

interface Bounds {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly step: number | undefined;
  readonly single: boolean;
}

function sliced(list: readonly unknown[], { from = 0, to = list.length, step = 1, single }: Bounds): Values {
  const start = from < 0 ? from + list.length : from;
  const end = to < 0 || (to === 0 && single) ? to + list.length : to;
  if (start === end) return [];
  if (start >= list.length || start < 0 || end > list.length || end < 0 || start > end || step <= 0) {
    throw new PathFailure('array index out of bounds');
  }
  return list.slice(start, end).filter((_, index) => index % step === 0);
}

function eachItem(values: Values, keep: (item: unknown) => boolean): Values {
  const found: unknown[] = [];
  for (const value of values) {
    if (!Array.isArray(value)) throw new PathFailure('not an array or slice and cannot be filtered');
    for (const item of value) if (keep(item)) found.push(item);
  }
  return found;
}

const exists =
  (steps: readonly Step[]): Step =>
  (values) =>
    eachItem(values, (item) => {
      try {
        return follow(steps, [item]).length > 0;
      } catch (error) {
        if (error instanceof PathFailure) return false;
        throw error;
      }
    });

const OPERATORS: Readonly<Record<string, (a: string | number | boolean, b: string | number | boolean) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

function compare(left: readonly Step[], operator: string, right: readonly Step[]): Step {
  const holds = OPERATORS[operator];
  if (holds === undefined) throw new PathSyntax(`unrecognized filter operator ${operator}`);
  return (values) =>
    eachItem(values, (item) => {
      const lefts = follow(left, [item]);
      if (lefts.length === 0) return false;
      const rights = follow(right, [item]);
      if (rights.length === 0) return false;
      if (lefts.length > 1 || rights.length > 1) throw new PathFailure('can only compare one element at a time');
      const [a, b] = [lefts[0], rights[0]];
      if (typeof a !== typeof b || typeof a === 'object') throw new PathFailure('incompatible types for comparison');
      return holds(a as string, b as string);
    });
}
