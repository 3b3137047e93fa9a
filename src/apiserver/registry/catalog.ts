import type { ServedResource } from './served.ts';

type Versions = Map<string, Map<string, ServedResource>>;

/** Everything that is served, by group, version and plural. Definitions come and go; documents follow its serial. */
export class Catalog {
  readonly #groups = new Map<string, Versions>();
  readonly #listeners = new Set<() => void>();
  #serial = 0;

  /** Changes with every change of what is served. */
  get serial(): number {
    return this.#serial;
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#groups.get(group)?.get(version)?.get(plural);
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
    this.#serial++;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): void {
    this.#listeners.add(listener);
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
