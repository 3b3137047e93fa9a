import { add, compare } from './arithmetic.ts';
import { type FunctionDeclaration, fits, type Implementation, noSuchSignature } from './declaration.ts';
import { Aborted, type Plan } from './frame.ts';
import { PlanError, type Planned } from './planned.ts';
import type { CallCost } from './run-cost.ts';
import { DYN, type Type } from './type.ts';
import { EvaluationError } from './value.ts';

/** What to call for a resolved call: one signature, or whichever the values fit. */
export function implementationOf(declaration: FunctionDeclaration, id: string, types: readonly Type[]): Implementation {
  const { name, single, accepts } = declaration;
  if (single !== undefined) {
    if (accepts === undefined) return single;
    return (...args) => {
      if (!accepts(args[0]!)) throw new EvaluationError(`no such overload: ${name}`);
      return single(...args);
    };
  }
  const overload = declaration.overloads.find((candidate) => candidate.id === id);
  const call = overload?.call;
  if (overload !== undefined && call !== undefined) {
    const isCertain = types.every((type, index) => isSettled(type, overload.args[index]!));
    if (declaration.unguarded === true || isCertain) return call;
    return (...args) => {
      if (!args.every((arg, index) => fits(overload.args[index]!, arg))) throw noSuchSignature(name, args);
      return call(...args);
    };
  }
  return (...args) => {
    for (const candidate of declaration.overloads) {
      if (candidate.call === undefined || candidate.args.length !== args.length) continue;
      if (candidate.args.every((type, index) => fits(type, args[index]!))) return candidate.call(...args);
    }
    throw noSuchSignature(name, args);
  };
}

/** Whether values of the static type are sure to fit the parameter. */
export function isSettled(type: Type, parameter: Type): boolean {
  if (parameter.kind === 'param' || parameter.kind === 'dyn') return true;
  if (type.kind !== parameter.kind || type.name !== parameter.name) return false;
  return parameter.params.every((inner, index) => isSettled(type.params[index] ?? DYN, inner));
}

export function planCall(call: Implementation, plans: readonly Plan[], cost: CallCost | undefined): Plan {
  if (plans.length === 1) {
    const [only] = plans as [Plan];
    return (frame) => {
      const arg = only(frame);
      const result = call(arg);
      frame.cost += cost === undefined ? 1 : cost([arg], result);
      return result;
    };
  }
  if (plans.length === 2) {
    const [first, second] = plans as [Plan, Plan];
    return (frame) => {
      const a = first(frame);
      const b = second(frame);
      const result = call(a, b);
      frame.cost += cost === undefined ? 1 : cost([a, b], result);
      return result;
    };
  }
  return (frame) => {
    const args = plans.map((plan) => plan(frame));
    const result = call(...args);
    frame.cost += cost === undefined ? 1 : cost(args, result);
    return result;
  };
}

const ORDERS: Readonly<Record<string, (order: number) => boolean>> = {
  '_<_': (order) => order < 0,
  '_<=_': (order) => order <= 0,
  '_>_': (order) => order > 0,
  '_>=_': (order) => order >= 0,
};

/** The operators that nearly every rule has, for ints without a detour. */
export function specialCall(name: string, overload: string, plans: readonly Plan[]): Plan | undefined {
  const [left, right] = plans as [Plan, Plan];
  if (overload === 'add_int64') {
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      frame.cost++;
      return add(a, b);
    };
  }
  const holds = overload.endsWith('_int64') && !overload.includes('double') ? ORDERS[name] : undefined;
  if (holds === undefined) return undefined;
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    frame.cost++;
    return holds(compare(a, b, name));
  };
}

/** What constant arguments allow. */
export function specialized(
  { specialize }: FunctionDeclaration,
  parts: readonly Planned[],
): Implementation | undefined {
  if (specialize === undefined) return undefined;
  return beforehand(() => specialize(parts.map(({ constant: known }) => known?.value)));
}

/** What fails with constants fails when the plan is made. */
export function beforehand<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationError) throw new PlanError(error.message);
    throw error;
  }
}

/** Signatures whose costs upstream cannot count when an argument has no value, with the number of that argument. */
const UNCOUNTABLE = /^list_(?:(?:[a-zA-Z.]+_sort|distinct)$|[a-zA-Z.]+_(sortByAssociatedKeys)$)/;

/** Where upstream fails altogether on an argument without a value, so does this: no `||` absorbs it. */
export function withAborts(overload: string, plans: readonly Plan[]): readonly Plan[] {
  const match = UNCOUNTABLE.exec(overload);
  if (match === null) return plans;
  const index = match[1] === undefined ? 0 : 1;
  return plans.map((plan, place) => (place === index ? aborting(plan) : plan));
}

function aborting(plan: Plan): Plan {
  return (frame) => {
    try {
      return plan(frame);
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      throw new Aborted('internal error: interface conversion: *types.Err is not traits.Lister: missing method Add');
    }
  };
}
