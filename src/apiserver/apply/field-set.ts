/**
 * Sets of paths into an object, held in the very form in which managedFields store them (FieldsV1): a tree of plain
 * objects whose keys are path elements in canonical order. Nothing needs decoding before a set can be worked with, or
 * encoding before it is stored; the operations share what they do not change, and return their first argument itself
 * when the result equals it.
 *
 * Below the root, `{}` is a path that is in the set; with children, the path itself is in the set when there is a `.`
 * among them. The root has no `.`: nobody owns an object as such.
 */
import { compareElements, SELF } from './path-element.ts';

export interface FieldSet {
  readonly [element: string]: FieldSet;
}
type Draft = Record<string, FieldSet>;

/** A path without children. As a whole set: the empty one. */
export const LEAF: FieldSet = Object.freeze({});
export const NOTHING: FieldSet = LEAF;

export function isEmpty(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

/** Whether a path is in the set itself, not only paths below it; `node` is what stands at the path. */
export function isMember(node: FieldSet): boolean {
  return node[SELF] !== undefined || isEmpty(node);
}

function hasChildren(node: FieldSet): boolean {
  for (const element in node) if (element !== SELF) return true;
  return false;
}

/** The set with exactly this path. */
export function singleton(path: readonly string[]): FieldSet {
  let node = LEAF;
  for (let i = path.length - 1; i >= 0; i--) node = { [path[i]!]: node };
  return node;
}

/** The set of these paths. */
export function setOfPaths(paths: readonly (readonly string[])[]): FieldSet {
  return paths.reduce((set, path) => union(set, singleton(path)), NOTHING);
}

export function has(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) {
    node = node[element];
    if (node === undefined) return false;
  }
  return path.length > 0 && isMember(node);
}

/** The paths below the element, as a set of their own. */
export function below(set: FieldSet, element: string): FieldSet {
  const node = set[element];
  if (node === undefined) return NOTHING;
  return node[SELF] === undefined ? node : without(node, SELF);
}

function without(node: FieldSet, element: string): FieldSet {
  const { [element]: _, ...rest } = node;
  return rest;
}

/** The node with its elements in canonical order, the same object when they are already. */
export function ordered(node: FieldSet): FieldSet {
  const elements = Object.keys(node);
  let sorted = true;
  for (let i = 1; i < elements.length && sorted; i++) sorted = inOrder(elements[i - 1]!, elements[i]!);
  if (sorted) return node;
  elements.sort((a, b) => (inOrder(a, b) ? -1 : 1));
  const result: Draft = {};
  for (const element of elements) result[element] = node[element]!;
  return result;
}

function inOrder(a: string, b: string): boolean {
  return a === SELF || (b !== SELF && compareElements(a, b) < 0);
}

/** A node from its parts: whether its path is in the set, and what is below (without `.`, in order). */
function nodeOf(member: boolean, children: Draft): FieldSet | undefined {
  if (isEmpty(children)) return member ? LEAF : undefined;
  return member ? { [SELF]: LEAF, ...children } : children;
}

/** Paths in either set. */
export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmpty(b)) return a;
  if (isEmpty(a)) return b;
  return mergeChildren(a, b, false);
}

/** As `union`, for what stands below an element: the path itself counts too. */
export function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b) return a;
  if (isEmpty(b)) return isMember(a) ? a : { [SELF]: LEAF, ...a };
  if (isEmpty(a)) return isMember(b) ? b : { [SELF]: LEAF, ...b };
  return mergeChildren(a, b, b[SELF] !== undefined);
}

function mergeChildren(a: FieldSet, b: FieldSet, addSelf: boolean): FieldSet {
  let result: Draft | undefined;
  let inserted = false;
  if (addSelf && a[SELF] === undefined) result = { [SELF]: LEAF, ...a };
  for (const element in b) {
    if (element === SELF) continue;
    const old = a[element];
    const child = old === undefined ? b[element]! : unionNodes(old, b[element]!);
    if (child === old) continue;
    result ??= { ...a };
    inserted ||= old === undefined;
    result[element] = child;
  }
  if (result === undefined) return a;
  return inserted ? ordered(result) : result;
}

/** Paths in both sets. */
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return commonChildren(a, b) ?? NOTHING;
}

function commonChildren(a: FieldSet, b: FieldSet): Draft | undefined {
  let result: Draft | undefined;
  for (const element in b) {
    if (element === SELF) continue;
    const left = a[element];
    if (left === undefined) continue;
    const right = b[element]!;
    const node = nodeOf(isMember(left) && isMember(right), commonChildren(left, right) ?? {});
    if (node === undefined) continue;
    result ??= {};
    result[element] = node;
  }
  return result;
}

/** Paths of `a` that are not in `b`. Paths below one that is removed stay. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, subtractNode);
}

/** Paths of `a` that are not in `b`, nor below one in `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return subtract(a, b, (left, right) =>
    isMember(right) ? undefined : subtractNode(left, right, recursiveDifference),
  );
}

function subtract(a: FieldSet, b: FieldSet, each: (left: FieldSet, right: FieldSet) => FieldSet | undefined): FieldSet {
  let changes: Map<string, FieldSet | undefined> | undefined;
  for (const element in b) {
    const left = element === SELF ? undefined : a[element];
    if (left === undefined) continue;
    const node = each(left, b[element]!);
    if (node === left) continue;
    changes ??= new Map();
    changes.set(element, node);
  }
  if (changes === undefined) return a;
  const result: Draft = {};
  for (const element in a) {
    const node = changes.has(element) ? changes.get(element) : a[element];
    if (node !== undefined) result[element] = node;
  }
  return result;
}

function subtractNode(left: FieldSet, right: FieldSet, children = difference): FieldSet | undefined {
  const member = isMember(left);
  const stays = member && !isMember(right);
  if (isEmpty(left)) return stays ? left : undefined;
  const kept = children(left, right);
  if (stays === member) return hasChildren(kept) ? kept : nodeOf(stays, {});
  const rest = kept[SELF] === undefined ? kept : without(kept, SELF);
  return isEmpty(rest) ? undefined : rest;
}

/** Whether every path of `part` is in `whole`. */
export function includes(whole: FieldSet, part: FieldSet): boolean {
  for (const element in part) {
    if (element === SELF) continue;
    const node = part[element]!;
    const other = whole[element];
    if (other === node) continue;
    if (other === undefined || (isMember(node) && !isMember(other)) || !includes(other, node)) return false;
  }
  return true;
}

export function equals(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  let count = 0;
  for (const element in a) {
    const other = b[element];
    if (other === undefined || !equals(a[element]!, other)) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** Every path, those of a level before what is below them: the order in which conflicts are listed. */
export function paths(set: FieldSet): string[][] {
  const found: string[][] = [];
  collect(set, [], found);
  return found;
}

function collect(node: FieldSet, prefix: readonly string[], found: string[][]): void {
  for (const element in node) {
    if (element !== SELF && isMember(node[element]!)) found.push([...prefix, element]);
  }
  for (const element in node) {
    if (element !== SELF) collect(node[element]!, [...prefix, element], found);
  }
}
