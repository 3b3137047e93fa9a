import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import type { EventBatch } from '../../../src/apiserver/watch/event.ts';
import { MemoryHttp } from '../support/exchange.ts';
import {
  admin,
  configMaps,
  definitions,
  refusal,
  TestServer,
  widget,
  widgetDefinition,
  widgets,
} from '../support/in-memory.ts';

const MINUTE = 60_000;
const map = (name: string, labels: object = {}) => ({ metadata: { name, namespace: 'default', labels } });
const started = (options?: ConstructorParameters<typeof TestServer>[0]) => new TestServer(options).start();

describe('a watch', () => {
  it('begins with what is there, or after a revision', async () => {
    const server = await started();
    const first = await server.create(configMaps, map('a'));
    await server.create(configMaps, map('b'));
    const fromStart = await server.watch(configMaps);
    const later = await server.watch(configMaps, { resourceVersion: [first.metadata.resourceVersion!] });
    await server.delete(configMaps, 'a', 'default');
    const revision = server.server.revision;
    expect(fromStart.log).toEqual([
      `ADDED a@${first.metadata.resourceVersion}`,
      `ADDED b@${revision - 1}`,
      `DELETED a@${revision}`,
    ]);
    expect(later.log).toEqual([`ADDED b@${revision - 1}`, `DELETED a@${revision}`]);
  });

  it('tells from time to time how far it is, to those who want to know', async () => {
    const server = await started();
    const told = await server.watch(configMaps, { allowWatchBookmarks: ['true'], timeoutSeconds: ['150'] });
    const not = await server.watch(configMaps, { timeoutSeconds: ['150'] });
    const at = server.server.revision;
    await server.advance(MINUTE + 1);
    await server.create(configMaps, map('a'));
    await server.advance(MINUTE * 2);
    expect(told.log).toEqual([
      `BOOKMARK ${at} initial`,
      `BOOKMARK ${at}`,
      `ADDED a@${at + 1}`,
      `BOOKMARK ${at + 1}`,
      // Two seconds before the end, so that the client can go on from there.
      `BOOKMARK ${at + 1}`,
      'CLOSED',
    ]);
    expect(not.log).toEqual([`ADDED a@${at + 1}`, 'CLOSED']);
    expect(server.server.watchCounts().get('/configmaps')).toBe(0);
  });

  it('without a timeout ends after 30 to 60 minutes', async () => {
    const server = await started();
    const watch = await server.watch(configMaps);
    await server.advance(30 * MINUTE - 1);
    expect(watch.log).toEqual([]);
    await server.advance(30 * MINUTE + 1);
    expect(watch.log).toEqual(['CLOSED']);
  });

  it('sends many objects in several turns, and what happens meanwhile after them', async () => {
    const server = await started();
    for (let i = 0; i < 1200; i++) {
      const object = map(`m${String(i).padStart(4, '0')}`);
      const body = { value: object, owned: false };
      void server.server.request({ ...configMaps, verb: 'create', namespace: 'default', query: {}, user: admin, body });
    }
    await server.advance(10);
    const query = {
      allowWatchBookmarks: ['true'],
      sendInitialEvents: ['true'],
      resourceVersionMatch: ['NotOlderThan'],
    };
    const sizes: number[] = [];
    const log: string[] = [];
    const sink = {
      events: (batch: EventBatch) => {
        sizes.push(batch.events.length);
        log.push(batch.events.at(-1)!.version.key);
      },
      bookmark: (_revision: number, initial: boolean) => log.push(`bookmark ${initial}`),
      closed: () => {},
    };
    const opening = server.server.watch({ ...configMaps, verb: 'watch', query, user: admin }, () => sink);
    await opening;
    void server.server.request({
      ...configMaps,
      verb: 'create',
      namespace: 'default',
      query: {},
      user: admin,
      body: { value: map('a-late-one'), owned: false },
    });
    await server.advance(10);
    expect(sizes).toEqual([500, 500, 200, 1]);
    expect(log).toEqual(['default/m0499', 'default/m0999', 'default/m1199', 'bookmark true', 'default/a-late-one']);
  });

  it('ends with 410 where the history does not reach', async () => {
    const server = await started({ history: 20 });
    const { metadata } = await server.create(configMaps, map('a'));
    for (let i = 0; i < 60; i++) {
      await server.patch(configMaps, { name: 'a', namespace: 'default' }, { data: { i: String(i) } });
    }
    const watch = await server.watch(configMaps, { resourceVersion: [metadata.resourceVersion!] });
    expect(watch.log).toEqual(['CLOSED 410']);
    const near = await server.watch(configMaps, { resourceVersion: [String(server.server.revision - 5)] });
    expect(near.log).toHaveLength(5);
  });

  it('waits for a revision that is yet to come, but not for ever', async () => {
    const server = await started();
    const ahead = String(server.server.revision + 2);
    const query = { resourceVersion: [ahead], sendInitialEvents: ['true'], resourceVersionMatch: ['NotOlderThan'] };
    expect(await refusal(server.watch(configMaps, query))).toMatchObject({ code: 504, reason: 'Timeout' });
    const opening = server.watch(configMaps, query);
    await server.create(configMaps, map('a'));
    await server.create(configMaps, map('b'));
    expect((await opening).log).toEqual([`ADDED a@${Number(ahead) - 1}`, `ADDED b@${ahead}`]);
  });

  it('ends when the definition of its resource changes or goes, and when the server stops', async () => {
    const server = await started();
    await server.create(definitions, widgetDefinition());
    await server.advance(1);
    await server.create(widgets, widget('w'));
    const watch = await server.watch(widgets);
    await server.patch(definitions, { name: 'widgets.t.example.com' }, { metadata: { labels: { a: 'b' } } });
    expect(watch.log.at(-1)).toMatch(/^ADDED/);
    await server.patch(definitions, { name: 'widgets.t.example.com' }, { spec: { names: { categories: ['all'] } } });
    await server.advance(10);
    expect(watch.log.at(-1)).toBe('CLOSED');
    const second = await server.watch(widgets);
    await server.delete(definitions, 'widgets.t.example.com');
    await server.advance(5000);
    expect(second.log.slice(-2)).toEqual([expect.stringMatching(/^DELETED w@/), 'CLOSED']);
    const third = await server.watch(configMaps);
    await server.server.close();
    expect(third.log).toEqual(['CLOSED']);
  });

  it('of a client that does not read is ended with 410', async () => {
    const server = await started();
    const http = new MemoryHttp(server);
    const exchange = http.open({ url: '/api/v1/configmaps?watch=1' });
    await server.create(configMaps, map('a'));
    exchange.pending = 8 * 1024 * 1024;
    await server.create(configMaps, map('b'));
    await server.create(configMaps, map('c'));
    await exchange.ended;
    const lines = exchange.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'ERROR']);
    expect(lines[1].object).toMatchObject({ kind: 'Status', code: 410, reason: 'Expired' });
    expect(server.server.watchCounts().get('/configmaps')).toBe(0);
  });

  it('is forgotten when its client goes', async () => {
    const server = await started();
    const http = new MemoryHttp(server);
    const exchange = http.open({ url: '/api/v1/configmaps?watch=1' });
    await server.advance(1);
    expect(server.server.watchCounts().get('/configmaps')).toBe(1);
    exchange.destroy();
    expect(server.server.watchCounts().get('/configmaps')).toBe(0);
  });
});

