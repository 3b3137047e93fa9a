import type { DefinitionCase } from '../../recording/definition-case.ts';

function ofSpec(schemas: Readonly<Record<string, object>>): DefinitionCase[] {
  return Object.entries(schemas).map(([name, spec]) => ({
    name: `default: ${name}`,
    schema: { type: 'object', properties: { spec } },
  }));
}

const text = { type: 'string' };
const integer = { type: 'integer' };
const embedded = (properties: object, more: object = {}) => ({
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  properties,
  ...more,
});

export const defaultCases: readonly DefinitionCase[] = [
  ...ofSpec({
    fine: {
      type: 'object',
      default: {},
      properties: { a: { ...text, default: 'x' }, b: { ...integer, default: 1 }, n: { ...text, default: null } },
    },
    'of another type': {
      type: 'object',
      properties: {
        a: { ...text, default: 1 },
        b: { ...integer, default: 'x' },
        c: { type: 'array', items: text, default: {} },
      },
    },
    'that breaks bounds': {
      type: 'object',
      properties: {
        a: { ...text, maxLength: 2, default: 'long' },
        b: { ...integer, minimum: 5, default: 1 },
        c: { ...text, enum: ['x'], default: 'y' },
        d: { ...text, pattern: '^a', default: 'b' },
        e: { ...text, format: 'date', default: 'today' },
      },
    },
    'of an object': {
      type: 'object',
      required: ['a'],
      default: { b: 1 },
      properties: { a: text, b: text },
    },
    'with unknown fields': {
      type: 'object',
      default: { x: 1, o: { y: 2 } },
      properties: { o: { type: 'object' } },
    },
    'with unknown fields that are preserved': {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      default: { x: 1, o: { y: 2 } },
      properties: { o: { type: 'object' } },
    },
    'within items': { type: 'array', items: { type: 'object', properties: { a: { ...text, default: 5 } } } },
    'within a map': {
      type: 'object',
      additionalProperties: { type: 'object', properties: { a: { ...text, default: 5 } } },
    },
    'of a list of type set': { type: 'array', items: text, 'x-kubernetes-list-type': 'set', default: ['a', 'a'] },
    'that a rule refuses': {
      type: 'object',
      properties: { a: { ...integer, default: 5, 'x-kubernetes-validations': [{ rule: 'self < 5' }] } },
    },
    'that a rule of transitions refuses': {
      type: 'object',
      properties: { a: { ...integer, default: 5, 'x-kubernetes-validations': [{ rule: 'self > oldSelf' }] } },
    },
    'that a rule with an optional oldSelf refuses': {
      type: 'object',
      properties: {
        a: {
          ...integer,
          default: 5,
          'x-kubernetes-validations': [{ rule: 'oldSelf.hasValue() || self < 5', optionalOldSelf: true }],
        },
      },
    },
    'of an object that a rule refuses': {
      type: 'object',
      default: { a: 1, l: [1, 20] },
      'x-kubernetes-validations': [{ rule: 'self.a > 1', fieldPath: '.a', reason: 'FieldValueForbidden' }],
      properties: {
        a: integer,
        l: { type: 'array', items: { ...integer, 'x-kubernetes-validations': [{ rule: 'self < 10' }] } },
      },
    },
    'of an embedded resource': embedded(
      { apiVersion: text, kind: text, metadata: { type: 'object' }, x: integer },
      { default: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', bogus: 1 }, x: 1, y: 2 } },
    ),
    'of an embedded resource that is none': embedded(
      { x: integer },
      { default: { apiVersion: 'a/b/c', kind: 'no kind', x: 1 } },
    ),
    'of an embedded resource with wrong types': embedded(
      { x: integer },
      { default: { apiVersion: 'v1', kind: 'K', metadata: 'm' } },
    ),
    'of the kind of an embedded resource': embedded({
      apiVersion: { ...text, default: 'v1' },
      kind: { ...text, default: 'Pod' },
    }),
    'of a bad kind of an embedded resource': embedded({
      apiVersion: { ...text, default: 'a/b/c' },
      kind: { ...text, default: 'no kind' },
    }),
    'of the metadata of an embedded resource': embedded({
      metadata: {
        type: 'object',
        default: { name: 'Bad Name' },
        properties: {
          name: { ...text, default: 'Bad Name' },
          labels: { type: 'object', additionalProperties: text, default: { 'bad key!': 'x' } },
          finalizers: { type: 'array', items: { ...text, default: 'f' } },
        },
      },
    }),
    'of metadata with wrong types': embedded({
      metadata: {
        type: 'object',
        properties: { labels: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, default: { a: 1 } } },
      },
    }),
  }),
  {
    name: 'default: at the root',
    schema: { type: 'object', default: { spec: {} }, properties: { spec: { type: 'object' } } },
  },
  {
    name: 'default: in the metadata of the root',
    schema: {
      type: 'object',
      properties: {
        kind: { ...text, default: 'Thing' },
        apiVersion: { ...text, default: 'a/b/c' },
        metadata: { type: 'object', default: {}, properties: { name: { ...text, default: 'x' } } },
      },
    },
  },
  {
    name: 'default: while unknown fields are preserved',
    definition: { spec: { preserveUnknownFields: true } },
    schema: { type: 'object', properties: { a: { ...text, default: 'x' } } },
  },
  {
    name: 'default: of no type where an integer or a text is wanted',
    schema: {
      type: 'object',
      properties: {
        plain: { 'x-kubernetes-int-or-string': true, default: 1.5 },
        listed: {
          type: 'array',
          items: { 'x-kubernetes-int-or-string': true, pattern: '^a' },
          default: [1.5, [], 'b'],
        },
        mapped: {
          type: 'object',
          additionalProperties: { 'x-kubernetes-int-or-string': true },
          default: { a: null, b: {} },
        },
        told: {
          'x-kubernetes-int-or-string': true,
          anyOf: [{ type: 'integer' }, { type: 'string' }],
          default: 1.5,
        },
      },
    },
  },
];
