import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { AbortError, ConnectionError, type WatchOptions } from '../../src/client/port.ts';
import { Absence } from '../../src/informer/absence.ts';
import { withoutManagedFields } from '../../src/informer/informer.ts';
import { refused } from '../support/memory-client.ts';
import { type Box, boxes, storyOf, World } from './world.ts';

for (const streamed of [true, false]) {
  describe(`Informer, ${streamed ? 'loading by a stream' : 'loading by lists'}`, () => {
    it('loads what there is and tells every change', async () => {
      const world = new World();
      await world.create('b');
      await world.create('a');
      const informer = world.informer({ streamed });
      const story = storyOf(informer);
      informer.start();
      expect(informer.isSynced).toBe(false);
      await world.pass(10);
      await informer.synced;
      expect(story).toEqual(['+a 0', '+b 0']);
      await world.change('a', { n: 1 });
      await world.create('c', 5);
      await world.delete('b');
      await world.pass(10);
      expect(story.slice(2)).toEqual(['~a 1', '+c 5', '-b']);
      expect(informer.view().list('default')).toEqual([informer.get('default', 'a'), informer.get('default', 'c')]);
    });

    it('goes on where it was when the connection breaks', async () => {
      const world = new World();
      await world.create('a');
      const informer = world.informer({ streamed });
      const story = storyOf(informer);
      informer.start();
      await world.pass(10);
      world.server.breakWatches(boxes, new ConnectionError('reset'));
      await world.change('a', { n: 1 });
      await world.change('a', { n: 2 });
      await world.pass(2000);
      expect(story).toEqual(['+a 0', '~a 1', '~a 2']);
    });

    it('compares with a new list when the version is forgotten, and tells what is gone', async () => {
      const world = new World();
      await world.create('a');
      await world.create('b');
      await world.create('same');
      const informer = world.informer({ streamed });
      const story = storyOf(informer);
      informer.start();
      await world.pass(10);
      world.server.breakWatches(boxes, new ConnectionError('reset'));
      await world.delete('a');
      await world.change('b', { n: 3 });
      await world.create('c', 4);
      world.server.forget();
      await world.pass(5000);
      expect(story.slice(3).sort()).toEqual(['+c 4', '-a', '~b 3']);
    });
  });
}

