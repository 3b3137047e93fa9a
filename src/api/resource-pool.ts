import { poolDefaults } from './cluster-defaults.ts';
import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { resourcePools } from './resources.ts';
import { atMost, bytes, MAX_SHARES, nameAtMost, noZeroLimit, quantityAtMost, sharesRules } from './rules.ts';
import {
  boolean,
  integer,
  nameOf,
  number,
  object,
  quantity,
  reportedQuantity,
  type TypeOf,
  wordOrNumber,
} from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import { shareLevels } from './words.ts';

const expandable = (what: string) =>
  boolean(
    `May take ${what} from its parent, and it from its own, when its own reservation is used up. False: what is in it has to fit into its reservation.`,
    { default: poolDefaults.cpu.expandable },
  );

export const poolCpu = object(
  'Its part of the processors.',
  {
    shares: wordOrNumber(
      'How much it gets where its siblings compete. Low, Normal and High are 2000, 4000 and 8000, as a VM with 4 vCPUs; or a whole number.',
      shareLevels,
      { maximum: MAX_SHARES, rules: sharesRules, default: poolDefaults.cpu.shares },
    ),
    reservationMHz: integer('MHz that are set aside for it, whether or not it has VMs.', {
      minimum: 0,
      maximum: 1_000_000_000,
      default: poolDefaults.cpu.reservationMHz,
    }),
    limitMHz: integer('MHz that it never exceeds. Left out: no limit.', {
      minimum: 0,
      maximum: 1_000_000_000,
      rules: noZeroLimit('limitMHz'),
    }),
    expandable: expandable('CPU reservation'),
  },
  {
    default: {},
    rules: [
      atMost(
        'reservationMHz',
        'limitMHz',
        'reservationMHz must not exceed limitMHz: lower reservationMHz or raise limitMHz',
      ),
    ],
  },
);

export const poolMemory = object(
  'Its part of the memory.',
  {
    shares: wordOrNumber(
      'How much it gets where its siblings compete. Low, Normal and High are 81920, 163840 and 327680, as a VM of 16 GiB; or a whole number.',
      shareLevels,
      { maximum: MAX_SHARES, rules: sharesRules, default: poolDefaults.memory.shares },
    ),
    reservation: quantity('Memory that is set aside for it, whether or not it has VMs.', {
      default: poolDefaults.memory.reservation,
      rules: bytes('1Mi', '64Gi', { zero: true }),
    }),
    limit: quantity('Memory that it never exceeds. Left out: no limit.', {
      rules: bytes('1Mi', '128Gi', { hint: '; leave limit out for no limit' }),
    }),
    expandable: expandable('memory reservation'),
  },
  {
    default: {},
    rules: [
      quantityAtMost('reservation', 'limit', 'reservation must not exceed limit: lower reservation or raise limit'),
    ],
  },
);

const spec = object(
  'Where the pool is in the tree, and its part of the resources.',
  {
    cluster: nameOf('Name of its Cluster. Left out: that of its parent.'),
    parent: nameOf('Name of the ResourcePool that it is in. Left out: the root of the cluster.'),
    cpu: poolCpu,
    memory: poolMemory,
  },
  {
    rules: [
      {
        rule: 'has(self.cluster) || has(self.parent)',
        message: 'give spec.cluster (a pool at the root of a cluster) or spec.parent (a pool inside another)',
        fieldPath: '.cluster',
        reason: 'FieldValueRequired',
      },
    ],
  },
);

const mhz = (description: string) => number(description, { minimum: 0 });

const status = object(
  'What is observed of the pool.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    cpu: object('CPU, in MHz.', {
      reservationUsed: mhz('Reserved by what is in it.'),
      unreservedForPool: mhz('What a further pool could reserve, with what the parents lend.'),
      unreservedForVM: mhz('What a further VM could reserve.'),
      entitlement: mhz('Due to what is in it now.'),
    }),
    memory: object('Memory.', {
      reservationUsed: reportedQuantity('Reserved by what is in it, with overhead.'),
      unreservedForPool: reportedQuantity('What a further pool could reserve, with what the parents lend.'),
      unreservedForVM: reportedQuantity('What a further VM could reserve, with its overhead.'),
      entitlement: reportedQuantity('Due to what is in it now.'),
    }),
    virtualMachines: integer('VMs in it and in the pools below it.', { minimum: 0 }),
  },
  { default: unwrittenStatus },
);

export type ResourcePoolSpec = TypeOf<typeof spec>;
export type ResourcePoolStatus = TypeOf<typeof status>;

/** A part of a cluster's CPU and memory. */
export interface ResourcePool extends KubeObject {
  readonly spec: ResourcePoolSpec;
  readonly status: ResourcePoolStatus;
}

export const resourcePoolDefinition: Definition = {
  type: resourcePools,
  shortNames: ['rp'],
  description:
    "A part of a cluster's CPU and memory, divided further among the pools and VMs in it. VMs join by naming it in spec.resourcePool.",
  spec,
  specRequired: true,
  status,
  rules: [
    nameAtMost(63, 'it is used in labels'),
    {
      rule: '!has(self.spec.parent) || self.spec.parent != self.metadata.name',
      message: 'a pool cannot be its own parent: name another pool, or leave spec.parent out',
      fieldPath: '.spec.parent',
    },
  ],
  columns: [
    { name: 'Cluster', type: 'string', jsonPath: '.spec.cluster', description: 'Its cluster.' },
    { name: 'Parent', type: 'string', jsonPath: '.spec.parent', description: 'The pool that it is in.' },
    { name: 'VMs', type: 'integer', jsonPath: '.status.virtualMachines', description: 'VMs in it.', priority: 1 },
    readyColumn,
    reasonColumn,
    { name: 'CPU Shares', type: 'string', jsonPath: '.spec.cpu.shares', description: 'CPU shares.', priority: 1 },
    {
      name: 'CPU Free',
      type: 'integer',
      jsonPath: '.status.cpu.unreservedForVM',
      description: 'Unreserved MHz.',
      priority: 1,
    },
    {
      name: 'Memory Free',
      type: 'string',
      jsonPath: '.status.memory.unreservedForVM',
      description: 'Unreserved.',
      priority: 1,
    },
    ageColumn,
  ],
  selectable: ['.spec.cluster', '.spec.parent'],
};
