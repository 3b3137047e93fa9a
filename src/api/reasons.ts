/** The stable words that users and tests read in conditions, failed Migrations and events (api.md, "Words"). */

/** Why something was not let in: the reason of a condition or of a failed Migration. */
export const refusals = [
  'InsufficientReservation',
  'InsufficientFailoverResources',
  'PoolReservationExceeded',
  'PoolLimitExceeded',
  'IncompatibleCPU',
  'DatastoreNotAccessible',
  'NetworkNotAccessible',
  'AffinityRule',
  'AntiAffinityRule',
  'HostRule',
  'NoSuitableHost',
  'FaultToleranceUnsupported',
  'LimitPerHost',
  'HostInMaintenance',
  'HostNotConnected',
  'TooManyVCPUs',
  'InsufficientDatastoreSpace',
  'GuestUnsupported',
  'FileLocked',
  'UnsupportedByHypervisor',
  'IncompatibleHypervisor',
  'HostDevice',
  'LocalDatastore',
] as const;
export type Refusal = (typeof refusals)[number];

/** Reasons of conditions that are no refusal, as far as more than one program or a user relies on them. */
export const conditionReasons = [
  /** Ready=True, Running=False: the guest shut itself down, and restartPolicy leaves it off */
  'GuestShutdown',
  /** Ready=False of a Cluster with both ESX and Xen hosts */
  'MixedHypervisors',
  /** Ready=False of a Migration that a limit holds back */
  'Queued',
  /** Admitted=False: an object that the spec names does not exist */
  'ReferenceNotFound',
  /** Ready=False and Stalled: no program acts on objects of this kind yet */
  'NothingActsOnIt',
  /** Ready=False of a Fault: what it is about is not there, or not of the kind that it could befall */
  'CannotStrike',
  /** Ready=False of a Host: it is off because its power went */
  'PowerLost',
] as const;
export type ConditionReason = (typeof conditionReasons)[number];

/** Event reasons by the kind of the object that the event is about. */
export const eventReasons = {
  Cluster: ['HAMasterElected'],
  Host: [
    'HostUnreachable',
    'HostDead',
    'HostIsolated',
    'HostPartitioned',
    'HostRecovered',
    'HostEnteringStandby',
    'HostStandby',
    'HostExitingStandby',
    'HostOn',
    'HostWakeFailed',
  ],
  VirtualMachine: [
    'VMPlaced',
    'VMPoweredOn',
    'VMPoweredOff',
    'VMSuspended',
    'VMRestarting',
    'VMRestarted',
    'VMRestartFailed',
    'VMReset',
    'VMLockLost',
    'FTSecondaryStarted',
    'FTProtected',
    'FTFailover',
    'FTUnprotected',
  ],
  Migration: ['MigrationStarted', 'MigrationSucceeded', 'MigrationFailed', 'MigrationCancelled'],
  VirtualAppliance: ['ApplianceStarted', 'ApplianceStopped', 'ApplianceFailed'],
} as const;
/** Event reasons of Hosts beside those that api.md names. */
export const hostEventReasons = [
  /** it was switched off, as wanted */
  'HostOff',
  'HostPowerLost',
  /** VMs keep it from being deleted */
  'HostHeld',
  'HostEnteringMaintenance',
  'HostInMaintenance',
  'HostExitedMaintenance',
] as const;
/** Event reasons of Datastores, of which api.md names none: hosts that are on lose it, and have it again. */
export const datastoreEventReasons = ['DatastoreUnreachable', 'DatastoreReachable'] as const;
export type EventReason = (typeof eventReasons)[keyof typeof eventReasons][number];
