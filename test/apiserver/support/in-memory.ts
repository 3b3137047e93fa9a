import type { AccountKey } from '../../../src/apiserver/account-tokens.ts';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import type { Answer, ApiRequest, PatchType, Query } from '../../../src/apiserver/registry/request.ts';
import { ApiServer } from '../../../src/apiserver/server.ts';
import { StatusError } from '../../../src/apiserver/status-error.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import type { Storage } from '../../../src/apiserver/store/storage.ts';
import type { EventBatch } from '../../../src/apiserver/watch/event.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { Random } from '../../../src/base/random.ts';
import { macrotask } from '../../../src/base/system.ts';
import { testTokens } from './exchange.ts';

export const admin = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };

/** A resource in tests: group, version and plural. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

export const configMaps: Resource = { group: '', version: 'v1', resource: 'configmaps' };
export const namespaces: Resource = { group: '', version: 'v1', resource: 'namespaces' };
export const definitions: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  resource: 'customresourcedefinitions',
};

/** An API server on a virtual clock that moves as far as it must for each answer. */
export class TestServer {
  readonly clock: VirtualClock;
  readonly server: ApiServer;

  constructor(
    options: {
      storage?: Storage;
      history?: number;
      seed?: string;
      rootCa?: string;
      roles?: boolean;
      accountKey?: AccountKey;
    } = {},
  ) {
    this.clock = new VirtualClock();
    this.server = new ApiServer({
      storage: options.storage ?? new MemoryStorage(),
      clock: this.clock,
      random: new Random(options.seed ?? 'test'),
      ...(options.history !== undefined && { history: options.history }),
      ...(options.rootCa !== undefined && { rootCa: options.rootCa }),
      ...(options.roles !== undefined && { roles: options.roles }),
      ...(options.accountKey !== undefined && { accountKey: options.accountKey }),
      tokens: testTokens(),
    });
  }

  async start(): Promise<this> {
    await this.settle(this.server.start());
    return this;
  }

  /** Moves the clock until the promise has settled, by no more than a minute. */
  async settle<T>(work: Promise<T>): Promise<T> {
    let done = false;
    const finish = () => {
      done = true;
    };
    work.then(finish, finish);
    const limit = this.clock.monotonic() + 60_000;
    await macrotask();
    while (!done) {
      this.clock.runNext(limit);
      await macrotask();
    }
    return work;
  }

  /** Lets everything happen that is due in the next `ms`. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms, macrotask);
  }

  async request(request: Partial<ApiRequest> & Resource & { verb: ApiRequest['verb'] }): Promise<Answer> {
    return this.settle(this.server.request({ query: {}, user: admin, userAgent: 'test/1', ...request }));
  }

  async object(request: Partial<ApiRequest> & Resource & { verb: ApiRequest['verb'] }): Promise<AnyObject> {
    const answer = await this.request(request);
    if (answer.type !== 'object') throw new Error('a list was answered');
    return answer.view.object;
  }

  create(resource: Resource, object: object, query: Query = {}): Promise<AnyObject> {
    const { namespace } = (object as AnyObject).metadata;
    return this.object({ ...resource, verb: 'create', namespace, query, body: { value: object, owned: false } });
  }

  get(resource: Resource, name: string, namespace?: string): Promise<AnyObject> {
    return this.object({ ...resource, verb: 'get', namespace, name });
  }

  update(resource: Resource, object: AnyObject, query: Query = {}, subresource?: string): Promise<AnyObject> {
    const { name, namespace } = object.metadata;
    const body = { value: object, owned: false };
    return this.object({ ...resource, verb: 'update', namespace, name, query, subresource, body });
  }

  patch(
    resource: Resource,
    where: { name: string; namespace?: string; subresource?: string },
    body: unknown,
    options: { type?: PatchType; query?: Query } = {},
  ): Promise<AnyObject> {
    return this.object({
      ...resource,
      ...where,
      verb: 'patch',
      patchType: options.type ?? 'merge',
      query: options.query ?? {},
      body: { value: body, owned: false },
    });
  }

  delete(resource: Resource, name: string, namespace?: string, options?: object): Promise<AnyObject> {
    const body = options && { value: options, owned: false };
    return this.object({ ...resource, verb: 'delete', namespace, name, body });
  }

  async list(resource: Resource, query: Query = {}, namespace?: string) {
    const answer = await this.request({ ...resource, verb: 'list', namespace, query });
    if (answer.type !== 'list') throw new Error('an object was answered');
    return { ...answer, items: answer.versions.map((version) => answer.served.view(version).object) };
  }

  /** Opens a watch; what it sees is written down in short. */
  async watch(resource: Resource, query: Query = {}, namespace?: string): Promise<TestWatch> {
    const seen = new TestWatch();
    const request: ApiRequest = { ...resource, verb: 'watch', namespace, query, user: admin };
    const handle = await this.settle(this.server.watch(request, () => seen));
    seen.stop = () => handle.stop();
    return seen;
  }
}

export class TestWatch {
  /** `ADDED name@revision`, `BOOKMARK revision`, `BOOKMARK revision initial`, `CLOSED`, `CLOSED 410`. */
  readonly log: string[] = [];
  readonly objects: AnyObject[] = [];
  stop: () => void = () => {};

  events(batch: EventBatch): void {
    for (const { type, version } of batch.events) {
      this.log.push(`${type} ${version.object.metadata.name}@${version.object.metadata.resourceVersion}`);
      this.objects.push(version.object);
    }
  }

  bookmark(revision: number, initial: boolean): void {
    this.log.push(`BOOKMARK ${revision}${initial ? ' initial' : ''}`);
  }

  closed(error?: StatusError): void {
    this.log.push(error === undefined ? 'CLOSED' : `CLOSED ${error.status.code}`);
  }
}

/** The Status that a request was refused with. */
export async function refusal(work: Promise<unknown>) {
  try {
    await work;
  } catch (error) {
    if (error instanceof StatusError) return error.status;
    throw error;
  }
  throw new Error('the request was not refused');
}

/** A definition of `widgets.t.example.com` with everything that tests need. */
export function widgetDefinition(changes: object = {}): AnyObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.t.example.com' },
    spec: {
      group: 't.example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
          selectableFields: [{ jsonPath: '.spec.zone' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    zone: { type: 'string' },
                    cpu: { type: 'integer', minimum: 1, default: 4 },
                    replicas: { type: 'integer' },
                  },
                },
                status: {
                  type: 'object',
                  default: { observedGeneration: -1 },
                  properties: { observedGeneration: { type: 'integer' }, replicas: { type: 'integer' } },
                },
              },
            },
          },
        },
      ],
      ...changes,
    },
  };
}

export const widgets: Resource = { group: 't.example.com', version: 'v1', resource: 'widgets' };

export const widget = (name: string, spec: object = {}, metadata: object = {}): AnyObject => ({
  apiVersion: 't.example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', ...metadata },
  spec,
});
