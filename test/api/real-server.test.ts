/**
 * The whole table of mistakes and of valid objects against a real kube-apiserver, which is the judge of our schemas:
 *   KUBECONFIG_REAL=… npm test -- test/api/real-server
 */
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { definitions } from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/resources.ts';
import { type Answer, RealServer } from '../apiserver/recording/real-server.ts';
import { root } from '../house/sources.ts';
import { contract, type Manifest, manifests, workloads } from './contract.ts';
import * as table from './mistakes.ts';
import { ruleMistakes } from './rule-mistakes.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { definitionOf, subject } from './subject.ts';

const kubeconfig = process.env['KUBECONFIG_REAL'];
const namespace = 'orrery-api-test';

function pathOf(kind: string, name = ''): string {
  const { plural } = definitionOf(kind).type;
  return `/apis/${API_VERSION}/namespaces/${namespace}/${plural}${name === '' ? '' : `/${name}`}`;
}

function messageOf(answer: Answer): string {
  return String(answer.body['message'] ?? '');
}

function fieldsOf(answer: Answer): string[] {
  const details = answer.body['details'] as { causes?: { field?: string }[] } | undefined;
  return (details?.causes ?? []).map(({ field }) => (field ?? '').replaceAll('.[', '.').replaceAll(/\]$/g, ']'));
}

