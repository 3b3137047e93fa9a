import fs from 'node:fs';
import type { Clock } from '../base/clock.ts';
import type { Credential, Credentials, Headers, TlsMaterial } from './credentials.ts';
import type { Access, KubeconfigUser } from './kubeconfig.ts';

/** How long a file's content is used before it is looked at again; client-go's interval for tokens. */
const LOOK_AGAIN_MS = 60_000;

/** What is written in the kubeconfig, or in the files that it names: tokens, certificates, user and password. */
export class FileCredentials implements Credentials {
  #access: Access;
  #refused = false;
  readonly #clock: Clock;
  #current: Credential | undefined;
  #readAt = 0;

  constructor(access: Access, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  current(): Credential | Promise<Credential> {
    return this.#refused ? this.#anew() : this.#present();
  }

  /** The server refused what was there: the kubeconfig itself may say something else by now. */
  async #anew(): Promise<Credential> {
    this.#refused = false;
    try {
      this.#access = (await this.#access.again?.()) ?? this.#access;
    } catch {
      // It is being written, or gone: what was read before may still be good.
    }
    return this.#present();
  }

  #present(): Credential {
    const now = this.#clock.monotonic();
    if (this.#current === undefined || now - this.#readAt >= LOOK_AGAIN_MS) {
      this.#readAt = now;
      this.#current = this.#read(this.#current);
    }
    return this.#current;
  }

  forget(): void {
    this.#refused = true;
    this.#readAt = Number.NEGATIVE_INFINITY;
  }

  #read(before: Credential | undefined): Credential {
    const tls = tlsOf(this.#access);
    const same = before !== undefined && sameMaterial(before.tls, tls);
    return { headers: headersOf(this.#access.user), tls: same ? before.tls : tls };
  }
}

function tlsOf({ cluster, user }: Access): TlsMaterial {
  const ca = fileOrData(cluster.caFile, cluster.caData);
  const cert = fileOrData(user.certFile, user.certData);
  const key = fileOrData(user.keyFile, user.keyData);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(cluster.skipTLSVerify ? { rejectUnauthorized: false } : {}),
    ...(cluster.tlsServerName ? { servername: cluster.tlsServerName } : {}),
  };
}

/** Data wins over the file, as in client-go. */
function fileOrData(file: string | undefined, data: string | undefined): string | undefined {
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? fs.readFileSync(file, 'utf8') : undefined;
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return (
    a.ca === b.ca &&
    a.cert === b.cert &&
    a.key === b.key &&
    a.rejectUnauthorized === b.rejectUnauthorized &&
    a.servername === b.servername
  );
}

function headersOf(user: KubeconfigUser): Headers {
  const headers: Record<string, string> = {};
  // The file wins over the token beside it, as in client-go.
  const token = user.tokenFile ? fs.readFileSync(user.tokenFile, 'utf8').trim() : user.token;
  if (token) headers['authorization'] = `Bearer ${token}`;
  else if (user.username) {
    headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
  }
  return { ...headers, ...impersonationOf(user) };
}

export function impersonationOf(user: KubeconfigUser): Headers {
  const headers: Record<string, string | string[]> = {};
  if (user.impersonateUser) headers['impersonate-user'] = user.impersonateUser;
  if (user.impersonateUid) headers['impersonate-uid'] = user.impersonateUid;
  if (user.impersonateGroups?.length) headers['impersonate-group'] = [...user.impersonateGroups];
  return headers;
}
