import type { Dispatcher } from 'undici';
import type { KubeObject, Status } from '../api/meta.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { deepFreeze } from '../base/json.ts';
import { apiErrorOf } from './answer.ts';
import { connectionError, type HttpAnswer, type HttpRequest } from './exchange.ts';
import { JsonLines } from './json-lines.ts';
import { ApiError, ConnectionError, type Watch, type WatchEvent, type WatchObserver } from './port.ts';

export interface HttpWatchContext {
  request(): Promise<{ readonly dispatcher: Dispatcher; readonly request: HttpRequest }>;
  unauthorized(): void;
  /** Told once of the code of the answer. */
  answered(code: string): void;
  /** It will not call the observer again. */
  ended(): void;
  readonly clock: Clock;
  /** Without a byte for so long the connection is taken for dead. */
  readonly silenceMs: number;
}

interface RawEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: T | Status;
}

const eventTypes = { ADDED: 'added', MODIFIED: 'modified', DELETED: 'deleted' } as const;

/** One watch stream: a line of JSON per event, handed on once per chunk that arrived. */
export class HttpWatch<T extends KubeObject> implements Watch, Dispatcher.DispatchHandler {
  readonly #context: HttpWatchContext;
  readonly #observer: WatchObserver<T>;
  readonly #lines = new JsonLines<RawEvent<T>>();
  #controller: Dispatcher.DispatchController | undefined;
  #timer: Timer | undefined;
  #origin = '';
  #status = 0;
  #headers: HttpAnswer['headers'] = {};
  /** The body of an answer that is not a stream. */
  #refusal: Buffer[] = [];
  #lastByteAt = 0;
  #ended = false;

  constructor(context: HttpWatchContext, observer: WatchObserver<T>) {
    this.#context = context;
    this.#observer = observer;
  }

  start(): void {
    this.#lastByteAt = this.#context.clock.monotonic();
    this.#listen();
    this.#context
      .request()
      .then(({ dispatcher, request }) => {
        this.#origin = request.origin;
        if (!this.#ended) dispatcher.dispatch(request, this);
      })
      .catch((error: unknown) => this.#end(error instanceof ConnectionError ? error : connectionError('', error)));
  }

  stop(): void {
    if (this.#release()) this.#controller?.abort(new Error('the watch was stopped'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#ended) controller.abort(new Error('the watch was stopped'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpAnswer['headers']): void {
    this.#status = status;
    this.#headers = headers;
    this.#lastByteAt = this.#context.clock.monotonic();
    this.#context.answered(String(status));
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#lastByteAt = this.#context.clock.monotonic();
    if (this.#status !== 200) {
      this.#refusal.push(chunk);
      return;
    }
    let events: RawEvent<T>[];
    try {
      events = this.#lines.push(chunk);
    } catch (error) {
      this.#end(new ConnectionError(`${this.#origin}: the watch sent something that is not JSON`, { cause: error }));
      return;
    }
    this.#handOn(events);
  }

  onResponseEnd(): void {
    if (this.#status !== 200) {
      if (this.#status === 401) this.#context.unauthorized();
      const body = Buffer.concat(this.#refusal).toString('utf8');
      this.#end(apiErrorOf({ status: this.#status, headers: this.#headers, body }, this.#context.clock));
    } else if (this.#lines.isMidLine) {
      this.#end(new ConnectionError(`${this.#origin}: the watch ended in the middle of an event`));
    } else this.#end();
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    if (this.#status === 0 && !this.#ended) this.#context.answered('<error>');
    this.#end(connectionError(this.#origin, error));
  }

  #handOn(raw: readonly RawEvent<T>[]): void {
    const batch: WatchEvent<T>[] = [];
    let failure: Status | undefined;
    for (const { type, object } of raw) {
      if (type === 'ERROR') {
        failure = object as Status;
        break;
      }
      const { metadata } = object as T;
      if (type === 'BOOKMARK') {
        const synced = metadata.annotations?.['k8s.io/initial-events-end'] === 'true';
        batch.push({ type: 'bookmark', resourceVersion: metadata.resourceVersion, synced });
      } else batch.push({ type: eventTypes[type], object: deepFreeze(object as T) });
    }
    if (batch.length > 0) this.#observer.events(batch);
    if (failure !== undefined) this.#end(new ApiError(failure));
  }

  /** Looks once per limit whether anything came, instead of setting a timer anew for each chunk. */
  #listen(): void {
    const { clock, silenceMs } = this.#context;
    const left = this.#lastByteAt + silenceMs - clock.monotonic();
    if (left > 0) this.#timer = clock.after(left, () => this.#listen());
    else this.#end(new ConnectionError(`${this.#origin}: the watch was silent for ${silenceMs / 1000} s`));
  }

  #end(error?: ApiError | ConnectionError): void {
    if (!this.#release()) return;
    this.#controller?.abort(new Error('the watch has ended'));
    this.#observer.closed(error);
  }

  #release(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#timer?.cancel();
    this.#context.ended();
    return true;
  }
}
