import { get, post, type Step, type Topic } from '../step.ts';

const access = '/apis/authorization.k8s.io/v1';
const authentication = '/apis/authentication.k8s.io/v1';
const token = '/api/v1/namespaces/{ns}/serviceaccounts/default/token';
const attributes = { verb: 'get', resource: 'pods' };

/** Questions about access, most of them ill put. */
const specs: readonly object[] = [
  {},
  { spec: {} },
  { spec: { resourceAttributes: {}, nonResourceAttributes: {} } },
  { spec: { resourceAttributes: attributes } },
  { spec: { resourceAttributes: { ...attributes, namespace: '{ns}' } } },
  { spec: { nonResourceAttributes: { path: '/x', verb: 'get' } } },
  { metadata: { name: 'x' }, spec: { resourceAttributes: attributes } },
  { metadata: { namespace: 'x' }, spec: { resourceAttributes: attributes } },
  { metadata: { labels: { a: 'b' } }, spec: { resourceAttributes: attributes } },
  {
    spec: {
      resourceAttributes: {
        labelSelector: { rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] },
      },
    },
  },
  { spec: { resourceAttributes: { labelSelector: {} } } },
  { spec: { resourceAttributes: { fieldSelector: { rawSelector: 'a==' } } } },
  { spec: { user: 'x' } },
  { spec: { user: 'x', resourceAttributes: { ...attributes, namespace: '{ns}' } } },
  { spec: { groups: ['g'], resourceAttributes: { verb: '*', resource: '*', group: '*' } } },
  { spec: { user: 'x', groups: ['system:masters'], resourceAttributes: { verb: 'get' } } },
  { spec: { user: 5 } },
];

const kinds = ['selfsubjectaccessreviews', 'subjectaccessreviews', 'namespaces/{ns}/localsubjectaccessreviews'];

const as = (headers: Readonly<Record<string, string>>): Partial<Step> => ({ headers });
const impersonations: readonly Readonly<Record<string, string>>[] = [
  { 'impersonate-user': 'ann' },
  { 'impersonate-user': 'ann', 'impersonate-group': 'g' },
  { 'impersonate-user': 'ann', 'impersonate-group': 'system:masters' },
  { 'impersonate-user': 'ann', 'impersonate-uid': 'u' },
  { 'impersonate-user': 'ann', 'impersonate-extra-a': 'b' },
  { 'impersonate-user': 'system:anonymous' },
  { 'impersonate-user': 'system:serviceaccount:default:default' },
  { 'impersonate-user': 'system:serviceaccount:bad' },
  { 'impersonate-user': '' },
  { 'impersonate-group': 'g' },
  { 'impersonate-uid': 'u' },
];

/** Tokens are made by the server with its key, not by the one in memory. */
const live = { live: true } as const;
const eve = { 'impersonate-user': 'eve' };

/** Who am I, may I, who is that. */
export const questions: Topic = {
  name: 'questions',
  steps: [
    ...kinds.flatMap((kind) => specs.map((body) => post(`${access}/${kind}`, body))),
    ...impersonations.map((headers) => post(`${authentication}/selfsubjectreviews`, {}, { ...as(headers) })),
    post(`${access}/selfsubjectaccessreviews`, { spec: { resourceAttributes: attributes } }, as(eve)),
    post(`${access}/subjectaccessreviews`, { spec: { user: 'x', resourceAttributes: attributes } }, as(eve)),
    post(`${access}/selfsubjectrulesreviews`, {}, as(eve)),
    post(`${access}/selfsubjectrulesreviews`, { spec: { namespace: '' } }, as(eve)),
    ...[{}, { spec: {} }, { spec: { token: 'x' } }].map((body) => post(`${authentication}/tokenreviews`, body)),
    get(`${authentication}/tokenreviews`),
    get(`${authentication}/tokenreviews/x`),
    { method: 'PUT', path: `${authentication}/tokenreviews/x`, body: {} },
    { method: 'DELETE', path: `${access}/selfsubjectaccessreviews` },
    post(token, { spec: { expirationSeconds: 1 } }, live),
    post(token, { spec: { expirationSeconds: 2 ** 33 } }, live),
    post(token, { spec: { boundObjectRef: { kind: 'Pod', name: 'x' } } }, live),
    post(token, { spec: { boundObjectRef: { kind: 'Foo', name: 'x' } } }, live),
    post(token, { spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'x' } } }, live),
    post(token, { metadata: { name: 'other' } }, live),
    get(token, live),
    ...['/api/v1/namespaces/{ns}/configmaps', '/api/v1/namespaces', '/api/v1/nodes', '/metrics', '/nope'].flatMap(
      (path) => [get(path, as(eve)), get(path, { token: '' }), get(path, { token: 'wrong' })],
    ),
    ...['POST', 'PUT', 'PATCH', 'DELETE'].map((method) => ({
      method,
      path: `/api/v1/namespaces/{ns}/configmaps${method === 'POST' ? '' : '/x'}`,
      body: {},
      ...as(eve),
    })),
    ...escalations(),
  ],
};

/** Who may make roles gives away no more than what they have. */
function escalations(): Step[] {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const roles = `${rbac}/namespaces/{ns}/roles`;
  const rule = (resource: string, group = 'rbac.authorization.k8s.io') => ({
    verbs: ['create', 'get'],
    apiGroups: [group],
    resources: [resource],
  });
  const make = (path: string, body: object) => post(path, body, { headers: { 'impersonate-user': '{ns}' } });
  const bind = (name: string, kind: string, role: string) => ({
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
    subjects: [{ kind: 'User', name: 'bob', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  return [
    post(`${rbac}/clusterroles`, {
      metadata: { name: '{ns}' },
      rules: [rule('roles'), rule('rolebindings'), rule('clusterroles'), rule('clusterrolebindings')],
    }),
    post(`${rbac}/clusterrolebindings`, {
      ...bind('{ns}', 'ClusterRole', '{ns}'),
      subjects: [{ kind: 'User', name: '{ns}', apiGroup: 'rbac.authorization.k8s.io' }],
    }),
    { path: '/healthz', after: 1000, racing: true },
    make(roles, { metadata: { name: 'more' }, rules: [rule('secrets', '')] }),
    make(roles, { metadata: { name: 'same' }, rules: [rule('roles')] }),
    make(`${rbac}/clusterroles`, { metadata: { name: 'x' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] }),
    make(`${rbac}/clusterroles`, {
      metadata: { name: 'x' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    }),
    make(`${rbac}/namespaces/{ns}/rolebindings`, bind('a', 'ClusterRole', 'system:auth-delegator')),
    make(`${rbac}/namespaces/{ns}/rolebindings`, bind('b', 'Role', 'nope')),
    make(`${rbac}/namespaces/{ns}/rolebindings`, bind('c', 'Role', 'same')),
    make(`${rbac}/clusterrolebindings`, bind('d', 'ClusterRole', 'cluster-admin')),
    { method: 'DELETE', path: `${rbac}/clusterroles/{ns}`, racing: true },
    { method: 'DELETE', path: `${rbac}/clusterrolebindings/{ns}`, racing: true },
  ];
}
