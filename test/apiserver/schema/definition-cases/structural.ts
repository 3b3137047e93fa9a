import type { DefinitionCase } from '../../recording/definition-case.ts';

/** Schemas of `spec`, by what is the matter with them. */
function ofSpec(schemas: Readonly<Record<string, object>>): DefinitionCase[] {
  return Object.entries(schemas).map(([name, spec]) => ({
    name: `structural: ${name}`,
    schema: { type: 'object', properties: { spec } },
  }));
}

function ofRoot(schemas: Readonly<Record<string, object>>): DefinitionCase[] {
  return Object.entries(schemas).map(([name, schema]) => ({ name: `structural root: ${name}`, schema }));
}

const text = { type: 'string' };
const both = [{ type: 'integer' }, { type: 'string' }];

export const structuralCases: readonly DefinitionCase[] = [
  ...ofRoot({
    'of no type': {},
    'of another type': { type: 'string' },
    'that preserves': { 'x-kubernetes-preserve-unknown-fields': true },
    'that preserves, of type object': { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    'with additionalProperties': { type: 'object', additionalProperties: text },
    'that may be null': { type: 'object', nullable: true },
    'with metadata': { type: 'object', properties: { metadata: { type: 'object' } } },
    'with names': {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { ...text, maxLength: 3 } } } },
    },
    'with labels': {
      type: 'object',
      properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
    },
    'with a description of metadata': {
      type: 'object',
      properties: { metadata: { type: 'object', description: 'd' } },
    },
    'with metadata of another type': { type: 'object', properties: { metadata: text } },
    'with kind and apiVersion of other types': {
      type: 'object',
      properties: { kind: { type: 'integer' }, apiVersion: { type: 'object' } },
    },
    'with metadata under allOf': {
      type: 'object',
      properties: { metadata: { type: 'object' } },
      allOf: [{ properties: { metadata: {} } }],
    },
    'with $schema': { type: 'object', $schema: 'http://json-schema.org/draft-04/schema#' },
    'with $schema, and wrong': { type: 'object', $schema: 'x', properties: { a: { type: 'nothing' } } },
  }),
  ...ofSpec({
    'no type': {},
    'an array without items': { type: 'array' },
    'items without a type': { type: 'array', items: {} },
    'a map of no type': { type: 'object', additionalProperties: {} },
    'a map of anything': { type: 'object', additionalProperties: true },
    'int or string': { 'x-kubernetes-int-or-string': true },
    'int or string, preserving': { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
    'int or string, embedded': {
      'x-kubernetes-int-or-string': true,
      'x-kubernetes-embedded-resource': true,
      'x-kubernetes-preserve-unknown-fields': true,
    },
    'int or string by anyOf': { 'x-kubernetes-int-or-string': true, anyOf: both },
    'int or string by allOf': { 'x-kubernetes-int-or-string': true, allOf: [{ anyOf: both }, { minimum: 1 }] },
    'int or string the other way round': { 'x-kubernetes-int-or-string': true, anyOf: [...both].reverse() },
    'int or string by the second allOf': {
      'x-kubernetes-int-or-string': true,
      allOf: [{ minimum: 1 }, { anyOf: both }],
    },
    embedded: { type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    'embedded without anything': { type: 'object', 'x-kubernetes-embedded-resource': true },
    'embedded of no type': { 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
    'embedded of another type': { type: 'string', 'x-kubernetes-embedded-resource': true },
    'embedded map': { type: 'object', 'x-kubernetes-embedded-resource': true, additionalProperties: text },
    'embedded with metadata': {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: {
        kind: { type: 'integer' },
        apiVersion: text,
        metadata: { type: 'object', properties: { labels: { type: 'object', additionalProperties: text } } },
      },
    },
    'types under junctors': {
      type: 'object',
      properties: { a: text },
      anyOf: [{ type: 'object' }, { properties: { a: { type: 'string' } } }],
      allOf: [{ type: 'object' }],
      oneOf: [{ type: 'object' }],
      not: { type: 'object' },
    },
    'everything under allOf': {
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'object' } } },
      allOf: [
        {
          type: 'object',
          title: 't',
          description: 'd',
          default: {},
          nullable: true,
          additionalProperties: text,
          'x-kubernetes-preserve-unknown-fields': true,
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-int-or-string': true,
          'x-kubernetes-list-map-keys': ['a'],
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-map-type': 'atomic',
          'x-kubernetes-validations': [{ rule: 'true' }],
          properties: { a: { type: 'array', items: { description: 'd' } } },
        },
      ],
    },
    'additionalProperties of booleans under junctors': {
      type: 'object',
      anyOf: [{ additionalProperties: true }, { additionalProperties: false }],
    },
    'fields only under junctors': {
      type: 'object',
      properties: { a: { type: 'object', properties: { b: text } }, l: { type: 'array', items: text } },
      allOf: [{ properties: { x: {}, a: { properties: { b: {}, c: {} } }, l: { items: {} } } }],
      not: { properties: { y: {} } },
      anyOf: [{ allOf: [{ properties: { z: {} } }] }],
    },
    'items only under junctors': { type: 'object', properties: { a: text }, allOf: [{ items: { minLength: 1 } }] },
    'a pattern that is none': { type: 'string', pattern: '[a' },
    'a pattern that is none under anyOf': { type: 'string', anyOf: [{ pattern: '(?=x)' }, { pattern: '^a$' }] },
    'metadata below': { type: 'object', properties: { metadata: { type: 'integer' } } },
    'an array of schemas as items': { type: 'array', items: [text] },
  }),
];
