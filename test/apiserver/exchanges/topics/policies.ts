import { APPLY, del, get, patch, post, put, type Step, TABLE, type Topic, wait } from '../step.ts';

const policies = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const bindings = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings';
const maps = '/api/v1/namespaces/{ns}/configmaps';

const onMaps = {
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': '{ns}' } },
  resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
};
const policy = (name: string, spec: object) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name: `{ns}-${name}` },
  spec: { matchConstraints: onMaps, ...spec },
});
const binding = (name: string, spec: object = {}) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name: `{ns}-${name}` },
  spec: { policyName: `{ns}-${name}`, validationActions: ['Deny'], ...spec },
});
const rule = (expression: string, rest: object = {}) => ({ validations: [{ expression, ...rest }] });
const map = (name: string, data: object = {}, metadata: object = {}) => ({ metadata: { name, ...metadata }, data });
const named = (name: string) => `object.metadata.name == '${name}'`;

/** Policies that are refused, each for another reason. */
const refused: readonly Step[] = [
  post(policies, policy('r', {})),
  post(policies, policy('r', rule(''))),
  post(policies, policy('r', rule('object.'))),
  post(policies, policy('r', rule('object.a.b'))),
  post(policies, policy('r', rule('"text"'))),
  post(policies, policy('r', rule('nothing == 1'))),
  post(policies, policy('r', rule('params.x == 1'))),
  post(policies, policy('r', rule('request.nope == 1'))),
  post(policies, policy('r', rule('namespaceObject.metadata.uid == ""'))),
  post(policies, policy('r', rule('variables.x'))),
  post(policies, policy('r', { ...rule('variables.x'), variables: [{ name: 'x', expression: '1' }] })),
  post(policies, policy('r', { ...rule('variables.y'), variables: [{ name: 'x', expression: '1' }] })),
  post(policies, policy('r', { ...rule('true'), variables: [{ name: 'if', expression: '1 +' }] })),
  post(policies, policy('r', { ...rule('true'), variables: [{ name: 'x', expression: ' ' }] })),
  post(policies, policy('r', rule('true', { message: 'a\nb' }))),
  post(policies, policy('r', rule('true', { message: ' ' }))),
  post(policies, policy('r', rule('true', { messageExpression: '1' }))),
  post(policies, policy('r', rule('true', { messageExpression: ' ' }))),
  post(policies, policy('r', rule('true', { messageExpression: 'authorizer.path("/x").check("get").reason()' }))),
  post(policies, policy('r', rule('true', { reason: 'Bad' }))),
  post(policies, policy('r', { ...rule('true'), failurePolicy: 'Maybe' })),
  post(policies, policy('r', { ...rule('true'), matchConstraints: {} })),
  post(policies, policy('r', { ...rule('true'), matchConstraints: undefined })),
  post(policies, policy('r', { ...rule('true'), matchConstraints: { resourceRules: [{}] } })),
  post(
    policies,
    policy('r', {
      ...rule('true'),
      matchConstraints: {
        matchPolicy: 'Loose',
        objectSelector: {
          matchExpressions: [
            { key: 'a', operator: 'In' },
            { key: '?', operator: 'Is', values: ['x'] },
          ],
        },
        resourceRules: [
          {
            apiGroups: ['*', ''],
            apiVersions: ['*', 'v1'],
            operations: ['*', 'GET'],
            resources: ['*', 'a', 'b/*', 'b/c'],
          },
        ],
      },
    }),
  ),
  post(policies, policy('r', { ...rule('true'), matchConditions: [{ name: 'a b', expression: '1' }] })),
  post(policies, policy('r', { ...rule('true'), matchConditions: [{ name: '', expression: '' }] })),
  post(
    policies,
    policy('r', {
      ...rule('true'),
      matchConditions: [
        { name: 'a', expression: 'true' },
        { name: 'a', expression: 'object.x' },
      ],
    }),
  ),
  post(policies, policy('r', { auditAnnotations: [{ key: 'a b', valueExpression: '1' }] })),
  post(policies, policy('r', { auditAnnotations: [{ key: 'k', valueExpression: '' }] })),
  post(policies, policy('r', { ...rule('true'), paramKind: { apiVersion: 'a/b/c', kind: 'X Y' } })),
  post(policies, policy('r', { ...rule('true'), paramKind: {} })),
  post(bindings, binding('r', { validationActions: [] })),
  post(bindings, binding('r', { validationActions: ['Deny', 'Warn', 'Deny', 'Log'] })),
  post(bindings, binding('r', { policyName: '' })),
  post(bindings, binding('r', { policyName: 'A B' })),
  post(bindings, binding('r', { paramRef: {} })),
  post(bindings, binding('r', { paramRef: { name: 'a/b', selector: {}, parameterNotFoundAction: 'Ask' } })),
  post(bindings, binding('r', { matchResources: { resourceRules: [{ operations: ['READ'] }] } })),
];

