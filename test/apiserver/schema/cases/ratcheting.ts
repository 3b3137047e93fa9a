import type { SchemaCase } from '../../recording/schema-case.ts';

/**
 * Ratcheting needs objects that are invalid already. A status subresource does not help, so the schema changes between
 * the steps: `schema` replaces the schema of spec.
 */
const loose: object = {
  type: 'object',
  'x-kubernetes-preserve-unknown-fields': true,
};

const strict: object = {
  type: 'object',
  required: ['must'],
  properties: {
    must: { type: 'string' },
    a: { type: 'string', pattern: '^a' },
    n: { type: 'integer', maximum: 5 },
    o: { type: 'object', properties: { x: { type: 'string', enum: ['q'] }, y: { type: 'string' } } },
    atomicObject: {
      type: 'object',
      'x-kubernetes-map-type': 'atomic',
      properties: { x: { type: 'string', enum: ['q'] }, y: { type: 'string' } },
    },
    list: { type: 'array', items: { type: 'string', maxLength: 2 } },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string', maxLength: 2 } },
    map: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['k'],
      items: {
        type: 'object',
        required: ['k'],
        properties: { k: { type: 'string' }, v: { type: 'string', maxLength: 2 }, w: { type: 'string' } },
      },
    },
    byName: { type: 'object', maxProperties: 1, additionalProperties: { type: 'string', maxLength: 2 } },
    any: { anyOf: [{ minimum: 5 }], 'x-kubernetes-int-or-string': true },
  },
};

const old = {
  a: 'bad',
  n: 9,
  o: { x: 'bad', y: '1' },
  atomicObject: { x: 'bad', y: '1' },
  list: ['long', 'a'],
  set: ['long'],
  map: [{ k: 'a', v: 'long' }, { k: 'b' }],
  byName: { a: 'long', b: 'b' },
  any: 1,
};

export const ratchetingCases: readonly SchemaCase[] = [
  {
    name: 'ratcheting: values that were invalid before',
    spec: loose,
    steps: [
      { create: { ...old, must: 'x' } },
      { schema: strict },
      { update: { ...old, must: 'x' } },
      { update: { ...old, must: 'y' } },
      { update: { ...old, must: 'y', a: 'worse' } },
      { update: { ...old, must: 'y', n: 10 } },
      { update: { ...old, must: 'y', o: { x: 'bad', y: '2' } } },
      { update: { ...old, must: 'y', o: { x: 'worse', y: '2' } } },
      { update: { ...old, must: 'y', o: { x: 'bad', y: '2' }, atomicObject: { x: 'bad', y: '2' } } },
      { update: { ...old, must: 'y', list: ['long', 'a', 'b'] } },
      { update: { ...old, must: 'y', set: ['long', 'b'] } },
      { update: { ...old, must: 'y', map: [{ k: 'b' }, { k: 'a', v: 'long', w: 'new' }, { k: 'c' }] } },
      { update: { ...old, must: 'y', map: [{ k: 'a', v: 'longer' }, { k: 'b' }] } },
      { update: { ...old, must: 'y', map: [{ k: 'c', v: 'long' }, { k: 'b' }] } },
      { update: { ...old, must: 'y', byName: { a: 'long' } } },
      { update: { ...old, must: 'y', byName: { a: 'long', c: 'c' } } },
      { update: { ...old, must: 'y', any: 2 } },
      { update: {} },
    ],
  },
  {
    name: 'ratcheting: a field that has become required',
    spec: loose,
    steps: [
      { create: { a: 'abc' } },
      { schema: strict },
      { update: { a: 'abc' } },
      { update: { a: 'abcd' } },
      { update: { a: 'abcd', must: 'x' } },
    ],
  },
  {
    name: 'ratcheting: duplicates that were there before',
    spec: loose,
    steps: [
      { create: { must: 'x', set: ['a', 'a'], map: [{ k: 'a' }] } },
      { schema: strict },
      { update: { must: 'y', set: ['a', 'a'], map: [{ k: 'a' }] } },
      { update: { must: 'y', set: ['a', 'a', 'b'], map: [{ k: 'a' }, { k: 'a' }] } },
      { update: { must: 'y', set: ['a'], map: [{ k: 'a' }] } },
      { update: { must: 'y', set: ['b', 'b'], map: [{ k: 'a' }] } },
    ],
  },
];
