/**
 * Who owns what after a change (structured-merge-diff, merge/update.go, its `update` and `Update`).
 */
import type { JsonObject } from '../objects.ts';
import type { Comparison } from './comparison.ts';
import { ApplyConflict, type Conflict } from './conflict.ts';
import { difference, type FieldSet, intersection, isEmpty, recursiveDifference, setOfPaths } from './field-set.ts';
import type { KindVersions } from './kind-versions.ts';
import type { ManagedSet } from './managed-entries.ts';

/** What is never owned by anyone: the object's identity and what only the server writes. */
export const STRIPPED = setOfPaths([
  ['f:apiVersion'],
  ['f:kind'],
  ['f:metadata'],
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((field) => ['f:metadata', `f:${field}`]),
]);

/** Per apiVersion, what writes through a path of the API cannot change, so that nobody comes to own it there. */
export type ResetFields = Readonly<Record<string, FieldSet>>;

/** The comparison of one change in every version that is asked for, without the reset fields. */
export class Change {
  readonly #versions: KindVersions;
  readonly #resets: ResetFields;
  readonly #live: JsonObject;
  readonly #updated: JsonObject;
  readonly #known = new Map<string, Comparison>();

  constructor(versions: KindVersions, resets: ResetFields, live: JsonObject, updated: JsonObject) {
    this.#versions = versions;
    this.#resets = resets;
    this.#live = live;
    this.#updated = updated;
  }

  in(apiVersion: string): Comparison {
    let comparison = this.#known.get(apiVersion);
    if (comparison === undefined) {
      comparison = this.#versions.compare(this.#live, this.#updated, apiVersion);
      const reset = this.#resets[apiVersion];
      if (reset !== undefined) {
        comparison = {
          changed: recursiveDifference(comparison.changed, reset),
          removed: recursiveDifference(comparison.removed, reset),
        };
      }
      this.#known.set(apiVersion, comparison);
    }
    return comparison;
  }
}

/** What is left to these owners after the change; those with nothing left are gone. */
export function yielded(owners: readonly ManagedSet[], change: Change): ManagedSet[] {
  const left: ManagedSet[] = [];
  for (const owner of owners) {
    const { changed, removed } = change.in(owner.apiVersion);
    const set = difference(difference(owner.set, changed), removed);
    if (!isEmpty(set)) left.push(withSet(owner, set));
  }
  return left;
}

/** @throws ApplyConflict when one of these owns what the change writes */
export function refuseConflicts(owners: readonly ManagedSet[], change: Change): void {
  const conflicts: Conflict[] = [];
  for (const owner of owners) {
    const set = intersection(owner.set, change.in(owner.apiVersion).changed);
    if (!isEmpty(set)) conflicts.push({ owner, set });
  }
  if (conflicts.length > 0) throw new ApplyConflict(conflicts);
}

/** The same manager with another set; the stored entry stays attached when the set is the same. */
export function withSet(owner: ManagedSet, set: FieldSet): ManagedSet {
  return set === owner.set ? owner : { ...owner, set, entry: undefined };
}
