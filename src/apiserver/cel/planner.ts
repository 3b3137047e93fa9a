import { findIn, getFrom } from './access.ts';
import { add, compare } from './arithmetic.ts';
import type { Checked, Resolution } from './checker.ts';
import { type FunctionDeclaration, fits, type Implementation, type Library, noSuchSignature } from './declaration.ts';
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from './expression.ts';
import { planFold } from './fold.ts';
import { Frame, type Plan } from './frame.ts';
import { membership } from './membership.ts';
import { type CallCost, callCost, LIST_COST } from './run-cost.ts';
import { DYN, type Type } from './type.ts';
import {
  ArrayList,
  EntryMap,
  EvaluationError,
  equal,
  MapValue,
  NONE,
  noSuchOverload,
  Optional,
  TypeValue,
  typeName,
  type Value,
} from './value.ts';

/** A plan, and its value where that is known beforehand: then it costs nothing. */
export interface Planned {
  readonly run: Plan;
  readonly constant?: { readonly value: Value };
}

/** The plan of a whole expression cannot be made: a constant in it has no value. */
export class PlanError extends Error {}

const MAP_COST = 30;
const CONVERSIONS = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'dyn',
  'int',
  'string',
  'timestamp',
  'type',
  'uint',
]);

/** Turns a checked expression into closures. What its parts cost is what cel-go's evaluator counts. */
export class Planner {
  readonly #checked: Checked;
  readonly #functions: Library;
  /** Where variables are kept while a program runs: inputs, then what comprehensions bind. */
  readonly #slots: Map<string, number>;
  #slotCount: number;

  constructor(checked: Checked, functions: Library, variables: readonly string[]) {
    this.#checked = checked;
    this.#functions = functions;
    this.#slots = new Map(variables.map((name, index) => [name, index]));
    this.#slotCount = variables.length;
  }

  /** How many slots a frame needs. Known when everything is planned. */
  get slotCount(): number {
    return this.#slotCount;
  }

  plan(node: Expression): Plan {
    return this.planned(node).run;
  }

  planned(node: Expression): Planned {
    switch (node.kind) {
      case 'literal':
        return constant(node.value);
      case 'ident':
        return this.#named(node, this.#checked.resolutions.get(node.id));
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'comprehension':
        return { run: this.#comprehension(node) };
      case 'struct':
        throw new PlanError(`unknown type: ${node.type}`);
      case 'broken':
        throw new PlanError('unsupported expr');
    }
  }

  /** Plans with a name bound to a slot of its own, and its old meaning afterwards. */
  withSlot<T>(name: string, run: (slot: number) => T): T {
    const before = this.#slots.get(name);
    const slot = this.#slotCount++;
    this.#slots.set(name, slot);
    const result = run(slot);
    if (before === undefined) this.#slots.delete(name);
    else this.#slots.set(name, before);
    return result;
  }

  typeOf(node: Expression): Type {
    return this.#checked.types.get(node.id) ?? DYN;
  }

  #named(node: Expression, resolution: Resolution | undefined): Planned {
    if (resolution?.is === 'type') return constant(new TypeValue(resolution.type.name));
    return { run: counted(this.#attribute(node, resolution)) };
  }

  /** Reads a variable; the step itself is counted by `counted`, and not at all as an arm of `?:`. */
  #attribute(node: Expression, resolution: Resolution | undefined): Plan {
    const name = resolution?.is === 'variable' ? resolution.name : node.kind === 'ident' ? node.name : '';
    const slot = this.#slots.get(name) ?? this.#slots.get(name.replace(/^\./, ''));
    if (slot === undefined) throw new PlanError(`no such attribute(s): ${name}`);
    return (frame) => {
      const value = frame.slots[slot];
      if (value instanceof EvaluationError) throw value;
      if (value === undefined) throw new EvaluationError(`no such attribute(s): ${name}`);
      return value;
    };
  }

  #select(node: Select): Planned {
    const resolution = this.#checked.resolutions.get(node.id);
    if (resolution !== undefined) return this.#named(node, resolution);
    const operand = this.#chain(node.operand);
    return { run: node.isTest ? planTest(operand, node.field) : counted(planSelect(operand, node.field)) };
  }

