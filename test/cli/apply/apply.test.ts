import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/api/meta.ts';
import { applyManifests } from '../../../src/cli/apply/apply.ts';
import { loadManifests } from '../../../src/cli/manifests/load.ts';
import { configMaps, namespaces } from '../../../src/client/well-known.ts';
import { memoryServer } from '../../support/memory-server.ts';

const widgets = { group: 'lab.example.io', version: 'v1', kind: 'Widget', plural: 'widgets', namespaced: true };
const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.lab.example.io}
spec:
  group: lab.example.io
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer, minimum: 1, default: 3}
                tags: {type: array, items: {type: string}}
`;
const widget = (name: string, spec = '{}', namespace = 'lab') =>
  `apiVersion: lab.example.io/v1\nkind: Widget\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}\n`;

async function lab() {
  const { client, clock, during } = await memoryServer();
  const complaints: string[] = [];
  const apply = async (...documents: string[]) => {
    const place = { folder: '/', readInput: async () => documents.join('---\n') };
    const manifests = await loadManifests(['-'], place);
    const signal = new AbortController().signal;
    complaints.length = 0;
    return during(applyManifests(manifests, { client, clock, signal, complain: (line) => complaints.push(line) }));
  };
  const get = async (name: string) =>
    during(client.get<KubeObject & { spec: object }>(widgets, { namespace: 'lab', name }));
  return { client, during, apply, get, complaints };
}

describe('applying manifests', () => {
  it('takes what a datacenter is made of before what runs in it', async () => {
    const { apply, complaints } = await lab();
    const ours = (kind: string) => `apiVersion: orrery.dev/v1alpha1\nkind: ${kind}\nmetadata: {name: a}\n`;
    // This server knows none of these kinds, and says so in the order in which it is asked.
    expect(await apply(ours('VirtualMachine'), ours('Fault'), ours('Host'), ours('Datastore'))).toMatchObject({
      refused: 4,
    });
    const asked = complaints.map((line) => /Host|Datastore|VirtualMachine|Fault/.exec(line)?.[0]);
    expect(asked).toEqual(['Host', 'Datastore', 'Fault', 'VirtualMachine']);
  });

  it('takes objects in any order, and makes namespaces that no file declares', async () => {
    const { client, during, apply, get, complaints } = await lab();
    const config = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: other}\n';
    const outcome = await apply(widget('a', '{size: 5}'), config, definition);
    expect(complaints).toEqual([]);
    expect(outcome).toEqual({ created: 3, configured: 0, unchanged: 0, refused: 0 });
    expect((await get('a')).spec).toEqual({ size: 5 });
    const list = await during(client.list(namespaces));
    expect(list.items.map(({ metadata }) => metadata.name)).toEqual(expect.arrayContaining(['lab', 'other']));
    expect(await during(client.get(configMaps, { namespace: 'other', name: 'c' }))).toMatchObject({
      kind: 'ConfigMap',
    });
  });

  it('puts objects without a namespace into default', async () => {
    const { client, during, apply } = await lab();
    await apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n');
    expect(await during(client.get(configMaps, { namespace: 'default', name: 'c' }))).toMatchObject({
      kind: 'ConfigMap',
    });
  });

  it('writes nothing when nothing changed, whether it reads one by one or lists', async () => {
    const { apply, get } = await lab();
    const many = Array.from({ length: 12 }, (_, index) => widget(`w${index}`));
    await apply(definition, ...many);
    const before = (await get('w1')).metadata.resourceVersion;
    expect(await apply(definition, ...many)).toEqual({ created: 0, configured: 0, unchanged: 13, refused: 0 });
    expect(await apply(widget('w1'))).toEqual({ created: 0, configured: 0, unchanged: 1, refused: 0 });
    expect((await get('w1')).metadata.resourceVersion).toBe(before);
  });

  it('changes what the file changed, takes away what it no longer has, and leaves the rest', async () => {
    const { client, during, apply, get } = await lab();
    await apply(definition, widget('a', '{size: 5, tags: [x]}'));
    const labels = { metadata: { labels: { mine: 'yes' } } };
    await during(client.patch(widgets, { namespace: 'lab', name: 'a' }, { type: 'merge', body: labels }));
    expect(await apply(widget('a', '{tags: [x, z]}'))).toMatchObject({ configured: 1 });
    const { spec, metadata } = await get('a');
    expect(spec).toEqual({ size: 3, tags: ['x', 'z'] }); // the default is back
    expect(metadata.labels).toEqual({ mine: 'yes' });
    expect(metadata.managedFields?.map(({ manager }) => manager)).toContain('kubectl-client-side-apply');
  });

  it('goes on after what was refused, and says where it stands and why', async () => {
    const { apply, complaints } = await lab();
    await apply(definition);
    const outcome = await apply(
      widget('good'),
      widget('small', '\n  size: 0'),
      widget('strange', '\n  tags: []\n  colour: red'),
      'apiVersion: lab.example.io/v1\nkind: Wigdet\nmetadata: {name: typo}\n',
      'apiVersion: nowhere.io/v1\nkind: Thing\nmetadata: {name: thing}\n',
    );
    expect(outcome).toEqual({ created: 1, configured: 0, unchanged: 0, refused: 4 });
    expect(complaints.sort()).toEqual([
      'standard input:10: Widget small: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
      'standard input:17: Widget strange: unknown field "spec.colour"',
      'standard input:19: Wigdet typo: lab.example.io/v1 has no kind Wigdet; did you mean Widget?',
      'standard input:23: Thing thing: the server has no nowhere.io/v1 (is its definition applied?)',
    ]);
  });

  it('takes the later of two declarations of the same object', async () => {
    const { apply, get } = await lab();
    await apply(definition);
    expect(await apply(widget('a', '{size: 5}'), widget('a', '{size: 5}'))).toMatchObject({ refused: 0 });
    expect((await get('a')).spec).toEqual({ size: 5 });
  });
});
