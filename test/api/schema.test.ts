import { describe, expect, it } from 'vitest';
import { customResourceDefinition, rootSchema } from '../../src/api/crd.ts';
import { readyColumn, reasonColumn } from '../../src/api/definition.ts';
import { generatedFiles } from '../../src/api/generated-files.ts';
import { definitions } from '../../src/api/kinds.ts';
import { resourceTypes } from '../../src/api/resources.ts';
import type { JsonSchema } from '../../src/api/schema.ts';
import { defaults, statusPaths, wordLists } from './contract.ts';
import { definitionOf } from './subject.ts';

interface Node {
  readonly at: string;
  readonly schema: JsonSchema;
  readonly inList: boolean;
}

/** Every node of every schema, with its path as `Host.spec.networks[].name`. */
function nodes(): Node[] {
  const found: Node[] = [];
  const visit = (at: string, schema: JsonSchema, inList: boolean) => {
    found.push({ at, schema, inList });
    if (schema.items) visit(`${at}[]`, schema.items, true);
    if (schema.additionalProperties) visit(`${at}{}`, schema.additionalProperties, true);
    for (const [name, child] of Object.entries(schema.properties ?? {})) visit(`${at}.${name}`, child, inList);
  };
  for (const definition of definitions) {
    const { spec, status } = rootSchema(definition).properties!;
    visit(`${definition.type.kind}.spec`, spec!, false);
    visit(`${definition.type.kind}.status`, status!, false);
  }
  return found;
}

/** The node at a path as api.md writes it, through lists. */
function nodeAt(path: string): JsonSchema {
  const [kind, ...names] = path.split('.');
  let schema = rootSchema(definitionOf(kind!));
  for (const name of names) {
    schema = (schema.items ?? schema).properties?.[name] ?? {};
    if (Object.keys(schema).length === 0) throw new Error(`${path} is not in the schema`);
  }
  return schema;
}

const all = nodes();
const bad = (isBad: (node: Node) => boolean) => all.filter(isBad).map(({ at }) => at);
const isQuantity = (schema: JsonSchema) => schema.pattern?.includes('[KMGTPE]i') === true;

describe('every schema', () => {
  it('describes every field, in sentences', () => {
    expect(all.length).toBeGreaterThan(400);
    expect(bad(({ schema }) => !/^[A-Z0-9<].*[.?)]$/s.test(schema.description ?? ''))).toEqual([]);
  });

  it('bounds everything that can grow, so that the cost of rules is bounded', () => {
    expect(bad(({ schema }) => schema.type === 'array' && schema.maxItems === undefined)).toEqual([]);
    expect(
      bad(({ schema }) => schema.additionalProperties !== undefined && schema.maxProperties === undefined),
    ).toEqual([]);
    const bounded = ({ enum: words, format, maxLength }: JsonSchema) => (words ?? format ?? maxLength) !== undefined;
    expect(bad(({ schema }) => schema.type === 'string' && !bounded(schema))).toEqual([]);
  });

  it('bounds every number that users write, from below in status too', () => {
    const isNumber = ({ type }: JsonSchema) => type === 'integer' || type === 'number';
    const optional = /\.expected\.(gain|cost)$|\{\}$/;
    expect(bad(({ at, schema }) => isNumber(schema) && schema.minimum === undefined && !optional.test(at))).toEqual([]);
    expect(
      bad(
        ({ at, schema }) =>
          at.includes('.spec') && isNumber(schema) && schema.maximum === undefined && !optional.test(at),
      ),
    ).toEqual([]);
  });

  it('says how every list merges', () => {
    expect(bad(({ schema }) => schema.type === 'array' && schema['x-kubernetes-list-type'] === undefined)).toEqual([]);
    const wrongKeys = ({ schema }: Node) =>
      (schema['x-kubernetes-list-map-keys'] ?? []).some((key) => !(schema.items?.required ?? []).includes(key));
    expect(bad(wrongKeys)).toEqual([]);
  });

  it('has no default inside a list item, where clients would see a difference at every apply', () => {
    expect(bad(({ inList, schema }) => inList && schema.default !== undefined)).toEqual([]);
  });

  it('has no default on what a template may give', () => {
    const templated = definitionOf('VirtualMachineTemplate').spec.schema.properties!;
    const own = bad(({ at, schema }) => {
      const [kind, , first] = at.split('.');
      const inWorkload = first === 'workload'; // given whole or not at all
      return kind === 'VirtualMachine' && first! in templated && !inWorkload && schema.default !== undefined;
    });
    expect(own).toEqual([]);
  });

  it('writes words in CamelCase, but for names that the industry spells otherwise', () => {
    const spelled = /^(VT-x|AMD-V|iLO|(intel|amd)-[a-z0-9-]+|[0-9.]+)$/;
    const words = all.flatMap(({ at, schema }) => (schema.enum ?? []).map((word) => ({ at, word: String(word) })));
    expect(words.filter(({ word }) => !/^[A-Z][A-Za-z0-9]*$/.test(word) && !spelled.test(word))).toEqual([]);
  });

  it('has a message for every rule that says what to do, and a field that exists', () => {
    for (const { at, schema } of all) {
      for (const { message, fieldPath } of schema['x-kubernetes-validations'] ?? []) {
        expect(message.length, at).toBeGreaterThan(15);
        expect(message, at).not.toContain('\n');
        if (fieldPath?.startsWith('.')) expect(() => nodeAt(`${at.replaceAll('[]', '')}${fieldPath}`)).not.toThrow();
      }
    }
  });

  it('has a status that is in progress until somebody writes it', () => {
    for (const { type, status } of definitions) {
      expect([type.kind, status.schema.default]).toEqual([type.kind, { observedGeneration: -1 }]);
      const conditions = status.schema.properties!['conditions']!;
      expect(conditions['x-kubernetes-list-map-keys']).toEqual(['type']);
      expect(conditions.items?.required).toEqual(['type', 'status', 'reason', 'message', 'lastTransitionTime']);
    }
  });
});

