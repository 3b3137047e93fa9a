import { memoryOverhead } from '../../arithmetic/memory-overhead.ts';
import { gib, mhz } from '../../base/units.ts';
import type { MachineConfig } from '../backend.ts';
import { refusal } from '../refusal.ts';
import type { Host } from './host.ts';

/** What is not reserved on a host, leaving out the machine `except`. */
export interface Room {
  readonly mhz: number;
  readonly memory: number;
}

/** ESX: what is not reserved. Xen: what no machine and not dom0 has; there, processors are not reserved at all. */
export function roomOn(host: Host, except: string): Room {
  let freeMHz = host.capacityMHz;
  let memory = host.hardware.memory - (host.isXen ? (host.hardware.dom0?.memory ?? 0) : 0);
  for (const instance of host.instances.values()) {
    if (instance.uid === except) continue;
    freeMHz -= instance.reservedMHz;
    memory -= instance.committedMemory;
  }
  return { mhz: freeMHz, memory };
}

/** Throws `TooManyVCPUs`, `InsufficientReservation` or `UnsupportedByHypervisor` when the processors cannot carry it. */
export function checkProcessors(host: Host, { cpu }: MachineConfig): void {
  if (cpu.count > host.threads) {
    throw refusal('TooManyVCPUs', `${host.name}: ${host.threads} hardware threads, needs ${cpu.count} vCPUs`);
  }
  const beyond = cpu.affinity.find((thread) => thread >= host.threads);
  if (beyond !== undefined) {
    throw refusal('TooManyVCPUs', `${host.name}: threads 0 to ${host.threads - 1}, affinity names ${beyond}`);
  }
  if (host.isXen) {
    if (cpu.reservationMHz === 0) return;
    throw refusal('UnsupportedByHypervisor', `${host.name}: Xen reserves no processor time; use weight and cap`);
  }
  if (host.hardware.hypervisor.advanced?.['Cpu.VMAdmitCheckPerVcpuMin'] === 0) return;
  const each = cpu.reservationMHz / cpu.count;
  if (each > host.hardware.cpu.mhz) {
    throw refusal(
      'InsufficientReservation',
      `${host.name}: a core has ${mhz(host.hardware.cpu.mhz)}, needs ${mhz(each)} reserved per vCPU`,
    );
  }
}

/** Throws `InsufficientReservation`, with the sum, when what the machine needs for itself is not there. */
export function checkRoom(host: Host, config: MachineConfig, uid: string): void {
  const room = roomOn(host, uid);
  if (host.isXen) {
    if (config.memory.size <= room.memory) return;
    throw refusal(
      'InsufficientReservation',
      `${host.name}: ${gib(room.memory)} GiB free beside dom0 and machines, needs ${gib(config.memory.size)} (Xen gives a machine all its memory)`,
    );
  }
  if (config.cpu.reservationMHz > room.mhz) {
    throw refusal(
      'InsufficientReservation',
      `${host.name}: ${Math.floor(room.mhz)} MHz unreserved, needs ${Math.ceil(config.cpu.reservationMHz)}`,
    );
  }
  const reservation = Math.min(config.memory.reservation, config.memory.size);
  const overhead = memoryOverhead(config.cpu.count, config.memory.size);
  if (reservation + overhead <= room.memory) return;
  throw refusal(
    'InsufficientReservation',
    `${host.name}: ${gib(room.memory)} GiB unreserved, needs ${gib(reservation + overhead)} = ${gib(reservation)} reservation + ${gib(overhead)} overhead`,
  );
}
