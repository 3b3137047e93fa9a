/**
 * The conditions of every kind. The order of an array is the order in status: the summary first, then the steps in which
 * things happen, and last the two that kstatus reads while something is under way. Each has one writer: ownership.ts.
 *
 * | kind | condition | True when |
 * |---|---|---|
 * | every kind | Ready | it is as its spec wants it; desired off is healthy |
 * | every kind | Reconciling | something is under way (left out otherwise) |
 * | every kind | Stalled | trying again cannot help: somebody has to change something (left out otherwise) |
 * | Host | PoweredOn | its power is on, whether or not it answers |
 * | Host | Connected | its management agent answers |
 * | Host | InMaintenance | it is empty and held so |
 * | VirtualMachine | Admitted | every check of admission let it in (reason: the first that did not) |
 * | VirtualMachine | Placed | a host was chosen for it |
 * | VirtualMachine | Running | a hypervisor runs it; its guest may still be booting |
 * | VirtualMachine | Migrating | a Migration of it is under way |
 * | VirtualMachine | RestartRequired | a change waits for its next power-on (message: field, running and wanted value) |
 * | VirtualMachine | HAProtected | HA will restart it when its host fails |
 * | VirtualMachine | FaultTolerant | a secondary follows it in lockstep |
 * | Cluster | MigrationCompatible | every VM can move to every other host as far as processors go |
 */

/** Every kind has these. */
export const commonConditions = ['Ready', 'Reconciling', 'Stalled'] as const;

export const hostConditions = ['Ready', 'PoweredOn', 'Connected', 'InMaintenance', 'Reconciling', 'Stalled'] as const;

export const virtualMachineConditions = [
  'Ready',
  'Admitted',
  'Placed',
  'Running',
  'Migrating',
  'RestartRequired',
  'HAProtected',
  'FaultTolerant',
  'Reconciling',
  'Stalled',
] as const;

export const clusterConditions = ['Ready', 'MigrationCompatible', 'Reconciling', 'Stalled'] as const;

export type HostCondition = (typeof hostConditions)[number];
export type VirtualMachineCondition = (typeof virtualMachineConditions)[number];
export type ClusterCondition = (typeof clusterConditions)[number];
export type CommonCondition = (typeof commonConditions)[number];

/** By kind, in the order of status. */
export const conditionOrder = {
  Host: hostConditions,
  VirtualMachine: virtualMachineConditions,
  Cluster: clusterConditions,
  ResourcePool: commonConditions,
  Datastore: commonConditions,
  Network: commonConditions,
  Migration: commonConditions,
  Recommendation: commonConditions,
  VirtualMachineTemplate: commonConditions,
  Clone: commonConditions,
  Snapshot: commonConditions,
  VirtualAppliance: commonConditions,
  Fault: commonConditions,
  Clock: commonConditions,
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Kind = keyof typeof conditionOrder;
