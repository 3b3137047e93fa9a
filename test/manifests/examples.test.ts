import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { rootSchema } from '../../src/api/crd.ts';
import { definitions } from '../../src/api/kinds.ts';
import { compileStructural } from '../../src/apiserver/schema/structural.ts';
import { type Manifest, manifests } from '../api/contract.ts';
import { subject } from '../api/subject.ts';
import { root } from '../house/sources.ts';

const folder = path.join(root, 'manifests/examples');
const read = (kind: string) => fs.readFileSync(path.join(folder, `${kind.toLowerCase()}.yaml`), 'utf8');
const kinds = definitions.map(({ type }) => type.kind);

function targetOf(spec: object): [kind: string, name: unknown] {
  const { target } = spec as { target: { kind: string; name: string } };
  return [target.kind, target.name];
}

describe('the examples', () => {
  it('are one file per kind', () => {
    expect(fs.readdirSync(folder).sort()).toEqual(kinds.map((kind) => `${kind.toLowerCase()}.yaml`).sort());
  });

  it.each(kinds)('of a %s are valid', (kind) => {
    const engine = compileStructural(rootSchema(definitions.find(({ type }) => type.kind === kind)!));
    const objects = manifests(read(kind));
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      expect(object.kind).toBe(kind);
      const copy = structuredClone(object);
      expect([engine.prune(copy), engine.default(copy), engine.validate(copy).errors]).toEqual([[], undefined, []]);
    }
  });

  /** What the first example of a kind is about, beyond what a server asks for. */
  const about: Readonly<Record<string, readonly string[]>> = {
    Clock: ['speed'],
    Recommendation: ['approved'],
    VirtualAppliance: ['cluster'],
    VirtualMachineTemplate: ['guest', 'cpu', 'memory', 'disks', 'nics'],
  };

  it.each(kinds)('of a %s begin with the smallest', (kind) => {
    const [first] = manifests(read(kind));
    const needed = Object.keys(subject(kind).spec ?? {});
    expect(Object.keys(first!.spec ?? {}).sort()).toEqual([...needed, ...(about[kind] ?? [])].sort());
  });

  it.each(kinds)('of a %s read the same in YAML 1.1, as kubectl does', (kind) => {
    const old = parseAllDocuments(read(kind), { version: '1.1' }).map((document) => document.toJS() as Manifest);
    expect(old).toEqual(manifests(read(kind)));
  });

  it('do no harm together: what breaks holds no VM, and time runs as it does', () => {
    const all = kinds.flatMap((kind) => manifests(read(kind)));
    const broken = all.filter(({ kind }) => kind === 'Fault').map(({ spec }) => targetOf(spec!)[1]);
    expect(broken).not.toEqual([]);
    const machines = JSON.stringify(all.filter(({ kind }) => /^VirtualMachine/.test(kind)));
    for (const name of broken) expect(machines).not.toContain(`"${String(name)}"`);
    const crowded = all.filter(({ kind }) => kind === 'VirtualMachine').map(({ spec = {} }) => spec['cluster']);
    for (const { spec = {} } of all.filter(({ kind, metadata }) => kind === 'Host' && broken.includes(metadata.name)))
      expect(crowded).not.toContain(spec['cluster']);
    expect(manifests(read('Clock')).map(({ spec }) => spec)).toEqual([{ speed: 1 }]);
  });

  it('refer only to each other', () => {
    const all = kinds.flatMap((kind) => manifests(read(kind)));
    const names = new Set(all.map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const missing = all.flatMap(({ kind, spec = {} }) => {
      const references: [string, unknown][] = [
        ['Cluster', spec['cluster']],
        ['ResourcePool', spec['resourcePool'] ?? spec['parent']],
        ['VirtualMachineTemplate', spec['template']],
        ['VirtualMachine', kind === 'Recommendation' ? undefined : spec['virtualMachine']],
        ['Host', spec['targetHost'] ?? spec['host']],
        ['Datastore', spec['targetDatastore']],
        ...(kind === 'Fault' ? [targetOf(spec)] : []),
      ];
      return references.filter(([of, name]) => name !== undefined && !names.has(`${of}/${name}`));
    });
    expect(missing).toEqual([]);
  });
});