describe('Informer', () => {
  it('says once, however many kinds there are, that they are not installed, and when they are again', async () => {
    const world = new World();
    const { server } = world;
    const said: string[] = [];
    const note = (_: object, text: string) => void said.push(text);
    const logger = { ...silentLogger, warn: note, info: note };
    let isInstalled = false;
    const client = Object.create(server) as typeof server;
    client.list = ((...args: Parameters<typeof server.list>) =>
      isInstalled ? server.list(...args) : Promise.reject(refused(404, 'NotFound'))) as typeof server.list;
    client.watch = server.watch.bind(server) as typeof server.watch;
    const absence = new Absence(logger);
    const kinds = ['Box', 'Crate', 'Tin'].map((kind) => ({ ...boxes, kind, plural: `${kind.toLowerCase()}s` }));
    const informers = kinds.map((type) => world.informer({ client, logger, absence, type, streamed: false }));
    for (const informer of informers) informer.start();
    await world.pass(60_000);
    expect(said).toEqual(['the kinds are not installed: orrery crds | kubectl apply -f -']);
    isInstalled = true;
    await world.pass(120_000);
    expect(informers.map((informer) => informer.isSynced)).toEqual([true, true, true]);
    expect(said.slice(1).sort()).toEqual(['the kinds are installed again', ...kinds.map(() => 'watching again')]);
  });

  it('falls back to lists when the server refuses to stream', async () => {
    const world = new World();
    await world.create('a');
    const asked: WatchOptions[] = [];
    const { server } = world;
    const client = Object.create(server) as typeof server;
    client.list = server.list.bind(server) as typeof server.list;
    client.watch = (type, options, observer) => {
      asked.push(options);
      if (!options.sendInitialEvents) return server.watch(type, options, observer);
      world.clock.defer(() => observer.closed(refused(422, 'Invalid')));
      return { stop() {} };
    };
    const informer = world.informer({ client });
    informer.start();
    await world.pass(100);
    expect(informer.isSynced).toBe(true);
    expect(asked.map(({ sendInitialEvents }) => sendInitialEvents)).toEqual([true, undefined]);
  });

  it('falls back to lists when the stream is never completed', async () => {
    const world = new World();
    await world.create('a');
    const { server } = world;
    const client = Object.create(server) as typeof server;
    client.list = server.list.bind(server) as typeof server.list;
    client.watch = (type, { sendInitialEvents: _, ...options }, observer) => server.watch(type, options, observer);
    const informer = world.informer({ client });
    informer.start();
    await world.pass(14_000);
    expect(informer.isSynced).toBe(false);
    await world.pass(2_000);
    expect(informer.isSynced).toBe(true);
  });

  it('lists in pages and starts over when they expire', async () => {
    const world = new World();
    for (let i = 0; i < 1200; i++) await world.create(`b${i}`);
    const { server } = world;
    const asked: (string | undefined)[] = [];
    const client = Object.create(server) as typeof server;
    client.watch = server.watch.bind(server) as typeof server.watch;
    client.list = (type, options = {}) => {
      asked.push(`${options.limit ?? 'all'}`);
      if (asked.length === 3) throw refused(410, 'Expired');
      return server.list(type, options);
    };
    const informer = world.informer({ client, streamed: false });
    informer.start();
    await world.pass(100);
    expect(asked).toEqual(['500', '500', '500', 'all']);
    expect(informer.view().size).toBe(1200);
  });

  it('tries again with growing pauses, spread at random, and honours Retry-After', async () => {
    const world = new World();
    const times: number[] = [];
    const client = Object.create(world.server) as typeof world.server;
    client.watch = (_type, _options, observer) => {
      times.push(world.clock.monotonic());
      world.clock.defer(() => observer.closed(new ConnectionError('refused')));
      return { stop() {} };
    };
    const informer = world.informer({ client });
    informer.start();
    await world.pass(300_000);
    const pauses = times.slice(1).map((time, i) => time - times[i]!);
    for (const [i, pause] of pauses.entries()) {
      const base = Math.min(30_000, 800 * 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(base);
      expect(pause).toBeLessThanOrEqual(2 * base);
    }
    expect(pauses.length).toBeGreaterThan(8);
    informer.stop();
  });

  it('asks for watches of 5 to 10 minutes, each of another length, from the version of the last bookmark', async () => {
    const world = new World();
    await world.create('a');
    const asked: WatchOptions[] = [];
    const { server } = world;
    const client = Object.create(server) as typeof server;
    client.watch = (type, options, observer) => {
      asked.push(options);
      return server.watch(type, options, observer);
    };
    const informer = world.informer({ client });
    informer.start();
    await world.pass(1000);
    for (let i = 0; i < 5; i++) await server.create({ ...boxes, plural: 'others' }, { metadata: { name: `o${i}` } });
    server.bookmark(boxes);
    const { version } = server;
    await world.pass(3_600_000);
    expect(asked[1]!.resourceVersion).toBe(version);
    const lengths = asked.map(({ timeoutSeconds }) => timeoutSeconds!);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(300);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(600);
    expect(new Set(lengths).size).toBeGreaterThan(3);
    expect(server.openWatches(boxes)).toBe(1);
    informer.stop();
    expect(server.openWatches(boxes)).toBe(0);
  });

  it('finds objects by index', async () => {
    const world = new World();
    await world.create('a', 0, 'default', 'h1');
    await world.create('b', 0, 'default', 'h1');
    await world.create('c', 0, 'other', 'h1');
    const informer = world.informer();
    informer.start();
    await world.pass(10);
    const names = (host: string) =>
      informer
        .view()
        .by('host', 'default', host)
        .map(({ metadata }) => metadata.name);
    expect(names('h1')).toEqual(['a', 'b']);
    await world.change('a', { host: 'h2' });
    await world.pass(10);
    expect(names('h1')).toEqual(['b']);
    expect(names('h2')).toEqual(['a']);
  });

  it('sees only its namespaces, each with a watch of its own', async () => {
    const world = new World();
    for (const namespace of ['one', 'two', 'three']) await world.create('a', 0, namespace);
    const informer = world.informer({ namespaces: ['one', 'two'] });
    informer.start();
    await world.pass(10);
    await informer.synced;
    expect(informer.view().namespaces()).toEqual(['one', 'two']);
    expect(world.server.openWatches(boxes)).toBe(2);
    await world.create('b', 0, 'two');
    await world.create('b', 0, 'three');
    await world.pass(10);
    expect(informer.view().size).toBe(3);
  });

  it('shows the answer to an own write before the watch does, and tells it once', async () => {
    const world = new World();
    await world.create('a');
    const informer = world.informer();
    const story = storyOf(informer);
    informer.start();
    await world.pass(10);
    const answer = await world.change('a', { n: 1 });
    informer.overlay(answer);
    expect(informer.get('default', 'a')).toBe(answer);
    await world.pass(10);
    expect(story).toEqual(['+a 0', '~a 1']);
  });

  it('does not bring back with an old answer what was changed or deleted since', async () => {
    const world = new World();
    await world.create('a');
    await world.create('b');
    const informer = world.informer();
    informer.start();
    await world.pass(10);
    const late = [await world.change('a', { n: 1 }), await world.change('b', { n: 1 })];
    await world.change('a', { n: 2 });
    await world.delete('b');
    await world.pass(10);
    for (const answer of late) informer.overlay(answer);
    expect(informer.get('default', 'a')!.spec.n).toBe(2);
    expect(informer.get('default', 'b')).toBeUndefined();
  });

  it('keeps an own write that a list is too old to know', async () => {
    const world = new World();
    await world.create('a');
    const informer = world.informer({ streamed: false });
    informer.start();
    await world.pass(10);
    const stale = await world.server.list<Box>(boxes);
    const created = await world.create('b');
    const changed = await world.change('a', { n: 7 });
    informer.overlay(created);
    informer.overlay(changed);
    world.server.list = async () => stale as never;
    world.server.breakWatches(boxes, refused(410, 'Expired'));
    const story = storyOf(informer);
    await world.pass(5);
    expect(informer.get('default', 'a')!.spec.n).toBe(7);
    expect(informer.get('default', 'b')).toBe(created);
    await world.pass(5000);
    expect(story).toEqual([]);
  });

  it('waits until the watch has come to a version', async () => {
    const world = new World();
    const informer = world.informer();
    informer.start();
    await world.pass(10);
    const { metadata } = await world.create('a');
    let seen: Box | undefined;
    void informer.waitFor(metadata).then(() => {
      seen = informer.get('default', 'a');
    });
    expect(seen).toBeUndefined();
    await world.pass(10);
    expect(seen?.metadata.uid).toBe(metadata.uid);
    await informer.waitFor(metadata);

    const abort = new AbortController();
    const waiting = informer.waitFor({ resourceVersion: '999999' }, abort.signal);
    abort.abort();
    await expect(waiting).rejects.toBeInstanceOf(AbortError);
    const left = informer.waitFor({ resourceVersion: '999999' });
    informer.stop();
    await expect(left).rejects.toBeInstanceOf(AbortError);
  });

  it('goes on when a listener throws', async () => {
    const world = new World();
    const informer = world.informer();
    informer.onChange(() => {
      throw new Error('defect');
    });
    const story = storyOf(informer);
    informer.start();
    await world.pass(10);
    await world.create('a');
    await world.pass(10);
    expect(story).toEqual(['+a 0']);
  });

  it('keeps objects without managed fields when asked to', async () => {
    const world = new World();
    const managedFields = [{ manager: 'm' }];
    await world.server.create(boxes, { metadata: { namespace: 'default', name: 'a', managedFields }, spec: { n: 1 } });
    const informer = world.informer({ transform: withoutManagedFields });
    informer.start();
    await world.pass(10);
    const kept = informer.get('default', 'a')!;
    expect(kept.metadata).not.toHaveProperty('managedFields');
    expect(kept.spec).toEqual({ n: 1 });
    expect(Object.isFrozen(kept) && Object.isFrozen(kept.metadata)).toBe(true);
  });
});
