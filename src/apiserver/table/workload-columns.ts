/** What kubectl get shows of pods and their like: kubernetes, pkg/printers/internalversion. */
import type { Selector } from '../admission/policy.ts';
import type { AnyObject } from '../objects.ts';
import type { Column } from '../registry/served.ts';
import { age, fieldOf } from './builtin-columns.ts';
import { column, nameColumn } from './columns.ts';

const empty = (name: string, priority = 0) => column(name, () => '', { priority, description: name });

interface PodShown {
  readonly spec?: { readonly containers?: readonly unknown[] | null; readonly nodeName?: string };
  readonly status?: { readonly phase?: string; readonly reason?: string; readonly podIP?: string };
}

const orNone = (text: string | undefined) => (text === undefined || text === '' ? '<none>' : text);
const shown = (object: AnyObject) => object as PodShown;

/** None of its programs ever runs here. */
export const podColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) => `0/${shown(object).spec?.containers?.length ?? 0}`, {
    description: 'Programs that run.',
  }),
  column('Status', (object) => shown(object).status?.reason ?? shown(object).status?.phase ?? '', {
    description: 'Its phase, or why it is in it.',
  }),
  column('Restarts', () => '0', { description: 'How often programs were started again.' }),
  age,
  column('IP', (object) => orNone(shown(object).status?.podIP), { priority: 1, description: 'Its address.' }),
  column('Node', (object) => orNone(shown(object).spec?.nodeName), { priority: 1, description: 'Where it runs.' }),
  column('Nominated Node', () => '<none>', { priority: 1, description: 'Where it might run.' }),
  column('Readiness Gates', () => '<none>', { priority: 1, description: 'What else must be well.' }),
];

/** Of a kind of which there is nothing: its headings. */
export const nodeColumns: readonly Column[] = [
  nameColumn,
  ...['Status', 'Roles'].map((name) => empty(name)),
  age,
  empty('Version'),
  ...['Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'].map((name) => empty(name, 1)),
];

interface ServiceShown {
  readonly type?: string;
  readonly clusterIP?: string;
  readonly externalName?: string;
  readonly ports?: readonly { readonly port: number; readonly protocol?: string; readonly nodePort?: number }[];
  readonly selector?: Readonly<Record<string, string>>;
}

const ofService = (object: AnyObject) => fieldOf<ServiceShown>(object, 'spec');
const labelled = (labels: Readonly<Record<string, string>> | undefined) =>
  orNone(
    Object.entries(labels ?? {})
      .sort()
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  );

export const serviceColumns: readonly Column[] = [
  nameColumn,
  column('Type', (object) => ofService(object).type ?? '', { description: 'How it is reached.' }),
  column('Cluster-IP', (object) => orNone(ofService(object).clusterIP), { description: 'Its address.' }),
  column('External-IP', (object) => orNone(ofService(object).externalName), { description: 'Its address outside.' }),
  column(
    'Port(s)',
    (object) =>
      orNone(
        (ofService(object).ports ?? [])
          .map(({ port, protocol, nodePort = 0 }) => `${port}${nodePort > 0 ? `:${nodePort}` : ''}/${protocol}`)
          .join(','),
      ),
    { description: 'Its ports.' },
  ),
  age,
  column('Selector', (object) => labelled(ofService(object).selector), { priority: 1, description: 'Its pods.' }),
];

interface TemplateShown {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
  readonly spec?: { readonly containers?: readonly { readonly name?: string; readonly image?: string }[] };
}

const containersOf = (object: AnyObject) => fieldOf<TemplateShown>(object, 'template').spec?.containers ?? [];

export const podTemplateColumns: readonly Column[] = [
  nameColumn,
  column(
    'Containers',
    (object) =>
      containersOf(object)
        .map(({ name = '' }) => name)
        .join(','),
    {
      description: 'The names of the containers.',
    },
  ),
  column(
    'Images',
    (object) =>
      containersOf(object)
        .map(({ image = '' }) => image)
        .join(','),
    {
      description: 'What they run.',
    },
  ),
  column(
    'Pod Labels',
    (object) => {
      const labels = Object.entries(fieldOf<TemplateShown>(object, 'template').metadata?.labels ?? {}).sort();
      return labels.length === 0 ? '<none>' : labels.map(([key, value]) => `${key}=${value}`).join(',');
    },
    { description: 'The labels of the pods.' },
  ),
];

interface WorkloadShown {
  readonly spec: { readonly replicas?: number; readonly selector?: Selector; readonly template?: TemplateShown };
  readonly status?: { readonly [count: string]: number };
}

const ofWorkload = (object: AnyObject) => object as unknown as WorkloadShown;
const countOf = (object: AnyObject, name: string) => ofWorkload(object).status?.[name] ?? 0;
const programs = (object: AnyObject, part: 'name' | 'image') =>
  (ofWorkload(object).spec.template?.spec?.containers ?? []).map((each) => each[part] ?? '').join(',');

const workloadDetails: readonly Column[] = [
  age,
  column('Containers', (object) => programs(object, 'name'), { priority: 1, description: 'Names of the containers.' }),
  column('Images', (object) => programs(object, 'image'), { priority: 1, description: 'What they run.' }),
  column('Selector', (object) => labelled(ofWorkload(object).spec.selector?.matchLabels), {
    priority: 1,
    description: 'The pods.',
  }),
];

export const deploymentColumns: readonly Column[] = [
  nameColumn,
  column('Ready', (object) => `${countOf(object, 'readyReplicas')}/${ofWorkload(object).spec.replicas ?? 0}`, {
    description: 'How many of the wanted pods are ready.',
  }),
  column('Up-to-date', (object) => String(countOf(object, 'updatedReplicas')), { description: 'How many are new.' }),
  column('Available', (object) => String(countOf(object, 'availableReplicas')), { description: 'How many are well.' }),
  ...workloadDetails,
];

const integer = (name: string, cell: (object: AnyObject) => number, description: string) =>
  column(name, cell, { type: 'integer', description });

export const replicaSetColumns: readonly Column[] = [
  nameColumn,
  integer('Desired', (object) => ofWorkload(object).spec.replicas ?? 0, 'How many pods are wanted.'),
  integer('Current', (object) => countOf(object, 'replicas'), 'How many there are.'),
  integer('Ready', (object) => countOf(object, 'readyReplicas'), 'How many are ready.'),
  ...workloadDetails,
];
