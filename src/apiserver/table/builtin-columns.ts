/** What kubectl get shows of the built-in kinds: kubernetes, pkg/printers/internalversion. */
import type { Selector } from '../admission/policy.ts';
import type { AnyObject } from '../objects.ts';
import type { Column } from '../registry/served.ts';
import { ageSince } from './age.ts';
import { ageColumn, column, nameColumn } from './columns.ts';

/** Built-in kinds have ages as texts. */
export const age: Column = { ...ageColumn, type: 'string' };

/** For kinds without columns of their own. */
export const defaultColumns: readonly Column[] = [
  nameColumn,
  column('Created At', (object) => object.metadata.creationTimestamp ?? '', {
    type: 'date',
    description: ageColumn.description,
  }),
];

const size = (value: unknown) => Object.keys((value ?? {}) as object).length;
export const fieldOf = <T>(object: AnyObject, field: string) => (object[field] ?? {}) as Partial<T>;

export const namespaceColumns: readonly Column[] = [
  nameColumn,
  column('Status', (object) => fieldOf<{ phase: string }>(object, 'status').phase ?? '', {
    description: 'The status of the namespace',
  }),
  age,
];

export const configMapColumns: readonly Column[] = [
  nameColumn,
  column('Data', (object) => size(object['data']) + size(object['binaryData']), {
    description: 'How many keys it has.',
  }),
  age,
];

export const secretColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => object['type'] ?? '', { description: 'What it is for.' }),
  column('Data', (object) => size(object['data']), { description: 'How many keys it has.' }),
  age,
];

export const serviceAccountColumns: readonly Column[] = [nameColumn, age];

interface PolicyShown {
  readonly validations?: readonly unknown[];
  readonly paramKind?: { readonly apiVersion?: string; readonly kind?: string };
}

export const policyColumns: readonly Column[] = [
  nameColumn,
  column('Validations', (object) => fieldOf<PolicyShown>(object, 'spec').validations?.length ?? 0, {
    type: 'integer',
    description: 'How many validations it has.',
  }),
  column(
    'ParamKind',
    (object) => {
      const { paramKind } = fieldOf<PolicyShown>(object, 'spec');
      return paramKind === undefined ? '<unset>' : `${paramKind.apiVersion}/${paramKind.kind}`;
    },
    { description: 'The kind of its parameters.' },
  ),
  age,
];

interface BindingShown {
  readonly policyName?: string;
  readonly paramRef?: { readonly name?: string; readonly namespace?: string; readonly selector?: Selector };
}

/** A selector as Go prints the message that it is. */
function goSelector({ matchLabels = {}, matchExpressions = [] }: Selector): string {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key}: ${matchLabels[key]},`);
  const terms = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(' ')}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${labels.join('')}},MatchExpressions:[]LabelSelectorRequirement{${terms.join('')}},}`;
}

function paramRefShown(object: AnyObject): string {
  const { paramRef } = fieldOf<BindingShown>(object, 'spec');
  if (paramRef === undefined) return '<unset>';
  const { name = '', namespace = '', selector } = paramRef;
  if (name !== '') return `${namespace === '' ? '*' : namespace}/${name}`;
  return selector === undefined ? '<unset>' : goSelector(selector);
}

export const policyBindingColumns: readonly Column[] = [
  nameColumn,
  column('PolicyName', (object) => fieldOf<BindingShown>(object, 'spec').policyName ?? '', {
    description: 'The policy that it puts into force.',
  }),
  column('ParamRef', paramRefShown, { description: 'Where the parameters are.' }),
  age,
];

export const leaseColumns: readonly Column[] = [
  nameColumn,
  column('Holder', (object) => fieldOf<{ holderIdentity: string }>(object, 'spec').holderIdentity ?? '', {
    description: 'Who holds it.',
  }),
  age,
];

interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

const subjects = (kind: string, text: (subject: Subject) => string) => (object: AnyObject) =>
  ((object['subjects'] ?? []) as Subject[])
    .filter((subject) => subject.kind === kind)
    .map(text)
    .join(', ');

/** @param kind roleBinding or clusterRoleBinding */
export const bindingColumns = (kind: string): readonly Column[] => [
  nameColumn,
  column(
    'Role',
    (object) => {
      const role = fieldOf<{ kind: string; name: string }>(object, 'roleRef');
      return `${role.kind}/${role.name}`;
    },
    { description: 'The role that is given.' },
  ),
  age,
  column(
    'Users',
    subjects('User', ({ name }) => name),
    { priority: 1, description: `Users in the ${kind}` },
  ),
  column(
    'Groups',
    subjects('Group', ({ name }) => name),
    { priority: 1, description: `Groups in the ${kind}` },
  ),
  column(
    'ServiceAccounts',
    subjects('ServiceAccount', ({ namespace = '', name }) => `${namespace}/${name}`),
    { priority: 1, description: `ServiceAccounts in the ${kind}` },
  ),
];

