import { describe, expect, it } from 'vitest';
import { machineStatus, runningCondition, weightOf } from '../../src/agent/machine-status.ts';
import type { VirtualMachineStatus } from '../../src/api/virtual-machine.ts';
import { GiB, MiB } from '../../src/base/units.ts';
import type { MachineReport, MachineUsage } from '../../src/hypervisor/backend.ts';
import { config } from '../hypervisor/lab.ts';

const memory = {
  granted: GiB,
  entitlement: GiB,
  consumed: 900 * MiB,
  active: 200 * MiB,
  overhead: 116 * MiB,
  target: GiB,
  ballooned: 0,
  shared: 100 * MiB,
  sharedSaved: 50 * MiB,
  zeroed: 10 * MiB,
  compressed: 0,
  swapped: 0,
  swapInKBps: 0,
  swapOutKBps: 0,
};

function report(more: { memory?: Partial<typeof memory>; cpu?: Partial<MachineUsage['cpu']> } = {}): MachineReport {
  return {
    kind: 'Machine',
    namespace: 'n',
    uid: 'u',
    name: 'a',
    host: 'h1',
    power: 'On',
    epoch: 1,
    resets: 0,
    restartToken: undefined,
    exit: undefined,
    guest: { state: 'Running', heartbeat: 'Green' },
    startedAt: 0,
    ip: undefined,
    macs: [],
    uuid: 'x',
    files: [],
    config: config('a'),
    usage: {
      cpu: { usedMHz: 100, demandMHz: 100, entitlementMHz: 100, swapWaitPercent: 0, ...more.cpu },
      memory: { ...memory, ...more.memory },
    },
    staleInstances: [],
  };
}

const weigh = (more: Parameters<typeof report>[0]) =>
  weightOf(machineStatus(report()) as VirtualMachineStatus, machineStatus(report(more)), 2000, GiB);

describe('a machine that was suspended', () => {
  it('is being resumed until it runs, and has not been restarted', () => {
    const resuming = { ...report(), power: 'PoweringOn', isResuming: true, epoch: 4, resumes: 2, resets: 1 } as const;
    expect(machineStatus(resuming).restarts).toBe(2);
    expect(runningCondition(resuming)).toMatchObject({ status: 'False', reason: 'Resuming' });
    expect(machineStatus({ ...report(), epoch: 2 }).restarts).toBe(1);
    expect(machineStatus({ ...report(), epoch: 0 }).restarts).toBe(0);
  });
});

describe("a machine's memory in status", () => {
  it('has every figure by its name, in whole MiB and KB/s', () => {
    const { memory: written } = machineStatus(
      report({ memory: { ballooned: 300 * MiB + 5, swapped: 20 * MiB, compressed: 5 * MiB, swapInKBps: 812.4 } }),
    );
    expect(written).toEqual({
      granted: '1Gi',
      entitlement: '1Gi',
      consumed: '900Mi',
      active: '200Mi',
      overhead: '116Mi',
      target: '1Gi',
      ballooned: '300Mi',
      shared: '100Mi',
      sharedSaved: '50Mi',
      zeroed: '10Mi',
      compressed: '5Mi',
      swapped: '20Mi',
      swapInKBps: 812,
      swapOutKBps: 0,
    });
  });

  it('is written again when a tenth of the machine was taken from it or given back, by whatever means', () => {
    expect(weigh({ memory: { ballooned: 102 * MiB } })).toBe('None');
    expect(weigh({ memory: { ballooned: 103 * MiB } })).toBe('Usage');
    expect(weigh({ memory: { swapped: 103 * MiB } })).toBe('Usage');
    expect(weigh({ memory: { sharedSaved: 74 * MiB } })).toBe('None');
    expect(weigh({ memory: { sharedSaved: 77 * MiB } })).toBe('Usage');
    expect(weigh({ memory: { consumed: 790 * MiB } })).toBe('Usage');
    expect(weigh({ cpu: { swapWaitPercent: 9 } })).toBe('None');
    expect(weigh({ cpu: { swapWaitPercent: 10 } })).toBe('Usage');
  });

  it('is not written again for what is chance in an estimate', () => {
    expect(weigh({ memory: { active: 350 * MiB } })).toBe('None');
    expect(weigh({ memory: { active: 354 * MiB } })).toBe('Usage');
  });

  it('waits while the guest boots, which touches it for the first time, unless the processors have news too', () => {
    const booting = (more: Parameters<typeof report>[0]): MachineReport => ({
      ...report(more),
      guest: { state: 'Booting', heartbeat: 'Gray' },
    });
    const before = machineStatus(booting({})) as VirtualMachineStatus;
    const weighAfter = (more: Parameters<typeof report>[0]) =>
      weightOf(before, machineStatus(booting(more)), 2000, GiB);
    expect(weighAfter({ memory: { consumed: 100 * MiB } })).toBe('None');
    expect(weighAfter({ cpu: { usedMHz: 400 } })).toBe('Usage');
    // When it runs, all is told at once.
    expect(weightOf(before, machineStatus(report()), 2000, GiB)).toBe('State');
  });
});
