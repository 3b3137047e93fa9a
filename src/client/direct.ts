/** The `direct` transport of the Client port: the API server's core in the same process, with no JSON in between. */
import { apiVersionOf, type KubeObject, type ResourceType, type Status } from '../api/meta.ts';
import { parseResourcePath, type ResourcePath } from '../apiserver/http/route.ts';
import type { Answer, ApiRequest, ObjectAnswer, User, Verb } from '../apiserver/registry/request.ts';
import type { ServedResource } from '../apiserver/registry/served.ts';
import type { ApiServer } from '../apiserver/server.ts';
import { StatusError } from '../apiserver/status-error.ts';
import type { EventBatch } from '../apiserver/watch/event.ts';
import type { WatchHandle } from '../apiserver/watch/hub.ts';
import { deepFreeze } from '../base/json.ts';
import {
  deletionBody,
  listParameters,
  type Parameters,
  selectionParameters,
  watchParameters,
  writeParameters,
} from './address.ts';
import { DirectDocuments } from './direct-documents.ts';
import {
  AbortError,
  ApiError,
  type CallOptions,
  type Client,
  ConnectionError,
  type DeleteOptions,
  type GetOptions,
  type ListOptions,
  type ObjectList,
  type ObjectName,
  type Patch,
  type PatchOptions,
  type Selection,
  type Watch,
  type WatchEvent,
  type WatchObserver,
  type WatchOptions,
  type WriteOptions,
} from './port.ts';

export interface DirectClientOptions {
  readonly server: ApiServer;
  /** Whom the server takes the client for. */
  readonly user?: User;
  /** The default of fieldManager. */
  readonly name?: string;
}

const ADMIN: User = { name: 'orrery', groups: ['system:masters', 'system:authenticated'] };

interface Asked {
  readonly verb: Verb;
  readonly type: ResourceType;
  readonly name?: Partial<ObjectName>;
  readonly subresource?: string | undefined;
  readonly parameters?: Parameters;
  readonly body?: unknown;
  readonly patchType?: Patch['type'];
}

export class DirectClient implements Client {
  readonly #server: ApiServer;
  readonly #user: User;
  readonly #userAgent: string;
  readonly #watches = new Set<DirectWatch<KubeObject>>();
  #documents: DirectDocuments | undefined;
  #isClosed = false;

  constructor({ server, user = ADMIN, name = 'orrery' }: DirectClientOptions) {
    this.#server = server;
    this.#user = user;
    this.#userAgent = `${name}/direct`;
  }

