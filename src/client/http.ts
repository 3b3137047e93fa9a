/** The `http` transport of the Client port: any Kubernetes API server, JSON over HTTP/1.1. */
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { jittered } from '../base/backoff.ts';
import { type Clock, sleep } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { deepFreeze } from '../base/json.ts';
import type { Random } from '../base/random.ts';
import {
  deletionBody,
  listParameters,
  pathOf,
  queryOf,
  selectionParameters,
  watchParameters,
  writeParameters,
} from './address.ts';
import { apiErrorOf } from './answer.ts';
import { Connections } from './connections.ts';
import type { Credential, Credentials } from './credentials.ts';
import { exchange, type HttpAnswer, type HttpRequest, isConnectionLost } from './exchange.ts';
import { FileCredentials } from './file-credentials.ts';
import { HttpWatch } from './http-watch.ts';
import type { Access } from './kubeconfig.ts';
import { needsPlugin, PluginCredentials } from './plugin-credentials.ts';
import {
  AbortError,
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
  type WatchObserver,
  type WatchOptions,
  type WriteOptions,
} from './port.ts';

export interface HttpClientOptions {
  readonly access: Access;
  readonly clock: Clock;
  readonly random: Random;
  /** Of Orrery, for the user agent. */
  readonly version: string;
  /** Calls under way at once; the others wait. */
  readonly connections?: number;
  /** For a whole call with its retries. */
  readonly deadlineMs?: number;
  /** A watch without a byte for so long is taken for dead; bookmarks come every minute. */
  readonly silenceMs?: number;
  /** Told of every answer, for metrics; the code is `<error>` when there was none, as in client-go. */
  readonly observe?: (method: string, code: string, ms: number) => void;
  /** Told of each warning that the server sends. */
  readonly warn?: (text: string) => void;
}

/** client-go's number of tries for an answer that says Retry-After. */
const MOST_RETRIES = 10;

const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml', // JSON is YAML
} as const;

export class HttpClient implements Client {
  readonly #options: HttpClientOptions;
  readonly #clock: Clock;
  readonly #credentials: Credentials;
  readonly #connections: Connections;
  readonly #origin: string;
  readonly #prefix: string;
  readonly #deadlineMs: number;
  readonly #fixedHeaders: Readonly<Record<string, string>>;
  readonly #watches = new Set<HttpWatch<KubeObject>>();
  readonly #closing = new AbortController();