describe('the contract of api.md', () => {
  it('names fourteen kinds', () => {
    expect(definitions.map(({ type }) => type.plural).sort()).toEqual(resourceTypes.map(({ plural }) => plural).sort());
    expect(definitions.map(({ type }) => type.plural).sort()).toEqual(
      'clocks clones clusters datastores faults hosts migrations networks recommendations resourcepools snapshots virtualappliances virtualmachines virtualmachinetemplates'.split(
        ' ',
      ),
    );
  });

  it('shows of every kind that nothing acts on whether it is ready, and why not', () => {
    const unserved = definitions.filter(({ type }) =>
      ['Migration', 'Recommendation', 'Clone', 'Snapshot', 'VirtualAppliance', 'ResourcePool'].includes(type.kind),
    );
    for (const { type, columns } of unserved) {
      expect([type.kind, ...columns.filter(({ name }) => name === 'Ready' || name === 'Reason')]).toEqual([
        type.kind,
        readyColumn,
        reasonColumn,
      ]);
    }
  });

  it('names their short names', () => {
    const short = Object.fromEntries(definitions.map(({ type, shortNames }) => [type.kind, shortNames.join(' ')]));
    expect(short).toEqual({
      Host: 'host',
      VirtualMachine: 'vm',
      Cluster: 'cl',
      ResourcePool: 'rp',
      Datastore: 'dstore',
      Network: 'net',
      Migration: 'mig',
      Recommendation: 'rec',
      VirtualMachineTemplate: 'vmt',
      Clone: 'clone',
      Snapshot: 'snap',
      VirtualAppliance: 'vapp',
      Fault: 'fault',
      Clock: 'clock',
    });
  });

  it.each(Object.entries(statusPaths))('finds every field of the status of a %s', (kind, paths) => {
    for (const path of paths.split(/\s+/)) expect(() => nodeAt(`${kind}.status.${path}`)).not.toThrow();
  });

  it.each(Object.entries(wordLists))('finds every word of %s', (path, words) => {
    const schema = nodeAt(path);
    expect([...((schema.items ?? schema).enum ?? [])].sort()).toEqual(words.split(' ').sort());
  });

  it.each(Object.entries(defaults))('has the default of %s', (path, value) => {
    expect(nodeAt(path).default).toEqual(value);
  });

  it('puts quantities where the unit is not in the name', () => {
    for (const path of [
      'Host.spec.memory.size',
      'VirtualMachine.spec.memory.limit',
      'Datastore.spec.capacity',
      'Migration.status.sent',
    ]) {
      expect([path, isQuantity(nodeAt(path))]).toEqual([path, true]);
    }
  });
});

describe('every definition', () => {
  it('is in the category, has a status, and scales where api.md says', () => {
    for (const definition of definitions) {
      const { spec } = customResourceDefinition(definition) as {
        spec: { names: { categories: string[] }; versions: { subresources: { status: object; scale?: object } }[] };
      };
      expect(spec.names.categories).toEqual(['orrery']);
      expect(spec.versions[0]!.subresources.status).toEqual({});
      expect(spec.versions[0]!.subresources.scale !== undefined).toBe(definition.type.kind === 'VirtualAppliance');
    }
  });

  it('shows at most seven columns without -o wide, the age last', () => {
    for (const { type, columns } of definitions) {
      const always = columns.filter(({ priority }) => priority === undefined);
      expect([type.kind, always.at(-1)!.name, always.length <= 7]).toEqual([type.kind, 'Age', true]);
      expect(columns.at(-1)!.name).toBe('Age');
    }
  });

  it('has columns and selectable fields that exist', () => {
    for (const { type, columns, selectable = [] } of definitions) {
      const paths = [...columns.map(({ jsonPath }) => jsonPath), ...selectable];
      for (const path of paths.filter((path) => !path.includes('[?') && !path.startsWith('.metadata'))) {
        expect(() => nodeAt(`${type.kind}${path}`)).not.toThrow();
      }
      for (const path of selectable) expect(nodeAt(`${type.kind}${path}`).type).toBe('string');
    }
  });

  it('stays under 100 KB', () => {
    const sizes = [...generatedFiles()].filter(([file]) => file.startsWith('crds/')).map(([, text]) => text.length);
    expect(sizes).toHaveLength(14);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
  });
});
