/**
 * JSON Merge Patch (RFC 7386) as kube-apiserver applies it (evanphx/json-patch v4). One deviation from the RFC is
 * kept: a list that replaces an object keeps the nulls inside its items.
 */
import { setOwn } from '../../base/json.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';
import { jsonTypeName } from './patch-error.ts';

/**
 * The object with the patch merged into it. The input is never changed; what the patch does not touch is shared with
 * it, and the object itself is returned when the patch changes nothing.
 * @param patch the request's body as parsed JSON
 * @throws StatusError 400 when the patch is no object
 */
export function applyMergePatch(object: JsonObject, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type map[string]interface {}`,
    );
  }
  return mergeObjects(object, patch);
}

function mergeObjects(current: JsonObject, patch: JsonObject): JsonObject {
  let merged: JsonObject | undefined;
  for (const key of Object.keys(patch)) {
    const wanted = patch[key];
    const present = Object.hasOwn(current, key);
    if (wanted === null) {
      if (!present) continue;
      merged ??= { ...current };
      delete merged[key];
      continue;
    }
    const old = present ? current[key] : undefined;
    const value = old === undefined || old === null ? withoutNulls(wanted) : mergeValues(old, wanted);
    if (value === old) continue;
    merged ??= { ...current };
    setOwn(merged, key, value);
  }
  return merged ?? current;
}

function mergeValues(current: unknown, patch: unknown): unknown {
  if (!isObject(current)) return withoutNulls(patch);
  return isObject(patch) ? mergeObjects(current, patch) : patch;
}

/** The value without the null fields of its objects; null items of lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: JsonObject = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(kept, key, withoutNulls(value[key]));
  return kept;
}
