import type { Random } from '../../../src/base/random.ts';
import type { Asked } from '../support/exchange.ts';
import { widget, widgetDefinition } from '../support/in-memory.ts';

type Draw = Pick<Random, 'next'>;

const pick = <T>(random: Draw, of: readonly T[]): T => of[Math.floor(random.next() * of.length)]!;
const chance = (random: Draw, probability: number) => random.next() < probability;
const whole = (random: Draw, below: number) => Math.floor(random.next() * below);

const NAMES = [
  'a',
  'default',
  'kube-system',
  'A',
  '',
  '..',
  '%2e%2e',
  '%00',
  '__proto__',
  'constructor',
  'é',
  'x'.repeat(300),
  'a:b',
  '%zz',
  'toString',
];
const ROOTS = [
  '/api/v1/namespaces/NS/configmaps',
  '/api/v1/namespaces/NS/secrets',
  '/api/v1/namespaces/NS/serviceaccounts',
  '/api/v1/namespaces/NS/events',
  '/api/v1/namespaces/NS/resourcequotas',
  '/api/v1/namespaces',
  '/api/v1/configmaps',
  '/apis/events.k8s.io/v1/namespaces/NS/events',
  '/apis/coordination.k8s.io/v1/namespaces/NS/leases',
  '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/rolebindings',
  '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
  '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
  '/apis/authentication.k8s.io/v1/tokenreviews',
  '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  '/apis/t.example.com/v1/namespaces/NS/widgets',
  '/apis/t.example.com/v1/widgets',
];
const OTHERS = [
  '/',
  '/api',
  '/apis',
  '/apis/t.example.com',
  '/apis/t.example.com/v1',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/api/v1',
  '/version',
  '/healthz',
  '/livez/ping',
  '/readyz',
  '/metrics',
  '/api/v1',
  '/__proto__',
  '/apis/__proto__/v1/x',
  '//',
  '/api//v1',
  '*',
];
const TAILS = [
  ...Array(6).fill(''),
  ...Array(9).fill('/NAME'),
  '/NAME/status',
  '/NAME/status',
  '/NAME/scale',
  '/NAME/finalize',
  '/NAME/token',
  '/NAME/a/b',
];
const METHODS = [
  'GET',
  'GET',
  'POST',
  'POST',
  'PUT',
  'PATCH',
  'PATCH',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
  'CONNECT',
  'BREW',
];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  labelSelector: [
    'a=b',
    'a in (b,c)',
    '!a',
    'a>1',
    'a in (',
    '((((',
    ',,,',
    'a==b==c',
    '__proto__=x',
    `a in (${'x,'.repeat(2000)}y)`,
    '%',
    'a=\u0000',
  ],
  fieldSelector: [
    'metadata.name=a',
    'metadata.name!=a',
    'spec.zone=x',
    '__proto__=a',
    'metadata.name',
    '=',
    'a\\',
    'constructor.name=Object',
    'metadata.name=a,'.repeat(200),
  ],
  limit: ['1', '0', '-1', '99999999999999999999', 'x', '1.5', ' 1'],
  continue: ['x', 'eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0', 'e30', 'bnVsbA', 'W10', '%%%'],
  resourceVersion: ['0', '1', '-1', 'x', '99999999999999999999', '', '1e3'],
  resourceVersionMatch: ['Exact', 'NotOlderThan', 'x', ''],
  watch: ['1', 'true', '0', 'x'],
  allowWatchBookmarks: ['true', 'x'],
  sendInitialEvents: ['true', 'false', 'x'],
  timeoutSeconds: ['1', '0', '-5', 'x', '999999999999'],
  timeout: ['1s', 'x', '-1s', '1h1m'],
  dryRun: ['All', 'x', ''],
  fieldManager: ['m', '', 'x'.repeat(200), '\u0007'],
  fieldValidation: ['Strict', 'Warn', 'Ignore', 'x'],
  force: ['true', 'x'],
  propagationPolicy: ['Foreground', 'Orphan', 'x'],
  gracePeriodSeconds: ['0', '-1', 'x'],
  orphanDependents: ['true', 'x'],
  pretty: ['true', 'x'],
  includeObject: ['Object', 'None', 'x'],
  __proto__: ['x'],
  constructor: ['x'],
};
const ACCEPTS = [
  'application/json',
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  '*/*',
  'text/html',
  ';;;',
  'application/json;as=;v=;g=',
  'x'.repeat(1000),
  '',
];
const TYPES = [
  'application/json',
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/merge-patch+json',
  'application/json-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'application/apply-patch+cbor',
  'text/plain',
  '',
  ';',
];

