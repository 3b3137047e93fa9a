import { del, get, MERGE, patch, post, put, TABLE, type Topic } from '../step.ts';

const core = '/api/v1/namespaces/{ns}';
const events = '/apis/events.k8s.io/v1/namespaces/{ns}/events';
const leases = '/apis/coordination.k8s.io/v1/namespaces/{ns}/leases';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const roles = `${rbac}/namespaces/{ns}/roles`;
const bindings = `${rbac}/namespaces/{ns}/rolebindings`;
const of = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest });

const secrets = [
  post(`${core}/secrets`, of('s', { stringData: { a: 'b' } })),
  post(`${core}/secrets`, of('both', { stringData: { a: 'b' }, data: { a: 'AA==', c: 'AA==' } })),
  post(`${core}/secrets`, of('s2', { type: 'kubernetes.io/tls' })),
  post(`${core}/secrets`, of('s2', { type: 'kubernetes.io/basic-auth' })),
  post(`${core}/secrets`, of('s2', { type: 'kubernetes.io/ssh-auth' })),
  post(`${core}/secrets`, of('s2', { type: 'kubernetes.io/service-account-token' })),
  post(
    `${core}/secrets`,
    of('s2', { type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': 'x' } }),
  ),
  patch(`${core}/secrets/s`, { type: 'foo' }),
  get(`${core}/secrets`, { accept: TABLE }),
  get(`${core}/secrets?fieldSelector=type%3DOpaque`),
  get(`${core}/secrets?fieldSelector=type!%3DOpaque`),
  post(`${core}/secrets`, of('imm', { immutable: true, data: { a: 'AA==' } })),
  patch(`${core}/secrets/imm`, { data: { b: 'AA==' } }),
  patch(`${core}/secrets/imm`, { immutable: false }),
  patch(`${core}/secrets/imm`, { metadata: { labels: { may: 'change' } } }),
];

const accounts = [
  post(`${core}/serviceaccounts`, of('sa')),
  post(`${core}/serviceaccounts`, of('sa2', { secrets: [{ name: 'x' }], imagePullSecrets: [{ name: 'y' }] })),
  patch(`${core}/serviceaccounts/sa2`, { automountServiceAccountToken: false }),
  get(`${core}/serviceaccounts/sa`, { accept: TABLE }),
];

const about = { kind: 'Foo', name: 'x', namespace: '{ns}' };
const happenings = [
  post(`${core}/events`, of('e1', { involvedObject: about, reason: 'R', message: 'M', type: 'Normal' })),
  post(`${core}/events`, of('e2', { involvedObject: { kind: 'Foo', name: 'x' }, reason: 'R', type: 'Normal' })),
  post(`${core}/events`, of('e3', { eventTime: '2026-01-01T00:00:00.000000Z', involvedObject: about })),
  post(
    events,
    of('e4', {
      eventTime: '2026-01-01T00:00:00.123456Z',
      regarding: about,
      reason: 'R',
      action: 'A',
      note: 'N',
      type: 'Normal',
      reportingController: 'a.b/c',
      reportingInstance: 'i',
    }),
  ),
  post(events, of('e5', { regarding: { kind: 'Foo', name: 'x' } })),
  get(`${core}/events/e4`),
  get(`${events}/e1`),
  get(`${core}/events?fieldSelector=involvedObject.name%3Dx,reason%3DR`),
  get(`${events}?fieldSelector=regarding.name%3Dx`),
  get(`${core}/events?fieldSelector=foo%3Dx`),
  get(`${core}/events?fieldSelector=involvedObject.kind%3DFoo&limit=1`, { accept: TABLE }),
  patch(`${core}/events/e1`, { count: 2, lastTimestamp: '2026-01-01T00:00:00Z' }),
  patch(`${events}/e4`, { note: 'x' }),
  patch(`${events}/e4`, { series: { count: 1 } }),
  patch(`${events}/e4`, { series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' } }),
];

const renewed = '2026-01-01T00:00:00.000000Z';
const renewals = [
  post(leases, of('l', { spec: { holderIdentity: 'me', leaseDurationSeconds: 15, renewTime: renewed } })),
  post(leases, of('l2', { spec: { leaseDurationSeconds: 0, leaseTransitions: -1, preferredHolder: 'x' } })),
  post(leases, of('l2', { spec: { renewTime: '2026-01-01T00:00:00Z' } })),
  post(leases, of('l4', { spec: { renewTime: 'yesterday' } })),
  put(`${leases}/l3`, of('l3', { spec: {} })),
  get(leases, { accept: TABLE }),
];

const rules = [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }];
const permissions = [
  post(roles, of('r:x', { rules })),
  post(roles, of('r2', { rules: [{}, { verbs: ['a'], nonResourceURLs: ['/x'], resources: ['y'] }] })),
  post(
    bindings,
    of('rb', {
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 'sa' },
        { kind: 'Group', name: 'g' },
      ],
    }),
  ),
  post(bindings, of('rb2', { roleRef: { kind: 'Foo', name: '' }, subjects: [{ kind: 'X', name: '' }] })),
  patch(`${bindings}/rb`, { roleRef: { name: 'other' } }),
  get(bindings, { accept: TABLE }),
  get(roles, { accept: TABLE }),
  post(`${rbac}/clusterroles`, of('{ns}-role', { rules: [{ verbs: ['get'], nonResourceURLs: ['/x', '*', 'y'] }] })),
  post(`${rbac}/clusterroles`, of('{ns}-role2', { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] })),
  post(
    `${rbac}/clusterrolebindings`,
    of('{ns}-binding', { roleRef: { kind: 'Role', name: 'r', apiGroup: 'x' }, subjects: [] }),
  ),
  del(`${rbac}/clusterroles/{ns}-role`),
  del(`${rbac}/clusterroles/{ns}-role2`),
];

const empty = [
  get(`${core}/pods`),
  get(`${core}/pods`, { accept: TABLE }),
  get(`${core}/resourcequotas`, { accept: TABLE }),
  patch(`${core}/serviceaccounts/sa`, { metadata: { labels: { 'a.b/c': 'd' } } }, MERGE),
];

export const builtIns: Topic = {
  name: 'built-ins',
  steps: [...secrets, ...accounts, ...happenings, ...renewals, ...permissions, ...empty],
};