  /**
   * The operand of a selection. Where it is itself a variable or a selection, the whole chain is one attribute, which
   * costs one step for the variable and one for each field: that is what its parts count. Everything else is an
   * attribute of its own, and costs one more.
   */
  #chain(node: Expression): Plan {
    const { run, constant: known } = this.planned(node);
    const isAttribute =
      known === undefined && (node.kind === 'ident' || node.kind === 'select' || isAccess(node) || isConditional(node));
    return isAttribute ? run : counted(run);
  }

  #list(node: ListLiteral): Planned {
    const parts = node.elements.map((element) => this.planned(element));
    const plans = parts.map(({ run }) => run);
    const { optional } = node;
    const build: Plan = (frame) => {
      const items: Value[] = [];
      for (let i = 0; i < plans.length; i++) {
        const value = plans[i]!(frame);
        if (!optional.has(i)) items.push(value);
        else if (!(value instanceof Optional)) throw notOptional(value);
        else if (value.value !== undefined) items.push(value.value);
      }
      return new ArrayList(items);
    };
    if (parts.every(({ constant: known }) => known !== undefined)) return constant(build(new Frame([], 0)));
    return { run: counted(build, LIST_COST) };
  }

  #map(node: MapLiteral): Planned {
    const entries = node.entries.map(({ key, value, isOptional }) => ({
      key: this.planned(key),
      value: this.planned(value),
      isOptional,
    }));
    const build: Plan = (frame) => {
      const list: [Value, Value][] = [];
      for (const { key, value, isOptional } of entries) {
        const name = key.run(frame);
        const item = value.run(frame);
        if (!isOptional) list.push([name, item]);
        else if (!(item instanceof Optional)) throw notOptional(item);
        else if (item.value !== undefined) list.push([name, item.value]);
      }
      return EntryMap.of(list);
    };
    const isConstant = entries.every(({ key, value }) => key.constant !== undefined && value.constant !== undefined);
    return isConstant ? constant(build(new Frame([], 0))) : { run: counted(build, MAP_COST) };
  }

  #comprehension(node: Comprehension): Plan {
    return planFold(node, this);
  }

  #call(node: Call): Planned {
    const resolution = this.#checked.resolutions.get(node.id);
    if (resolution?.is !== 'function') throw new PlanError(`no such overload: ${node.name}`);
    switch (resolution.name) {
      case '_&&_':
      case '_||_':
        return { run: this.#logical(node, resolution.name === '_||_') };
      case '_?_:_':
        return { run: this.#conditional(node) };
      case '@not_strictly_false':
        return { run: counted(notStrictlyFalse(this.plan(node.args[0]!))) };
      case '_[_]':
      case '_[?_]':
        return this.#index(node, resolution.name === '_[?_]');
      case '_?._': {
        const [, field] = node.args;
        const name = field?.kind === 'literal' ? String(field.value) : '';
        return { run: planOptionalGet(this.#chain(node.args[0]!), () => name) };
      }
      case '_==_':
      case '_!=_':
        return { run: this.#equality(node, resolution.name) };
    }
    return this.#function(node, resolution);
  }

  #logical(node: Call, wins: boolean): Plan {
    const [left, right] = node.args.map((arg) => this.plan(arg)) as [Plan, Plan];
    return (frame) => {
      let failure: EvaluationError | undefined;
      try {
        const value = left(frame);
        if (value === wins) return wins;
        if (typeof value !== 'boolean') failure = noSuchOverload();
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        failure = error;
      }
      if (failure === undefined) {
        const value = right(frame);
        if (typeof value !== 'boolean') throw noSuchOverload();
        return value;
      }
      // The other side can still decide; else the first failure stands.
      try {
        if (right(frame) === wins) return wins;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
      }
      throw failure;
    };
  }

  #conditional(node: Call): Plan {
    const [condition, whenTrue, whenFalse] = node.args as [Expression, Expression, Expression];
    const test = this.plan(condition);
    const arm = (branch: Expression) => this.#arm(branch);
    const yes = arm(whenTrue);
    const no = arm(whenFalse);
    return (frame) => {
      const value = test(frame);
      if (value === true) return yes(frame);
      if (value === false) return no(frame);
      throw noSuchOverload();
    };
  }

  /** An arm that is a variable, or a chain that starts with one, does not pay for that first step. */
  #arm(node: Expression): Plan {
    const { run, constant: known } = this.planned(node);
    if (known !== undefined || !isAttributeChain(node, this.#checked)) return run;
    return (frame) => {
      const value = run(frame);
      frame.cost--;
      return value;
    };
  }

  #index(node: Call, isOptional: boolean): Planned {
    const [operandNode, indexNode] = node.args as [Expression, Expression];
    const operand = this.#chain(operandNode);
    const index = this.#indexValue(indexNode);
    if (isOptional) return { run: planOptionalGet(operand, index) };
    const run: Plan = (frame) => {
      const container = operand(frame);
      const key = index(frame);
      if (!(container instanceof Optional)) return getFrom(container, key);
      return container.value === undefined ? NONE : optionalOf(findIn(container.value, key));
    };
    return { run: counted(run) };
  }

  /** An index that is an attribute is part of the chain, and does not pay for its own first step. */
  #indexValue(node: Expression): Plan {
    return this.#arm(node);
  }

  #equality(node: Call, name: '_==_' | '_!=_'): Plan {
    const [left, right] = node.args.map((arg) => this.plan(arg)) as [Plan, Plan];
    const cost = callCost(name, name === '_==_' ? 'equals' : 'not_equals')!;
    const types = node.args.map((arg) => this.typeOf(arg).kind);
    const isEqual = name === '_==_';
    if (types[0] === types[1] && (types[0] === 'int' || types[0] === 'bool')) {
      return (frame) => {
        const a = left(frame);
        const b = right(frame);
        frame.cost++;
        return equal(a, b) === isEqual;
      };
    }
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      frame.cost += cost([a, b], true);
      return equal(a, b) === isEqual;
    };
  }

  #function(node: Call, resolution: Extract<Resolution, { is: 'function' }>): Planned {
    const { name, overloads, isQualified } = resolution;
    const declaration = this.#functions.get(name)!;
    const nodes = node.target === undefined || isQualified ? node.args : [node.target, ...node.args];
    const parts = nodes.map((arg) => this.planned(arg));
    if (name === 'or' || name === 'orValue') return { run: planOr(parts[0]!.run, parts[1]!.run, name === 'orValue') };
    const overload = overloads.length === 1 ? overloads[0]! : '';
    if (name === '@in' && overload === 'in_list') {
      const known = membership(parts[0]!.run, parts[1]!);
      if (known !== undefined) return known;
    }
    const special = specialized(declaration, parts);
    const call =
      special ??
      implementationOf(
        declaration,
        overload,
        nodes.map((arg) => this.typeOf(arg)),
      );
    if (CONVERSIONS.has(name) && parts.length === 1 && parts[0]!.constant !== undefined) {
      return folded(call, parts[0]!.constant.value);
    }
    const plans = parts.map(({ run }) => run);
    const cost = callCost(name, overload);
    return { run: specialCall(name, overload, plans) ?? planCall(call, plans, cost) };
  }
}

