import type { SchemaCase } from '../../recording/schema-case.ts';

const status = {
  type: 'object',
  required: ['phase'],
  properties: {
    phase: { type: 'string', enum: ['On', 'Off'] },
    count: { type: 'integer', minimum: 0 },
    kind: { type: 'string', maxLength: 2 },
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    any: { 'x-kubernetes-int-or-string': true, anyOf: [{ minimum: 3 }] },
    range: { type: 'integer', format: 'int32' },
  },
};

export const statusCases: readonly SchemaCase[] = [
  {
    name: 'status: through its subresource',
    spec: { type: 'object', properties: { a: { type: 'string' } } },
    status,
    steps: [
      { create: { a: 'x' } },
      { setStatus: { phase: 'On', count: 1 } },
      { setStatus: { phase: 'Sideways', count: -1, kind: 'abc', any: 1, range: 2147483648 } },
      { setStatus: {} },
      { setStatus: { phase: 'On', count: 'x', unknown: 1 } },
      { setStatus: { phase: 'On', set: ['a', 'a'] } },
      { setStatus: 5 },
      { setStatus: null },
      { update: { a: 'y' } },
    ],
  },
  {
    name: 'status: an invalid spec stays as it is',
    spec: { type: 'object', properties: { a: { type: 'string' }, set: { type: 'array', items: { type: 'string' } } } },
    status,
    steps: [
      { create: { a: 'long', set: ['a', 'a'] } },
      { setStatus: { phase: 'On', kind: 'ab' } },
      {
        schema: {
          type: 'object',
          properties: {
            a: { type: 'string', maxLength: 1 },
            set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          },
        },
      },
      { setStatus: { phase: 'Off' } },
      { setStatus: { phase: 'Off', set: ['a', 'a'] } },
      { setStatus: { phase: 'Bad' } },
    ],
  },
];
