import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { requested, times } from './finished.ts';
import type { KubeObject } from './meta.ts';
import { clones } from './resources.ts';
import { immutable } from './rules.ts';
import { boolean, choice, nameOf, number, object, reportedQuantity, required, type TypeOf, text } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const again = 'delete the Clone and create another';

const spec = object(
  'What to copy, and what the copy is called.',
  {
    source: required(
      object('What to copy. Immutable.', {
        kind: choice('Its kind.', words.cloneSources, { default: 'VirtualMachine' }),
        name: required(nameOf('Its name.')),
      }),
    ),
    target: required(nameOf('Name of the object to make. Immutable.')),
    type: choice(
      'Full: copies the disks; takes as long as copying takes. Linked: disks that hold only differences from a snapshot of the source; made in seconds, but the source has to stay. Immutable.',
      words.cloneTypes,
      { default: 'Full' },
    ),
    datastore: nameOf('Name of the Datastore for the copy. Left out: those of the source. Immutable.'),
    powerOn: boolean('Start the copy when it is made.', { default: false }),
    ...requested,
  },
  {
    rules: [
      ...['source', 'target', 'type', 'datastore'].map((field) => immutable(field, again)),
      {
        rule: "self.source.kind == 'VirtualMachineTemplate' || self.source.name != self.target",
        message: 'target is the name of the source, and both would be of spec.source.kind: give the copy another name',
        fieldPath: '.target',
      },
    ],
  },
);

const status = object(
  'How far it is.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice('How far it is.', words.clonePhases),
    percent: number('Of the copying.', { minimum: 0 }),
    copied: reportedQuantity('Copied so far.'),
    reason: text('Failed: why, in a word.'),
    ...times,
  },
  { default: unwrittenStatus },
);

export type CloneSpec = TypeOf<typeof spec>;
export type CloneStatus = TypeOf<typeof status>;

/** A copy of a VM, of a template or of an appliance, to be made once. */
export interface Clone extends KubeObject {
  readonly spec: CloneSpec;
  readonly status: CloneStatus;
}

export const cloneDefinition: Definition = {
  type: clones,
  shortNames: ['clone'],
  description: 'Copies a VM, a template or an appliance. What it makes stays when the Clone is deleted.',
  spec,
  specRequired: true,
  status,
  rules: [],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'How far it is.' },
    { name: 'Source', type: 'string', jsonPath: '.spec.source.name', description: 'What is copied.' },
    { name: 'Target', type: 'string', jsonPath: '.spec.target', description: 'What is made.' },
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'Full or Linked.' },
    readyColumn,
    reasonColumn,
    { name: 'Percent', type: 'integer', jsonPath: '.status.percent', description: 'Of the copying.', priority: 1 },
    ageColumn,
  ],
};
