import type { KubeObject } from '../../api/meta.ts';
import { GROUP } from '../../api/resources.ts';
import type { Batch } from '../../apiserver/store/storage.ts';
import type { Version } from '../../apiserver/store/version.ts';

/** A write of one of our kinds, as it was committed. */
export interface Commit {
  /** `group/plural`. */
  readonly bucket: string;
  /** `namespace/name`. */
  readonly key: string;
  readonly revision: number;
  readonly before: KubeObject | undefined;
  /** Undefined: it was deleted. */
  readonly after: KubeObject | undefined;
}

/** What the API server has on its disk of our kinds. */
export class Mirror {
  readonly #buckets = new Map<string, Map<string, Version>>();

  /** Takes a batch over, and tells what it changed. */
  take({ changes }: Batch): Commit[] {
    const commits: Commit[] = [];
    for (const { bucket, version } of changes) {
      if (!bucket.startsWith(`${GROUP}/`)) continue;
      let versions = this.#buckets.get(bucket);
      if (versions === undefined) {
        versions = new Map();
        this.#buckets.set(bucket, versions);
      }
      const { key, revision, deleted } = version;
      const before = objectOf(versions.get(key));
      if (deleted) versions.delete(key);
      else versions.set(key, version);
      commits.push({ bucket, key, revision, before, after: deleted ? undefined : objectOf(version) });
    }
    return commits;
  }

  get(bucket: string, key: string): KubeObject | undefined {
    return objectOf(this.#buckets.get(bucket)?.get(key));
  }

  list(bucket: string): KubeObject[] {
    return [...(this.#buckets.get(bucket)?.values() ?? [])].map((version) => objectOf(version)!);
  }

  buckets(): Iterable<string> {
    return this.#buckets.keys();
  }
}

const objectOf = (version: Version | undefined) => version?.object as unknown as KubeObject | undefined;

export const bucketOf = ({ group, plural }: { readonly group: string; readonly plural: string }): string =>
  `${group}/${plural}`;
