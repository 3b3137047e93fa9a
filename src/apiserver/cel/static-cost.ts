import { runeCount } from '../schema/kinds.ts';
import { callEstimate } from './call-estimate.ts';
import type { Checked } from './checked.ts';
import { type CallEstimate, type CostNode, orUnknown, type SizeAt } from './cost-node.ts';
import { CostPath } from './cost-path.ts';
import { Estimate, LARGEST, ONE, UNKNOWN, ZERO } from './estimate.ts';
import type { Call, Comprehension, Expression, ListLiteral, MapLiteral, Select } from './expression.ts';
import type { Program } from './program.ts';
import { LIST_COST, MAP_COST, STRUCT_COST } from './run-cost.ts';
import type { DeclaredType } from './schema-type.ts';
import { DYN, type Type, unwrapOptional } from './type.ts';

/** What an expression can cost, as cel-go estimates it (checker/cost.go). @param root the type of the variables */
export function estimateCost(program: Program, root: DeclaredType): Estimate {
  return new Estimator(program.checked, (path) => sizeBelow(root, path)).cost(program.expression);
}

/** Apiextensions' sizes: the first step is the variable. What the schema knows no size of has none at all. */
function sizeBelow(root: DeclaredType, path: CostPath): Estimate | undefined {
  if (path.length === 0) return undefined;
  let type: DeclaredType | undefined = root;
  for (const step of path.steps.slice(1)) {
    if (step === '@items' || step === '@values') type = type.element;
    else if (step === '@keys') type = type.key;
    else type = type.fields?.get(step);
    if (type === undefined) return undefined;
  }
  return new Estimate(0n, BigInt(type.maxElements));
}

/** How large the keys and values of a list or map are. */
interface EntrySize {
  readonly isList: boolean;
  readonly key: Estimate;
  readonly value: Estimate;
}

/** A variable of a comprehension or binding. */
interface Local {
  readonly path: CostPath;
  readonly size: Estimate | undefined;
  readonly entries: EntrySize | undefined;
}

