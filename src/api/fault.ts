import { commonConditions } from './conditions.ts';
import { faultDefaults, faultsOf } from './defaults.ts';
import { ageColumn, type Definition } from './definition.ts';
import { times } from './finished.ts';
import type { KubeObject } from './meta.ts';
import { faults } from './resources.ts';
import { immutable, onlyWhen } from './rules.ts';
import { choice, integer, nameOf, number, object, required, type TypeOf, text } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const quoted = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`;
const again = 'delete the Fault (which heals it) and create another';

const fitsTarget = Object.entries(faultsOf).map(([kind, types]) => ({
  rule: `self.target.kind != '${kind}' || self.type in ${quoted(types)}`,
  message: `${kind === 'Management' ? kind : `a ${kind}`} takes ${types.length === 1 ? 'only ' : ''}${types.join(', ')}`,
  fieldPath: '.type',
}));

const only = (types: readonly string[], field: string) =>
  onlyWhen(`self.type in ${quoted(types)}`, [field], (name) => `${name} is for ${types.join(', ')}: remove it`);

const spec = object(
  'What breaks, when, and for how long.',
  {
    target: required(
      object(
        'What breaks. Immutable.',
        {
          kind: required(choice('Its kind; Management is one of our own programs.', words.faultTargets)),
          name: required(nameOf('Its name; of Management: controllers, apiserver or datacenter.')),
        },
        {
          rules: [
            {
              rule: `self.kind != 'Management' || self.name in ${quoted(words.managementPrograms)}`,
              message: `Management is one of ${words.managementPrograms.join(', ')}`,
              fieldPath: '.name',
            },
          ],
        },
      ),
    ),
    type: required(
      choice(
        'Crash: the hypervisor halts, or the program of Management stops. Dom0Crash: the same on Xen. Hang: no heartbeat, VMs stand still, locks are kept. PowerCut: dead at once. IsolateNetwork: cut off from all. PartitionNetwork: cut off from some. SlowNetwork: less bandwidth. PathLoss: one path of several. LoseDatastore: storage out of reach. DatastoreFull. SlowDisk. StopAgent: the management agent dies, VMs run on. FailWake: does not wake from standby. BMCUnreachable: cannot be switched. GuestHang: no heartbeat, I/O goes on. GuestCrash: neither. FTTestFailover: the secondary takes over. Immutable.',
        words.faultTypes,
      ),
    ),
    afterSeconds: number('Simulated seconds from its creation (in sim: from the start) until it breaks.', {
      minimum: 0,
      maximum: 31_622_400,
      default: 0,
    }),
    durationSeconds: number('Simulated seconds until it heals by itself. Left out: when the Fault is deleted.', {
      minimum: 0,
      exclusiveMinimum: true,
      maximum: 31_622_400,
    }),
    network: nameOf(
      'IsolateNetwork, PartitionNetwork, SlowNetwork, PathLoss of a Host: which network. Left out: every Management network.',
    ),
    datastore: nameOf('LoseDatastore, PathLoss of a Host: which datastore. Left out: all of them.'),
    group: text(
      'PartitionNetwork: hosts with the same group still reach each other. Left out: all hosts that leave it out are one group.',
      { maxLength: 40 },
    ),
    mode: choice(
      `LoseDatastore: AllPathsDown (silence; it may come back) or DeviceLoss (the array says that it is gone). Left out: ${faultDefaults.mode}.`,
      words.faultModes,
    ),
    percent: integer(
      `SlowNetwork, SlowDisk: what is left of the speed, in percent. Left out: ${faultDefaults.percent}.`,
      {
        minimum: 1,
        maximum: 99,
      },
    ),
  },
  {
    rules: [
      ...fitsTarget,
      ...only(['LoseDatastore'], 'mode'),
      ...only(['PartitionNetwork'], 'group'),
      ...only(['SlowNetwork', 'SlowDisk'], 'percent'),
      ...only(['IsolateNetwork', 'PartitionNetwork', 'SlowNetwork', 'PathLoss'], 'network'),
      ...only(['LoseDatastore', 'PathLoss'], 'datastore'),
      ...onlyWhen(
        "self.target.kind == 'Host'",
        ['network', 'datastore'],
        (name) => `${name} is for faults of a Host: the target is named already`,
      ),
      immutable('target', again),
      immutable('type', again),
    ],
  },
);

const status = object(
  'What became of it.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice('Pending: its time has not come. Failed: there is no such target.', words.faultPhases),
    ...times,
  },
  { default: unwrittenStatus },
);

export type FaultSpec = TypeOf<typeof spec>;
export type FaultStatus = TypeOf<typeof status>;

/** Something that breaks. */
export interface Fault extends KubeObject {
  readonly spec: FaultSpec;
  readonly status: FaultStatus;
}

export const faultDefinition: Definition = {
  type: faults,
  shortNames: ['fault'],
  description:
    'Breaks something, physically: a host, a network, a datastore, a guest, or one of our own programs. Deleting it heals it.',
  spec,
  specRequired: true,
  status,
  rules: [],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Pending, Active, Healed or Failed.' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'What breaks.' },
    { name: 'Kind', type: 'string', jsonPath: '.spec.target.kind', description: 'Kind of the target.' },
    { name: 'Target', type: 'string', jsonPath: '.spec.target.name', description: 'Name of the target.' },
    { name: 'After', type: 'number', jsonPath: '.spec.afterSeconds', description: 'Seconds.', priority: 1 },
    { name: 'For', type: 'number', jsonPath: '.spec.durationSeconds', description: 'Seconds.', priority: 1 },
    ageColumn,
  ],
};
