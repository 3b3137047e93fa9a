/** CEL's syntax tree, as cel-go builds it: operators are calls, macros are expanded. */
import type { Value } from './value.ts';

interface Node {
  /** Unique in its expression; 1 is given first. */
  readonly id: number;
  /** Where errors about it point: code points from the start of the source, or -1 for nowhere. */
  readonly offset: number;
}

export interface Literal extends Node {
  readonly kind: 'literal';
  readonly value: Value;
}

export interface Identifier extends Node {
  readonly kind: 'ident';
  /** With a leading dot when it was written so. */
  readonly name: string;
}

export interface Select extends Node {
  readonly kind: 'select';
  readonly operand: Expression;
  readonly field: string;
  /** From `has(a.b)`: only asks whether the field is there. */
  readonly isTest: boolean;
}

export interface Call extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly target: Expression | undefined;
  readonly args: readonly Expression[];
}

export interface ListLiteral extends Node {
  readonly kind: 'list';
  readonly elements: readonly Expression[];
  /** The indices of elements written `?element`. */
  readonly optional: ReadonlySet<number>;
}

export interface MapEntry extends Node {
  readonly key: Expression;
  readonly value: Expression;
  readonly isOptional: boolean;
}

export interface MapLiteral extends Node {
  readonly kind: 'map';
  readonly entries: readonly MapEntry[];
}

export interface StructField extends Node {
  readonly name: string;
  readonly value: Expression;
  readonly isOptional: boolean;
}

export interface StructLiteral extends Node {
  readonly kind: 'struct';
  readonly type: string;
  readonly fields: readonly StructField[];
}

/** What macros become: folds `step` over the range, while `condition` holds. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension';
  readonly range: Expression;
  readonly variable: string;
  /** '' with one variable; with two, the first is the index or key and the second the item or value */
  readonly variable2: string;
  readonly accumulator: string;
  readonly start: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result: Expression;
}

/** Stands where an error has been reported. */
export interface Broken extends Node {
  readonly kind: 'broken';
}

export type Expression =
  | Literal
  | Identifier
  | Select
  | Call
  | ListLiteral
  | MapLiteral
  | StructLiteral
  | Comprehension
  | Broken;

/** The name that no source can write, for what a comprehension accumulates. */
export const ACCUMULATOR = '@result';

/** The expressions directly within one, in the order of the source. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'select':
      return [node.operand];
    case 'call':
      return node.target === undefined ? node.args : [node.target, ...node.args];
    case 'list':
      return node.elements;
    case 'map':
      return node.entries.flatMap(({ key, value }) => [key, value]);
    case 'struct':
      return node.fields.map(({ value }) => value);
    case 'comprehension':
      return [node.range, node.start, node.condition, node.step, node.result];
    default:
      return [];
  }
}
