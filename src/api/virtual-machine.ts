import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { machineDefaults } from './machine-defaults.ts';
import { machineFields, machineRules } from './machine-spec.ts';
import { machineStatus } from './machine-status.ts';
import type { KubeObject } from './meta.ts';
import { virtualMachines } from './resources.ts';
import { immutable, nameAtMost } from './rules.ts';
import { choice, nameOf, object, type TypeOf, time } from './schema.ts';
import * as words from './words.ts';

const spec = object(
  'What is wanted of the VM. Shares, reservations, limits, weight and cap take effect at once; other hardware changes wait for the next power-on, and the condition RestartRequired lists them.',
  {
    cluster: nameOf(
      'Name of the Cluster whose hosts may run it. Immutable. Left out together with host: any host that belongs to no cluster.',
    ),
    host: nameOf(
      'Name of the Host on which it is powered on, and nothing else: a Migration may move it, and nobody moves it back.',
    ),
    resourcePool: nameOf(
      'Name of the ResourcePool that it takes its resources from. Left out: the root of the cluster.',
    ),
    power: choice(
      'On, Off or Suspended (memory in a file, to go on later), in quotes ("Off"): bare On and Off are booleans to kubectl, and refused with: must be of type string. A VM that is off because it shall be is healthy.',
      words.machinePowers,
      { default: machineDefaults.power },
    ),
    restartedAt: time('Give a new time, as 2026-11-23T14:00:00Z, and the VM is reset once.'),
    template: nameOf(
      'Name of the VirtualMachineTemplate to make it from: its disks are copied, and its settings hold where there are none here. Immutable.',
    ),
    ...machineFields,
  },
  {
    rules: [
      immutable('cluster', 'delete the VM and create it in the other cluster'),
      immutable('template', 'delete the VM and create it from the other template'),
      ...machineRules,
    ],
  },
);

export type VirtualMachineSpec = TypeOf<typeof spec>;
export type VirtualMachineStatus = TypeOf<typeof machineStatus>;

/** A virtual machine. */
export interface VirtualMachine extends KubeObject {
  readonly spec: VirtualMachineSpec;
  readonly status: VirtualMachineStatus;
}

export const virtualMachineDefinition: Definition = {
  type: virtualMachines,
  shortNames: ['vm'],
  description:
    'A virtual machine. It is admitted when what it reserves is free, placed on the least loaded host that fits, powered on, and kept running. Deleted, its object goes at once; the machine is powered off after that, as powerOff says, and its Host counts it until then.',
  spec,
  specRequired: false,
  status: machineStatus,
  rules: [
    nameAtMost(63, 'it names the folder of its files'),
    {
      rule: `!has(self.spec.faultTolerance) || !has(self.spec.faultTolerance.enabled) || !self.spec.faultTolerance.enabled || size(self.metadata.name) <= 53 || self.metadata.name.endsWith('-secondary')`,
      message:
        'metadata.name may have at most 53 characters with fault tolerance: the second VM is called <name>-secondary',
      fieldPath: '.metadata.name',
    },
  ],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where it is in its life.' },
    { name: 'Host', type: 'string', jsonPath: '.status.host', description: 'The host that it is on.' },
    { name: 'IP', type: 'string', jsonPath: '.status.ip', description: 'Address of the guest.' },
    readyColumn,
    reasonColumn,
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Whose hosts run it.', priority: 1 },
    { name: 'Pool', type: 'string', jsonPath: '.spec.resourcePool', description: 'Its pool.', priority: 1 },
    { name: 'Guest', type: 'string', jsonPath: '.status.guest.state', description: 'The guest inside.', priority: 1 },
    { name: 'Used MHz', type: 'integer', jsonPath: '.status.cpu.usedMHz', description: 'CPU used.', priority: 1 },
    {
      name: 'Ready%',
      type: 'number',
      jsonPath: '.status.cpu.readyPercent',
      description: 'Waiting for CPU.',
      priority: 1,
    },
    { name: 'Memory', type: 'string', jsonPath: '.status.memory.consumed', description: 'Memory taken.', priority: 1 },
    {
      name: 'Restarts',
      type: 'integer',
      jsonPath: '.status.restarts',
      description: 'Starts after the first.',
      priority: 1,
    },
    ageColumn,
  ],
  selectable: ['.spec.cluster', '.spec.host', '.spec.resourcePool', '.spec.template', '.status.host', '.status.phase'],
};
