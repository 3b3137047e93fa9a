/**
 * The Backend port: every act of management on the machines, and what they report. Two transports, `http` and
 * `direct`, pass the suite in test/conformance/backend. A driver for a real hypervisor could stand behind it.
 *
 * Every method is idempotent: a caller that never saw the answer makes the same call again. Every method rejects with
 * `BackendError`; its `reason` is one of the words users read in conditions, or `Unreachable` when there was no answer
 * (the act may or may not have been carried out; look at the reports and decide anew).
 *
 * Units: MHz, bytes, milliseconds of the namespace's simulated time since the Unix epoch.
 */

export type HostPower =
  | 'On'
  | 'Off'
  | 'PoweringOn'
  | 'PoweringOff'
  | 'EnteringStandby'
  | 'Standby'
  | 'ExitingStandby'
  | 'Failed';
export type HostConnection =
  | 'Connected'
  | 'NotResponding'
  | 'Isolated'
  | 'Partitioned'
  | 'AgentDown'
  | 'Dead'
  | 'Disconnected';
export type MachinePower = 'Off' | 'PoweringOn' | 'On' | 'PoweringOff' | 'Suspending' | 'Suspended';
export type GuestState = 'Stopped' | 'Booting' | 'Running' | 'ShuttingDown' | 'Hung' | 'Crashed';
/** Why a machine is off. `Requested`: powerOff was called; `HostDirect`: somebody did it at the host itself. */
export type ExitReason = 'Requested' | 'GuestShutdown' | 'GuestCrash' | 'HostFailed' | 'HostDirect' | 'LockLost';

export type RefusalReason =
  | 'InsufficientReservation'
  | 'IncompatibleCPU'
  | 'DatastoreNotAccessible'
  | 'NetworkNotAccessible'
  | 'LimitPerHost'
  | 'HostInMaintenance'
  | 'HostNotConnected'
  | 'TooManyVCPUs'
  | 'InsufficientDatastoreSpace'
  | 'GuestUnsupported'
  | 'FileLocked'
  | 'UnsupportedByHypervisor'
  | 'IncompatibleHypervisor'
  | 'HostDevice'
  | 'LocalDatastore';

export class BackendError extends Error {
  /**
   * A refusal users read; or `NotFound` (no such host or machine), `StaleEpoch` (the machine has been started since
   * the caller looked), `WrongState` (not possible in the machine's present power state), `Unauthorized`, `Invalid`
   * (a bad request, a defect of the caller), `StorageFailed` (the datacenter cannot keep its state on disk), `Unreachable`.
   */
  readonly reason:
    | RefusalReason
    | 'NotFound'
    | 'StaleEpoch'
    | 'WrongState'
    | 'Unauthorized'
    | 'Invalid'
    | 'StorageFailed'
    | 'Unreachable';

