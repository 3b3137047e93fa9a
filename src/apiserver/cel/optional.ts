import { type FunctionDeclaration, fn, member, overload } from './declaration.ts';
import { BOOL, DYN, INT, listOf, mapOf, optionalOf, param, STRING } from './type.ts';
import {
  ArrayList,
  Double,
  Duration,
  EntryMap,
  EvaluationError,
  type ListValue,
  NONE,
  Optional,
  Timestamp,
  typeName,
  Uint,
  type Value,
} from './value.ts';

const K = param('K');
const V = param('V');
const OPTIONAL = optionalOf(V);
const LIST = listOf(V);
const MAP = mapOf(K, V);

function contentOf(optional: Value): Value {
  const { value } = optional as Optional;
  if (value === undefined) throw new EvaluationError('optional.none() dereference');
  return value;
}

/** The beginning of the year 1, since 1970. */
const ZERO_TIME = -62_135_596_800;

/** Lists and maps that come from the object are never zero, as upstream. */
function isZero(value: Value): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  if (value instanceof Timestamp) return value.seconds === ZERO_TIME && value.nanos === 0;
  return (value instanceof ArrayList || value instanceof EntryMap) && value.size === 0;
}

function itemAt(list: Value, index: number): Value {
  const item = (list as ListValue).size === 0 ? undefined : (list as ListValue).at(index);
  return item === undefined ? NONE : new Optional(item);
}

function unwrap(list: Value): Value {
  const items: Value[] = [];
  for (const item of (list as ListValue).items()) {
    if (!(item instanceof Optional)) throw new EvaluationError(`value ${typeName(item)} is not optional`);
    if (item.value !== undefined) items.push(item.value);
  }
  return new ArrayList(items);
}

/** cel-go's optional types, in their second version. `or`, `orValue`, `.?` and `[?]` are part of the evaluator. */
export const optionalFunctions: readonly FunctionDeclaration[] = [
  fn('optional.of', [overload('optional_of', [V], OPTIONAL, (value) => new Optional(value!))]),
  fn('optional.ofNonZeroValue', [
    overload('optional_ofNonZeroValue', [V], OPTIONAL, (value) => (isZero(value!) ? NONE : new Optional(value!))),
  ]),
  fn('optional.none', [overload('optional_none', [], OPTIONAL, () => NONE)]),
  fn('value', [member('optional_value', [OPTIONAL], V, (optional) => contentOf(optional!))]),
  fn('hasValue', [
    member('optional_hasValue', [OPTIONAL], BOOL, (optional) => (optional as Optional).value !== undefined),
  ]),
  fn('or', [member('optional_or_optional', [OPTIONAL, OPTIONAL], OPTIONAL)]),
  fn('orValue', [member('optional_orValue_value', [OPTIONAL, V], V)]),
  fn('_?._', [overload('select_optional_field', [DYN, STRING], OPTIONAL)]),
  fn('_[?_]', [
    overload('list_optindex_optional_int', [LIST, INT], OPTIONAL),
    overload('optional_list_optindex_optional_int', [optionalOf(LIST), INT], OPTIONAL),
    overload('map_optindex_optional_value', [MAP, K], OPTIONAL),
    overload('optional_map_optindex_optional_value', [optionalOf(MAP), K], OPTIONAL),
  ]),
  fn('_[_]', [
    overload('optional_list_index_int', [optionalOf(LIST), INT], OPTIONAL),
    overload('optional_map_index_value', [optionalOf(MAP), K], OPTIONAL),
  ]),
  fn('last', [member('list_last', [LIST], OPTIONAL, (list) => itemAt(list!, (list as ListValue).size - 1))]),
  fn('first', [member('list_first', [LIST], OPTIONAL, (list) => itemAt(list!, 0))]),
  fn('optional.unwrap', [overload('optional_unwrap', [listOf(OPTIONAL)], LIST, (list) => unwrap(list!))]),
  fn('unwrapOpt', [member('optional_unwrapOpt', [listOf(OPTIONAL)], LIST, (list) => unwrap(list!))]),
];
