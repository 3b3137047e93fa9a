import { add, compare } from '../arithmetic.ts';
import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import {
  A,
  BOOL,
  BYTES,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  param,
  STRING,
  TIMESTAMP,
  type Type,
  UINT,
} from '../type.ts';
import {
  ArrayList,
  Double,
  Duration,
  EvaluationError,
  equal,
  isInt,
  ListValue,
  noSuchOverload,
  typeName,
  Uint,
  type Value,
} from '../value.ts';

const list = (value: Value | undefined) => value as ListValue;
const LIST = listOf(A);
const T = param('T');
const TS = listOf(T);

const COMPARABLE: readonly (readonly [string, Type])[] = [
  ['int', INT],
  ['uint', UINT],
  ['double', DOUBLE],
  ['bool', BOOL],
  ['duration', DURATION],
  ['timestamp', TIMESTAMP],
  ['string', STRING],
  ['bytes', BYTES],
];

const ZEROS: readonly (readonly [string, Type, Value])[] = [
  ['int', INT, 0],
  ['uint', UINT, new Uint(0n)],
  ['double', DOUBLE, new Double(0)],
  ['duration', DURATION, new Duration(0n)],
];

/** Negative, zero, positive; NaN compares with nothing. */
const order = (a: Value, b: Value) => compare(a, b, '_<_');

function isSorted(items: ListValue): boolean {
  for (let i = 1; i < items.size; i++) if (order(items.at(i - 1), items.at(i)) > 0) return false;
  return true;
}

function extreme(items: ListValue, name: 'max' | 'min', sign: 1 | -1): Value {
  if (items.size === 0) throw new EvaluationError(`${name} called on empty list`);
  let best = items.at(0);
  for (let i = 1; i < items.size; i++) if (sign * order(items.at(i), best) > 0) best = items.at(i);
  return best;
}

function sum(items: ListValue, zero: Value): Value {
  let total = zero;
  for (const item of items.items()) total = add(total, item);
  return total;
}

function indexOf(items: ListValue, wanted: Value): number {
  for (let i = 0; i < items.size; i++) if (equal(items.at(i), wanted)) return i;
  return -1;
}

function lastIndexOf(items: ListValue, wanted: Value): number {
  for (let i = items.size - 1; i >= 0; i--) if (equal(items.at(i), wanted)) return i;
  return -1;
}

/** k8s.io/apiserver, pkg/cel/library/lists.go, in the version that Kubernetes 1.37 gives to new expressions. */
export const listFunctions: readonly FunctionDeclaration[] = [
  fn(
    'isSorted',
    COMPARABLE.map(([name, type]) =>
      member(`list_${name}_is_sorted_bool`, [listOf(type)], BOOL, (a) => isSorted(list(a))),
    ),
  ),
  fn(
    'sum',
    ZEROS.map(([name, type, zero]) =>
      member(`list_${name}_sum_${name}`, [listOf(type)], type, (a) => sum(list(a), zero)),
    ),
  ),
  ...(['max', 'min'] as const).map((name) =>
    fn(
      name,
      COMPARABLE.map(([id, type]) =>
        member(`list_${id}_${name}_${id}`, [listOf(type)], type, (a) =>
          extreme(list(a), name, name === 'max' ? 1 : -1),
        ),
      ),
    ),
  ),
  fn('indexOf', [member('list_a_index_of_int', [LIST, A], INT, (a, b) => indexOf(list(a), b!))]),
  fn('lastIndexOf', [member('list_a_last_index_of_int', [LIST, A], INT, (a, b) => lastIndexOf(list(a), b!))]),
];

function slice(items: ListValue, start: Value, end: Value): Value {
  const range = `cannot slice(${start}, ${end})`;
  const [from, to] = [Number(start), Number(end)];
  if (from < 0 || to < 0) throw new EvaluationError(`${range}, negative indexes not supported`);
  if (from > to) throw new EvaluationError(`${range}, start index must be less than or equal to end index`);
  if (items.size < to) throw new EvaluationError(`${range}, list is length ${items.size}`);
  const result: Value[] = [];
  for (let i = from; i < to; i++) result.push(items.at(i));
  return new ArrayList(result);
}

