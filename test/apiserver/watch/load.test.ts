import { describe, expect, it, vi } from 'vitest';
import { Representer } from '../../../src/apiserver/http/represent.ts';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { MemoryHttp } from '../support/exchange.ts';
import { configMaps, TestServer } from '../support/in-memory.ts';

const map = (name: string, data: object = {}): AnyObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels: { app: 'x' } },
  data,
});
const MiB = 2 ** 20;

async function started(): Promise<{ server: TestServer; http: MemoryHttp }> {
  const server = await new TestServer().start();
  return { server, http: new MemoryHttp(server) };
}

const creations = (server: TestServer, names: readonly string[], data?: object) =>
  Promise.all(names.map((name) => server.create(configMaps, map(name, data))));
const numbered = (n: number) => Array.from({ length: n }, (_, index) => `m${String(index).padStart(5, '0')}`);

/** Work is bounded by what one turn of the event loop does: these count it. */
describe('many watchers', () => {
  it('share one text of each event for each representation, and get one write in each turn', async () => {
    const { server, http } = await started();
    const partial = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
    const watchers = Array.from({ length: 40 }, (_, index) =>
      http.open({
        url: `/api/v1/configmaps?watch=1&resourceVersion=${server.server.revision}${index % 2 ? '&labelSelector=app' : ''}`,
        ...(index % 4 > 1 && { headers: partial }),
      }),
    );
    await server.advance(1);
    const texts = vi.spyOn(Representer.prototype, 'event');
    const stringify = vi.spyOn(JSON, 'stringify');
    await creations(server, ['a', 'b', 'c']);
    const whole = stringify.mock.calls.filter(([value]) => (value as AnyObject)?.kind === 'ConfigMap').length;
    stringify.mockRestore();
    expect([texts.mock.calls.length, whole]).toEqual([3 * 2, 3]);
    texts.mockRestore();
    expect(watchers.map(({ chunks }) => chunks.length)).toEqual(watchers.map(() => 1));
    expect(new Set(watchers.map(({ text }) => text)).size).toBe(2);
    expect(watchers[0]!.text.trim().split('\n')).toHaveLength(3);
  });

  it('that have taken everything are not behind, however much comes at once', async () => {
    const { server, http } = await started();
    const watcher = http.open({ url: '/api/v1/configmaps?watch=1' });
    await server.advance(1);
    await creations(server, numbered(12), { text: 'x'.repeat(1_000_000) });
    const lines = watcher.text.trim().split('\n');
    expect(lines.map((line) => line.slice(0, 15))).toEqual(lines.map(() => '{"type":"ADDED"'));
    expect(lines).toHaveLength(12);
  });

  it.each(['resourceVersion=0', 'resourceVersion=AT'])(
    'begin at %s no faster than the client takes it',
    async (from) => {
      const server = await new TestServer({ storage: sized() }).start();
      const http = new MemoryHttp(server);
      const at = server.server.revision;
      await creations(server, numbered(30), { text: 'x'.repeat(1_000_000) });
      const watcher = http.open({ url: `/api/v1/configmaps?watch=1&${from.replace('AT', String(at))}` });
      let taken = () => {};
      let sent = 0;
      let most = 0;
      watcher.pending = 300_000;
      for (let turn = 0; turn < 40; turn++) {
        const take = taken;
        watcher.taken = new Promise((resolve) => {
          taken = resolve;
        });
        take();
        await server.advance(1);
        const bytes = watcher.chunks.slice(sent).reduce((sum, chunk) => sum + chunk.length, 0);
        sent = watcher.chunks.length;
        most = Math.max(most, bytes);
      }
      const lines = watcher.text.trim().split('\n');
      expect(lines.filter((line) => line.startsWith('{"type":"ADDED"'))).toHaveLength(30);
      expect(lines).toHaveLength(30);
      expect(most).toBeLessThan(4 * MiB);
    },
  );

  it('that never take it are ended with 410 when too much has happened meanwhile', async () => {
    const server = await new TestServer({ storage: sized() }).start();
    const http = new MemoryHttp(server);
    await creations(server, numbered(3), { text: 'x'.repeat(1_000_000) });
    const watcher = http.open({ url: '/api/v1/configmaps?watch=1&resourceVersion=0' });
    watcher.pending = 300_000;
    watcher.taken = new Promise(() => {});
    await server.advance(1);
    for (let i = 0; i < 10; i++) {
      await server.patch(configMaps, { name: 'm00000', namespace: 'default' }, { data: { i: String(i) } });
    }
    await watcher.ended;
    expect(watcher.text.trim().split('\n').at(-1)).toMatch(/^{"type":"ERROR".*"code":410/);
    expect(server.server.watchCounts().get('/configmaps')).toBe(0);
  });
});

/** A storage that writes texts, as the one on disk does, so that sizes are known. */
function sized() {
  return {
    read: undefined,
    open: () => ({ revision: 0, rows: [], compacted: new Map() }),
    commit: ({ changes }: { changes: readonly { version: { deleted: boolean; json: string } }[] }) => {
      for (const { version } of changes) if (!version.deleted) void version.json;
    },
    close: () => {},
  };
}

describe('a long list', () => {
  it.each([
    ['as it is', '', {}],
    ['as a table', '', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }],
    ['by a selector', '?labelSelector=app%3Dx', {}],
  ])('%s is written 500 objects at a time, and others are answered in between', async (_, query, headers) => {
    const { server, http } = await started();
    await creations(server, numbered(2600));
    const served = server.server.catalog.find('', 'v1', 'configmaps')!;
    let inTurn = 0;
    const turns: number[] = [];
    const view = vi.spyOn(served, 'view').mockImplementation((version) => {
      inTurn++;
      return { object: version.object, json: version.json } as never;
    });
    const defer = server.clock.defer.bind(server.clock);
    vi.spyOn(server.clock, 'defer').mockImplementation((run) =>
      defer(() => {
        turns.push(inTurn);
        inTurn = 0;
        run();
      }),
    );
    const order: string[] = [];
    const list = http.open({ url: `/api/v1/configmaps${query}`, headers });
    const other = http.open({ url: '/api/v1/namespaces/default' });
    void list.ended.then(() => order.push('list'));
    void other.ended.then(() => order.push('other'));
    await server.settle(list.ended);
    turns.push(inTurn);
    view.mockRestore();
    expect(order).toEqual(['other', 'list']);
    expect(Math.max(...turns)).toBeLessThanOrEqual(500);
    const { items, rows } = JSON.parse(list.text) as { items?: unknown[]; rows?: unknown[] };
    expect((items ?? rows)!.length).toBe(2600);
  });
});
