/**
 * Lists in strategic merge patches: scalars merge as sets, objects by their merge key. The order of the result is
 * that of `$setElementOrder` (else of the patch) for what the patch names; the rest keeps its place relative to its
 * live neighbours.
 */
import { goString, goText, goType } from '../go-format.ts';
import { isObject, type JsonObject } from '../objects.ts';
import { cannotApply, plainError } from './patch-error.ts';
import { DIRECTIVE, withoutDirectives } from './strategic-directives.ts';

type List = readonly unknown[];

/** A list's rule, and how two of its items are merged. */
export interface ListRule {
  /** The field that tells items apart, '' for scalars; undefined: the patch's list replaces the live one. */
  readonly mergeKey: string | undefined;
  mergeItem(live: JsonObject, patch: JsonObject): JsonObject;
}

interface Ordering {
  readonly original: List;
  readonly wanted: List;
  readonly order: List;
  readonly rule: ListRule;
  readonly hadOriginal: boolean;
  readonly hadPatch: boolean;
}

/** The merged list of a field whose order the patch gives with `$setElementOrder`. */
export function reorder({ original, wanted, order, rule, hadOriginal, hadPatch }: Ordering): List {
  const mergeKey = rule.mergeKey ?? '';
  checkOrder(wanted, order, mergeKey);
  let merged: List = original;
  if (hadPatch && !hadOriginal) merged = withoutDirectives(wanted) as List;
  else if (hadPatch) merged = rule.mergeKey === undefined ? wanted : mergeLists(original, wanted, rule);
  const [named, others] = partition(merged, order, mergeKey);
  const type = sameElementType(original, wanted);
  return interleave({ named, others, order, live: original, mergeKey: type === 'map' ? mergeKey : '' });
}

/** The patch's list merged into the original one. */
export function mergeLists(original: List, patch: List, rule: ListRule): List {
  if (original.length === 0 && patch.length === 0) return original;
  const mergeKey = rule.mergeKey ?? '';
  if (sameElementType(original, patch) !== 'map') {
    const merged = uniqueScalars([...original, ...patch]);
    const [named, others] = partition(merged, patch, '');
    return interleave({ named, others, order: patch, live: original, mergeKey: '' });
  }
  if (mergeKey === '') throw plainError('cannot merge lists without merge key for struct');
  const live = withDirectivesApplied(original as readonly JsonObject[], patch as readonly JsonObject[], mergeKey);
  const changes = (patch as readonly JsonObject[]).filter((item) => !Object.hasOwn(item, DIRECTIVE));
  const merged = mergeItems(live, changes, rule);
  const [named, others] = partition(merged, changes, mergeKey);
  return interleave({ named, others, order: changes, live, mergeKey });
}

/** The original after the patch's `$patch: delete` and `$patch: replace` items. */
function withDirectivesApplied(original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string) {
  let live = original;
  let replace = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, DIRECTIVE)) continue;
    const directive = item[DIRECTIVE];
    if (directive === 'replace') replace = true;
    else if (directive === 'delete') {
      const key = keyOf(item, mergeKey);
      live = live.filter((candidate) => !(Object.hasOwn(candidate, mergeKey) && candidate[mergeKey] === key));
    } else if (directive === 'merge') throw plainError('merging lists cannot yet be specified in the patch');
    else throw plainError(`unknown patch type: ${goString(directive)} in map: ${goText(item)}`);
  }
  return replace ? [] : live;
}

function mergeItems(original: readonly JsonObject[], changes: readonly JsonObject[], rule: ListRule): JsonObject[] {
  const mergeKey = rule.mergeKey!;
  const merged = original.slice();
  for (const item of changes) {
    const key = keyOf(item, mergeKey);
    const at = merged.findIndex((candidate) => Object.hasOwn(candidate, mergeKey) && candidate[mergeKey] === key);
    if (at < 0) merged.push(item);
    else merged[at] = rule.mergeItem(merged[at]!, item);
  }
  return merged;
}

