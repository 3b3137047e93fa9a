import { cloneJson, setOwn } from '../../base/json.ts';
import type { SchemaNode } from './node.ts';

type Fields = Record<string, unknown>;

/** Drops nulls that mean nothing (unless they are to be kept) and fills in what is left out, in place. */
export type Fill = (value: unknown, keepNulls: boolean) => void;

interface Child {
  readonly nullable: boolean;
  readonly default: unknown;
  readonly fill: Fill | undefined;
}

/**
 * A null of a field that is neither nullable nor defaulted is dropped; one that is defaulted but not nullable is
 * replaced, as a missing field is. Defaults are themselves completed by the defaults below them.
 * (k8s.io/apiextensions-apiserver, pkg/apiserver/schema/defaulting)
 */
export function compileFill(node: SchemaNode): Fill | undefined {
  const fields = new Map<string, Child>();
  for (const [name, child] of node.properties ?? []) fields.set(name, compileChild(child));
  const additional =
    typeof node.additionalProperties === 'object' ? compileChild(node.additionalProperties) : undefined;
  const items = node.items === undefined ? undefined : compileChild(node.items);
  if (fields.size === 0 && additional === undefined && items === undefined) return undefined;
  const defaulted = [...fields].filter(([, child]) => child.default !== undefined);
  return (value, keepNulls) => {
    if (Array.isArray(value)) {
      if (items !== undefined) fillItems(value, items, keepNulls);
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const record = value as Fields;
    for (const key in record) {
      const child = fields.get(key) ?? additional;
      if (child !== undefined) fillField(record, key, child, keepNulls);
    }
    for (const [key, child] of defaulted) {
      if (!Object.hasOwn(record, key)) setOwn(record, key, cloneJson(child.default));
    }
  };
}

function compileChild(node: SchemaNode): Child {
  const fill = compileFill(node);
  const completed = cloneJson(node.default);
  // Nulls in defaults are no client's: they stay, for the schema to refuse.
  fill?.(completed, true);
  return { nullable: node.nullable, default: completed, fill };
}

function fillField(value: Fields, key: string, child: Child, keepNulls: boolean): void {
  const field = value[key];
  if (field === null) {
    if (child.nullable) return;
    if (child.default !== undefined) setOwn(value, key, cloneJson(child.default));
    else if (!keepNulls) delete value[key];
  } else if (typeof field === 'object') child.fill?.(field, keepNulls);
}

function fillItems(items: unknown[], child: Child, keepNulls: boolean): void {
  for (let i = 0; i < items.length; i++) {
    const item = items[i];
    if (item === null) {
      if (!child.nullable && child.default !== undefined) items[i] = cloneJson(child.default);
    } else if (typeof item === 'object') child.fill?.(item, keepNulls);
  }
}
