/**
 * The world as decisions see it: hosts and virtual machines with every default filled in and every quantity a number
 * (MHz, bytes). Controllers make these from objects and reports; DRS, HA and `plan` change copies of them to ask
 * "what if".
 */

export type HypervisorType = 'ESX' | 'Xen';

export interface HostFacts {
  readonly name: string;
  /** Undefined for a standalone host. */
  readonly cluster: string | undefined;
  readonly hypervisor: { readonly type: HypervisorType; readonly version: string };
  /** As the machines report it; `Unknown` while nothing is heard from the datacenter. */
  readonly power: string;
  readonly connection: string;
  /** Known for so many ms, and about to be heard of for the first time; left out: it has been, or nobody expects it. */
  readonly beingRackedMs?: number | undefined;
  /** Asked for or reached: either way it takes no new machine. */
  readonly maintenance: boolean;
  readonly deleting: boolean;
  /** What its spec asks for, if it does. */
  readonly wantedPower: string | undefined;
  readonly cpu: {
    readonly vendor: string;
    readonly family: string;
    readonly features: readonly string[];
    readonly virtualization: string;
    readonly cores: number;
    readonly threads: number;
    /** Of one core. */
    readonly mhz: number;
    /** A machine may reserve more than that for each of its vCPUs (Cpu.VMAdmitCheckPerVcpuMin 0). */
    readonly isReservedAsWhole?: boolean;
  };
  /** Bytes that can be promised to machines: all of it on ESX, all but dom0's on Xen. */
  readonly memory: number;
  readonly datastores: ReadonlySet<string>;
  readonly networks: ReadonlySet<string>;
}

export interface MachineFacts {
  readonly uid: string;
  readonly name: string;
  /** Where the spec wants it. */
  readonly cluster: string | undefined;
  readonly host: string | undefined;
  readonly guest: { readonly os: string; readonly virtualization: 'HVM' | 'PV' };
  readonly cpu: {
    readonly count: number;
    readonly reservationMHz: number;
    readonly limitMHz: number | undefined;
    readonly affinity: readonly number[];
  };
  readonly memory: {
    readonly size: number;
    readonly reservation: number;
    /** What the hypervisor itself needs for it (arithmetic/overhead). */
    readonly overhead: number;
  };
  /** New bytes that a power-on takes, by datastore: the swap file, and disks that do not exist yet. */
  readonly space: ReadonlyMap<string, { readonly swap: number; readonly disks: number }>;
  readonly datastores: readonly string[];
  readonly networks: readonly string[];
  /** Spec fields that only ESX has and that ask for something, as `spec.cpu.reservationMHz`. */
  readonly esxOnly: readonly string[];
  /** CPU features that it saw at power-on and must find again when it is resumed; empty when it boots. */
  readonly features: readonly string[];
}

export interface DatastoreFacts {
  readonly name: string;
  /** Bytes. */
  readonly free: number;
  /** Names of the hosts that reach it now; left out: not known. */
  readonly hosts?: ReadonlySet<string>;
}

/** What a running machine holds of a host, in MHz and bytes. On Xen memory is partitioned: its full size. */
export function holdingOf(machine: MachineFacts, type: HypervisorType): { cpuMHz: number; memory: number } {
  if (type === 'Xen') return { cpuMHz: 0, memory: machine.memory.size };
  return { cpuMHz: machine.cpu.reservationMHz, memory: machine.memory.reservation + machine.memory.overhead };
}

/** CPU in MHz that the machine could use at the most on this host: every vCPU a whole core, or its limit. */
export function configuredMHz(machine: MachineFacts, host: HostFacts): number {
  const all = machine.cpu.count * host.cpu.mhz;
  return machine.cpu.limitMHz === undefined ? all : Math.min(all, machine.cpu.limitMHz);
}
