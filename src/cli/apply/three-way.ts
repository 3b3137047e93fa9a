import { deepEqual } from '../../base/json.ts';

type Record_ = Readonly<Record<string, unknown>>;

/**
 * The JSON merge patch that `kubectl apply` sends for custom resources
 * (k8s.io/apimachinery, pkg/util/jsonmergepatch): what `wanted` adds to or changes in `live`, and nulls for what
 * `before` had and `wanted` has no longer. What only `live` has stays. Undefined when there is nothing to change.
 * Lists are values: they are replaced whole.
 */
export function threeWayPatch(before: object, wanted: object, live: object): object | undefined {
  const patch = patchOf(before as Record_, wanted as Record_, live as Record_);
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function patchOf(before: Record_, wanted: Record_, live: Record_): Record<string, unknown> {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(wanted)) {
    const part = partOf(before[key], wanted[key], live[key]);
    if (part !== undefined) patch[key] = part;
  }
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(wanted, key) && Object.hasOwn(live, key)) patch[key] = null;
  }
  return patch;
}

/** The patch of one field, or undefined when it is as it should be. */
function partOf(before: unknown, wanted: unknown, live: unknown): unknown {
  if (!isRecord(wanted) || !isRecord(live)) {
    // A null in a file asks for absence.
    if (wanted === null) return live === undefined ? undefined : null;
    return deepEqual(wanted, live) ? undefined : wanted;
  }
  const part = patchOf(isRecord(before) ? before : {}, wanted, live);
  return Object.keys(part).length === 0 ? undefined : part;
}

function isRecord(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
