import { createHash, timingSafeEqual } from 'node:crypto';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock, Timer } from '../../base/clock.ts';
import { messageOf, OrreryError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { type Backend, BackendError, type HostName } from '../backend.ts';
import type { Recorder } from '../host/recording.ts';
import { checkObject } from '../validation.ts';
import { answer, refuse } from './answers.ts';
import { serveRecording } from './recording-stream.ts';
import { LineCache, ReportStream } from './report-stream.ts';
import {
  type Act,
  actArguments,
  HEALTH,
  isAct,
  LARGEST_BODY,
  METRICS,
  OBSERVE,
  RECORD,
  ROUTE,
  STREAM_HEARTBEAT_MS,
  STREAM_SILENCE_MS,
} from './wire.ts';

export interface BackendServerOptions {
  readonly backend: Backend;
  /** What callers have to know. */
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is served at /metrics, to everyone; left out: nothing. */
  readonly metrics?: () => Promise<{ readonly type: string; readonly text: string }>;
  /** What is served at /v1/record; left out: nothing. */
  readonly record?: (host: HostName, ms: number, recorder: Recorder) => Promise<() => void>;
}

/** A port behind HTTP. */
export class BackendServer {
  readonly #options: BackendServerOptions;
  readonly #digest: Buffer;
  readonly #server: http.Server;
  readonly #lines = new LineCache();

  constructor(options: BackendServerOptions) {
    this.#options = options;
    this.#digest = digestOf(options.token);
    this.#server = http.createServer(
      { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 75_000, maxHeaderSize: 16 * 1024 },
      (request, response) => this.#serve(request, response),
    );
    this.#server.maxConnections = 1024;
  }

  /** Resolves to the port when it listens; 0 takes a free one. Rejects with `PORT_IN_USE`. */
  listen(address: string, port: number): Promise<number> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException) => {
        server.removeListener('listening', listening);
        const isTaken = error.code === 'EADDRINUSE';
        reject(isTaken ? new OrreryError('PORT_IN_USE', { port, address }, { cause: error }) : error);
      };
      const listening = () => {
        server.removeListener('error', failed);
        resolve((server.address() as AddressInfo).port);
      };
      server.once('error', failed);
      server.once('listening', listening);
      server.listen(port, address);
    });
  }

  /** Ends every connection. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    if (path === HEALTH) {
      answer(response, 200, 'ok');
      return;
    }
    if (path === METRICS && request.method === 'GET' && this.#options.metrics !== undefined) {
      this.#expose(this.#options.metrics, response);
      return;
    }
    if (!this.#isKnown(request.headers.authorization)) {
      refuse(response, new BackendError('Unauthorized', 'the token is missing or wrong'));
      request.resume();
    } else if (path === OBSERVE && request.method === 'GET') this.#observe(response);
    else if (path.startsWith(`${RECORD}?`) && request.method === 'GET')
      serveRecording(this.#options.record, path, response);
    else if (path.startsWith(ROUTE) && request.method === 'POST')
      this.#act(path.slice(ROUTE.length), request, response);
    else refuse(response, new BackendError('Invalid', `nothing is served at ${request.method} ${path.slice(0, 100)}`));
  }

  #expose(metrics: NonNullable<BackendServerOptions['metrics']>, response: ServerResponse): void {
    metrics().then(
      ({ type, text }) => {
        if (response.destroyed) return;
        response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(text) });
        response.end(text);
      },
      (error: unknown) => {
        this.#options.logger.error({ cause: messageOf(error) }, 'cannot tell metrics');
        refuse(response, new BackendError('Unreachable', messageOf(error)));
      },
    );
  }

  /** In a time that says nothing about how much of the token was right. */
  #isKnown(header: string | undefined): boolean {
    const token = header?.startsWith('Bearer ') ? header.slice('Bearer '.length) : '';
    return timingSafeEqual(digestOf(token), this.#digest);
  }

  #act(name: string, request: IncomingMessage, response: ServerResponse): void {
    if (!isAct(name)) {
      refuse(response, new BackendError('Invalid', `there is no act ${name.slice(0, 100)}`));
      request.resume();
      return;
    }
    readBody(request)
      .then((body) => this.#call(name, body))
      .then((result) => answer(response, 200, JSON.stringify(result ?? null)))
      .catch((error: unknown) => {
        if (!(error instanceof BackendError)) {
          this.#options.logger.error({ act: name, cause: messageOf(error) }, 'an act failed unexpectedly');
        }
        refuse(response, error instanceof BackendError ? error : new BackendError('Unreachable', messageOf(error)));
      });
  }

  #call(name: Act, body: string): Promise<unknown> {
    let parsed: unknown;
    try {
      parsed = JSON.parse(body);
    } catch (error) {
      throw new BackendError('Invalid', `the body is no JSON: ${messageOf(error)}`);
    }
    const values = checkObject('body', parsed);
    const { backend } = this.#options;
    const method = backend[name] as (...values: unknown[]) => Promise<unknown>;
    return method.apply(
      backend,
      actArguments[name].map((argument) => values[argument]),
    );
  }

  #observe(response: ServerResponse): void {
    const { backend, clock } = this.#options;
    response.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
    response.flushHeaders();
    const stream = new ReportStream(response, this.#lines);
    const observation = backend.observe({
      reports: (batch) => {
        if (!stream.send(batch)) response.destroy();
      },
      closed: () => response.end(),
    });
    let timer: Timer | undefined;
    let written = clock.monotonic();
    response.on('drain', () => {
      written = clock.monotonic();
    });
    const beat = () => {
      // A reader that takes nothing for so long is gone.
      if (!response.writableNeedDrain) written = clock.monotonic();
      if (clock.monotonic() - written > STREAM_SILENCE_MS) response.destroy();
      stream.beat();
      timer = clock.after(STREAM_HEARTBEAT_MS, beat);
    };
    timer = clock.after(STREAM_HEARTBEAT_MS, beat);
    response.on('close', () => {
      timer?.cancel();
      observation.stop();
    });
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= LARGEST_BODY) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size <= LARGEST_BODY) resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(new BackendError('Invalid', `the body has ${size} bytes, more than ${LARGEST_BODY}`));
    });
    request.on('error', reject);
  });
}
