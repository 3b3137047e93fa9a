import { commonConditions } from './conditions.ts';
import { CLOCK_NAME, clockDefaults } from './defaults.ts';
import { ageColumn, type Definition, readyColumn } from './definition.ts';
import type { KubeObject } from './meta.ts';
import { clocks } from './resources.ts';
import { boolean, number, object, type TypeOf, time } from './schema.ts';
import { conditions, observedGeneration, unwrittenStatus } from './status-fields.ts';

const spec = object('How time shall pass in the namespace, for all its hosts and controllers.', {
  speed: number(
    'Simulated seconds per real second: 20 makes an hour pass in 3 minutes. `up` lowers it in status when the machine cannot follow.',
    { minimum: 0, exclusiveMinimum: true, maximum: 100_000, default: clockDefaults.speed },
  ),
  paused: boolean('True: nothing in the namespace moves; everything can still be looked at.', {
    default: clockDefaults.paused,
  }),
  advanceTo: time(
    'While paused: run as fast as everyone can follow until this simulated time, and stop again. A time that has passed does nothing.',
  ),
});

const status = object(
  'The time. Time at a real moment t is anchorSim + (t − anchorReal) × speed.',
  {
    observedGeneration,
    conditions: conditions(commonConditions),
    time: time('Simulated time when this was written: at each change, and every 10 seconds while it runs.'),
    speed: number('Simulated seconds per real second in force; 0 while paused.', { minimum: 0 }),
    anchorSim: time('Simulated time at the anchor.'),
    anchorReal: time('Real time at the anchor.'),
  },
  { default: unwrittenStatus },
);

export type ClockSpec = TypeOf<typeof spec>;
export type ClockStatus = TypeOf<typeof status>;

/** The time of a namespace. */
export interface Clock extends KubeObject {
  readonly spec: ClockSpec;
  readonly status: ClockStatus;
}

export const clockDefinition: Definition = {
  type: clocks,
  shortNames: ['clock'],
  description:
    'Time in the namespace: how fast it runs, whether it stands still. At most one, called default; it wins over `up --speed`.',
  spec,
  specRequired: false,
  status,
  rules: [
    {
      rule: `self.metadata.name == '${CLOCK_NAME}'`,
      message: `a namespace has one clock, and it is called ${CLOCK_NAME}: set metadata.name to ${CLOCK_NAME}`,
      fieldPath: '.metadata.name',
    },
  ],
  columns: [
    { name: 'Time', type: 'string', jsonPath: '.status.time', description: 'Simulated time, at most 10 seconds ago.' },
    { name: 'Speed', type: 'number', jsonPath: '.status.speed', description: 'Simulated seconds per second.' },
    { name: 'Paused', type: 'string', jsonPath: '.spec.paused', description: 'Whether it shall stand still.' },
    readyColumn,
    { name: 'Wanted', type: 'number', jsonPath: '.spec.speed', description: 'The speed asked for.', priority: 1 },
    ageColumn,
  ],
};
