import type { DefinitionCase } from '../../recording/definition-case.ts';

const names = { plural: 'things', singular: 'thing', kind: 'Thing', listKind: 'ThingList' };
const version = (name: string, storage: boolean, openAPIV3Schema: object = { type: 'object' }) => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema },
});
const text = { type: 'string' };
const costly = {
  type: 'object',
  properties: {
    l: {
      type: 'array',
      items: { type: 'integer' },
      'x-kubernetes-validations': [{ rule: 'self.all(x, self.size() > 0)' }],
    },
  },
};
const formatted = (...formats: readonly string[]) => ({
  type: 'object',
  properties: Object.fromEntries(formats.map((format) => [format, { ...text, format }])),
});
const group = (annotations: object) => ({
  metadata: { name: 'things.apps.k8s.io', annotations },
  spec: { group: 'apps.k8s.io' },
});

export const updateCases: readonly DefinitionCase[] = [
  { name: 'update: nothing', from: {} },
  { name: 'update: scope', from: {}, definition: { spec: { scope: 'Namespaced' } } },
  {
    name: 'update: kind',
    from: {},
    definition: { spec: { names: { ...names, kind: 'Other', listKind: 'OtherList' } } },
  },
  { name: 'update: plural', from: {}, definition: { spec: { names: { ...names, plural: 'others' } } } },
  { name: 'update: group', from: {}, definition: { spec: { group: 'other.example.com' } } },
  {
    name: 'update: names that may change',
    from: {},
    definition: { spec: { names: { ...names, singular: 'one', shortNames: ['th'] } } },
  },
  {
    name: 'update: a version is added',
    from: {},
    definition: { spec: { versions: [version('v1', true), version('v2', false)] } },
  },
  {
    name: 'update: another version is stored',
    from: {},
    definition: { spec: { versions: [version('v1', false), version('v2', true)] } },
  },
  {
    name: 'update: the stored version is gone',
    from: {},
    definition: { spec: { versions: [version('v2', true)] } },
  },
  {
    name: 'update: the schema is gone',
    from: {},
    definition: { spec: { versions: [{ name: 'v1', served: true, storage: true }] } },
  },
  {
    name: 'update: a rule that is wrong',
    from: {},
    schema: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.zz' }] },
  },
  {
    name: 'update: a rule that is too expensive',
    from: {},
    schema: {
      ...costly,
      properties: {
        l: { ...costly.properties.l, 'x-kubernetes-validations': [{ rule: 'self.all(x, self.all(y, x == y))' }] },
      },
    },
  },
  {
    name: 'update: unknown formats before and after',
    fromSchema: formatted('foo', 'date'),
    schema: formatted('foo', 'bar'),
  },
  {
    name: 'update: sets of objects before and after',
    fromSchema: {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
        },
      },
    },
    schema: {
      type: 'object',
      properties: {
        a: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
        },
        b: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'array', items: text } },
      },
    },
  },
  {
    name: 'update: approval stays',
    from: group({ 'api-approved.kubernetes.io': 'unapproved' }),
    definition: group({ 'api-approved.kubernetes.io': 'unapproved, still' }),
  },
  { name: 'update: approval goes', from: group({ 'api-approved.kubernetes.io': 'unapproved' }), definition: group({}) },
  {
    name: 'update: approval becomes nonsense',
    from: group({ 'api-approved.kubernetes.io': 'unapproved' }),
    definition: group({ 'api-approved.kubernetes.io': 'nonsense' }),
  },
  { name: 'update: unknown fields are preserved', from: {}, definition: { spec: { preserveUnknownFields: true } } },
  {
    name: 'update: conversion',
    from: {
      spec: {
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'https://a' }, conversionReviewVersions: ['v1', 'v7'] },
        },
      },
    },
    definition: {
      spec: {
        conversion: {
          strategy: 'Webhook',
          webhook: { clientConfig: { url: 'https://a' }, conversionReviewVersions: ['v7'] },
        },
      },
    },
  },
];
