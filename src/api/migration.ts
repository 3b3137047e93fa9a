import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { requested, times } from './finished.ts';
import type { KubeObject } from './meta.ts';
import { migrations } from './resources.ts';
import { immutable } from './rules.ts';
import {
  boolean,
  choice,
  integer,
  list,
  nameOf,
  number,
  object,
  reportedQuantity,
  required,
  type TypeOf,
  text,
} from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const again = 'delete the Migration (which cancels it) and create another';

const spec = object(
  "What to move, and where to. Whether it is live or cold, of the machine or of its files, follows from the VM's power and the targets.",
  {
    virtualMachine: required(nameOf('Name of the VirtualMachine to move. Immutable.')),
    targetHost: nameOf('Name of the Host to run it. Left out: it stays where it is. Immutable.'),
    targetDatastore: nameOf('Name of the Datastore for its files. Left out: they stay where they are. Immutable.'),
    priority: choice('Which goes first when a limit lets only some migrations run.', words.priorities, {
      default: 'Normal',
    }),
    ...requested,
  },
  {
    rules: [
      {
        rule: 'has(self.targetHost) || has(self.targetDatastore)',
        message: 'give spec.targetHost, spec.targetDatastore, or both: where shall it move?',
        fieldPath: '.targetHost',
        reason: 'FieldValueRequired',
      },
      immutable('virtualMachine', again),
      immutable('targetHost', again),
      immutable('targetDatastore', again),
    ],
  },
);

const round = object('One round of copying memory while the VM runs.', {
  round: required(integer('Its number, from 1: the first sends everything.', { minimum: 1 })),
  sent: reportedQuantity('Sent in this round.'),
  dirtied: reportedQuantity('Written by the guest meanwhile: the next round sends it again.'),
  seconds: number('How long it took.', { minimum: 0 }),
});

const status = object(
  'How far it is.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice(
      'Pending: not begun; the reason Queued means that a limit holds it back. Preparing: the target makes room. PreCopy: memory is copied while the VM runs. Switchover: it stands still for the rest. Resuming: it runs on the target. Cleanup: the source is cleared.',
      words.migrationPhases,
    ),
    type: choice('What it turned out to be.', words.migrationTypes),
    source: text('The host that the VM was on.'),
    target: text('The host that it goes to.'),
    sourceDatastore: text('The datastore that its files were on.'),
    targetDatastore: text('The datastore that they go to.'),
    rounds: list('Rounds of copying so far.', round, { type: { keys: ['round'] }, maxItems: 100 }),
    sent: reportedQuantity('Sent in all.'),
    residual: reportedQuantity('Memory that was left for the switchover.'),
    deviceState: reportedQuantity('State of processors and devices, sent while it stood still.'),
    connections: list(
      'What is open to the VM, and whether it has moved along.',
      object('One kind of connection.', {
        kind: required(text('Network, Datastore, Console or Device.', { maxLength: 40 })),
        moved: boolean('Whether it is on the target.'),
      }),
      { type: { keys: ['kind'] }, maxItems: 32 },
    ),
    downtimeMilliseconds: number('How long the guest stood still.', { minimum: 0 }),
    totalSeconds: number('From beginning to end.', { minimum: 0 }),
    sourceRemoved: boolean('Whether the copy at the source is gone.'),
    reason: text('Failed, Cancelled, Pending: why, in a word.'),
    ...times,
  },
  { default: unwrittenStatus },
);

export type MigrationSpec = TypeOf<typeof spec>;
export type MigrationStatus = TypeOf<typeof status>;

/** The move of a VM to another host, another datastore, or both. */
export interface Migration extends KubeObject {
  readonly spec: MigrationSpec;
  readonly status: MigrationStatus;
}

export const migrationDefinition: Definition = {
  type: migrations,
  shortNames: ['mig'],
  description: 'Moves a VM to another host, another datastore, or both. Deleting it cancels it.',
  spec,
  specRequired: true,
  status,
  rules: [],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'How far it is.' },
    { name: 'VM', type: 'string', jsonPath: '.spec.virtualMachine', description: 'What moves.' },
    { name: 'From', type: 'string', jsonPath: '.status.source', description: 'The host it was on.' },
    { name: 'To', type: 'string', jsonPath: '.spec.targetHost', description: 'The host it goes to.' },
    readyColumn,
    reasonColumn,
    {
      name: 'Datastore',
      type: 'string',
      jsonPath: '.spec.targetDatastore',
      description: 'Where its files go.',
      priority: 1,
    },
    { name: 'By', type: 'string', jsonPath: '.spec.requestedBy', description: 'Who asked.', priority: 1 },
    { name: 'Type', type: 'string', jsonPath: '.status.type', description: 'Live, cold, storage.', priority: 1 },
    { name: 'Sent', type: 'string', jsonPath: '.status.sent', description: 'Sent in all.', priority: 1 },
    {
      name: 'Downtime ms',
      type: 'number',
      jsonPath: '.status.downtimeMilliseconds',
      description: 'Pause.',
      priority: 1,
    },
    ageColumn,
  ],
  selectable: ['.spec.virtualMachine', '.spec.requestedBy', '.spec.targetHost', '.status.phase'],
};
