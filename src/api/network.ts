import { commonConditions } from './conditions.ts';
import { networkDefaults } from './defaults.ts';
import { ageColumn, type Definition, readyColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { networks } from './resources.ts';
import { nameAtMost } from './rules.ts';
import { integer, list, object, type TypeOf, text } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';

const spec = object('The network, as it is bolted in. Hosts reach it by listing it in spec.networks.', {
  vlan: integer('VLAN number; 0: untagged.', { minimum: 0, maximum: 4094, default: networkDefaults.vlan }),
  mbps: integer("Speed of a host's uplink that does not say, in megabits (10^6 bits) per second.", {
    minimum: 1,
    maximum: 1_000_000,
    default: networkDefaults.mbps,
  }),
});

const status = object(
  'What is observed of the network.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    hosts: list('Hosts that reach it now.', text('Name of a Host.'), { type: 'set', maxItems: 10_000 }),
  },
  { default: unwrittenStatus },
);

export type NetworkSpec = TypeOf<typeof spec>;
export type NetworkStatus = TypeOf<typeof status>;

/** A network that hosts and VMs are on. */
export interface Network extends KubeObject {
  readonly spec: NetworkSpec;
  readonly status: NetworkStatus;
}

export const networkDefinition: Definition = {
  type: networks,
  shortNames: ['net'],
  description: 'A network between hosts: for VMs, for live migration, for storage, for heartbeats.',
  spec,
  specRequired: false,
  status,
  rules: [nameAtMost(63, 'it is used in labels')],
  columns: [
    { name: 'VLAN', type: 'integer', jsonPath: '.spec.vlan', description: 'VLAN number.' },
    { name: 'Mbps', type: 'integer', jsonPath: '.spec.mbps', description: 'Speed of an uplink.' },
    readyColumn,
    ageColumn,
  ],
};
