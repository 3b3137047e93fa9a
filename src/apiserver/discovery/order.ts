import type { Catalog } from '../registry/catalog.ts';
import { compareVersions } from '../registry/custom/resource.ts';
import type { ServedResource } from '../registry/served.ts';

/** The built-in groups in the order in which the real server lists them; groups of definitions follow by name. */
const BUILTIN_GROUPS = [
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'storagemigration.k8s.io',
];

export interface OrderedVersion {
  readonly version: string;
  /** By plural. */
  readonly resources: readonly ServedResource[];
}

export interface OrderedGroup {
  /** '' for the core group */
  readonly name: string;
  /** Preferred version first. */
  readonly versions: readonly OrderedVersion[];
}

/** Everything that is served, in the order of discovery. */
export function orderedGroups(catalog: Catalog): OrderedGroup[] {
  const groups = [...catalog.groups()].map(([name, versions]) => ({
    name,
    versions: [...versions]
      .map(([version, resources]) => ({
        version,
        resources: [...resources.values()].sort((a, b) => (a.names.plural < b.names.plural ? -1 : 1)),
      }))
      .sort((a, b) => compareVersions(a.version, b.version)),
  }));
  const rank = (name: string) => {
    const index = BUILTIN_GROUPS.indexOf(name);
    return index < 0 ? BUILTIN_GROUPS.length : index;
  };
  return groups.sort((a, b) => rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1));
}

/** Whether the group is the server's own, not of a definition. */
export function isBuiltinGroup(group: string): boolean {
  return group === '' || BUILTIN_GROUPS.includes(group);
}
