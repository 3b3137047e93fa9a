/** What lies between the API server and its clients: connections that break when the server dies. */
import type { KubeObject, ResourceType } from '../api/meta.ts';
import type { ApiServer } from '../apiserver/server.ts';
import type { Clock } from '../base/clock.ts';
import { DirectClient } from '../client/direct.ts';
import {
  AbortError,
  type Client,
  ConnectionError,
  type ObjectName,
  type Patch,
  type PatchOptions,
  type Watch,
  type WatchEvent,
  type WatchObserver,
  type WatchOptions,
} from '../client/port.ts';
import type { BatchMisfortune, Caller, Chaos, Misfortune } from './chaos.ts';
import { type Incarnation, never } from './incarnation.ts';

/** A change that a program asks the API server for. */
export interface ApiWrite {
  readonly caller: Caller;
  readonly verb: 'create' | 'replace' | 'patch' | 'delete' | 'deletecollection';
  readonly type: ResourceType;
  readonly name: Partial<ObjectName>;
  readonly subresource: string | undefined;
  /** The object, or the Patch; undefined of deletions. */
  readonly body: object | undefined;
}

export interface LinkOptions {
  readonly clock: Clock;
  readonly chaos?: Chaos | undefined;
  readonly wrote?: ((write: ApiWrite) => void) | undefined;
  /** A caller is to die, and to stay away for so long. */
  readonly crash: (caller: Caller, downMs: number | undefined) => void;
}

/** The way to the API server, whichever life of it serves at the moment. */
export class ApiLink {
  readonly options: LinkOptions;
  readonly #calls = new Set<(error: ConnectionError) => void>();
  readonly #watches = new Set<LinkedWatch>();
  #server: ApiServer | undefined;
  #open = 0;

  constructor(options: LinkOptions) {
    this.options = options;
  }

  get server(): ApiServer | undefined {
    return this.#server;
  }

  /** Calls that are being carried out: time must not move while there are any. */
  get open(): number {
    return this.#open;
  }

  connect(server: ApiServer): void {
    this.#server = server;
  }

