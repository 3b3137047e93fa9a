import type { Plan } from './frame.ts';
import type { Planned } from './planned.ts';
import { Double, isInt, ListValue, toInt, Uint, type Value } from './value.ts';

/**
 * `x in [constants]` as a lookup, which costs nothing beyond finding x; undefined where the list is not constant or
 * holds what cannot be looked up.
 */
export function membership(value: Plan, range: Planned): Planned | undefined {
  const list = range.constant?.value;
  if (!(list instanceof ListValue)) return undefined;
  if (list.size === 0) return { run: () => false, constant: { value: false } };
  const keys = keysOf(list);
  if (keys === undefined) return undefined;
  return { run: (frame) => keys.has(keyOf(value(frame))) };
}

function keysOf(list: ListValue): Set<unknown> | undefined {
  const keys = new Set<unknown>();
  for (const item of list.items()) {
    const isScalar = typeof item !== 'object' || item instanceof Double || item instanceof Uint;
    if (!isScalar) return undefined;
    keys.add(keyOf(item));
  }
  return keys;
}

/** The same for values that are equal: numbers of any type by value. Strings never equal numbers, as keys of a Set. */
function keyOf(value: Value): unknown {
  if (typeof value === 'string' || isInt(value)) return value;
  if (value instanceof Uint) return toInt(value.value);
  if (!(value instanceof Double)) return value;
  // Fractions are told from integers by being strings no source could write.
  return Number.isInteger(value.value) ? toInt(BigInt(value.value)) : `\0double:${value.value}`;
}
