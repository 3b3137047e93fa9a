/** The roles and bindings that every cluster has: kubernetes, plugin/pkg/auth/authorizer/rbac/bootstrappolicy. */
import type { AnyObject } from '../objects.ts';
import { type PolicyRule, RBAC_GROUP } from './builtin/roles.ts';

const API_VERSION = `${RBAC_GROUP}/v1`;
const AGGREGATE = 'rbac.authorization.k8s.io/aggregate-to-';
const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const READ_AND_WRITE = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** @param what groups and resources, each separated by spaces; `core` is the group without a name */
function rule(verbs: string | readonly string[], groups: string, resources: string): PolicyRule {
  return {
    verbs: typeof verbs === 'string' ? verbs.split(' ') : verbs,
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
  };
}

const paths = (urls: string): PolicyRule => ({ verbs: ['get'], nonResourceURLs: urls.split(' ') });
const events = rule('create patch update', 'core events.k8s.io', 'events');

const VIEW: readonly PolicyRule[] = [
  rule(
    READ,
    'core',
    'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status',
  ),
  rule(
    READ,
    'core',
    'bindings limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
  ),
  rule(READ, 'core', 'namespaces'),
  rule(READ, 'core events.k8s.io', 'events'),
  rule(READ, 'discovery.k8s.io', 'endpointslices'),
  rule(
    READ,
    'apps',
    'controllerrevisions daemonsets daemonsets/status deployments deployments/scale deployments/status replicasets replicasets/scale replicasets/status statefulsets statefulsets/scale statefulsets/status',
  ),
  rule(READ, 'autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status'),
  rule(READ, 'batch', 'cronjobs cronjobs/status jobs jobs/status'),
  rule(
    READ,
    'extensions',
    'daemonsets daemonsets/status deployments deployments/scale deployments/status ingresses ingresses/status networkpolicies replicasets replicasets/scale replicasets/status replicationcontrollers/scale',
  ),
  rule(READ, 'policy', 'poddisruptionbudgets poddisruptionbudgets/status'),
  rule(READ, 'networking.k8s.io', 'ingresses ingresses/status networkpolicies'),
  rule(READ, 'resource.k8s.io', 'resourceclaims resourceclaims/status resourceclaimtemplates'),
];

const EDIT: readonly PolicyRule[] = [
  rule(READ, 'core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy'),
  rule('impersonate', 'core', 'serviceaccounts'),
  rule(WRITE, 'core', 'pods pods/attach pods/exec pods/portforward pods/proxy'),
  rule('create', 'core', 'pods/eviction'),
  rule(
    WRITE,
    'core',
    'configmaps persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
  ),
  rule('create', 'core', 'serviceaccounts/token'),
  rule(WRITE, 'core events.k8s.io', 'events'),
  rule(
    WRITE,
    'apps',
    'daemonsets deployments deployments/rollback deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale',
  ),
  rule(WRITE, 'autoscaling', 'horizontalpodautoscalers'),
  rule(WRITE, 'batch', 'cronjobs jobs'),
  rule(
    WRITE,
    'extensions',
    'daemonsets deployments deployments/rollback deployments/scale ingresses networkpolicies replicasets replicasets/scale replicationcontrollers/scale',
  ),
  rule(WRITE, 'policy', 'poddisruptionbudgets'),
  rule(WRITE, 'networking.k8s.io', 'ingresses networkpolicies'),
  rule(READ_AND_WRITE, 'coordination.k8s.io', 'leases'),
  rule(WRITE, 'resource.k8s.io', 'resourceclaims resourceclaimtemplates'),
];

const ADMIN: readonly PolicyRule[] = [
  rule('create', 'authorization.k8s.io', 'localsubjectaccessreviews'),
  rule(READ_AND_WRITE, RBAC_GROUP, 'rolebindings roles'),
];

