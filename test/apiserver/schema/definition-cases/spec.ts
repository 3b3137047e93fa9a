import type { DefinitionCase } from '../../recording/definition-case.ts';

const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
const schema = { openAPIV3Schema: { type: 'object' } };
const version = { name: 'v1', served: true, storage: true, schema };
const GROUP = 'g.example.com';

/** A case for every value of one part of spec. */
function each(title: string, values: Readonly<Record<string, object>>, metadata?: object): DefinitionCase[] {
  return Object.entries(values).map(([name, spec]) => ({
    name: `${title}: ${name}`,
    definition: { ...(metadata && { metadata }), spec },
  }));
}

const column = { name: 'A', type: 'string', jsonPath: '.spec.a' };
const withColumns = (...additionalPrinterColumns: readonly object[]) => ({
  versions: [{ ...version, additionalPrinterColumns }],
});
const withScale = (scale: object) => ({ versions: [{ ...version, subresources: { scale } }] });
const selectable = {
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          ...Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`f${index}`, { type: 'string' }])),
          integer: { type: 'integer' },
          boolean: { type: 'boolean' },
          number: { type: 'number' },
          list: { type: 'array', items: { type: 'string' } },
          object: { type: 'object', properties: { a: { type: 'string' } } },
          map: { type: 'object', additionalProperties: { type: 'string' } },
          any: { 'x-kubernetes-int-or-string': true },
        },
      },
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
    },
  },
};
const withFields = (...paths: readonly string[]) => ({
  versions: [{ ...version, schema: selectable, selectableFields: paths.map((jsonPath) => ({ jsonPath })) }],
});
const webhook = (clientConfig: object | undefined, conversionReviewVersions: readonly string[] = ['v1']) => ({
  conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions } },
});
const service = { namespace: 'n', name: 's' };

