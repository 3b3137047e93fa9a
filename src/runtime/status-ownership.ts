/** Who may write what: one writer per condition and per status field, as the table of src/api/ownership.ts says. */
import type { Condition } from '../api/meta.ts';
import { deepEqual } from '../base/json.ts';

/**
 * Whether a controller may write a field of status (`host`; a part of it is `guest/state`) or a condition
 * (`conditions/Ready`). What it may write, it may write with all that lies below.
 */
export type MayWrite = (controller: string, path: string) => boolean;

/** What a recipe changed that is not its controller's, as `status.host` or `the condition Ready`; empty when it kept to its own. */
export function trespasses(mayWrite: (path: string) => boolean, before: object, after: object): string[] {
  const found: string[] = [];
  compare(mayWrite, '', before, after, found);
  return found;
}

function compare(mayWrite: (path: string) => boolean, path: string, before: object, after: object, found: string[]) {
  const old = before as Readonly<Record<string, unknown>>;
  const next = after as Readonly<Record<string, unknown>>;
  for (const key of Object.keys({ ...old, ...next })) {
    if (old[key] === next[key]) continue;
    const own = path === '' ? key : `${path}/${key}`;
    if (own === 'conditions') {
      const types = changedConditions(list(old[key]), list(next[key]));
      for (const type of types) if (!mayWrite(`conditions/${type}`)) found.push(`the condition ${type}`);
    } else if (!mayWrite(own)) {
      // A part of it may be owned; and what was only written again as it was is no change.
      if (isRecord(old[key] ?? {}) && isRecord(next[key] ?? {})) {
        compare(mayWrite, own, (old[key] ?? {}) as object, (next[key] ?? {}) as object, found);
      } else if (!deepEqual(old[key], next[key])) found.push(`status.${own.replaceAll('/', '.')}`);
    }
  }
}

const list = (value: unknown) => (Array.isArray(value) ? (value as readonly Condition[]) : []);

function isRecord(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changedConditions(before: readonly Condition[], after: readonly Condition[]): string[] {
  const changed: string[] = [];
  const types = new Set([...before, ...after].map(({ type }) => type));
  for (const type of types) {
    const of = (conditions: readonly Condition[]) => conditions.find((condition) => condition.type === type);
    if (!deepEqual(of(before), of(after))) changed.push(type);
  }
  return changed;
}
