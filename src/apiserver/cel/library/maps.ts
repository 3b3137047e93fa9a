import { type FunctionDeclaration, fn, overload } from '../declaration.ts';
import { mapOf, param } from '../type.ts';
import { EntryMap, EvaluationError, type MapValue, typeName, type Value } from '../value.ts';

const MAP = mapOf(param('K'), param('V'));

function insert(map: MapValue, entries: Iterable<readonly [Value, Value]>): Value {
  let result = map instanceof EntryMap ? map : EntryMap.of([...map.keys()].map((key) => [key, map.find(key)!]));
  for (const [key, value] of entries) {
    const next = result.with(key, value);
    if (next === undefined) throw new EvaluationError(`insert failed: key ${shown(key)} already exists`);
    result = next;
  }
  return result;
}

function shown(key: Value): string {
  return typeof key === 'object' ? typeName(key) : String(key);
}

/** What the macros transformMap and transformMapEntry call (cel-go, ext/comprehensions.go). */
export const mapFunctions: readonly FunctionDeclaration[] = [
  fn('cel.@mapInsert', [
    overload('@mapInsert_map_key_value', [MAP, param('K'), param('V')], MAP, (map, key, value) =>
      insert(map as MapValue, [[key!, value!]]),
    ),
    overload('@mapInsert_map_map', [MAP, MAP], MAP, (map, more) => {
      const entries = more as MapValue;
      return insert(
        map as MapValue,
        [...entries.keys()].map((key) => [key, entries.find(key)!]),
      );
    }),
  ]),
];
