/**
 * The API server without a transport: objects in, objects out. The HTTP server (http/) reads and writes bytes around
 * it; the client's `direct` transport calls it as it is. Everything runs on the clock and the random numbers that it
 * is handed, so that a simulation is a function of its seed.
 *
 *     const server = new ApiServer({ storage: new MemoryStorage(), clock, random, logger });
 *     await server.start();
 *     const answer = await server.request({
 *       verb: 'create', group: 'orrery.dev', version: 'v1alpha1', resource: 'hosts', namespace: 'default',
 *       query: { fieldManager: ['placement'] }, user, body: { value: object, owned: false },
 *     });
 *     answer.type === 'object' && answer.view.object;      // frozen, as it is stored
 *     const watch = await server.watch({ verb: 'watch', …, query: { resourceVersion: ['12'] } }, () => sink);
 *     await server.close();
 *
 * `request` rejects with StatusError. A list's answer holds `versions`; `answer.served.view(version).object` is each
 * object at the version that was asked for. A watch's sink gets batches of events (`served.view(event.version)`),
 * bookmarks, and one `closed`.
 */
import type { Clock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { type AccountKey, AccountTokens } from './account-tokens.ts';
import { Policies } from './admission/policies.ts';
import { Definitions } from './housekeeping/definitions.ts';
import { EventExpiry } from './housekeeping/event-expiry.ts';
import { GarbageCollector } from './housekeeping/garbage-collector.ts';
import { Inside } from './housekeeping/inside.ts';
import { NamespaceContents } from './housekeeping/namespace-contents.ts';
import { Namespaces } from './housekeeping/namespaces.ts';
import { PolicyTypes } from './housekeeping/policy-types.ts';
import { Roles } from './housekeeping/roles.ts';
import { type Authorizer, MastersFirst } from './registry/authorizer.ts';
import { accountTokenSubresource } from './registry/builtin/account-token.ts';
import { builtinKinds } from './registry/builtin/kinds.ts';
import { serveReviews, type TokenReviewer } from './registry/builtin/reviews.ts';
import { serveBuiltin } from './registry/builtin/serve.ts';
import { Catalog } from './registry/catalog.ts';
import { create } from './registry/create.ts';
import { remove, removeCollection } from './registry/delete.ts';
import { internalError, methodNotAllowed, methodNotSupported, notFound, resourceNotFound } from './registry/errors.ts';
import { Grants } from './registry/grants.ts';
import { list, read } from './registry/list.ts';
import { builtinOwnership } from './registry/managed-fields.ts';
import { NamespaceAdmission } from './registry/namespace-admission.ts';
import { patch } from './registry/patch.ts';
import { RbacAuthorizer } from './registry/rbac.ts';
import type { Registry } from './registry/registry.ts';
import type { Answer, ApiRequest } from './registry/request.ts';
import { resourceName, type ServedResource, type Subresource } from './registry/served.ts';
import { projected, replace } from './registry/update.ts';
import { watch } from './registry/watch.ts';
import { StatusError } from './status-error.ts';
import type { Storage } from './store/storage.ts';
import { Store } from './store/store.ts';
import { Hub, type WatchHandle, type WatchSink } from './watch/hub.ts';

export interface ApiServerOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger?: Logger;
  /** Whose a token is, for token reviews; left out: nobody's. */
  readonly tokens?: TokenReviewer;
  /** How many writes of each resource can be looked back on, by watches that resume and lists of old versions. */
  readonly history?: number;
  /**
   * The certificate (PEM) that every namespace is given in the ConfigMap kube-root-ca.crt, beside the ServiceAccount
   * `default`, as clusters have it; left out: namespaces start empty.
   */
  readonly rootCa?: string;
  /**
   * Whether there are the ClusterRoles that clusters have (cluster-admin, admin, edit, view, …) and their bindings;
   * otherwise everybody may look at what discovery shows, and there are no roles but those that are made.
   */
  readonly roles?: boolean;
  /** Signs the tokens of service accounts; left out: they are given none. */
  readonly accountKey?: AccountKey;
}

