import type { OwnerReference } from '../../api/meta.ts';
import type { Bucket } from '../store/bucket.ts';
import type { LogEvent } from '../store/event-log.ts';
import type { Version } from '../store/version.ts';

/** Where an object is stored. */
export interface Place {
  readonly bucket: Bucket;
  readonly key: string;
  readonly uid: string;
}

const NONE: readonly OwnerReference[] = [];

const ownersOf = (version: Version | undefined): readonly OwnerReference[] =>
  version === undefined || version.deleted ? NONE : (version.object.metadata.ownerReferences ?? NONE);

/** Which objects belong to which: dependents by the uid of their owner. */
export class Owners {
  readonly #dependents = new Map<string, Map<string, Place>>();

  /** The objects that name this uid as an owner. */
  dependentsOf(uid: string): Iterable<Place> {
    return this.#dependents.get(uid)?.values() ?? [];
  }

  hasDependents(uid: string): boolean {
    return this.#dependents.has(uid);
  }

  /** An object that was there at the start. */
  add(bucket: Bucket, version: Version): void {
    this.#link(bucket, version, ownersOf(version));
  }

  /** Follows a write. Returns whether the object's owners have changed. */
  follow(bucket: Bucket, { version, prior }: LogEvent): boolean {
    const before = ownersOf(prior);
    const after = ownersOf(version);
    if (before === after || (before.length === 0 && after.length === 0)) return false;
    if (prior !== undefined) this.#unlink(prior, before);
    this.#link(bucket, version, after);
    return true;
  }

  #link(bucket: Bucket, version: Version, owners: readonly OwnerReference[]): void {
    if (owners.length === 0) return;
    const uid = version.object.metadata.uid!;
    const place = { bucket, key: version.key, uid };
    for (const owner of owners) {
      let dependents = this.#dependents.get(owner.uid);
      if (dependents === undefined) {
        dependents = new Map();
        this.#dependents.set(owner.uid, dependents);
      }
      dependents.set(uid, place);
    }
  }

  #unlink(version: Version, owners: readonly OwnerReference[]): void {
    const uid = version.object.metadata.uid!;
    for (const owner of owners) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