const quotas = (limits: boolean) => (object: AnyObject) => {
  const { hard = {}, used = {} } = fieldOf<Record<string, Record<string, string>>>(object, 'status');
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits.') === limits)
    .sort()
    .map((name) => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
    .join(', ');
};

export const resourceQuotaColumns: readonly Column[] = [
  nameColumn,
  column('Request', quotas(false), {
    description: 'Request represents a minimum amount of cpu/memory that a container may consume.',
  }),
  column('Limit', quotas(true), {
    description:
      'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.',
  }),
  age,
];

/** A core/v1 Event, as far as it is shown. */
interface Event {
  readonly involvedObject: { readonly kind?: string; readonly name?: string; readonly fieldPath?: string };
  readonly source: { readonly component?: string; readonly host?: string };
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
  readonly firstTimestamp: string | null;
  readonly lastTimestamp: string | null;
  readonly eventTime: string | null;
  readonly count?: number;
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly reportingComponent?: string;
  readonly reportingInstance?: string;
}

type EventOf = (object: AnyObject) => Event;

const firstSeen = (event: Event, now: number) => ageSince(event.firstTimestamp ?? event.eventTime, now);

function lastSeen(event: Event, now: number): string {
  if (event.series !== undefined) return ageSince(event.series.lastObservedTime, now);
  return event.lastTimestamp === null ? firstSeen(event, now) : ageSince(event.lastTimestamp, now);
}

function source(event: Event): string {
  const component = event.source.component || event.reportingComponent || '';
  const host = event.source.host || event.reportingInstance || '';
  return host === '' ? component : `${component}, ${host}`;
}

function target({ involvedObject }: Event): string {
  const kind = (involvedObject.kind ?? '').toLowerCase();
  return (involvedObject.name ?? '') === '' ? kind : `${kind}/${involvedObject.name}`;
}

/** @param eventOf the event in its core form */
export function eventColumns(eventOf: EventOf): readonly Column[] {
  const of = (cell: (event: Event, now: number) => unknown) => (object: AnyObject, now: number) =>
    cell(eventOf(object), now);
  return [
    column('Last Seen', of(lastSeen), { description: 'When it last happened.' }),
    column(
      'Type',
      of(({ type = '' }) => type),
      { description: 'Normal or Warning.' },
    ),
    column(
      'Reason',
      of(({ reason = '' }) => reason),
      { description: 'What happened, as one word.' },
    ),
    column('Object', of(target), { description: 'What it happened to.' }),
    column(
      'Subobject',
      of(({ involvedObject }) => involvedObject.fieldPath ?? ''),
      {
        priority: 1,
        description: 'Which part of the object is meant.',
      },
    ),
    column('Source', of(source), { priority: 1, description: 'Who reported it.' }),
    column(
      'Message',
      of(({ message = '' }) => message.trim()),
      { description: 'What happened, in words.' },
    ),
    column('First Seen', of(firstSeen), { priority: 1, description: 'When it first happened.' }),
    column(
      'Count',
      of((event) => event.series?.count ?? (event.count || 1)),
      {
        priority: 1,
        description: 'How often it happened.',
      },
    ),
    { ...nameColumn, priority: 1 },
  ];
}

interface Definition extends AnyObject {
  spec: {
    scope: string;
    group: string;
    names: { kind?: string; shortNames?: readonly string[] };
    versions?: readonly { name: string; served: boolean; storage: boolean }[];
  };
  status: { conditions?: readonly { type: string; status: string }[] | null };
}

const ofDefinition = (
  name: string,
  cell: (definition: Definition) => unknown,
  options: { type?: string; description: string; priority?: number },
) => column(name, (object) => cell(object as Definition), options);

/** apiextensions-apiserver, pkg/registry/customresourcedefinition/tableconvertor. */
export const definitionColumns: readonly Column[] = [
  nameColumn,
  ofDefinition('Scope', ({ spec }) => spec.scope, { description: 'Cluster or Namespaced.' }),
  ofDefinition(
    'Versions',
    ({ spec }) =>
      (spec.versions ?? [])
        .filter(({ served }) => served)
        .map(({ name, storage }) => (storage ? `${name}(storage)` : name))
        .sort()
        .join(','),
    { description: 'The versions that are served.' },
  ),
  ...defaultColumns.slice(1),
  ofDefinition('Group', ({ spec }) => spec.group, { priority: 1, description: 'The API group.' }),
  ofDefinition('Kind', ({ spec }) => spec.names.kind ?? '', { priority: 1, description: 'The kind.' }),
  ofDefinition('ShortNames', ({ spec }) => (spec.names.shortNames ?? []).join(','), {
    priority: 1,
    description: 'The short names.',
  }),
  ofDefinition(
    'Established',
    ({ status }) => (status.conditions ?? []).some((each) => each.type === 'Established' && each.status === 'True'),
    { priority: 1, type: 'boolean', description: 'Whether it is served.' },
  ),
];

interface Replicas {
  readonly replicas?: number;
}

/** Of autoscaling/v1 Scale. */
export const scaleColumns: readonly Column[] = [
  nameColumn,
  column('Desired', (object) => fieldOf<Replicas>(object, 'spec').replicas ?? 0, {
    type: 'integer',
    description: 'How many are wanted.',
  }),
  column('Available', (object) => fieldOf<Replicas>(object, 'status').replicas ?? 0, {
    type: 'integer',
    description: 'How many there are.',
  }),
  age,
];
