import { get, post, put, type Topic } from '../step.ts';

const maps = '/api/v1/namespaces/{ns}/configmaps';
const authorization = '/apis/authorization.k8s.io/v1';
const authentication = '/apis/authentication.k8s.io/v1';
const as = (name: string, rest: object = {}) => ({ headers: { 'impersonate-user': name, ...rest } });

/** Who may come in, and what they may do. */
export const access: Topic = {
  name: 'access',
  steps: [
    get(maps, { token: 'x' }),
    get(maps, { token: '' }),
    get('/foo', { token: '' }),
    get('/healthz', { token: '' }),
    get('/version', { token: '' }),
    get('/api', { token: '' }),
    get(`${maps}/a`, { token: '' }),
    put(`${maps}/a`, {}, { token: '' }),
    post('/api/v1/namespaces', {}, { token: '' }),
    put('/apis/apps/v1/namespaces/{ns}/deployments/a/status', {}, { token: '' }),
    get(maps, { headers: { authorization: 'Basic YTpi' }, token: '' }),
    get(maps, as('bob')),
    get(maps, { headers: { 'impersonate-group': 'bob' } }),
    get(maps, as('bob', { 'impersonate-group': 'system:masters' })),
    get(maps, as('system:serviceaccount:{ns}:sa')),
    get('/api', as('bob')),
    post(`${authorization}/selfsubjectaccessreviews`, {
      spec: { resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'default' } },
    }),
    post(`${authorization}/selfsubjectaccessreviews`, { spec: {} }),
    post(
      `${authorization}/selfsubjectaccessreviews`,
      { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } },
      as('bob'),
    ),
    post(`${authorization}/subjectaccessreviews`, {
      spec: { user: 'bob', nonResourceAttributes: { path: '/healthz', verb: 'get' } },
    }),
    post(`${authorization}/subjectaccessreviews`, { spec: { resourceAttributes: { verb: 'get' } } }),
    post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
      spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods', namespace: '{ns}' } },
    }),
    post(`${authorization}/namespaces/{ns}/localsubjectaccessreviews`, {
      spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods', namespace: 'other' } },
    }),
    post(`${authorization}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } }, as('bob')),
    post(`${authorization}/selfsubjectrulesreviews`, { spec: {} }),
    post(`${authentication}/selfsubjectreviews`, {}),
    post(`${authentication}/selfsubjectreviews`, {}, as('bob', { 'impersonate-extra-a': 'b' })),
    post(`${authentication}/tokenreviews`, { spec: { token: 'devtoken' } }),
    post(`${authentication}/tokenreviews`, { spec: { token: 'n' } }),
    post(`${authentication}/tokenreviews`, { spec: {} }),
    get(`${authorization}/selfsubjectaccessreviews`),
    get(authorization),
    get(authentication),
    // A role that is bound, and one that is not.
    post('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles', {
      metadata: { name: 'reader' },
      rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['configmaps'] }],
    }),
    post('/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings', {
      metadata: { name: 'readers' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'User', name: '{ns}-alice' }],
    }),
    get(`${maps}?fieldSelector=metadata.name%3Dx`, { ...as('{ns}-alice'), after: 1000 }),
    get('/api/v1/configmaps', as('{ns}-alice')),
    post(maps, { metadata: { name: 'x' } }, as('{ns}-alice')),
    get('/api/v1/namespaces/{ns}/secrets/x', as('{ns}-alice')),
    post(
      '/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles',
      { metadata: { name: 'more' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
      as('{ns}-alice'),
    ),
  ],
};
