import type { SchemaCase } from '../../recording/schema-case.ts';

const X = 'x-kubernetes-preserve-unknown-fields';
const EMBEDDED = 'x-kubernetes-embedded-resource';

export const pruningCases: readonly SchemaCase[] = [
  {
    name: 'pruning: undeclared fields',
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        o: { type: 'object', properties: { p: { type: 'string' } } },
        l: { type: 'array', items: { type: 'object', properties: { q: { type: 'string' } } } },
        m: { type: 'object', additionalProperties: { type: 'object', properties: { r: { type: 'string' } } } },
        ll: {
          type: 'array',
          items: { type: 'array', items: { type: 'object', properties: { s: { type: 'string' } } } },
        },
        empty: { type: 'object' },
        free: { type: 'object', additionalProperties: true },
      },
    },
    steps: [
      { create: { a: 'x', b: 'y', o: { p: '1', z: { y: 1 } }, l: [{ q: '' }, { w: 1 }, { 'x.y': 2 }] } },
      { create: { m: { k: { r: '', t: '' }, 'a.b/c': { t: 1 } }, ll: [[{ s: '', t: 1 }], [{}, { u: [] }]] } },
      { create: { empty: { a: { b: 1 }, c: 1 }, free: { a: 1, b: { c: 1, d: [] }, e: [{ f: 1 }] } } },
      { create: { o: [{ p: 1, z: 2 }], l: { q: '' } } },
      { create: { z: 1, Z: 2, é: 3, '10': 4, '9': 5 } },
    ],
  },
  {
    name: 'pruning: undeclared fields of the root',
    whole: { type: 'object', properties: { spec: { type: 'object' } } },
    steps: [{ create: { spec: { a: 1 }, other: { b: 1 }, status: {} } }],
  },
  {
    name: 'pruning: a schema that preserves everything',
    whole: {
      type: 'object',
      [X]: true,
      properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
    },
    steps: [{ create: { spec: { a: '', b: 1 }, other: { b: [{ c: 1 }] } } }],
  },
  {
    name: 'pruning: preserved unknown fields',
    spec: {
      type: 'object',
      properties: {
        p: {
          type: 'object',
          [X]: true,
          properties: {
            known: { type: 'object', properties: { a: { type: 'string' } } },
            also: { type: 'object', [X]: true },
          },
        },
        list: {
          type: 'array',
          [X]: true,
          items: { type: 'object', properties: { k: { type: 'object', properties: { a: { type: 'string' } } } } },
        },
        items: {
          type: 'array',
          items: {
            type: 'object',
            [X]: true,
            properties: { k: { type: 'object', properties: { a: { type: 'string' } } } },
          },
        },
        map: { type: 'object', additionalProperties: { type: 'object', [X]: true } },
        any: { [X]: true },
      },
    },
    steps: [
      { create: { p: { x: { y: 1 }, known: { a: '', b: 1 }, also: { c: { d: 1 } } } } },
      {
        create: {
          list: [{ u: 1, k: { a: '', b: 1 } }],
          items: [{ u: { v: 1 }, k: { a: '', b: 1 } }],
          map: { a: { b: { c: 1 } } },
        },
      },
      { create: { any: { a: [{ b: 1 }], n: null } } },
      { create: { any: [{ a: 1 }, null] } },
    ],
  },
  {
    name: 'pruning: embedded resources',
    spec: {
      type: 'object',
      properties: {
        template: { type: 'object', [EMBEDDED]: true, [X]: true },
        strict: {
          type: 'object',
          [EMBEDDED]: true,
          properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
        },
      },
    },
    steps: [
      {
        create: {
          template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', labels: { a: 'b' } }, spec: { z: 1 } },
        },
      },
      {
        create: {
          strict: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { a: '', b: 1 }, status: {} },
        },
      },
      { create: { template: {} } },
      { create: { template: { apiVersion: '', kind: '' }, strict: { apiVersion: 'a/b/c', kind: 'a_b' } } },
      {
        create: {
          template: {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: {
              name: 'x',
              unknown: 1,
              ownerReferences: [{ apiVersion: 'v1', kind: 'A', name: 'a', uid: 'u', more: 1 }],
            },
          },
        },
      },
      {
        create: {
          template: {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: {
              name: '../x',
              namespace: 'A_',
              labels: { 'a b': 'c d' },
              annotations: { 'x y': 'z' },
              finalizers: ['a b'],
              generateName: 'a%',
            },
          },
        },
      },
      {
        create: {
          template: {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'x', ownerReferences: [{ apiVersion: '', kind: '', name: '', uid: '' }] },
          },
        },
      },
      { create: { template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x', creationTimestamp: null } } } },
      { create: { template: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 5 } } } },
      { create: { template: { apiVersion: 1, kind: 'Pod' } } },
      { create: { template: { apiVersion: 'v1', kind: 'Pod', metadata: { labels: { a: 1 } } } } },
      { create: { template: { apiVersion: 'v1', kind: 'Pod', metadata: 'x' } } },
      { create: { template: { apiVersion: 'v1', kind: 'Pod', metadata: null } } },
      { create: { template: 5 } },
    ],
  },
];
