/**
 * Pods and their like. Nobody runs them here: what clients store they find again, checked and filled in, and are told
 * so. kubernetes, pkg/apis/{core,apps}/{v1/defaults.go,validation}.
 */
import { deepEqual } from '../../../base/json.ts';
import { type Selector, selects } from '../../admission/policy.ts';
import { type FieldError, forbiddenError, invalidError, notSupportedError, requiredError } from '../../field-error.ts';
import { pod, podTemplate } from '../../kinds/pods.ts';
import type { Struct } from '../../kinds/type.ts';
import { deployment, replicaSet, service } from '../../kinds/workloads.ts';
import type { AnyObject, JsonObject } from '../../objects.ts';
import {
  deploymentColumns,
  podColumns,
  podTemplateColumns,
  replicaSetColumns,
  serviceColumns,
} from '../../table/workload-columns.ts';
import { ScaleProjection } from '../custom/scale.ts';
import { unsupportedField } from '../field-selector.ts';
import { labelName, subdomainName } from '../names.ts';
import type { Behaviour, Below, Builtin } from './definition.ts';

interface Container extends JsonObject {
  name?: string;
  image?: string;
  ports?: JsonObject[];
  resources?: { limits?: JsonObject; requests?: JsonObject };
}

interface PodSpec extends JsonObject {
  containers: Container[] | null;
  initContainers?: Container[];
  restartPolicy?: string;
}

interface Template {
  metadata: { labels?: Record<string, string> };
  spec: PodSpec;
}

interface Workload extends AnyObject {
  spec: { replicas?: number; selector?: Selector; template: Template } & JsonObject;
}

/** What a pod says when it says nothing. */
const POD = {
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 30,
  dnsPolicy: 'ClusterFirst',
  securityContext: {},
  schedulerName: 'default-scheduler',
};

