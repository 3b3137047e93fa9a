import { commonConditions } from './conditions.ts';
import { datastoreDefaults } from './defaults.ts';
import { ageColumn, type Definition, readyColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { datastores } from './resources.ts';
import { bytes, nameAtMost } from './rules.ts';
import { choice, integer, list, object, quantity, reportedQuantity, required, type TypeOf, text } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const spec = object(
  'The storage, as it is bolted in. Hosts reach it by listing it in spec.datastores.',
  {
    type: choice(
      'VMFS: a shared file system on a disk array. NFS: a share of a file server. Local: disks of one host; VMs on it cannot be restarted or moved elsewhere.',
      words.datastoreTypes,
      { default: datastoreDefaults.type },
    ),
    backing: choice(
      'How it is attached: FibreChannel or ISCSI (VMFS), NAS (NFS), Local. Left out: FibreChannel, NAS or Local, by type.',
      words.datastoreBackings,
    ),
    capacity: required(quantity('Space for files.', { rules: bytes('1Mi', '2Ti') })),
    mbps: integer('What it reads and writes at most, in megabits (10^6 bits) per second.', {
      minimum: 1,
      maximum: 10_000_000,
      default: datastoreDefaults.mbps,
    }),
    iops: integer('Operations per second at most.', {
      minimum: 1,
      maximum: 100_000_000,
      default: datastoreDefaults.iops,
    }),
    lockTimeoutSeconds: integer(
      "Simulated seconds after which the lock on a VM's files is free when its host has stopped renewing it. Until then nobody else can start the VM.",
      { minimum: 1, maximum: 3600, default: datastoreDefaults.lockTimeoutSeconds },
    ),
  },
  {
    rules: [
      {
        rule: `!has(self.backing) || (self.type == 'NFS' ? self.backing == 'NAS' : (self.type == 'Local' ? self.backing == 'Local' : self.backing != 'NAS'))`,
        message:
          'backing does not go with type: VMFS takes FibreChannel, ISCSI or Local, NFS takes NAS, Local takes Local',
        fieldPath: '.backing',
      },
    ],
  },
);

const status = object(
  'What is observed of the datastore.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    capacity: reportedQuantity('Space for files.'),
    free: reportedQuantity('Space that is free. Thin disks may promise more than there is.'),
    hosts: list('Hosts that reach it now.', text('Name of a Host.'), { type: 'set', maxItems: 10_000 }),
    orphans: list(
      'Files of deleted VMs with reclaimPolicy Retain.',
      object('A file.', {
        path: required(text('Where it is, as "[san1] web-1/web-1.vmdk".', { maxLength: 512 })),
        kind: choice('What it is for.', words.fileKinds),
        size: reportedQuantity('Space that it takes.'),
      }),
      { type: { keys: ['path'] }, maxItems: 10_000 },
    ),
  },
  { default: unwrittenStatus },
);

export type DatastoreSpec = TypeOf<typeof spec>;
export type DatastoreStatus = TypeOf<typeof status>;

/** Storage for the files of VMs. */
export interface Datastore extends KubeObject {
  readonly spec: DatastoreSpec;
  readonly status: DatastoreStatus;
}

export const datastoreDefinition: Definition = {
  type: datastores,
  shortNames: ['dstore'],
  description:
    'Storage for the files of VMs: disks, swap, suspended memory. It keeps the locks that let a VM run once only.',
  spec,
  specRequired: true,
  status,
  rules: [nameAtMost(63, 'it is used in labels and paths')],
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'VMFS, NFS or Local.' },
    { name: 'Capacity', type: 'string', jsonPath: '.spec.capacity', description: 'Space for files.' },
    readyColumn,
    { name: 'Free', type: 'string', jsonPath: '.status.free', description: 'Space that is free.', priority: 1 },
    { name: 'Backing', type: 'string', jsonPath: '.spec.backing', description: 'How it is attached.', priority: 1 },
    ageColumn,
  ],
};