  constructor(options: HttpClientOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#deadlineMs = options.deadlineMs ?? 30_000;
    const { access } = options;
    this.#credentials = needsPlugin(access)
      ? new PluginCredentials(access, options.clock)
      : new FileCredentials(access, options.clock);
    const url = new URL(access.cluster.server);
    this.#origin = url.origin;
    this.#prefix = url.pathname.replace(/\/$/, '');
    this.#connections = new Connections({ origin: url.origin, calls: options.connections ?? 16 });
    this.#fixedHeaders = {
      accept: 'application/json',
      'user-agent': `orrery/${options.version}`,
      // Packing and unpacking costs more than the loopback saves.
      ...(isLoopback(url.hostname) ? {} : { 'accept-encoding': 'gzip' }),
    };
  }

  get<T extends KubeObject>(type: ResourceType, name: ObjectName, options: GetOptions = {}): Promise<T> {
    return this.#json('GET', pathOf(type, { ...name, subresource: options.subresource }), options);
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ObjectList<T>> {
    const path = pathOf(type, options) + queryOf(listParameters(options));
    const list = await this.#json<RawList<T>>('GET', path, options);
    const { resourceVersion = '', continue: next } = list.metadata;
    return Object.freeze({
      resourceVersion,
      items: withKind(type, list),
      ...(next ? { continue: next } : {}),
    });
  }

  create<T extends KubeObject>(type: ResourceType, object: object, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = (object as { metadata?: { namespace?: string; name?: string } }).metadata ?? {};
    // A subresource is created below its object.
    const where = options.subresource
      ? { namespace, name: name ?? '', subresource: options.subresource }
      : { namespace };
    return this.#json('POST', pathOf(type, where) + queryOf(writeParameters(options)), options, jsonBody(object));
  }

  replace<T extends KubeObject>(type: ResourceType, object: KubeObject, options: WriteOptions = {}): Promise<T> {
    const { namespace, name } = object.metadata;
    const path = pathOf(type, { namespace, name, subresource: options.subresource });
    return this.#json('PUT', path + queryOf(writeParameters(options)), options, jsonBody(object));
  }

  patch<T extends KubeObject>(
    type: ResourceType,
    name: ObjectName,
    patch: Patch,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = pathOf(type, { ...name, subresource: options.subresource });
    return this.#json('PATCH', path + queryOf(writeParameters(options)), options, {
      type: patchTypes[patch.type],
      text: JSON.stringify(patch.type === 'json' ? patch.operations : patch.body),
    });
  }

  async delete(type: ResourceType, name: ObjectName, options: DeleteOptions = {}): Promise<void> {
    await this.#json('DELETE', pathOf(type, name), options, jsonBody(deletionBody(options)));
  }

  async deleteCollection(type: ResourceType, selection: Selection, options: DeleteOptions = {}): Promise<void> {
    await this.#json(
      'DELETE',
      pathOf(type, selection) + queryOf(selectionParameters(selection)),
      options,
      jsonBody(deletionBody(options)),
    );
  }

  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>): Watch {
    const path = this.#prefix + pathOf(type, options) + queryOf(watchParameters(options));
    const watch = new HttpWatch<T>(
      {
        request: async () => {
          const credential = await this.#credential();
          const headers = { ...this.#fixedHeaders, ...credential.headers, 'accept-encoding': 'identity' };
          const dispatcher = this.#connections.forWatches(credential);
          return { dispatcher, request: { origin: this.#origin, method: 'GET', path, headers } };
        },
        unauthorized: () => this.#credentials.forget(),
        answered: (code) => this.#options.observe?.('GET', code, 0),
        ended: () => this.#watches.delete(watch as unknown as HttpWatch<KubeObject>),
        clock: this.#clock,
        silenceMs: this.#options.silenceMs ?? 150_000,
      },
      observer,
    );
    this.#watches.add(watch as unknown as HttpWatch<KubeObject>);
    watch.start();
    return watch;
  }

  async raw(path: string, options: CallOptions = {}): Promise<unknown> {
    const answer = await this.#call({ method: 'GET', path: this.#prefix + path }, options);
    return isJson(answer) ? this.#parse(answer) : answer.body;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const watch of this.#watches) watch.stop();
    await this.#connections.close();
  }

  async #json<T>(method: HttpRequest['method'], path: string, options: CallOptions, body?: Body): Promise<T> {
    return this.#parse(await this.#call({ method, path: this.#prefix + path, body }, options)) as T;
  }

  #parse(answer: HttpAnswer): unknown {
    try {
      return deepFreeze(JSON.parse(answer.body));
    } catch (error) {
      throw new ConnectionError(`${this.#origin}: the answer is not JSON (is it an API server?)`, { cause: error });
    }
  }

  /** The answer if it is a success; tries again what the server asks to try again. */
  async #call(call: Call, options: CallOptions): Promise<HttpAnswer> {
    const deadline = this.#clock.monotonic() + this.#deadlineMs;
    const tries = { lost: false, unauthorized: false, later: 0 };
    for (;;) {
      const answer = await this.#try(call, deadline, options.signal, tries);
      if (answer === undefined) continue;
      if (answer.status < 300) return answer;
      if (answer.status === 401 && !tries.unauthorized) {
        tries.unauthorized = true;
        this.#credentials.forget();
        continue;
      }
      const error = apiErrorOf(answer, this.#clock);
      if (error.retryAfterMs === undefined || tries.later++ >= MOST_RETRIES) throw error;
      // A little later than asked, each client by another little.
      const waitMs = jittered(error.retryAfterMs, 0.2, this.#options.random);
      if (this.#clock.monotonic() + waitMs >= deadline) throw error;
      if (!(await sleep(this.#clock, waitMs, options.signal))) throw new AbortError();
    }
  }

  /** One try; undefined when the connection was lost under a read, which is then simply made again. */
  async #try(
    call: Call,
    deadline: number,
    signal: AbortSignal | undefined,
    tries: { lost: boolean },
  ): Promise<HttpAnswer | undefined> {
    const started = this.#clock.monotonic();
    const report = (code: string) => this.#options.observe?.(call.method, code, this.#clock.monotonic() - started);
    try {
      const credential = await this.#credential();
      const request = this.#requestOf(call, credential);
      const answer = await exchange(this.#connections.forCalls(credential), request, {
        clock: this.#clock,
        deadlineMs: Math.max(0, deadline - started),
        allowedMs: this.#deadlineMs,
        signal,
      });
      report(String(answer.status));
      this.#passOnWarnings(answer);
      return answer;
    } catch (error) {
      report('<error>');
      if (call.method !== 'GET' || tries.lost || !isConnectionLost(error)) throw error;
      tries.lost = true;
      return undefined;
    }
  }

  #requestOf({ method, path, body }: Call, credential: Credential): HttpRequest {
    const headers = { ...this.#fixedHeaders, ...credential.headers };
    if (body === undefined) return { origin: this.#origin, method, path, headers };
    return { origin: this.#origin, method, path, headers: { ...headers, 'content-type': body.type }, body: body.text };
  }

  async #credential(): Promise<Credential> {
    if (this.#closing.signal.aborted) throw new ConnectionError(`${this.#origin}: the client is closed`);
    try {
      return await this.#credentials.current();
    } catch (error) {
      throw new ConnectionError(`${this.#origin}: no credentials: ${messageOf(error)}`, { cause: error });
    }
  }

  #passOnWarnings(answer: HttpAnswer): void {
    const header = answer.headers['warning'];
    if (header === undefined || this.#options.warn === undefined) return;
    for (const line of Array.isArray(header) ? header : [header]) {
      for (const match of line.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
        this.#options.warn(match[1]!.replaceAll(/\\(.)/g, '$1'));
      }
    }
  }
}

interface Body {
  readonly type: string;
  readonly text: string;
}

interface Call {
  readonly method: HttpRequest['method'];
  readonly path: string;
  readonly body?: Body | undefined;
}

interface RawList<T> {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items: readonly T[] | null;
}

/** The items of built-in kinds come without apiVersion and kind in a list. */
function withKind<T extends KubeObject>(type: ResourceType, list: RawList<T>): readonly T[] {
  const items = list.items ?? [];
  if (items.length === 0 || items[0]!.kind !== undefined) return items;
  const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
  return Object.freeze(items.map((item) => Object.freeze({ ...item, apiVersion, kind: type.kind })));
}

const jsonBody = (value: object): Body => ({ type: 'application/json', text: JSON.stringify(value) });
const isJson = (answer: HttpAnswer) => String(answer.headers['content-type'] ?? '').startsWith('application/json');

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
