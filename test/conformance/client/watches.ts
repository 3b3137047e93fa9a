import { expect, it } from 'vitest';
import { ApiError } from '../../../src/client/port.ts';
import { type ClientHarness, eventually, newNamespace, Recorder, type Widget, widget, widgets } from './harness.ts';

export function watchCases(harness: () => ClientHarness): void {
  const until = (check: () => void) => eventually(harness(), check);

  it('tell what changed after a version, in order, and nothing after stop', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.create(widgets, widget(namespace, 'before'));
    const { resourceVersion } = await client.list(widgets, { namespace });
    const recorder = new Recorder();
    const watch = client.watch(widgets, { namespace, resourceVersion }, recorder);
    const created = await client.create<Widget>(widgets, widget(namespace, 'a'));
    const patch = { type: 'merge', body: { spec: { size: 9 } } } as const;
    const changed = await client.patch<Widget>(widgets, created.metadata, patch);
    await client.delete(widgets, created.metadata);
    await until(() => expect(recorder.story).toEqual(['added a', 'modified a', 'deleted a']));
    const objects = recorder.received.flatMap((event) => (event.type === 'bookmark' ? [] : [event.object]));
    expect(objects[0]).toEqual(created);
    expect(objects[1]).toEqual(changed);
    expect(Number(objects[2]!.metadata.resourceVersion)).toBeGreaterThan(Number(changed.metadata.resourceVersion));
    expect(Object.isFrozen(objects[0]!.spec)).toBe(true);

    watch.stop();
    watch.stop();
    await client.create(widgets, widget(namespace, 'b'));
    await harness().pass(200);
    expect(recorder.story).toHaveLength(3);
    expect(recorder.endings).toEqual([]);
  });

  it('begin with the present objects when no version is given', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.create(widgets, widget(namespace, 'a'));
    await client.create(widgets, widget(namespace, 'b'));
    const recorder = new Recorder();
    const watch = client.watch(widgets, { namespace }, recorder);
    await until(() => expect([...recorder.story].sort()).toEqual(['added a', 'added b']));
    await client.create(widgets, widget(namespace, 'c'));
    await until(() => expect(recorder.story.at(-1)).toBe('added c'));
    watch.stop();
  });

  it('send the initial events and a synced bookmark when asked to', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.create(widgets, widget(namespace, 'a'));
    const last = await client.create<Widget>(widgets, widget(namespace, 'b'));
    const recorder = new Recorder();
    const watch = client.watch(widgets, { namespace, sendInitialEvents: true }, recorder);
    await until(() => expect(recorder.received.some((event) => event.type === 'bookmark')).toBe(true));
    const at = recorder.received.findIndex((event) => event.type === 'bookmark');
    const bookmark = recorder.received[at]!;
    expect(bookmark).toMatchObject({ type: 'bookmark', synced: true });
    expect(recorder.story.slice(0, at).sort()).toEqual(['added a', 'added b']);
    if (bookmark.type === 'bookmark') {
      expect(Number(bookmark.resourceVersion)).toBeGreaterThanOrEqual(Number(last.metadata.resourceVersion));
    }
    await client.create(widgets, widget(namespace, 'c'));
    await until(() => expect(recorder.story.at(-1)).toBe('added c'));
    watch.stop();
  });

  it('say 410 once when the version is forgotten', async () => {
    const { client } = harness();
    const recorder = new Recorder();
    const resourceVersion = await harness().forgottenVersion();
    client.watch(widgets, { resourceVersion }, recorder);
    await until(() => expect(recorder.endings).toHaveLength(1));
    expect(recorder.endings[0]).toBeInstanceOf(ApiError);
    expect((recorder.endings[0] as ApiError).code).toBe(410);
    expect(recorder.received).toEqual([]);
  });

  it('end in good order after their time', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const { resourceVersion } = await client.list(widgets, { namespace });
    const recorder = new Recorder();
    client.watch(widgets, { namespace, resourceVersion, timeoutSeconds: 1 }, recorder);
    await harness().pass(1100);
    await until(() => expect(recorder.endings).toEqual([undefined]));
  });

  it('of a kind that is not served end with the refusal', async () => {
    const recorder = new Recorder();
    harness().client.watch({ ...widgets, plural: 'gadgets' }, {}, recorder);
    await until(() => expect(recorder.endings).toHaveLength(1));
    expect(recorder.endings[0]).toMatchObject({ name: 'ApiError', code: 404 });
  });

  it('with a selector tell of objects that come into it and leave it', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const { resourceVersion } = await client.list(widgets, { namespace });
    const recorder = new Recorder();
    const watch = client.watch(widgets, { namespace, resourceVersion, labelSelector: 'app=web' }, recorder);
    const label = (app: string | null) =>
      client.patch(widgets, { namespace, name: 'a' }, { type: 'merge', body: { metadata: { labels: { app } } } });
    await client.create(widgets, widget(namespace, 'a', {}, { labels: { app: 'db' } }));
    await label('web');
    await label('web2');
    await label('web');
    await client.delete(widgets, { namespace, name: 'a' });
    await until(() => expect(recorder.story).toEqual(['added a', 'deleted a', 'added a', 'deleted a']));
    watch.stop();
  });

  it('by the hundred each tell everything and leave room for calls', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const { resourceVersion } = await client.list(widgets, { namespace });
    const recorders = Array.from({ length: 100 }, () => new Recorder());
    const watches = recorders.map((recorder) => client.watch(widgets, { namespace, resourceVersion }, recorder));
    const names = Array.from({ length: 20 }, (_, i) => `w${String(i).padStart(2, '0')}`);
    await Promise.all(names.map((name) => client.create(widgets, widget(namespace, name))));
    await until(() => expect(recorders.map(({ story }) => story.length)).toEqual(recorders.map(() => 20)));
    for (const { story } of recorders) expect(story).toEqual(recorders[0]!.story);
    for (const watch of watches) watch.stop();
  });
}
