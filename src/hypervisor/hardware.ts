/**
 * What is bolted in: the hardware that a datacenter is told of from outside. Handed to a `World` as plain values;
 * every default is filled in by whoever hands them over.
 *
 * Units: MHz, bytes, milliseconds; `mbps` is 10^6 bits per second.
 */
import type { XenIoCosts } from '../arithmetic/io-costs.ts';

export type HypervisorType = 'ESX' | 'Xen';

export interface Hypervisor {
  readonly type: HypervisorType;
  /** ESX: 4.0, 4.1 or 5.0. Xen: 3.2 or 4. */
  readonly version: string;
  /** Of ESX: what was set of its advanced options, by VMware's names (`Mem.IdleTax`); the rest is as delivered. */
  readonly advanced?: Readonly<Record<string, number>>;
}

export interface HostCpuHardware {
  readonly vendor: string;
  /** A generation as `Nehalem`; arithmetic/cpu-features.ts knows what each can do. */
  readonly family: string;
  /** Beyond those of the family. */
  readonly features: readonly string[];
  readonly virtualization: 'VT-x' | 'AMD-V' | 'None';
  readonly sockets: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
  readonly mhz: number;
  readonly numaNodes: number;
  readonly llcPerSocket: number;
}

export type NetworkRole = 'Management' | 'VirtualMachine' | 'Migration' | 'FaultTolerance' | 'Storage';

export interface HostHardware {
  readonly name: string;
  /** The uid of the Host object; a host that comes back under another one is another host. */
  readonly uid: string;
  readonly hypervisor: Hypervisor;
  readonly cpu: HostCpuHardware;
  readonly memory: number;
  /** Datastores and networks it is cabled to, by name, whether or not they exist yet. */
  readonly datastores: readonly string[];
  readonly networks: readonly {
    readonly name: string;
    readonly roles: readonly NetworkRole[];
    readonly mbps: number;
  }[];
  readonly bmc: {
    readonly type: 'IPMI' | 'iLO' | 'WakeOnLan' | 'None';
    /** From off to on. */
    readonly bootMs: number;
    /** From on to standby, and back. */
    readonly standbyMs: number;
  };
  /** Of a Xen host; ESX hosts have none. */
  readonly dom0?: { readonly vcpus: number; readonly memory: number; readonly weight: number };
  readonly xenTimesliceMs?: number;
  readonly xenRatelimitUs?: number;
  /** What carrying I/O costs dom0, where it is not as usual (arithmetic/io-costs.ts). */
  readonly xenIoCosts?: Partial<XenIoCosts>;
  /** What it draws: at 0, 10, … 100 % load of its processors while it is on, and in standby. Left out: nothing. */
  readonly watts?: { readonly curve: readonly number[]; readonly standby: number };
  /** The state it is in when it is seen for the first time; not looked at afterwards. */
  readonly power: 'On' | 'Off' | 'Standby';
}

export interface DatastoreHardware {
  readonly name: string;
  readonly uid: string;
  readonly type: 'VMFS' | 'NFS' | 'Local';
  /** NAS and ISCSI are reached over the hosts' networks. Left out: cables of its own. */
  readonly backing?: 'FibreChannel' | 'ISCSI' | 'NAS' | 'Local';
  readonly capacity: number;
  readonly mbps: number;
  readonly iops: number;
  /** How long a lock outlives the host that kept it alive. */
  readonly lockTimeoutMs: number;
}

export interface NetworkHardware {
  readonly name: string;
  readonly uid: string;
  readonly vlan?: number;
  readonly mbps: number;
}

/** What a guest does to its processors. Percentages are of the machine's own vCPUs, 0 to 100. */
export type CpuWorkload =
  | { readonly kind: 'Idle' }
  | { readonly kind: 'Constant'; readonly percent: number }
  | { readonly kind: 'Periodic'; readonly runUs: number; readonly sleepUs: number }
  /** Cyclic pairs of microseconds: run, sleep. */
  | { readonly kind: 'Bursts'; readonly bursts: readonly (readonly [number, number])[] }
  /** A cosine between the two: least at each multiple of the period since the Unix epoch, most halfway between. */
  | {
      readonly kind: 'Diurnal';
      readonly minPercent: number;
      readonly maxPercent: number;
      readonly periodMs: number;
    }
  /** One value per interval from the guest's start; begins anew after the last. */
  | { readonly kind: 'Trace'; readonly intervalMs: number; readonly percents: readonly number[] }
  /** From each time on (since the guest's start) that percentage; 0 before the first. */
  | { readonly kind: 'Steps'; readonly steps: readonly { readonly atMs: number; readonly percent: number }[] }
  | {
      readonly kind: 'Parallel';
      readonly computeUs: number;
      readonly criticalUs: number;
      readonly sync: 'SpinLock' | 'Barrier';
    };

/** What a guest does. */
export interface Workload {
  readonly cpu: CpuWorkload;
  /** Length of the bursts that percentages are made of, where slices are scheduled. */
  readonly burstUs: number;
  readonly memory: {
    /** Bytes in active use; left out: a fifth of the machine's memory. */
    readonly active?: number;
    readonly dirtyMBps: number;
    /** Bytes that the dirtying goes round in; left out: the active ones. */
    readonly writableWorkingSet?: number;
  };
  readonly disk: { readonly readMBps: number; readonly writeMBps: number };
  readonly network: {
    readonly receiveMbps: number;
    readonly transmitMbps: number;
    readonly requestsPerSecond: number;
  };
  /** The guest shuts itself down this long after it came up; left out: never. */
  readonly shutdownAfterMs?: number;
}

/** What the world has to know of a guest beside its configuration. */
export interface GuestHints {
  readonly workload: Workload;
  /**
   * `Always`: a guest that shuts itself down is started again on the spot by its host (a reboot: same lock, same
   * epoch, one reset more). `OnFailure`: it stays off.
   */
  readonly restartPolicy: 'Always' | 'OnFailure';
}

/** What is asked of a namespace's time. */
export interface ClockSettings {
  /** Simulated seconds per real second, above 0. */
  readonly speed: number;
  readonly paused: boolean;
  /** Honoured while paused: time moves as fast as everyone can follow until this instant, and stops. */
  readonly advanceTo?: number;
}

/** What a guest does when nothing was said: nothing. */
export const idleWorkload: Workload = {
  cpu: { kind: 'Idle' },
  burstUs: 10_000,
  memory: { dirtyMBps: 0 },
  disk: { readMBps: 0, writeMBps: 0 },
  network: { receiveMbps: 0, transmitMbps: 0, requestsPerSecond: 0 },
};
