import type { Document } from '../discovery/documents.ts';
import type { ApiServer } from '../server.ts';
import { sendGzipped } from './compression.ts';
import type { Exchange } from './exchange.ts';
import type { Documents } from './handler.ts';

/** The Kubernetes version whose behaviour is served. */
export const KUBERNETES_VERSION = { major: '1', minor: '37', gitVersion: 'v1.37.2' };

const VERSION = {
  major: KUBERNETES_VERSION.major,
  minor: KUBERNETES_VERSION.minor,
  emulationMajor: KUBERNETES_VERSION.major,
  emulationMinor: KUBERNETES_VERSION.minor,
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '36',
  gitVersion: KUBERNETES_VERSION.gitVersion,
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
};

/** Sends one, unless the client has it already. */
export async function sendDocument(exchange: Exchange, document: Document, pretty: boolean): Promise<void> {
  const { code = 200, contentType, text, bytes, etag, vary, cacheControl = 'no-cache, private', location } = document;
  const headers: Record<string, string> = { 'Cache-Control': cacheControl };
  if (contentType !== '') headers['Content-Type'] = contentType;
  if (location !== undefined) headers['Location'] = location;
  if (vary !== undefined) headers['Vary'] = vary;
  if (etag !== undefined) {
    headers['ETag'] = etag;
    headers['Vary'] ??= 'Accept';
    if (matches(exchange.header('if-none-match'), etag)) {
      exchange.send(304, headers, '');
      return;
    }
  }
  const indented = pretty && code === 200 && contentType === 'application/json' && etag === undefined;
  const body = indented ? JSON.stringify(JSON.parse(text), null, 2) : (bytes ?? text);
  if (document.gzip === true) await sendGzipped(exchange, code, headers, body);
  else exchange.send(code, headers, body);
}

/** RFC 9110, 13.1.2. */
function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((each) => each.trim() === '*' || each.trim().replace(/^W\//, '') === etag);
}

/** /version, and the OpenAPI documents, which are loaded when somebody asks. */
export function documents(apiServer: ApiServer): Documents {
  let openApi: Promise<import('../openapi/documents.ts').OpenApi> | undefined;
  return (path, query, accept): Promise<Document | undefined> | Document | undefined => {
    if (path === '/version' || path === '/version/') {
      // Indented for everybody, as by the real server.
      return { contentType: 'application/json', text: JSON.stringify(VERSION, null, 2) };
    }
    if (!path.startsWith('/openapi/')) return undefined;
    openApi ??= import('../openapi/documents.ts').then(({ OpenApi }) => new OpenApi(apiServer.catalog));
    return openApi.then((documents) => documents.find(path, query, accept));
  };
}