export class ApiServer {
  readonly clock: Clock;
  readonly catalog = new Catalog();
  readonly store: Store;
  /** Who may do what. Transports ask it before they call; calls from inside the process are not checked. */
  readonly authorizer: Authorizer;
  /** The beginning of a uid, one for each start. */
  readonly processId: string;
  /** The tokens of service accounts. */
  readonly accounts: AccountTokens | undefined;
  readonly #tokens: TokenReviewer;
  readonly #registry: Registry;
  readonly #hubs = new Map<string, Hub>();
  readonly #definitions: Definitions;
  readonly #namespaces: Namespaces;
  readonly #garbage: GarbageCollector;
  readonly #policyTypes: PolicyTypes;
  readonly #expiry: EventExpiry;
  readonly #contents: NamespaceContents | undefined;
  readonly #roles: Roles;
  readonly #withRoles: boolean;
  #started = false;
  #stopping = false;
  #closed = false;

  constructor({
    storage,
    clock,
    random,
    logger = silentLogger,
    history,
    tokens,
    rootCa,
    accountKey,
    roles = false,
  }: ApiServerOptions) {
    this.clock = clock;
    this.store = new Store({ storage, clock, refusal: storageRefusal, ...(history !== undefined && { history }) });
    this.processId = random.split('process').uuid().slice(0, 24);
    this.authorizer = new MastersFirst(new RbacAuthorizer(this.store, { implicit: !roles }));
    const grants = new Grants(this.store, this.authorizer);
    const policies = new Policies({ store: this.store, catalog: this.catalog, authorizer: this.authorizer });
    this.#registry = {
      store: this.store,
      clock,
      random: random.split('apiserver'),
      admission: new NamespaceAdmission(this.store.bucket('/namespaces'), [grants, policies]),
    };
    if (accountKey !== undefined) {
      const uidOf = (plural: string, namespace: string, name: string) => {
        const key = namespace === '' ? name : `${namespace}/${name}`;
        return this.store.bucket(`/${plural}`).get(key)?.object.metadata.uid;
      };
      this.accounts = new AccountTokens({ key: accountKey, clock, random: random.split('tokens'), uidOf });
    }
    this.#tokens = tokens ?? { review: () => undefined };
    const { store, catalog } = this;
    const inside = (agent: string) => new Inside(this.#registry, catalog, agent);
    this.#definitions = new Definitions({
      store,
      catalog,
      clock,
      logger,
      inside: inside('kube-apiserver'),
      changed: (bucket) => this.#hubs.get(bucket)?.closeAll(),
    });
    const manager = inside('kube-controller-manager');
    this.#namespaces = new Namespaces({
      catalog,
      clock,
      logger,
      store,
      inside: manager,
      system: inside('kube-apiserver'),
    });
    this.#garbage = new GarbageCollector({ store, catalog, clock, logger, inside: manager });
    this.#policyTypes = new PolicyTypes({ store, catalog, logger, inside: manager });
    this.#withRoles = roles;
    this.#roles = new Roles({ store, catalog, logger, inside: manager, system: inside('kube-apiserver') });
    this.#expiry = new EventExpiry({ store, clock, logger });
    if (rootCa !== undefined) {
      this.#contents = new NamespaceContents({ store, catalog, clock, logger, inside: manager, rootCa });
    }
  }

  /** The last committed revision. */
  get revision(): number {
    return this.store.revision;
  }

  /** Reads the storage, serves what is in it, and begins to keep house. Rejects with an OrreryError. */
  async start(): Promise<void> {
    this.store.open();
    const builtins = builtinKinds.map((kind) => serveBuiltin(kind, this.store, builtinOwnership));
    const reviews = serveReviews(this.#registry, {
      authorizer: this.authorizer,
      tokens: this.#tokens,
      ownershipOf: builtinOwnership,
    });
    this.catalog.replace([], [...builtins.map((served) => this.#withTokens(served)), ...reviews]);
    await this.#namespaces.ensureSystemNamespaces();
    if (this.#withRoles) await this.#roles.ensure();
    this.#roles.start();
    this.#definitions.start();
    this.#namespaces.start();
    this.#garbage.start();
    this.#policyTypes.start();
    this.#expiry.start();
    this.#contents?.start();
    this.#started = true;
  }

  /** Whether everything that keeps house is at work. */
  get started(): boolean {
    return this.#started && !this.#closed;
  }

  /** Service accounts are given tokens by a path below them. */
  #withTokens(served: ServedResource): ServedResource {
    if (this.accounts === undefined || served.bucket?.id !== '/serviceaccounts') return served;
    const token = accountTokenSubresource(this.#registry, this.accounts, builtinOwnership);
    return { ...served, subresources: new Map([...served.subresources, ['token', token]]) };
  }

  /** Answers a request that is no watch. Rejects with StatusError. */
  async request(request: ApiRequest): Promise<Answer> {
    const served = this.find(request);
    const { subresource } = request;
    if (subresource === undefined) return this.#resourceRequest(served, request);
    const below = served.subresources.get(subresource);
    if (below === undefined) throw noSubresource(served, request);
    if (!below.verbs.includes(request.verb)) {
      throw served.definition === undefined
        ? methodNotAllowed()
        : methodNotSupported(resourceName(served), request.verb);
    }
    return this.#subresourceRequest(served, below, request);
  }

  /**
   * Opens a watch. Rejects with StatusError when the request is bad; afterwards everything goes to the sink, which
   * `open` makes when the request is known to be good.
   */
  async watch(request: ApiRequest, open: () => WatchSink): Promise<WatchHandle> {
    const served = this.find(request);
    if (!served.verbs.includes('watch') || served.bucket === undefined) throw methodNotAllowed();
    if (this.#stopping) throw new StatusError({ code: 503, reason: 'ServiceUnavailable', message: 'shutting down' });
    return watch(this.#registry, served, request, { hub: this.#hub(served.bucket.id), open });
  }

  /** The resource that a request is about. Throws 404. */
  find({ group, version, resource }: Pick<ApiRequest, 'group' | 'version' | 'resource'>): ServedResource {
    const served = this.catalog.find(group, version, resource);
    if (served === undefined) throw resourceNotFound();
    return served;
  }

  /** How many watches are open, by resource (`group/plural`). */
  watchCounts(): ReadonlyMap<string, number> {
    return new Map([...this.#hubs].map(([id, hub]) => [id, hub.size]));
  }

  /** Whether the server is about to end: it takes no more watches. */
  get stopping(): boolean {
    return this.#stopping;
  }

  /** Ends all watches in good order, and takes no more: a server is about to end. */
  endWatches(): void {
    this.#stopping = true;
    for (const hub of this.#hubs.values()) hub.closeAll();
  }

  /** Ends all watches, commits what is waiting, and closes the storage. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.endWatches();
    this.#definitions.stop();
    this.#namespaces.stop();
    this.#contents?.stop();
    this.#garbage.stop();
    this.#expiry.stop();
    this.store.close();
  }

  #hub(bucketId: string): Hub {
    let hub = this.#hubs.get(bucketId);
    if (hub === undefined) {
      hub = new Hub(this.store.bucket(bucketId), this.clock, () => this.store.revision);
      this.#hubs.set(bucketId, hub);
    }
    return hub;
  }

  async #resourceRequest(served: ServedResource, request: ApiRequest): Promise<Answer> {
    if (!served.verbs.includes(request.verb)) throw methodNotAllowed();
    if (served.handle !== undefined) return served.handle(request);
    const registry = this.#registry;
    switch (request.verb) {
      case 'get':
        return read(registry, served, request);
      case 'list':
        return list(registry, served, request);
      case 'create':
        return create(registry, served, request);
      case 'update':
        return replace(registry, served, request, { strategy: served.strategy });
      case 'patch':
        return patch(registry, served, request, { strategy: served.strategy });
      case 'delete':
        return remove(registry, served, request);
      case 'deletecollection':
        return removeCollection(registry, served, request);
      default:
        throw methodNotAllowed();
    }
  }

  async #subresourceRequest(served: ServedResource, below: Subresource, request: ApiRequest): Promise<Answer> {
    if (below.handle !== undefined) return below.handle(request, served);
    const { strategy, projection } = below;
    const via = projection === undefined ? { strategy: strategy! } : { strategy: strategy!, projection };
    switch (request.verb) {
      case 'get':
        return projected(await read(this.#registry, served, request), projection);
      case 'update':
        return replace(this.#registry, served, request, via);
      case 'patch':
        return patch(this.#registry, served, request, via);
      default:
        throw methodNotAllowed();
    }
  }
}

/** Custom resources answer for paths below them that they do not have; built-in ones have no such paths. */
function noSubresource(served: ServedResource, { name = '' }: ApiRequest): StatusError {
  return served.definition === undefined ? resourceNotFound() : notFound(resourceName(served), name);
}

/** What clients are told when the storage fails: their write is not carried out. */
function storageRefusal(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  return internalError(error instanceof Error ? error.message : String(error));
}
