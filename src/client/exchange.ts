/** One HTTP request and its answer. */
import { gunzipSync } from 'node:zlib';
import type { Dispatcher } from 'undici';
import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Headers } from './credentials.ts';
import { AbortError, ConnectionError } from './port.ts';

export interface HttpRequest {
  readonly origin: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers: Headers;
  readonly body?: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ExchangeOptions {
  readonly clock: Clock;
  /** From now. */
  readonly deadlineMs: number;
  /** What the caller allowed in all, for the message. */
  readonly allowedMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Rejects with ConnectionError when there is no whole answer by the deadline, AbortError when the signal aborts. */
export function exchange(dispatcher: Dispatcher, request: HttpRequest, options: ExchangeOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) reject(new AbortError());
    else dispatcher.dispatch(request, new Exchange(request, options, resolve, reject));
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  readonly #timer: Timer;
  readonly #abort: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: HttpAnswer['headers'] = {};
  /** What the caller has been told already; the rest of the answer is of no interest then. */
  #failure: Error | undefined;

  constructor(
    request: HttpRequest,
    { clock, deadlineMs, allowedMs, signal }: ExchangeOptions,
    resolve: (answer: HttpAnswer) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = clock.after(deadlineMs, () => {
      this.#fail(new ConnectionError(`${request.origin}: no answer to ${request.method} within ${allowedMs / 1000} s`));
    });
    if (signal !== undefined) {
      this.#abort = () => this.#fail(new AbortError());
      signal.addEventListener('abort', this.#abort, { once: true });
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // A request that was given up while it waited for a connection is not sent.
    if (this.#failure !== undefined) controller.abort(this.#failure);
    else this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: HttpAnswer['headers']): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#release();
    try {
      const whole = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const body = this.#headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
      this.#resolve({ status: this.#status, headers: this.#headers, body: body.toString('utf8') });
    } catch (error) {
      this.#reject(connectionError(this.#request.origin, error));
    }
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#release();
    this.#reject(this.#failure ?? connectionError(this.#request.origin, error));
  }

  #fail(error: Error): void {
    this.#failure = error;
    this.#release();
    this.#reject(error);
    this.#controller?.abort(error);
  }

  #release(): void {
    this.#timer.cancel();
    if (this.#abort !== undefined) this.#signal?.removeEventListener('abort', this.#abort);
  }
}

/** One line that a person can act on, of whatever the network said. */
export function connectionError(origin: string, error: unknown): ConnectionError {
  const { code } = (error ?? {}) as { code?: string };
  const known = code === undefined ? undefined : explanations[code];
  return new ConnectionError(`${origin}: ${known ?? (messageOf(error) || code)}`, { cause: error });
}

/** The server went away between two requests on one connection, before it answered the second. */
export function isConnectionLost(error: unknown): boolean {
  const code = ((error as ConnectionError | undefined)?.cause as { code?: string } | undefined)?.code;
  return code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE';
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within 10 s',
  UND_ERR_SOCKET: 'the server closed the connection',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS (is the scheme http?)',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS (is the scheme http?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the certificate-authority of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the certificate-authority of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the certificate-authority of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the certificate-authority of the kubeconfig',
  CERT_HAS_EXPIRED: 'its certificate has expired',
};
