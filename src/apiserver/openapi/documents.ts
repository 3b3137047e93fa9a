import { hash } from 'node:crypto';
import type { Document } from '../discovery/documents.ts';
import { isBuiltinGroup, type OrderedVersion, orderedGroups } from '../discovery/order.ts';
import type { JsonObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import type { Query } from '../registry/request.ts';
import { groupDocument } from './group-document.ts';
import { coreIndex, groupIndex, groupsIndex, versionDocument } from './index-documents.ts';
import type { OpenApiV2 } from './v2.ts';

interface Part {
  readonly make: () => JsonObject;
  /** Changes with the content. */
  readonly hash: string;
  text?: string;
  protobuf?: Buffer;
}

const NOT_ACCEPTABLE: Document = { code: 406, contentType: '', text: '', vary: 'Accept' };
const NOT_ACCEPTABLE_V2: Document = { ...NOT_ACCEPTABLE, vary: 'Accept-Encoding, Accept' };
/** What clients ask for, and what the answer is called. */
const ASKED = 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf';
const PROTOBUF = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
const YEAR = 365 * 24 * 3600;

/**
 * /openapi/v3: an index of hashed addresses, which clients keep for ever, and a document for each group and version,
 * made when somebody asks. /openapi/v2: everything in one.
 */
export class OpenApi {
  readonly #catalog: Catalog;
  #v2: Promise<OpenApiV2> | undefined;
  #serial = -1;
  #parts = new Map<string, Part>();
  #index: Document | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  find(path: string, query: Query, accept = '*/*'): Document | undefined | Promise<Document | undefined> {
    if (path === '/openapi/v2') {
      this.#v2 ??= import('./v2.ts').then(({ OpenApiV2 }) => new OpenApiV2(this.#catalog));
      return this.#v2.then((documents) => documents.find(accept) ?? NOT_ACCEPTABLE_V2);
    }
    if (!path.startsWith('/openapi/v3')) return undefined;
    this.#refresh();
    if (path === '/openapi/v3') return this.#index;
    const part = this.#parts.get(path.slice('/openapi/v3/'.length));
    if (part === undefined) return { code: 404, contentType: '', text: '' };
    const protobuf = isProtobuf(accept);
    if (!protobuf && !/\*\/\*|application\/(\*|json)/.test(accept)) return NOT_ACCEPTABLE;
    const wanted = query['hash']?.[0];
    if (wanted !== undefined && wanted !== part.hash) {
      const location = `${path}?hash=${part.hash}`;
      return { code: 301, contentType: 'application/json', text: '', location, etag: `"${part.hash}"` };
    }
    const rest = {
      etag: `"${part.hash}"`,
      // At its hash, a document never changes.
      ...(wanted !== undefined && { cacheControl: `public, immutable, max-age=${YEAR}` }),
    };
    if (protobuf) {
      return import('./v3-protobuf.ts').then(({ encodeOpenApiV3 }) => {
        part.protobuf ??= encodeOpenApiV3(part.make());
        return { contentType: PROTOBUF, text: '', bytes: part.protobuf, ...rest };
      });
    }
    part.text ??= JSON.stringify(part.make());
    return { contentType: 'application/json', text: part.text, ...rest };
  }

  #refresh(): void {
    if (this.#serial === this.#catalog.serial) return;
    this.#serial = this.#catalog.serial;
    const before = this.#parts;
    const parts = new Map<string, Part>();
    const constant = (key: string, make: () => JsonObject) => parts.set(key, before.get(key) ?? indexPart(make));
    for (const { name, versions } of orderedGroups(this.#catalog)) {
      for (const version of versions) {
        const key = name === '' ? `api/${version.version}` : `apis/${name}/${version.version}`;
        const digest = digestOf(version);
        const old = before.get(key);
        parts.set(key, old?.hash === digest ? old : { make: () => groupDocument(version.resources), hash: digest });
      }
      if (isBuiltinGroup(name) && name !== '')
        parts.set(
          `apis/${name}`,
          indexPart(() => groupIndex(name)),
        );
    }
    constant('api', coreIndex);
    constant('apis', groupsIndex);
    constant('version', versionDocument);
    this.#parts = parts;
    const paths = Object.fromEntries(
      [...parts]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, part]) => [key, { serverRelativeURL: `/openapi/v3/${key}?hash=${part.hash}` }]),
    );
    this.#index = { contentType: 'text/plain; charset=utf-8', text: JSON.stringify({ paths }) };
  }
}

/** Whether the first form of an Accept header that there is is protobuf. */
function isProtobuf(accept: string): boolean {
  const types = accept.split(',').map((part) => part.split(';')[0]!.trim());
  const first = types.find((type) => type === ASKED || type === PROTOBUF || /^(\*|application)\/(\*|json)$/.test(type));
  return first === ASKED || first === PROTOBUF;
}

/** A document that never changes. */
function indexPart(make: () => JsonObject): Part {
  return { make, hash: hash('sha512', JSON.stringify(make()), 'hex').toUpperCase() };
}

/** Built-in kinds change with the program only, custom ones with their definitions. */
function digestOf({ resources }: OrderedVersion): string {
  const states = resources.map(({ names, definition, type }) =>
    definition === undefined
      ? [names.plural, type?.model, Object.keys(type?.fields() ?? {})]
      : [names, definition.metadata.uid, definition.metadata.generation, definition['spec']],
  );
  return hash('sha512', JSON.stringify(states), 'hex').toUpperCase();
}
