import { hash } from 'node:crypto';
import type { Catalog } from '../registry/catalog.ts';
import { aggregated } from './aggregated.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions } from './legacy.ts';
import { type OrderedGroup, orderedGroups } from './order.ts';

/** A text that is made once for each state of the catalog. */
export interface Document {
  /** Left out: 200. */
  readonly code?: number;
  /** Empty when there is no content. */
  readonly contentType: string;
  readonly text: string;
  /** Instead of the text. */
  readonly bytes?: Buffer;
  /** Where clients may ask whether it has changed. */
  readonly etag?: string;
  /** On what else the content depends; with an etag, at least on Accept. */
  readonly vary?: string;
  /** Whether clients that can take it are sent it compressed. */
  readonly gzip?: boolean;
  /** Left out: not kept. */
  readonly cacheControl?: string;
  /** Where it is, with code 301. */
  readonly location?: string;
}

/** The documents of discovery. */
export class Discovery {
  readonly #catalog: Catalog;
  readonly #address: string;
  #serial = -1;
  #groups: OrderedGroup[] = [];
  readonly #documents = new Map<string, Document | undefined>();

  /** @param address how clients reach the server, as `127.0.0.1:16443` */
  constructor(catalog: Catalog, address: string) {
    this.#catalog = catalog;
    this.#address = address;
  }

  /**
   * The document at a path, or undefined when there is none.
   * @param wanted the version of aggregated discovery that the client asks for
   */
  find(path: string, wanted: 'v2' | 'v2beta1' | undefined): Document | undefined {
    this.#refresh();
    const [, root, ...rest] = path.replace(/\/$/, '').split('/');
    if ((root !== 'api' && root !== 'apis') || rest.includes('')) return undefined;
    const key = `${root}/${rest.join('/')}${rest.length === 0 ? (wanted ?? '') : ''}`;
    if (this.#documents.has(key)) return this.#documents.get(key);
    const document = rest.length === 0 ? this.#root(root, wanted) : this.#below(root, rest);
    // Paths that lead nowhere are not remembered: there is no end of them.
    if (document !== undefined) this.#documents.set(key, document);
    return document;
  }

  /** Every path that has a document. */
  paths(): string[] {
    this.#refresh();
    const paths = ['/api', '/apis', '/apis/'];
    for (const { name, versions } of this.#groups) {
      const root = name === '' ? '/api' : `/apis/${name}`;
      if (name !== '') paths.push(root);
      for (const { version } of versions) paths.push(`${root}/${version}`);
    }
    return paths;
  }

  #refresh(): void {
    if (this.#serial === this.#catalog.serial) return;
    this.#serial = this.#catalog.serial;
    this.#groups = orderedGroups(this.#catalog);
    this.#documents.clear();
  }

  #root(root: 'api' | 'apis', wanted: 'v2' | 'v2beta1' | undefined): Document {
    if (wanted === undefined) {
      return plain(root === 'api' ? apiVersions(this.#groups, this.#address) : apiGroupList(this.#groups));
    }
    const groups = this.#groups.filter(({ name }) => (name === '') === (root === 'api'));
    const text = `${JSON.stringify(aggregated(groups, wanted))}\n`;
    return {
      contentType: `application/json;g=apidiscovery.k8s.io;v=${wanted};as=APIGroupDiscoveryList`,
      text,
      etag: `"${hash('sha512', text, 'hex').toUpperCase()}"`,
      cacheControl: 'public',
    };
  }

  #below(root: 'api' | 'apis', rest: readonly string[]): Document | undefined {
    const [name, wanted, ...more] = root === 'api' ? ['', ...rest] : rest;
    if (more.length > 0) return undefined;
    const group = this.#groups.find((each) => each.name === name);
    if (group === undefined) return undefined;
    if (wanted === undefined) return plain(apiGroup(group));
    const version = group.versions.find((each) => each.version === wanted);
    return version === undefined ? undefined : plain(apiResourceList(group.name, version));
  }
}

function plain(value: object): Document {
  return { contentType: 'application/json', text: `${JSON.stringify(value)}\n` };
}
