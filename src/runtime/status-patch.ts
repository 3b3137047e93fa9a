/** The smallest JSON patch that takes one status to another. */
import jsonPatch from 'fast-json-patch';
import type { Condition } from '../api/meta.ts';
import { deepEqual } from '../base/json.ts';
import type { JsonPatchOperation } from '../client/port.ts';

type Record_ = Readonly<Record<string, unknown>>;

/**
 * Empty when nothing differs. `before` is undefined when the object has no status at all. A change to
 * `/status/conditions/i` comes after a `test` of its type, or of its neighbour's when it is new, so that a list that has
 * moved refuses the patch.
 */
export function statusPatch(before: object | undefined, after: object): JsonPatchOperation[] {
  if (before === undefined) return [{ op: 'add', path: '/status', value: after }];
  const operations: JsonPatchOperation[] = [];
  const old = before as Record_;
  const next = after as Record_;
  for (const key of Object.keys({ ...old, ...next })) {
    if (old[key] === next[key]) continue;
    const path = `/status/${jsonPatch.escapePathComponent(key)}`;
    if (key === 'conditions' && Array.isArray(old[key]) && Array.isArray(next[key])) {
      operations.push(...conditionsPatch(path, old[key], next[key]));
    } else operations.push(...valuePatch(path, old[key], next[key]));
  }
  return operations;
}

function valuePatch(path: string, old: unknown, next: unknown): JsonPatchOperation[] {
  if (next === undefined) return old === undefined ? [] : [{ op: 'remove', path }];
  if (old === undefined) return [{ op: 'add', path, value: next }];
  const areContainers =
    typeof old === 'object' && typeof next === 'object' && old !== null && next !== null && !isListAndNot(old, next);
  if (!areContainers) return deepEqual(old, next) ? [] : [{ op: 'replace', path, value: next }];
  const inside = jsonPatch.compare(old, next) as JsonPatchOperation[];
  return inside.map((operation) => ({ ...operation, path: path + operation.path }));
}

const isListAndNot = (a: object, b: object) => Array.isArray(a) !== Array.isArray(b);

function conditionsPatch(
  path: string,
  old: readonly Condition[],
  next: readonly Condition[],
): readonly JsonPatchOperation[] {
  const wanted = new Set(next.map(({ type }) => type));
  const operations: JsonPatchOperation[] = [];
  const test = (at: number, type: string) => operations.push({ op: 'test', path: `${path}/${at}/type`, value: type });
  // The list as it is after the operations so far.
  const present = [...old];
  for (let at = present.length - 1; at >= 0; at--) {
    const { type } = present[at]!;
    if (wanted.has(type)) continue;
    test(at, type);
    operations.push({ op: 'remove', path: `${path}/${at}` });
    present.splice(at, 1);
  }
  for (const [at, condition] of next.entries()) {
    if (present[at]?.type !== condition.type) {
      // What stays is in another order: such a list is replaced whole, if it is still the one we know.
      if (present.some(({ type }) => type === condition.type)) return replaced(path, old, next);
      // Its neighbour says whether the list is still as we know it.
      const neighbour = Math.min(at, present.length - 1);
      if (neighbour >= 0) test(neighbour, present[neighbour]!.type);
      operations.push({ op: 'add', path: `${path}/${at}`, value: condition });
      present.splice(at, 0, condition);
      continue;
    }
    const changes = present[at] === condition ? [] : valuePatch(`${path}/${at}`, present[at], condition);
    if (changes.length === 0) continue;
    test(at, condition.type);
    operations.push(...changes);
  }
  return operations;
}

function replaced(path: string, old: readonly Condition[], next: readonly Condition[]): readonly JsonPatchOperation[] {
  return [
    { op: 'test', path, value: old },
    { op: 'replace', path, value: next },
  ];
}