function againstRealServer(): void {
  let server: RealServer;
  const dryRun = 'dryRun=All&fieldValidation=Strict';

  const create = (object: Manifest) => {
    const metadata = { ...object.metadata, namespace };
    return server.request('POST', `${pathOf(object.kind)}?${dryRun}`, { ...object, metadata });
  };

  beforeAll(async () => {
    server = new RealServer(kubeconfig!);
    await server.request('POST', '/api/v1/namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
    });
  });
  afterAll(() => server.close());

  it('accepts every definition without a warning, and establishes it', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    for (const definition of definitions) {
      const crd = customResourceDefinition(definition) as unknown as Manifest;
      await server.request('POST', crds, crd);
      const answer = await server.request('PATCH', `${crds}/${crd.metadata.name}?fieldValidation=Strict`, crd);
      expect([crd.metadata.name, answer.code, answer.warnings, answer.code === 200 ? '' : messageOf(answer)]).toEqual([
        crd.metadata.name,
        200,
        [],
        '',
      ]);
    }
    await new Promise((resolve) => setTimeout(resolve, 3000));
    for (const { type } of definitions) {
      const answer = await server.request('GET', `${crds}/${type.plural}.orrery.dev`);
      const { conditions } = (answer.body as { status: { conditions: { type: string; status: string }[] } }).status;
      expect(conditions.map(({ type, status }) => `${type}=${status}`).sort()).toEqual([
        'Established=True',
        'NamesAccepted=True',
      ]);
    }
  }, 60_000);

  const examples = fs.readdirSync(path.join(root, 'manifests/examples'));
  const valid: [string, Manifest][] = [
    ...contract.map((object): [string, Manifest] => [`api.md ${object.kind} ${object.metadata.name}`, object]),
    ...Object.keys(table.smallest).map((kind): [string, Manifest] => [`smallest ${kind}`, subject(kind)]),
    ...workloads.map((text): [string, Manifest] => [text, subject('VirtualMachine', `workload: {${text}}`)]),
    ...table.unusual.map(([kind, over]): [string, Manifest] => [`${kind} ${over}`, subject(kind, over)]),
    ...examples.flatMap((file) =>
      manifests(fs.readFileSync(path.join(root, 'manifests/examples', file), 'utf8')).map(
        (object): [string, Manifest] => [`${file} ${object.metadata.name}`, object],
      ),
    ),
  ];
  it.each(valid)('accepts %s', async (_, object) => {
    const answer = await create(object);
    expect([answer.code, answer.code === 201 ? '' : messageOf(answer), answer.warnings]).toEqual([201, '', []]);
  });

  const mistakes = [...schemaMistakes, ...ruleMistakes];
  it.each(mistakes)('refuses %s {%s} at %s', async (kind, over, field, says) => {
    const answer = await create(subject(kind, over));
    expect(answer.code, messageOf(answer)).toBe(422);
    expect(messageOf(answer)).toContain(says);
    expect(messageOf(answer)).not.toContain('evaluating rule');
    expect(
      fieldsOf(answer).filter((name) => name.startsWith(field)),
      fieldsOf(answer).join(' '),
    ).not.toEqual([]);
  });

  it.each(table.unknownFields)('refuses the unknown field in %s {%s}', async (kind, over, path) => {
    const answer = await create(subject(kind, over));
    expect([answer.code, messageOf(answer)]).toEqual([400, expect.stringContaining(`unknown field "${path}"`)]);
  });

  it.each(table.badNames)('refuses a %s called %s', async (kind, name, says) => {
    const answer = await create(subject(kind, '', name));
    expect([answer.code, messageOf(answer)]).toEqual([422, expect.stringContaining(says)]);
  });

  const change = async (kind: string, before: string, after: string) => {
    const old = subject(kind, before);
    const at = pathOf(kind, old.metadata.name);
    await server.request('DELETE', at);
    const created = await server.request('POST', pathOf(kind), { ...old, metadata: { ...old.metadata, namespace } });
    expect([created.code, created.code === 201 ? '' : messageOf(created)]).toEqual([201, '']);
    const answer = await server.request('PATCH', `${at}?${dryRun}`, { spec: parse(`{${after}}`) });
    await server.request('DELETE', at);
    return answer;
  };

  it.each(table.immutableFields)('refuses to change %s {%s} to {%s}', async (kind, before, after, field) => {
    const answer = await change(kind, before, after);
    expect([answer.code, messageOf(answer)]).toEqual([422, expect.stringContaining('is immutable')]);
    expect(fieldsOf(answer)).toContain(field);
  });

  it.each(table.mutableFields)('changes %s {%s} to {%s}', async (kind, before, after) => {
    const answer = await change(kind, before, after);
    expect([answer.code, answer.code === 200 ? '' : messageOf(answer)]).toEqual([200, '']);
  });

  it('keeps a status of every field that api.md names', async () => {
    for (const [kind, status] of Object.entries(fullStatuses())) {
      const object = subject(kind);
      const at = pathOf(kind, object.metadata.name);
      await server.request('DELETE', at);
      await server.request('POST', pathOf(kind), { ...object, metadata: { ...object.metadata, namespace } });
      const answer = await server.request('PATCH', `${at}/status?fieldValidation=Strict`, { status });
      expect([kind, answer.code, answer.code === 200 ? answer.body['status'] : messageOf(answer)]).toEqual([
        kind,
        200,
        status,
      ]);
      await server.request('DELETE', at);
    }
  });
}

if (kubeconfig !== undefined) describe('a real API server', againstRealServer);
else {
  describe('a real API server', () => {
    it.skip('(KUBECONFIG_REAL is not set: start one with ../shared/kube/start)', () => {});
  });
}

/** A status of every kind with every field of its schema filled in. */
function fullStatuses(): Record<string, unknown> {
  return Object.fromEntries(definitions.map(({ type, status }) => [type.kind, fill(status.schema)]));
}

function fill(schema: (typeof definitions)[number]['status']['schema']): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema['x-kubernetes-int-or-string'] === true) return '4Gi';
  if (schema.type === 'array') return [fill(schema.items!)];
  if (schema.type === 'integer' || schema.type === 'number')
    return schema.minimum !== undefined && schema.minimum > 1 ? schema.minimum : 1;
  if (schema.type === 'boolean') return true;
  if (schema.format === 'date-time') return '2010-11-01T00:00:00Z';
  if (schema.type === 'string') return 'Word';
  return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, fill(child)]));
}
