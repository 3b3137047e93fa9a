import { setOwn } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';

/** The field with which a strategic merge patch says what to do with the object it stands in. */
export const DIRECTIVE = '$patch';

/** The value without the null fields of its objects, lists included. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(kept, key, withoutNulls(value[key]));
  return kept;
}

/** The value without the objects that carry a `$patch`; undefined when it is one itself. */
export function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, DIRECTIVE)) return undefined;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) {
    const child = withoutDirectives(value[key]);
    if (child !== undefined) setOwn(kept, key, child);
  }
  return kept;
}
