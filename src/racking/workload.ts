import { workloadDefaults } from '../api/defaults.ts';
import type { VirtualMachineSpec } from '../api/virtual-machine.ts';
import { quantityToNumber } from '../base/quantity.ts';
import { HOUR, SECOND } from '../base/units.ts';
import type { CpuWorkload, Workload } from '../hypervisor/hardware.ts';

export type WorkloadSpec = NonNullable<VirtualMachineSpec['workload']>;

/** What a guest does, as the machines take it. `percents` is the column of its trace, once that has been read. */
export function workloadOf(spec: WorkloadSpec, percents: readonly number[]): Workload {
  const { memory, disk, network, shutdownAfterSeconds } = spec;
  return {
    cpu: cpuWorkload(spec, percents),
    burstUs: spec.burstMicroseconds ?? workloadDefaults.burstMicroseconds,
    memory: {
      dirtyMBps: memory?.dirtyMBps ?? 0,
      ...(memory?.active === undefined ? {} : { active: quantityToNumber(memory.active) }),
      ...(memory?.writableWorkingSet === undefined
        ? {}
        : { writableWorkingSet: quantityToNumber(memory.writableWorkingSet) }),
    },
    disk: { readMBps: disk?.readMBps ?? 0, writeMBps: disk?.writeMBps ?? 0 },
    network: {
      receiveMbps: network?.receiveMbps ?? 0,
      transmitMbps: network?.transmitMbps ?? 0,
      requestsPerSecond: network?.requestsPerSecond ?? 0,
    },
    ...(shutdownAfterSeconds === undefined ? {} : { shutdownAfterMs: shutdownAfterSeconds * SECOND }),
  };
}

function cpuWorkload(spec: WorkloadSpec, percents: readonly number[]): CpuWorkload {
  const { constant, periodic, bursts, diurnal, trace, steps, parallel } = spec;
  if (constant) return { kind: 'Constant', percent: constant.cpuPercent };
  if (periodic) return { kind: 'Periodic', runUs: periodic.runMicroseconds, sleepUs: periodic.sleepMicroseconds };
  if (bursts) return { kind: 'Bursts', bursts: bursts.map(([run = 0, sleep = 0]) => [run, sleep] as const) };
  if (diurnal) {
    const { minPercent, maxPercent, periodHours = workloadDefaults.periodHours } = diurnal;
    return { kind: 'Diurnal', minPercent, maxPercent, periodMs: periodHours * HOUR };
  }
  if (trace) {
    const intervalMs = (trace.intervalSeconds ?? workloadDefaults.intervalSeconds) * SECOND;
    return percents.length === 0 ? { kind: 'Idle' } : { kind: 'Trace', intervalMs, percents };
  }
  if (steps)
    return {
      kind: 'Steps',
      steps: steps.map(({ atSeconds, cpuPercent }) => ({ atMs: atSeconds * SECOND, percent: cpuPercent })),
    };
  if (parallel) {
    const { computeMicroseconds, criticalMicroseconds, sync } = parallel;
    return {
      kind: 'Parallel',
      computeUs: computeMicroseconds,
      criticalUs: criticalMicroseconds,
      sync: sync ?? 'SpinLock',
    };
  }
  return { kind: 'Idle' };
}

/** A column of percentages, a number a line; what is no number is left out, what is beyond 0 to 100 is cut. */
export function readColumn(text: string): number[] {
  return text
    .split(/[\s,;]+/)
    .filter((word) => word !== '')
    .map(Number)
    .filter((value) => Number.isFinite(value))
    .map((value) => Math.min(100, Math.max(0, value)));
}
