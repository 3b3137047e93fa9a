import { isObject, type JsonObject } from '../../../src/apiserver/objects.ts';

/** The patch of a gizmo that does to `spec.free` what the given one says of a whole document. */
export function gizmoPatch(patch: unknown, type: 'json-patch' | 'merge-patch'): unknown {
  if (type === 'merge-patch') return { spec: { free: patch } };
  if (!Array.isArray(patch)) return patch;
  const below = (pointer: unknown) => (typeof pointer === 'string' ? `/spec/free${pointer}` : pointer);
  return patch.map((operation: unknown) => {
    if (!isObject(operation)) return operation;
    const moved: JsonObject = { ...operation };
    for (const field of ['path', 'from']) if (field in operation) moved[field] = below(operation[field]);
    return moved;
  });
}

/** What of a ServiceAccount patches change. */
export function accountOf(object: JsonObject): JsonObject {
  const { metadata = {}, secrets, imagePullSecrets, automountServiceAccountToken } = object;
  const { labels, annotations, finalizers, ownerReferences } = metadata as JsonObject;
  const all = {
    labels,
    annotations,
    finalizers,
    ownerReferences,
    secrets,
    imagePullSecrets,
    automountServiceAccountToken,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