/** A policy in force, and what becomes of requests. */
const inForce: readonly Step[] = [
  post(
    policies,
    policy('main', {
      variables: [
        { name: 'size', expression: 'has(object.data) ? object.data.size() : 0' },
        { name: 'broken', expression: 'object.data.none' },
      ],
      matchConditions: [
        { name: 'not-free', expression: "request.operation == 'DELETE' || object.metadata.name != 'free'" },
      ],
      validations: [
        { expression: "request.operation == 'DELETE' || variables.size < 3" },
        {
          expression: "request.operation == 'DELETE' || !object.metadata.name.startsWith('no')",
          message: 'not that name',
          messageExpression: "'the name is ' + object.metadata.name",
          reason: 'Forbidden',
        },
        {
          expression:
            "request.operation != 'UPDATE' || object.data == oldObject.data || 'open' in oldObject.metadata.labels",
          message: 'data stays',
        },
        {
          expression: "request.operation != 'DELETE' || oldObject.metadata.name != 'kept'",
          message: 'kept',
          reason: 'RequestEntityTooLarge',
        },
        { expression: "request.operation == 'DELETE' || object.metadata.name != 'broken' || variables.broken == 'x'" },
        {
          expression:
            "request.operation == 'DELETE' || object.metadata.name != 'who' || (request.userInfo.username == 'nobody' && request.kind.kind == 'ConfigMap' && request.resource.resource == 'configmaps' && request.namespace == namespaceObject.metadata.name)",
          messageExpression: "request.operation + ' ' + string(request.dryRun) + ' ' + request.requestKind.kind",
        },
        {
          expression:
            "request.operation == 'DELETE' || object.metadata.name != 'may' || authorizer.group('').resource('pods').namespace('x').check('get').allowed()",
          message: 'you may not',
        },
        {
          expression:
            "request.operation == 'DELETE' || object.metadata.name != 'may-not' || authorizer.path('/x').check('get').errored() || authorizer.requestResource.check('nothing').allowed()",
        },
      ],
    }),
  ),
  get(policies.concat('/{ns}-main'), { after: 1500 }),
  get(policies, { accept: TABLE, reduce: 'nothing' }),
  get(`${policies}/{ns}-main`, { accept: TABLE }),
  post(maps, map('big', { a: '1', b: '2', c: '3' })),
  post(bindings, binding('main')),
  get(`${bindings}/{ns}-main`, { accept: TABLE }),
  wait(2500),
  post(maps, map('big', { a: '1', b: '2', c: '3', d: '4' })),
  post(`${maps}?dryRun=All`, map('big', { a: '1', b: '2', c: '3', d: '4' })),
  post(maps, map('no', { a: '1' })),
  post(maps, map('no-and-big', { a: '1', b: '2', c: '3', d: '4' })),
  post(maps, map('free', { a: '1', b: '2', c: '3', d: '4' })),
  post(maps, map('fine', { a: '1' })),
  post(maps, map('kept')),
  post(maps, map('open', { a: '1' }, { labels: { open: 'yes' } })),
  post(maps, map('who')),
  post(`${maps}?dryRun=All`, map('who')),
  post(maps, map('may')),
  post(maps, map('may-not')),
  post(maps, map('broken', { a: '1' })),
  post(maps, map('broken-not')),
  post(maps, { metadata: { generateName: 'no-gen.' }, data: {} }),
  put(`${maps}/fine`, map('fine', { a: '2' })),
  patch(`${maps}/fine`, { data: { a: '3' } }),
  patch(`${maps}/fine`, { metadata: { labels: { a: 'b' } } }),
  patch(`${maps}/open`, { data: { a: '3' } }),
  patch(`${maps}/none?fieldManager=m`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'none' } }, APPLY),
  patch(`${maps}/fine?fieldManager=m`, { apiVersion: 'v1', kind: 'ConfigMap', data: { c: '3' } }, APPLY),
  del(`${maps}/kept`),
  del(`${maps}/kept?dryRun=All`),
  del(`${maps}/fine`),
  post(maps, map('elsewhere'), { path: '/api/v1/namespaces/default/configmaps?dryRun=All' }),
];

