import type { ServerResponse } from 'node:http';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Clock } from '../../base/clock.ts';

/** Connections that are still busy after this long are cut. */
const CLOSE_GRACE_MS = 1000;

/** The connections of a server, so that it can end: idle ones at once, the others when they have their answers. */
export class Connections {
  readonly #server: Http2SecureServer;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();
  /** HTTP/1.1 answers that are not complete. */
  readonly #answers = new Set<ServerResponse>();
  #closing = false;

  constructor(server: Http2SecureServer) {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on('session', (session: ServerHttp2Session) => {
      this.#sessions.add(session);
      session.once('close', () => this.#sessions.delete(session));
    });
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
