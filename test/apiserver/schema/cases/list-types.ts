import type { SchemaCase } from '../../recording/schema-case.ts';

const item = {
  type: 'object',
  required: ['k'],
  properties: { k: { type: 'string' }, l: { type: 'integer', default: 1 }, v: { type: 'string' } },
};
const lists: object = {
  type: 'object',
  properties: {
    set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    numbers: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'number' } },
    atoms: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      items: {
        type: 'object',
        'x-kubernetes-map-type': 'atomic',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
      },
    },
    nested: {
      type: 'array',
      'x-kubernetes-list-type': 'set',
      items: { type: 'array', 'x-kubernetes-list-type': 'atomic', items: { type: 'integer' } },
    },
    map: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'], items: item },
    pairs: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k', 'l'], items: item },
  },
};

export const listTypeCases: readonly SchemaCase[] = [
  {
    name: 'list types: duplicates',
    spec: lists,
    steps: [
      { create: { set: ['a', 'b', 'a', 'a', 'b'] } },
      { create: { numbers: [1, 1.5, 1, 1.5] } },
      { create: { atoms: [{ a: 'x', b: 'y' }, { b: 'y', a: 'x' }, { a: 'x' }] } },
      {
        create: {
          nested: [
            [1, 2],
            [2, 1],
            [1, 2],
          ],
        },
      },
      { create: { map: [{ k: 'a', v: '1' }, { k: 'b' }, { k: 'a', v: '2' }, { k: 'a' }] } },
      { create: { pairs: [{ k: 'a', l: 1 }, { k: 'a', l: 2 }, { k: 'a', l: 2 }, { k: 'a' }] } },
      { create: { atomic: ['a', 'a'] } },
      { create: { byName: { 'x.y': ['a', 'a'], z: ['b'] } } },
      { create: { map: [{ v: '1' }, { v: '2' }] } },
      { create: { map: ['a', { k: 'b' }] } },
      { create: { set: 'a' } },
    ],
  },
  {
    name: 'list types: optional keys',
    spec: {
      type: 'object',
      properties: {
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['k', 'p'],
          items: {
            type: 'object',
            properties: { k: { type: 'string', default: 'none' }, p: { type: 'string', default: 'TCP' } },
          },
        },
      },
    },
    steps: [
      { create: { map: [{}, { k: 'none' }, { p: 'UDP' }] } },
      { create: { map: [{}, { k: 'a' }, { k: 'a', p: 'UDP' }] } },
    ],
  },
  {
    name: 'list types: duplicates that were there before',
    spec: lists,
    steps: [
      { create: { set: ['a'], map: [{ k: 'a' }] } },
      { update: { set: ['a', 'a'], map: [{ k: 'a' }] } },
      { update: { set: ['a', 'b'], map: [{ k: 'b' }, { k: 'b' }] } },
    ],
  },
];
