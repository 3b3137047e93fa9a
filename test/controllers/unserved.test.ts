import { describe, expect, it } from 'vitest';
import { decide } from '../../controllers/unserved/decide.ts';
import { conditionsFor } from '../../controllers/unserved/status.ts';
import { kstatus } from '../gitops/health.ts';

const stateOf = (kind: string, spec: Readonly<Record<string, unknown>> = {}) => {
  const said = conditionsFor(decide({ kind, spec })).filter(({ status }) => status !== undefined);
  const live = { metadata: { name: 'a', generation: 1 }, status: { observedGeneration: 1, conditions: said } };
  return kstatus(live as unknown as Parameters<typeof kstatus>[0]);
};
const readyOf = (kind: string, spec: Readonly<Record<string, unknown>> = {}) => decide({ kind, spec });

describe('what nothing acts on', () => {
  it('says so, and that waiting does not help', () => {
    for (const kind of ['Migration', 'Recommendation', 'Clone', 'Snapshot', 'VirtualAppliance', 'ResourcePool']) {
      expect(readyOf(kind)).toMatchObject({ status: 'False', reason: 'NothingActsOnIt' });
      expect([kind, stateOf(kind)]).toEqual([kind, 'Failed']);
    }
  });

  it('is told apart from what is done in part, by what is asked for', () => {
    expect([readyOf('Cluster').reason, stateOf('Cluster')]).toEqual(['GroupsHosts', 'Current']);
    expect(stateOf('Cluster', { drs: { enabled: true } })).toBe('Failed');
    expect(readyOf('Cluster', { drs: { enabled: true } }).message).toContain('spec.drs');
    expect(stateOf('VirtualMachineTemplate', { cpu: { count: 2 } })).toBe('Current');
    expect(stateOf('VirtualMachineTemplate', { disks: [{ name: 'root' }] })).toBe('Failed');
  });
});
