import { DYN, isDyn, isDynOrError, sameType, type Type } from './type.ts';

/**
 * What type parameters stand for, found by unification. A failed attempt leaves nothing behind.
 * (cel-go, checker/types.go and mapping.go)
 */
export class TypeMapping {
  readonly #bound = new Map<string, Type>();
  /** What was bound before, for taking an attempt back. */
  #log: { readonly name: string; readonly before: Type | undefined }[] = [];

  /** Whether `from` can be assigned to `to`; binds parameters of both. */
  assign(from: Type, to: Type): boolean {
    return this.#attempt(() => this.#isAssignable(from, to));
  }

  assignAll(from: readonly Type[], to: readonly Type[]): boolean {
    return this.#attempt(() => this.#areAssignable(from, to));
  }

  /** The type with its bound parameters replaced; unbound ones become dyn when `toDyn` says so. */
  substitute(type: Type, toDyn: boolean): Type {
    if (type.kind === 'param') {
      const bound = this.#bound.get(type.name);
      if (bound !== undefined) return this.substitute(bound, toDyn);
      return toDyn ? DYN : type;
    }
    if (type.params.length === 0) return type;
    const params = type.params.map((inner) => this.substitute(inner, toDyn));
    return params.every((inner, index) => inner === type.params[index]) ? type : { ...type, params };
  }

  bind(name: string, type: Type): void {
    this.#log.push({ name, before: this.#bound.get(name) });
    this.#bound.set(name, type);
  }

  #attempt(run: () => boolean): boolean {
    const start = this.#log.length;
    if (run()) return true;
    while (this.#log.length > start) {
      const { name, before } = this.#log.pop()!;
      if (before === undefined) this.#bound.delete(name);
      else this.#bound.set(name, before);
    }
    return false;
  }

  #areAssignable(from: readonly Type[], to: readonly Type[]): boolean {
    return from.length === to.length && from.every((type, index) => this.#isAssignable(type, to[index]!));
  }

  #isAssignable(a: Type, b: Type): boolean {
    if (b.kind === 'param') {
      const result = this.#substitutes(a, b);
      if (result !== 'free') return result;
    }
    if (a.kind === 'param') return this.#substitutes(b, a) === true;
    if (isDynOrError(a) || isDynOrError(b)) return true;
    if (a.kind === 'null') return isNullable(b);
    if (b.kind === 'null') return isNullable(a);
    if (a.kind !== b.kind) return false;
    if (a.kind === 'type') return true;
    return a.name === b.name && this.#areAssignable(a.params, b.params);
  }

  /** Whether the parameter can stand for the type; 'free' when it is unbound but occurs within the type. */
  #substitutes(type: Type, parameter: Type): boolean | 'free' {
    if (sameType(type, parameter)) return true;
    const bound = this.#bound.get(parameter.name);
    if (bound === undefined) {
      if (!this.#isOutside(parameter, type)) return 'free';
      this.bind(parameter.name, type);
      return true;
    }
    if (sameType(type, bound)) return true;
    if (!this.#isAssignable(type, bound)) return false;
    const general = mostGeneral(type, bound);
    if (this.#isOutside(parameter, general)) this.bind(parameter.name, general);
    return true;
  }

  #isOutside(parameter: Type, within: Type): boolean {
    if (sameType(parameter, within)) return false;
    if (within.kind === 'param') {
      const bound = this.#bound.get(within.name);
      return bound === undefined || this.#isOutside(parameter, bound);
    }
    return within.params.every((inner) => this.#isOutside(parameter, inner));
  }
}

function isNullable(type: Type): boolean {
  return ['opaque', 'struct', 'any', 'duration', 'timestamp', 'null'].includes(type.kind);
}

/** The more general of two types that unify. */
export function mostGeneral(a: Type, b: Type): Type {
  return isNoMoreSpecific(a, b) ? a : b;
}

function isNoMoreSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param') return false;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if (a.name !== b.name || a.params.length !== b.params.length) return false;
  return a.params.every((type, index) => isNoMoreSpecific(type, b.params[index]!));
}
