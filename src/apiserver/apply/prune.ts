/**
 * What an apply removes: what its manager applied last time, does not apply now, and nobody else owns
 * (structured-merge-diff, merge/update.go, its `prune`).
 */
import type { JsonObject } from '../objects.ts';
import { appliedSet } from './applied-set.ts';
import { difference, type FieldSet, includes, intersection, isEmpty, NOTHING, union } from './field-set.ts';
import type { KindVersions } from './kind-versions.ts';
import { type ManagedSet, sameManager } from './managed-entries.ts';
import { withoutPaths, withParents } from './removal.ts';

/**
 * @param merged the live object with the configuration merged in, in the version of the request
 * @param owners everyone, the applier with its new set
 * @param last the applier's set until now
 */
export function pruned(
  versions: KindVersions,
  merged: JsonObject,
  owners: readonly ManagedSet[],
  last: ManagedSet | undefined,
): JsonObject {
  if (last === undefined || isEmpty(last.set)) return merged;
  const mine = owners.find((owner) => sameManager(owner, last));
  // All that was applied is applied again: nothing can go, whoever owns the rest.
  if (mine?.apiVersion === last.apiVersion && includes(mine.set, last.set)) return merged;
  const then = versions.convert(merged, last.apiVersion, CONVERTING);
  const type = versions.typeOf(last.apiVersion);
  const lastSet = withParents(last.set, type);
  const bare = withoutPaths(type, then, lastSet);
  const kept = withOwned(versions, then, bare, owners);
  const back = versions.convert(kept, last.apiVersion);
  const lost = difference(claims(versions, then), claims(versions, back));
  return versions.convert(withoutPaths(type, then, intersection(lost, lastSet)), versions.apiVersion);
}

const CONVERTING = 'failed to prune fields: failed to convert merged object to last applied version: ';

/** What was taken from `merged` to get `bare`, without what somebody owns. */
function withOwned(
  versions: KindVersions,
  merged: JsonObject,
  bare: JsonObject,
  owners: readonly ManagedSet[],
): JsonObject {
  const byVersion = new Map<string, FieldSet>();
  for (const { apiVersion, set } of owners) byVersion.set(apiVersion, union(byVersion.get(apiVersion) ?? NOTHING, set));
  let kept = bare;
  for (const apiVersion of ownFirst([...byVersion.keys()], merged['apiVersion'])) {
    const owned = byVersion.get(apiVersion)!;
    const whole = versions.convert(merged, apiVersion);
    const part = versions.convert(kept, apiVersion);
    const type = versions.typeOf(apiVersion);
    const stays = union(claims(versions, part), withParents(owned, type));
    kept = withoutPaths(type, whole, difference(claims(versions, whole), stays));
  }
  return kept;
}

/** The version that the object is in comes first: what another one needs may have been pruned. */
function ownFirst(apiVersions: readonly string[], own: unknown): string[] {
  return [...apiVersions.filter((version) => version === own), ...apiVersions.filter((version) => version !== own)];
}

/** Every path in the object, with the structs that hold them. */
function claims(versions: KindVersions, object: JsonObject): FieldSet {
  const type = versions.typeOf(String(object['apiVersion']));
  return withParents(appliedSet(type, object), type);
}
