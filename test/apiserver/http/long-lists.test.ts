import { describe, expect, it } from 'vitest';
import { LongLists } from '../../../src/apiserver/http/long-lists.ts';
import type { Representation } from '../../../src/apiserver/http/negotiation.ts';
import { Representer } from '../../../src/apiserver/http/represent.ts';
import type { ListAnswer } from '../../../src/apiserver/registry/request.ts';
import { configMaps, TestServer } from '../support/in-memory.ts';

const OBJECTS = 1100;
const name = (index: number) => `map-${String(index).padStart(5, '0')}`;
const map = (index: number, data = 'x') => ({ metadata: { name: name(index), namespace: 'default' }, data: { data } });

class Lists {
  readonly #server: TestServer;
  readonly #lists: LongLists;
  /** How many objects were looked at for the last list. */
  looked = 0;

  constructor(server: TestServer) {
    this.#server = server;
    this.#lists = new LongLists(server.clock);
  }

  /** What is sent, and what would be sent if nothing had been kept. */
  async both(as: Representation['as'] = 'plain') {
    const answer = await this.#server.request({ ...configMaps, verb: 'list', namespace: 'default' });
    if (answer.type !== 'list') throw new Error('an object was answered');
    const form = { as, version: 'v1', pretty: false, yaml: false } as Representation;
    const representer = new Representer(form, this.#server.clock, {});
    const expected = `${[...representer.list(answer)].join('')}\n`;
    this.looked = 0;
    const sent = await this.#server.settle(this.#lists.write(this.#counted(answer), representer));
    return { sent: Buffer.concat(sent).toString(), expected };
  }

  #counted(answer: ListAnswer): ListAnswer {
    const { served } = answer;
    const view: typeof served.view = (version) => {
      this.looked++;
      return served.view(version);
    };
    return { ...answer, served: this.#once(served, view) };
  }

  #known: { readonly from: object; readonly to: ListAnswer['served'] } | undefined;

  /** A resource is known by what it is, not by its name. */
  #once(served: ListAnswer['served'], view: ListAnswer['served']['view']): ListAnswer['served'] {
    if (this.#known?.from !== served) this.#known = { from: served, to: { ...served, view } };
    return this.#known.to;
  }
}

async function filled(): Promise<{ server: TestServer; lists: Lists }> {
  const server = await new TestServer().start();
  await Promise.all(Array.from({ length: OBJECTS }, (_, index) => server.create(configMaps, map(index))));
  return { server, lists: new Lists(server) };
}

describe('a long list', () => {
  it('is made anew only where something has changed', async () => {
    const { server, lists } = await filled();
    const first = await lists.both();
    expect(first.sent).toBe(first.expected);
    expect(lists.looked).toBe(OBJECTS);
    const again = await lists.both();
    expect(again.sent).toBe(again.expected);
    expect(lists.looked).toBe(0);
    await server.patch(configMaps, { name: name(700), namespace: 'default' }, { data: { data: 'é' } });
    const changed = await lists.both();
    expect(changed.sent).toBe(changed.expected);
    expect(changed.sent).toContain('"data":"é"');
    expect(lists.looked).toBe(500);
  });

  it('tells of what has come and gone, in every form', async () => {
    const { server, lists } = await filled();
    for (const as of ['plain', 'PartialObjectMetadataList', 'Table'] as const) {
      const { sent, expected } = await lists.both(as);
      expect(sent).toBe(expected);
    }
    await server.delete(configMaps, name(0), 'default');
    await server.delete(configMaps, name(OBJECTS - 1), 'default');
    await server.create(configMaps, map(OBJECTS + 1, 'new'));
    await server.advance(5000);
    for (const as of ['plain', 'PartialObjectMetadataList', 'Table'] as const) {
      const { sent, expected } = await lists.both(as);
      expect(sent).toBe(expected);
      expect(sent).not.toContain(`"${name(0)}"`);
    }
  });
});
