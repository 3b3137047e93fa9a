import { gib, mhz } from '../base/units.ts';
import type { DatastoreFacts, MachineFacts } from './facts.ts';
import { holdingOf } from './facts.ts';
import type { Room } from './room.ts';
import { newBytes } from './storage.ts';

/** Why a host cannot take a machine. */
export interface Refusal {
  /** A word of api.md, as `InsufficientReservation`. */
  readonly reason: string;
  /** What hosts refused alike share, after a count of hosts: `in maintenance`, `lack 0.14 GiB`. */
  readonly group: string;
  /** The whole sum on this host: `1.10 GiB unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead`. */
  readonly detail: string;
  /** How far from fitting, as a share of what is asked; infinite where nothing would help but a change of the host. */
  readonly distance: number;
  /** Bytes or MHz missing, where that is what refused. */
  readonly lacking?: { readonly resource: 'cpu' | 'memory'; readonly amount: number };
}

/** What the checks may look at besides host and machine. */
export interface Surroundings {
  readonly datastores: ReadonlyMap<string, DatastoreFacts>;
}

type Check = (room: Room, machine: MachineFacts, around: Surroundings) => Refusal | undefined;

/** The order of api.md (`plan`): state, CPU, datastore, network, rules, reservation. The first refusal counts. */
const checks: readonly Check[] = [
  intent,
  silence,
  guest,
  hypervisor,
  processors,
  features,
  datastores,
  space,
  networks,
  cpuRoom,
  memoryRoom,
];

/** The first reason why the host cannot take the machine, or undefined when it can. */
export function refusalOf(room: Room, machine: MachineFacts, around: Surroundings): Refusal | undefined {
  return firstOf(checks, room, machine, around);
}

const checksOnceHeard = checks.filter((check) => check !== silence);

/** Like `refusalOf` of a host that nothing has been heard of yet, were it on and connected. */
export function refusalOnceHeard(room: Room, machine: MachineFacts, around: Surroundings): Refusal | undefined {
  return firstOf(checksOnceHeard, room, machine, around);
}

