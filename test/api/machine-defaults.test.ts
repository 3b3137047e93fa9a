import { describe, expect, it } from 'vitest';
import { filledMachineSpec, machineDefaults } from '../../src/api/machine-defaults.ts';

describe('what a machine has when its manifest does not say', () => {
  it('is the table, for a spec that says nothing', () => {
    const filled = filledMachineSpec({});
    expect(filled).toEqual(machineDefaults);
    expect(filled.cpu.limitMHz).toBeUndefined();
    expect(filled.cluster).toBeUndefined();
  });

  it('comes from the template first, field by field', () => {
    const template = { cpu: { count: 4, limitMHz: 2000 }, memory: { size: '8Gi' }, guest: { os: 'windows' } };
    const filled = filledMachineSpec({ cluster: 'c', memory: { shares: 'High' } }, template);
    expect(filled.cpu).toEqual({ ...machineDefaults.cpu, count: 4, limitMHz: 2000 });
    expect(filled.memory).toEqual({ ...machineDefaults.memory, size: '8Gi', shares: 'High' });
    expect(filled.guest.os).toBe('windows');
    expect(filled.cluster).toBe('c');
  });

  it('gives way to what the machine says itself', () => {
    const template = { cpu: { count: 4 }, nics: [{ network: 'lan' }], disks: [] };
    const filled = filledMachineSpec({ cpu: { count: 2 }, nics: [] }, template);
    expect(filled.cpu.count).toBe(2);
    expect(filled.nics).toEqual([]);
  });

  it('takes a workload whole: two kinds of work never meet', () => {
    const template = { workload: { constant: { cpuPercent: 50 }, memory: { dirtyMBps: 5 } } };
    expect(filledMachineSpec({ workload: { idle: {} } }, template).workload).toEqual({ idle: {} });
    expect(filledMachineSpec({}, template).workload).toBe(template.workload);
  });

  it('changes neither the machine nor the template nor the table', () => {
    const spec = Object.freeze({ cpu: Object.freeze({ count: 2 }) });
    const template = Object.freeze({ cpu: Object.freeze({ shares: 'High' as const }) });
    const before = structuredClone(machineDefaults);
    expect(filledMachineSpec(spec, template).cpu).toMatchObject({ count: 2, shares: 'High', reservationMHz: 0 });
    expect(machineDefaults).toEqual(before);
  });
});