export function deleteScalars(list: List, unwanted: List): List {
  const gone = new Set(unwanted);
  return list.filter((item) => !gone.has(item));
}

/** Upstream's way: the last item takes the place of a repeated one. */
function uniqueScalars(list: unknown[]): List {
  for (let i = 0; i < list.length - 1; i++) {
    for (let j = i + 1; j < list.length; j++) {
      if (list[i] !== list[j]) continue;
      list[j] = list.at(-1);
      list.pop();
      j--;
    }
  }
  return list;
}

/** The patch's list may name only items of its `$setElementOrder`, in that order. */
function checkOrder(wanted: List, order: List, mergeKey: string): void {
  if (wanted.length === 0 || order.length === 0) return;
  const kept = wanted.filter((item) => !(isObject(item) && Object.hasOwn(item, DIRECTIVE)));
  let at = 0;
  for (const item of order) {
    if (at === kept.length) break;
    if (sameKey(kept[at], item, mergeKey)) at++;
  }
  if (at < kept.length) {
    throw plainError(
      `The order in patch list:\n${goText(wanted)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
  }
}

function sameKey(left: unknown, right: unknown, mergeKey: string): boolean {
  if (mergeKey === '') return left === right;
  return keyOf(left, mergeKey) === keyOf(right, mergeKey);
}

function keyOf(item: unknown, mergeKey: string): unknown {
  if (!isObject(item)) throw plainError(`expected a map[string]interface {}, but received a ${goType(item)}`);
  if (Object.hasOwn(item, mergeKey)) return item[mergeKey];
  throw plainError(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
}

/** The items that `by` names, and the others. */
function partition(items: List, by: List, mergeKey: string): [List, List] {
  const keyed = (item: unknown) => (mergeKey === '' ? item : keyOf(item, mergeKey));
  const names = new Set(by.map((item) => (mergeKey !== '' && isObject(item) ? item[mergeKey] : item)));
  return [items.filter((item) => names.has(keyed(item))), items.filter((item) => !names.has(keyed(item)))];
}

interface Interleaving {
  readonly named: List;
  readonly others: List;
  readonly order: List;
  readonly live: List;
  readonly mergeKey: string;
}

/** The named items by `order`, and between them the others, each before the first named item that follows it live. */
function interleave({ named, others, order, live, mergeKey }: Interleaving): List {
  if (mergeKey !== '') for (const item of [...order, ...live]) keyOf(item, mergeKey);
  const right = sorted(named, order, mergeKey);
  const left = sorted(others, live, mergeKey);
  const place = (item: unknown) => position(live, item, mergeKey);
  const result: unknown[] = [];
  let i = 0;
  for (const item of right) {
    const limit = place(item);
    for (; i < left.length && limit >= 0; i++) {
      const at = place(left[i]);
      if (at < 0 || at >= limit) break;
      result.push(left[i]);
    }
    result.push(item);
  }
  return result.concat(left.slice(i));
}

function sorted(items: List, order: List, mergeKey: string): List {
  const places = new Map(items.map((item) => [item, position(order, item, mergeKey)]));
  return items.slice().sort((a, b) => places.get(a)! - places.get(b)!);
}

function position(list: List, item: unknown, mergeKey: string): number {
  const key = (value: unknown) => (mergeKey !== '' && isObject(value) ? value[mergeKey] : value);
  const wanted = key(item);
  return list.findIndex((candidate) => key(candidate) === wanted);
}

/** What all items are: `map` or the type of a scalar. Lists of mixed types, and lists of lists, are refused. */
export function sameElementType(...lists: readonly List[]): string {
  let type: string | undefined;
  for (const item of lists.flat(1)) {
    const own = isObject(item) ? 'map' : goType(item);
    if (own === '[]interface {}' && type === undefined) throw cannotApply('lists of lists are not supported');
    if (type !== undefined && own !== type) {
      throw plainError(`list element types are not identical: ${goText(lists)}`);
    }
    type = own;
  }
  if (type === undefined) throw plainError('no elements in any of the given slices');
  return type;
}