  get<T extends KubeObject>(type: ResourceType, name: ObjectName, options: GetOptions = {}): Promise<T> {
    return this.#object({ verb: 'get', type, name, subresource: options.subresource }, options);
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { namespace } = options;
    const answer = await this.#ask(
      { verb: 'list', type, name: { namespace }, parameters: listParameters(options) },
      options,
    );
    if (answer.type !== 'list') throw new ConnectionError('the API server answered a list with an object');
    const { served } = answer;
    return Object.freeze({
      resourceVersion: String(answer.revision),
      items: Object.freeze(answer.versions.map((version) => served.view(version).object as KubeObject as T)),
      ...(answer.continue ? { continue: answer.continue } : {}),
    });
  }

  create<T extends KubeObject>(type: ResourceType, object: object, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = (object as { metadata?: Partial<ObjectName> }).metadata ?? {};
    const { subresource } = options;
    return this.#object(
      {
        verb: 'create',
        type,
        name: subresource === undefined ? { namespace } : { namespace, ...(name === undefined ? {} : { name }) },
        subresource,
        parameters: writeParameters(options),
        body: object,
      },
      options,
    );
  }

  replace<T extends KubeObject>(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    const { subresource } = options;
    return this.#object(
      {
        verb: 'update',
        type,
        name: { namespace, name },
        subresource,
        parameters: writeParameters(options),
        body: object,
      },
      options,
    );
  }

  patch<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<T> {
    return this.#object(
      {
        verb: 'patch',
        type,
        name,
        subresource: options.subresource,
        parameters: writeParameters(options),
        body: patch.type === 'json' ? patch.operations : patch.body,
        patchType: patch.type,
      },
      options,
    );
  }

  async delete(type: ResourceType, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    await this.#ask({ verb: 'delete', type, name, body: deletionBody(options) }, options);
  }

  async deleteCollection(type: ResourceType, selection: Selection, options: DeleteOptions = {}): Promise<void> {
    const { namespace } = selection;
    const parameters = selectionParameters(selection);
    await this.#ask(
      { verb: 'deletecollection', type, name: { namespace }, parameters, body: deletionBody(options) },
      options,
    );
  }

  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>): Watch {
    const { namespace } = options;
    const watch = new DirectWatch<T>(observer, () => this.#watches.delete(watch as unknown as DirectWatch<KubeObject>));
    this.#watches.add(watch as unknown as DirectWatch<KubeObject>);
    const request = this.#request({ verb: 'watch', type, name: { namespace }, parameters: watchParameters(options) });
    if (this.#isClosed) watch.fail(closedError());
    else {
      this.#server
        .watch(request, () => {
          watch.open(this.#server.find(request));
          return watch;
        })
        .then(
          (handle) => watch.hold(handle),
          (error: unknown) => watch.fail(translated(error)),
        );
    }
    return watch;
  }

  async raw(path: string, { signal }: CallOptions = {}): Promise<unknown> {
    if (signal?.aborted) throw new AbortError();
    if (this.#isClosed) throw closedError();
    const resource = parseResourcePath(path.replace(/\?.*$/, ''));
    const answer = resource === undefined ? this.#document(path) : this.#rawResource(resource);
    return signal === undefined ? answer : unlessAborted(answer, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const watch of this.#watches) watch.stop();
  }

  async #document(path: string): Promise<unknown> {
    this.#documents ??= new DirectDocuments(this.#server);
    const found = await this.#documents.find(path);
    if (found === undefined) throw new ApiError(NOT_FOUND);
    return deepFreeze(found);
  }

  async #rawResource({ watch: _, ...where }: ResourcePath): Promise<unknown> {
    const type = { group: where.group, version: where.version, kind: '', plural: where.resource, namespaced: true };
    const verb = where.name === undefined ? 'list' : 'get';
    const name = { namespace: where.namespace, ...(where.name === undefined ? {} : { name: where.name }) };
    const answer = await this.#ask({ verb, type, name, subresource: where.subresource }, {});
    if (answer.type === 'object') return deepFreeze(answer.view.object);
    const { served, versions } = answer;
    return deepFreeze({
      kind: served.names.listKind,
      apiVersion: apiVersionOf(served),
      metadata: { resourceVersion: String(answer.revision) },
      items: versions.map((version) => served.view(version).object),
    });
  }

  async #object<T>(asked: Asked, options: CallOptions): Promise<T> {
    const answer = (await this.#ask(asked, options)) as ObjectAnswer;
    return deepFreeze(answer.view.object) as unknown as T;
  }

  async #ask(asked: Asked, { signal }: CallOptions) {
    if (signal?.aborted) throw new AbortError();
    if (this.#isClosed) throw closedError();
    const answer = this.#answer(this.#request(asked));
    return signal === undefined ? answer : unlessAborted(answer, signal);
  }

  async #answer(request: ApiRequest): Promise<Answer> {
    try {
      await this.#server.find(request).ready?.();
      return await this.#server.request(request);
    } catch (error) {
      throw translated(error);
    }
  }

  #request({ verb, type, name = {}, subresource, parameters = [], body, patchType }: Asked): ApiRequest {
    const query: Record<string, readonly string[]> = {};
    for (const [key, value] of parameters) {
      if (value !== undefined && value !== false) query[key] = [String(value)];
    }
    return {
      verb,
      group: type.group,
      version: type.version,
      resource: type.plural,
      namespace: type.namespaced ? name.namespace : undefined,
      name: name.name,
      subresource,
      query,
      user: this.#user,
      userAgent: this.#userAgent,
      ...(body === undefined ? {} : { body: { value: body, owned: false } }),
      ...(patchType === undefined ? {} : { patchType }),
    };
  }
}

const eventTypes = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/** A watch of the port and its sink at the server. */
class DirectWatch<T extends KubeObject> implements Watch {
  readonly #observer: WatchObserver<T>;
  readonly #gone: () => void;
  #served: ServedResource | undefined;
  #handle: WatchHandle | undefined;
  #isOver = false;

  constructor(observer: WatchObserver<T>, gone: () => void) {
    this.#observer = observer;
    this.#gone = gone;
  }

  open(served: ServedResource): void {
    this.#served = served;
  }

  hold(handle: WatchHandle): void {
    this.#handle = handle;
    if (this.#isOver) handle.stop();
  }

  events({ events }: EventBatch): void {
    if (this.#isOver) return;
    const served = this.#served!;
    this.#observer.events(
      events.map(
        ({ type, version }): WatchEvent<T> => ({
          type: eventTypes[type],
          object: served.view(version).object as KubeObject as T,
        }),
      ),
    );
  }

  bookmark(revision: number, initial: boolean): void {
    if (this.#isOver) return;
    this.#observer.events([{ type: 'bookmark', resourceVersion: String(revision), synced: initial }]);
  }

  closed(error?: StatusError): void {
    this.fail(error === undefined ? undefined : translated(error));
  }

  fail(error: ApiError | ConnectionError | undefined): void {
    if (!this.#end()) return;
    this.#observer.closed(error);
  }

  stop(): void {
    if (this.#end()) this.#handle?.stop();
  }

  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#gone();
    return true;
  }
}

const NOT_FOUND: Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  code: 404,
  reason: 'NotFound',
  message: '404 page not found',
};

const closedError = () => new ConnectionError('the client is closed');

function translated(error: unknown): ApiError | ConnectionError {
  if (!(error instanceof StatusError)) {
    return new ConnectionError(`the API server failed: ${String(error)}`, { cause: error });
  }
  const { status, headers } = error;
  if (status.code !== 429 && status.code !== 503) return new ApiError(status);
  const seconds = Number(headers['Retry-After'] ?? headers['retry-after'] ?? status.details?.retryAfterSeconds);
  return new ApiError(status, Number.isNaN(seconds) ? undefined : seconds * 1000);
}

/** The caller waits no longer than its signal; what was asked may still be carried out. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new AbortError());
    signal.addEventListener('abort', abort, { once: true });
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