export const specCases: readonly DefinitionCase[] = [
  { name: 'spec: the least there can be' },
  { name: 'spec: a name that is not plural and group', definition: { metadata: { name: 'other.g.example.com' } } },
  ...each('group', {
    empty: { group: '' },
    'without a dot': { group: 'example' },
    'no domain': { group: 'Ex_ample.com' },
    'too long': { group: `${'a'.repeat(250)}.com` },
  }),
  ...each('scope', { empty: { scope: '' }, unknown: { scope: 'Galaxy' }, namespaced: { scope: 'Namespaced' } }),
  ...each('names', {
    'without kind': { names: { ...names, kind: '', listKind: '' } },
    'without plural': { names: { ...names, plural: '' } },
    'kind alone': { names: { plural: 'things', kind: 'Thing' } },
    'no labels': { names: { ...names, plural: 'Things', singular: 'th_ing', kind: 'Th ing', listKind: '1List' } },
    'short names': { names: { ...names, shortNames: ['ok', 'Not', '1x', ''] } },
    categories: { names: { ...names, categories: ['all', 'A l l'] } },
    'kind and listKind the same': { names: { ...names, listKind: 'Thing' } },
    'too long': { names: { ...names, kind: `T${'h'.repeat(70)}`, listKind: `T${'h'.repeat(70)}List` } },
  }),
  ...each('versions', {
    none: { versions: [] },
    'none is stored': { versions: [{ ...version, storage: false }] },
    'two are stored': { versions: [version, { ...version, name: 'v2' }] },
    'names twice': { versions: [version, { ...version, storage: false }] },
    'bad names': {
      versions: [
        { ...version, name: 'V1' },
        { ...version, name: '', storage: false },
      ],
    },
    'without a schema': { versions: [{ name: 'v1', served: true, storage: true }] },
    'one of two without a schema': {
      versions: [version, { name: 'v2', served: true, storage: false }],
    },
    'with an empty schema': { versions: [{ ...version, schema: {} }] },
    'of different schemas': {
      versions: [
        version,
        {
          ...version,
          name: 'v2',
          storage: false,
          schema: { openAPIV3Schema: { type: 'object', properties: { a: { type: 'nothing' } } } },
        },
      ],
    },
    'of different schemas, and two stored': {
      versions: [
        version,
        {
          ...version,
          name: 'v2',
          deprecated: true,
          deprecationWarning: 'old <one> & "so"',
          subresources: { status: {}, scale: { specReplicasPath: '.spec.r', statusReplicasPath: '.status.r' } },
          additionalPrinterColumns: [column],
          selectableFields: [{ jsonPath: '.spec.f1' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'd',
              properties: {
                spec: { type: 'object', properties: { f1: { type: 'string', maxLength: 3, default: 'x' } } },
                m: { type: 'object', additionalProperties: { type: 'integer', minimum: 1.5 } },
                l: {
                  type: 'array',
                  items: { type: 'string', enum: ['a'] },
                  'x-kubernetes-list-type': 'set',
                  'x-kubernetes-validations': [{ rule: 'true', message: 'm', reason: 'FieldValueInvalid' }],
                },
              },
            },
          },
        },
      ],
    },
  }),
  ...each('deprecation', {
    'warning without deprecation': { versions: [{ ...version, deprecationWarning: 'x' }] },
    'empty warning': { versions: [{ ...version, deprecated: true, deprecationWarning: '' }] },
    'long warning': { versions: [{ ...version, deprecated: true, deprecationWarning: 'é'.repeat(130) }] },
    'unprintable warning': { versions: [{ ...version, deprecated: true, deprecationWarning: 'é\ttab' }] },
    'fine warning': { versions: [{ ...version, deprecated: true, deprecationWarning: 'use v2' }] },
  }),
  ...each('columns', {
    fine: withColumns(column, { ...column, type: 'date', format: 'date-time', priority: 1 }),
    'without anything': withColumns({ name: '', type: '', jsonPath: '' }),
    'unknown type and format': withColumns({ ...column, type: 'text', format: 'pretty' }),
    'path without a dot': withColumns({ ...column, jsonPath: 'spec.a' }),
    'path of a dot': withColumns({ ...column, jsonPath: '.' }),
    'strange path': withColumns({ ...column, jsonPath: '.spec[' }),
    'in one of two versions': {
      versions: [
        version,
        { ...version, name: 'v2', storage: false, additionalPrinterColumns: [{ ...column, type: 'x' }] },
      ],
    },
  }),
  ...each('scale', {
    fine: withScale({
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.spec.selector',
    }),
    empty: withScale({ specReplicasPath: '', statusReplicasPath: '' }),
    'without dots': withScale({
      specReplicasPath: 'spec.replicas',
      statusReplicasPath: 'status.replicas',
      labelSelectorPath: 'status.selector',
    }),
    elsewhere: withScale({
      specReplicasPath: '.status.replicas',
      statusReplicasPath: '.spec.replicas',
      labelSelectorPath: '.metadata.selector',
    }),
  }),
  ...each('selectable fields', {
    fine: withFields('.spec.f1', '.spec.integer', '.spec.boolean', '.spec.object.a'),
    twice: withFields('.spec.f1', '.spec.f1'),
    'too many': withFields(...Array.from({ length: 9 }, (_, index) => `.spec.f${index}`)),
    'not there': withFields('.spec.nothing', 'spec.f1', '', '.'),
    'of other types': withFields('.spec.number', '.spec.list', '.spec.object', '.spec.map', '.spec.any', '.spec'),
    'in metadata': withFields('.metadata.name'),
    'in brackets': withFields(".spec['f1']", '.spec.map.x'),
    'without a schema': {
      versions: [{ name: 'v1', served: true, storage: true, selectableFields: [{ jsonPath: '.spec.a' }] }],
    },
  }),
  ...each('conversion', {
    none: { conversion: { strategy: 'None' } },
    'without strategy': { conversion: { strategy: '' } },
    'unknown strategy': { conversion: { strategy: 'Magic' } },
    'none with a webhook': {
      conversion: {
        strategy: 'None',
        webhook: { clientConfig: { url: 'https://a' }, conversionReviewVersions: ['v1'] },
      },
    },
    'webhook without one': { conversion: { strategy: 'Webhook' } },
    'webhook by url': webhook({ url: 'https://example.com/convert' }),
    'webhook by service': webhook({ service }),
    'webhook by both': webhook({ url: 'https://a', service }),
    'webhook by neither': webhook({}),
    'webhook with a bad url': webhook({ url: 'http://user:pw@example.com/a?b=c#d' }),
    'webhook with no url': webhook({ url: 'nothing' }),
    'webhook with an impossible url': webhook({ url: 'https://[::1' }),
    'webhook with a bad service': webhook({ service: { namespace: '', name: '', port: 70000, path: 'a//b/C' } }),
    'webhook with a service without name': webhook({ service: { namespace: 'n', name: '' } }),
    'webhook with paths': webhook({ service: { ...service, path: '//' } }),
    'review versions': webhook({ service }, ['v2', 'v2', 'V3']),
    'no review versions': webhook({ service }, []),
  }),
  ...each('unknown fields', { kept: { preserveUnknownFields: true } }),
  ...['', 'unapproved, for tests', 'https://github.com/x/y/pull/1', 'nonsense', '/path'].map(
    (annotation): DefinitionCase => ({
      name: `approval: ${annotation === '' ? 'none' : annotation}`,
      definition: {
        metadata: {
          name: 'things.apps.k8s.io',
          ...(annotation !== '' && { annotations: { 'api-approved.kubernetes.io': annotation } }),
        },
        spec: { group: 'apps.k8s.io' },
      },
    }),
  ),
  {
    name: 'approval: of a group that only looks like it',
    definition: { metadata: { name: 'things.xk8s.io' }, spec: { group: 'xk8s.io' } },
  },
  {
    name: 'spec: many things at once',
    definition: { spec: { group: GROUP, scope: '', names: { ...names, kind: '' } } },
  },
];
