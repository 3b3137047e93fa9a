import { diskDefaults, type FilledMachineSpec, filledMachineSpec } from '../api/machine-defaults.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../api/virtual-machine-template.ts';
import { CONFIG_SIZE, LOG_SIZE, newDiskSize, type Provisioning } from '../arithmetic/file-sizes.ts';
import { swapFileSize } from '../arithmetic/machine-memory.ts';
import { memoryOverhead } from '../arithmetic/memory-overhead.ts';
import { quantityToNumber } from '../base/quantity.ts';
import type { MachineFacts } from './facts.ts';

/** A disk that exists: it stays on its datastore, whatever the spec says since, and never shrinks. */
export interface ExistingDisk {
  readonly name: string;
  readonly datastore: string;
  /** Bytes. */
  readonly size: number;
  readonly provisioning: Provisioning;
}

/** What is known of a machine beside its spec. */
export interface Known {
  readonly template?: VirtualMachineTemplate | undefined;
  /** Disks of a machine that has been registered; undefined when it has no files yet. */
  readonly disks?: readonly ExistingDisk[];
  /** CPU features that a suspended guest goes on with. */
  readonly features?: readonly string[];
}

/** A VirtualMachine as decisions see it: with its template and every default, in MHz and bytes. */
export function machineFacts(vm: VirtualMachine, known: Known = {}): MachineFacts {
  const spec = filledMachineSpec(vm.spec, known.template?.spec);
  const size = quantityToNumber(spec.memory.size);
  const reservation = Math.min(size, quantityToNumber(spec.memory.reservation));
  return {
    uid: vm.metadata.uid,
    name: vm.metadata.name,
    cluster: spec.cluster,
    host: spec.host,
    guest: { os: spec.guest.os, virtualization: spec.guest.virtualization },
    cpu: {
      count: spec.cpu.count,
      reservationMHz: spec.cpu.reservationMHz,
      limitMHz: spec.cpu.limitMHz,
      affinity: spec.cpu.affinity,
    },
    memory: { size, reservation, overhead: memoryOverhead(spec.cpu.count, size) },
    space: spaceFor(spec, swapFileSize(size, reservation), known.disks),
    datastores: [...new Set(spec.disks.map((disk) => existing(disk.name, known.disks)?.datastore ?? disk.datastore))],
    networks: [...new Set(spec.nics.map(({ network }) => network))],
    esxOnly: esxOnly(spec),
    features: known.features ?? [],
  };
}

function existing(name: string, disks: readonly ExistingDisk[] | undefined): ExistingDisk | undefined {
  return disks?.find((disk) => disk.name === name);
}

/** New bytes by datastore; the swap file is beside the first disk, and so are configuration and log. */
function spaceFor(spec: FilledMachineSpec, swap: number, disks: Known['disks']): MachineFacts['space'] {
  const space = new Map<string, { swap: number; disks: number }>();
  spec.disks.forEach((disk, index) => {
    const old = existing(disk.name, disks);
    const datastore = old?.datastore ?? disk.datastore;
    const entry = space.get(datastore) ?? { swap: 0, disks: 0 };
    if (index === 0) {
      entry.swap = swap;
      if (disks === undefined) entry.disks += CONFIG_SIZE + LOG_SIZE;
    }
    const size = quantityToNumber(disk.size);
    if (old === undefined) entry.disks += newDiskSize(disk.provisioning ?? diskDefaults.provisioning, size);
    else if (old.provisioning !== 'Thin') entry.disks += Math.max(0, size - old.size);
    space.set(datastore, entry);
  });
  return space;
}

function isBelow(limit: string | number | undefined, size: string | number): boolean {
  return limit !== undefined && quantityToNumber(limit) < quantityToNumber(size);
}

/** What Xen does not have and the spec asks for (api.md: refused with `UnsupportedByHypervisor`). */
function esxOnly(spec: FilledMachineSpec): string[] {
  const fields: string[] = [];
  if (spec.cpu.reservationMHz > 0) fields.push('spec.cpu.reservationMHz');
  if (spec.memory.shares !== 'Normal') fields.push('spec.memory.shares');
  // A guest on Xen has all its memory, always: a limit at its size asks for nothing, nor does any reservation.
  if (isBelow(spec.memory.limit, spec.memory.size)) fields.push('spec.memory.limit');
  if (spec.faultTolerance.enabled) fields.push('spec.faultTolerance');
  return fields;
}