/** An image without a tag, or with the tag `latest`, is fetched every time. */
function pullPolicy(image = ''): string {
  const last = image.slice(image.lastIndexOf('/') + 1);
  if (last.includes('@')) return 'IfNotPresent';
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function filledContainer(container: Container): Container {
  const { ports, resources = {} } = container;
  const { limits, requests } = resources;
  return {
    ...container,
    ...(ports !== undefined && { ports: ports.map((port) => ({ ...port, protocol: port['protocol'] ?? 'TCP' })) }),
    resources: limits === undefined ? resources : { limits, requests: { ...limits, ...requests } },
    terminationMessagePath: container['terminationMessagePath'] ?? '/dev/termination-log',
    terminationMessagePolicy: container['terminationMessagePolicy'] ?? 'File',
    imagePullPolicy: container['imagePullPolicy'] ?? pullPolicy(container.image),
  };
}

/** Of templates, requests are left as they are. */
function filledPod(spec: PodSpec, isPod: boolean): PodSpec {
  const containers = (list: readonly Container[]) =>
    list.map((each) => (isPod ? filledContainer(each) : { ...filledContainer(each), resources: each.resources ?? {} }));
  const { initContainers } = spec;
  return {
    ...spec,
    ...(initContainers !== undefined && { initContainers: containers(initContainers) }),
    containers: spec.containers === null ? null : containers(spec.containers),
    ...Object.fromEntries(Object.entries(POD).map(([name, value]) => [name, spec[name] ?? value])),
    ...(isPod && { enableServiceLinks: spec['enableServiceLinks'] ?? true }),
  };
}

function containerErrors(containers: readonly Container[] | null, at: string): FieldError[] {
  if (containers === null || containers.length === 0) return [requiredError(at)];
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  containers.forEach(({ name = '', image = '' }, index) => {
    const where = `${at}[${index}]`;
    if (name === '') errors.push(requiredError(`${where}.name`));
    else for (const problem of labelName(name)) errors.push(invalidError(`${where}.name`, name, problem));
    if (seen.has(name))
      errors.push({
        ...invalidError(`${where}.name`, name, ''),
        reason: 'FieldValueDuplicate',
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    seen.add(name);
    if (image === '') errors.push(requiredError(`${where}.image`));
  });
  return errors;
}

function podErrors(spec: PodSpec, at: string, policies: readonly string[]): FieldError[] {
  const errors = containerErrors(spec.containers, `${at}.containers`);
  if (spec.initContainers !== undefined) errors.push(...containerErrors(spec.initContainers, `${at}.initContainers`));
  const policy = spec.restartPolicy ?? '';
  if (!policies.includes(policy)) errors.push(notSupportedError(`${at}.restartPolicy`, policy, policies));
  return errors;
}

/** What clients are told who make one. */
function keptOnly(type: Struct): Pick<Behaviour, 'warnings'> {
  const text = `nothing runs pods here: this ${type.name} is kept as it is, and nobody acts on it`;
  return { warnings: (_object, old) => (old === undefined ? [text] : []) };
}

/** The generation counts the changes of what is wanted. */
const counted = {
  first(object: AnyObject): void {
    object.metadata.generation = 1;
  },
  next(object: AnyObject, old: AnyObject): void {
    const { generation = 0 } = old.metadata;
    object.metadata.generation = deepEqual(object['spec'], old['spec']) ? generation : generation + 1;
  },
};

const status: Behaviour & { readonly verbs: readonly ['get', 'patch', 'update'] } = {
  verbs: ['get', 'patch', 'update'],
  resets: ['spec'],
  prepareUpdate(object, old) {
    object['spec'] = old['spec'];
    if (old.metadata.generation !== undefined) object.metadata.generation = old.metadata.generation;
  },
};

/** Only how many are wanted is written through it. */
const scale: Below = {
  verbs: ['get', 'patch', 'update'],
  resets: ['status'],
  prepareUpdate: counted.next,
  validate: (object) => workloadErrors(object as Workload),
};

/** A workload as a Scale: its selector is told as a text. */
class WorkloadScale extends ScaleProjection {
  constructor() {
    super({ specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' });
  }

  override of(object: AnyObject): AnyObject {
    const shown = super.of(object) as AnyObject & { status: object };
    const labels = Object.entries((object as Workload).spec.selector?.matchLabels ?? {}).sort();
    const selector = labels.map(([key, value]) => `${key}=${value}`).join(',');
    return { ...shown, status: { ...shown.status, ...(selector !== '' && { selector }) } };
  }

  override configuration(object: AnyObject | undefined, config: AnyObject): AnyObject {
    const { replicas } = (config['spec'] ?? {}) as { replicas?: number };
    const { name, namespace } = config.metadata;
    const metadata = { ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) };
    return {
      apiVersion: object?.apiVersion ?? 'apps/v1',
      kind: object?.kind ?? '',
      metadata,
      spec: replicas === undefined ? {} : { replicas },
    };
  }
}

const common = { version: 'v1', namespaced: true, nameCheck: subdomainName, unknownField: unsupportedField } as const;

export const podTemplates: Builtin = {
  ...common,
  group: '',
  plural: 'podtemplates',
  singular: 'podtemplate',
  type: podTemplate,
  deletion: { returnsObject: (object) => object },
  columns: podTemplateColumns,
  default(object) {
    const template = object['template'] as Template;
    object['template'] = { ...template, spec: filledPod(template.spec, false) };
  },
  validate(object) {
    return podErrors((object['template'] as Template).spec, 'template.spec', ['Always', 'OnFailure', 'Never']);
  },
};

const CHANGEABLE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** A pod's spec without what may change. */
function fixed(object: AnyObject): JsonObject {
  const { activeDeadlineSeconds: _, tolerations: __, ...spec } = object['spec'] as PodSpec;
  const bare = (list: readonly Container[] | null | undefined) => list?.map(({ image: ___, ...rest }) => rest);
  return { ...spec, containers: bare(spec.containers), initContainers: bare(spec.initContainers) };
}

export const pods: Builtin = {
  ...common,
  ...keptOnly(pod),
  group: '',
  plural: 'pods',
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  type: pod,
  deletion: {
    returnsObject: ({ metadata, ...rest }, now) => ({
      ...rest,
      metadata: { ...metadata, deletionTimestamp: now, deletionGracePeriodSeconds: 0 },
    }),
  },
  columns: podColumns,
  default(object) {
    object['spec'] = filledPod(object['spec'] as PodSpec, true);
  },
  prepareCreate(object) {
    counted.first(object);
    object['status'] = { phase: 'Pending', qosClass: qosClass(object['spec'] as PodSpec) };
  },
  prepareUpdate(object, old) {
    object['status'] = old['status'];
    counted.next(object, old);
  },
  resets: ['status'],
  validate: (object) => podErrors(object['spec'] as PodSpec, 'spec', ['Always', 'OnFailure', 'Never']),
  validateUpdate: (object, old) => (deepEqual(fixed(object), fixed(old)) ? [] : [forbiddenError('spec', CHANGEABLE)]),
  subresources: { status },
  selectable: {
    'spec.nodeName': (object) => String((object['spec'] as PodSpec)['nodeName'] ?? ''),
    'spec.restartPolicy': (object) => (object['spec'] as PodSpec).restartPolicy ?? '',
    'status.phase': (object) => (object['status'] as { phase?: string }).phase ?? '',
  },
};

/** kubernetes, pkg/apis/core/helper/qos */
function qosClass({ containers, initContainers = [] }: PodSpec): string {
  const all = [...(containers ?? []), ...initContainers].map(({ resources = {} }) => resources);
  const known = (map: JsonObject = {}) =>
    Object.fromEntries(['cpu', 'memory'].flatMap((name) => (map[name] === undefined ? [] : [[name, map[name]]])));
  if (all.every(({ limits, requests }) => deepEqual(known(limits), {}) && deepEqual(known(requests), {}))) {
    return 'BestEffort';
  }
  const isGuaranteed = all.every(
    ({ limits, requests }) => Object.keys(known(limits)).length === 2 && deepEqual(known(limits), known(requests)),
  );
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function workloadErrors({ spec }: Workload): FieldError[] {
  const errors: FieldError[] = [];
  const { replicas = 0, selector, template } = spec;
  if (replicas < 0) errors.push(invalidError('spec.replicas', replicas, 'must be greater than or equal to 0'));
  const labels = template.metadata.labels ?? {};
  if (selector === undefined) errors.push(requiredError('spec.selector'));
  else if (Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0) {
    errors.push(invalidError('spec.selector', selector, 'empty selector is invalid for deployment'));
  }
  if (!selects(selector ?? {}, labels)) {
    const why = '`selector` does not match template `labels`';
    errors.push(invalidError('spec.template.metadata.labels', labels, why));
  }
  return [...errors, ...podErrors(template.spec, 'spec.template.spec', ['Always'])];
}

function workload(
  type: Struct,
  shortName: string,
  rest: Pick<Builtin, 'columns'> & { readonly defaults: JsonObject; readonly status: JsonObject },
): Builtin {
  const { defaults, status: first, columns = [] } = rest;
  return {
    ...common,
    ...keptOnly(type),
    group: 'apps',
    plural: `${type.name.toLowerCase()}s`,
    singular: type.name.toLowerCase(),
    shortNames: [shortName],
    categories: ['all'],
    type,
    columns,
    default(object) {
      const { spec } = object as Workload;
      const template = { ...spec.template, spec: filledPod(spec.template.spec, false) };
      const given = (name: string) => spec[name] !== undefined && !deepEqual(spec[name], {});
      const missing = Object.entries(defaults).filter(([name]) => !given(name));
      object['spec'] = { ...spec, ...Object.fromEntries(missing), template };
    },
    prepareCreate(object) {
      counted.first(object);
      object['status'] = first;
    },
    prepareUpdate(object, old) {
      object['status'] = old['status'];
      counted.next(object, old);
    },
    resets: ['status'],
    validate: (object) => workloadErrors(object as Workload),
    validateUpdate(object, old) {
      const { selector } = (object as Workload).spec;
      if (deepEqual(selector, (old as Workload).spec.selector)) return [];
      return [invalidError('spec.selector', selector, 'field is immutable')];
    },
    subresources: { status, scale: { ...scale, projection: new WorkloadScale() } },
  };
}

export const deployments = workload(deployment, 'deploy', {
  columns: deploymentColumns,
  defaults: {
    replicas: 1,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  },
  status: {},
});

export const replicaSets = workload(replicaSet, 'rs', {
  columns: replicaSetColumns,
  defaults: { replicas: 1 },
  status: { replicas: 0 },
});

interface ServiceSpec extends JsonObject {
  ports?: (JsonObject & { port: number })[];
  type?: string;
}

export const services: Builtin = {
  ...common,
  ...keptOnly(service),
  group: '',
  plural: 'services',
  singular: 'service',
  shortNames: ['svc'],
  categories: ['all'],
  type: service,
  deletion: { returnsObject: (object) => object },
  columns: serviceColumns,
  default(object) {
    const spec = object['spec'] as ServiceSpec;
    object['spec'] = {
      ...spec,
      ...(spec.ports !== undefined && {
        ports: spec.ports.map((port) => ({
          ...port,
          protocol: port['protocol'] ?? 'TCP',
          targetPort: port['targetPort'] === undefined || port['targetPort'] === 0 ? port.port : port['targetPort'],
        })),
      }),
      sessionAffinity: spec['sessionAffinity'] ?? 'None',
      type: spec.type ?? 'ClusterIP',
      ...(spec.type !== 'ExternalName' && { internalTrafficPolicy: spec['internalTrafficPolicy'] ?? 'Cluster' }),
    };
  },
  prepareCreate(object) {
    object['status'] = { loadBalancer: {} };
  },
  prepareUpdate(object, old) {
    object['status'] = old['status'];
  },
  resets: ['status'],
  validate(object) {
    const { ports = [], type = '', clusterIP } = object['spec'] as ServiceSpec;
    const errors: FieldError[] = [];
    if (ports.length === 0 && type !== 'ExternalName' && clusterIP !== 'None') errors.push(requiredError('spec.ports'));
    ports.forEach(({ port, name }, index) => {
      if (ports.length > 1 && (name ?? '') === '') errors.push(requiredError(`spec.ports[${index}].name`));
      if (port >= 1 && port <= 65535) return;
      errors.push(invalidError(`spec.ports[${index}].port`, port, 'must be between 1 and 65535, inclusive'));
    });
    const types = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
    if (!types.includes(type)) errors.push(notSupportedError('spec.type', type, types));
    return errors;
  },
  subresources: { status },
};
