import { describe, expect, it } from 'vitest';
import { hostOptions } from '../../../src/api/options.ts';
import { memoryOptions } from '../../../src/hypervisor/memory/memory-settings.ts';
import { shareOptions, tuningOf } from '../../../src/hypervisor/schedulers/proportional-share/tuning.ts';
import { ProportionalShareScheduler } from '../../../src/hypervisor/schedulers/proportional-share.ts';
import { SlicedHost } from '../cpu/slices.ts';
import { config, host } from '../lab.ts';
import { SECOND, usagesOf, vm } from './esx.ts';
import { bursts, MS, shapeOf } from './suite.ts';

type Advanced = Readonly<Record<string, number>>;

/** A host of two sockets of two cores of two threads with two nodes, as it is tuned. */
function tuned(advanced: Advanced): ProportionalShareScheduler {
  const topology = shapeOf(8, { coresPerSocket: 2, threadsPerCore: 2, nodes: 2 });
  return new ProportionalShareScheduler(topology, { mhz: 2000, tuning: tuningOf(advanced) });
}

const dispatches = (advanced: Advanced) => {
  const scheduler = new ProportionalShareScheduler(shapeOf(1), { mhz: 2000, tuning: tuningOf(advanced) });
  vm(scheduler, 1);
  vm(scheduler, 1);
  scheduler.advance(2 * SECOND);
  return scheduler.hostUsage().contextSwitches;
};
const coStopped = (advanced: Advanced) => {
  const scheduler = new ProportionalShareScheduler(shapeOf(2), { mhz: 2000, tuning: tuningOf(advanced) });
  const pair = vm(scheduler, 2);
  vm(scheduler, 1);
  scheduler.advance(2 * SECOND);
  return usagesOf(scheduler, pair).reduce((sum, { coStopped: time }) => sum + time, 0);
};
/** The longest that a machine that has rested runs above its limit of half a pCPU. */
const spurt = (advanced: Advanced) => {
  const scheduler = new ProportionalShareScheduler(shapeOf(1), { mhz: 2000, tuning: tuningOf(advanced) });
  const id = vm(scheduler, 1, { limitMHz: 1000 }, bursts([[1_000_000, 1_000_000]]));
  scheduler.pauseMachine(id);
  scheduler.advance(3 * SECOND);
  scheduler.resumeMachine(id);
  scheduler.advance(4 * SECOND);
  return usagesOf(scheduler, id)[0]!.running;
};

describe('advanced options of an ESX host', () => {
  it('have the defaults that the hosts use, and every one is used', () => {
    const used: Advanced = { ...memoryOptions, ...shareOptions, 'Cpu.VMAdmitCheckPerVcpuMin': 1 };
    expect(Object.fromEntries(Object.entries(hostOptions).map(([name, option]) => [name, option.default]))).toEqual(
      used,
    );
  });

  it('that are not set change nothing, nor do those of others', () => {
    expect(tuningOf({ 'Mem.IdleTax': 3 })).toEqual(tuningOf());
    expect(tuningOf(shareOptions)).toEqual(tuningOf());
  });

  it('Cpu.Quantum is the longest run before another gets his turn', () => {
    expect(dispatches({ 'Cpu.Quantum': 200 })).toBeLessThanOrEqual(dispatches({}));
    expect(dispatches({ 'Cpu.Quantum': 5 })).toBeGreaterThan(2 * dispatches({}));
  });

  it('Cpu.Cosched… say when a leading vCPU is stopped', () => {
    expect(coStopped({})).toBeGreaterThan(100 * MS);
    expect(coStopped({ 'Cpu.CoschedCostopThreshold': 100_000, 'Cpu.CoschedCostartThreshold': 90_000 })).toBe(0);
  });

  it('Cpu.LimitEnforcementThreshold is what may be saved up of a limit', () => {
    expect(spurt({ 'Cpu.LimitEnforcementThreshold': 1000 })).toBeGreaterThan(spurt({}) + 300 * MS);
  });

  it('Cpu.…RebalancePeriod 0 is never', () => {
    expect(tuningOf({ 'Cpu.L2RebalancePeriod': 0 }).pullIntervals[1]).toBe(Number.POSITIVE_INFINITY);
    expect(tuningOf({ 'Cpu.L2RebalancePeriod': 7 }).pullIntervals[1]).toBe(7 * MS);
  });

  it('Numa.RebalanceEnable and the cores that home nodes need turn them off', () => {
    const homes = (advanced: Advanced) => {
      const scheduler = tuned(advanced);
      return scheduler.vcpusOf(vm(scheduler, 2)).map((vcpu) => scheduler.homeNodeOf(vcpu));
    };
    expect(homes({})).toEqual([0, 0]);
    for (const off of ['Numa.RebalanceEnable', 'Numa.RebalanceCoresTotal', 'Numa.RebalanceCoresNode']) {
      expect(homes({ [off]: off === 'Numa.RebalanceEnable' ? 0 : 5 }), off).toEqual([-1, -1]);
    }
  });

  it('Numa.PreferHT keeps a machine on one node that has threads enough for it', () => {
    const homes = (advanced: Advanced) => {
      const scheduler = tuned(advanced);
      return new Set(scheduler.vcpusOf(vm(scheduler, 4)).map((vcpu) => scheduler.homeNodeOf(vcpu))).size;
    };
    expect(homes({})).toBe(2);
    expect(homes({ 'Numa.PreferHT': 1 })).toBe(1);
  });

  it('reach the scheduler of a host', () => {
    const cpu = { sockets: 2, coresPerSocket: 2, numaNodes: 2 };
    const numaOf = (advanced: Advanced) => {
      const hardware = host('h', { cpu, hypervisor: { type: 'ESX', version: '5.0', advanced } });
      return new SlicedHost(hardware).add(config('a')).pass(2).figures('a').numa;
    };
    expect(numaOf({})).toEqual([{ node: 0, vcpus: 1 }]);
    expect(numaOf({ 'Numa.RebalanceEnable': 0 })).toBeUndefined();
  });
});
