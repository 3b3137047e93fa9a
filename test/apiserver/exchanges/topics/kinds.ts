import { get, MERGE, patch, post, type Step, type Topic } from '../step.ts';

const inNamespace = (group: string, plural: string) => `${group}/namespaces/{ns}/${plural}`;
const events = inNamespace('/api/v1', 'events');
const newEvents = inNamespace('/apis/events.k8s.io/v1', 'events');
const secrets = inNamespace('/api/v1', 'secrets');
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const admission = '/apis/admissionregistration.k8s.io/v1';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const micro = '2020-01-01T00:00:00.000000Z';
const about = { namespace: '{ns}' };
const legacy = (name: string, rest: object) => ({ metadata: { name }, involvedObject: about, ...rest });
const reported = {
  eventTime: micro,
  reportingController: 'a.b/c',
  reportingInstance: 'b',
  action: 'c',
  reason: 'd',
  type: 'Normal',
  regarding: about,
};
const secret = (type: string, rest: object = {}) => ({ metadata: { name: 's' }, type, ...rest });
const quota = (spec: object) => ({ metadata: { name: 'q' }, spec });
const rules = (rule: object) => ({ metadata: { name: 'r' }, rules: [rule] });
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' };
const policy = (rest: object) => ({
  metadata: { name: '{ns}' },
  spec: {
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
    },
    validations: [{ expression: 'true' }],
    ...rest,
  },
});
const binding = (spec: object) => ({ metadata: { name: '{ns}' }, spec });
const dry = '?dryRun=All';

const schema = (properties: object, rest: object = {}) => [
  { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } }, ...rest },
];
const definition = (spec: object) => ({
  metadata: { name: 'as.{ns}.example.com' },
  spec: {
    group: '{ns}.example.com',
    scope: 'Namespaced',
    names: { plural: 'as', kind: 'A' },
    versions: schema({}),
    ...spec,
  },
});
const rule = (each: object) =>
  definition({ versions: schema({ x: { type: 'string', 'x-kubernetes-validations': [each] } }) });

/** By path, bodies that are looked at closely. Nothing is stored. */
const bodies: Readonly<Record<string, readonly object[]>> = {
  [events]: [
    {},
    { metadata: { name: 'e' } },
    { metadata: { name: 'e' }, involvedObject: { namespace: 'x' } },
    legacy('e', { type: 'Bad' }),
    legacy('e', { count: -1, eventTime: '2020-01-01T00:00:00Z' }),
    legacy('e', { eventTime: micro }),
    legacy('e', { series: { count: 1 }, eventTime: micro, reportingComponent: 'a', type: 'Normal' }),
  ],
  [newEvents]: [
    {},
    { metadata: { name: 'f' } },
    { metadata: { name: 'f' }, ...reported, reportingController: 'A B', action: 'c'.repeat(129), type: 'X' },
    { metadata: { name: 'f' }, ...reported, note: 'n'.repeat(1025) },
    { metadata: { name: 'f' }, ...reported, series: { count: 1, lastObservedTime: micro }, deprecatedCount: 2 },
    { metadata: { name: 'f' }, ...reported },
  ],
  [inNamespace('/apis/coordination.k8s.io/v1', 'leases')]: [
    {},
    { metadata: { name: 'l' }, spec: { leaseDurationSeconds: 0 } },
    { metadata: { name: 'l' }, spec: { leaseTransitions: -1 } },
    { metadata: { name: 'l' }, spec: { holderIdentity: '' } },
    { metadata: { name: 'l' }, spec: { renewTime: '2020-01-01T00:00:00Z' } },
    { metadata: { name: 'l' }, spec: { strategy: 'Bad' } },
    { metadata: { name: 'l' }, spec: { preferredHolder: 'x' } },
  ],
  [secrets]: [
    secret('kubernetes.io/tls'),
    secret('kubernetes.io/basic-auth'),
    secret('kubernetes.io/ssh-auth', { data: { 'ssh-privatekey': '' } }),
    secret('kubernetes.io/dockerconfigjson', { data: { '.dockerconfigjson': 'eA==' } }),
    secret('kubernetes.io/service-account-token'),
    secret('', { data: { 'a b': 'eA==' } }),
    secret('', { data: { a: '!' } }),
    secret('', { stringData: { a: 5 } }),
  ],
  [inNamespace('/api/v1', 'resourcequotas')]: [
    quota({ hard: { pods: 'x' } }),
    quota({ hard: { pods: '-1' } }),
    quota({ hard: { pods: '1.5' } }),
    quota({ hard: { 'a b': '1' } }),
    quota({ hard: { foo: '1' } }),
    quota({ hard: { 'count/foos.example.com': '1500m' } }),
    quota({ scopes: ['Bad'] }),
    quota({ hard: { configmaps: '1', 'requests.cpu': '1500m', 'requests.memory': '1.5Gi' } }),
  ],
  [inNamespace(rbac, 'roles')]: [
    rules({}),
    rules({ verbs: ['get'] }),
    rules({ verbs: ['get'], nonResourceURLs: ['/x'] }),
    { metadata: { name: 'a/b' } },
  ],
  [inNamespace(rbac, 'rolebindings')]: [
    { metadata: { name: 'b' } },
    { metadata: { name: 'b' }, roleRef: { kind: 'Role', name: 'r' } },
    { metadata: { name: 'b' }, roleRef: { kind: 'Foo', name: 'x' } },
    { metadata: { name: 'b' }, roleRef, subjects: [{ kind: 'Foo', name: 'x' }, { kind: 'User' }] },
    { metadata: { name: 'b' }, roleRef, subjects: [{ kind: 'User', name: 'x', apiGroup: 'y' }] },
    { metadata: { name: 'b' }, roleRef, subjects: [{ kind: 'ServiceAccount', name: 'X_', namespace: 'y' }] },
  ],
  [`${admission}/validatingadmissionpolicies`]: [
    { metadata: { name: 'v' } },
    policy({ validations: [] }),
    policy({ validations: [{ expression: 'object.' }] }),
    policy({ validations: [{ expression: '1' }] }),
    policy({ validations: [{ expression: 'zzz' }] }),
    policy({ failurePolicy: 'Bad' }),
    policy({ matchConditions: [{ name: '', expression: 'true' }] }),
    policy({ variables: [{ name: '1a', expression: 'true' }] }),
    policy({ variables: [{ name: 'a', expression: 'variables.b' }] }),
    policy({ auditAnnotations: [{ key: 'a b', valueExpression: '1' }] }),
    policy({ paramKind: { kind: 'X' } }),
    policy({ matchConstraints: {} }),
    policy({ matchConstraints: { resourceRules: [{}] } }),
  ],
  [`${admission}/validatingadmissionpolicybindings`]: [
    binding({}),
    binding({ policyName: 'x', validationActions: ['Bad'] }),
    binding({ policyName: 'x', validationActions: ['Deny', 'Warn'] }),
    binding({ policyName: 'x', validationActions: ['Deny'], paramRef: {} }),
  ],
  [definitions]: [
    { spec: {} },
    definition({ versions: [] }),
    definition({ scope: 'Foo' }),
    definition({ names: { plural: 'as', kind: 'A', shortNames: ['B_'], categories: ['C_'] } }),
    definition({ versions: schema({ x: { type: 'foo' } }) }),
    definition({ versions: schema({ x: {} }) }),
    definition({ versions: schema({ x: { type: 'string', pattern: '(' } }) }),
    definition({ versions: schema({ x: { type: 'string', default: 5 } }) }),
    definition({ versions: schema({ x: { type: 'array' } }) }),
    definition({ versions: schema({ x: { $ref: '#/y' } }) }),
    definition({ versions: schema({ x: { type: 'string', format: 'zzz' } }) }),
    definition({ versions: schema({ metadata: { type: 'object', properties: { labels: { type: 'object' } } } }) }),
    definition({ versions: schema({ apiVersion: { type: 'integer' } }) }),
    definition({
      versions: schema({ x: { type: 'array', 'x-kubernetes-list-type': 'bad', items: { type: 'string' } } }),
    }),
    rule({ rule: 'self.x' }),
    rule({ rule: 'self == 1' }),
    rule({ rule: '' }),
    rule({ rule: 'true', message: ' ' }),
    rule({ rule: 'true', messageExpression: '1' }),
    rule({ rule: 'true', reason: 'Bad' }),
    rule({ rule: 'true', fieldPath: 'x' }),
    definition({ versions: schema({ x: { type: 'object' } }, { selectableFields: [{ jsonPath: '.x' }] }) }),
    definition({ versions: schema({}, { selectableFields: [{ jsonPath: '.y' }] }) }),
    definition({ versions: schema({}, { subresources: { scale: {} } }) }),
    definition({ conversion: { strategy: 'Webhook' } }),
    definition({ conversion: { strategy: 'Bad' } }),
    definition({ conversion: { strategy: 'None', webhook: {} } }),
    definition({ preserveUnknownFields: true }),
    { ...definition({}), status: { x: 1 }, zz: 1 },
  ],
};

