import { expect, it } from 'vitest';
import type { Patch } from '../../../src/client/port.ts';
import { type ClientHarness, newNamespace, refusal, type Widget, widget, widgets } from './harness.ts';

export function patchCases(harness: () => ClientHarness): void {
  const start = async (spec: Widget['spec'] = { size: 5, tags: ['x', 'y'] }) => {
    const namespace = await newNamespace(harness());
    const { client } = harness();
    return { client, namespace, object: await client.create<Widget>(widgets, widget(namespace, 'a', spec)) };
  };

  it('of JSON apply all operations or none', async () => {
    const { client, object } = await start();
    const patch = (...operations: Extract<Patch, { type: 'json' }>['operations'][number][]) =>
      client.patch<Widget>(widgets, object.metadata, { type: 'json', operations });
    const patched = await patch(
      { op: 'test', path: '/spec/size', value: 5 },
      { op: 'replace', path: '/spec/size', value: 6 },
      { op: 'add', path: '/spec/tags/-', value: 'z' },
      { op: 'remove', path: '/spec/tags/0' },
      { op: 'copy', from: '/spec/tags/0', path: '/spec/color' },
      { op: 'replace', path: '/spec/color', value: 'blue' },
    );
    expect(patched.spec).toEqual({ size: 6, tags: ['y', 'z'], color: 'blue' });

    const failed = await refusal(
      patch({ op: 'replace', path: '/spec/size', value: 7 }, { op: 'test', path: '/spec/color', value: 'red' }),
    );
    expect(failed).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(failed.status.details?.causes ?? []).toEqual([]);
    expect((await refusal(patch({ op: 'remove', path: '/spec/nothing' }))).code).toBe(422);
    expect((await client.get<Widget>(widgets, object.metadata)).spec.size).toBe(6);
  });

  it('of merge type set, leave and remove', async () => {
    const { client, object } = await start();
    const body = { metadata: { labels: { app: 'web' } }, spec: { tags: null, color: 'green' } };
    const patched = await client.patch<Widget>(widgets, object.metadata, { type: 'merge', body });
    expect(patched.spec).toEqual({ size: 5, color: 'green' });
    expect(patched.metadata.labels).toEqual({ app: 'web' });
  });

  it('with a resourceVersion are refused when it is not the present one', async () => {
    const { client, object } = await start();
    const body = { metadata: { resourceVersion: object.metadata.resourceVersion }, spec: { size: 6 } };
    await client.patch(widgets, object.metadata, { type: 'merge', body });
    const again = { ...body, spec: { size: 7 } };
    expect(await refusal(client.patch(widgets, object.metadata, { type: 'merge', body: again }))).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
  });

  it('that change nothing are no write', async () => {
    const { client, object } = await start();
    const patch = { type: 'merge', body: { spec: { size: 6 } } } as const;
    const first = await client.patch<Widget>(widgets, object.metadata, patch);
    expect(await client.patch<Widget>(widgets, object.metadata, patch)).toEqual(first);
  });

  it('of apply type create, own fields, and refuse to take what another owns', async () => {
    const { client } = harness();
    const namespace = await newNamespace(harness());
    const apply = (manager: string, spec: Widget['spec'], force = false) =>
      client.patch<Widget>(
        widgets,
        { namespace, name: 'a' },
        { type: 'apply', body: widget(namespace, 'a', spec) },
        { fieldManager: manager, force },
      );
    const created = await apply('one', { color: 'red', parts: [{ name: 'p', count: 1 }] });
    expect(created.metadata.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply' }]);
    const merged = await apply('two', { parts: [{ name: 'q', count: 2 }] });
    expect(merged.spec.parts).toEqual([
      { name: 'p', count: 1 },
      { name: 'q', count: 2 },
    ]);
    const conflict = await refusal(apply('two', { color: 'blue' }));
    expect(conflict).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(conflict.status.details?.causes).toMatchObject([{ reason: 'FieldManagerConflict', field: '.spec.color' }]);
    expect((await apply('two', { color: 'blue' }, true)).spec).toMatchObject({ color: 'blue', parts: [{ name: 'p' }] });
  });

  it('of status leave the rest alone, and say which controller wrote', async () => {
    const { client, object } = await start();
    const patched = await client.patch<Widget>(
      widgets,
      object.metadata,
      {
        type: 'json',
        operations: [
          { op: 'test', path: '/metadata/uid', value: object.metadata.uid },
          { op: 'add', path: '/status/phase', value: 'Busy' },
          { op: 'replace', path: '/spec/size', value: 99 },
        ],
      },
      { subresource: 'status', fieldManager: 'conformance' },
    );
    expect(patched.status).toEqual({ phase: 'Busy', observedGeneration: -1 });
    expect(patched.spec.size).toBe(5);
    expect(patched.metadata.generation).toBe(1);
    expect(patched.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: 'conformance', subresource: 'status' }),
    );
  });

  it('are refused with their causes when the result is invalid', async () => {
    const { client, object } = await start();
    const error = await refusal(
      client.patch(widgets, object.metadata, { type: 'merge', body: { spec: { size: 1000 } } }),
    );
    expect(error).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(error.status.details?.causes).toMatchObject([{ field: 'spec.size' }]);
  });
}
