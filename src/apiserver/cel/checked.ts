import type { Library } from './declaration.ts';
import type { Expression } from './expression.ts';
import type { Issue } from './syntax.ts';
import { BOOL, BYTES, DOUBLE, INT, NULL, STRING, type Type, UINT } from './type.ts';
import { Double, isInt, Uint, type Value } from './value.ts';

/** What an expression is checked against. */
export interface Scope {
  readonly functions: Library;
  /** Declared variables. */
  readonly variables: ReadonlyMap<string, Type>;
  /** Names that stand for types: `int`, and those that libraries bring. */
  readonly types: ReadonlyMap<string, Type>;
  /** The fields of a struct by its name, under their CEL names; undefined for a name that is no struct. */
  fields(struct: string): ReadonlyMap<string, Type> | undefined;
}

/** What a node turned out to mean. */
export type Resolution =
  | { readonly is: 'variable'; readonly name: string }
  | { readonly is: 'type'; readonly type: Type }
  /** `isQualified`: the receiver was part of the function's name, as in `ip.isCanonical(x)`. */
  | {
      readonly is: 'function';
      readonly name: string;
      readonly overloads: readonly string[];
      readonly isQualified: boolean;
    };

/** The types and meanings of all nodes, by their numbers. */
export interface Checked {
  readonly types: ReadonlyMap<number, Type>;
  readonly resolutions: ReadonlyMap<number, Resolution>;
  readonly issues: readonly Issue[];
}

export function literalType(value: Value): Type {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOL;
  if (typeof value === 'string') return STRING;
  if (isInt(value)) return INT;
  if (value instanceof Uint) return UINT;
  return value instanceof Double ? DOUBLE : BYTES;
}

/** `a.b.c` where the expression is nothing but names. */
export function qualifiedName(node: Expression): string | undefined {
  if (node.kind === 'ident') return node.name;
  if (node.kind !== 'select' || node.isTest) return undefined;
  const prefix = qualifiedName(node.operand);
  return prefix === undefined ? undefined : `${prefix}.${node.field}`;
}
