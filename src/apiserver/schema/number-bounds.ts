import { Float, isInt64 } from '../field-error.ts';
import { goFloat, plainDecimal } from '../go-format.ts';
import { formatOf } from './kinds.ts';
import type { SchemaNode } from './node.ts';

type Numeric = number | bigint;

/** What is wrong with a number, in upstream's words. */
export interface NumberProblem {
  readonly text: string;
  /** What the answer shows as the invalid value; undefined where the answer names neither field nor value. */
  readonly value: Numeric | Float | undefined;
}

/**
 * Everything wrong with a number under bounds and format. The oddities are upstream's (k8s.io/kube-openapi,
 * pkg/validation/validate/values.go): an integer is compared with the bounds cut to integers, and a bound that does not
 * fit the type is reported in place of the number.
 */
export function numberProblems(node: SchemaNode, value: Numeric, path: string): NumberProblem[] {
  const problems: NumberProblem[] = [];
  const isInteger = typeof value === 'bigint' || isInt64(value);
  const inRange = (bound: Numeric, prefix: string): boolean => {
    const text = rangeProblem(node, bound, prefix, path);
    if (text !== undefined) problems.push({ text, value: undefined });
    return text === undefined;
  };
  const compare = (bound: number, fits: boolean, words: string, fails: (bound: number) => boolean): void => {
    const asInteger = isInteger && fits;
    const cut = asInteger ? toInt64(bound) : bound;
    if (!fails(cut)) return;
    const text = `${path} in body ${words} ${boundText(cut, asInteger)}`;
    problems.push({ text, value: asInteger ? value : new Float(Number(value)) });
  };
  inRange(value, 'Checked');
  const { multipleOf, minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  if (multipleOf !== undefined) {
    const fits = inRange(multipleOf, 'MultipleOf');
    const problem = multipleProblem(value, multipleOf, isInteger && fits, path);
    if (problem !== undefined) problems.push(problem);
  }
  if (minimum !== undefined) {
    const words = exclusiveMinimum ? 'should be greater than' : 'should be greater than or equal to';
    const fails = (bound: number) => (exclusiveMinimum ? value <= bound : value < bound);
    compare(minimum, inRange(minimum, 'Minimum boundary'), words, fails);
  }
  if (maximum !== undefined) {
    const words = exclusiveMaximum ? 'should be less than' : 'should be less than or equal to';
    const fails = (bound: number) => (exclusiveMaximum ? value >= bound : value > bound);
    compare(maximum, inRange(maximum, 'Maximum boundary'), words, fails);
  }
  return problems;
}

/** Whether `numberProblems` would find none, or undefined when no number can be wrong. */
export function compileBounds(node: SchemaNode): ((value: Numeric) => boolean) | undefined {
  const { minimum, maximum, multipleOf, exclusiveMinimum, exclusiveMaximum } = node;
  const format = formatOf(node);
  const narrow = format === 'int32' || format === 'float';
  if (minimum === undefined && maximum === undefined && multipleOf === undefined && !narrow) return undefined;
  const slow = (value: Numeric) => numberProblems(node, value, '').length === 0;
  const isInt32 = format === 'int32' && node.type === 'integer' && !node.intOrString;
  const isSimple = isInt32 ? isInRange32 : Number.isSafeInteger;
  if ((narrow && !isInt32) || multipleOf !== undefined || ![minimum ?? 0, maximum ?? 0].every(isSimple)) return slow;
  const least = minimum ?? Number.NEGATIVE_INFINITY;
  const most = maximum ?? Number.POSITIVE_INFINITY;
  const isBetween = (value: Numeric) =>
    (exclusiveMinimum ? value > least : value >= least) && (exclusiveMaximum ? value < most : value <= most);
  return isInt32 ? (value) => (isInRange32(value) ? isBetween(value) : slow(value)) : isBetween;
}

function isInRange32(value: Numeric): boolean {
  return typeof value === 'number' && (value | 0) === value;
}

/** Go's conversion on amd64: what does not fit becomes the least integer. */
function toInt64(value: number): number {
  const whole = Math.trunc(value);
  return isInt64(whole) ? whole : -(2 ** 63);
}

function boundText(bound: number, asInteger: boolean): string {
  return asInteger ? plainDecimal(bound) : goFloat(bound);
}

function multipleProblem(value: Numeric, factor: number, asInteger: boolean, path: string): NumberProblem | undefined {
  const used = asInteger ? toInt64(factor) : factor;
  const shown = boundText(used, asInteger);
  if (used <= 0) {
    return { text: `factor MultipleOf declared for ${path} must be positive: ${shown}`, value: used };
  }
  const quotient = used < 1 ? (1 / used) * Number(value) : Number(value) / used;
  const divides = asInteger ? BigInt(value) % BigInt(used) === 0n : isNearlyWhole(quotient);
  if (divides) return undefined;
  const text = `${path} in body should be a multiple of ${shown}`;
  return { text, value: asInteger ? value : new Float(Number(value)) };
}

/** Whole but for a rounding error (swag.IsFloat64AJSONInteger). */
function isNearlyWhole(value: number): boolean {
  if (!(Math.abs(value) <= Number.MAX_SAFE_INTEGER)) return false;
  const whole = Math.round(value);
  return value === whole || Math.abs(value - whole) < 1e-9 * Math.abs(whole);
}

function rangeProblem(node: SchemaNode, value: Numeric, prefix: string, path: string): string | undefined {
  const type = node.intOrString ? '' : node.type;
  const format = formatOf(node);
  let fits = true;
  if (type === 'integer') {
    const low = format === 'int32' ? -(2 ** 31) : -(2 ** 63);
    fits = (typeof value === 'bigint' || Number.isInteger(value)) && value >= low && value < -low;
  } else if (format === 'float') fits = Math.abs(Number(value)) <= 3.4028234663852886e38;
  if (fits) return undefined;
  const what = format === '' ? `${type} (default format)` : `${type} with format ${format}`;
  return `${prefix} value must be of type ${what} in ${path}`;
}
