import {
  APPLY,
  del,
  get,
  JSON_PATCH,
  PARTIAL_LIST,
  patch,
  post,
  put,
  STRATEGIC,
  TABLE,
  type Topic,
  wait,
} from '../step.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const v1 = `/apis/${group}/v1/namespaces/{ns}/widgets`;
const alpha = `/apis/${group}/v1alpha1/namespaces/{ns}/widgets`;

const text = { type: 'string' };
const whole = { type: 'integer' };
const named = { type: 'object', required: ['name'], properties: { name: text, mac: text } };

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `widgets.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList', shortNames: ['wd'] },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        selectableFields: [{ jsonPath: '.spec.zone' }],
        additionalPrinterColumns: [
          { name: 'Zone', type: 'string', jsonPath: '.spec.zone', description: 'Where it is.' },
          { name: 'Cpu', type: 'integer', jsonPath: '.spec.cpu', priority: 1 },
          { name: 'Nics', type: 'string', jsonPath: '.spec.nics[*].name' },
          { name: 'Since', type: 'date', jsonPath: '.metadata.creationTimestamp' },
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'A widget.',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['zone'],
                properties: {
                  zone: { ...text, minLength: 1 },
                  cpu: { ...whole, minimum: 1, default: 4 },
                  replicas: whole,
                  nul: { ...text, nullable: true },
                  any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  tags: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
                  nics: {
                    type: 'array',
                    items: named,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                  },
                },
                'x-kubernetes-validations': [
                  { rule: "!has(self.cpu) || self.cpu < 100 || self.zone == 'big'", message: 'too big for its zone' },
                ],
              },
              status: {
                type: 'object',
                default: { observedGeneration: -1 },
                properties: { observedGeneration: whole, replicas: whole, selector: text },
              },
            },
          },
        },
      },
      {
        name: 'v1alpha1',
        served: true,
        storage: false,
        deprecated: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

const widget = (name: string, spec: unknown = { zone: 'z' }, metadata: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Widget',
  metadata: { name, ...metadata },
  spec,
});

const creations = [
  post(v1, widget('a', { zone: 'z' }, { labels: { app: 'x' } }), { keep: { rv: 'metadata.resourceVersion' } }),
  post(v1, widget('a')),
  post(v1, widget('b', { zone: '', cpu: 0, tags: ['a', 'a'], nics: [{ name: 'x' }, { name: 'x' }], replicas: -1 })),
  post(v1, widget('b', {})),
  post(v1, widget('b', { zone: 1 })),
  post(v1, widget('b', 'x')),
  post(v1, widget('b', { zone: 'small', cpu: 100 })),
  post(v1, widget('b', { cpu: 100 })),
  post(v1, widget('B_', { zone: 'a' })),
  post(v1, widget('n', { zone: 'a', nul: null, cpu: null, any: { x: { y: null } } })),
  post(v1, { ...widget('st'), status: { replicas: 3 } }),
  post(v1, widget('u', { zone: 'a', foo: 1, nics: [{ name: 'a', bar: 2 }] })),
  post(`${v1}?fieldValidation=Strict`, widget('u2', { zone: 'a', foo: 1, nics: [{ name: 'a', bar: 2 }] }, { zap: 1 })),
  post(`${v1}?fieldValidation=Ignore`, widget('u3', { zone: 'a', foo: 1 })),
  post(
    v1,
    `{"apiVersion":"${group}/v1","kind":"Widget","metadata":{"name":"dup","name":"dup"},"spec":{"zone":"a","zone":"b"}}`,
  ),
  post(v1, widget('fin', { zone: 'z' }, { finalizers: ['foo', 'a.b', 'ok.io/x'] })),
  post(v1, widget('gn', { zone: 'z' }, { name: '', generateName: 'abc.' })),
  post(`${v1}?dryRun=All`, widget('dry', { zone: 'z' })),
  post(v1, { ...widget('k'), kind: 'Wodget' }),
  post(v1, { ...widget('k'), apiVersion: `${group}/v1alpha1` }),
  post(v1, { kind: 'Widget', metadata: { name: 'k' } }),
  post(v1, '{'),
  post(v1, '[]'),
  post(v1, ''),
  post(v1, widget('k'), { contentType: 'text/plain' }),
  post(v1, `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: hex}\nspec: {zone: z, cpu: 0x10}\n`, {
    contentType: 'application/yaml',
  }),
  post(v1, widget('l', { zone: 'z' }, { labels: { '/q': 'b' }, annotations: { 'a b': '1' } })),
];

const reads = [
  get(`${v1}/a`),
  get(`${alpha}/a`),
  get(v1, { accept: TABLE }),
  get(alpha, { accept: TABLE }),
  get(v1, { accept: PARTIAL_LIST }),
  get(`${v1}?limit=1`),
  get(`${v1}?fieldSelector=spec.zone%3Dz`),
  get(`${v1}?fieldSelector=spec.foo%3Dz`),
  get(`${alpha}?fieldSelector=spec.zone%3Dz`),
  get(`/apis/${group}/v1/widgets?fieldSelector=metadata.namespace%3D{ns},metadata.name%3Da`),
  get(`${v1}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da`),
  get(`${v1}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da`, { accept: TABLE }),
  get(`${alpha}?watch=true&timeoutSeconds=1&fieldSelector=metadata.name%3Da`),
  get(v1, { accept: 'application/json;as=Foo;v=v1;g=meta.k8s.io' }),
  get(v1, { accept: 'text/html' }),
  post(alpha, {
    apiVersion: `${group}/v1alpha1`,
    kind: 'Widget',
    metadata: { name: 'al' },
    spec: { zone: 'z', extra: 'e' },
  }),
  get(`${v1}/al`),
  get(`/apis/${group}`),
  get(`/apis/${group}/v1`),
  get(`/apis/${group}/v1alpha1`),
  get(`/apis/${group}/v9`),
  get(`/apis/${group}/v1/nope`),
  get(`/apis/${group}/v1/namespaces/{ns}`),
];

const writes = [
  put(`${v1}/a`, widget('a', { zone: 'y' })),
  put(`${v1}/a`, widget('a', { zone: 'y' }, { resourceVersion: '{rv}', labels: { app: 'x' } })),
  put(`${v1}/a`, widget('a', { zone: 'y' }, { resourceVersion: '1' })),
  put(`${v1}/nope`, widget('nope', { zone: 'y' }, { resourceVersion: '1' })),
  patch(`${v1}/a`, { spec: { cpu: 9 } }),
  patch(`${v1}/a`, { spec: { cpu: 9 } }),
  patch(`${v1}/a`, { metadata: { labels: { q: 'r' } } }),
  patch(`${v1}/a`, { spec: { cpu: 0 } }),
  patch(`${v1}/a`, { spec: { zone: null } }),
  patch(`${v1}/a`, { spec: { cpu: null } }),
  patch(`${v1}/a`, { spec: { zork: 1 } }),
  patch(`${v1}/a`, { spec: 'x' }),
  patch(`${v1}/a`, {}, STRATEGIC),
  patch(`${v1}/a`, [{ op: 'replace', path: '/spec/cpu', value: 3 }], JSON_PATCH),
  patch(`${v1}/a`, [{ op: 'test', path: '/spec/cpu', value: 4 }], JSON_PATCH),
  patch(`${v1}/a`, [{ op: 'foo' }], JSON_PATCH),
  patch(`${v1}/a/status`, { status: { replicas: 2 }, spec: { cpu: 1 }, metadata: { labels: { no: 'no' } } }),
  patch(`${v1}/a/status`, { status: { replicas: 'x' } }),
  put(`${v1}/a/status`, { ...widget('a'), status: { replicas: 1 } }),
  get(`${v1}/a/status`),
  get(`${alpha}/a/status`),
  get(`${v1}/a/nope`),
  post(`${v1}/a/status`, {}),
  del(`${v1}/a/status`),
  post(`${v1}/q`, widget('q')),
  patch(v1, {}),
  put(v1, widget('x')),
  post(`/apis/${group}/v1/widgets`, widget('x')),
  del(`/apis/${group}/v1/widgets`),
];

const scaling = [
  get(`${v1}/a/scale`),
  patch(`${v1}/a/scale`, { spec: { replicas: 3 } }),
  get(`${v1}/a/scale`),
  patch(`${v1}/a`, { spec: { replicas: 2 } }),
  patch(`${v1}/a/scale`, { spec: { replicas: -1 } }),
  put(`${v1}/a/scale`, {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name: 'a' },
    spec: { replicas: 4 },
  }),
  put(`${v1}/a/scale`, { metadata: { name: 'a', resourceVersion: '1' }, spec: { replicas: 4 } }),
  get(`${v1}/a`),
  get(`${v1}/st/scale`),
];

const applied = (spec: object, name = 'ap') => widget(name, spec);
const applies = [
  patch(`${v1}/ap?fieldManager=m1`, applied({ zone: 'z', nics: [{ name: 'e0', mac: '1' }], tags: ['x'] }), APPLY),
  patch(`${v1}/ap?fieldManager=m2`, applied({ zone: 'y', cpu: 2, nics: [{ name: 'e1' }], tags: ['y'] }), APPLY),
  patch(`${v1}/ap?fieldManager=m2`, applied({ zone: 'z', cpu: 2, nics: [{ name: 'e1' }], tags: ['y'] }), APPLY),
  patch(`${v1}/ap?fieldManager=m2`, applied({ zone: 'z' }), APPLY),
  patch(`${v1}/ap?fieldManager=m2`, applied({ zone: 'z', foo: 1 }), APPLY),
  patch(`${v1}/ap?fieldManager=m2`, applied({ zone: 'z' }, 'other'), APPLY),
  patch(`${v1}/ap/status?fieldManager=m3`, { ...widget('ap'), status: { replicas: 7 } }, APPLY),
  patch(`${v1}/nope/status?fieldManager=m3`, { ...widget('nope'), status: { replicas: 7 } }, APPLY),
  patch(
    `${v1}/ap/scale?fieldManager=m4`,
    { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'ap' }, spec: { replicas: 7 } },
    APPLY,
  ),
  get(`${v1}/ap`),
];

const deletions = [
  del(`${v1}/fin`),
  del(`${v1}/fin`),
  post(v1, widget('fin')),
  patch(`${v1}/fin`, { metadata: { finalizers: ['foo', 'a.b', 'ok.io/x', 'new.io/y'] } }),
  patch(`${v1}/fin`, { spec: { cpu: 7 } }),
  patch(`${v1}/fin`, { metadata: { finalizers: [] } }),
  get(`${v1}/fin`),
  del(`${v1}/a?dryRun=All`),
  del(`${v1}/n`),
  del(`${v1}?labelSelector=app`),
  del(v1),
  // The garbage collector takes it from here, and the real one learns of new kinds only every half a minute.
  post(v1, widget('last')),
  del(`${v1}/last`, { propagationPolicy: 'Foreground' }),
];

export const customResources: Topic = {
  name: 'custom-resources',
  steps: [
    post(definitions, definition),
    wait(5000),
    get(`${definitions}/widgets.${group}`),
    ...creations,
    ...reads,
    ...writes,
    ...scaling,
    ...applies,
    ...deletions,
    del(`${definitions}/widgets.${group}`, undefined, { racing: true }),
    get(`${definitions}/widgets.${group}`, { after: 15_000 }),
    get(v1, { after: 3000 }),
  ],
};
