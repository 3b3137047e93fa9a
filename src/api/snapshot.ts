import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { snapshots } from './resources.ts';
import { immutable, nameAtMost } from './rules.ts';
import {
  boolean,
  choice,
  list,
  nameOf,
  object,
  reportedQuantity,
  required,
  type TypeOf,
  text,
  time,
} from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const again = 'delete the Snapshot and create another';

const spec = object(
  'What to keep. From then on every disk of the VM has a delta file that grows with what is written.',
  {
    virtualMachine: required(nameOf('Name of the VirtualMachine. Immutable.')),
    memory: boolean('Keep the memory of a running VM too, so that going back finds it running. Immutable.', {
      default: false,
    }),
    quiesce: boolean(
      'Have the tools bring the file systems of a running guest to rest first. Of no effect with memory. Immutable.',
      { default: false },
    ),
  },
  { rules: ['virtualMachine', 'memory', 'quiesce'].map((field) => immutable(field, again)) },
);

const status = object(
  'What is observed of the snapshot.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice('Consolidating: it is being deleted, its deltas are written back.', words.snapshotPhases),
    takenAt: time('The moment that it keeps, in simulated time.'),
    size: reportedQuantity('Space that its files take; grows with what the VM writes.'),
    files: list('Its files.', text('Path, as "[san1] web-1/web-1-000001.vmdk".', { maxLength: 512 }), {
      type: 'set',
      maxItems: 128,
    }),
    parent: text('The Snapshot before it, of the same VM.'),
    reason: text('Failed: why, in a word.'),
  },
  { default: unwrittenStatus },
);

export type SnapshotSpec = TypeOf<typeof spec>;
export type SnapshotStatus = TypeOf<typeof status>;

/** The state of a VM at one moment. */
export interface Snapshot extends KubeObject {
  readonly spec: SnapshotSpec;
  readonly status: SnapshotStatus;
}

export const snapshotDefinition: Definition = {
  type: snapshots,
  shortNames: ['snap'],
  description: 'The state of a VM at one moment. Deleting it consolidates: its deltas are written back into the disks.',
  spec,
  specRequired: true,
  status,
  rules: [nameAtMost(63, 'it names files on datastores')],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What is done with it.' },
    { name: 'VM', type: 'string', jsonPath: '.spec.virtualMachine', description: 'Of which VM.' },
    readyColumn,
    reasonColumn,
    { name: 'Size', type: 'string', jsonPath: '.status.size', description: 'Space that it takes.', priority: 1 },
    ageColumn,
  ],
  selectable: ['.spec.virtualMachine'],
};
