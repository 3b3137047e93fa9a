import { apiVersion, type ServedResource } from './served.ts';

type Versions = Map<string, Map<string, ServedResource>>;

/** Everything that is served, by group, version and plural. Definitions come and go; documents follow its serial. */
export class Catalog {
  readonly #groups = new Map<string, Versions>();
  readonly #kinds = new Map<string, ServedResource>();
  readonly #buckets = new Map<string, ServedResource>();
  readonly #listeners = new Set<() => void>();
  #serial = 0;

  /** Changes with every change of what is served. */
  get serial(): number {
    return this.#serial;
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#groups.get(group)?.get(version)?.get(plural);
  }

  /** The resource whose objects are of a kind. */
  ofKind(apiVersionOfKind: string, kind: string): ServedResource | undefined {
    return this.#kinds.get(`${apiVersionOfKind}/${kind}`);
  }

  /** One of the resources, at one of its versions, whose objects are stored in a bucket (`group/plural`). */
  ofBucket(id: string): ServedResource | undefined {
    return this.#buckets.get(id);
  }

  /** Whether anything is served at this group and version. */
  has(group: string, version: string): boolean {
    return this.#groups.get(group)?.has(version) === true;
  }

  groups(): Iterable<readonly [group: string, versions: ReadonlyMap<string, ReadonlyMap<string, ServedResource>>]> {
    return this.#groups;
  }

  *all(): Iterable<ServedResource> {
    for (const versions of this.#groups.values()) for (const resources of versions.values()) yield* resources.values();
  }

  /** Serves these instead of those. */
  replace(old: readonly ServedResource[], served: readonly ServedResource[]): void {
    for (const resource of old) this.#remove(resource);
    for (const resource of served) this.#add(resource);
    this.#index();
    this.#serial++;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #index(): void {
    this.#kinds.clear();
    this.#buckets.clear();
    for (const served of this.all()) {
      if (served.bucket === undefined) continue;
      this.#kinds.set(`${apiVersion(served)}/${served.names.kind}`, served);
      if (!this.#buckets.has(served.bucket.id)) this.#buckets.set(served.bucket.id, served);
    }
  }

  #add(resource: ServedResource): void {
    const { group, version, names } = resource;
    let versions = this.#groups.get(group);
    if (versions === undefined) {
      versions = new Map();
      this.#groups.set(group, versions);
    }
    let resources = versions.get(version);
    if (resources === undefined) {
      resources = new Map();
      versions.set(version, resources);
    }
    resources.set(names.plural, resource);
  }

  #remove({ group, version, names }: ServedResource): void {
    const versions = this.#groups.get(group);
    const resources = versions?.get(version);
    if (versions === undefined || resources === undefined) return;
    resources.delete(names.plural);
    if (resources.size === 0) versions.delete(version);
    if (versions.size === 0) this.#groups.delete(group);
  }
}
