import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { configMaps, refusal, TestServer } from '../support/in-memory.ts';

const server = () => new TestServer().start();

const map = (
  name: string,
  owners: readonly AnyObject[] = [],
  options: { block?: boolean; finalizers?: string[] } = {},
) => ({
  metadata: {
    name,
    namespace: 'default',
    ...(options.finalizers && { finalizers: options.finalizers }),
    ownerReferences: owners.map((owner) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: owner.metadata.name,
      uid: owner.metadata.uid,
      ...(options.block === true && { blockOwnerDeletion: true }),
    })),
  },
});

const names = async (test: TestServer) => (await test.list(configMaps)).items.map(({ metadata }) => metadata.name);
const gone = async (test: TestServer, name: string) =>
  expect(await refusal(test.get(configMaps, name, 'default'))).toMatchObject({ code: 404 });

describe('the garbage collector', () => {
  it('deletes what belonged to a deleted object, and what belonged to that', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    const b = await test.create(configMaps, map('b', [a]));
    await test.create(configMaps, map('c', [b]));
    await test.create(configMaps, map('other'));
    await test.delete(configMaps, 'a', 'default');
    await test.advance(10);
    expect(await names(test)).toEqual(['other']);
  });

  it('deletes an object whose owner was never there', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    await test.create(configMaps, map('b', [{ ...a, metadata: { ...a.metadata, uid: 'another' } }]));
    await test.advance(10);
    expect(await names(test)).toEqual(['a']);
  });

  it('drops the reference to one of two owners', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    const b = await test.create(configMaps, map('b'));
    await test.create(configMaps, map('c', [a, b]));
    await test.delete(configMaps, 'a', 'default');
    await test.advance(10);
    const c = await test.get(configMaps, 'c', 'default');
    expect(c.metadata.ownerReferences?.map(({ name }) => name)).toEqual(['b']);
  });

  it('in the foreground, deletes the owner when nothing that blocks it is left', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    await test.create(configMaps, map('b', [a], { block: true, finalizers: ['t.example.com/hold'] }));
    await test.create(configMaps, map('c', [a]));
    const marked = await test.delete(configMaps, 'a', 'default', { propagationPolicy: 'Foreground' });
    expect(marked.metadata.finalizers).toEqual(['foregroundDeletion']);
    await test.advance(10);
    expect((await test.get(configMaps, 'a', 'default')).metadata.deletionTimestamp).toBeDefined();
    expect((await test.get(configMaps, 'b', 'default')).metadata.deletionTimestamp).toBeDefined();
    // What does not block goes at once.
    await gone(test, 'c');
    await test.patch(configMaps, { name: 'b', namespace: 'default' }, { metadata: { finalizers: null } });
    await test.advance(10);
    expect(await names(test)).toEqual([]);
  });

  it('leaves orphans', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    await test.create(configMaps, map('b', [a]));
    await test.delete(configMaps, 'a', 'default', { propagationPolicy: 'Orphan' });
    await test.advance(10);
    await gone(test, 'a');
    expect((await test.get(configMaps, 'b', 'default')).metadata.ownerReferences).toBeUndefined();
  });

  it('ends a circle of owners that wait for each other', async () => {
    const test = await server();
    const a = await test.create(configMaps, map('a'));
    const b = await test.create(configMaps, map('b', [a], { block: true }));
    const { ownerReferences } = map('x', [b], { block: true }).metadata;
    await test.patch(configMaps, { name: 'a', namespace: 'default' }, { metadata: { ownerReferences } });
    await test.delete(configMaps, 'a', 'default', { propagationPolicy: 'Foreground' });
    await test.advance(100);
    expect(await names(test)).toEqual([]);
  });

  it('leaves what belongs to a kind that it does not know', async () => {
    const test = await server();
    const object = map('a');
    const owner = { apiVersion: 'nowhere.example.com/v1', kind: 'Ghost', name: 'g', uid: 'u' };
    await test.create(configMaps, { metadata: { ...object.metadata, ownerReferences: [owner] } });
    await test.advance(10_000);
    expect(await names(test)).toEqual(['a']);
  });
});