class Estimator {
  readonly #checked: Checked;
  readonly #sizeAt: SizeAt;
  readonly #paths = new Map<number, CostPath>();
  readonly #sizes = new Map<number, Estimate>();
  readonly #entrySizes = new Map<number, EntrySize>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, sizeAt: SizeAt) {
    this.#checked = checked;
    this.#sizeAt = sizeAt;
  }

  cost(node: Expression): Estimate {
    switch (node.kind) {
      case 'ident':
        return this.#ident(node, node.name);
      case 'select':
        return this.#select(node);
      case 'call':
        return this.#call(node);
      case 'list':
        return this.#list(node);
      case 'map':
        return this.#map(node);
      case 'struct':
        return node.fields.reduce((sum, { value }) => sum.plus(this.cost(value)), Estimate.of(STRUCT_COST));
      case 'comprehension':
        return isBinding(node) ? this.#binding(node) : this.#comprehension(node);
      default:
        return ZERO;
    }
  }

  #ident(node: Expression, name: string): Estimate {
    this.#paths.set(node.id, this.#local(name)?.path ?? CostPath.of(name));
    return ONE;
  }

  #select(node: Select): Estimate {
    const resolution = this.#checked.resolutions.get(node.id);
    if (resolution?.is === 'variable') return this.#ident(node, resolution.name);
    if (resolution?.is === 'type') return this.#ident(node, resolution.type.name);
    const operand = this.cost(node.operand);
    if (node.isTest) return operand;
    this.#paths.set(node.id, this.#path(node.operand).append(node.field));
    const { kind } = this.#type(node.operand);
    return kind === 'map' || kind === 'struct' || kind === 'param' ? operand.plus(ONE) : operand;
  }

  #call(node: Call): Estimate {
    if (node.name === 'dyn') {
      const [arg] = node.args as [Expression];
      const cost = this.cost(arg).plus(ONE);
      this.#copySizes(node, arg);
      return cost;
    }
    const costs: Estimate[] = [];
    const args: CostNode[] = [];
    for (const arg of node.args) {
      costs.push(this.cost(arg));
      args.push(this.#node(arg));
    }
    const resolution = this.#checked.resolutions.get(node.id);
    if (resolution?.is !== 'function') return ZERO;
    const receiver = resolution.isQualified ? undefined : node.target;
    const before = receiver === undefined ? ZERO : this.cost(receiver);
    const target = receiver === undefined ? undefined : this.#node(receiver);
    let cost = new Estimate(LARGEST, 0n);
    let size: Estimate | undefined;
    for (const overload of resolution.overloads) {
      const estimate = this.#overload(node, resolution.name, overload, target, args, costs);
      cost = cost.union(estimate.cost);
      if (estimate.size !== undefined) size = size === undefined ? estimate.size : size.union(estimate.size);
      if (overload === 'index_list' || overload === 'index_map') {
        const [container] = node.args as [Expression];
        size = this.#entries(container)?.value;
        this.#paths.set(node.id, this.#path(container).append(overload === 'index_list' ? '@items' : '@values'));
      }
      size ??= this.#size(node);
    }
    if (size !== undefined) this.#sizes.set(node.id, size);
    return before.plus(cost);
  }

  /** What one signature costs, with its arguments. */
  #overload(
    node: Call,
    name: string,
    overload: string,
    target: CostNode | undefined,
    args: readonly CostNode[],
    costs: readonly Estimate[],
  ): CallEstimate {
    const sum = costs.reduce((total, cost) => total.plus(cost), ZERO);
    const known = callEstimate(name, overload, { target, args, sizeAt: this.#sizeAt });
    if (known !== undefined) return { cost: known.cost.plus(sum), size: known.size };
    if (overload === 'logical_or' || overload === 'logical_and') {
      const [left, right] = costs as [Estimate, Estimate];
      return { cost: new Estimate(left.min, left.plus(right).max) };
    }
    if (overload === 'conditional') {
      const [, yes, no] = args as [CostNode, CostNode, CostNode];
      const [test, whenTrue, whenFalse] = costs as [Estimate, Estimate, Estimate];
      this.#setEntries(node, joined(this.#entries(node.args[1]!), this.#entries(node.args[2]!)));
      return { cost: test.plus(whenTrue.union(whenFalse)), size: orUnknown(yes).union(orUnknown(no)) };
    }
    if (overload === 'add_string' || overload === 'add_bytes' || overload === 'add_list') {
      const [left, right] = args as [CostNode, CostNode];
      const size = orUnknown(left).plus(orUnknown(right));
      this.#setEntries(node, joined(this.#entries(node.args[0]!), this.#entries(node.args[1]!)));
      return { cost: (overload === 'add_list' ? ONE : size.scaled(0.1)).plus(sum), size };
    }
    return { cost: sum.plus(ONE) };
  }

  #list(node: ListLiteral): Estimate {
    let cost = Estimate.of(LIST_COST);
    let items = new Estimate(node.elements.length === 0 ? 0n : LARGEST, 0n);
    for (const element of node.elements) {
      cost = cost.plus(this.cost(element));
      items = items.union(this.#size(element) ?? UNKNOWN);
    }
    this.#setEntries(node, { isList: true, key: ONE, value: items });
    return cost;
  }

  #map(node: MapLiteral): Estimate {
    let cost = Estimate.of(MAP_COST);
    const least = node.entries.length === 0 ? 0n : LARGEST;
    let keys = new Estimate(least, 0n);
    let values = new Estimate(least, 0n);
    for (const { key, value } of node.entries) {
      cost = cost.plus(this.cost(key)).plus(this.cost(value));
      keys = keys.union(this.#size(key) ?? UNKNOWN);
      values = values.union(this.#size(value) ?? UNKNOWN);
    }
    this.#setEntries(node, { isList: false, key: keys, value: values });
    return cost;
  }

  #comprehension(node: Comprehension): Estimate {
    const { range, start, accumulator, variable, variable2 } = node;
    const before = this.cost(range).plus(this.cost(start));
    this.#push(accumulator, this.#bound(start));
    if (variable2 === '') this.#push(variable, this.#iterated(range, this.#iteratesItems(range)));
    else {
      this.#push(variable, this.#key(range));
      this.#push(variable2, this.#iterated(range, true));
    }
    const loop = this.cost(node.condition);
    const step = this.cost(node.step);
    this.#pop(variable);
    if (variable2 !== '') this.#pop(variable2);
    const result = this.cost(node.result);
    this.#pop(accumulator);
    const count = this.#size(range) ?? UNKNOWN;
    if (start.kind === 'literal') this.#setSize(node, this.#size(start));
    else if (start.kind === 'list' || start.kind === 'map') {
      this.#setSize(node, count);
      this.#setEntries(node, this.#entries(node.step));
    }
    return before.plus(result).plus(count.times(step.plus(loop)));
  }

  #binding(node: Comprehension): Estimate {
    const before = this.cost(node.range).plus(this.cost(node.start));
    this.#push(node.accumulator, this.#bound(node.start));
    const result = this.cost(node.result);
    this.#pop(node.accumulator);
    this.#copySizes(node, node.result);
    return before.plus(result);
  }

  #bound(node: Expression): Local {
    const path = this.#path(node);
    const entries = this.#entries(node);
    return { path, size: this.#size(node), entries };
  }

  #iteratesItems(range: Expression): boolean {
    return this.#entries(range)?.isList ?? this.#type(range).kind === 'list';
  }

  /** The variable for the items of a list or the values of a map; with one variable for maps, their keys. */
  #iterated(range: Expression, values: boolean): Local {
    const entries = this.#entries(range);
    const isList = this.#iteratesItems(range);
    const path = this.#path(range).append(isList ? '@items' : values ? '@values' : '@keys');
    return { path, size: values ? entries?.value : entries?.key, entries: undefined };
  }

  #key(range: Expression): Local {
    const path = this.#path(range).append(this.#iteratesItems(range) ? '@indices' : '@keys');
    return { path, size: this.#entries(range)?.key, entries: undefined };
  }

  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack === undefined) this.#locals.set(name, [local]);
    else stack.push(local);
  }

  #pop(name: string): void {
    this.#locals.get(name)?.pop();
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #type(node: Expression): Type {
    return this.#checked.types.get(node.id) ?? DYN;
  }

  #path(node: Expression): CostPath {
    const local = node.kind === 'ident' ? this.#local(node.name) : undefined;
    return local?.path ?? this.#paths.get(node.id) ?? CostPath.none;
  }

  #node(node: Expression): CostNode {
    const path = this.#path(node);
    const isAccumulated = path.length > 0 && path.steps[0] === '@result';
    const size = this.#size(node);
    return { expression: node, type: this.#type(node), path: isAccumulated ? CostPath.none : path, size };
  }

  #size(node: Expression): Estimate | undefined {
    const computed = this.#sizes.get(node.id) ?? literalSize(node);
    if (computed !== undefined) return computed;
    const known = this.#sizeAt(this.#path(node));
    if (known !== undefined) {
      this.#sizes.set(node.id, known);
      return known;
    }
    if (isScalar(this.#type(node))) return ONE;
    return node.kind === 'ident' ? this.#local(node.name)?.size : undefined;
  }

  #setSize(node: Expression, size: Estimate | undefined): void {
    if (size !== undefined) this.#sizes.set(node.id, size);
  }

  #entries(node: Expression): EntrySize | undefined {
    const known = this.#entrySizes.get(node.id);
    return known ?? (node.kind === 'ident' ? this.#local(node.name)?.entries : undefined);
  }

  #setEntries(node: Expression, entries: EntrySize | undefined): void {
    if (entries !== undefined) this.#entrySizes.set(node.id, entries);
  }

  #copySizes(to: Expression, from: Expression): void {
    this.#setSize(to, this.#size(from));
    this.#setEntries(to, this.#entries(from));
  }
}

function isBinding({ range, condition, accumulator }: Comprehension): boolean {
  if (range.kind !== 'list' || range.elements.length > 0 || accumulator === '__result__') return false;
  return condition.kind === 'literal' && condition.value === false;
}

function joined(a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined {
  if (a === undefined || b === undefined) return undefined;
  return { isList: a.isList, key: a.key.union(b.key), value: a.value.union(b.value) };
}

function literalSize(node: Expression): Estimate | undefined {
  if (node.kind === 'list') return Estimate.of(node.elements.length);
  if (node.kind === 'map') return Estimate.of(node.entries.length);
  if (node.kind !== 'literal') return undefined;
  if (typeof node.value === 'string') return Estimate.of(runeCount(node.value));
  return node.value instanceof Uint8Array ? Estimate.of(node.value.length) : ONE;
}

const SCALARS: readonly Type['kind'][] = ['bool', 'double', 'duration', 'int', 'timestamp', 'uint'];

function isScalar(type: Type): boolean {
  const inner = unwrapOptional(type);
  return inner === undefined ? SCALARS.includes(type.kind) : isScalar(inner);
}
