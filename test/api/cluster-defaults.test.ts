import { describe, expect, it } from 'vitest';
import { filledClusterSpec, filledPoolSpec } from '../../src/api/cluster-defaults.ts';
import { generationOf } from '../../src/api/generations.ts';

const esx50 = generationOf();

describe('what a cluster has when its manifest does not say', () => {
  it('is off, all of it', () => {
    const { drs, dpm, ha, rules } = filledClusterSpec({}, esx50);
    expect([drs.enabled, dpm.enabled, ha.enabled, rules]).toEqual([false, false, false, []]);
  });

  it('is what api.md shows once it is on', () => {
    const { drs, dpm, ha } = filledClusterSpec(
      { drs: { enabled: true }, dpm: { enabled: true }, ha: { enabled: true } },
      esx50,
    );
    expect(drs).toEqual({ enabled: true, automation: 'FullyAutomated', migrationThreshold: 3, intervalSeconds: 300 });
    expect(dpm).toMatchObject({
      targetPercent: 63,
      tolerancePercent: 18,
      minPoweredOn: { hosts: 1, cpuMHz: 1, memory: '1Mi' },
    });
    expect(ha).toMatchObject({
      hostMonitoring: true,
      restartPriority: 'Medium',
      isolationResponse: 'LeavePoweredOn',
      sensitivity: 'High',
      failureIntervalSeconds: 30,
      windowSeconds: 3600,
      admissionControl: { policy: 'HostFailures', hostFailures: 1, slotCPUMHzMin: 32 },
    });
  });

  it('follows the oldest generation where api.md says so', () => {
    const { ha } = filledClusterSpec({ ha: { enabled: true } }, generationOf({ type: 'ESX', version: '4.1' }));
    expect(ha.isolationResponse).toBe('ShutDown');
    expect(ha.admissionControl.slotCPUMHzMin).toBe(256);
    const own = filledClusterSpec({ ha: { enabled: true, isolationResponse: 'PowerOff' } }, esx50);
    expect(own.ha.isolationResponse).toBe('PowerOff');
  });

  it('gives rules their strictness by type', () => {
    const virtualMachines = { names: ['a', 'b'] };
    const { rules } = filledClusterSpec(
      {
        rules: [
          { name: 't', type: 'Together', virtualMachines },
          { name: 's', type: 'Separate', virtualMachines },
          { name: 'r', type: 'RunOn', virtualMachines, hosts: { names: ['h'] }, enforcement: 'Should', enabled: false },
        ],
      },
      esx50,
    );
    expect(rules.map(({ enforcement, enabled }) => [enforcement, enabled])).toEqual([
      ['Should', true],
      ['Must', true],
      ['Should', false],
    ]);
  });

  it('fills in custom monitoring where only a part is given', () => {
    const { ha } = filledClusterSpec({ ha: { enabled: true, sensitivity: 'Custom', maxFailures: 7 } }, esx50);
    expect(ha).toMatchObject({ failureIntervalSeconds: 30, minUpSeconds: 120, maxFailures: 7, windowSeconds: -1 });
  });
});

describe('what a pool has', () => {
  it('is Normal shares, nothing reserved, expandable, no limit', () => {
    const { cpu, memory } = filledPoolSpec({ cluster: 'c', cpu: { shares: 4000 } });
    expect(cpu).toEqual({ shares: 4000, reservationMHz: 0, expandable: true });
    expect(memory).toEqual({ shares: 'Normal', reservation: '0', expandable: true });
  });
});
