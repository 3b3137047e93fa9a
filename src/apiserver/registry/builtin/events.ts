/** Events: one store, seen as core/v1 and as events.k8s.io/v1. kubernetes, pkg/apis/core/validation/events.go. */
import { deepEqual, deepFreeze } from '../../../base/json.ts';
import { type FieldError, invalidError, requiredError } from '../../field-error.ts';
import { coreEvent, event } from '../../kinds/events.ts';
import type { AnyObject } from '../../objects.ts';
import type { Version } from '../../store/version.ts';
import { eventColumns } from '../../table/builtin-columns.ts';
import { unsupportedField } from '../field-selector.ts';
import { labelKeyProblems, subdomainName } from '../names.ts';
import { metadataErrors, metadataUpdateErrors } from '../object-meta.ts';
import { PlainView, type View } from '../request.ts';
import { storageVersionHash } from '../served.ts';
import type { Builtin } from './definition.ts';

interface CoreEvent extends AnyObject {
  involvedObject: { namespace?: string; [field: string]: string | undefined };
  source: { component?: string; host?: string };
  reason?: string;
  message?: string;
  firstTimestamp: string | null;
  lastTimestamp: string | null;
  count?: number;
  type?: string;
  eventTime: string | null;
  series?: { count?: number; lastObservedTime?: string };
  action?: string;
  related?: object;
  reportingComponent?: string;
  reportingInstance?: string;
}

const LIMIT = 128;
const NOTE_LIMIT = 1024;

/** What every event has to be, in either form. @param controller how the form calls the reporting controller */
function legacyErrors(event: CoreEvent, controller: string): FieldError[] {
  const errors: FieldError[] = [];
  const namespace = event.metadata.namespace ?? '';
  const involved = event.involvedObject.namespace ?? '';
  const mismatch = invalidError('involvedObject.namespace', involved, 'does not match event.namespace');
  if (event.eventTime === null) {
    const ok = involved === '' ? namespace === '' || namespace === 'default' : involved === namespace;
    if (!ok) errors.push(mismatch);
    return errors;
  }
  if (involved === '' && namespace !== 'default' && namespace !== 'kube-system') errors.push(mismatch);
  const reporter = event.reportingComponent ?? '';
  if (reporter === '') errors.push(requiredError(controller));
  for (const problem of labelKeyProblems(reporter)) errors.push(invalidError(controller, reporter, problem));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    const value = event[field] ?? '';
    if (value === '') errors.push(requiredError(field));
    if (value.length > LIMIT) errors.push(invalidError(field, '', `can have at most ${LIMIT} characters`));
  }
  if ((event.message ?? '').length > NOTE_LIMIT) {
    errors.push(invalidError('message', '', `can have at most ${NOTE_LIMIT} characters`));
  }
  return errors;
}

function seriesErrors({ series }: CoreEvent): FieldError[] {
  if (series === undefined) return [];
  const errors: FieldError[] = [];
  if ((series.count ?? 0) < 2) errors.push(invalidError('series.count', '', 'should be at least 2'));
  if ((series.lastObservedTime ?? null) === null) errors.push(requiredError('series.lastObservedTime'));
  return errors;
}

function newFormErrors(event: CoreEvent): FieldError[] {
  const errors = [...metadataErrors(event.metadata, true, subdomainName), ...seriesErrors(event)];
  if (event.eventTime === null) errors.push(requiredError('eventTime'));
  if (event.type !== 'Normal' && event.type !== 'Warning') {
    errors.push(invalidError('type', '', `has invalid value: ${event.type ?? ''}`));
  }
  const unset = (field: string, set: boolean) => {
    if (set) errors.push(invalidError(field, '', 'needs to be unset'));
  };
  unset('firstTimestamp', event.firstTimestamp !== null);
  unset('lastTimestamp', event.lastTimestamp !== null);
  unset('count', (event.count ?? 0) !== 0);
  unset('source', event.source.component !== undefined || event.source.host !== undefined);
  return errors;
}

const FIXED = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  'reason',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingController',
  'reportingInstance',
] as const;

function newFormUpdateErrors(event: CoreEvent, old: CoreEvent): FieldError[] {
  const errors = metadataUpdateErrors(event.metadata, old.metadata);
  if (!deepEqual(event.series, old.series)) errors.push(...seriesErrors(event));
  for (const field of FIXED) {
    const stored = field === 'reportingController' ? 'reportingComponent' : field;
    const value = event[stored];
    if (!deepEqual(value ?? null, old[stored] ?? null)) {
      errors.push(invalidError(field, value ?? '', 'field is immutable'));
    }
  }
  return errors;
}

