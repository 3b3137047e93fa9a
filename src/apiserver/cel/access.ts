import { Double, EvaluationError, isInt, ListValue, MapValue, typeName, Uint, type Value } from './value.ts';

/** What stands at a key or index; undefined when nothing does. @throws EvaluationError for a key of a wrong type */
export function findIn(container: Value, key: Value): Value | undefined {
  if (container instanceof MapValue) return container.find(key);
  if (!(container instanceof ListValue)) return undefined;
  const index = listIndex(key);
  return index >= 0 && index < container.size ? container.at(index) : undefined;
}

/** What stands at a key or index that must be there. */
export function getFrom(container: Value, key: Value): Value {
  const value = findIn(container, key);
  if (value !== undefined) return value;
  if (container instanceof ListValue) throw new EvaluationError(`index out of bounds: ${printed(key)}`);
  throw new EvaluationError(`no such key: ${printed(key)}`);
}

/** A list's index: any number that is whole. */
function listIndex(key: Value): number {
  if (isInt(key)) return Number(key);
  if (key instanceof Uint && key.value < 2n ** 63n) return Number(key.value);
  if (key instanceof Double && Number.isSafeInteger(key.value)) return key.value;
  if (key instanceof Uint || key instanceof Double) {
    throw new EvaluationError(`unsupported index value ${printed(key)} in list`);
  }
  throw new EvaluationError(`unsupported index type '${typeName(key)}' in list`);
}

/** A key as errors show it. */
function printed(key: Value): string {
  if (key instanceof Double || key instanceof Uint) return String(key.value);
  return typeof key === 'object' ? typeName(key) : String(key);
}

/** Types that nothing can be looked up by, as upstream calls them. */
const GO_TYPES: Readonly<Record<string, string>> = {
  bytes: 'types.Bytes',
  null_type: 'types.Null',
  list: '*types.baseList',
  map: '*types.baseMap',
  'google.protobuf.Duration': 'types.Duration',
  'google.protobuf.Timestamp': 'types.Timestamp',
  type: '*types.Type',
  optional_type: '*types.Optional',
};

/** What is wrong with a value as a key or index, whatever it is looked up in. */
export function keyProblem(key: Value): string | undefined {
  if (typeof key !== 'object' || key instanceof Double || key instanceof Uint) return undefined;
  const name = typeName(key);
  return `invalid qualifier type: ${GO_TYPES[name] ?? name.replace(/^(?:kubernetes|net)\./, 'cel.')}`;
}