function constant(value: Value): Planned {
  return { run: () => value, constant: { value } };
}

/** What constant arguments allow. */
function specialized({ specialize }: FunctionDeclaration, parts: readonly Planned[]): Implementation | undefined {
  if (specialize === undefined) return undefined;
  return beforehand(() => specialize(parts.map(({ constant: known }) => known?.value)));
}

/** What fails with constants fails when the plan is made. */
function beforehand<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof EvaluationError) throw new PlanError(error.message);
    throw error;
  }
}

/** Conversions of constants are done once, and refused when the plan is made. */
function folded(call: Implementation, value: Value): Planned {
  return beforehand(() => constant(call(value)));
}

function counted(run: Plan, cost = 1): Plan {
  return (frame) => {
    const value = run(frame);
    frame.cost += cost;
    return value;
  };
}

function isAccess(node: Expression): boolean {
  return node.kind === 'call' && (node.name === '_[_]' || node.name === '_[?_]' || node.name === '_?._');
}

function isConditional(node: Expression): boolean {
  return node.kind === 'call' && node.name === '_?_:_';
}

/** Whether the expression is a variable with selections and indices. */
function isAttributeChain(node: Expression, checked: Checked): boolean {
  const resolution = checked.resolutions.get(node.id);
  if (node.kind === 'ident') return resolution?.is !== 'type';
  if (node.kind === 'select') {
    if (resolution !== undefined) return resolution.is === 'variable';
    return !node.isTest;
  }
  return isAccess(node);
}

