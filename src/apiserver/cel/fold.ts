import type { Comprehension, Expression } from './expression.ts';
import type { Frame, Plan } from './frame.ts';
import type { Planner } from './planner.ts';
import { ArrayList, EvaluationError, GrowingMap, ListValue, MapValue, noSuchOverload, type Value } from './value.ts';

/** A comprehension as a loop. Errors of a step are kept, for a later step or the result to absorb or to raise. */
export function planFold(node: Comprehension, planner: Planner): Plan {
  const range = planner.planned(node.range);
  const start = planner.planned(node.start);
  return planner.withSlot(node.accumulator, (accumulator) => {
    const loop = planner.withSlot(node.variable, (first) =>
      node.variable2 === ''
        ? { first, second: -1, ...plans(node, planner) }
        : planner.withSlot(node.variable2, (second) => ({ first, second, ...plans(node, planner) })),
    );
    const result = planner.plan(node.result);
    const isBinding = isConstantList(node.range) && node.accumulator !== '@result';
    if (isBinding) return planBinding(start.run, accumulator, result);
    const collects = isEmptyCollection(node.start);
    const fold: Fold = { ...loop, accumulator, start: start.run, result, collects };
    return (frame) => {
      const over = range.run(frame);
      return runFold(frame, over, fold);
    };
  });
}

interface Fold {
  readonly first: number;
  /** -1 with one variable */
  readonly second: number;
  readonly condition: Plan;
  readonly step: Plan;
  readonly accumulator: number;
  readonly start: Plan;
  readonly result: Plan;
  /** The accumulator is a list or map that steps extend: it is copied once, not at every step. */
  readonly collects: boolean;
}

function plans(node: Comprehension, planner: Planner): { condition: Plan; step: Plan } {
  return { condition: planner.plan(node.condition), step: planner.plan(node.step) };
}

function isConstantList(node: Expression): boolean {
  return node.kind === 'list' && node.elements.length === 0;
}

function isEmptyCollection(node: Expression): boolean {
  return (node.kind === 'list' && node.elements.length === 0) || (node.kind === 'map' && node.entries.length === 0);
}

/** No loop at all: the accumulator is a name for a value, computed when it is first read. */
function planBinding(start: Plan, slot: number, result: Plan): Plan {
  return (frame) => {
    const before = frame.slots[slot];
    frame.slots[slot] = attempt(start, frame);
    const value = result(frame);
    frame.slots[slot] = before;
    return value;
  };
}

function attempt(plan: Plan, frame: Frame): Value | EvaluationError {
  try {
    return plan(frame);
  } catch (error) {
    if (error instanceof EvaluationError) return error;
    throw error;
  }
}

function runFold(frame: Frame, range: Value, fold: Fold): Value {
  const { slots } = frame;
  const started = attempt(fold.start, frame);
  slots[fold.accumulator] = fold.collects ? growing(started) : started;
  if (range instanceof ListValue) {
    const size = range.size;
    for (let i = 0; i < size; i++) {
      const item = range.at(i);
      if (!runStep(frame, fold, fold.second < 0 ? item : i, item)) break;
    }
  } else if (range instanceof MapValue) {
    for (const key of range.keys()) {
      const value = fold.second < 0 ? key : range.find(key)!;
      if (!runStep(frame, fold, key, value)) break;
    }
  } else throw noSuchOverload();
  const result = fold.result(frame);
  return result;
}

/** Whether the fold goes on. */
function runStep(frame: Frame, fold: Fold, first: Value, second: Value): boolean {
  const { slots } = frame;
  slots[fold.first] = first;
  if (fold.second >= 0) slots[fold.second] = second;
  const goesOn = attempt(fold.condition, frame);
  if (goesOn === false) return false;
  slots[fold.accumulator] = attempt(fold.step, frame);
  frame.checkLimit();
  return true;
}

/** An empty list that is extended in place: nobody else can hold it while the fold runs. */
class GrowingList extends ArrayList {
  override concat(other: ListValue): ListValue {
    for (const item of other.items()) this.array.push(item);
    return this;
  }
}

function growing(value: Value | EvaluationError): Value | EvaluationError {
  if (value instanceof MapValue) return new GrowingMap();
  return value instanceof ListValue ? new GrowingList([]) : value;
}
