import { dpm, drs, ha } from './cluster-policy.ts';
import { clusterStatus } from './cluster-status.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { clusters } from './resources.ts';
import { exactlyOne, nameAtMost } from './rules.ts';
import { boolean, choice, list, map, nameOf, object, required, type TypeOf, text } from './schema.ts';
import * as words from './words.ts';

/** @param what the plural that messages use */
const selection = (description: string, what: string) =>
  object(
    description,
    {
      names: list(`Names of the ${what}.`, nameOf('One name.'), { type: 'set', minItems: 1, maxItems: 1000 }),
      matchLabels: map(
        `All ${what} with these labels, also those that come later.`,
        text('Value of the label.', { maxLength: 63 }),
        {
          maxProperties: 16,
          rules: [{ rule: 'size(self) > 0', message: `matchLabels is empty: give at least one label of the ${what}` }],
        },
      ),
    },
    { rules: [exactlyOne(['names', 'matchLabels'], `give exactly one of names and matchLabels to say which ${what}`)] },
  );

const isHostRule = "self.type in ['RunOn', 'NotRunOn']";

const rules = list(
  'Which VMs belong together, apart, or on certain hosts. Where two contradict each other, the one earlier in the list holds and the other is in Conflict.',
  object(
    'One rule.',
    {
      name: required(text('Name of the rule, unique in the cluster.', { maxLength: 63, minLength: 1 })),
      type: required(
        choice(
          'Together: all on one host. Separate: each on a host of its own. RunOn: only on the given hosts. NotRunOn: never on them.',
          words.ruleTypes,
        ),
      ),
      enabled: boolean('False: as if it were not there. Left out: true.'),
      enforcement: choice(
        'Must: never broken, not even to restart a VM; a power-on that would break it is refused. Should: broken where it would keep a host from being emptied or load one over 100 %. Left out: Should for Together, Must for the others.',
        words.enforcements,
      ),
      virtualMachines: required(selection('The VMs that it is about.', 'VMs')),
      hosts: selection('RunOn, NotRunOn: the hosts.', 'hosts'),
    },
    {
      rules: [
        {
          rule: `has(self.hosts) == (${isHostRule})`,
          message: 'RunOn and NotRunOn need hosts; Together and Separate take none',
          fieldPath: '.hosts',
        },
        {
          rule: `${isHostRule} || !has(self.virtualMachines.names) || size(self.virtualMachines.names) >= 2`,
          message: 'Together and Separate need at least two VMs',
          fieldPath: '.virtualMachines.names',
        },
      ],
    },
  ),
  { type: { keys: ['name'] }, maxItems: 100 },
);

const spec = object(
  'The policies of the cluster.',
  {
    drs,
    dpm,
    ha,
    evc: object(
      'Enhanced VMotion compatibility: all guests see the same processor, so every VM can move to every host.',
      {
        mode: required(
          choice(
            'The generation that guests are shown at most. Every host must be of this vendor and generation or a later one. Raising it reaches a VM at its next power-on.',
            words.evcModes,
          ),
        ),
      },
    ),
    rules,
  },
  {
    rules: [
      {
        rule: '!has(self.dpm) || !self.dpm.enabled || (has(self.drs) && self.drs.enabled)',
        message: 'dpm needs drs: set spec.drs.enabled to true, or spec.dpm.enabled to false',
        fieldPath: '.dpm.enabled',
      },
    ],
  },
);

export type ClusterSpec = TypeOf<typeof spec>;
export type ClusterStatus = TypeOf<typeof clusterStatus>;
export type ClusterRule = NonNullable<ClusterSpec['rules']>[number];

/** Hosts that share their VMs. */
export interface Cluster extends KubeObject {
  readonly spec: ClusterSpec;
  readonly status: ClusterStatus;
}

export const clusterDefinition: Definition = {
  type: clusters,
  shortNames: ['cl'],
  description:
    'Hosts whose VMs are placed, balanced, restarted and consolidated together. Hosts and VMs join by naming it in spec.cluster.',
  spec,
  specRequired: false,
  status: clusterStatus,
  rules: [nameAtMost(63, 'it is used in labels')],
  columns: [
    {
      name: 'State',
      type: 'string',
      jsonPath: '.status.state',
      description: 'Valid, Overcommitted or Invalid.',
      priority: 1,
    },
    {
      name: 'Hosts',
      type: 'integer',
      jsonPath: '.status.hosts.total',
      description: 'Hosts that name it.',
      priority: 1,
    },
    { name: 'On', type: 'integer', jsonPath: '.status.hosts.on', description: 'Hosts that are on.', priority: 1 },
    {
      name: 'Imbalance',
      type: 'number',
      jsonPath: '.status.imbalance.current',
      description: 'What DRS lowers.',
      priority: 1,
    },
    {
      name: 'Tolerates',
      type: 'integer',
      jsonPath: '.status.failover.hostsTolerated',
      description: 'Hosts that may fail.',
      priority: 1,
    },
    readyColumn,
    reasonColumn,
    { name: 'DRS', type: 'string', jsonPath: '.spec.drs.automation', description: 'Its automation.', priority: 1 },
    { name: 'HA Master', type: 'string', jsonPath: '.status.haMaster', description: 'The master host.', priority: 1 },
    { name: 'Standby', type: 'integer', jsonPath: '.status.hosts.standby', description: 'Hosts asleep.', priority: 1 },
    { name: 'Watts', type: 'number', jsonPath: '.status.power.watts', description: 'Power drawn.', priority: 1 },
    ageColumn,
  ],
};
