import { describe, expect, it } from 'vitest';
import {
  configMaps,
  definitions,
  namespaces,
  refusal,
  TestServer,
  widget,
  widgetDefinition,
  widgets,
} from './support/in-memory.ts';

const withWidgets = async () => {
  const server = await new TestServer().start();
  await server.create(definitions, widgetDefinition());
  await server.advance(1);
  return server;
};

describe('an API server in memory', () => {
  it('has the namespaces of every cluster from the start', async () => {
    const server = await new TestServer().start();
    const { items } = await server.list(namespaces);
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
  });

  it('creates, reads, changes and deletes a configmap', async () => {
    const server = await new TestServer().start();
    const map = (data: object) => ({ metadata: { name: 'a', namespace: 'default' }, data });
    const created = await server.create(configMaps, map({ x: '1' }));
    expect(created).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { x: '1' } });
    expect(created.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    const patched = await server.patch(configMaps, { name: 'a', namespace: 'default' }, { data: { y: '2' } });
    expect(patched['data']).toEqual({ x: '1', y: '2' });
    expect(Number(patched.metadata.resourceVersion)).toBeGreaterThan(Number(created.metadata.resourceVersion));
    expect(await refusal(server.update(configMaps, { ...created, data: {} }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    await server.delete(configMaps, 'a', 'default');
    expect(await refusal(server.get(configMaps, 'a', 'default'))).toMatchObject({
      code: 404,
      message: 'configmaps "a" not found',
    });
  });

  it('serves a definition as soon as its names are accepted', async () => {
    const server = await withWidgets();
    const created = await server.create(widgets, widget('w', { zone: 'z' }));
    expect(created).toMatchObject({ spec: { zone: 'z', cpu: 4 }, status: { observedGeneration: -1 } });
    expect(created.metadata.generation).toBe(1);
    const changed = await server.patch(widgets, { name: 'w', namespace: 'default' }, { spec: { cpu: 8 } });
    expect(changed.metadata.generation).toBe(2);
    const status = await server.patch(
      widgets,
      { name: 'w', namespace: 'default', subresource: 'status' },
      { spec: { cpu: 1 }, status: { replicas: 3 } },
    );
    expect(status).toMatchObject({ spec: { cpu: 8 }, status: { replicas: 3 } });
    expect(status.metadata.generation).toBe(2);
    expect(
      await refusal(server.patch(widgets, { name: 'w', namespace: 'default' }, { spec: { cpu: 0 } })),
    ).toMatchObject({
      code: 422,
      reason: 'Invalid',
    });
  });

  it('scales', async () => {
    const server = await withWidgets();
    await server.create(widgets, widget('w', { replicas: 2 }));
    const where = { name: 'w', namespace: 'default', subresource: 'scale' };
    const scale = await server.patch(widgets, where, { spec: { replicas: 5 } });
    expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 5 } });
    expect(await server.get(widgets, 'w', 'default')).toMatchObject({ spec: { replicas: 5 } });
  });

  it('shows a watch the changes in the order of their commits', async () => {
    const server = await withWidgets();
    await server.create(widgets, widget('w', { zone: 'a' }, { labels: { app: 'x' } }));
    const all = await server.watch(widgets, { allowWatchBookmarks: ['true'] });
    const labelled = await server.watch(widgets, { labelSelector: ['app=x'] });
    await server.patch(widgets, { name: 'w', namespace: 'default' }, { spec: { zone: 'b' } });
    await server.patch(widgets, { name: 'w', namespace: 'default' }, { metadata: { labels: { app: 'y' } } });
    await server.delete(widgets, 'w', 'default');
    const short = (log: string[]) => log.map((line) => line.replace(/@?\d+/, ''));
    expect(short(all.log)).toEqual(['ADDED w', 'BOOKMARK  initial', 'MODIFIED w', 'MODIFIED w', 'DELETED w']);
    expect(short(labelled.log)).toEqual(['ADDED w', 'MODIFIED w', 'DELETED w']);
  });

  it('empties a namespace that is deleted, and lets it go', async () => {
    const server = await withWidgets();
    await server.create(namespaces, { metadata: { name: 'lab' } });
    await server.create(widgets, widget('w', {}, { namespace: 'lab' }));
    await server.delete(namespaces, 'lab');
    expect(await refusal(server.create(widgets, widget('v', {}, { namespace: 'lab' })))).toMatchObject({ code: 403 });
    await server.advance(1000);
    expect(await refusal(server.get(namespaces, 'lab'))).toMatchObject({ code: 404 });
    expect((await server.list(widgets)).items).toEqual([]);
  });
});
