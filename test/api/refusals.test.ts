/** The schemas in our own engine: what it accepts and refuses. Rules are judged in rules.test.ts. */
import { describe, expect, it } from 'vitest';
import { rootSchema } from '../../src/api/crd.ts';
import { definitions } from '../../src/api/kinds.ts';
import { compileStructural } from '../../src/apiserver/schema/structural.ts';
import { contract, type Manifest, workloads } from './contract.ts';
import * as table from './mistakes.ts';
import { schemaMistakes } from './schema-mistakes.ts';
import { subject } from './subject.ts';

const engines = new Map(
  definitions.map((definition) => [definition.type.kind, compileStructural(rootSchema(definition))]),
);

/** What a server does with an object that is created: `unknown field` texts, errors, and the object with its defaults. */
function judge(object: Manifest) {
  const engine = engines.get(object.kind)!;
  const copy = structuredClone(object);
  const unknown = engine.prune(copy);
  engine.default(copy);
  const errors = engine.validate(copy).errors.map(({ field, message }) => `${field}: ${message}`);
  return { unknown, errors, stored: copy };
}

describe('the schemas', () => {
  it.each(contract.map((object) => [object.kind, object] as const))('accept the %s of api.md', (_, object) => {
    expect(judge(object)).toMatchObject({ unknown: [], errors: [] });
  });

  it.each(workloads)('accept the workload %s', (text) => {
    expect(judge(subject('VirtualMachine', `workload: {${text}}`))).toMatchObject({ unknown: [], errors: [] });
  });

  it.each(Object.keys(table.smallest))('accept the smallest %s', (kind) => {
    expect(judge(subject(kind))).toMatchObject({ unknown: [], errors: [] });
  });

  it.each(table.unusual)('accept the unusual %s {%s}', (kind, over) => {
    expect(judge(subject(kind, over))).toMatchObject({ unknown: [], errors: [] });
  });

  it.each(schemaMistakes)('refuse %s {%s} at %s', (kind, over, field, says) => {
    const { unknown, errors } = judge(subject(kind, over));
    expect(unknown).toEqual([]);
    const there = errors.filter((text) => text.startsWith(field));
    expect(there.join('\n'), errors.join('\n')).toContain(says);
  });

  it.each(table.unknownFields)('do not know the field in %s {%s}', (kind, over, path) => {
    expect(judge(subject(kind, over)).unknown).toContain(path);
  });

  it('give a spec to kinds that need nothing in it', () => {
    const { kind, apiVersion, metadata } = subject('VirtualMachine');
    const { errors, stored } = judge({ kind, apiVersion, metadata });
    expect(errors).toEqual([]);
    expect(stored.spec).toEqual({ power: 'On' });
    expect(judge({ ...subject('Host').metadata, kind: 'Host' } as unknown as Manifest).errors[0]).toContain(
      'spec: Required value',
    );
  });

  it('fill in what api.md calls the defaults of a host, and nothing that depends on other fields', () => {
    expect(judge(subject('Host')).stored.spec).toEqual({
      cpu: { coresPerSocket: 8, mhz: 2000, vendor: 'Intel', sockets: 1, threadsPerCore: 1, llcPerSocket: 1 },
      memory: { size: '64Gi' },
      hypervisor: { type: 'ESX' },
      maintenance: false,
      bmc: { type: 'IPMI', bootSeconds: 180, standbySeconds: 60 },
      dpm: 'Default',
    });
  });
});
