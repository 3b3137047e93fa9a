import type { FaultOrder } from './faults/fault.ts';
import type {
  ClockSettings,
  CpuWorkload,
  DatastoreHardware,
  GuestHints,
  HostHardware,
  NetworkHardware,
} from './hardware.ts';
import { checkNumber } from './validation.ts';

/**
 * What is bolted in was checked where people wrote it; a figure that is none (a quantity that did not parse) would
 * spread through every sum of a host, so it is stopped here. Each throws `Invalid` with the path.
 */

export function checkHost(hardware: HostHardware): void {
  const path = `host ${hardware.name}`;
  const { hypervisor, cpu, memory, networks, bmc, dom0, watts } = hardware;
  for (const [name, value] of Object.entries(hypervisor.advanced ?? {})) {
    checkNumber(`${path}: hypervisor.advanced[${name}]`, value);
  }
  for (const key of ['sockets', 'coresPerSocket', 'threadsPerCore', 'numaNodes', 'llcPerSocket'] as const) {
    checkNumber(`${path}: cpu.${key}`, cpu[key], { min: 1, whole: true });
  }
  checkNumber(`${path}: cpu.mhz`, cpu.mhz, { min: 1 });
  checkNumber(`${path}: memory`, memory, { min: 1, whole: true });
  checkNumber(`${path}: bmc.bootMs`, bmc.bootMs);
  checkNumber(`${path}: bmc.standbyMs`, bmc.standbyMs);
  networks.forEach(({ mbps }, i) => {
    checkNumber(`${path}: networks[${i}].mbps`, mbps);
  });
  checkNumber(`${path}: watts.standby`, watts?.standby ?? 0);
  watts?.curve.forEach((value, i) => {
    checkNumber(`${path}: watts.curve[${i}]`, value);
  });
  for (const [name, value] of Object.entries(hardware.xenIoCosts ?? {})) {
    checkNumber(`${path}: xenIoCosts.${name}`, value);
  }
  if (dom0 !== undefined) checkNumber(`${path}: dom0.memory`, dom0.memory, { max: memory });
}

export function checkDatastore({ name, capacity, mbps, iops, lockTimeoutMs }: DatastoreHardware): void {
  checkNumber(`datastore ${name}: capacity`, capacity, { whole: true });
  checkNumber(`datastore ${name}: mbps`, mbps, { min: 1 });
  checkNumber(`datastore ${name}: iops`, iops);
  checkNumber(`datastore ${name}: lockTimeoutMs`, lockTimeoutMs);
}

export function checkNetwork({ name, mbps }: NetworkHardware): void {
  checkNumber(`network ${name}: mbps`, mbps);
}

export function checkClock({ speed, advanceTo }: ClockSettings): void {
  checkNumber('clock: speed', speed, { min: Number.MIN_VALUE });
  if (advanceTo !== undefined) checkNumber('clock: advanceTo', advanceTo);
}

export function checkFault({ id, afterMs, durationMs, percent }: FaultOrder): void {
  checkNumber(`fault ${id}: afterMs`, afterMs);
  if (durationMs !== undefined) checkNumber(`fault ${id}: durationMs`, durationMs);
  checkNumber(`fault ${id}: percent`, percent, { max: 100 });
}

export function checkHints({ workload }: GuestHints): void {
  const { cpu, memory, disk, shutdownAfterMs } = workload;
  checkCpu(cpu);
  if (memory.active !== undefined) checkNumber('workload.memory.active', memory.active);
  checkNumber('workload.disk.writeMBps', disk.writeMBps);
  if (shutdownAfterMs !== undefined) checkNumber('workload.shutdownAfterMs', shutdownAfterMs);
}

function checkCpu(cpu: CpuWorkload): void {
  const percent = (key: string, value: number) => checkNumber(`workload.cpu.${key}`, value, { max: 100 });
  switch (cpu.kind) {
    case 'Constant':
      percent('percent', cpu.percent);
      break;
    case 'Periodic':
      checkNumber('workload.cpu.runUs', cpu.runUs);
      checkNumber('workload.cpu.sleepUs', cpu.sleepUs);
      break;
    case 'Bursts':
      cpu.bursts.flat().forEach((us, i) => {
        checkNumber(`workload.cpu.bursts[${i >> 1}]`, us);
      });
      break;
    case 'Diurnal':
      percent('minPercent', cpu.minPercent);
      percent('maxPercent', cpu.maxPercent);
      checkNumber('workload.cpu.periodMs', cpu.periodMs, { min: 1 });
      break;
    case 'Trace':
      checkNumber('workload.cpu.intervalMs', cpu.intervalMs, { min: 1 });
      cpu.percents.forEach((value, i) => {
        percent(`percents[${i}]`, value);
      });
      break;
    case 'Steps':
      cpu.steps.forEach((step, i) => {
        checkNumber(`workload.cpu.steps[${i}].atMs`, step.atMs);
        percent(`steps[${i}].percent`, step.percent);
      });
      break;
  }
}
