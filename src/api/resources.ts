/** How each kind is addressed in URLs. */
import type { ResourceType } from './meta.ts';

export const GROUP = 'orrery.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
/** `kubectl get orrery` lists every kind. */
export const CATEGORY = 'orrery';

function resource(kind: string, plural: string): ResourceType {
  return Object.freeze({ group: GROUP, version: VERSION, kind, plural, namespaced: true });
}

export const hosts = resource('Host', 'hosts');
export const virtualMachines = resource('VirtualMachine', 'virtualmachines');
export const clusters = resource('Cluster', 'clusters');
export const resourcePools = resource('ResourcePool', 'resourcepools');
export const datastores = resource('Datastore', 'datastores');
export const networks = resource('Network', 'networks');
export const migrations = resource('Migration', 'migrations');
export const recommendations = resource('Recommendation', 'recommendations');
export const virtualMachineTemplates = resource('VirtualMachineTemplate', 'virtualmachinetemplates');
export const clones = resource('Clone', 'clones');
export const snapshots = resource('Snapshot', 'snapshots');
export const virtualAppliances = resource('VirtualAppliance', 'virtualappliances');
export const faults = resource('Fault', 'faults');
export const clocks = resource('Clock', 'clocks');

/** All kinds of ours, what is bolted in first: also a good order to create objects in. */
export const resourceTypes: readonly ResourceType[] = [
  clocks,
  datastores,
  networks,
  clusters,
  hosts,
  resourcePools,
  virtualMachineTemplates,
  virtualMachines,
  virtualAppliances,
  migrations,
  recommendations,
  clones,
  snapshots,
  faults,
];
