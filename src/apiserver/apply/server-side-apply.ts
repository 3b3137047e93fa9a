/**
 * One apply, after all that is asked of the request itself (structured-merge-diff, merge/update.go, its `Apply`;
 * k8s.io/apimachinery, util/managedfields/internal/structuredmerge.go).
 */
import { deepEqual } from '../../base/json.ts';
import type { JsonObject } from '../objects.ts';
import { StatusError } from '../status-error.ts';
import { appliedSet } from './applied-set.ts';
import { difference, equals, isEmpty, recursiveDifference } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { ApplyFailure, type KindVersions } from './kind-versions.ts';
import { type ManagedSet, sameManager } from './managed-entries.ts';
import { merge } from './merge.ts';
import { Change, type ResetFields, refuseConflicts, STRIPPED, withSet, yielded } from './ownership.ts';
import { UnaddressableItem } from './path-element.ts';
import { pruned } from './prune.ts';
import { typedErrors } from './typed-errors.ts';
import { TypeMismatch, Walk } from './walk.ts';

export interface Apply {
  readonly versions: KindVersions;
  readonly resets: ResetFields;
  /** Without managedFields. */
  readonly live: JsonObject;
  readonly config: JsonObject;
  readonly me: Omit<ManagedSet, 'set' | 'time' | 'entry'>;
  readonly force: boolean;
  readonly now: string;
}

export interface Outcome {
  /** `live` itself when the configuration changes nothing in it. */
  readonly object: JsonObject;
  readonly owners: readonly ManagedSet[];
}

/**
 * @param owners everyone who owns something now
 * @throws ApplyConflict; StatusError 500 when the configuration or the live object does not fit the schema
 */
export function serverSideApply(apply: Apply, owners: () => readonly ManagedSet[]): Outcome {
  const { versions, live, config } = apply;
  const type = versions.typeOf(versions.apiVersion);
  requireFit(type, config, false, `failed to create typed patch object (${described(config)})`);
  requireFit(type, live, true, `failed to create typed live object (${described(live)})`);
  try {
    return outcome(apply, type, owners());
  } catch (error) {
    throw isTypingError(error) ? failure((error as Error).message) : error;
  }
}

function outcome(apply: Apply, type: FieldType, owners: readonly ManagedSet[]): Outcome {
  const { versions, resets, live, config, me, force, now } = apply;
  const last = owners.find((owner) => sameManager(owner, me));
  const others = owners.filter((owner) => owner !== last);
  const claimed = appliedSet(type, config);
  const reset = resets[versions.apiVersion];
  const set = reset === undefined ? claimed : recursiveDifference(claimed, reset);
  const mine: ManagedSet = { ...me, set, time: last?.time, entry: undefined };
  const object = pruned(versions, merge(type, live, config), [...others, mine], last);
  const change = new Change(versions, resets, live, object);
  if (!force) refuseConflicts(others, change);
  const left = yielded(others, change);
  const changed = !deepEqual(live, object);
  const owned = difference(set, STRIPPED);
  if (!isEmpty(owned)) left.push(settled({ ...mine, time: changed ? now : last?.time }, owned, last));
  return { object: changed ? object : live, owners: left };
}

/** The applier's set as it is stored; the stored one when it says the same. */
function settled(mine: ManagedSet, set: ManagedSet['set'], last: ManagedSet | undefined): ManagedSet {
  if (last !== undefined && last.time === mine.time && last.apiVersion === mine.apiVersion && equals(last.set, set)) {
    return last;
  }
  return withSet(mine, set);
}

function requireFit(type: FieldType, value: JsonObject, duplicates: boolean, what: string): void {
  try {
    new Walk(duplicates).check(type, value);
  } catch (error) {
    if (!isTypingError(error)) throw error;
    throw failure(`${what}: ${typedErrors(type, value, duplicates)}`);
  }
}

export function isTypingError(error: unknown): boolean {
  return error instanceof TypeMismatch || error instanceof UnaddressableItem || error instanceof ApplyFailure;
}

/** 500 without a reason: what the server answers when it has only a text. */
export function failure(message: string): StatusError {
  return new StatusError({ code: 500, message });
}

/** `<namespace>/<name>; <group>/<version>, Kind=<kind>` */
export function described(object: JsonObject): string {
  const { namespace, name } = (object['metadata'] ?? {}) as JsonObject;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return `${text(namespace)}/${text(name)}; ${kindText(object)}`;
}

/** A group, version and kind as upstream prints them; the core group is empty. */
export function kindText({ apiVersion = '', kind = '' }: JsonObject): string {
  const version = typeof apiVersion === 'string' ? apiVersion : '';
  // What is no version at all has no kind either.
  if (version.split('/').length > 2) return '/, Kind=';
  const name = typeof kind === 'string' ? kind : '';
  return `${version.includes('/') || version === '' ? version || '/' : `/${version}`}, Kind=${name}`;
}
