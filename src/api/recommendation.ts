import { commonConditions } from './conditions.ts';
import { ageColumn, type Definition, readyColumn, reasonColumn } from './definition.ts';
import { requested, times } from './finished.ts';
import type { KubeObject } from './meta.ts';
import { recommendations } from './resources.ts';
import { boolean, choice, integer, list, number, object, required, type TypeOf, text } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';
import * as words from './words.ts';

const spec = object('What the user says to it.', {
  approved: boolean('True: carry it out. In a fully automated cluster it is approved at birth.', { default: false }),
  ...requested,
});

const status = object(
  'What is recommended, and why.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    phase: choice(
      'Pending: waits for approval. Approved, Running, Succeeded, Failed: as it is carried out. Expired: no longer to the point.',
      words.recommendationPhases,
    ),
    cluster: text('The cluster that it is for.'),
    priority: integer('From 1 (mandatory) to 5 (a slight gain).', { minimum: 1, maximum: 5 }),
    reason: choice("Why, by vSphere's codes.", words.recommendationReasons),
    action: choice('What to do.', words.recommendationActions),
    virtualMachine: text('Migrate, PowerOn: the VM.'),
    host: text('The host to move to, to start on, to wake or to put to sleep.'),
    expected: object('What it is expected to bring, as DRS weighed it.', {
      imbalanceBefore: number('Imbalance of the cluster without it.', { minimum: 0 }),
      imbalanceAfter: number('Imbalance with it.', { minimum: 0 }),
      gain: number('Gain over the time that the load is expected to last, in MHz seconds.', {}),
      cost: number('Cost of carrying it out, in the same unit.', {}),
    }),
    rejected: list(
      'Other hosts, and why not they.',
      object('A host that was not taken.', {
        host: required(text('Name of the host.')),
        reason: text('Why not.', { maxLength: 1024 }),
      }),
      { type: { keys: ['host'] }, maxItems: 1000 },
    ),
    prerequisites: list('Recommendations that have to be carried out before.', text('Name of a Recommendation.'), {
      type: 'set',
      maxItems: 100,
    }),
    migration: text('The Migration that carries it out.'),
    ...times,
  },
  { default: unwrittenStatus },
);

export type RecommendationSpec = TypeOf<typeof spec>;
export type RecommendationStatus = TypeOf<typeof status>;

/** Something that DRS, DPM or placement would do, or does. */
export interface Recommendation extends KubeObject {
  readonly spec: RecommendationSpec;
  readonly status: RecommendationStatus;
}

export const recommendationDefinition: Definition = {
  type: recommendations,
  shortNames: ['rec'],
  description:
    'Something that DRS or power management wants to do. Everything they do goes through one; where automation is manual it waits for spec.approved.',
  spec,
  specRequired: false,
  status,
  rules: [],
  columns: [
    { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'What became of it.' },
    { name: 'Action', type: 'string', jsonPath: '.status.action', description: 'What to do.' },
    { name: 'VM', type: 'string', jsonPath: '.status.virtualMachine', description: 'To which VM.' },
    { name: 'Host', type: 'string', jsonPath: '.status.host', description: 'To which host.' },
    readyColumn,
    reasonColumn,
    {
      name: 'Priority',
      type: 'integer',
      jsonPath: '.status.priority',
      description: '1 mandatory to 5 slight.',
      priority: 1,
    },
    { name: 'Why', type: 'string', jsonPath: '.status.reason', description: "Why, by vSphere's codes.", priority: 1 },
    { name: 'By', type: 'string', jsonPath: '.spec.requestedBy', description: 'Who asked.', priority: 1 },
    { name: 'Approved', type: 'string', jsonPath: '.spec.approved', description: 'By the user.', priority: 1 },
    {
      name: 'Before',
      type: 'number',
      jsonPath: '.status.expected.imbalanceBefore',
      description: 'Imbalance.',
      priority: 1,
    },
    {
      name: 'After',
      type: 'number',
      jsonPath: '.status.expected.imbalanceAfter',
      description: 'Imbalance.',
      priority: 1,
    },
    ageColumn,
  ],
  selectable: ['.spec.requestedBy', '.status.phase', '.status.cluster'],
};
