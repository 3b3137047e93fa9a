/** What is at the paths of an API server that are no resources: discovery, version, OpenAPI, health. */
import { Discovery } from '../apiserver/discovery/documents.ts';
import { documents } from '../apiserver/http/documents.ts';
import type { Documents } from '../apiserver/http/handler.ts';
import { health } from '../apiserver/http/health.ts';
import type { ApiServer } from '../apiserver/server.ts';

export class DirectDocuments {
  readonly #discovery: Discovery;
  readonly #documents: Documents;

  constructor(server: ApiServer) {
    this.#discovery = new Discovery(server.catalog, 'direct');
    this.#documents = documents(server);
  }

  /** The parsed document, or the text of one that is no JSON; undefined when there is none. */
  async find(path: string): Promise<unknown> {
    const [, place = path, question = ''] = /^([^?]*)\??(.*)$/.exec(path) ?? [];
    const query: Record<string, string[]> = {};
    for (const [key, value] of new URLSearchParams(question)) {
      query[key] ??= [];
      query[key].push(value);
    }
    const state = health(place, query, []);
    if (state !== undefined) return state.text;
    const found = this.#discovery.find(place, undefined) ?? (await this.#documents(place, query, 'application/json'));
    if (found === undefined) return undefined;
    return found.contentType.startsWith('application/json') ? JSON.parse(found.text) : found.text;
  }
}
