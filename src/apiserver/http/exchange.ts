/** One request and its answer, the same for HTTP/1.1 and HTTP/2. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { tooLarge } from '../registry/errors.ts';

/** A body may not be longer, as with the real server. */
export const MAX_BODY_BYTES = 3 * 1024 * 1024;

/** The client went before its request was complete: there is nobody to answer. */
export class ClientGone extends Error {}

export type Headers = Record<string, string | number | readonly string[]>;

export type Content = string | Buffer | readonly Buffer[];

export const lengthOf = (content: Content): number =>
  typeof content === 'string' || Buffer.isBuffer(content)
    ? Buffer.byteLength(content)
    : content.reduce((sum, { length }) => sum + length, 0);

/** Writes all parts but the last, which is returned. */
function writeParts(stream: NodeJS.WritableStream, content: Content): string | Buffer {
  if (typeof content === 'string' || Buffer.isBuffer(content)) return content;
  for (const part of content.slice(0, -1)) stream.write(part);
  return content.at(-1) ?? '';
}

export interface Exchange {
  readonly method: string;
  /** Path and query as they came. */
  readonly url: string;
  header(name: string): string | undefined;
  /** Every header with all its values; names in lower case. */
  headers(): Readonly<Record<string, readonly string[]>>;
  /** Headers that the answer will have, whatever it is; they add to what was given before. */
  also(headers: Headers): void;
  /** Reads the body, up to the limit; rejects with StatusError 413 beyond it, and when the client goes. */
  body(): Promise<Buffer>;
  /** Sends the whole answer; where it comes in parts, those behind are made ready while those before travel. */
  send(code: number, headers: Headers, body: Content): void;
  /** Begins an answer of unknown length. */
  begin(code: number, headers: Headers): void;
  write(chunk: Buffer): void;
  /** Bytes that were written and have not left yet. */
  readonly pending: number;
  /** Resolves when what was written has left, or the client has gone. */
  drained(): Promise<void>;
  end(): void;
  /** Ends the connection (HTTP/1.1) or the stream (HTTP/2) at once. */
  destroy(): void;
  /** Called once when the client has gone or the answer is complete. */
  onClose(listener: () => void): void;
}

function readBody(source: NodeJS.ReadableStream, length: string | undefined): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(tooLarge(`limit is ${MAX_BODY_BYTES}`));
    if (Number(length) > MAX_BODY_BYTES) {
      source.resume();
      refuse();
      return;
    }
    let first: Buffer | undefined;
    let chunks: Buffer[] | undefined;
    let size = 0;
    source.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) {
        first = undefined;
        chunks = undefined;
        refuse();
      } else if (first === undefined) first = chunk;
      else {
        chunks ??= [first];
        chunks.push(chunk);
      }
    });
    let isWhole = false;
    source.on('end', () => {
      isWhole = true;
      resolve(chunks === undefined ? (first ?? Buffer.alloc(0)) : Buffer.concat(chunks));
    });
    // Every request closes in the end: an error, with its stack, only for one that has not come whole.
    const gone = () => {
      if (!isWhole) reject(new ClientGone());
    };
    source.on('error', gone);
    source.on('close', gone);
  });
}

/** What was written to a client and has not left yet, in writes. */
class Outflow {
  #writes = 0;
  #waiting: (() => void)[] = [];
  /** To be called when a write has left. */
  readonly left = (): void => {
    if (--this.#writes === 0) this.release();
  };

  /** Something is written; `left` follows. */
  written(): void {
    this.#writes++;
  }

  /** Resolves when everything has left, or the client. */
  empty(): Promise<void> {
    return this.#writes === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Nobody has to wait any more. */
  readonly release = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  };
}

/** HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #outflow = new Outflow();
  #also: Headers = {};

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
  }

  get method(): string {
    return this.#request.method ?? 'GET';
  }

  get url(): string {
    return this.#request.url ?? '/';
  }

  get pending(): number {
    return this.#response.writableLength;
  }

  drained(): Promise<void> {
    this.#response.once('close', this.#outflow.release);
    return this.#response.closed ? Promise.resolve() : this.#outflow.empty();
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  headers(): Readonly<Record<string, readonly string[]>> {
    return this.#request.headersDistinct as Record<string, string[]>;
  }

  also(headers: Headers): void {
    this.#also = { ...this.#also, ...headers };
  }

  body(): Promise<Buffer> {
    return readBody(this.#request, this.header('content-length'));
  }

  send(code: number, headers: Headers, body: Content): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    this.#response.writeHead(code, { ...this.#also, ...headers, 'Content-Length': lengthOf(body) } as never);
    const last = writeParts(this.#response, body);
    // Node writes the headers with a text as its body in UTF-8, and their bytes would be taken for characters.
    this.#response.end(headers['Warning'] === undefined ? last : Buffer.from(last));
    // A body that was not read would stand in the way of the next request.
    if (!this.#request.complete) this.#request.resume();
  }

  begin(code: number, headers: Headers): void {
    this.#response.writeHead(code, { ...this.#also, ...headers, 'Transfer-Encoding': 'chunked' } as never);
    this.#response.flushHeaders();
  }

  write(chunk: Buffer): void {
    if (this.#response.destroyed) return;
    this.#outflow.written();
    this.#response.write(chunk, this.#outflow.left);
  }

  end(): void {
    this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onClose(listener: () => void): void {
    if (this.#response.closed) listener();
    else this.#response.once('close', listener);
  }
}

/** HTTP/2, on the stream itself: the compatibility layer costs as much as the rest of a request. */
export class Http2Exchange implements Exchange {
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #outflow = new Outflow();
  #also: Headers = {};

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.#headers = headers;
    stream.on('error', () => {});
  }

  get method(): string {
    return this.#headers[constants.HTTP2_HEADER_METHOD] as string;
  }

  get url(): string {
    return this.#headers[constants.HTTP2_HEADER_PATH] as string;
  }

  get pending(): number {
    return this.#stream.writableLength;
  }

  drained(): Promise<void> {
    this.#stream.once('close', this.#outflow.release);
    return this.#stream.closed ? Promise.resolve() : this.#outflow.empty();
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  headers(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      Object.entries(this.#headers).map(([name, value = []]) => [name, Array.isArray(value) ? value : [value]]),
    );
  }

  also(headers: Headers): void {
    this.#also = { ...this.#also, ...headers };
  }

  body(): Promise<Buffer> {
    return readBody(this.#stream, this.header('content-length'));
  }

  send(code: number, headers: Headers, body: Content): void {
    if (this.#stream.destroyed || this.#stream.headersSent) return;
    this.#stream.respond({
      ':status': code,
      ...this.#also,
      ...headers,
      'content-length': lengthOf(body),
    } as never);
    this.#stream.end(writeParts(this.#stream, body));
    // What is still to come of a request that has its answer is not waited for.
    if (!this.#stream.readableEnded && !this.#stream.endAfterHeaders) {
      this.#stream.once('finish', () => this.#stream.close(constants.NGHTTP2_NO_ERROR));
    }
  }

  begin(code: number, headers: Headers): void {
    if (this.#stream.destroyed) return;
    this.#stream.respond({ ':status': code, ...this.#also, ...headers } as never);
  }

  write(chunk: Buffer): void {
    if (this.#stream.destroyed) return;
    this.#outflow.written();
    this.#stream.write(chunk, this.#outflow.left);
  }

  end(): void {
    this.#stream.end();
  }

  destroy(): void {
    this.#stream.close(constants.NGHTTP2_CANCEL);
  }

  onClose(listener: () => void): void {
    if (this.#stream.closed) listener();
    else this.#stream.once('close', listener);
  }
}