function firstOf(some: readonly Check[], room: Room, machine: MachineFacts, around: Surroundings) {
  for (const check of some) {
    const refusal = check(room, machine, around);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** What a machine that runs there already must still find when it asks for more: room, and a hypervisor that can. */
const roomChecks: readonly Check[] = [hypervisor, processors, cpuRoom, memoryRoom];

/** Like `refusalOf` for a machine that is where it is, whatever has become of the host; itself not counted in `room`. */
export function shortageOf(room: Room, machine: MachineFacts, around: Surroundings): Refusal | undefined {
  return firstOf(roomChecks, room, machine, around);
}

function never(reason: string, group: string, detail = group): Refusal {
  return { reason, group, detail, distance: Number.POSITIVE_INFINITY };
}

/** Why the host takes no machine whatever it asks for, as `in maintenance`; undefined when it is in service. */
export function closedBecause(room: Room): string | undefined {
  return (intent(room) ?? silence(room))?.group;
}

/** What is meant with it. */
function intent({ host }: Room): Refusal | undefined {
  if (host.deleting) return never('HostInMaintenance', 'being deleted');
  if (host.maintenance) return never('HostInMaintenance', 'in maintenance');
  if (host.wantedPower === 'Off' || host.wantedPower === 'Standby') {
    return never('HostNotConnected', `asked to go to power ${host.wantedPower}`);
  }
  return undefined;
}

/** What is heard of it. */
function silence({ host }: Room): Refusal | undefined {
  if (host.power !== 'On') {
    return never('HostNotConnected', host.power === 'Unknown' ? 'not heard from' : `with power ${host.power}`);
  }
  if (host.connection !== 'Connected') {
    return never(
      'HostNotConnected',
      host.connection === 'Unknown' ? 'not heard from' : `with connection ${host.connection}`,
    );
  }
  return undefined;
}

function guest({ host }: Room, machine: MachineFacts): Refusal | undefined {
  const { virtualization, os } = machine.guest;
  if (virtualization === 'PV') {
    if (host.hypervisor.type !== 'Xen') return never('GuestUnsupported', 'run ESX, which has no paravirtual guests');
    if (/^windows/i.test(os))
      return never('GuestUnsupported', `cannot run ${os} paravirtualized: its kernel cannot be modified`);
    return undefined;
  }
  if (host.hypervisor.type === 'Xen' && !/^(VT-x|AMD-V)$/.test(host.cpu.virtualization)) {
    return never('IncompatibleCPU', 'lack VT-x and AMD-V, which an HVM guest needs');
  }
  return undefined;
}

function hypervisor({ host }: Room, machine: MachineFacts): Refusal | undefined {
  if (host.hypervisor.type !== 'Xen' || machine.esxOnly.length === 0) return undefined;
  return never('UnsupportedByHypervisor', `run Xen, which has no ${machine.esxOnly.join(', ')}`);
}

function processors({ host }: Room, machine: MachineFacts): Refusal | undefined {
  const { count, affinity, reservationMHz } = machine.cpu;
  const { threads } = host.cpu;
  if (count > threads) {
    return never(
      'TooManyVCPUs',
      `have fewer than ${count} hardware threads`,
      `${threads} hardware threads, needs ${count}`,
    );
  }
  const beyond = affinity.find((thread) => thread >= threads);
  if (beyond !== undefined) {
    return never(
      'TooManyVCPUs',
      `have no hardware thread ${beyond}`,
      `threads 0 to ${threads - 1}, spec.cpu.affinity names ${beyond}`,
    );
  }
  const perVCPU = reservationMHz / count;
  if (perVCPU > host.cpu.mhz && host.cpu.isReservedAsWhole !== true) {
    const detail = `${mhz(host.cpu.mhz)} per core, needs ${mhz(perVCPU)} for each of ${count} vCPUs`;
    return never('InsufficientReservation', `have cores slower than ${mhz(perVCPU)}`, detail);
  }
  return undefined;
}

function features({ host }: Room, machine: MachineFacts): Refusal | undefined {
  const missing = machine.features.filter((feature) => !host.cpu.features.includes(feature));
  if (missing.length === 0) return undefined;
  return never('IncompatibleCPU', `lack the CPU features ${missing.join(', ')}`);
}

function datastores({ host }: Room, machine: MachineFacts, around: Surroundings): Refusal | undefined {
  const missing = machine.datastores.filter((name) => !host.datastores.has(name));
  if (missing.length > 0) return never('DatastoreNotAccessible', `do not reach datastore ${missing.join(', ')}`);
  // Cabled to it, and cut off from it: a path or the datastore itself is lost. Of a silent host nobody knows it.
  if (host.power === 'Unknown') return undefined;
  const lost = machine.datastores.filter((name) => around.datastores.get(name)?.hosts?.has(host.name) === false);
  if (lost.length === 0) return undefined;
  return never('DatastoreNotAccessible', `do not reach datastore ${lost.join(', ')} now`);
}

function space({ host }: Room, machine: MachineFacts, around: Surroundings): Refusal | undefined {
  for (const [name, bytes] of machine.space) {
    const left = around.datastores.get(name)?.free;
    const needs = newBytes(bytes, host.hypervisor.type);
    if (left === undefined || needs <= left) continue;
    const free = Math.max(0, left);
    const { disks } = bytes;
    const swap = needs - disks;
    const sum = [disks > 0 ? `${gib(disks)} disks` : '', swap > 0 ? `${gib(swap)} swap` : '']
      .filter(Boolean)
      .join(' + ');
    return {
      reason: 'InsufficientDatastoreSpace',
      group: `reach datastore ${name}, which lacks ${gib(needs - free)} GiB`,
      detail: `${name} has ${gib(free)} GiB free, needs ${gib(needs)} = ${sum}`,
      distance: (needs - free) / needs,
    };
  }
  return undefined;
}

function networks({ host }: Room, machine: MachineFacts): Refusal | undefined {
  const missing = machine.networks.filter((name) => !host.networks.has(name));
  if (missing.length === 0) return undefined;
  return never('NetworkNotAccessible', `do not reach network ${missing.join(', ')}`);
}

function cpuRoom(room: Room, machine: MachineFacts): Refusal | undefined {
  const needs = holdingOf(machine, room.host.hypervisor.type).cpuMHz;
  const free = room.unreservedMHz;
  if (needs <= free) return undefined;
  return {
    reason: 'InsufficientReservation',
    group: `lack ${mhz(needs - free)}`,
    detail: `${mhz(Math.max(0, free))} unreserved, needs ${mhz(needs)} reservation`,
    distance: (needs - free) / needs,
    lacking: { resource: 'cpu', amount: needs - free },
  };
}

function memoryRoom(room: Room, machine: MachineFacts): Refusal | undefined {
  const needs = holdingOf(machine, room.host.hypervisor.type).memory;
  const free = room.unreservedMemory;
  if (needs <= free) return undefined;
  const { reservation, overhead, size } = machine.memory;
  const sum =
    room.host.hypervisor.type === 'Xen'
      ? `${gib(size)} (all of its memory)`
      : `${gib(needs)} = ${gib(reservation)} reservation + ${gib(overhead)} overhead`;
  return {
    reason: 'InsufficientReservation',
    group: `lack ${gib(needs - free)} GiB`,
    detail: `${gib(Math.max(0, free))} GiB unreserved, needs ${sum}`,
    distance: (needs - free) / needs,
    lacking: { resource: 'memory', amount: needs - free },
  };
}