const common = {
  version: 'v1',
  plural: 'events',
  singular: 'event',
  shortNames: ['ev'],
  namespaced: true,
  nameCheck: (): string[] => [],
  metadataLast: true,
  createOnUpdate: true,
  bucket: '/events',
  unknownField: unsupportedField,
} as const;

const text = (value: unknown) => (typeof value === 'string' ? value : '');
const involved = (field: string) => (object: AnyObject) => text((object as CoreEvent).involvedObject[field]);

function sourceOf(object: AnyObject): string {
  const { source, reportingComponent } = object as CoreEvent;
  return source.component || reportingComponent || '';
}

const OBJECT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];

/** v1 Event: the form in which events are stored. */
export const coreEvents: Builtin = {
  ...common,
  group: '',
  type: coreEvent,
  validate: (object) => legacyErrors(object as CoreEvent, 'reportingComponent'),
  selectable: {
    ...Object.fromEntries(OBJECT_FIELDS.map((field) => [`involvedObject.${field}`, involved(field)])),
    reason: (object) => text(object['reason']),
    reportingComponent: (object) => text(object['reportingComponent']),
    source: sourceOf,
    type: (object) => text(object['type']),
  },
  columns: eventColumns((object) => object as never),
};

/** The events.k8s.io form of what is stored. */
function fromCore(object: AnyObject): AnyObject {
  const core = object as CoreEvent;
  const given = <T>(name: string, value: T | undefined) => (value === undefined ? {} : { [name]: value });
  return {
    kind: 'Event',
    apiVersion: 'events.k8s.io/v1',
    metadata: core.metadata,
    eventTime: core.eventTime,
    ...given('series', core.series),
    ...given('reportingController', core.reportingComponent || undefined),
    ...given('reportingInstance', core.reportingInstance || undefined),
    ...given('action', core.action),
    ...given('reason', core.reason),
    regarding: core.involvedObject,
    ...given('related', core.related),
    ...given('note', core.message),
    ...given('type', core.type),
    deprecatedSource: core.source,
    deprecatedFirstTimestamp: core.firstTimestamp,
    deprecatedLastTimestamp: core.lastTimestamp,
    ...given('deprecatedCount', core.count),
  };
}

/** The stored form of an events.k8s.io event. */
function toCore(object: AnyObject): CoreEvent {
  const given = (name: string, value: unknown) => (value === undefined ? {} : { [name]: value });
  return {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: object.metadata,
    involvedObject: object['regarding'] as CoreEvent['involvedObject'],
    ...given('reason', object['reason']),
    ...given('message', object['note']),
    source: object['deprecatedSource'] as CoreEvent['source'],
    firstTimestamp: (object['deprecatedFirstTimestamp'] ?? null) as string | null,
    lastTimestamp: (object['deprecatedLastTimestamp'] ?? null) as string | null,
    ...given('count', object['deprecatedCount']),
    ...given('type', object['type']),
    eventTime: (object['eventTime'] ?? null) as string | null,
    ...given('series', object['series']),
    ...given('action', object['action']),
    ...given('related', object['related']),
    reportingComponent: text(object['reportingController']),
    reportingInstance: text(object['reportingInstance']),
  } as CoreEvent;
}

const views = new WeakMap<Version, View>();

/** events.k8s.io/v1 Event. */
export const events: Builtin = {
  ...common,
  group: 'events.k8s.io',
  errorGroup: '',
  storageHash: storageVersionHash('', 'v1', 'Event'),
  type: event,
  // Its rules are those of the stored form: they name its fields.
  validate(object, old) {
    const core = toCore(object);
    const errors = legacyErrors(core, 'reportingController');
    return old === undefined
      ? [...errors, ...newFormErrors(core)]
      : [...errors, ...newFormUpdateErrors(core, toCore(old))];
  },
  selectable: {
    ...Object.fromEntries(OBJECT_FIELDS.map((field) => [`regarding.${field}`, involved(field)])),
    reason: (object) => text(object['reason']),
    reportingController: (object) => text(object['reportingComponent']),
    type: (object) => text(object['type']),
  },
  columns: eventColumns((object) => toCore(object) as never),
  view(version) {
    let view = views.get(version);
    if (view === undefined) {
      view = new PlainView(deepFreeze(fromCore(version.object)));
      views.set(version, view);
    }
    return view;
  },
  toStored: toCore,
};
