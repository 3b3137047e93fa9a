import { type FilledMachineSpec, filledMachineSpec } from '../api/machine-defaults.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../api/virtual-machine-template.ts';
import { swapFileSize } from '../arithmetic/machine-memory.ts';
import { memoryOverhead } from '../arithmetic/memory-overhead.ts';
import { quantityToNumber } from '../base/quantity.ts';
import { MiB } from '../base/units.ts';
import type { MachineFacts } from './facts.ts';

/** A thin disk begins with one block of the file system. */
const THIN_START = MiB;

/** What is known of a machine beside its spec. */
export interface Known {
  readonly template?: VirtualMachineTemplate | undefined;
  /** Names of disks that exist already. */
  readonly disks?: ReadonlySet<string>;
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
    datastores: [...new Set(spec.disks.map(({ datastore }) => datastore))],
    networks: [...new Set(spec.nics.map(({ network }) => network))],
    esxOnly: esxOnly(spec),
    features: known.features ?? [],
  };
}

/** New bytes by datastore; the swap file is beside the first disk. */
function spaceFor(spec: FilledMachineSpec, swap: number, existing?: ReadonlySet<string>): MachineFacts['space'] {
  const space = new Map<string, { swap: number; disks: number }>();
  spec.disks.forEach((disk, index) => {
    const entry = space.get(disk.datastore) ?? { swap: 0, disks: 0 };
    if (index === 0) entry.swap = swap;
    if (existing?.has(disk.name) !== true) {
      const size = quantityToNumber(disk.size);
      entry.disks +=
        disk.provisioning === 'Thick' || disk.provisioning === 'EagerZeroedThick' ? size : Math.min(THIN_START, size);
    }
    space.set(disk.datastore, entry);
  });
  return space;
}

/** What Xen does not have and the spec asks for (api.md: refused with `UnsupportedByHypervisor`). */
function esxOnly(spec: FilledMachineSpec): string[] {
  const fields: string[] = [];
  if (spec.cpu.reservationMHz > 0) fields.push('spec.cpu.reservationMHz');
  if (spec.memory.shares !== 'Normal') fields.push('spec.memory.shares');
  if (spec.faultTolerance.enabled) fields.push('spec.faultTolerance');
  return fields;
}
