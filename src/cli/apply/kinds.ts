import { apiVersionOf, type ResourceType } from '../../api/meta.ts';
import { nearest } from '../../base/nearest.ts';
import { ApiError, type Client } from '../../client/port.ts';

interface DiscoveredResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Which kinds a server has, asked once per group and version. */
export class Kinds {
  readonly #client: Client;
  readonly #lists = new Map<string, Promise<readonly ResourceType[]>>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** The kinds of `group/version` (`v1` for the core group); none when the server does not have it. */
  of(apiVersion: string): Promise<readonly ResourceType[]> {
    let list = this.#lists.get(apiVersion);
    if (list === undefined) {
      list = this.#ask(apiVersion);
      this.#lists.set(apiVersion, list);
      // No answer is none to be kept.
      list.catch(() => this.#lists.delete(apiVersion));
    }
    return list;
  }

  /** The kind, or a sentence that says why there is none. */
  async find({ apiVersion, kind }: { apiVersion: string; kind: string }): Promise<ResourceType | string> {
    const types = await this.of(apiVersion);
    const found = types.find((type) => type.kind === kind);
    if (found !== undefined) return found;
    if (types.length === 0) return `the server has no ${apiVersion} (is its definition applied?)`;
    const meant = nearest(
      kind,
      types.map((type) => type.kind),
    );
    return `${apiVersion} has no kind ${kind}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  }

  /** Forgets the answers: there are new definitions. */
  forget(): void {
    this.#lists.clear();
  }

  async #ask(apiVersion: string): Promise<readonly ResourceType[]> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    try {
      const path = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
      const { resources } = (await this.#client.raw(path)) as { resources: readonly DiscoveredResource[] };
      return resources
        .filter(({ name }) => !name.includes('/'))
        .map(({ name, kind, namespaced }) => ({ group: group!, version: version!, kind, plural: name, namespaced }));
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return [];
      throw error;
    }
  }
}

/** For messages: `Host orrery.dev/v1alpha1`. */
export function kindText(type: ResourceType): string {
  return `${type.kind} ${apiVersionOf(type)}`;
}
