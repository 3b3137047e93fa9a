/**
 * Kinds that every cluster has and of which there is nothing here: they can be listed and watched, and nothing else.
 * Clients look for their groups before they do anything; empty lists are the truth. Who makes one is refused with 405.
 */
import { kind } from '../../kinds/meta.ts';
import { node } from '../../kinds/workloads.ts';
import { defaultColumns } from '../../table/builtin-columns.ts';
import { nodeColumns } from '../../table/workload-columns.ts';
import { unsupportedField } from '../field-selector.ts';
import { subdomainName } from '../names.ts';
import type { Builtin } from './definition.ts';

const common = {
  nameCheck: subdomainName,
  verbs: ['get', 'list', 'watch'],
  unknownField: unsupportedField,
} as const;

const nodes: Builtin = {
  ...common,
  group: '',
  version: 'v1',
  plural: 'nodes',
  singular: 'node',
  shortNames: ['no'],
  type: node,
  namespaced: false,
  columns: nodeColumns,
};

interface Absent {
  readonly group: string;
  /** The Go package of the kind's type, where it is not named like the group. */
  readonly model?: string;
  readonly version?: string;
  readonly kind: string;
  /** Of the plural; left out: the lower-case kind with an s. */
  readonly plural?: string;
  readonly namespaced?: boolean;
  readonly shortName?: string;
}

const KINDS: readonly Absent[] = [
  {
    group: 'admissionregistration.k8s.io',
    model: 'io.k8s.api.admissionregistration',
    kind: 'MutatingWebhookConfiguration',
  },
  {
    group: 'admissionregistration.k8s.io',
    model: 'io.k8s.api.admissionregistration',
    kind: 'ValidatingWebhookConfiguration',
  },
  { group: 'apiregistration.k8s.io', model: 'io.k8s.kube-aggregator.pkg.apis.apiregistration', kind: 'APIService' },
  { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler', namespaced: true, shortName: 'hpa' },
  { group: 'autoscaling', version: 'v2', kind: 'HorizontalPodAutoscaler', namespaced: true, shortName: 'hpa' },
  { group: 'batch', kind: 'Job', namespaced: true },
  { group: 'certificates.k8s.io', kind: 'CertificateSigningRequest', shortName: 'csr' },
  { group: 'discovery.k8s.io', kind: 'EndpointSlice', namespaced: true },
  { group: 'networking.k8s.io', kind: 'Ingress', plural: 'ingresses', namespaced: true, shortName: 'ing' },
  { group: 'node.k8s.io', kind: 'RuntimeClass', plural: 'runtimeclasses' },
  { group: 'policy', kind: 'PodDisruptionBudget', namespaced: true, shortName: 'pdb' },
  { group: 'scheduling.k8s.io', kind: 'PriorityClass', plural: 'priorityclasses', shortName: 'pc' },
  { group: 'storage.k8s.io', kind: 'CSINode' },
];

function served({ group, model, version = 'v1', kind: name, plural, namespaced = false, shortName }: Absent): Builtin {
  const singular = name.toLowerCase();
  const root = model ?? `io.k8s.api.${group.split('.')[0]}`;
  return {
    ...common,
    group,
    version,
    plural: plural ?? `${singular}s`,
    singular,
    ...(shortName !== undefined && { shortNames: [shortName] }),
    type: kind(`${root}.${version}.${name}`, `${name}: there are none here.`, {}),
    namespaced,
    columns: defaultColumns,
  };
}

export const absentKinds: readonly Builtin[] = [nodes, ...KINDS.map(served)];
