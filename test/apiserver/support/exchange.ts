import { Discovery } from '../../../src/apiserver/discovery/documents.ts';
import { Tokens } from '../../../src/apiserver/http/authentication.ts';
import { documents } from '../../../src/apiserver/http/documents.ts';
import type { Content, Exchange, Headers } from '../../../src/apiserver/http/exchange.ts';
import { Handler } from '../../../src/apiserver/http/handler.ts';
import { silentLogger } from '../../../src/base/logger.ts';
// Loaded here already: loading it takes real time, in which virtual time would pass.
import '../../../src/apiserver/http/yaml.ts';
import { admin, type TestServer } from './in-memory.ts';

export interface Asked {
  readonly method?: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** A request without a network, and what is answered. */
export class MemoryExchange implements Exchange {
  readonly method: string;
  readonly url: string;
  /** Set by tests: bytes that the client has not taken yet. */
  pending = 0;
  /** Set by tests: settles when the client has taken them. */
  taken: Promise<void> = Promise.resolve();
  code = 0;
  sent: Headers = {};
  readonly chunks: Buffer[] = [];
  readonly ended: Promise<void>;
  destroyed = false;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #body: Buffer;
  #also: Headers = {};
  #end: () => void = () => {};
  #closed: () => void = () => {};

  constructor({ method = 'GET', url, headers = {}, body = '' }: Asked) {
    this.method = method;
    this.url = url;
    this.#headers = headers;
    this.#body = Buffer.from(body);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('utf8');
  }

  /** One of the headers that were sent, whatever the case of its name. */
  answered(name: string): string | undefined {
    const found = Object.entries(this.sent).find(([key]) => key.toLowerCase() === name);
    return found === undefined ? undefined : String(found[1]);
  }

  header(name: string): string | undefined {
    return this.#headers[name];
  }

  headers(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(Object.entries(this.#headers).map(([name, value]) => [name, [value]]));
  }

  also(headers: Headers): void {
    this.#also = { ...this.#also, ...headers };
  }

  body(): Promise<Buffer> {
    return Promise.resolve(this.#body);
  }

  send(code: number, headers: Headers, body: Content): void {
    this.begin(code, headers);
    this.chunks.push(typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.concat(body));
    this.end();
  }

  begin(code: number, headers: Headers): void {
    this.code = code;
    this.sent = { ...this.#also, ...headers };
  }

  write(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
  }

  drained(): Promise<void> {
    return this.taken;
  }

  end(): void {
    this.#end();
    this.#closed();
  }

  destroy(): void {
    this.destroyed = true;
    this.#end();
    this.#closed();
  }

  onClose(listener: () => void): void {
    this.#closed = listener;
  }
}

/** The handler of HTTP requests on a server in memory, on its virtual clock. */
export class MemoryHttp {
  readonly #server: TestServer;
  readonly #handler: Handler;

  constructor(server: TestServer) {
    this.#server = server;
    const apiServer = server.server;
    this.#handler = new Handler({
      apiServer,
      clock: server.clock,
      logger: silentLogger,
      tokens: testTokens(),
      discovery: new Discovery(apiServer.catalog, '127.0.0.1:6443'),
      documents: documents(apiServer),
      checks: [{ name: 'ping', ok: () => true }],
    });
  }

  /** Asks, and moves the clock until the answer is complete. */
  async ask(asked: Asked): Promise<MemoryExchange> {
    const exchange = this.open(asked);
    await this.#server.settle(exchange.ended);
    return exchange;
  }

  /** Asks for an answer that goes on. */
  open(asked: Asked): MemoryExchange {
    const headers = { authorization: 'Bearer devtoken', ...asked.headers };
    const exchange = new MemoryExchange({ ...asked, headers });
    void this.#handler.handle(exchange);
    return exchange;
  }
}

/** Two who may come in: an administrator, and somebody without rights. */
export function testTokens(): Tokens {
  return new Tokens([
    ['devtoken', { ...admin, uid: 'admin', groups: ['system:masters'] }],
    ['nobody', { name: 'nobody', groups: [] }],
  ]);
}
