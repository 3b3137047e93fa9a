/**
 * Who writes what of status: one writer for each condition and each field, so that no two programs overwrite each other
 * (architecture.md, "Status writing"). A test holds the table to the schemas, and everyone to the table.
 *
 * `racking` is the datacenter's side of the API: it takes what is bolted in, and answers for it. `unserved` stands in for
 * a controller that does not exist yet: it writes Ready and Stalled with the reason NothingActsOnIt, and observedGeneration.
 */

import type { ClockStatus } from './clock.ts';
import type { CloneStatus } from './clone.ts';
import type { ClusterStatus } from './cluster.ts';
import type { conditionOrder, Kind } from './conditions.ts';
import type { DatastoreStatus } from './datastore.ts';
import type { FaultStatus } from './fault.ts';
import type { HostStatus } from './host.ts';
import type { MigrationStatus } from './migration.ts';
import type { NetworkStatus } from './network.ts';
import type { RecommendationStatus } from './recommendation.ts';
import type { ResourcePoolStatus } from './resource-pool.ts';
import type { SnapshotStatus } from './snapshot.ts';
import type { VirtualApplianceStatus } from './virtual-appliance.ts';
import type { VirtualMachineStatus } from './virtual-machine.ts';
import type { VirtualMachineTemplateStatus } from './virtual-machine-template.ts';

export const writers = [
  'placement',
  'power',
  'host',
  'agent',
  'racking',
  'migration',
  'drs',
  'dpm',
  'ha',
  'ft',
  'appliance',
  'clone',
  'snapshot',
  'unserved',
] as const;
export type Writer = (typeof writers)[number];

/** `creator`: whoever made the object (of a Recommendation: drs, dpm or placement), and nobody else. */
export type Owner = Exclude<Writer, 'unserved'> | 'creator';

interface StatusOf {
  Host: HostStatus;
  VirtualMachine: VirtualMachineStatus;
  Cluster: ClusterStatus;
  ResourcePool: ResourcePoolStatus;
  Datastore: DatastoreStatus;
  Network: NetworkStatus;
  Migration: MigrationStatus;
  Recommendation: RecommendationStatus;
  VirtualMachineTemplate: VirtualMachineTemplateStatus;
  Clone: CloneStatus;
  Snapshot: SnapshotStatus;
  VirtualAppliance: VirtualApplianceStatus;
  Fault: FaultStatus;
  Clock: ClockStatus;
}

export interface StatusOwners<K extends Kind> {
  readonly conditions: Readonly<Record<(typeof conditionOrder)[K][number], Owner>>;
  readonly fields: Readonly<Record<Exclude<keyof StatusOf[K], 'conditions'>, Owner>>;
}

/** The same owner for every key. */
function all<const N extends readonly string[]>(owner: Owner, ...names: N): Readonly<Record<N[number], Owner>> {
  return Object.fromEntries(names.map((name) => [name, owner])) as Record<N[number], Owner>;
}

const summary = ['Ready', 'Reconciling', 'Stalled'] as const;
/** Where nobody acts, somebody has to say so, and that nothing is under way. */
const standIn: readonly string[] = [...summary.map((type) => `conditions/${type}`), 'observedGeneration'];

