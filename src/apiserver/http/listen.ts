/**
 * The API server over HTTP/1.1 and HTTP/2 with TLS.
 *
 *     const http = await startHttp({ apiServer, clock, logger, host, port, certificate, tokens });
 *     http.port; await http.close();
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import type { Clock } from '../../base/clock.ts';
import { OrreryError } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Discovery } from '../discovery/documents.ts';
import type { ApiServer } from '../server.ts';
import { Tokens } from './authentication.ts';
import { Connections } from './connections.ts';
import { documents } from './documents.ts';
import { Http1Exchange, Http2Exchange } from './exchange.ts';
import { Handler } from './handler.ts';
import { type HealthCheck, healthChecks } from './health.ts';

export interface HttpOptions {
  readonly apiServer: ApiServer;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The address to listen on; 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** 0 for any free port. */
  readonly port: number;
  /** The server's certificate and key, in PEM. */
  readonly certificate: { readonly cert: string; readonly key: string };
  /** Who may come in. */
  readonly tokens: Tokens;
  readonly checks?: readonly HealthCheck[];
  /** Shorter ones are for tests. */
  readonly patience?: Partial<Patience>;
}

/** How long the server waits for a client, in milliseconds. */
export interface Patience {
  /** For the TLS handshake. */
  readonly handshakeMs: number;
  /** For the headers of a request. */
  readonly headersMs: number;
  /** For all of a request, its body included. */
  readonly requestMs: number;
  /** For the next request on a connection that has none under way. */
  readonly idleMs: number;
}

/**
 * kubernetes, apiserver, pkg/server/secure_serving.go: 32 s for headers, 90 s for idle connections;
 * pkg/server/config.go: 60 s for a request. Go's TLS handshakes are given up after 10 s.
 */
const PATIENCE: Patience = { handshakeMs: 10_000, headersMs: 32_000, requestMs: 60_000, idleMs: 90_000 };

export interface HttpServer {
  readonly host: string;
  readonly port: number;
  /** Ends watches and connections; requests that are being answered get a moment to finish. */
  close(): Promise<void>;
}

/** As Go's net/http: the request line and headers together. */
const MAX_HEADER_BYTES = 1024 * 1024;
/** Go adds room for ten fields when it tells HTTP/2 clients. */
const MAX_HEADER_LIST_BYTES = MAX_HEADER_BYTES + 10 * 32;
/** As Go's server. */
const MAX_FRAME_BYTES = 1024 * 1024;
/** Bodies of 3 MiB on several streams at once; Node's own limit of 10 MB refuses streams beyond it. */
const MAX_SESSION_MB = 64;

/** Listens. Rejects with OrreryError PORT_IN_USE. */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { apiServer, clock, logger, host = '127.0.0.1', certificate } = options;
  const patience = { ...PATIENCE, ...options.patience };
  const http1 = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: patience.headersMs,
    requestTimeout: patience.requestMs,
    keepAliveTimeout: patience.idleMs,
    connectionsCheckingInterval: Math.min(5000, patience.headersMs),
  };
  const server = http2.createSecureServer({
    cert: certificate.cert,
    key: certificate.key,
    minVersion: 'TLSv1.2',
    allowHTTP1: true,
    ...http1,
    http1Options: http1,
    settings: { maxConcurrentStreams: 250, maxFrameSize: MAX_FRAME_BYTES, maxHeaderListSize: MAX_HEADER_LIST_BYTES },
    maxHeaderListPairs: 1000,
    maxSessionMemory: MAX_SESSION_MB,
    // A client that sends nothing does not keep a connection.
    handshakeTimeout: patience.handshakeMs,
  } as http2.SecureServerOptions);
  const connections = new Connections(server, { ms: patience.idleMs, clock });
  server.on('sessionError', () => {});
  server.on('tlsClientError', () => {});
  const port = await listen(server, options.port, host);
  const discovery = new Discovery(apiServer.catalog, `${host}:${port}`);
  const handler = new Handler({
    apiServer,
    clock,
    logger,
    tokens: options.tokens,
    discovery,
    documents: documents(apiServer),
    requestMs: patience.requestMs,
    checks:
      options.checks ??
      healthChecks({
        storage: () => apiServer.store.isHealthy(),
        working: () => apiServer.started,
        stopping: () => apiServer.stopping,
      }),
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    connections.answering(response);
    void handler.handle(new Http1Exchange(request, response));
  });
  // Listening to 'request' makes Node wrap HTTP/2 streams for it, which costs as much as a request: unwrap them.
  server.removeAllListeners('stream');
  server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
    void handler.handle(new Http2Exchange(stream, headers));
  });
  return {
    host,
    port,
    close: () => {
      apiServer.endWatches();
      return connections.close(clock);
    },
  };
}

function listen(server: http2.Http2SecureServer, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new OrreryError('PORT_IN_USE', { port, address: host }) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

export { Tokens };
