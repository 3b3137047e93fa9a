import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { Discovery, Document } from '../discovery/documents.ts';
import { isBuiltinGroup } from '../discovery/order.ts';
import { parseDuration } from '../formats/duration.ts';
import { goQuote } from '../go-format.ts';
import { refuseUnlessAllowed } from '../registry/authorizer.ts';
import {
  methodNotAllowed,
  methodNotSupported,
  notAcceptable,
  requestTimeout,
  resourceNotFound,
  unknownMediaType,
  unknownRepresentation,
  unsupportedMediaType,
} from '../registry/errors.ts';
import type { ApiRequest, Body, Query, User } from '../registry/request.ts';
import { resourceName, type ServedResource } from '../registry/served.ts';
import type { ApiServer } from '../server.ts';
import { badRequest } from '../status-error.ts';
import type { Tokens } from './authentication.ts';
import { sendDocument } from './documents.ts';
import type { Exchange } from './exchange.ts';
import { flowHeaders } from './flow.ts';
import { PLAIN_HEADERS, TEXT_HEADERS, withWarnings } from './headers.ts';
import { type HealthCheck, health } from './health.ts';
import { impersonated } from './impersonation.ts';
import { patchTypeOf, readBody, readDeleteOptions } from './media.ts';
import {
  ACCEPTED_BUILTIN,
  acceptsJson,
  discoveryForm,
  Negotiator,
  type Representation,
  wantsPretty,
} from './negotiation.ts';
import { QueryParser } from './query.ts';
import { parseResourcePath, type ResourcePath, verbOf } from './route.ts';
import { Sender } from './sender.ts';
import { WatchStream } from './watch-stream.ts';

/** Paths that are answered with a document which is made elsewhere: OpenAPI, version. */
export type Documents = (
  path: string,
  query: Query,
  accept: string | undefined,
) => Promise<Document | undefined> | Document | undefined;

export interface HandlerParts {
  readonly apiServer: ApiServer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tokens: Tokens;
  readonly discovery: Discovery;
  readonly documents: Documents;
  readonly checks: readonly HealthCheck[];
  /** How long a body may take to come, in milliseconds. */
  readonly requestMs?: number;
}

/** What a request is once it has been read. */
interface Context {
  readonly exchange: Exchange;
  readonly path: string;
  readonly query: Query;
  readonly user: User;
  readonly pretty: boolean;
  /** What is said beside the answer, whatever it is. */
  readonly warnings: string[];
}