export const statusOwners: { readonly [K in Kind]: StatusOwners<K> } = {
  Host: {
    conditions: { ...all('host', ...summary, 'InMaintenance'), ...all('agent', 'PoweredOn', 'Connected') },
    fields: {
      ...all('host', 'observedGeneration', 'maintenance'),
      ...all('agent', 'power', 'connection', 'capacity', 'demand', 'entitlement', 'used', 'dom0', 'fidelity'),
      ...all('agent', 'virtualMachines', 'memory', 'normalizedEntitlement'),
      ...all('ha', 'ha'),
    },
  },
  VirtualMachine: {
    conditions: {
      ...all('power', ...summary, 'RestartRequired'),
      ...all('placement', 'Admitted', 'Placed'),
      ...all('agent', 'Running'),
      ...all('migration', 'Migrating'),
      ...all('ha', 'HAProtected'),
      ...all('ft', 'FaultTolerant'),
    },
    fields: {
      ...all('power', 'observedGeneration', 'phase', 'restartedAt'),
      ...all('placement', 'host'),
      ...all('agent', 'power', 'ip', 'macs', 'uuid', 'restarts', 'staleInstances', 'files', 'guest', 'shares'),
      ...all('agent', 'cpu', 'memory', 'availability'),
      ...all('migration', 'lastMigration'),
      ...all('ft', 'faultTolerance'),
    },
  },
  Cluster: {
    conditions: all('placement', ...summary, 'MigrationCompatible'),
    fields: {
      ...all('placement', 'observedGeneration', 'capacity', 'demand', 'reserved', 'hosts', 'state', 'power'),
      ...all('placement', 'availability'),
      ...all('drs', 'imbalance', 'rules'),
      ...all('ha', 'haMaster', 'failover'),
    },
  },
  ResourcePool: {
    conditions: all('placement', ...summary),
    fields: all('placement', 'observedGeneration', 'cpu', 'memory', 'virtualMachines'),
  },
  Datastore: {
    conditions: all('agent', ...summary),
    fields: all('agent', 'observedGeneration', 'capacity', 'free', 'hosts', 'orphans'),
  },
  Network: { conditions: all('agent', ...summary), fields: all('agent', 'observedGeneration', 'hosts') },
  Migration: {
    conditions: all('migration', ...summary),
    fields: {
      ...all('migration', 'observedGeneration', 'phase', 'type', 'source', 'target', 'sourceDatastore'),
      ...all('migration', 'targetDatastore', 'rounds', 'sent', 'residual', 'deviceState', 'connections'),
      ...all('migration', 'downtimeMilliseconds', 'totalSeconds', 'sourceRemoved', 'reason'),
      ...all('migration', 'startedAt', 'finishedAt'),
    },
  },
  Recommendation: {
    conditions: all('creator', ...summary),
    fields: {
      ...all('creator', 'observedGeneration', 'phase', 'cluster', 'priority', 'reason', 'action', 'virtualMachine'),
      ...all('creator', 'host', 'expected', 'rejected', 'prerequisites', 'migration', 'startedAt', 'finishedAt'),
    },
  },
  VirtualMachineTemplate: {
    conditions: all('placement', ...summary),
    fields: all('placement', 'observedGeneration', 'virtualMachines'),
  },
  Clone: {
    conditions: all('clone', ...summary),
    fields: all('clone', 'observedGeneration', 'phase', 'percent', 'copied', 'reason', 'startedAt', 'finishedAt'),
  },
  Snapshot: {
    conditions: all('snapshot', ...summary),
    fields: all('snapshot', 'observedGeneration', 'phase', 'takenAt', 'size', 'files', 'parent', 'reason'),
  },
  VirtualAppliance: {
    conditions: all('appliance', ...summary),
    fields: {
      ...all('appliance', 'observedGeneration', 'phase', 'ready', 'replicas', 'selector', 'members', 'availability'),
    },
  },
  Fault: {
    conditions: all('racking', ...summary),
    fields: all('racking', 'observedGeneration', 'phase', 'startedAt', 'finishedAt'),
  },
  Clock: {
    conditions: all('racking', ...summary),
    fields: all('racking', 'observedGeneration', 'time', 'speed', 'anchorSim', 'anchorReal'),
  },
};

/** Whether the writer may write this field (`host`) or condition (`conditions/Ready`) of a kind's status. */
export function mayWrite(writer: Writer, kind: Kind, path: string): boolean {
  const { conditions, fields } = statusOwners[kind] as {
    conditions: Readonly<Record<string, Owner>>;
    fields: Readonly<Record<string, Owner>>;
  };
  const [first, second] = path.split('/');
  if (writer === 'unserved') return standIn.includes(path);
  const owner = first === 'conditions' ? conditions[second ?? ''] : fields[first ?? ''];
  return owner === writer || (owner === 'creator' && (writer === 'drs' || writer === 'dpm' || writer === 'placement'));
}
