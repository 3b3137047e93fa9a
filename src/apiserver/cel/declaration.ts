import { isDyn, type Type } from './type.ts';
import { EvaluationError, type ListValue, MapValue, typeName, type Value } from './value.ts';

export type Implementation = (...args: Value[]) => Value;

/** One signature of a function. */
export interface Overload {
  /** cel-go's name of it, by which costs are known. */
  readonly id: string;
  /** Called as `first.name(rest)`. */
  readonly isMember: boolean;
  readonly args: readonly Type[];
  readonly result: Type;
  /** Left out where the function has one implementation for all its signatures, or the language has. */
  readonly call?: Implementation;
}

/** A function as the checker and the evaluator know it. */
export interface FunctionDeclaration {
  readonly name: string;
  readonly overloads: readonly Overload[];
  /** One implementation for all signatures. */
  readonly single?: Implementation;
  /** Whether a first operand may be given to `single`; others get `no such overload: NAME`. */
  readonly accepts?: (first: Value) => boolean;
  /** Implementations see values that do not fit their signature, and refuse them themselves. */
  readonly unguarded?: boolean;
  readonly specialize?: Specialize;
}

/**
 * An implementation for arguments some of which are constant, the others undefined here; undefined when there is none.
 * @throws EvaluationError when the constants cannot work
 */
export type Specialize = (constants: readonly (Value | undefined)[]) => Implementation | undefined;

export type Library = ReadonlyMap<string, FunctionDeclaration>;

/** Functions of several libraries; signatures of one name are joined in the order given. */
export function joinLibraries(...lists: readonly (readonly FunctionDeclaration[])[]): Library {
  const library = new Map<string, FunctionDeclaration>();
  for (const declaration of lists.flat()) {
    const present = library.get(declaration.name);
    const overloads = [...(present?.overloads ?? []), ...declaration.overloads];
    library.set(declaration.name, { ...present, ...declaration, overloads });
  }
  return library;
}

export function fn(
  name: string,
  overloads: readonly Overload[],
  options: Omit<FunctionDeclaration, 'name' | 'overloads'> = {},
): FunctionDeclaration {
  return { ...options, name, overloads };
}

export function overload(id: string, args: readonly Type[], result: Type, call?: Implementation): Overload {
  return { id, isMember: false, args, result, ...(call === undefined ? {} : { call }) };
}

export function member(id: string, args: readonly Type[], result: Type, call?: Implementation): Overload {
  return { id, isMember: true, args, result, ...(call === undefined ? {} : { call }) };
}

/** Whether a value can be an argument of the type. Of lists and maps only the first entry is looked at, as upstream. */
export function fits(type: Type, value: Value): boolean {
  if (isDyn(type) || type.kind === 'param') return true;
  if (typeName(value) !== type.name) return false;
  if (type.kind === 'list') {
    const list = value as ListValue;
    return list.size === 0 || fits(type.params[0]!, list.at(0));
  }
  if (type.kind !== 'map' || !(value instanceof MapValue)) return true;
  for (const key of value.keys()) return fits(type.params[0]!, key) && fits(type.params[1]!, value.find(key)!);
  return true;
}

/** The error for arguments that no signature takes: `no such overload: size(int)`. */
export function noSuchSignature(name: string, args: readonly Value[]): EvaluationError {
  return new EvaluationError(`no such overload: ${name}(${args.map(typeName).join(', ')})`);
}
