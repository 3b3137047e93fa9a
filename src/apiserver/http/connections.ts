import type { ServerResponse } from 'node:http';
import type { Http2SecureServer, ServerHttp2Session, ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '../../base/clock.ts';

/** Connections that are still busy after this long are cut. */
const CLOSE_GRACE_MS = 1000;

/**
 * How many bytes may wait to be sent before Node stops reading requests from an HTTP/1.1 connection. Node 24 does so by
 * pausing its parser, and when that happens in the middle of a packet, over TLS, it takes the rest for an error
 * (HPE_PAUSED) and cuts the connection: a client that has just read a long answer lost its next request. Clients that
 * send without reading are still bounded, and a watch that does not keep up is ended long before.
 */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/** The connections of a server, so that it can end: idle ones at once, the others when they have their answers. */
export class Connections {
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** HTTP/1.1 answers that are not complete. */
  readonly #answers = new Set<ServerResponse>();
  #closing = false;

  /** @param idle how long a session may be without a stream, in milliseconds */
  constructor(server: Http2SecureServer, idle: { readonly ms: number; readonly clock: Clock }) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('secureConnection', (socket: TLSSocket) => {
      const { _writableState: state } = socket as unknown as { _writableState?: { highWaterMark: number } };
      if (state !== undefined) state.highWaterMark = MAX_UNSENT_BYTES;
    });
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      this.#endWhenIdle(session, idle);
      session.once('close', () => this.#sessions.delete(session));
    });
  }

  #endWhenIdle(session: ServerHttp2Session, { ms, clock }: { readonly ms: number; readonly clock: Clock }): void {
    let streams = 0;
    const wait = () => clock.after(ms, () => session.close());
    let ending = wait();
    session.on('stream', (stream: ServerHttp2Stream) => {
      ending.cancel();
      streams++;
      stream.once('close', () => {
        streams--;
        if (streams === 0 && !session.closed) ending = wait();
      });
    });
    session.once('close', () => ending.cancel());
  }

  /** An HTTP/1.1 request has come. */
  answering(response: ServerResponse): void {
    if (this.#closing) response.shouldKeepAlive = false;
    this.#answers.add(response);
    response.once('close', () => this.#answers.delete(response));
  }

  /** Takes no more connections; resolves when the last one has ended. */
  close(clock: Clock): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      const timer = clock.after(CLOSE_GRACE_MS, () => {
        for (const socket of this.#sockets) socket.destroy();
      });
      this.#server.close(() => {
        timer.cancel();
        resolve();
      });
      for (const response of this.#answers) response.shouldKeepAlive = false;
      for (const session of this.#sessions) session.close();
      (this.#server as unknown as { closeIdleConnections(): void }).closeIdleConnections();
    });
  }
}
