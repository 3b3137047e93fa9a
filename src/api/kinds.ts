/** All kinds, for whoever writes down or checks every one. Loads the schemas: not for programs. */
import { clockDefinition } from './clock.ts';
import { cloneDefinition } from './clone.ts';
import { clusterDefinition } from './cluster.ts';
import { datastoreDefinition } from './datastore.ts';
import type { Definition } from './definition.ts';
import { faultDefinition } from './fault.ts';
import { hostDefinition } from './host.ts';
import { migrationDefinition } from './migration.ts';
import { networkDefinition } from './network.ts';
import { recommendationDefinition } from './recommendation.ts';
import { resourcePoolDefinition } from './resource-pool.ts';
import { snapshotDefinition } from './snapshot.ts';
import { virtualApplianceDefinition } from './virtual-appliance.ts';
import { virtualMachineDefinition } from './virtual-machine.ts';
import { virtualMachineTemplateDefinition } from './virtual-machine-template.ts';

export const definitions: readonly Definition[] = [
  hostDefinition,
  virtualMachineDefinition,
  clusterDefinition,
  resourcePoolDefinition,
  datastoreDefinition,
  networkDefinition,
  migrationDefinition,
  recommendationDefinition,
  virtualMachineTemplateDefinition,
  cloneDefinition,
  snapshotDefinition,
  virtualApplianceDefinition,
  faultDefinition,
  clockDefinition,
];