  constructor(reason: BackendError['reason'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'BackendError';
    this.reason = reason;
  }
}

export type MaxSkew = 'Strict' | 'Relaxed' | 'Individual';
export type DiskProvisioning = 'Thin' | 'Thick' | 'EagerZeroedThick';

/** A virtual machine's hardware and allocation, with every default filled in. */
export interface MachineConfig {
  readonly name: string;
  readonly guest: {
    readonly os: string;
    readonly virtualization: 'HVM' | 'PV';
    readonly pvDrivers: boolean;
    readonly tools: boolean;
    readonly bootMs: number;
    readonly shutdownMs: number;
  };
  readonly cpu: {
    readonly count: number;
    /** Of the whole machine. */
    readonly shares: number;
    readonly reservationMHz: number;
    /** Of the whole machine; left out: no limit. */
    readonly limitMHz?: number;
    readonly maxSkew: MaxSkew;
    readonly affinity: readonly number[];
    readonly htSharing: 'Any' | 'None' | 'Internal';
    readonly numaNodeAffinity: readonly number[];
    readonly vsmpConsolidate: boolean;
    readonly model: string;
    readonly hotAdd: boolean;
  };
  readonly memory: {
    readonly size: number;
    readonly shares: number;
    readonly reservation: number;
    readonly limit?: number;
    readonly hotAdd: boolean;
  };
  /** Left out: derived from shares and limit, as api.md says. */
  readonly xen?: { readonly weight?: number; readonly cap?: number; readonly vcpuPin?: readonly (readonly number[])[] };
  readonly disks: readonly {
    readonly name: string;
    readonly size: number;
    readonly datastore: string;
    readonly provisioning: DiskProvisioning;
    readonly shares: number;
    readonly limitIOPS?: number;
  }[];
  /** Shares left out: 50. */
  readonly nics: readonly { readonly network: string; readonly shares?: number; readonly limitMbps?: number }[];
  readonly devices: readonly { readonly type: string; readonly backing: 'Host' | 'Client' | 'Datastore' }[];
  readonly powerOff: PowerOffMode;
  /** What becomes of the files when the machine is destroyed. */
  readonly reclaim: 'Delete' | 'Retain';
}

export interface PowerOffMode {
  /** `GuestShutdown` asks the guest and pulls the plug after the timeout. */
  readonly mode: 'Hard' | 'GuestShutdown';
  readonly timeoutMs: number;
}

export interface MachineName {
  readonly namespace: string;
  /** The uid of the VirtualMachine object: a machine belongs to one object for ever. */
  readonly uid: string;
}

export interface HostName {
  readonly namespace: string;
  readonly name: string;
}

export interface PowerOnRequest extends MachineName {
  readonly host: string;
  readonly config: MachineConfig;
  /**
   * How often the machine had been started when the caller decided (0: never). The start is carried out only if that
   * is still so, which makes it happen once: a repeat of a start that was carried out answers as the first did, and
   * any other difference rejects with `StaleEpoch`.
   */
  readonly epoch: number;
  /** The value of `restartedAt` that this start already satisfies; a later `reset` with the same token does nothing. */
  readonly restartToken?: string;
}

export interface Backend {
  /**
   * Powers a machine on, registering it first when it is new; a suspended one is resumed. Resolves when the host has
   * taken the order and it is on disk (reports tell when it is `On`). Rejects with a refusal when the host will not.
   */
  powerOn(request: PowerOnRequest): Promise<{ readonly epoch: number }>;
  /**
   * Powers a machine off; resolves when the host has taken the order. On a machine that is off, or was never
   * registered, it only makes the exit reason `Requested`. A GuestShutdown without tools rejects with
   * `GuestUnsupported`.
   */
  powerOff(machine: MachineName, how: PowerOffMode): Promise<void>;
  /** Writes memory to a file and stops; needs space on the datastore. Does nothing when suspended or suspending. */
  suspend(machine: MachineName): Promise<void>;
  /** Resets a running machine once per token; `WrongState` when it is not on. */
  reset(machine: MachineName, token: string): Promise<void>;
  /**
   * Gives a registered machine a new configuration. What can change now does, after the host's own admission (a refusal
   * rejects and changes nothing); the rest waits for the next power-on. `MachineReport.config` shows what is in effect.
   */
  reconfigure(machine: MachineName, config: MachineConfig): Promise<void>;
  /**
   * Powers the machine off as its configuration says, frees its files (or leaves them as orphans) and forgets it.
   * Does nothing when there is no such machine. Where its host cannot be told: `HostNotConnected`, until the machine's
   * lock has run out; then it is forgotten, and what still runs is ended when its host sees the datastore again.
   */
  destroy(machine: MachineName): Promise<void>;
  /** Asks for a power state of a host, through its BMC where it is not on. */
  setHostPower(host: HostName, power: 'On' | 'Off' | 'Standby'): Promise<void>;
  /** In maintenance a host takes no new machine; what runs there runs on. */
  setHostMaintenance(host: HostName, maintenance: boolean): Promise<void>;
  /**
   * Sends everything there is, then `synced`, then each change. Reports of one machine or host arrive in order; states
   * that were passed through faster than they could be sent may be left out.
   */
  observe(observer: BackendObserver): Observation;
  /** The exact figures of this moment, as status carries them only roughly. */
  stats(namespace: string): Promise<readonly (HostReport | MachineReport)[]>;
  close(): Promise<void>;
}

export interface Observation {
  /** Ends it; the observer is not called afterwards. */
  stop(): void;
}

export interface BackendObserver {
  /** Must not throw. */
  reports(batch: readonly Report[]): void;
  /** Called at most once, last: the connection broke. Observe again to be sent everything anew. */
  closed(error: BackendError): void;
}

export type Report =
  | HostReport
  | MachineReport
  | DatastoreReport
  | NetworkReport
  | OccurrenceReport
  | GoneReport
  /** Everything that existed when the observation began has been sent. */
  | { readonly kind: 'Synced' };

export interface Usage {
  readonly cpuMHz: number;
  readonly memory: number;
}

export interface HostReport {
  readonly kind: 'Host';
  readonly namespace: string;
  readonly name: string;
  /** The uid of the Host object. */
  readonly uid: string;
  readonly power: HostPower;
  /** True: it is off because its power went, and comes up with it again. */
  readonly lostPower?: boolean;
  readonly connection: HostConnection;
  /** What `setHostMaintenance` said last. */
  readonly maintenance: boolean;
  readonly capacity: Usage;
  readonly demand: Usage;
  readonly entitlement: Usage;
  readonly used: Usage;
  readonly memory: {
    readonly minFree: number;
    readonly free: number;
    readonly state: 'High' | 'Soft' | 'Hard' | 'Low';
  };
  /** What machines send and receive through its uplinks, of `mbps` in each direction; in the order of its cabling. */
  readonly uplinks: readonly {
    readonly network: string;
    readonly mbps: number;
    readonly receiveMbps: number;
    readonly transmitMbps: number;
    readonly latencyMs?: number;
  }[];
  /** Machines that are not off, by uid. */
  readonly machines: readonly string[];
  readonly hypervisor: { readonly type: 'ESX' | 'Xen'; readonly version: string };
  readonly poweredOnAt: number | undefined;
  readonly lastExitedStandby: number | undefined;
  readonly wakeTested: boolean;
  /** How its processors are simulated; left out: by formula. */
  readonly fidelity?: string;
  /** Of a Xen host whose slices are scheduled: percent per vCPU of dom0. */
  readonly dom0?: { readonly runPercent: number; readonly readyPercent: number };
}

export interface MachineFile {
  /** `[datastore] folder/file` */
  readonly path: string;
  readonly kind: 'Config' | 'Disk' | 'Swap' | 'Suspend' | 'Snapshot' | 'Log';
  readonly size: number;
}

export interface MachineReport {
  readonly kind: 'Machine';
  readonly namespace: string;
  readonly uid: string;
  readonly name: string;
  /** Where it runs, or ran last. */
  readonly host: string;
  readonly power: MachinePower;
  /** Times started; also the epoch of its lock. A resume counts as a start. */
  readonly epoch: number;
  /** Of these, resumes; left out: none. */
  readonly resumes?: number;
  /** It is `PoweringOn` because it is being resumed. */
  readonly isResuming?: boolean;
  /** Times reset since it was created. */
  readonly resets: number;
  readonly restartToken: string | undefined;
  /** Why it is off; undefined unless `power` is `Off`. */
  readonly exit: { readonly reason: ExitReason; readonly at: number } | undefined;
  readonly guest: { readonly state: GuestState; readonly heartbeat: 'Green' | 'Red' | 'Gray' };
  /** When it was last started or resumed. */
  readonly startedAt: number | undefined;
  readonly ip: string | undefined;
  readonly macs: readonly string[];
  readonly uuid: string;
  readonly files: readonly MachineFile[];
  /** What is in effect; may lag behind what `reconfigure` gave until the next power-on. */
  readonly config: MachineConfig;
  readonly usage: MachineUsage;
  /** Hosts on which an instance without the lock still runs. */
  readonly staleInstances: readonly string[];
  /** What its guest was shown of the processor at power-on; left out before the first. */
  readonly cpuFeatures?: readonly string[];
}

/** Means since the last report; percentages are per vCPU, 0 to 100. A key left out is not measured. */
export interface MachineUsage {
  readonly cpu: {
    readonly usedMHz: number;
    readonly demandMHz: number;
    readonly entitlementMHz: number;
    readonly runPercent?: number;
    readonly usedPercent?: number;
    readonly readyPercent?: number;
    readonly coStopPercent?: number;
    readonly limitedPercent?: number;
    readonly systemPercent?: number;
    readonly waitPercent?: number;
    readonly swapWaitPercent?: number;
    readonly idlePercent?: number;
    readonly progressPercent?: number;
    /** Home nodes. */
    readonly numa?: readonly { readonly node: number; readonly vcpus: number }[];
  };
  readonly memory: {
    readonly granted: number;
    readonly entitlement: number;
    readonly consumed: number;
    readonly active: number;
    readonly overhead: number;
    readonly target?: number;
    readonly ballooned?: number;
    readonly shared?: number;
    readonly sharedSaved?: number;
    readonly zeroed?: number;
    readonly compressed?: number;
    readonly swapped?: number;
    readonly swapInKBps?: number;
    readonly swapOutKBps?: number;
  };
  /** Of a guest that reads or writes. MB are 10^6 bytes; `latencyMs` is left out while nothing answers. */
  readonly disk?: {
    readonly readMBps: number;
    readonly writeMBps: number;
    readonly iops: number;
    readonly latencyMs?: number;
  };
  /** Of a guest that sends or receives. */
  readonly network?: { readonly receiveMbps: number; readonly transmitMbps: number; readonly latencyMs?: number };
}

export interface DatastoreReport {
  readonly kind: 'Datastore';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly capacity: number;
  readonly free: number;
  /** What machines read and write there; `iops` in requests of 32 KiB. */
  readonly traffic: {
    readonly readMBps: number;
    readonly writeMBps: number;
    readonly iops: number;
    readonly latencyMs?: number;
  };
  /** Hosts that reach it now. */
  readonly hosts: readonly string[];
  /** Files whose machine was destroyed with `Retain`. */
  readonly orphans: readonly MachineFile[];
}

export interface NetworkReport {
  readonly kind: 'Network';
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly hosts: readonly string[];
}

/** Something that happened, told once; for events. `subject` is a machine's uid or a host's name. */
export interface OccurrenceReport {
  readonly kind: 'Occurrence';
  readonly namespace: string;
  readonly at: number;
  readonly subject: { readonly kind: 'Machine' | 'Host'; readonly id: string };
  /** An event reason of api.md, as `VMPoweredOn` or `VMLockLost`. */
  readonly reason: string;
  readonly message: string;
}

export interface GoneReport {
  readonly kind: 'Gone';
  readonly namespace: string;
  readonly of: 'Host' | 'Machine' | 'Datastore' | 'Network';
  /** A machine's uid; the name of anything else. */
  readonly id: string;
}
