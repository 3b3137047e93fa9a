import type { RequestOptions } from 'node:https';
import type { Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import type { Credential, Credentials, TlsMaterial } from './credentials.ts';
import { impersonationOf } from './file-credentials.ts';
import type { Access } from './kubeconfig.ts';

/** How long a plug-in's answer is used; client-node itself keeps what expires later. */
const ASK_AGAIN_MS = 10_000;

/** Whether the kubeconfig asks for something that only client-node knows: exec, OIDC, an auth-provider, a proxy. */
export function needsPlugin({ cluster, user }: Access): boolean {
  return Boolean(user.exec) || Boolean(user.authProvider) || Boolean(cluster.proxyUrl);
}

/** Authentication and proxies by client-node's KubeConfig, imported here because it costs 85 MB and 0.4 s. */
export class PluginCredentials implements Credentials {
  readonly #access: Access;
  readonly #clock: Clock;
  #kept: Promise<Credential> | undefined;
  #askedAt = 0;
  #config: Promise<PluginConfig> | undefined;
  #last: Credential | undefined;

  constructor(access: Access, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  current(): Promise<Credential> {
    const now = this.#clock.monotonic();
    if (this.#kept === undefined || now - this.#askedAt >= ASK_AGAIN_MS) {
      this.#askedAt = now;
      const asked = this.#ask();
      this.#kept = asked;
      // A failure is not kept: the next request asks again.
      asked.catch(() => {
        if (this.#kept === asked) this.#kept = undefined;
      });
    }
    return this.#kept;
  }

  forget(): void {
    this.#kept = undefined;
    // client-node keeps a token without expiry for good; a new KubeConfig has none.
    this.#config = undefined;
  }

  async #ask(): Promise<Credential> {
    this.#config ??= open(this.#access);
    const { apply } = await this.#config;
    const { headers, tls, dispatcher } = await apply();
    const last = this.#last;
    const same = last !== undefined && text(last.tls) === text(tls);
    this.#last = {
      headers: { ...headers, ...impersonationOf(this.#access.user) },
      tls: same ? last.tls : tls,
      ...(dispatcher === undefined ? {} : { dispatcher }),
    };
    return this.#last;
  }
}

interface PluginConfig {
  apply(): Promise<Credential>;
}

const text = (tls: TlsMaterial) =>
  [tls.ca, tls.cert, tls.key, tls.servername, tls.rejectUnauthorized].map((part) => String(part)).join('\n');

async function open({ cluster, user }: Access): Promise<PluginConfig> {
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  // A token file is client-node's auth-provider of that name.
  const plain = user.tokenFile ? { ...user, authProvider: { name: 'tokenFile', config: user } } : user;
  // client-node refuses plain http unless it is told not to verify what is not there.
  const isPlain = cluster.server.startsWith('http:');
  config.loadFromClusterAndUser(isPlain ? { ...cluster, skipTLSVerify: true } : cluster, plain);
  const dispatcher = cluster.proxyUrl ? await proxyOf(config) : undefined;
  return {
    async apply() {
      const options: RequestOptions = { headers: {} };
      await config.applyToHTTPSOptions(options);
      const headers: Record<string, string> = {};
      for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = String(value);
      if (user.username) {
        headers['authorization'] = `Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`;
      }
      return { headers, tls: materialOf(options), ...(dispatcher === undefined ? {} : { dispatcher }) };
    },
  };
}

function materialOf(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, rejectUnauthorized, servername } = options;
  return {
    ...(ca ? { ca: ca as Buffer } : {}),
    ...(cert ? { cert: cert as Buffer } : {}),
    ...(key ? { key: key as Buffer } : {}),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
    ...(servername === undefined ? {} : { servername }),
  };
}

/** The dispatcher that client-node would use for one request; here it is used for all. */
async function proxyOf(config: {
  applySecurityAuthentication(context: never): Promise<void>;
}): Promise<Dispatcher | undefined> {
  let dispatcher: Dispatcher | undefined;
  const context = {
    setHeaderParam() {},
    setDispatcher(given: Dispatcher) {
      dispatcher = given;
    },
  };
  await config.applySecurityAuthentication(context as never);
  return dispatcher;
}
