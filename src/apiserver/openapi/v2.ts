import type { Document } from '../discovery/documents.ts';
import type { Catalog } from '../registry/catalog.ts';

/** /openapi/v2 in protobuf, the only form that clients still ask for. */
export function openApiV2(_catalog: Catalog, _accept: string | undefined): Document | undefined {
  return undefined;
}