/** Answers exchanges: who asks, may they, what for, and in which form. */
export class Handler {
  readonly #parts: HandlerParts;
  readonly #queries = new QueryParser();
  readonly #negotiator = new Negotiator();
  #answered = 0;
  readonly #sender: Sender;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
    this.#sender = new Sender(parts.clock, parts.logger);
  }

  /** Answers; never rejects. */
  async handle(exchange: Exchange): Promise<void> {
    const question = exchange.url.indexOf('?');
    const path = question < 0 ? exchange.url : exchange.url.slice(0, question);
    const query = question < 0 ? this.#queries.parse('') : this.#queries.parse(exchange.url.slice(question + 1));
    const pretty = wantsPretty(query, exchange.header('user-agent'));
    const warnings: string[] = [];
    exchange.also({ 'Audit-Id': exchange.header('audit-id') ?? this.#auditId() });
    try {
      checkTimeout(query);
      const user = impersonated(
        exchange,
        this.#parts.tokens.authenticate(exchange.header('authorization')),
        this.#parts.apiServer.authorizer,
      );
      exchange.also(flowHeaders(user, path));
      await this.#route({ exchange, path, query, user, pretty, warnings });
    } catch (error) {
      await this.#sender.refuse(exchange, error, pretty, warnings);
    }
  }

  /** Names a request, for whoever reads the answer: a uid whose end counts. */
  #auditId(): string {
    return this.#parts.apiServer.processId + (this.#answered++).toString(16).padStart(12, '0');
  }

  async #route(context: Context): Promise<void> {
    const { path } = context;
    if (path.startsWith('/api')) {
      const resource = parseResourcePath(path);
      if (resource !== undefined) return this.#resource(context, resource);
    }
    return this.#other(context);
  }

  /** Everything that is no resource: discovery, health, OpenAPI. */
  async #other(context: Context): Promise<void> {
    const { exchange, path, query, user } = context;
    const { apiServer, checks, discovery, documents } = this.#parts;
    refuseUnlessAllowed(apiServer.authorizer, { user, verb: exchange.method.toLowerCase(), path });
    const state = health(path, query, checks);
    if (state !== undefined) {
      exchange.send(state.code, state.plain ? PLAIN_HEADERS : TEXT_HEADERS, state.text);
      return;
    }
    const accept = exchange.header('accept');
    const form = discoveryForm(accept);
    const found = discovery.find(path, form?.aggregated === true ? 'v2' : undefined);
    if (found !== undefined && (exchange.method === 'GET' || answersAnyMethod(path)))
      return this.#sender.discovery(exchange, context.pretty, found, form);
    const document = found ?? (await documents(path, query, accept)) ?? this.#index(path);
    if (document === undefined) return this.#notFound(context);
    if (exchange.method !== 'GET' && !answersAnyMethod(path)) throw methodNotAllowed();
    if (/^\/version\/?$/.test(path) && !acceptsJson(accept)) throw unknownRepresentation(['application/json']);
    await sendDocument(exchange, document, context.pretty);
  }

  #index(path: string): Document | undefined {
    if (path !== '/') return undefined;
    const { checks, discovery } = this.#parts;
    const healthPaths = ['/healthz', '/livez', '/readyz'].flatMap((each) => [
      each,
      ...checks.map(({ name }) => `${each}/${name}`),
    ]);
    const paths = [...discovery.paths(), ...healthPaths, '/openapi/v2', '/openapi/v3', '/version'].sort();
    return { contentType: 'application/json', text: JSON.stringify({ paths }) };
  }

  /** The real server's own groups answer with a Status, everything else with a text. */
  #notFound({ exchange, path }: Context): void {
    const [, root, group = ''] = path.split('/');
    const known =
      (root === 'api' && path.length > '/api/'.length) || (root === 'apis' && group !== '' && isBuiltinGroup(group));
    if (known) throw resourceNotFound();
    exchange.send(404, TEXT_HEADERS, '404 page not found\n');
  }

  async #resource(context: Context, where: ResourcePath): Promise<void> {
    const { exchange, query, user } = context;
    const { apiServer } = this.#parts;
    const watching = where.watch || isTrue(query['watch']?.[0]);
    const known = apiServer.catalog.find(where.group, where.version, where.resource);
    const custom = known?.definition !== undefined;
    // Custom resources answer HEAD like GET; the paths of built-in ones are registered by method.
    const method = custom && exchange.method === 'HEAD' ? 'GET' : exchange.method;
    const verb = verbOf(method, where.name !== undefined && !where.watch, watching);
    if (verb === undefined) throw custom ? methodNotSupported(resourceName(known), '') : methodNotAllowed();
    refuseUnlessAllowed(apiServer.authorizer, { user, verb, ...where });
    if (known === undefined || !fits(known, where)) return this.#notFound(context);
    const served = known;
    if (where.name !== undefined) refuseName(where.name);
    if (where.name === undefined && (verb === 'update' || verb === 'patch')) {
      if (custom && verb === 'patch' && patchTypeOf(exchange.header('content-type')) === undefined) {
        throw unsupportedMediaType(CUSTOM_PATCHES);
      }
      throw custom ? badRequest('name must be provided') : methodNotAllowed();
    }
    if (where.name !== undefined && verb === 'create' && !custom && where.subresource === undefined) {
      throw methodNotAllowed();
    }
    if (served.namespaced && where.namespace === undefined && verb !== 'list' && verb !== 'watch') {
      if (custom) return this.#notFound(context);
      throw methodNotAllowed();
    }
    const preparing = served.ready?.();
    if (preparing !== undefined) await preparing;
    const form = this.#negotiator.negotiate(exchange.header('accept'), context.pretty, producesOf(served, verb));
    // Reviews are no lists, and have no table.
    if (form.as === 'Table' && served.handle !== undefined) throw notAcceptable(ACCEPTED_BUILTIN);
    const { warnings } = context;
    if (served.deprecation !== undefined) warnings.push(served.deprecation);
    const request: ApiRequest = { ...where, verb, query, user, userAgent: exchange.header('user-agent'), warnings };
    if (verb === 'watch') return this.#watch(context, served, request, form);
    const sent = await this.#body(exchange, served, verb, where.subresource);
    const answer = await apiServer.request(sent === undefined ? request : { ...request, ...sent });
    await this.#sender.answer(exchange, query, answer, form);
  }

  async #body(
    exchange: Exchange,
    served: ServedResource,
    verb: ApiRequest['verb'],
    subresource?: string,
  ): Promise<Pick<ApiRequest, 'body' | 'patchType'> | undefined> {
    if (verb === 'get' || verb === 'list') return undefined;
    const contentType = exchange.header('content-type');
    const deleting = verb === 'delete' || verb === 'deletecollection';
    if (deleting && exchange.header('content-length') === '0') return undefined;
    const patchType = verb === 'patch' ? patchTypeOf(contentType) : undefined;
    if (verb === 'patch' && patchType === undefined) {
      if (served.definition === undefined) throw unknownMediaType();
      return { patchType: undefined };
    }
    const bytes = await this.#bytes(exchange);
    if (deleting) return bytes.length === 0 ? undefined : { body: await readDeleteOptions(bytes, contentType) };
    const body: Body | undefined = await readBody(
      bytes,
      contentType,
      served,
      patchType,
      served.subresources.get(subresource ?? '')?.type ?? served.type,
    );
    return { body, patchType };
  }

  /** The body, unless it comes too slowly. */
  #bytes(exchange: Exchange): Promise<Buffer> {
    const { clock, requestMs = 60_000 } = this.#parts;
    return new Promise((resolve, reject) => {
      const timer = clock.after(requestMs, () => reject(requestTimeout()));
      exchange
        .body()
        .then(resolve, reject)
        .finally(() => timer.cancel());
    });
  }

  async #watch(context: Context, served: ServedResource, request: ApiRequest, form: Representation): Promise<void> {
    const { exchange, query } = context;
    const { apiServer } = this.#parts;
    const { writer, headers } = await this.#sender.events(form, query);
    let stream: WatchStream | undefined;
    const handle = await apiServer.watch(request, () => {
      const warned = withWarnings(headers, served.deprecation === undefined ? [] : [served.deprecation]);
      stream = new WatchStream(exchange, served, writer, { headers: warned, table: form.as === 'Table' });
      return stream;
    });
    if (stream !== undefined) stream.onOverflow = () => handle.stop();
    exchange.onClose(() => handle.stop());
  }
}