/** Other actions, parameters, narrower bindings. */
const variants: readonly Step[] = [
  patch(`${bindings}/{ns}-main`, { spec: { validationActions: ['Warn', 'Audit'] } }),
  wait(2500),
  post(maps, map('no-warned', { a: '1', b: '2', c: '3', d: '4' })),
  patch(`${bindings}/{ns}-main`, {
    spec: { validationActions: ['Deny'], matchResources: { objectSelector: { matchLabels: { strict: 'yes' } } } },
  }),
  get(`${bindings}/{ns}-main`),
  wait(2500),
  post(maps, map('no-loose')),
  post(maps, map('no-strict', {}, { labels: { strict: 'yes' } })),
  del(`${bindings}/{ns}-main`),
  post(
    policies,
    policy('param', {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'c', expression: "object.metadata.name.startsWith('p')" }],
      validations: [
        {
          expression: 'size(object.data) <= int(params.data.most)',
          messageExpression: "'at most ' + params.data.most",
        },
      ],
      matchConstraints: {
        ...onMaps,
        resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }],
      },
    }),
  ),
  post(maps, map('limits', { most: '1' })),
  post(bindings, binding('param', { paramRef: { name: 'limits', parameterNotFoundAction: 'Deny' } })),
  get(`${bindings}/{ns}-param`, { accept: TABLE }),
  get(`${policies}/{ns}-param`, { accept: TABLE }),
  wait(2500),
  post(maps, map('p1', { a: '1', b: '2' })),
  post(maps, map('p2', { a: '1' })),
  patch(`${bindings}/{ns}-param`, { spec: { paramRef: { name: 'gone' } } }),
  wait(2500),
  post(maps, map('p3', { a: '1' })),
  patch(`${bindings}/{ns}-param`, { spec: { paramRef: { parameterNotFoundAction: 'Allow' } } }),
  wait(2500),
  post(maps, map('p4', { a: '1', b: '2' })),
  del(`${bindings}/{ns}-param`),
  post(
    policies,
    policy('wrong', { ...rule(named('w'), {}), paramKind: { apiVersion: 'x.example.com/v1', kind: 'None' } }),
  ),
  post(bindings, binding('wrong', { paramRef: { name: 'x', parameterNotFoundAction: 'Deny' } })),
  wait(2500),
  post(maps, map('w')),
  patch(`${policies}/{ns}-wrong`, { spec: { failurePolicy: 'Ignore' } }),
  get(`${policies}/{ns}-wrong`, { after: 2500 }),
  post(maps, map('w')),
  patch(`${policies}/{ns}-wrong/status`, { status: { observedGeneration: 7, conditions: [{ type: 'A' }] } }),
  patch(`${policies}/{ns}-wrong/status`, { status: { observedGeneration: 7 }, spec: { failurePolicy: 'Fail' } }),
  put(`${policies}/{ns}-wrong`, policy('wrong', rule('true'))),
  del(`${bindings}/{ns}-wrong`),
  del(`${policies}/{ns}-wrong`),
  del(`${policies}/{ns}-param`),
  del(`${policies}/{ns}-main`),
  get('/apis/admissionregistration.k8s.io/v1', { reduce: 'resources' }),
];

/** Validating admission policies. */
export const policyTopic: Topic = { name: 'policies', steps: [...refused, ...inForce, ...variants] };
