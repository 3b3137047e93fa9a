/**
 * Strategic merge patch, for built-in kinds only: custom resources answer 415. Behaviour and texts:
 * k8s.io/apimachinery, pkg/util/strategicpatch. The lists are in strategic-lists.ts, the rules of each kind in
 * strategic-rules.ts.
 */
import { setOwn } from '../../base/json.ts';
import { goString, goText, goType } from '../go-format.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { badRequest } from '../status-error.ts';
import { jsonTypeName, plainError } from './patch-error.ts';
import { DIRECTIVE, withoutDirectives, withoutNulls } from './strategic-directives.ts';
import { deleteScalars, type ListRule, mergeLists, reorder, sameElementType } from './strategic-lists.ts';
import type { PatchRules } from './strategic-rules.ts';

const RETAIN_KEYS = '$retainKeys';
const DELETE_PREFIX = '$deleteFromPrimitiveList';
const ORDER_PREFIX = '$setElementOrder';

/**
 * The object with the patch applied. Neither is changed; what the patch does not touch is shared with the object.
 * @param patch the request's body as parsed JSON; null changes nothing
 * @throws StatusError 400 or 422 for a malformed patch, 500 where upstream has no better answer
 */
export function applyStrategicMergePatch(object: JsonObject, patch: unknown, rules: PatchRules): JsonObject {
  if (patch === null) return object;
  if (!isObject(patch)) {
    throw badRequest(`json: cannot unmarshal ${jsonTypeName(patch)} into Go value of type map[string]interface {}`);
  }
  return mergeMaps(object, patch, rules);
}

/** One object of the patch merged into one of the original. */
function mergeMaps(original: JsonObject, wholePatch: JsonObject, rules: PatchRules): JsonObject {
  if (Object.hasOwn(wholePatch, DIRECTIVE)) return directed(wholePatch);
  const patch = { ...wholePatch };
  const merged = { ...original };
  retainKeys(merged, patch);
  for (const key of Object.keys(patch)) if (key.startsWith(ORDER_PREFIX)) mergeOrdered(merged, patch, key, rules);
  for (const key of Object.keys(patch)) mergeField(merged, key, patch[key], rules);
  return merged;
}

function directed(patch: JsonObject): JsonObject {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw plainError(`unknown patch type: ${goString(directive)} in map: ${goText(patch)}`);
}

/** `$retainKeys` names every field that may stay; a patch that sets another one contradicts itself. */
function retainKeys(merged: JsonObject, patch: JsonObject): void {
  if (!Object.hasOwn(patch, RETAIN_KEYS)) return;
  const keys = patch[RETAIN_KEYS];
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) throw badRequest('invalid patch format of retainKeys');
  for (const key of Object.keys(patch)) {
    if (patch[key] === null || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!keys.includes(key)) throw badRequest('invalid patch format of retainKeys');
  }
  for (const key of Object.keys(merged)) if (!keys.includes(key)) delete merged[key];
}

/** A `$setElementOrder/<field>` together with the patch's list of that field; both are taken out of the patch. */
function mergeOrdered(merged: JsonObject, patch: JsonObject, key: string, rules: PatchRules): void {
  const order = listOf(patch[key]);
  delete patch[key];
  const field = fieldOf(key, ORDER_PREFIX, 'invalid patch format of setElementOrder list');
  const hadOriginal = Object.hasOwn(merged, field);
  const hadPatch = Object.hasOwn(patch, field);
  const original = hadOriginal ? listOf(merged[field]) : [];
  const wanted = hadPatch ? listOf(patch[field]) : [];
  const rule = listRule(rules.fields?.[field] ?? {});
  if (!hadOriginal && !hadPatch) return;
  const list = reorder({ original, wanted, order, rule, hadOriginal, hadPatch });
  setOwn(merged, field, list);
  delete patch[field];
}

function mergeField(merged: JsonObject, key: string, value: unknown, rules: PatchRules): void {
  if (key.startsWith(DELETE_PREFIX)) {
    const field = fieldOf(key, DELETE_PREFIX, 'invalid patch format of primitive list');
    deleteFromList(merged, field, value);
    return;
  }
  if (value === null) {
    delete merged[key];
    return;
  }
  const old = Object.hasOwn(merged, key) ? merged[key] : undefined;
  const rule = rules.fields?.[key] ?? {};
  let result: unknown;
  if (isObject(old) && isObject(value)) result = mergeMaps(old, value, rule);
  else if (Array.isArray(old) && Array.isArray(value)) {
    result = rule.mergeKey === undefined ? value : mergeLists(old, value, listRule(rule));
  } else result = withoutDirectives(withoutNulls(value));
  if (result === undefined) delete merged[key];
  else setOwn(merged, key, result);
}

function listRule(rules: PatchRules): ListRule {
  return { mergeKey: rules.mergeKey, mergeItem: (live, patch) => mergeMaps(live, patch, rules) };
}

function deleteFromList(merged: JsonObject, field: string, value: unknown): void {
  if (!Object.hasOwn(merged, field)) return;
  const old = merged[field];
  if (value === null) delete merged[field];
  else if (Array.isArray(old) && Array.isArray(value)) {
    if (old.length + value.length > 0) sameElementType(old, value);
    setOwn(merged, field, deleteScalars(old, value));
  }
}

/** `finalizers` of `$setElementOrder/finalizers`. */
function fieldOf(key: string, prefix: string, refusal: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  throw badRequest(refusal);
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw plainError(`expected a []interface {}, but received a ${goType(value)}`);
}
