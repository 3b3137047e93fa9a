import { expect, it } from 'vitest';
import { type ClientHarness, eventually, newNamespace, refusal, type Widget, widget, widgets } from './harness.ts';

export function deletionCases(harness: () => ClientHarness): void {
  const exists = async (namespace: string, name: string) =>
    (await harness().client.list(widgets, { namespace, fieldSelector: `metadata.name=${name}` })).items.length > 0;

  it('waits for finalizers', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const metadata = { finalizers: ['conformance.orrery.dev/hold'] };
    const created = await client.create<Widget>(widgets, widget(namespace, 'a', {}, metadata));
    await client.delete(widgets, created.metadata);
    const dying = await client.get<Widget>(widgets, created.metadata);
    expect(dying.metadata.deletionTimestamp).toMatch(/^\d{4}-.*Z$/);
    expect(dying.metadata.generation).toBe(2);
    await client.patch(widgets, created.metadata, {
      type: 'json',
      operations: [
        { op: 'test', path: '/metadata/finalizers/0', value: 'conformance.orrery.dev/hold' },
        { op: 'remove', path: '/metadata/finalizers/0' },
      ],
    });
    expect(await exists(namespace, 'a')).toBe(false);
  });

  it('of an object that is not there says NotFound', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    expect(await refusal(client.delete(widgets, { namespace, name: 'a' }))).toMatchObject({ code: 404 });
  });

  it('with a uid spares an object of the same name', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const created = await client.create<Widget>(widgets, widget(namespace, 'a'));
    const uid = '00000000-0000-4000-8000-000000000000';
    expect(await refusal(client.delete(widgets, created.metadata, { uid }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
    expect(await exists(namespace, 'a')).toBe(true);
    await client.delete(widgets, created.metadata, { uid: created.metadata.uid });
    expect(await exists(namespace, 'a')).toBe(false);
  });

  it('of a collection takes what the selection holds', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    for (const [name, app] of [
      ['a', 'web'],
      ['b', 'web'],
      ['c', 'db'],
    ] as const) {
      await client.create(widgets, widget(namespace, name, {}, { labels: { app } }));
    }
    await client.deleteCollection(widgets, { namespace, labelSelector: 'app=web' });
    const left = await client.list<Widget>(widgets, { namespace });
    expect(left.items.map(({ metadata }) => metadata.name)).toEqual(['c']);
  });

  const family = async (namespace: string) => {
    const { client } = harness();
    const owner = await client.create<Widget>(widgets, widget(namespace, 'owner'));
    const { apiVersion, kind } = owner;
    const { name, uid } = owner.metadata;
    const ownerReferences = [{ apiVersion, kind, name, uid, blockOwnerDeletion: true }];
    await client.create(widgets, widget(namespace, 'child', {}, { ownerReferences }));
    return owner;
  };

  it('in the background takes the children afterwards', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.delete(widgets, (await family(namespace)).metadata, { propagation: 'Background' });
    expect(await exists(namespace, 'owner')).toBe(false);
    // The real collector learns of a new kind within 30 s.
    await eventually(harness(), async () => expect(await exists(namespace, 'child')).toBe(false), 60_000);
  }, 70_000);

  it('in the foreground takes the children first', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.delete(widgets, (await family(namespace)).metadata, { propagation: 'Foreground' });
    await eventually(harness(), async () => expect(await exists(namespace, 'owner')).toBe(false));
    expect(await exists(namespace, 'child')).toBe(false);
  });

  it('as orphans leaves the children, without an owner', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    await client.delete(widgets, (await family(namespace)).metadata, { propagation: 'Orphan' });
    await eventually(harness(), async () => expect(await exists(namespace, 'owner')).toBe(false));
    const child = await client.get<Widget>(widgets, { namespace, name: 'child' });
    expect(child.metadata.ownerReferences ?? []).toEqual([]);
  });
}
