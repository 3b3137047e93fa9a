import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../src/api/kinds.ts';
import type { JsonSchema } from '../../src/api/schema.ts';
import { root } from '../house/sources.ts';
import { contract, type Manifest, manifests, workloads } from './contract.ts';
import { type Judge, specPatch, type Verdict } from './judge.ts';
import * as table from './mistakes.ts';
import { ruleMistakes } from './rule-mistakes.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { subject } from './subject.ts';

/** Every object that a server has to accept, by what it is. */
function validObjects(): [string, Manifest][] {
  const folder = path.join(root, 'manifests/examples');
  const examples = fs
    .readdirSync(folder)
    .flatMap((file) => manifests(fs.readFileSync(path.join(folder, file), 'utf8')));
  return [
    ...contract.map((object): [string, Manifest] => [`the ${object.kind} ${object.metadata.name} of api.md`, object]),
    ...Object.keys(table.smallest).map((kind): [string, Manifest] => [`the smallest ${kind}`, subject(kind)]),
    ...workloads.map((text): [string, Manifest] => [text, subject('VirtualMachine', `workload: {${text}}`)]),
    ...table.unusual.map(([kind, over]): [string, Manifest] => [`${kind} {${over}}`, subject(kind, over)]),
    ...examples.map((object): [string, Manifest] => [`the example ${object.kind} ${object.metadata.name}`, object]),
  ];
}

/** What a server must say to our definitions and objects. */
export function describeSchemas(name: string, make: () => Judge): void {
  describe(`our kinds on ${name}`, () => {
    let judge: Judge;
    let definitionVerdicts: Verdict[];

    beforeAll(async () => {
      judge = make();
      definitionVerdicts = await judge.start();
    }, 60_000);
    afterAll(() => judge.close());

    it('are accepted without a warning', () => {
      expect(definitionVerdicts).toHaveLength(definitions.length);
      for (const { message, warnings } of definitionVerdicts) expect([message, warnings]).toEqual(['', []]);
    });

    it.each(validObjects())('take %s', async (_, object) => {
      const { code, message, warnings } = await judge.create(object);
      expect([code, message, warnings]).toEqual([201, '', []]);
    });

    it.each([...schemaMistakes, ...ruleMistakes])('refuse %s {%s} at %s', async (kind, over, field, says) => {
      const { code, message, fields } = await judge.create(subject(kind, over));
      expect(code, message).toBe(422);
      expect(message).toContain(says);
      expect(message).not.toMatch(/evaluating rule|no such overload|failed rule/);
      expect(
        fields.filter((named) => named.startsWith(field)),
        fields.join(' '),
      ).not.toEqual([]);
    });

    it.each(table.unknownFields)('do not know the field in %s {%s}', async (kind, over, path) => {
      const { code, message } = await judge.create(subject(kind, over));
      expect([code, message]).toEqual([400, expect.stringContaining(`unknown field "${path}"`)]);
    });

    it.each(table.badNames)('refuse a %s called %s', async (kind, name, says) => {
      const { code, message } = await judge.create(subject(kind, '', name));
      expect([code, message]).toEqual([422, expect.stringContaining(says)]);
    });

    it.each(table.immutableFields)('refuse to change %s {%s} to {%s}', async (kind, before, after, field) => {
      const { code, message, fields } = await judge.change(subject(kind, before), specPatch(after));
      expect([code, message]).toEqual([422, expect.stringContaining('is immutable')]);
      expect(fields).toContain(field);
    });

    it.each(table.mutableFields)('change %s {%s} to {%s}', async (kind, before, after) => {
      const { code, message } = await judge.change(subject(kind, before), specPatch(after));
      expect([code, message]).toEqual([200, '']);
    });

    it.each(definitions.map(({ type, status }) => [type.kind, fill(status.schema)]))(
      'keep every field of the status of a %s',
      async (kind, status) => {
        const { code, message, object } = await judge.change(subject(kind as string), { status }, 'status');
        expect([code, message, object?.status]).toEqual([200, '', status]);
      },
    );

    it('give a spec to kinds that need nothing in it', async () => {
      const { spec: _spec, ...bare } = subject('VirtualMachine');
      expect((await judge.create(bare)).object?.spec).toEqual({ power: 'On' });
      const { spec: _needed, ...host } = subject('Host');
      expect((await judge.create(host)).message).toContain('spec: Required value');
    });

    it('fill in what api.md calls the defaults of a host, and nothing that depends on other fields', async () => {
      expect((await judge.create(subject('Host'))).object?.spec).toEqual({
        cpu: { coresPerSocket: 8, mhz: 2000, vendor: 'Intel', sockets: 1, threadsPerCore: 1, llcPerSocket: 1 },
        memory: { size: '64Gi' },
        hypervisor: { type: 'ESX' },
        maintenance: false,
        bmc: { type: 'IPMI', bootSeconds: 180, standbySeconds: 60 },
        dpm: 'Default',
      });
    });
  });
}

/** A value with every field of a schema. */
function fill(schema: JsonSchema): unknown {
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema['x-kubernetes-int-or-string'] === true) return '4Gi';
  if (schema.type === 'array') return [fill(schema.items!)];
  if (schema.type === 'integer' || schema.type === 'number') return Math.max(1, schema.minimum ?? 1);
  if (schema.type === 'boolean') return true;
  if (schema.format === 'date-time') return '2010-11-01T00:00:00Z';
  if (schema.type === 'string') return 'Word';
  return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, child]) => [name, fill(child)]));
}
