import {
  deviceDefaults,
  diskDefaults,
  type FilledMachineSpec,
  filledMachineSpec,
  nicDefaults,
} from '../../src/api/machine-defaults.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../../src/api/virtual-machine-template.ts';
import { cpuShares, diskShares, memoryShares, nicShares } from '../../src/arithmetic/shares.ts';
import { deepEqual } from '../../src/base/json.ts';
import { formatBytes, quantityToNumber } from '../../src/base/quantity.ts';
import { SECOND } from '../../src/base/units.ts';
import type { MachineConfig } from '../../src/hypervisor/backend.ts';

/** A VirtualMachine as the machines take it: with its template and every default, in MHz, bytes and milliseconds. */
export function machineConfig(vm: VirtualMachine, template: VirtualMachineTemplate | undefined): MachineConfig {
  const spec = filledMachineSpec(vm.spec, template?.spec);
  const { guest, powerOff } = spec;
  return {
    name: vm.metadata.name,
    guest: {
      os: guest.os,
      virtualization: guest.virtualization,
      pvDrivers: guest.pvDrivers,
      tools: guest.tools === 'Installed',
      bootMs: guest.bootSeconds * SECOND,
      shutdownMs: guest.shutdownSeconds * SECOND,
    },
    ...allocation(spec),
    ...attachments(spec),
    powerOff: { mode: powerOff.mode, timeoutMs: powerOff.timeoutSeconds * SECOND },
    reclaim: spec.reclaimPolicy,
  };
}

function allocation({ cpu, memory, xen }: FilledMachineSpec): Pick<MachineConfig, 'cpu' | 'memory' | 'xen'> {
  const size = quantityToNumber(memory.size);
  const { limitMHz, ...rest } = cpu;
  return {
    cpu: { ...rest, shares: cpuShares(cpu.shares, cpu.count), ...(limitMHz === undefined ? {} : { limitMHz }) },
    memory: {
      size,
      shares: memoryShares(memory.shares, size),
      reservation: Math.min(size, quantityToNumber(memory.reservation)),
      hotAdd: memory.hotAdd,
      ...(memory.limit === undefined ? {} : { limit: quantityToNumber(memory.limit) }),
    },
    ...(xen === undefined ? {} : { xen }),
  };
}

function attachments({ disks, nics, devices }: FilledMachineSpec): Pick<MachineConfig, 'disks' | 'nics' | 'devices'> {
  return {
    disks: disks.map((disk) => ({
      name: disk.name,
      size: quantityToNumber(disk.size),
      datastore: disk.datastore,
      provisioning: disk.provisioning ?? diskDefaults.provisioning,
      shares: diskShares(disk.shares ?? diskDefaults.shares),
      ...(disk.limitIOPS ? { limitIOPS: disk.limitIOPS } : {}),
    })),
    nics: nics.map(({ network, shares, limitMbps }) => ({
      network,
      shares: nicShares(shares ?? nicDefaults.shares),
      ...(limitMbps ? { limitMbps } : {}),
    })),
    devices: devices.map(({ type, backing }) => ({ type, backing: backing ?? deviceDefaults.backing })),
  };
}

export function isSameConfig(a: MachineConfig, b: MachineConfig): boolean {
  return deepEqual(a, b);
}

/** A field whose new value waits for the next power-on. */
export interface Waiting {
  readonly field: string;
  readonly running: string;
  readonly wanted: string;
}

/** What differs between the configuration in effect and the one that is wanted, field by field. */
export function changesWaiting(running: MachineConfig, wanted: MachineConfig): Waiting[] {
  const waiting: Waiting[] = [];
  const compare = (field: string, a: unknown, b: unknown, write: (value: unknown) => string = brief) => {
    if (!deepEqual(a, b)) waiting.push({ field, running: write(a), wanted: write(b) });
  };
  const bytes = (value: unknown) => (typeof value === 'number' ? formatBytes(value) : 'none');
  for (const key of Object.keys({ ...running.cpu, ...wanted.cpu }) as (keyof MachineConfig['cpu'])[]) {
    // Shares given by a word follow the number of vCPUs, which is what waits.
    if (key === 'shares' && running.cpu.count !== wanted.cpu.count) continue;
    compare(`cpu.${key}`, running.cpu[key], wanted.cpu[key]);
  }
  for (const key of Object.keys({ ...running.memory, ...wanted.memory }) as (keyof MachineConfig['memory'])[]) {
    if (key === 'shares' && running.memory.size !== wanted.memory.size) continue;
    const write = key === 'shares' || key === 'hotAdd' ? brief : bytes;
    compare(`memory.${key}`, running.memory[key], wanted.memory[key], write);
  }
  for (const key of Object.keys({ ...running.guest, ...wanted.guest }) as (keyof MachineConfig['guest'])[]) {
    compare(`guest.${key}`, running.guest[key], wanted.guest[key]);
  }
  compare('xen', running.xen, wanted.xen);
  waiting.push(...disksWaiting(running.disks, wanted.disks));
  const networks = ({ nics }: MachineConfig) => nics.map(({ network }) => network).join(', ') || 'none';
  compare('nics', networks(running), networks(wanted));
  const types = ({ devices }: MachineConfig) =>
    devices.map(({ type, backing }) => `${type} (${backing})`).join(', ') || 'none';
  compare('devices', types(running), types(wanted));
  return waiting.map((one) => (one.field === 'memory.reservation' ? allOfIt(one, running) : one));
}

/** More is to be reserved than it has now: all that it has is reserved at once. */
function allOfIt(waiting: Waiting, { memory }: MachineConfig): Waiting {
  return memory.reservation === memory.size ? { ...waiting, running: `${waiting.running} (all it has)` } : waiting;
}

function disksWaiting(running: MachineConfig['disks'], wanted: MachineConfig['disks']): Waiting[] {
  const waiting: Waiting[] = [];
  for (const { name, size } of wanted) {
    const old = running.find((disk) => disk.name === name);
    if (old === undefined) waiting.push({ field: `disks[${name}]`, running: 'none', wanted: formatBytes(size) });
  }
  for (const { name, size } of running) {
    if (!wanted.some((disk) => disk.name === name)) {
      waiting.push({ field: `disks[${name}]`, running: formatBytes(size), wanted: 'none' });
    }
  }
  return waiting;
}

function brief(value: unknown): string {
  if (value === undefined) return 'none';
  if (Array.isArray(value)) return value.length === 0 ? 'all' : value.join(',');
  return typeof value === 'object' ? JSON.stringify(value) : String(value) || 'none';
}
