import { type FunctionDeclaration, fn, member, overload } from '../declaration.ts';
import { Quantity } from '../quantity.ts';
import { BOOL, DOUBLE, INT, STRING, structOf } from '../type.ts';
import { Double, EvaluationError, toInt, type Value } from '../value.ts';

const TYPE = structOf('kubernetes.Quantity');
const PAIR = [TYPE, TYPE];
const quantity = (value: Value | undefined) => value as Quantity;
const integer = (value: Value | undefined) => Quantity.of(value as number | bigint);

function asInteger(value: Quantity): Value {
  const exact = value.integer;
  if (exact === undefined) throw new EvaluationError('cannot convert value to integer');
  return toInt(exact);
}

/** k8s.io/apiserver, pkg/cel/library/quantity.go */
export const quantityFunctions: readonly FunctionDeclaration[] = [
  fn('quantity', [overload('string_to_quantity', [STRING], TYPE, (text) => Quantity.parse(text as string))]),
  fn('isQuantity', [overload('is_quantity_string', [STRING], BOOL, (text) => Quantity.isQuantity(text as string))]),
  fn('sign', [overload('quantity_sign', [TYPE], INT, (a) => quantity(a).sign)]),
  fn('isGreaterThan', [member('quantity_is_greater_than', PAIR, BOOL, (a, b) => quantity(a).compare(quantity(b)) > 0)]),
  fn('isLessThan', [member('quantity_is_less_than', PAIR, BOOL, (a, b) => quantity(a).compare(quantity(b)) < 0)]),
  fn('compareTo', [member('quantity_compare_to', PAIR, INT, (a, b) => quantity(a).compare(quantity(b)))]),
  fn('asApproximateFloat', [member('quantity_get_float', [TYPE], DOUBLE, (a) => new Double(quantity(a).approximate))]),
  fn('asInteger', [member('quantity_get_int', [TYPE], INT, (a) => asInteger(quantity(a)))]),
  fn('isInteger', [member('quantity_is_integer', [TYPE], BOOL, (a) => quantity(a).integer !== undefined)]),
  fn('add', [
    member('quantity_add', PAIR, TYPE, (a, b) => quantity(a).add(quantity(b))),
    member('quantity_add_int', [TYPE, INT], TYPE, (a, b) => quantity(a).add(integer(b))),
  ]),
  fn('sub', [
    member('quantity_sub', PAIR, TYPE, (a, b) => quantity(a).subtract(quantity(b))),
    member('quantity_sub_int', [TYPE, INT], TYPE, (a, b) => quantity(a).subtract(integer(b))),
  ]),
];