/** The real server does not look at the method there. */
const answersAnyMethod = (path: string) => /^\/(|apis\/?|apis\/[^/]+\/?|openapi\/v[23])$/.test(path);

const PRODUCES = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const STREAMS = ['application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch'];

/** The media types that a built-in resource's path is registered with; undefined for custom ones. */
function producesOf(served: ServedResource, verb: ApiRequest['verb']): readonly string[] | undefined {
  if (served.definition !== undefined) return undefined;
  return verb === 'list' || verb === 'watch' ? [...PRODUCES, ...STREAMS] : PRODUCES;
}

/** The real server ends requests after `timeout`; here none lasts that long, and only what is no duration is refused. */
function checkTimeout(query: Query): void {
  const timeout = query['timeout']?.[0] ?? '';
  if (timeout === '' || isTrue(query['watch']?.[0])) return;
  const duration = parseDuration(timeout);
  if (typeof duration !== 'string') return;
  throw badRequest(`invalid timeout specified in the request URL - ${duration}`);
}

const isTrue = (value: string | undefined) => value !== undefined && value !== '0' && value.toLowerCase() !== 'false';

const CUSTOM_PATCHES = ['application/json-patch+json', 'application/merge-patch+json', 'application/apply-patch+yaml'];

/** Names that no path can have. Throws 400. */
function refuseName(name: string): void {
  const why = name === '.' || name === '..' ? `may not be '${name}'` : name.includes('%') ? "may not contain '%'" : '';
  if (why !== '') throw badRequest(`Name parameter invalid: ${goQuote(name)}: ${why}`);
}

/** Whether the path is one of the resource's: below a namespace or not, as its scope says. */
function fits(served: ServedResource, where: ResourcePath): boolean {
  if (where.isLonger === true && served.definition === undefined) return false;
  // What is answered and not stored has no names.
  if (where.name !== undefined && served.handle !== undefined) return false;
  if (!served.namespaced) return where.namespace === undefined;
  return where.namespace !== undefined || where.name === undefined;
}
