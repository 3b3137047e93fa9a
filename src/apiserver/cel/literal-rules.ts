import { compilePattern } from '../formats/regular-expression.ts';
import type { Checked } from './checked.ts';
import { toDurationValue, toTimestampValue } from './conversion.ts';
import { childrenOf, type Expression, type ListLiteral, type MapLiteral } from './expression.ts';
import { formatIssues } from './library/format-rules.ts';
import type { Issue } from './syntax.ts';
import { DYN, printType, sameType, type Type, unwrapOptional } from './type.ts';
import { EvaluationError, type Value } from './value.ts';

/** What Kubernetes refuses in expressions that type-check: constants that cannot work, and mixed lists and maps. */
export function literalIssues(expression: Expression, checked: Checked): Issue[] {
  const issues: Issue[] = [];
  visit(expression, false);
  return [...issues, ...formatIssues(expression, checked)];

  function visit(node: Expression, isFormat: boolean): void {
    if (node.kind === 'call') constantArgument(node, issues);
    if (!isFormat && node.kind === 'list') mixedList(node, checked, issues);
    if (!isFormat && node.kind === 'map') mixedMap(node, checked, issues);
    const within = isFormat || (node.kind === 'call' && node.name === 'format');
    for (const child of childrenOf(node)) visit(child, within);
  }
}

const CONSTANTS: ReadonlyMap<string, (value: Value) => unknown> = new Map<string, (value: Value) => unknown>([
  ['duration', toDurationValue],
  ['timestamp', toTimestampValue],
  ['matches', (value) => (typeof value === 'string' ? compilePattern(value) : undefined)],
]);

function constantArgument(node: Extract<Expression, { kind: 'call' }>, issues: Issue[]): void {
  const check = CONSTANTS.get(node.name);
  const [arg] = node.args;
  if (check === undefined || arg?.kind !== 'literal') return;
  try {
    check(arg.value);
  } catch (error) {
    if (!(error instanceof EvaluationError || error instanceof Error)) throw error;
    issues.push({ offset: arg.offset, message: `invalid ${node.name} argument` });
  }
}

function mixedList(node: ListLiteral, checked: Checked, issues: Issue[]): void {
  let expected: Type | undefined;
  for (const [index, element] of node.elements.entries()) {
    const type = typeOf(element, node.optional.has(index), checked);
    expected ??= type;
    if (sameType(expected, type)) continue;
    issues.push(mismatch(element, expected, type));
    return;
  }
}

function mixedMap(node: MapLiteral, checked: Checked, issues: Issue[]): void {
  let keys: Type | undefined;
  let values: Type | undefined;
  for (const { key, value, isOptional } of node.entries) {
    const keyType = typeOf(key, false, checked);
    const valueType = typeOf(value, isOptional, checked);
    keys ??= keyType;
    values ??= valueType;
    if (!sameType(keys, keyType)) issues.push(mismatch(key, keys, keyType));
    if (!sameType(values, valueType)) issues.push(mismatch(value, values, valueType));
  }
}

function typeOf(node: Expression, isOptional: boolean, checked: Checked): Type {
  const type = checked.types.get(node.id) ?? DYN;
  return isOptional ? (unwrapOptional(type) ?? type) : type;
}

function mismatch(node: Expression, expected: Type, actual: Type): Issue {
  return { offset: node.offset, message: `expected type '${printType(expected)}' but found '${printType(actual)}'` };
}
