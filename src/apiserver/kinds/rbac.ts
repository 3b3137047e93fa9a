/** rbac.authorization.k8s.io/v1 */
import { kind, labelSelector } from './meta.ts';
import { field, listOf, string, struct } from './type.ts';

const GROUP = 'io.k8s.api.rbac.v1';
const atomicStrings = listOf(string, { listType: 'atomic' });

const policyRule = struct(`${GROUP}.PolicyRule`, 'PolicyRule allows verbs on resources, or on paths.', {
  verbs: field(atomicStrings, 'The verbs; "*" stands for all.', { empty: 'always', required: true }),
  apiGroups: field(atomicStrings, 'The groups of the resources; "" is the core group, "*" stands for all.'),
  resources: field(atomicStrings, 'The resources; "*" stands for all.'),
  resourceNames: field(atomicStrings, 'Only objects of these names; left out: all.'),
  nonResourceURLs: field(atomicStrings, 'Paths that are no resources; a "*" at the end stands for the rest.'),
});

const subject = struct(
  `${GROUP}.Subject`,
  'Subject is a user, a group or a service account.',
  {
    kind: field(string, 'User, Group or ServiceAccount.', { empty: 'always', required: true }),
    apiGroup: field(string, 'The group of the kind: "" for ServiceAccount, else rbac.authorization.k8s.io.'),
    name: field(string, 'Name of the subject.', { empty: 'always', required: true }),
    namespace: field(string, 'Namespace of a service account.'),
  },
  { atomic: true },
);

const roleRef = struct(
  `${GROUP}.RoleRef`,
  'RoleRef names a role.',
  {
    apiGroup: field(string, 'The group of the role.', { empty: 'always' }),
    kind: field(string, 'Role or ClusterRole.', { empty: 'always', required: true }),
    name: field(string, 'Name of the role.', { empty: 'always', required: true }),
  },
  { atomic: true },
);

const rules = field(listOf(policyRule, { listType: 'atomic' }), 'What it allows.', { empty: 'always' });
const subjects = field(listOf(subject, { listType: 'atomic' }), 'Whom it allows it to.');
const reference = field(roleRef, 'Which role is given. It cannot be changed.', { required: true });

export const role = kind(`${GROUP}.Role`, 'Role allows things in one namespace.', { rules });

export const clusterRole = kind(`${GROUP}.ClusterRole`, 'ClusterRole allows things in all namespaces.', {
  rules,
  aggregationRule: field(
    struct(`${GROUP}.AggregationRule`, 'AggregationRule gathers the rules of other cluster roles.', {
      clusterRoleSelectors: field(
        listOf(labelSelector, { listType: 'atomic' }),
        'The cluster roles whose rules are gathered.',
      ),
    }),
    'Gathers the rules of other cluster roles; then rules is filled by the server.',
    { empty: 'pointer' },
  ),
});

export const roleBinding = kind(`${GROUP}.RoleBinding`, 'RoleBinding gives a role to subjects, in one namespace.', {
  subjects,
  roleRef: reference,
});

export const clusterRoleBinding = kind(
  `${GROUP}.ClusterRoleBinding`,
  'ClusterRoleBinding gives a cluster role to subjects, in all namespaces.',
  { subjects, roleRef: reference },
);
