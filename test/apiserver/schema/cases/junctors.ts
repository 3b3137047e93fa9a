import type { SchemaCase } from '../../recording/schema-case.ts';

const PAIR = {
  type: 'object',
  properties: { a: { type: 'integer' }, b: { type: 'string' }, c: { type: 'array', items: { type: 'integer' } } },
};

const junctor = (name: string, junctors: object, ...specs: object[]): SchemaCase => ({
  name: `junctor: ${name}`,
  spec: { ...PAIR, ...junctors },
  steps: specs.map((create) => ({ create })),
});

export const junctorCases: readonly SchemaCase[] = [
  junctor(
    'anyOf required',
    { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
    { a: 1 },
    { b: '' },
    {},
    { a: 1, b: '' },
  ),
  junctor('oneOf required', { oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1 }, {}, { a: 1, b: '' }),
  junctor(
    'allOf',
    { allOf: [{ required: ['a'] }, { properties: { a: { minimum: 5 } } }] },
    { a: 5 },
    { a: 1 },
    {},
    { b: '' },
  ),
  junctor('not', { not: { required: ['a', 'b'] } }, { a: 1 }, { a: 1, b: '' }),
  junctor(
    'the alternative that came furthest',
    {
      anyOf: [
        { properties: { a: { minimum: 5 }, b: { minLength: 5 } }, required: ['a'] },
        { properties: { a: { maximum: 1 } } },
        { properties: { b: { enum: ['x'] } }, required: ['b', 'c'] },
      ],
    },
    { a: 3, b: 'q' },
    { a: 3 },
    { b: 'q' },
    { a: 3, b: 'x' },
  ),
  junctor(
    'oneOf with values',
    {
      oneOf: [
        { properties: { a: { minimum: 5 } } },
        { properties: { a: { minimum: 3 } } },
        { properties: { a: { multipleOf: 7 } } },
      ],
    },
    { a: 3 },
    { a: 5 },
    { a: 1 },
    { a: 7 },
  ),
  junctor(
    'items',
    { anyOf: [{ properties: { c: { items: { minimum: 3 } } } }, { properties: { c: { maxItems: 1 } } }] },
    { c: [3, 4] },
    { c: [1] },
    { c: [1, 4, 2] },
  ),
  junctor(
    'nested',
    {
      allOf: [
        { anyOf: [{ required: ['a'] }, { not: { required: ['b'] } }] },
        { oneOf: [{ required: ['b'] }, { required: ['c'] }] },
      ],
    },
    { b: '' },
    { a: 1, b: '' },
    { c: [] },
    { b: '', c: [] },
    {},
  ),
  {
    name: 'junctor: of a scalar',
    spec: {
      type: 'object',
      properties: {
        x: {
          type: 'string',
          anyOf: [{ format: 'ipv4' }, { pattern: '^a+$' }, { enum: ['b', 'c'] }],
          not: { maxLength: 1, pattern: 'c' },
        },
      },
    },
    steps: ['1.2.3.4', 'aa', 'b', 'c', 'x', ''].map((x) => ({ create: { x } })),
  },
  {
    name: 'junctor: of the root',
    whole: {
      type: 'object',
      properties: { a: { type: 'string' } },
      anyOf: [{ required: ['a'] }],
      not: { required: ['b'] },
    },
    steps: [{ create: {} }, { create: { a: '' } }],
  },
  {
    name: 'junctor: int-or-string under allOf',
    spec: {
      type: 'object',
      properties: {
        x: {
          'x-kubernetes-int-or-string': true,
          allOf: [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, { anyOf: [{ minimum: 3, pattern: '^a' }] }],
        },
      },
    },
    steps: [1, 3, 'a', 'b', true].map((x) => ({ create: { x } })),
  },
];
