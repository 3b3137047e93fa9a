import { keyProblem } from './access.ts';
import type { Checked, Resolution } from './checked.ts';
import type { Implementation, Library } from './declaration.ts';
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from './expression.ts';
import { planFold } from './fold.ts';
import { Frame, type Plan } from './frame.ts';
import { membership } from './membership.ts';
import { beforehand, implementationOf, planCall, specialCall, specialized, withAborts } from './plan-call.ts';
import {
  notStrictlyFalse,
  planEquality,
  planIndex,
  planLogical,
  planOptionalGet,
  planOr,
  planSelect,
  planTest,
} from './plan-value.ts';
import { PlanError, type Planned } from './planned.ts';
import { callCost, LIST_COST, MAP_COST } from './run-cost.ts';
import { DYN, type Type } from './type.ts';
import {
  ArrayList,
  EntryMap,
  EvaluationError,
  noSuchOverload,
  Optional,
  TypeValue,
  typeName,
  type Value,
} from './value.ts';

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
    if (resolution?.is === 'type') return typeNamed(resolution.type);
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
    return { run: node.isTest ? planTest(operand, node.field) : planSelect(operand, node.field) };
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
        return { run: planLogical(...this.#pair(node), resolution.name === '_||_') };
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
        return {
          run: planEquality(
            ...this.#pair(node),
            node.args.map((arg) => this.typeOf(arg)),
            resolution.name === '_==_',
          ),
        };
    }
    return this.#function(node, resolution);
  }

  #pair(node: Call): [Plan, Plan] {
    return node.args.map((arg) => this.plan(arg)) as [Plan, Plan];
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
    return { run: isOptional ? planOptionalGet(operand, index) : planIndex(operand, index) };
  }

  /** An index that is an attribute is part of the chain, and does not pay for its own first step. */
  #indexValue(node: Expression): Plan {
    const { constant: known } = this.planned(node);
    const run = this.#arm(node);
    if (known !== undefined) {
      const problem = keyProblem(known.value);
      if (problem !== undefined) throw new PlanError(problem);
      return run;
    }
    return (frame) => {
      const key = run(frame);
      if (typeof key === 'string' || typeof key === 'number') return key;
      const problem = keyProblem(key);
      if (problem !== undefined) throw new EvaluationError(problem);
      return key;
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
    const plans = withAborts(
      overload,
      parts.map(({ run }) => run),
    );
    const cost = callCost(name, overload);
    return { run: specialCall(name, overload, plans) ?? planCall(call, plans, cost) };
  }
}

function constant(value: Value): Planned {
  return { run: () => value, constant: { value } };
}

function typeNamed({ kind, name }: Type): Planned {
  if (kind === 'struct') throw new PlanError(`reference to undefined type: ${name}`);
  return constant(new TypeValue(name));
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
