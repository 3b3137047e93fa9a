import { findIn, getFrom } from './access.ts';
import type { Frame, Plan } from './frame.ts';
import { callCost } from './run-cost.ts';
import type { Type } from './type.ts';
import { EvaluationError, equal, MapValue, NONE, noSuchOverload, Optional, type Value } from './value.ts';

export function planSelect(operand: Plan, field: string): Plan {
  return (frame) => {
    const container = operand(frame);
    if (container instanceof MapValue) {
      const value = container.find(field);
      if (value === undefined) throw new EvaluationError(`no such key: ${field}`);
      frame.cost++;
      return value;
    }
    return read(container, field, frame);
  };
}

export function planIndex(operand: Plan, index: Plan): Plan {
  return (frame) => read(operand(frame), index(frame), frame);
}

/** Costs a step; of an optional value, only where there is something. */
function read(container: Value, key: Value, frame: Frame): Value {
  if (container instanceof Optional) return readOptional(container.value, key, frame);
  const value = getFrom(container, key);
  frame.cost++;
  return value;
}

function readOptional(container: Value | undefined, key: Value, frame: Frame): Value {
  const value = container === undefined ? undefined : findIn(container, key);
  if (value === undefined) return NONE;
  frame.cost++;
  return new Optional(value);
}

/** The test itself is free; that an optional value has not what is asked for gives a step back. */
export function planTest(operand: Plan, field: string): Plan {
  return (frame) => {
    const container = operand(frame);
    if (container instanceof MapValue) return container.find(field) !== undefined;
    if (!(container instanceof Optional)) return findIn(container, field) !== undefined;
    const isThere = container.value !== undefined && findIn(container.value, field) !== undefined;
    if (!isThere) frame.cost--;
    return isThere;
  };
}

export function planOptionalGet(operand: Plan, key: (frame: Frame) => Value): Plan {
  return (frame) => {
    const container = operand(frame);
    const name = key(frame);
    return readOptional(container instanceof Optional ? container.value : container, name, frame);
  };
}

export function notStrictlyFalse(operand: Plan): Plan {
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

export function planOr(left: Plan, right: Plan, unwraps: boolean): Plan {
  return (frame) => {
    const value = left(frame);
    if (!(value instanceof Optional)) throw noSuchOverload();
    if (value.value === undefined) return right(frame);
    return unwraps ? value.value : value;
  };
}

/** `&&` and `||`: `wins` decides whatever the other side is, even without a value. */
export function planLogical(left: Plan, right: Plan, wins: boolean): Plan {
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

/** Types whose values are equal only when they are the same to JavaScript. */
const IDENTICAL: readonly Type['kind'][] = ['int', 'bool'];

/** `==` and `!=`. What cannot be compared has no value under the one, and is different under the other. */
export function planEquality(left: Plan, right: Plan, types: readonly Type[], isEqual: boolean): Plan {
  const [a, b] = types as [Type, Type];
  if (a.kind === b.kind && IDENTICAL.includes(a.kind)) {
    return (frame) => {
      const first = left(frame);
      const second = right(frame);
      frame.cost++;
      return (first === second) === isEqual;
    };
  }
  const cost = callCost(isEqual ? '_==_' : '_!=_', isEqual ? 'equals' : 'not_equals')!;
  const same = isEqual ? equal : isSame;
  return (frame) => {
    const first = left(frame);
    const second = right(frame);
    frame.cost += cost([first, second], true);
    return same(first, second) === isEqual;
  };
}

function isSame(a: Value, b: Value): boolean {
  try {
    return equal(a, b);
  } catch (error) {
    if (error instanceof EvaluationError) return false;
    throw error;
  }
}