/** Roles by name, with their rules. */
const ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [rule('*', '*', '*'), { verbs: ['*'], nonResourceURLs: ['*'] }],
  'system:discovery': [
    paths('/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/'),
  ],
  'system:basic-user': [
    rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
    rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
  ],
  'system:public-info-viewer': [paths('/healthz /livez /readyz /version /version/')],
  'system:monitoring': [
    paths('/flagz /healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/* /statusz'),
    rule('get', 'core', 'nodes/metrics'),
  ],
  'system:auth-delegator': [
    rule('create', 'authentication.k8s.io', 'tokenreviews'),
    rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
  ],
  'system:service-account-issuer-discovery': [
    paths('/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/'),
  ],
  'system:cluster-trust-bundle-discovery': [rule(READ, 'certificates.k8s.io', 'clustertrustbundles')],
  'system:controller:clusterrole-aggregation-controller': [
    rule('escalate get list patch update watch', RBAC_GROUP, 'clusterroles'),
  ],
  'system:controller:generic-garbage-collector': [rule('delete get list patch update watch', '*', '*'), events],
  'system:controller:namespace-controller': [
    rule('delete get list watch', 'core', 'namespaces'),
    rule('update', 'core', 'namespaces/finalize namespaces/status'),
    rule('delete deletecollection get list watch', '*', '*'),
  ],
  'system:controller:root-ca-cert-publisher': [rule('create update', 'core', 'configmaps'), events],
  'system:controller:service-account-controller': [rule('create', 'core', 'serviceaccounts'), events],
  'system:controller:validatingadmissionpolicy-status-controller': [
    rule(READ, 'admissionregistration.k8s.io', 'validatingadmissionpolicies'),
    rule('get patch update', 'admissionregistration.k8s.io', 'validatingadmissionpolicies/status'),
    events,
  ],
};

/** Who is given a role from the beginning: groups. Controllers have service accounts of their own. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:discovery': ['system:authenticated'],
  'system:basic-user': ['system:authenticated'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:monitoring': ['system:monitoring'],
  'system:service-account-issuer-discovery': ['system:serviceaccounts'],
  'system:cluster-trust-bundle-discovery': ['system:serviceaccounts'],
};

function bootstrap(kind: string, name: string, labels: Readonly<Record<string, string>>, rest: object): AnyObject {
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: {
      name,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
      annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
    },
    ...rest,
  };
}

const role = (name: string, rules: readonly PolicyRule[], labels: Readonly<Record<string, string>> = {}) =>
  bootstrap('ClusterRole', name, labels, { rules });

/** A role whose rules are those of all roles with its label. */
const gathering = (name: string, labels: Readonly<Record<string, string>> = {}) =>
  bootstrap('ClusterRole', name, labels, {
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${AGGREGATE}${name}`]: 'true' } }] },
    rules: null,
  });

/** The ClusterRoles, as they are first made. */
export function bootstrapRoles(): AnyObject[] {
  return [
    ...Object.entries(ROLES).map(([name, rules]) => role(name, rules)),
    role('system:aggregate-to-admin', ADMIN, { [`${AGGREGATE}admin`]: 'true' }),
    role('system:aggregate-to-edit', EDIT, { [`${AGGREGATE}edit`]: 'true' }),
    role('system:aggregate-to-view', VIEW, { [`${AGGREGATE}view`]: 'true' }),
    gathering('admin'),
    gathering('edit', { [`${AGGREGATE}admin`]: 'true' }),
    gathering('view', { [`${AGGREGATE}edit`]: 'true' }),
  ];
}

/** The ClusterRoleBindings, as they are first made. */
export function bootstrapBindings(): AnyObject[] {
  const binding = (name: string, subjects: readonly object[]) =>
    bootstrap(
      'ClusterRoleBinding',
      name,
      {},
      { subjects, roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name } },
    );
  const groups = Object.entries(GROUPS).map(([name, members]) =>
    binding(
      name,
      members.map((member) => ({ kind: 'Group', apiGroup: RBAC_GROUP, name: member })),
    ),
  );
  const controllers = Object.keys(ROLES)
    .filter((name) => name.startsWith('system:controller:'))
    .map((name) => {
      const account = name.slice('system:controller:'.length);
      return binding(name, [{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }]);
    });
  return [...groups, ...controllers];
}