/** A method that the path takes, more often than not. */
function fitting(random: Draw, path: string): string {
  const isCollection = ROOTS.some((root) => root.split('/').at(-1) === path.split('/').at(-1));
  return isCollection
    ? pick(random, ['GET', 'POST', 'POST', 'POST', 'DELETE'])
    : pick(random, ['GET', 'PUT', 'PATCH', 'PATCH', 'PATCH', 'DELETE']);
}

/** One request of the HTTP surface: mostly nearly right, as only such requests get far. */
export function drawRequest(random: Draw): Asked {
  const name = chance(random, 0.8) ? pick(random, ['a', 'b', 'w']) : pick(random, NAMES);
  const root = pick(random, ROOTS).replace('NS', chance(random, 0.85) ? 'default' : pick(random, NAMES));
  const path = chance(random, 0.1) ? pick(random, OTHERS) : root + pick(random, TAILS).replace('NAME', name);
  const method = chance(random, 0.85) ? fitting(random, path) : pick(random, METHODS);
  const headers: Record<string, string> = {
    accept: pick(random, ACCEPTS.slice(0, chance(random, 0.7) ? 3 : undefined)),
  };
  if (chance(random, 0.03))
    headers['impersonate-user'] = pick(random, ['nobody', '', '__proto__', 'system:serviceaccount:a:b']);
  if (chance(random, 0.02)) headers['impersonate-group'] = pick(random, ['x', '']);
  if (chance(random, 0.02))
    headers['authorization'] = pick(random, ['Bearer', 'Bearer x', 'Basic x', '', 'Bearer __proto__']);
  const reads = method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
  if (reads) return { method, url: path + queryOf(random), headers };
  const type = method === 'PATCH' ? pick(random, TYPES.slice(4, 8)) : pick(random, TYPES.slice(0, 3));
  headers['content-type'] = chance(random, 0.9) ? type : pick(random, TYPES);
  return { method, url: path + queryOf(random), headers, body: bodyOf(random, path, name, headers['content-type']) };
}

function queryOf(random: Draw): string {
  if (chance(random, 0.5)) return '';
  const keys = Object.keys(VALUES);
  const parts = Array.from({ length: 1 + whole(random, 4) }, () => {
    const key = pick(random, keys);
    const value = pick(random, VALUES[key]!);
    return `${key}=${chance(random, 0.9) ? encodeURIComponent(value) : value}`;
  });
  return `?${parts.join('&')}`;
}

function bodyOf(random: Draw, path: string, name: string, type: string): string | Buffer {
  const roll = random.next();
  if (roll < 0.03) return '';
  if (roll < 0.06) return garbage(random);
  if (type === 'application/vnd.kubernetes.protobuf') return protobuf(random);
  if (type === 'application/json-patch+json') return JSON.stringify(jsonPatch(random));
  const object = mutated(random, baseOf(random, path, name), 0);
  if (roll < 0.1) return nested(random);
  if (roll < 0.13) return pick(random, YAMLS);
  const text = JSON.stringify(object);
  if (roll < 0.17) return text.slice(0, whole(random, text.length));
  // JSON.stringify cannot say these.
  return text
    .replaceAll('"@proto"', '"__proto__"')
    .replaceAll('"@huge"', pick(random, ['1e999', '-0', '1E-400', '123456789012345678901234567890']));
}

const YAMLS = [
  'a: &a [x, *a]\n',
  `a: &a {b: c}\n${Array.from({ length: 30 }, (_, i) => `k${i}: [*a, *a, *a]`).join('\n')}\n`,
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c]\n',
  '<<: *x\n',
  '? [a, b]\n: c\n',
  '!!js/function "x"\n',
  'metadata: {name: yes}\ndata: {a: on, b: 0o17, c: 1:30}\n',
  '--- \n--- \n...',
  `${'- '.repeat(5000)}x\n`,
  `${'['.repeat(20_000)}\n`,
  '__proto__: {polluted: true}\nmetadata: {name: a}\n',
];

