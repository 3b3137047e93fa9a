import { del, get, MERGE, patch, post, TABLE, type Topic, wait } from '../step.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const shapes = `/apis/${group}/v1/namespaces/{ns}/shapes`;

const paths: readonly (readonly [type: string, jsonPath: string])[] = [
  ['string', '.spec.text'],
  ['integer', '.spec.text'],
  ['string', '.spec.whole'],
  ['integer', '.spec.whole'],
  ['integer', '.spec.real'],
  ['number', '.spec.real'],
  ['number', '.spec.whole'],
  ['string', '.spec.real'],
  ['boolean', '.spec.yes'],
  ['string', '.spec.yes'],
  ['boolean', '.spec.text'],
  ['string', '.spec.list'],
  ['string', '.spec.list[0]'],
  ['string', '.spec.list[-1]'],
  ['string', '.spec.list[*]'],
  ['string', '.spec.list[7]'],
  ['string', '.spec.list[0:2]'],
  ['string', '.spec.map'],
  ['string', '.spec.map.a'],
  ['string', '.spec.map.none'],
  ['string', '.spec.nothing'],
  ['string', ".spec.map['b.c/d']"],
  ['string', '.spec.map.b\\.c/d'],
  ['string', '.spec.items[?(@.name=="two")].value'],
  ['string', '.spec.items[?(@.value>1)].name'],
  ['integer', '.spec.items[?(@.name=="two")].value'],
  ['string', '.spec.items[*].name'],
  ['string', '.spec..name'],
  ['date', '.spec.text'],
  ['date', '.spec.whole'],
  ['string', '.spec.null'],
  ['string', '.metadata.labels.app'],
  ['integer', '.spec.large'],
  ['string', '.spec.large'],
  ['string', '.metadata.name'],
];

const shape = (name: string, spec: unknown) => ({
  apiVersion: `${group}/v1`,
  kind: 'Shape',
  metadata: { name, labels: { app: name } },
  spec,
});

/** Columns that a definition cannot have. */
const bad: Readonly<Record<string, object>> = {
  noname: { name: '', type: 'string', jsonPath: '.spec.a' },
  notype: { name: 'A', jsonPath: '.spec.a' },
  badtype: { name: 'A', type: 'object', jsonPath: '.spec.a' },
  badformat: { name: 'A', type: 'string', format: 'neverheard', jsonPath: '.spec.a' },
  nopath: { name: 'A', type: 'string' },
  badpath: { name: 'A', type: 'string', jsonPath: 'spec.a' },
  openpath: { name: 'A', type: 'string', jsonPath: '.spec.a[' },
};

