import { describe, expect, it } from 'vitest';
import { conditionOrder } from '../../src/api/conditions.ts';
import { definitions } from '../../src/api/kinds.ts';
import { mayWrite, statusOwners, writers } from '../../src/api/ownership.ts';

describe('the table of who writes status', () => {
  it('has a writer for every field of every schema, and for nothing else', () => {
    for (const { type, status } of definitions) {
      const fields = Object.keys(status.schema.properties!).filter((name) => name !== 'conditions');
      const owned = statusOwners[type.kind as keyof typeof statusOwners];
      expect([type.kind, Object.keys(owned.fields).sort()]).toEqual([type.kind, fields.sort()]);
    }
  });

  it('has a writer for every condition, in the words of api.md', () => {
    for (const [kind, names] of Object.entries(conditionOrder)) {
      const owned = statusOwners[kind as keyof typeof statusOwners].conditions;
      expect(Object.keys(owned).sort()).toEqual([...names].sort());
    }
    expect(conditionOrder.VirtualMachine).toEqual(
      expect.arrayContaining(
        'Admitted Placed Running Migrating RestartRequired HAProtected FaultTolerant Ready'.split(' '),
      ),
    );
    expect(conditionOrder.Host).toEqual(expect.arrayContaining(['PoweredOn', 'Connected', 'InMaintenance', 'Ready']));
    expect(conditionOrder.Cluster).toEqual(expect.arrayContaining(['MigrationCompatible', 'Ready']));
  });

  it('gives architecture.md its way', () => {
    const { conditions, fields } = statusOwners.VirtualMachine;
    expect([conditions.Admitted, conditions.Placed, fields.host]).toEqual(['placement', 'placement', 'placement']);
    expect([conditions.Running, fields.cpu, fields.memory, fields.ip]).toEqual(['agent', 'agent', 'agent', 'agent']);
    expect([conditions.Ready, conditions.Reconciling, conditions.Stalled, fields.observedGeneration]).toEqual([
      'power',
      'power',
      'power',
      'power',
    ]);
  });

  it('lets one writer in, and nobody else', () => {
    for (const [kind, path] of [
      ['VirtualMachine', 'host'],
      ['VirtualMachine', 'conditions/Running'],
      ['Clock', 'time'],
    ] as const) {
      expect(writers.filter((writer) => mayWrite(writer, kind, path))).toHaveLength(1);
    }
    expect(mayWrite('agent', 'VirtualMachine', 'cpu/usedMHz')).toBe(true);
    expect(mayWrite('power', 'VirtualMachine', 'nonsense')).toBe(false);
    expect(mayWrite('drs', 'Recommendation', 'phase')).toBe(true);
    expect(mayWrite('ha', 'Recommendation', 'phase')).toBe(false);
    expect(mayWrite('unserved', 'Clone', 'conditions/Ready')).toBe(true);
    expect(mayWrite('unserved', 'Clone', 'phase')).toBe(false);
  });
});