const changes: readonly Step[] = [
  post(secrets, { metadata: { name: 'fixed' }, immutable: true, stringData: { a: 'b' } }),
  ...[{ stringData: { a: 'c' } }, { immutable: false }, { type: 'x' }, { metadata: { labels: { a: 'b' } } }].map(
    (body) => patch(`${secrets}/fixed`, body, MERGE),
  ),
  get(`${secrets}?fieldSelector=type%3DOpaque`, { reduce: 'names' }),
  post(inNamespace(rbac, 'rolebindings'), { metadata: { name: 'b' }, roleRef }),
  patch(`${inNamespace(rbac, 'rolebindings')}/b`, { roleRef: { name: 'zz' } }, MERGE),
  post(newEvents, { metadata: { name: 'f' }, ...reported }),
  patch(`${newEvents}/f`, { note: 'm' }, MERGE),
  patch(`${newEvents}/f`, { series: { count: 5, lastObservedTime: '2020-01-01T00:00:01.000000Z' } }, MERGE),
  get(`${newEvents}?fieldSelector=regarding.name%3Dx`, { reduce: 'names' }),
  get(`${events}?fieldSelector=reason%3Dd,type%3DNormal`, { reduce: 'names' }),
  get(`${events}?fieldSelector=foo%3Dx`),
  ...['default', 'kube-system'].map((name) => ({ method: 'DELETE', path: `/api/v1/namespaces/${name}` })),
  ...[
    { metadata: { name: 'Bad_' } },
    { metadata: { name: 'a.b' } },
    { metadata: {} },
    { metadata: { name: 'default' } },
  ].map((body) => post('/api/v1/namespaces', body)),
  patch('/api/v1/namespaces/{ns}/status', { status: { phase: 'Terminating' } }, MERGE),
  patch('/api/v1/namespaces/{ns}/finalize', {}, MERGE),
];

/** What each built-in kind does not take. */
export const kindsTopic: Topic = {
  name: 'kinds',
  steps: [
    ...Object.entries(bodies).flatMap(([path, each]) => each.map((body) => post(`${path}${dry}`, body))),
    ...changes,
  ],
};
