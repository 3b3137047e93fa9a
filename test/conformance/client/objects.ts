import { expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/meta.ts';
import { AbortError } from '../../../src/client/port.ts';
import { configMaps } from '../../../src/client/well-known.ts';
import { type ClientHarness, newNamespace, refusal, type Widget, widget, widgets } from './harness.ts';

const isDeeplyFrozen = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen));

export function objectCases(harness: () => ClientHarness): void {
  it('are created with defaults, read back, replaced and gone', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const created = await client.create<Widget>(widgets, widget(namespace, 'a', { color: 'red' }));
    expect(created).toMatchObject({ kind: 'Widget', metadata: { name: 'a', namespace, generation: 1 } });
    expect(created.spec).toEqual({ color: 'red', size: 5 });
    expect(created.status).toEqual({ observedGeneration: -1 });
    expect(await client.get<Widget>(widgets, { namespace, name: 'a' })).toEqual(created);

    const replaced = await client.replace<Widget>(widgets, { ...created, spec: { size: 7 } } as Widget);
    expect(replaced.spec).toEqual({ size: 7 });
    expect(replaced.metadata).toMatchObject({ uid: created.metadata.uid, generation: 2 });
    expect(replaced.metadata.resourceVersion).not.toBe(created.metadata.resourceVersion);

    await client.delete(widgets, { namespace, name: 'a' });
    const gone = await refusal(client.get(widgets, { namespace, name: 'a' }));
    expect(gone).toMatchObject({ code: 404, reason: 'NotFound' });
    expect(gone.message).toBe('widgets.conformance.orrery.dev "a" not found');
  });

  it('are frozen throughout', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const created = await client.create<Widget>(widgets, widget(namespace, 'a', { tags: ['x'] }));
    expect(isDeeplyFrozen(created)).toBe(true);
    expect(isDeeplyFrozen(await client.get(widgets, { namespace, name: 'a' }))).toBe(true);
    expect(isDeeplyFrozen((await client.list(widgets, { namespace })).items)).toBe(true);
  });

  it('do not keep what the caller does to its own object afterwards', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const mine = widget(namespace, 'a', { tags: ['x'] });
    await client.create<Widget>(widgets, mine);
    mine.spec.tags!.push('y');
    expect((await client.get<Widget>(widgets, { namespace, name: 'a' })).spec.tags).toEqual(['x']);
  });

  it('get a name from generateName', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const object = widget(namespace, '', {}, { name: undefined, generateName: 'w-' });
    expect((await client.create<Widget>(widgets, object)).metadata.name).toMatch(/^w-[a-z0-9]{5}$/);
  });

  it('refuse a taken name, a stale version and an invalid value, each in its own words', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const created = await client.create<Widget>(widgets, widget(namespace, 'a'));
    expect(await refusal(client.create(widgets, widget(namespace, 'a')))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
    });

    await client.replace(widgets, { ...created, spec: { size: 6 } } as Widget);
    const conflict = await refusal(client.replace(widgets, { ...created, spec: { size: 7 } } as Widget));
    expect(conflict).toMatchObject({ code: 409, reason: 'Conflict' });

    const invalid = await refusal(client.create(widgets, widget(namespace, 'b', { size: 0, color: 'mauve' })));
    expect(invalid).toMatchObject({ code: 422, reason: 'Invalid' });
    const causes = invalid.status.details?.causes ?? [];
    expect(causes.map(({ field }) => field).sort()).toEqual(expect.arrayContaining(['spec.color', 'spec.size']));
    expect(causes.find(({ field }) => field === 'spec.size')?.message).toBe(
      'Invalid value: 0: spec.size in body should be greater than or equal to 1',
    );
  });

  it('are refused strictly, or pruned, when a field is unknown', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const odd = widget(namespace, 'a', { colour: 'red' } as Widget['spec']);
    const error = await refusal(client.create(widgets, odd, { fieldValidation: 'Strict' }));
    expect(error.code).toBe(400);
    expect(error.message).toContain('unknown field "spec.colour"');
    expect((await client.create<Widget>(widgets, odd, { fieldValidation: 'Ignore' })).spec).toEqual({ size: 5 });
  });

  it('are not changed by a dry run', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const tried = await client.create<Widget>(widgets, widget(namespace, 'a'), { dryRun: true });
    expect(tried.spec.size).toBe(5);
    expect(await refusal(client.get(widgets, { namespace, name: 'a' }))).toMatchObject({ code: 404 });

    const real = await client.create<Widget>(widgets, widget(namespace, 'a'));
    const patch = { type: 'merge', body: { spec: { size: 9 } } } as const;
    expect((await client.patch<Widget>(widgets, real.metadata, patch, { dryRun: true })).spec.size).toBe(9);
    await client.delete(widgets, real.metadata, { dryRun: true });
    expect(await client.get(widgets, real.metadata)).toEqual(real);
  });

  it('have a status that only its subresource writes', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const object = { ...widget(namespace, 'a'), status: { phase: 'Ignored' } };
    const created = await client.create<Widget>(widgets, object);
    expect(created.status?.phase).toBeUndefined();
    const changed = { ...created, spec: { size: 50 }, status: { phase: 'Done', observedGeneration: 1 } } as Widget;
    const written = await client.replace<Widget>(widgets, changed, { subresource: 'status' });
    expect(written.status).toEqual({ phase: 'Done', observedGeneration: 1 });
    expect(written.spec.size).toBe(5);
    expect(written.metadata.generation).toBe(1);
    expect(await client.get(widgets, created.metadata, { subresource: 'status' })).toEqual(written);
  });

  it('are scaled by their scale subresource', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const created = await client.create<Widget>(widgets, widget(namespace, 'a', { replicas: 2 }));
    type Scale = KubeObject & { spec: { replicas: number } };
    const scale = await client.get<Scale>(widgets, created.metadata, { subresource: 'scale' });
    expect(scale).toMatchObject({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: { replicas: 2 } });
    await client.patch(
      widgets,
      created.metadata,
      { type: 'merge', body: { spec: { replicas: 4 } } },
      { subresource: 'scale' },
    );
    expect((await client.get<Widget>(widgets, created.metadata)).spec.replicas).toBe(4);
  });

  it('are listed in order of namespace and name, page by page, from one version', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    for (const name of ['c', 'a', 'e', 'b', 'd']) await client.create(widgets, widget(namespace, name));
    const first = await client.list<Widget>(widgets, { namespace, limit: 2 });
    expect(first.items.map((item) => item.metadata.name)).toEqual(['a', 'b']);
    await client.delete(widgets, { namespace, name: 'd' });
    const names = first.items.map((item) => item.metadata.name);
    let next = first.continue;
    while (next !== undefined) {
      const page = await client.list<Widget>(widgets, { namespace, limit: 2, continue: next });
      expect(page.resourceVersion).toBe(first.resourceVersion);
      names.push(...page.items.map((item) => item.metadata.name));
      next = page.continue;
    }
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await client.list(widgets, { namespace })).items).toHaveLength(4);
    expect((await client.list(widgets, { namespace })).continue).toBeUndefined();
  });

  it('are selected by labels, fields and namespace', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const other = await newNamespace(harness());
    await client.create(widgets, widget(namespace, 'a', {}, { labels: { app: 'web' } }));
    await client.create(widgets, widget(namespace, 'b', {}, { labels: { app: 'db' } }));
    await client.create(widgets, widget(other, 'a', {}, { labels: { app: 'web' } }));
    const names = async (options: object) =>
      (await client.list<Widget>(widgets, options)).items
        .filter(({ metadata }) => metadata.namespace === namespace || metadata.namespace === other)
        .map(({ metadata }) => `${metadata.namespace === namespace ? 'own' : 'other'}/${metadata.name}`)
        .sort();
    expect(await names({ namespace, labelSelector: 'app=web' })).toEqual(['own/a']);
    expect(await names({ namespace, labelSelector: 'app notin (web)' })).toEqual(['own/b']);
    expect(await names({ labelSelector: 'app=web' })).toEqual(['other/a', 'own/a']);
    expect(await names({ namespace, fieldSelector: 'metadata.name=b' })).toEqual(['own/b']);
    expect(await names({ fieldSelector: 'metadata.name=a' })).toEqual(['other/a', 'own/a']);
    expect((await refusal(client.list(widgets, { labelSelector: 'app in' }))).code).toBe(400);
  });

  it('of built-in kinds carry apiVersion and kind in lists too', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace }, data: { k: 'v' } };
    await client.create(configMaps, body);
    const { items } = await client.list<KubeObject>(configMaps, { namespace, fieldSelector: 'metadata.name=c' });
    expect(items).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', data: { k: 'v' } }]);
  });

  it('need a kind that is served and a namespace that exists', async () => {
    const { client } = harness();
    const unknown = { ...widgets, plural: 'gadgets', kind: 'Gadget' };
    expect((await refusal(client.list(unknown))).code).toBe(404);
    const error = await refusal(client.create(widgets, widget('no-such-namespace', 'a')));
    expect(error).toMatchObject({ code: 404, message: 'namespaces "no-such-namespace" not found' });
  });

  it('stay as they are when the signal was aborted before the call', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const signal = AbortSignal.abort();
    await expect(client.create(widgets, widget(namespace, 'a'), { signal })).rejects.toBeInstanceOf(AbortError);
    await expect(client.list(widgets, { signal })).rejects.toBeInstanceOf(AbortError);
    expect((await client.list(widgets, { namespace })).items).toEqual([]);
  });

  it('are not waited for when the signal aborts during the call', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const abort = new AbortController();
    const call = client.create(widgets, widget(namespace, 'a'), { signal: abort.signal });
    abort.abort();
    await expect(call).rejects.toBeInstanceOf(AbortError);
  });

  it('let the server say what it is', async () => {
    const { client } = harness();
    expect(await client.raw('/version')).toMatchObject({ gitVersion: expect.stringMatching(/^v\d+\.\d+\.\d+/) });
    expect(await client.raw('/readyz')).toBe('ok');
    expect(await client.raw(`/apis/${widgets.group}/v1`)).toMatchObject({
      kind: 'APIResourceList',
      resources: expect.arrayContaining([expect.objectContaining({ name: 'widgets/status' })]),
    });
    expect(await refusal(client.raw('/apis/nowhere.example.com/v1'))).toMatchObject({ code: 404 });
  });
}