function flatten(items: ListValue, depth: number): Value[] {
  if (depth < 0) throw new EvaluationError('level must be non-negative');
  const result: Value[] = [];
  for (const item of items.items()) {
    if (item instanceof ListValue && depth > 0) result.push(...flatten(item, depth - 1));
    else result.push(item);
  }
  return result;
}

function flat(items: Value, depth: Value): Value {
  if (!(items instanceof ListValue) || !isInt(depth)) throw noSuchOverload();
  return new ArrayList(flatten(items, Number(depth)));
}

function sortBy(items: ListValue, keys: ListValue): Value {
  if (items.size !== keys.size) {
    const sizes = `${items.size} and ${keys.size} elements respectively`;
    const message = 'expected a list of the same size as the associated keys list, but got';
    throw new EvaluationError(`@sortByAssociatedKeys() ${message} ${sizes}`);
  }
  if (items.size === 0) return items;
  const all = [...keys.items()];
  const type = typeName(all[0]!);
  if (!COMPARABLE.some(([, { name }]) => name === type)) throw new EvaluationError('list elements must be comparable');
  if (all.some((key) => typeName(key) !== type)) throw new EvaluationError('list elements must have the same type');
  const indices = all.map((_, index) => index).sort((a, b) => order(all[a]!, all[b]!) || 0);
  return new ArrayList(indices.map((index) => items.at(index)));
}

/** The most numbers that `lists.range` makes; upstream has no bound but its memory. */
const RANGE_LIMIT = 10_000_000;

function range(count: Value): Value {
  const size = Number(count);
  if (size < 0) throw new EvaluationError(`lists.range: size must be non-negative, got ${count}`);
  if (size > RANGE_LIMIT)
    throw new EvaluationError(`lists.range: size ${count} exceeds maximum allowed (${RANGE_LIMIT})`);
  return new ArrayList(Array.from({ length: size }, (_, index) => index));
}

function distinct(items: ListValue): Value {
  const result: Value[] = [];
  for (const item of items.items()) if (!result.some((other) => equal(item, other))) result.push(item);
  return new ArrayList(result);
}

/** cel-go's ext.Lists, version 3. */
export const extendedListFunctions: readonly FunctionDeclaration[] = [
  fn('slice', [member('list_slice', [TS, INT, INT], TS, (a, start, end) => slice(list(a), start!, end!))]),
  fn(
    'flatten',
    [
      member('list_flatten', [listOf(TS)], TS, (a) => flat(a!, 1)),
      member('list_flatten_int', [listOf(DYN), INT], listOf(DYN), (a, depth) => flat(a!, depth!)),
    ],
    { unguarded: true },
  ),
  fn(
    'sort',
    COMPARABLE.map(([, type]) => member(`list_${type.name}_sort`, [listOf(type)], listOf(type))),
    { single: (a) => sortBy(list(a), list(a)), accepts: (a) => a instanceof ListValue },
  ),
  fn(
    '@sortByAssociatedKeys',
    COMPARABLE.map(([, type]) => member(`list_${type.name}_sortByAssociatedKeys`, [TS, listOf(type)], TS)),
    { single: (a, keys) => sortBy(list(a), list(keys)), accepts: (a) => a instanceof ListValue },
  ),
  fn('lists.range', [overload('lists_range', [INT], listOf(INT), (count) => range(count!))]),
  fn('reverse', [member('list_reverse', [TS], TS, (a) => new ArrayList([...list(a).items()].reverse()))]),
  fn('distinct', [member('list_distinct', [TS], TS, (a) => distinct(list(a)))]),
];

function contains(items: ListValue, others: ListValue): boolean {
  for (const other of others.items()) if (!items.contains(other)) return false;
  return true;
}

function intersects(items: ListValue, others: ListValue): boolean {
  for (const item of items.items()) if (others.contains(item)) return true;
  return false;
}

/** cel-go's ext.Sets. */
export const setFunctions: readonly FunctionDeclaration[] = [
  fn('sets.contains', [overload('list_sets_contains_list', [TS, TS], BOOL, (a, b) => contains(list(a), list(b)))]),
  fn('sets.equivalent', [
    overload(
      'list_sets_equivalent_list',
      [TS, TS],
      BOOL,
      (a, b) => contains(list(a), list(b)) && contains(list(b), list(a)),
    ),
  ]),
  fn('sets.intersects', [
    overload('list_sets_intersects_list', [TS, TS], BOOL, (a, b) => intersects(list(a), list(b))),
  ]),
];
