import type { DefinitionCase, Part } from '../../recording/definition-case.ts';

function ofSpec(schemas: Readonly<Record<string, object>>): DefinitionCase[] {
  return Object.entries(schemas).map(([name, spec]) => ({
    name: `schema: ${name}`,
    schema: { type: 'object', properties: { spec } },
  }));
}

const text = { type: 'string' };
const integer = { type: 'integer' };
const keyed = (item: object, keys: readonly string[] = ['k']) => ({
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': keys,
  items: { type: 'object', ...item },
});
const status = (openAPIV3Schema: object): Part => ({
  spec: {
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema }, subresources: { status: {} } }],
  },
});

export const schemaRuleCases: readonly DefinitionCase[] = [
  ...ofSpec({
    'an unknown type': { type: 'file' },
    'the type null': { type: 'null' },
    'unsupported keys': {
      type: 'object',
      id: 'x',
      $ref: '#/definitions/a',
      definitions: { a: { type: 'wrong' } },
      dependencies: { a: ['b'], c: { type: 'wrong' } },
      patternProperties: { '^a': { type: 'wrong' } },
      additionalItems: true,
    },
    'unique items': { type: 'array', items: text, uniqueItems: true },
    'properties and additionalProperties': { type: 'object', properties: { a: text }, additionalProperties: text },
    'properties and no others': { type: 'object', properties: { a: text }, additionalProperties: false },
    'properties and any others': { type: 'object', properties: { a: text }, additionalProperties: true },
    'preserving nothing': { type: 'object', 'x-kubernetes-preserve-unknown-fields': false },
    'map types': {
      type: 'object',
      'x-kubernetes-map-type': 'weird',
      properties: {
        a: { type: 'string', 'x-kubernetes-map-type': 'atomic' },
        b: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-map-type': 'granular' },
      },
    },
    'list types': {
      type: 'object',
      properties: {
        a: { type: 'array', items: text, 'x-kubernetes-list-type': 'weird' },
        b: { type: 'string', 'x-kubernetes-list-type': 'set' },
        c: { 'x-kubernetes-preserve-unknown-fields': true, 'x-kubernetes-list-type': 'set' },
        d: { type: 'array', items: text, 'x-kubernetes-list-map-keys': ['k'] },
        e: { type: 'array', items: text, 'x-kubernetes-list-type': 'set', 'x-kubernetes-list-map-keys': ['k'] },
      },
    },
    'sets of what is no whole': {
      type: 'object',
      properties: {
        a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
        b: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
        },
        c: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'array', items: text } },
        d: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'array', items: text, 'x-kubernetes-list-type': 'set' },
        },
        e: { type: 'array', 'x-kubernetes-list-type': 'set', items: { ...text, nullable: true } },
      },
    },
    'maps of items': {
      type: 'object',
      properties: {
        a: keyed({ properties: { k: text }, required: ['k'] }),
        b: keyed({ properties: { k: text } }),
        c: keyed({ properties: { k: { ...text, default: 'x' } } }),
        d: keyed({ properties: { k: { ...text, nullable: true } }, required: ['k'], nullable: true }),
        e: keyed({ properties: { k: { type: 'object' } }, required: ['k'] }),
        f: keyed({ properties: { k: text }, required: ['k'] }, []),
        g: keyed({ properties: { k: text }, required: ['k'] }, ['k', 'k', 'l']),
        h: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: text },
      },
    },
    'a map without items': { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] },
    'a map of an array of schemas': {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: [{ type: 'object', maxProperties: 3, default: { a: 1 } }],
    },
    'embedded within metadata': {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: {
        metadata: {
          type: 'object',
          properties: {
            x: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
            labels: { type: 'object', additionalProperties: { ...text, default: 'd' } },
          },
        },
      },
    },
    'unknown formats': {
      type: 'object',
      properties: {
        a: { ...text, format: 'nonsense' },
        b: { ...integer, format: 'int16' },
        c: { type: 'number', format: 'decimal' },
        d: { type: 'object', format: 'date' },
        e: { ...text, format: 'date-time' },
        f: { ...text, format: 'nonsense' },
        g: { 'x-kubernetes-int-or-string': true, format: 'date' },
        h: { ...text, format: 'int32' },
        i: { ...text, format: 'k8s-short-name' },
        j: { type: 'boolean', format: 'yes-no' },
      },
    },
    'wrong at several depths': {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'object', properties: { b: { type: 'x' } } } } },
      anyOf: [{ properties: { a: { items: { properties: { b: { type: 'y' } } } } } }],
    },
  }),
  {
    name: 'status: fine',
    definition: status({ type: 'object', required: ['spec'], properties: { spec: { type: 'object' } } }),
  },
  { name: 'status: of another type', definition: status({ type: 'string' }) },
  {
    name: 'status: with junctors at the root',
    definition: status({
      type: 'object',
      description: 'some <b>',
      required: ['a'],
      properties: { a: { type: 'integer', minimum: 1, enum: [1, 2], default: 1, nullable: true } },
      anyOf: [{ required: ['a'] }],
      'x-kubernetes-validations': [{ rule: 'self.a > 0' }],
    }),
  },
  { name: 'status: with maxProperties at the root', definition: status({ type: 'object', maxProperties: 5 }) },
  {
    name: 'status: preserving at the root',
    definition: status({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true }),
  },
  {
    name: 'status: with a map type at the root',
    definition: status({ type: 'object', 'x-kubernetes-map-type': 'atomic' }),
  },
];
