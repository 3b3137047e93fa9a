import { hash } from 'node:crypto';
import type { Document } from '../discovery/documents.ts';
import type { JsonObject } from '../objects.ts';
import type { Catalog } from '../registry/catalog.ts';
import { openApiV2Document } from './v2-document.ts';
import { encodeOpenApiV2 } from './v2-protobuf.ts';

/** What clients ask for, and what the answer is called. */
const ASKED = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

const VARY = 'Accept-Encoding, Accept';

/** /openapi/v2, made when somebody asks, and kept until what is served changes. */
export class OpenApiV2 {
  readonly #catalog: Catalog;
  #serial = -1;
  #document: JsonObject = {};
  #etag = '';
  #json = '';
  #protobuf: Buffer | undefined;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** In the first form of an Accept header that there is; undefined when there is none. */
  find(accept: string): Document | undefined {
    for (const part of accept.split(',')) {
      const type = part.split(';')[0]!.trim();
      if (type === ASKED || type === PROTOBUF) {
        this.#refresh();
        this.#protobuf ??= encodeOpenApiV2(this.#document);
        return { contentType: PROTOBUF, text: '', bytes: this.#protobuf, etag: this.#etag, vary: VARY, gzip: true };
      }
      if (type === 'application/json' || type === 'application/*' || type === '*/*') {
        this.#refresh();
        return { contentType: 'application/json', text: this.#json, etag: this.#etag, vary: VARY, gzip: true };
      }
    }
    return undefined;
  }

  #refresh(): void {
    if (this.#serial === this.#catalog.serial) return;
    this.#serial = this.#catalog.serial;
    this.#document = openApiV2Document(this.#catalog);
    this.#json = JSON.stringify(this.#document);
    this.#protobuf = undefined;
    this.#etag = `"${hash('sha512', this.#json, 'hex').toUpperCase()}"`;
  }
}