const withColumn = (name: string, column: object) => ({
  metadata: { name: `${name}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: name, kind: name.charAt(0).toUpperCase() + name.slice(1) },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        additionalPrinterColumns: [column],
        schema: { openAPIV3Schema: { type: 'object' } },
      },
    ],
  },
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const subjects = [
  { kind: 'User', name: 'ann' },
  { kind: 'Group', name: 'g' },
  { kind: 'ServiceAccount', name: 's', namespace: 'default' },
];
const policies = '/apis/admissionregistration.k8s.io/v1';

/** One of each built-in kind, with what its columns show. */
const builtIns: readonly (readonly [path: string, body: object])[] = [
  ['/api/v1/namespaces/{ns}/configmaps', { metadata: { name: 'c' }, data: { a: '1' }, binaryData: { b: 'AA==' } }],
  ['/api/v1/namespaces/{ns}/secrets', { metadata: { name: 's' }, stringData: { a: '1', b: '2' } }],
  ['/api/v1/namespaces/{ns}/serviceaccounts', { metadata: { name: 's' }, secrets: [{ name: 'x' }] }],
  [
    '/api/v1/namespaces/{ns}/resourcequotas',
    { metadata: { name: 'q' }, spec: { hard: { 'count/foos.example.com': '5' } } },
  ],
  [
    '/api/v1/namespaces/{ns}/events',
    {
      metadata: { name: 'e' },
      involvedObject: { kind: 'Foo', name: 'x', namespace: '{ns}' },
      reason: 'Why',
      message: ' two\nlines ',
      type: 'Warning',
      count: 3,
      source: { component: 'c', host: 'h' },
    },
  ],
  ['/apis/coordination.k8s.io/v1/namespaces/{ns}/leases', { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } }],
  [
    `${rbac}/namespaces/{ns}/roles`,
    { metadata: { name: 'r' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] },
  ],
  [`${rbac}/namespaces/{ns}/rolebindings`, { metadata: { name: 'b' }, roleRef, subjects }],
  [`${rbac}/clusterroles`, { metadata: { name: '{ns}' }, rules: [] }],
  [`${rbac}/clusterrolebindings`, { metadata: { name: '{ns}' }, roleRef, subjects }],
  [
    `${policies}/validatingadmissionpolicies`,
    {
      metadata: { name: '{ns}' },
      spec: {
        paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
        matchConstraints: {
          resourceRules: [{ apiGroups: ['x'], apiVersions: ['v1'], resources: ['y'], operations: ['*'] }],
        },
        validations: [{ expression: 'true' }],
      },
    },
  ],
  [
    `${policies}/validatingadmissionpolicybindings`,
    {
      metadata: { name: '{ns}' },
      spec: {
        policyName: '{ns}',
        paramRef: { name: 'p', parameterNotFoundAction: 'Allow' },
        validationActions: ['Audit'],
      },
    },
  ],
];

/** What a table shows of values of every kind, at paths of every kind. */
export const columns: Topic = {
  name: 'columns',
  steps: [
    post(definitions, {
      metadata: { name: `shapes.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'shapes', kind: 'Shape' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            additionalPrinterColumns: paths.map(([type, jsonPath], index) => ({ name: `C${index}`, type, jsonPath })),
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }),
    wait(5000),
    post(
      shapes,
      shape('full', {
        text: 'a "quoted" <text>',
        whole: 7,
        real: 2.5,
        yes: true,
        list: ['x', 'y', { z: 1 }],
        map: { a: 'b', 'b.c/d': 'e' },
        items: [
          { name: 'one', value: 1 },
          { name: 'two', value: 2 },
        ],
        null: null,
        large: 9007199254740992,
      }),
    ),
    post(
      shapes,
      shape('odd', { text: '', whole: 0, real: 1e21, yes: false, list: [], map: {}, items: 'none', large: 1e9 }),
    ),
    post(
      shapes,
      shape('wrong', {
        text: ['t'],
        whole: '7',
        real: -0.000001,
        yes: 'true',
        list: 'text',
        map: 'text',
        items: [1, null],
      }),
    ),
    post(shapes, shape('bare', 'text')),
    post(shapes, { ...shape('empty', undefined) }),
    get(shapes, { accept: TABLE }),
    get(`${shapes}/full`, { accept: TABLE }),
    ...['odd', 'wrong', 'bare', 'empty'].map((name) => get(`${shapes}/${name}`, { accept: TABLE })),
    get(`${shapes}/full`, { accept: TABLE.replace('v=v1;', 'v=v1beta1;') }),
    get(`${shapes}?includeObject=None`, { accept: TABLE }),
    get(`${shapes}?includeObject=Object&limit=1`, { accept: TABLE }),
    get(`${shapes}?includeObject=metadata`, { accept: TABLE }),
    get(`${shapes}/full?includeObject=None`, { accept: TABLE }),
    get(`${shapes}?labelSelector=app%3Dodd`, { accept: TABLE }),
    get(`${shapes}?labelSelector=app%3Dnobody`, { accept: TABLE }),
    get(`${shapes}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dodd`, { accept: TABLE }),
    get(`${shapes}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Dodd&includeObject=None`, {
      accept: TABLE,
    }),
    get(`${shapes}?watch=true&timeoutSeconds=1&includeObject=x`, { accept: TABLE }),
    get(`${shapes}/nobody`, { accept: TABLE }),
    post(shapes, shape('made', {}), { accept: TABLE }),
    patch(`${shapes}/made`, { spec: { text: 'now' } }, MERGE, { accept: TABLE }),
    del(`${shapes}/made`, undefined, { accept: TABLE }),
    ...Object.entries(bad).map(([name, column]) => post(definitions, withColumn(name, column))),
    ...builtIns.flatMap(([path, body]) => [
      post(path, body, { accept: TABLE }),
      get(path, { accept: TABLE, live: true, reduce: 'columns' }),
    ]),
    ...builtIns.map(([path, body]) =>
      del(`${path}/${(body as { metadata: { name: string } }).metadata.name}`, undefined, { racing: true }),
    ),
    del(`${definitions}/shapes.${group}`, undefined, { racing: true }),
  ],
};
