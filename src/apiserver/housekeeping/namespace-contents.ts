import type { Clock, Timer } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AnyObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import { StatusError } from '../status-error.ts';
import type { Bucket } from '../store/bucket.ts';
import type { Store } from '../store/store.ts';
import type { Inside } from './inside.ts';

const CONFIG_MAP = 'kube-root-ca.crt';
/** How long after a write that failed, as on a full disk. */
const RETRY_MS = 1000;
const DESCRIPTION = 'The certificate of the authority that vouches for the API server.';

/**
 * What Kubernetes' controller manager keeps in every namespace: the ServiceAccount `default`, and the ConfigMap
 * `kube-root-ca.crt` with the certificate that the server's own can be checked against.
 */
export class NamespaceContents {
  readonly #catalog: Catalog;
  readonly #inside: Inside;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #rootCa: string;
  readonly #namespaces: Bucket;
  readonly #configMaps: Bucket;
  readonly #accounts: Bucket;
  readonly #retries = new Map<string, Timer>();
  #stopped = false;

  /** @param rootCa PEM */
  constructor(parts: {
    readonly store: Store;
    readonly catalog: Catalog;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly inside: Inside;
    readonly rootCa: string;
  }) {
    this.#catalog = parts.catalog;
    this.#inside = parts.inside;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#rootCa = parts.rootCa;
    this.#namespaces = parts.store.bucket('/namespaces');
    this.#configMaps = parts.store.bucket('/configmaps');
    this.#accounts = parts.store.bucket('/serviceaccounts');
  }

  start(): void {
    this.#namespaces.onCommit((events) => {
      for (const { version } of events) if (!version.deleted) this.#look(version.key);
    });
    this.#configMaps.onCommit((events) => {
      for (const { version } of events)
        if (version.key.endsWith(`/${CONFIG_MAP}`)) this.#look(namespaceOf(version.key));
    });
    this.#accounts.onCommit((events) => {
      for (const { version } of events) {
        if (version.deleted && version.key.endsWith('/default')) this.#look(namespaceOf(version.key));
      }
    });
    for (const version of this.#namespaces.list()) this.#look(version.key);
  }

  stop(): void {
    this.#stopped = true;
    for (const timer of this.#retries.values()) timer.cancel();
    this.#retries.clear();
  }

  #look(namespace: string): void {
    const version = this.#namespaces.get(namespace);
    if (version === undefined || version.object.metadata.deletionTimestamp !== undefined) return;
    this.#restore(namespace).catch((error: unknown) => {
      // Somebody else was faster, or the namespace is on its way out.
      if (error instanceof StatusError && [403, 404, 409].includes(error.status.code)) return;
      if (this.#stopped) return;
      this.#logger.warn({ error, namespace }, 'contents of a namespace not restored; trying again');
      this.#lookAgain(namespace);
    });
  }

  #lookAgain(namespace: string): void {
    this.#retries.get(namespace)?.cancel();
    const timer = this.#clock.after(RETRY_MS, () => {
      this.#retries.delete(namespace);
      this.#look(namespace);
    });
    this.#retries.set(namespace, timer);
  }

  async #restore(namespace: string): Promise<void> {
    const accounts = this.#catalog.find('', 'v1', 'serviceaccounts')!;
    if (this.#accounts.head(`${namespace}/default`) === undefined) {
      const metadata = { name: 'default', namespace };
      await this.#inside.create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    const configMaps = this.#catalog.find('', 'v1', 'configmaps')!;
    const present = this.#configMaps.head(`${namespace}/${CONFIG_MAP}`);
    if (present === undefined) await this.#inside.create(configMaps, this.#configMap(namespace));
    else if ((present.object['data'] as Record<string, string> | undefined)?.['ca.crt'] !== this.#rootCa) {
      await this.#inside.update(configMaps, { ...present.object, data: { 'ca.crt': this.#rootCa } });
    }
  }

  #configMap(namespace: string): AnyObject {
    const annotations = { 'kubernetes.io/description': DESCRIPTION };
    const metadata = { name: CONFIG_MAP, namespace, annotations };
    return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': this.#rootCa } };
  }
}

const namespaceOf = (key: string) => key.slice(0, key.indexOf('/'));