function notOptional(value: Value): EvaluationError {
  return new EvaluationError(`cannot initialize optional list element from non-optional value ${typeName(value)}`);
}

function optionalOf(value: Value | undefined): Optional {
  return value === undefined ? NONE : new Optional(value);
}

function planSelect(operand: Plan, field: string): Plan {
  return (frame) => {
    const container = operand(frame);
    if (container instanceof MapValue) {
      const value = container.find(field);
      if (value === undefined) throw new EvaluationError(`no such key: ${field}`);
      return value;
    }
    if (!(container instanceof Optional)) return getFrom(container, field);
    return container.value === undefined ? NONE : optionalOf(findIn(container.value, field));
  };
}

/** The test itself is free. */
function planTest(operand: Plan, field: string): Plan {
  return (frame) => {
    const container = operand(frame);
    if (container instanceof MapValue) return container.find(field) !== undefined;
    if (container instanceof Optional) {
      return container.value !== undefined && findIn(container.value, field) !== undefined;
    }
    return findIn(container, field) !== undefined;
  };
}

/** Costs a step only where there is something. */
function planOptionalGet(operand: Plan, key: (frame: Frame) => Value): Plan {
  return (frame) => {
    const container = operand(frame);
    const name = key(frame);
    const found = container instanceof Optional ? container.value : container;
    const value = found === undefined ? undefined : findIn(found, name);
    if (value === undefined) return NONE;
    frame.cost++;
    return new Optional(value);
  };
}

function notStrictlyFalse(operand: Plan): Plan {
  return (frame) => {
    try {
      const value = operand(frame);
      return typeof value === 'boolean' ? value : true;
    } catch (error) {
      if (error instanceof EvaluationError) return true;
      throw error;
    }
  };
}

function planOr(left: Plan, right: Plan, unwraps: boolean): Plan {
  return (frame) => {
    const value = left(frame);
    if (!(value instanceof Optional)) throw noSuchOverload();
    if (value.value === undefined) return right(frame);
    return unwraps ? value.value : value;
  };
}

/** What to call for a resolved call: one signature, or whichever the values fit. */
function implementationOf(declaration: FunctionDeclaration, id: string, types: readonly Type[]): Implementation {
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
function isSettled(type: Type, parameter: Type): boolean {
  if (parameter.kind === 'param' || parameter.kind === 'dyn') return true;
  if (type.kind !== parameter.kind || type.name !== parameter.name) return false;
  return parameter.params.every((inner, index) => isSettled(type.params[index] ?? DYN, inner));
}

function planCall(call: Implementation, plans: readonly Plan[], cost: CallCost | undefined): Plan {
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
function specialCall(name: string, overload: string, plans: readonly Plan[]): Plan | undefined {
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
