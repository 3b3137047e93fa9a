import { commonConditions } from './conditions.ts';
import { memberDefaults } from './defaults.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { poolCpu, poolMemory } from './resource-pool.ts';
import { virtualAppliances } from './resources.ts';
import { exactlyOne, nameAtMost, onlyWhen } from './rules.ts';
import { boolean, choice, integer, list, map, nameOf, object, required, type TypeOf, text } from './schema.ts';
import { availability, conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const seconds = (description: string) => integer(description, { minimum: 0, maximum: 86400 });

const member = object(
  'VMs made from one template, or an appliance inside this one.',
  {
    name: required(
      text(
        'Its name in the appliance; its VMs are called <appliance>-<name>, with a number each where there are several.',
        {
          maxLength: 40,
          pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$',
        },
      ),
    ),
    template: nameOf('Name of the VirtualMachineTemplate that its VMs are made from.'),
    appliance: nameOf('Name of a VirtualAppliance that is a part of this one, in place of template.'),
    replicas: integer(`How many VMs. Left out: ${memberDefaults.replicas}.`, { minimum: 0, maximum: 1000 }),
    startOrder: integer(
      `Members with a lower number start first, and stop last; those with the same number at the same time. Left out: ${memberDefaults.startOrder}.`,
      { minimum: 0, maximum: 1000 },
    ),
    startDelaySeconds: seconds(
      `Simulated seconds after its start until the next group starts; the longest of a group counts. Left out: ${memberDefaults.startDelaySeconds}.`,
    ),
    waitForGuest: boolean(
      `The next group starts as soon as the guest's tools answer, without waiting out the delay. Left out: ${memberDefaults.waitForGuest}.`,
    ),
    startAction: choice(
      `What starting the appliance does with it. Left out: ${memberDefaults.startAction}.`,
      words.applianceStartActions,
    ),
    stopAction: choice(
      `What stopping the appliance does with it. Appliances inside take PowerOff and None. Left out: ${memberDefaults.stopAction}.`,
      words.applianceStopActions,
    ),
    stopDelaySeconds: seconds(
      `Simulated seconds that GuestShutdown waits before the plug is pulled. Left out: ${memberDefaults.stopDelaySeconds}.`,
    ),
  },
  {
    rules: [
      exactlyOne(['template', 'appliance'], 'give exactly one of template and appliance'),
      ...onlyWhen(
        'has(self.template)',
        ['replicas'],
        () => 'replicas is for members with a template: an appliance is there once',
      ),
      ...onlyWhen(
        "(has(self.stopAction) && self.stopAction == 'GuestShutdown')",
        ['stopDelaySeconds'],
        () => 'stopDelaySeconds needs stopAction GuestShutdown',
      ),
      {
        rule: "!has(self.appliance) || !has(self.stopAction) || self.stopAction in ['PowerOff', 'None']",
        message: 'an appliance inside takes stopAction PowerOff or None',
        fieldPath: '.stopAction',
      },
    ],
  },
);

const spec = object(
  'The members, and how they are run.',
  {
    power: choice(
      'On, Off or Suspended for all members in their order, in quotes ("Off"): bare On and Off are booleans to kubectl, and refused with: must be of type string.',
      words.machinePowers,
      {
        default: 'On',
      },
    ),
    cluster: nameOf('Name of the Cluster that runs it. Left out: any host that belongs to no cluster.'),
    resources: object("A resource pool of its own for the members. Left out: they take part in the cluster's root.", {
      cpu: poolCpu,
      memory: poolMemory,
    }),
    properties: map('Values that its guests can read, as dbHost: db.local.', text('The value.', { maxLength: 4096 }), {
      maxProperties: 64,
    }),
    replicas: integer(
      "Replicas of the first member with a template, in place of its own: what `kubectl scale` sets. Left out: the member's own.",
      { minimum: 0, maximum: 1000 },
    ),
    members: list('VMs and appliances that make it up, by name.', member, {
      type: { keys: ['name'] },
      minItems: 1,
      maxItems: 64,
    }),
    cloneFrom: nameOf(
      'Name of a VirtualAppliance to copy whole, with its disks. Members given here too take the place of those of the same name.',
    ),
    clone: choice(
      'Full: copies the disks. Linked: keeps only differences from the source. Left out: Full.',
      words.cloneTypes,
    ),
  },
  {
    rules: [
      {
        rule: 'has(self.members) || has(self.cloneFrom)',
        message: 'give spec.members or spec.cloneFrom: what is the appliance made of?',
        fieldPath: '.members',
        reason: 'FieldValueRequired',
      },
      ...onlyWhen('has(self.cloneFrom)', ['clone'], () => 'clone says how to copy: it needs spec.cloneFrom'),
    ],
  },
);

const status = object(
  'What is observed of the appliance.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice('What it does now.', words.appliancePhases),
    ready: text('VMs that are as they shall be, of all: "3/4".', { maxLength: 20 }),
    replicas: integer('VMs of the member that `kubectl scale` is about.', { minimum: 0 }),
    selector: text('Labels of those VMs, for autoscalers.', { maxLength: 512 }),
    members: list(
      'Its members.',
      object('A member.', {
        name: required(text('Its name.', { maxLength: 63 })),
        phase: choice('What it does now.', words.appliancePhases),
        ready: text('VMs that are as they shall be, of all.', { maxLength: 20 }),
        virtualMachines: list('Its VMs.', text('Name of a VirtualMachine.'), { type: 'set', maxItems: 1000 }),
        appliance: text('The appliance inside.'),
      }),
      { type: { keys: ['name'] }, maxItems: 64 },
    ),
    availability: availability('the appliance'),
  },
  { default: unwrittenStatus },
);

export type VirtualApplianceSpec = TypeOf<typeof spec>;
export type VirtualApplianceStatus = TypeOf<typeof status>;
export type ApplianceMember = NonNullable<VirtualApplianceSpec['members']>[number];

/** VMs that make up one service. */
export interface VirtualAppliance extends KubeObject {
  readonly spec: VirtualApplianceSpec;
  readonly status: VirtualApplianceStatus;
}

export const virtualApplianceDefinition: Definition = {
  type: virtualAppliances,
  shortNames: ['vapp'],
  description:
    'VMs that make up one service: started and stopped in order, with one patch, and cloned as a whole. With replicas it is a virtual cluster.',
  spec,
  specRequired: true,
  status,
  rules: [
    nameAtMost(58, 'its VMs are called <appliance>-<member>'),
    {
      rule: `!has(self.spec.members) || self.spec.members.all(m, size(self.metadata.name) + size(m.name) <= 58)`,
      message:
        'metadata.name and the name of a member may have at most 58 characters together: its VMs are called <appliance>-<member>-<number>',
      fieldPath: '.spec.members',
    },
    {
      rule: `(!has(self.spec.cloneFrom) || self.spec.cloneFrom != self.metadata.name) && (!has(self.spec.members) || self.spec.members.all(m, !has(m.appliance) || m.appliance != self.metadata.name))`,
      message: 'an appliance cannot contain or clone itself: name another',
      fieldPath: '.spec',
    },
  ],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What it does now.' },
    { name: 'Members', type: 'string', jsonPath: '.status.ready', description: 'VMs as they shall be, of all.' },
    readyColumn,
    reasonColumn,
    {
      name: 'Cluster',
      type: 'string',
      jsonPath: '.spec.cluster',
      description: 'The cluster that runs it.',
      priority: 1,
    },
    {
      name: 'Available%',
      type: 'number',
      jsonPath: '.status.availability.percent',
      description: 'Of the time.',
      priority: 1,
    },
    ageColumn,
  ],
  scale: {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
};
