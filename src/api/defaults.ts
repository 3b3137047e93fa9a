/** Constants of the smaller kinds that programs need at run time, without their schemas. */

/** The name of the one clock that a namespace may have. */
export const CLOCK_NAME = 'default';

/** Simulated seconds for which a finished Migration, Recommendation or Clone is kept when it does not say. */
export const TTL_SECONDS = 3600;

/** What a datastore has; the schema gets these from here. Megabits and operations per second. */
export const datastoreDefaults = { type: 'VMFS', mbps: 4000, iops: 20_000, lockTimeoutSeconds: 16 } as const;

/** What a network has; the schema gets these from here. */
export const networkDefaults = { vlan: 0, mbps: 1000 } as const;

/** What a clock has; the schema gets these from here. */
export const clockDefaults = { speed: 1, paused: false } as const;

/** How a datastore is attached when its manifest does not say. */
export const defaultBacking = { VMFS: 'FibreChannel', NFS: 'NAS', Local: 'Local' } as const;

/** Rules of a cluster whose manifest does not say how strict they are. */
export const defaultEnforcement = { Together: 'Should', Separate: 'Must', RunOn: 'Must', NotRunOn: 'Must' } as const;

/** What HA admission control has when fields of the policy in force are left out. */
export const admissionDefaults = { hostFailures: 1, cpuPercent: 25, memoryPercent: 25 } as const;

/**
 * What a sensitivity of VM monitoring means, in seconds; a window of -1 is: since power-on. For Custom these are the
 * values of fields left out (algorithms.md 7.5).
 */
export const sensitivityLevels = {
  Low: { failureIntervalSeconds: 120, minUpSeconds: 480, maxFailures: 3, windowSeconds: 604_800 },
  Medium: { failureIntervalSeconds: 60, minUpSeconds: 240, maxFailures: 3, windowSeconds: 86_400 },
  High: { failureIntervalSeconds: 30, minUpSeconds: 120, maxFailures: 3, windowSeconds: 3600 },
  Custom: { failureIntervalSeconds: 30, minUpSeconds: 120, maxFailures: 3, windowSeconds: -1 },
} as const;

/** What a member of an appliance has when its fields are left out. */
export const memberDefaults = {
  replicas: 1,
  startOrder: 0,
  startDelaySeconds: 0,
  waitForGuest: false,
  startAction: 'PowerOn',
  stopAction: 'PowerOff',
  stopDelaySeconds: 300,
} as const;

/** Defaults inside a workload. */
export const workloadDefaults = { burstMicroseconds: 10_000, intervalSeconds: 300, periodHours: 24 } as const;

/** The kinds of work, of which a workload names exactly one. */
export const workloadTypes = [
  'idle',
  'constant',
  'periodic',
  'bursts',
  'diurnal',
  'trace',
  'steps',
  'parallel',
] as const;
export type WorkloadType = (typeof workloadTypes)[number];

/** What a fault has when its fields are left out. */
export const faultDefaults = { mode: 'AllPathsDown', percent: 10, group: '' } as const;

/** Which faults go with which kind of target. */
export const faultsOf = {
  Host: [
    'Crash',
    'Dom0Crash',
    'Hang',
    'PowerCut',
    'IsolateNetwork',
    'PartitionNetwork',
    'SlowNetwork',
    'PathLoss',
    'LoseDatastore',
    'StopAgent',
    'FailWake',
    'BMCUnreachable',
  ],
  VirtualMachine: ['GuestHang', 'GuestCrash', 'FTTestFailover'],
  Datastore: ['LoseDatastore', 'DatastoreFull', 'SlowDisk'],
  Network: ['SlowNetwork', 'PathLoss'],
  Management: ['Crash'],
} as const;
