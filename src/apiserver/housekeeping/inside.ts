import type { AnyObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import { create } from '../registry/create.ts';
import { remove } from '../registry/delete.ts';
import { patch } from '../registry/patch.ts';
import type { Registry } from '../registry/registry.ts';
import type { ApiRequest, User } from '../registry/request.ts';
import { keyOf, type ServedResource } from '../registry/served.ts';
import { replace } from '../registry/update.ts';
import { StatusError } from '../status-error.ts';

/** The server's own programs as users of it. */
export class Inside {
  readonly #registry: Registry;
  readonly #catalog: Catalog;
  readonly #user: User;
  readonly #agent: string;

  /** @param agent the manager of the fields that it writes */
  constructor(registry: Registry, catalog: Catalog, agent: string) {
    this.#registry = registry;
    this.#catalog = catalog;
    this.#agent = agent;
    this.#user = { name: `system:${agent}`, groups: ['system:masters', 'system:authenticated'] };
  }

  /** POST of an object. */
  async create(served: ServedResource, object: AnyObject): Promise<void> {
    const request = this.#request('create', served, keyOf(served, object.metadata), { body: object });
    await create(this.#registry, served, request);
  }

  /** PUT of an object's status. Rejects with Conflict when the object has changed since. */
  async updateStatus(group: string, version: string, plural: string, object: AnyObject): Promise<void> {
    await this.#replace(this.#served(group, version, plural), object, 'status');
  }

  /** PUT of an object, or of a subresource. */
  async update(served: ServedResource, object: AnyObject, subresource?: string): Promise<void> {
    await this.#replace(served, object, subresource);
  }

  /** A merge patch; its uid and resourceVersion are preconditions. Resolves to false when the object is gone. */
  async mergePatch(served: ServedResource, key: string, body: object): Promise<boolean> {
    const request = this.#request('patch', served, key, { body, patchType: 'merge' });
    return this.#unlessGone(patch(this.#registry, served, request, { strategy: served.strategy }));
  }

  /** Server-side apply, in the name of a manager, whoever else has set its fields. */
  async apply(served: ServedResource, manager: string, body: AnyObject): Promise<void> {
    await this.#apply(served, manager, body);
  }

  /** Server-side apply of a status. */
  async applyStatus(served: ServedResource, manager: string, body: AnyObject): Promise<void> {
    await this.#apply(served, manager, body, 'status');
  }

  async #apply(served: ServedResource, manager: string, body: AnyObject, subresource?: string): Promise<void> {
    const strategy = subresource === undefined ? served.strategy : served.subresources.get(subresource)!.strategy!;
    const key = keyOf(served, body.metadata);
    const request = this.#request('patch', served, key, { body, patchType: 'apply', subresource });
    const query = { fieldManager: [manager], force: ['true'] };
    await patch(this.#registry, served, { ...request, query }, { strategy });
  }

  /**
   * Deletes the object under a key. Resolves to whether it is gone at once.
   * @param options a DeleteOptions body
   */
  async deleteKey(served: ServedResource, key: string, options: object = {}): Promise<boolean> {
    const request = this.#request('delete', served, key, { body: options });
    try {
      const answer = await remove(this.#registry, served, request);
      return answer.type === 'object' && (answer.served === undefined || answer.gone === true);
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) return true;
      throw error;
    }
  }

  /** Stores an object past all checks, or removes it when nothing holds it any more. */
  async storeDirectly(served: ServedResource, object: AnyObject): Promise<void> {
    const { store } = this.#registry;
    const key = keyOf(served, object.metadata);
    const { finalizers, ...metadata } = object.metadata;
    const held = finalizers !== undefined && finalizers.length > 0;
    if (!held && metadata.deletionTimestamp !== undefined) {
      await store.remove(served.bucket!, key);
      return;
    }
    await store.put(served.bucket!, key, { ...object, metadata: { ...metadata, ...(held && { finalizers }) } });
  }

  #served(group: string, version: string, plural: string): ServedResource {
    const served = this.#catalog.find(group, version, plural);
    if (served === undefined) throw new Error(`${plural}.${group} is not served`);
    return served;
  }

  async #replace(served: ServedResource, object: AnyObject, subresource: string | undefined): Promise<void> {
    const request = this.#request('update', served, keyOf(served, object.metadata), { body: object, subresource });
    const strategy = subresource === undefined ? served.strategy : served.subresources.get(subresource)!.strategy!;
    await replace(this.#registry, served, request, { strategy });
  }

  async #unlessGone(write: Promise<unknown>): Promise<boolean> {
    try {
      await write;
      return true;
    } catch (error) {
      if (error instanceof StatusError && error.status.code === 404) return false;
      throw error;
    }
  }

  #request(
    verb: ApiRequest['verb'],
    served: ServedResource,
    key: string,
    rest: { body: object; patchType?: ApiRequest['patchType']; subresource?: string | undefined },
  ): ApiRequest {
    const slash = key.indexOf('/');
    return {
      verb,
      group: served.group,
      version: served.version,
      resource: served.names.plural,
      ...(served.namespaced ? { namespace: key.slice(0, slash) } : {}),
      name: key.slice(slash + 1),
      subresource: rest.subresource,
      query: {},
      user: this.#user,
      userAgent: this.#agent,
      body: { value: rest.body, owned: false },
      patchType: rest.patchType,
    };
  }
}
