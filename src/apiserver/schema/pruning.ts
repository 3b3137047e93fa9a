import { byCodePoint } from '../go-format.ts';
import type { SchemaNode } from './node.ts';

/**
 * Removes what the schema does not declare, in place. Returns the paths of what it removed, relative to the value and
 * each beginning with `.` or `[`; undefined when nothing was removed, which is the usual case and costs nothing.
 */
export type Prune = (value: unknown) => string[] | undefined;

type Child = { readonly prune: Prune };

/** Removes the paths' leading dot and sorts them as Go does. */
export function finishPaths(paths: string[] | undefined): string[] {
  if (paths === undefined) return [];
  return paths.map((path) => (path.startsWith('.') ? path.slice(1) : path)).sort(byCodePoint);
}

/** @param isRoot the root keeps apiVersion, kind and metadata whatever its schema says */
export function compilePrune(node: SchemaNode, isRoot: boolean): Prune {
  const embedded = isRoot || node.embeddedResource;
  const fields = new Map<string, Child>();
  for (const [name, child] of node.properties ?? []) fields.set(name, { prune: compilePrune(child, false) });
  const additional = compileAdditional(node);
  const items = compileItems(node);
  const pruneFields = (value: Record<string, unknown>): string[] | undefined => {
    let removed: string[] | undefined;
    for (const key in value) {
      const field = value[key];
      const child = fields.get(key) ?? additional;
      if (child === undefined) {
        if (node.preserveUnknownFields || (embedded && isMeta(key))) continue;
        delete value[key];
        removed = prepend(removed, '', [`.${key}`]);
      } else if (typeof field === 'object' && field !== null && !(embedded && isMeta(key))) {
        const below = child.prune(field);
        if (below !== undefined) removed = prepend(removed, `.${key}`, below);
      }
    }
    return removed;
  };
  return (value) => {
    if (Array.isArray(value)) return pruneItems(value, items);
    return typeof value === 'object' && value !== null ? pruneFields(value as Record<string, unknown>) : undefined;
  };
}

function isMeta(key: string): boolean {
  return key === 'metadata' || key === 'kind' || key === 'apiVersion';
}

/** `additionalProperties: true` admits any key, but says nothing of what is below it: that is pruned away. */
function compileAdditional(node: SchemaNode): Child | undefined {
  if (node.additionalProperties === undefined) return undefined;
  if (typeof node.additionalProperties === 'boolean') return { prune: pruneEverything };
  return { prune: compilePrune(node.additionalProperties, false) };
}

/** Under preserve-unknown-fields, items inherit the preservation; so do items without a schema of their own. */
function compileItems(node: SchemaNode): Prune | undefined {
  if (!node.preserveUnknownFields) return node.items === undefined ? pruneEverything : compilePrune(node.items, false);
  if (node.items === undefined) return undefined;
  return compilePrune({ ...node.items, preserveUnknownFields: true }, false);
}

function pruneItems(items: readonly unknown[], prune: Prune | undefined): string[] | undefined {
  if (prune === undefined) return undefined;
  let removed: string[] | undefined;
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (typeof item !== 'object' || item === null) continue;
    const below = prune(item);
    if (below !== undefined) removed = prepend(removed, `[${i}]`, below);
  }
  return removed;
}

function pruneEverything(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return pruneItems(value, pruneEverything);
  if (typeof value !== 'object' || value === null) return undefined;
  const record = value as Record<string, unknown>;
  const keys = Object.keys(record);
  for (const key of keys) delete record[key];
  return keys.length === 0 ? undefined : keys.map((key) => `.${key}`);
}

function prepend(paths: string[] | undefined, prefix: string, below: readonly string[]): string[] {
  const all = paths ?? [];
  for (const path of below) all.push(prefix + path);
  return all;
}
