/** Who may write what: one writer per condition and per status field. */
import type { Condition } from '../api/meta.ts';
import { deepEqual } from '../base/json.ts';

export interface OwnedStatus {
  readonly conditions: readonly string[];
  /** Paths below status, as `host` or `memory.free`; what lies below a path goes with it. */
  readonly fields: readonly string[];
}

/** By the name of the controller. */
export type StatusOwnership = Readonly<Record<string, OwnedStatus>>;

/** What a recipe changed that is not its controller's, as `status.host` or `the condition Ready`; empty when it kept to its own. */
export function trespasses(owned: OwnedStatus | undefined, before: object, after: object): string[] {
  const found: string[] = [];
  compare(owned ?? { conditions: [], fields: [] }, '', before, after, found);
  return found;
}

function compare(owned: OwnedStatus, path: string, before: object, after: object, found: string[]): void {
  const old = before as Readonly<Record<string, unknown>>;
  const next = after as Readonly<Record<string, unknown>>;
  for (const key of Object.keys({ ...old, ...next })) {
    if (old[key] === next[key]) continue;
    const own = path === '' ? key : `${path}.${key}`;
    if (own === 'conditions') {
      const types = changedConditions(list(old[key]), list(next[key]));
      for (const type of types) if (!owned.conditions.includes(type)) found.push(`the condition ${type}`);
    } else if (!owned.fields.includes(own)) {
      // A part of it may be owned; and what was only written again as it was is no change.
      if (isRecord(old[key] ?? {}) && isRecord(next[key] ?? {})) {
        compare(owned, own, (old[key] ?? {}) as object, (next[key] ?? {}) as object, found);
      } else if (!deepEqual(old[key], next[key])) found.push(`status.${own}`);
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
