import { del, get, post, type Step, type Topic, wait } from '../step.ts';

const V2 = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const BETA = 'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';

const version = (name: string, more: object = {}) => ({
  name,
  served: true,
  storage: name === 'v1',
  schema: {
    openAPIV3Schema: {
      type: 'object',
      description: 'A thing of the discovery.',
      properties: {
        spec: {
          type: 'object',
          required: ['a'],
          properties: {
            a: { type: 'string', pattern: '^a', maxLength: 7, default: 'a', description: 'Text.' },
            b: { type: 'integer', format: 'int32', minimum: 1, maximum: 9, exclusiveMaximum: true, multipleOf: 2 },
            c: { type: 'number', nullable: true },
            d: { type: 'array', items: { type: 'string', format: 'date-time' }, minItems: 1, maxItems: 3 },
            e: { type: 'object', additionalProperties: { type: 'boolean' } },
            f: { 'x-kubernetes-int-or-string': true },
            g: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
            h: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
            i: {
              type: 'array',
              'x-kubernetes-list-type': 'map',
              'x-kubernetes-list-map-keys': ['k'],
              items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
            },
            j: { type: 'string', enum: ['x', 'y'], not: { enum: ['z'] } },
            k: {
              type: 'object',
              oneOf: [{ required: ['l'] }, { required: ['m'] }],
              properties: { l: { type: 'string' }, m: { type: 'string' } },
            },
          },
          'x-kubernetes-validations': [{ rule: "self.a != 'b'", message: 'not b' }],
        },
        status: { type: 'object', properties: { n: { type: 'integer' } } },
      },
    },
  },
  subresources: {
    status: {},
    scale: { specReplicasPath: '.spec.b', statusReplicasPath: '.status.n' },
  },
  selectableFields: [{ jsonPath: '.spec.a' }],
  ...more,
});

const define = (plural: string, kind: string, scope: string, versions: object[]): Step =>
  post(definitions, {
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope, names: { plural, kind, shortNames: [plural.slice(0, 2)], categories: ['some'] }, versions },
  });

const builtins = [
  '/api/v1',
  '/apis/rbac.authorization.k8s.io/v1',
  '/apis/coordination.k8s.io/v1',
  '/apis/apiextensions.k8s.io/v1',
  '/apis/events.k8s.io/v1',
  '/apis/authorization.k8s.io/v1',
  '/apis/authentication.k8s.io/v1',
  '/apis/admissionregistration.k8s.io/v1',
];

/** What there is: /api, /apis, groups, versions, and OpenAPI. */
export const discovery: Topic = {
  name: 'discovery',
  // Depends on what else a cluster serves; some of it still differs.
  live: true,
  steps: [
    define('things', 'Thing', 'Namespaced', [
      version('v1'),
      version('v1beta1', { deprecated: true }),
      version('v2alpha1'),
    ]),
    define('clusters', 'Cluster', 'Cluster', [version('v1', { subresources: undefined })]),
    define('unserved', 'Unserved', 'Cluster', [version('v1'), version('v3', { served: false })]),
    wait(4000),
    get('/api'),
    get('/api/'),
    get('/apis', { reduce: 'groups' }),
    get('/apis/', { reduce: 'groups' }),
    get('/api', { accept: V2, reduce: 'discovered' }),
    get('/apis', { accept: V2, reduce: 'discovered' }),
    get('/apis', { accept: BETA, reduce: 'discovered' }),
    get('/apis', { accept: `${V2},${BETA},application/json`, reduce: 'discovered' }),
    get('/apis', { accept: `application/json,${V2}`, reduce: 'discovered' }),
    get('/apis', { accept: 'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList', reduce: 'groups' }),
    get('/apis', { accept: `${V2};q=0.5,application/json;q=0.9`, reduce: 'discovered' }),
    get('/apis', { accept: 'text/html' }),
    get('/apis', { accept: 'application/yaml', reduce: 'nothing' }),
    ...builtins.map((path) => get(path, { reduce: 'resources' })),
    get(`/apis/${group}`),
    get(`/apis/${group}/`),
    get(`/apis/${group}/v1`, { reduce: 'sorted' }),
    get(`/apis/${group}/v1/`, { reduce: 'sorted' }),
    get(`/apis/${group}/v1beta1`, { reduce: 'sorted' }),
    get(`/apis/${group}/v2alpha1`, { reduce: 'sorted' }),
    get(`/apis/${group}/v3`),
    get(`/apis/${group}/v1`, { accept: V2 }),
    get('/apis/authorization.k8s.io'),
    get('/apis/authentication.k8s.io'),
    get('/apis/coordination.k8s.io/'),
    get('/openapi/v3', { reduce: 'index', live: true }),
    get('/openapi/v3/', { reduce: 'index', live: true }),
    get(`/openapi/v3/apis/${group}/v1`, { reduce: 'custom', live: true }),
    get(`/openapi/v3/apis/${group}/v1beta1`, { reduce: 'custom', live: true }),
    get(`/openapi/v3/apis/${group}/v9`),
    ...['api', 'apis', 'version', 'apis/events.k8s.io'].map((path) => get(`/openapi/v3/${path}`, { live: true })),
    get('/openapi/v3/apis', { reduce: 'custom', live: true }),
    get(`/openapi/v3/apis/${group}`, { reduce: 'nothing' }),
    get(`/openapi/v3/apis/${group}/v1`, {
      accept: 'application/com.github.proto-openapi.spec.v3@v1.0+protobuf',
      reduce: 'nothing',
      live: true,
    }),
    get(`/openapi/v3/apis/${group}/v1?hash=0`, { reduce: 'nothing', live: true }),
    get('/openapi/v2', { reduce: 'custom', live: true }),
    get('/openapi/v2', {
      accept: 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
      reduce: 'nothing',
      live: true,
    }),
    post('/apis', {}, { live: true, reduce: 'groups' }),
    post('/openapi/v3', {}, { live: true, reduce: 'index' }),
    { method: 'HEAD', path: '/apis' },
    { method: 'HEAD', path: '/version' },
    { method: 'HEAD', path: '/openapi/v3' },
    { method: 'HEAD', path: '/api/v1/namespaces' },
    { method: 'HEAD', path: '/healthz' },
    { method: 'OPTIONS', path: '/apis', reduce: 'groups' },
    { method: 'TRACE', path: '/apis', reduce: 'groups' },
    get('/version/'),
    get('/api/v1/', { reduce: 'resources' }),
    get('//api/v1'),
    get('/api//v1'),
    get('/api/v1/namespaces/', { reduce: 'nothing' }),
    get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/'.concat(`things.${group}`)),
    ...['things', 'clusters', 'unserved'].map((plural) =>
      del(`${definitions}/${plural}.${group}`, undefined, { racing: true }),
    ),
  ],
};