  /** The server is no more: whoever waits for an answer is told that none will come. */
  disconnect(): void {
    this.#server = undefined;
    const error = new ConnectionError('connection reset by peer');
    for (const reject of [...this.#calls]) reject(error);
    for (const watch of [...this.#watches]) watch.breakOff(error);
  }

  /** Carries a call out at the server that is there now. */
  carry<T>(run: (server: ApiServer) => Promise<T>): Promise<T> {
    const server = this.#server;
    if (server === undefined) return Promise.reject(new ConnectionError('connect ECONNREFUSED'));
    return new Promise<T>((resolve, reject) => {
      const lost = (error: ConnectionError) => end(() => reject(error));
      const end = (settle: () => void) => {
        if (!this.#calls.delete(lost)) return;
        this.#open--;
        settle();
      };
      this.#calls.add(lost);
      this.#open++;
      run(server).then(
        (value) => end(() => resolve(value)),
        (error: unknown) => end(() => reject(error)),
      );
    });
  }

  watching(watch: LinkedWatch): void {
    this.#watches.add(watch);
  }

  watched(watch: LinkedWatch): void {
    this.#watches.delete(watch);
  }
}

/** A program's client: it lives as long as the program, and finds the server again when that was restarted. */
export class LinkedClient implements Client {
  readonly #link: ApiLink;
  /** Undefined for the user, who does not die. */
  readonly #life: Incarnation | undefined;
  readonly #caller: Caller;
  #direct: { readonly server: ApiServer; readonly client: DirectClient } | undefined;
  #isClosed = false;

  constructor(link: ApiLink, life: Incarnation | undefined) {
    this.#link = link;
    this.#life = life;
    this.#caller = life?.program ?? 'user';
  }

  get<T extends KubeObject>(type: ResourceType, name: ObjectName, options?: Parameters<Client['get']>[2]): Promise<T> {
    return this.#call('get', type, name, (client) => client.get<T>(type, name, options));
  }

  list<T extends KubeObject>(type: ResourceType, options: Parameters<Client['list']>[1] = {}) {
    return this.#call('list', type, { namespace: options.namespace, name: '' }, (client) =>
      client.list<T>(type, options),
    );
  }

  create<T extends KubeObject>(type: ResourceType, object: object, options?: Parameters<Client['create']>[2]) {
    const { metadata } = object as { metadata: ObjectName };
    this.#note('create', type, metadata, object, options);
    return this.#call('create', type, metadata, (client) => client.create<T>(type, object, options));
  }

  replace<T extends KubeObject>(type: ResourceType, object: KubeObject, options?: Parameters<Client['replace']>[2]) {
    this.#note('replace', type, object.metadata, object, options);
    return this.#call('replace', type, object.metadata, (client) => client.replace<T>(type, object, options));
  }

  patch<T extends KubeObject>(type: ResourceType, name: ObjectName, patch: Patch, options?: PatchOptions): Promise<T> {
    this.#note('patch', type, name, patch, options);
    return this.#call('patch', type, name, (client) => client.patch<T>(type, name, patch, options), options);
  }

  delete(type: ResourceType, name: ObjectName, options?: Parameters<Client['delete']>[2]): Promise<void> {
    this.#note('delete', type, name, undefined);
    return this.#call('delete', type, name, (client) => client.delete(type, name, options));
  }

  deleteCollection(...[type, selection, options]: Parameters<Client['deleteCollection']>): Promise<void> {
    const about = { namespace: selection.namespace, name: '' };
    this.#note('deletecollection', type, about, undefined);
    return this.#call('deletecollection', type, about, (client) => client.deleteCollection(type, selection, options));
  }

  raw(path: string, options?: Parameters<Client['raw']>[1]): Promise<unknown> {
    return this.#call('raw', undefined, { name: path }, (client) => client.raw(path, options));
  }

  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions, observer: WatchObserver<T>): Watch {
    const open = (server: ApiServer, inner: WatchObserver<KubeObject>) =>
      this.#clientOf(server).watch<KubeObject>(type, options, inner);
    return new LinkedWatch(this.#link, this.#life, {
      what: type.plural,
      open,
      observer: observer as WatchObserver<KubeObject>,
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#direct?.client.close();
  }

  #note(
    verb: ApiWrite['verb'],
    type: ResourceType,
    name: Partial<ObjectName>,
    body: object | undefined,
    options?: { readonly subresource?: string | undefined; readonly dryRun?: boolean | undefined },
  ): void {
    if (this.#life?.isDead || options?.dryRun === true) return;
    this.#link.options.wrote?.({ caller: this.#caller, verb, type, name, subresource: options?.subresource, body });
  }

  #clientOf(server: ApiServer): DirectClient {
    if (this.#direct?.server !== server) {
      void this.#direct?.client.close();
      this.#direct = { server, client: new DirectClient({ server, name: this.#caller }) };
    }
    return this.#direct.client;
  }

  async #call<T>(
    verb: string,
    type: ResourceType | undefined,
    name: Partial<ObjectName>,
    run: (client: Client) => Promise<T>,
    { subresource, signal }: { readonly subresource?: string; readonly signal?: AbortSignal } = {},
  ): Promise<T> {
    if (this.#life?.isDead) return never();
    if (this.#isClosed) throw new ConnectionError('the client is closed');
    if (signal?.aborted) throw new AbortError();
    const { chaos } = this.#link.options;
    const plain = () => this.#link.carry((server) => run(this.#clientOf(server)));
    let misfortune: Misfortune | undefined;
    if (chaos !== undefined) {
      const resource = [type?.plural, subresource].filter(Boolean).join('/');
      const about = `${resource} ${name.namespace ?? ''}/${name.name ?? ''}`;
      misfortune = chaos.onCall({ caller: this.#caller, port: 'Client', verb, about });
    }
    const outcome = misfortune === undefined ? plain() : this.#suffer(misfortune, plain);
    if (this.#life === undefined) return outcome;
    return whileAlive(outcome, this.#life);
  }

  async #suffer<T>({ before, after, delayMs, downMs }: Misfortune, run: () => Promise<T>): Promise<T> {
    const { clock, crash } = this.#link.options;
    if (delayMs !== undefined) await new Promise<void>((resolve) => clock.after(delayMs, resolve));
    if (this.#life?.isDead) return never();
    if (before === 'crash') crash(this.#caller, downMs);
    if (before === 'fail') throw new ConnectionError('connection reset by peer');
    if (this.#life?.isDead) return never();
    // What the answer was is lost with the connection, also where it was a refusal.
    const answer = await (after === undefined ? run() : run().catch(() => undefined as T));
    if (after === 'crash') crash(this.#caller, downMs);
    if (after === 'fail') throw new ConnectionError('connection reset by peer');
    return answer;
  }
}

/** The answer, unless whoever waits for it has died. */
export function whileAlive<T>(answer: Promise<T>, life: Incarnation): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    answer.then(
      (value) => {
        if (!life.isDead) resolve(value);
      },
      (error: unknown) => {
        if (!life.isDead) reject(error);
      },
    );
  });
}

interface Asked {
  readonly what: string;
  readonly open: (server: ApiServer, observer: WatchObserver<KubeObject>) => Watch;
  readonly observer: WatchObserver<KubeObject>;
}

class LinkedWatch implements Watch {
  readonly #link: ApiLink;
  readonly #life: Incarnation | undefined;
  readonly #asked: Asked;
  #inner: Watch | undefined;
  #isOver = false;
  /** What was told so far arrives not before this, as `monotonic` counts. */
  #last = 0;

  constructor(link: ApiLink, life: Incarnation | undefined, asked: Asked) {
    this.#link = link;
    this.#life = life;
    this.#asked = asked;
    const { server } = link;
    link.watching(this);
    if (server === undefined) this.breakOff(new ConnectionError('connect ECONNREFUSED'));
    else {
      const inner = asked.open(server, {
        events: (batch) => this.#receive(batch),
        closed: (error) => this.#later(() => this.#end(error)),
      });
      this.#inner = inner;
    }
  }

  /** The connection is no more. */
  breakOff(error: ConnectionError): void {
    this.#inner?.stop();
    this.#later(() => this.#end(error));
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#link.watched(this);
    this.#inner?.stop();
  }

  #receive(batch: readonly WatchEvent<KubeObject>[]): void {
    if (this.#isOver || this.#life?.isDead) return;
    const { chaos } = this.#link.options;
    const misfortune = chaos?.onBatch(this.#life?.program ?? 'user', this.#asked.what);
    if (misfortune === undefined && this.#last === 0) this.#asked.observer.events(batch);
    else this.#suffer(misfortune ?? {}, batch);
  }

  #suffer({ breaks, dropped, doubled, delayMs }: BatchMisfortune, batch: readonly WatchEvent<KubeObject>[]): void {
    const tell = () => {
      if (!this.#isOver && !this.#life?.isDead) this.#asked.observer.events(batch);
    };
    if (dropped !== true) this.#later(tell, delayMs);
    if (doubled) this.#later(tell, delayMs);
    if (breaks || dropped) this.breakOff(new ConnectionError('connection reset by peer'));
  }

  /** In its turn, after all that came before it. */
  #later(run: () => void, delayMs = 0): void {
    const { clock } = this.#link.options;
    this.#last = Math.max(this.#last, clock.monotonic() + delayMs);
    clock.after(this.#last - clock.monotonic(), run);
  }

  #end(error: Parameters<WatchObserver<KubeObject>['closed']>[0]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#link.watched(this);
    if (!this.#life?.isDead) this.#asked.observer.closed(error);
  }
}