describe('a list and the watch from its revision', () => {
  const step = fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd'),
    what: fc.constantFrom('label', 'unlabel', 'change', 'delete', 'together'),
  });

  it('show the objects that are selected, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.nat(29), async (steps, openAt) => {
        const server = await started();
        const selected = new Map<string, AnyObject>();
        let watch: Awaited<ReturnType<TestServer['watch']>> | undefined;
        const open = async () => {
          const list = await server.list(configMaps, { labelSelector: ['app=x'] });
          for (const object of list.items) selected.set(object.metadata.name!, object);
          watch = await server.watch(configMaps, {
            labelSelector: ['app=x'],
            resourceVersion: [String(list.revision)],
          });
        };
        for (const [index, { name, what }] of steps.entries()) {
          if (index === openAt) await open();
          await act(server, name, what, index);
        }
        if (watch === undefined) await open();
        for (const [index, line] of watch!.log.entries()) {
          const object = watch!.objects[index]!;
          const name = object.metadata.name!;
          const type = line.split(' ')[0];
          // An object comes in once, changes while it is in, and goes out once.
          expect(selected.has(name)).toBe(type !== 'ADDED');
          if (type === 'DELETED') selected.delete(name);
          else selected.set(name, object);
        }
        const { items } = await server.list(configMaps, { labelSelector: ['app=x'] });
        expect([...selected.values()].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1))).toEqual(items);
      }),
      { numRuns: 60 },
    );
  });

  async function act(server: TestServer, name: string, what: string, index: number): Promise<void> {
    const where = { name, namespace: 'default' };
    const exists = await server.get(configMaps, name, 'default').then(
      () => true,
      () => false,
    );
    if (!exists) {
      await server.create(configMaps, map(name, what === 'label' ? { app: 'x' } : {}));
      return;
    }
    if (what === 'delete') await server.delete(configMaps, name, 'default');
    else if (what === 'together') {
      // Several writes of one object in one commit.
      const label = server.patch(configMaps, where, { metadata: { labels: { app: 'x' } } });
      const change = server.patch(configMaps, where, { data: { index: String(index) } });
      const unlabel = server.patch(configMaps, where, { metadata: { labels: { app: 'y' } } });
      await Promise.all([label, change, unlabel]);
    } else if (what === 'change') await server.patch(configMaps, where, { data: { index: String(index) } });
    else await server.patch(configMaps, where, { metadata: { labels: { app: what === 'label' ? 'x' : 'y' } } });
  }
});
