/** What authenticates a client; asked again for each request, because files and tokens are renewed while it runs. */
import type { Dispatcher } from 'undici';

/** A value that is a list is sent as a header for each item. */
export type Headers = Readonly<Record<string, string | string[]>>;

/** Options of a TLS connection. */
export interface TlsMaterial {
  readonly ca?: string | Buffer;
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly rejectUnauthorized?: boolean;
  readonly servername?: string;
}

export interface Credential {
  readonly headers: Headers;
  /** The same object as long as nothing in it has changed: connections are made anew when it is another one. */
  readonly tls: TlsMaterial;
  /** Carries the requests in the place of our own connections: a proxy. */
  readonly dispatcher?: Dispatcher;
}

export interface Credentials {
  /** Rejects when it cannot be had: a file that is gone, a plug-in that fails. */
  current(): Credential | Promise<Credential>;
  /** The server answered 401: forget what was kept, so that `current` looks again. */
  forget(): void;
}