function baseOf(random: Draw, path: string, name: string): object {
  const shown = chance(random, 0.8) && /^[a-z]+$/.test(name) ? name : pick(random, ['a', 'b', 'w']);
  const metadata = { name: shown, labels: { a: 'b' }, annotations: { c: 'd' } };
  if (path.includes('customresourcedefinitions'))
    return { ...widgetDefinition(), ...(chance(random, 0.3) && { metadata: { name: shown } }) };
  if (path.includes('t.example.com')) {
    if (path.endsWith('/scale'))
      return { kind: 'Scale', apiVersion: 'autoscaling/v1', metadata, spec: { replicas: whole(random, 5) } };
    return { ...widget(shown, { zone: 'z', cpu: whole(random, 9) }), status: { replicas: 1 } };
  }
  if (path.includes('reviews'))
    return { spec: { resourceAttributes: { verb: 'get', resource: 'x' }, token: 'x', namespace: 'default' } };
  if (path.includes('events'))
    return { metadata, involvedObject: { name: 'a', kind: 'X' }, reason: 'R', message: 'm', type: 'Normal' };
  if (path.includes('leases'))
    return { metadata, spec: { holderIdentity: 'x', renewTime: '2026-01-01T00:00:00.000000Z' } };
  if (path.includes('role'))
    return {
      metadata,
      rules: [{ verbs: ['*'], resources: ['*'], apiGroups: ['*'] }],
      roleRef: { kind: 'Role', name: 'x', apiGroup: 'rbac.authorization.k8s.io' },
    };
  if (path.includes('policies'))
    return {
      metadata,
      spec: {
        validations: [
          { expression: pick(random, ['true', 'object.x == 1', '(((', 'a.b.c', '[1].all(x, x.matches("(a+)+$"))']) },
        ],
        matchConstraints: { resourceRules: [] },
      },
    };
  return { metadata, data: { k: 'dmFsdWU=' }, ...(chance(random, 0.2) && { immutable: true }) };
}

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e21,
  '',
  'x',
  [],
  {},
  [null],
  { '@proto': 1 },
  '@huge',
  'x'.repeat(5000),
  '\u0000',
  '\ud800',
  ['a', 'a'],
  { $patch: 'delete' },
  { $retainKeys: ['x'] },
  '2026-13-40T99:99:99Z',
  '(a+)+$',
  { 'k8s.io/x': [] },
];
const KEYS = [
  '@proto',
  'constructor',
  'prototype',
  'hasOwnProperty',
  'metadata',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'resourceVersion',
  'uid',
  'generateName',
  'deletionTimestamp',
  'x-kubernetes-validations',
  '$patch',
  '$setElementOrder/x',
  'toString',
  '',
  '\u0000',
];

/** The object with a few of its parts replaced, removed or added. */
function mutated(random: Draw, value: unknown, depth: number): unknown {
  if (chance(random, depth === 0 ? 0.01 : 0.06)) return pick(random, ODD);
  if (Array.isArray(value)) {
    const items = value.map((item) => mutated(random, item, depth + 1));
    return chance(random, 0.05) ? [...items, ...items] : items;
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value)
    .filter(() => !chance(random, 0.02))
    .map(([key, item]) => [chance(random, 0.01) ? pick(random, KEYS) : key, mutated(random, item, depth + 1)] as const);
  if (chance(random, 0.06)) entries.push([pick(random, KEYS), pick(random, ODD)]);
  return Object.fromEntries(entries);
}

function jsonPatch(random: Draw): unknown {
  const paths = [
    '/metadata/labels/a',
    '/data/k',
    '/spec/zone',
    '/metadata/finalizers/-',
    '/',
    '',
    '/a~2',
    '/__proto__/x',
    '/constructor/prototype/x',
    '/metadata/name',
    '/data/0',
    '/spec/-1',
    '/metadata/managedFields',
    `/${'a/'.repeat(500)}`,
  ];
  return Array.from({ length: whole(random, 4) }, () =>
    mutated(
      random,
      {
        op: pick(random, ['add', 'remove', 'replace', 'move', 'copy', 'test', 'x']),
        path: pick(random, paths),
        from: pick(random, paths),
        value: pick(random, ODD),
      },
      1,
    ),
  );
}

/** Deeper than anything may be. */
function nested(random: Draw): string {
  const depth = pick(random, [50, 999, 1001, 5000, 100_000]);
  const [open, close] = pick(random, [
    ['[', ']'],
    ['{"a":', '}'],
  ] as const);
  return `{"metadata":{"name":"a"},"data":${open.repeat(depth)}1${close.repeat(depth)}}`;
}

function protobuf(random: Draw): Buffer {
  const bytes = garbage(random);
  // runtime.Unknown { typeMeta { apiVersion, kind }, raw }
  const field = (number: number, content: Buffer) =>
    Buffer.concat([Buffer.from([(number << 3) | 2, content.length & 0x7f]), content.subarray(0, 127)]);
  const type = field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from('ConfigMap'))]));
  const meta = field(1, field(1, Buffer.from('a')));
  const raw = field(2, chance(random, 0.5) ? Buffer.concat([meta, bytes.subarray(0, 40)]) : bytes.subarray(0, 100));
  const whole = Buffer.concat([Buffer.from('k8s\0'), type, raw]);
  return chance(random, 0.2) ? whole.subarray(0, Math.floor(random.next() * whole.length)) : whole;
}

function garbage(random: Draw): Buffer {
  return Buffer.from(Array.from({ length: 1 + whole(random, 120) }, () => whole(random, 256)));
}
