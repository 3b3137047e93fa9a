/** Events, in the two forms that look at one store: core/v1 and events.k8s.io/v1. */
import { objectReference } from './core.ts';
import { kind } from './meta.ts';
import { field, int32, microTime, string, struct, time } from './type.ts';

const CORE = 'io.k8s.api.core.v1';
const EVENTS = 'io.k8s.api.events.v1';

const source = struct(`${CORE}.EventSource`, 'EventSource says who reported an event.', {
  component: field(string, 'The component that reported it.'),
  host: field(string, 'The machine on which the component runs.'),
});

const always = { empty: 'always' } as const;

export const coreEvent = kind(
  `${CORE}.Event`,
  'Event says that something happened to an object. It is kept for an hour.',
  {
    involvedObject: field(objectReference, 'What it happened to.', { required: true }),
    reason: field(string, 'What happened, as one word in CamelCase.'),
    message: field(string, 'What happened, in words.'),
    source: field(source, 'Who reported it.'),
    firstTimestamp: field(time, 'When it first happened.', always),
    lastTimestamp: field(time, 'When it last happened.', always),
    count: field(int32, 'How often it happened.'),
    type: field(string, 'Normal or Warning.'),
    eventTime: field(microTime, 'When it was first noticed.', always),
    series: field(
      struct(`${CORE}.EventSeries`, 'EventSeries counts an event that goes on.', {
        count: field(int32, 'How often it happened so far.'),
        lastObservedTime: field(microTime, 'When it last happened.', always),
      }),
      'How often it happened, when it goes on; absent for a single event.',
      { empty: 'pointer' },
    ),
    action: field(string, 'What was done, or failed to be done, about the object.'),
    related: field(objectReference, 'A second object that took part.', { empty: 'pointer' }),
    reportingComponent: field(string, 'The controller that reported it, as example.com/controller.', always),
    reportingInstance: field(string, 'The instance of that controller.', always),
  },
);

export const event = kind(
  `${EVENTS}.Event`,
  'Event says that something happened to an object. It is kept for an hour.',
  {
    eventTime: field(microTime, 'When it was first noticed.', { empty: 'always', required: true }),
    series: field(
      struct(`${EVENTS}.EventSeries`, 'EventSeries counts an event that goes on.', {
        count: field(int32, 'How often it happened so far.', { empty: 'always', required: true }),
        lastObservedTime: field(microTime, 'When it last happened.', { empty: 'always', required: true }),
      }),
      'How often it happened, when it goes on; absent for a single event.',
      { empty: 'pointer' },
    ),
    reportingController: field(string, 'The controller that reported it, as example.com/controller.'),
    reportingInstance: field(string, 'The instance of that controller.'),
    action: field(string, 'What was done, or failed to be done, about the object.'),
    reason: field(string, 'What happened, as one word in CamelCase.'),
    regarding: field(objectReference, 'What it happened to.'),
    related: field(objectReference, 'A second object that took part.', { empty: 'pointer' }),
    note: field(string, 'What happened, in words.'),
    type: field(string, 'Normal or Warning.'),
    deprecatedSource: field(source, 'Who reported it, in the older form.'),
    deprecatedFirstTimestamp: field(time, 'When it first happened, in the older form.', always),
    deprecatedLastTimestamp: field(time, 'When it last happened, in the older form.', always),
    deprecatedCount: field(int32, 'How often it happened, in the older form.'),
  },
);
