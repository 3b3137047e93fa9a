import type { SchemaCase } from '../../recording/schema-case.ts';

export const defaultingCases: readonly SchemaCase[] = [
  {
    name: 'defaults: of fields and below them',
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string', default: 'A' },
        n: { type: 'integer', default: 0 },
        b: { type: 'boolean', default: false },
        o: { type: 'object', properties: { p: { type: 'string', default: 'P' } } },
        od: {
          type: 'object',
          default: {},
          properties: {
            p: { type: 'string', default: 'P' },
            q: {
              type: 'object',
              default: { r: 'R' },
              properties: { r: { type: 'string' }, s: { type: 'string', default: 'S' } },
            },
          },
        },
        l: { type: 'array', items: { type: 'object', properties: { p: { type: 'string', default: 'P' } } } },
        ld: {
          type: 'array',
          default: [{}],
          items: { type: 'object', properties: { p: { type: 'string', default: 'P' } } },
        },
        m: {
          type: 'object',
          additionalProperties: { type: 'object', properties: { p: { type: 'string', default: 'P' } } },
        },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, default: { x: [1, { y: null }] } },
        ios: { 'x-kubernetes-int-or-string': true, default: '50%' },
      },
    },
    steps: [
      { create: {} },
      {
        create: {
          a: '',
          n: 1,
          b: true,
          o: {},
          od: { q: {} },
          l: [{}, { p: 'x' }],
          ld: [],
          m: { k: {} },
          any: {},
          ios: 5,
        },
      },
      { create: { a: null, n: null, o: null, od: null, l: null, ld: null, m: null, any: null } },
      { update: { l: [{ p: null }] } },
      { create: { l: [null], m: { k: null } } },
    ],
  },
  {
    name: 'defaults: nulls',
    spec: {
      type: 'object',
      properties: {
        plain: { type: 'string' },
        nullable: { type: 'string', nullable: true },
        both: { type: 'string', nullable: true, default: 'D' },
        list: { type: 'array', items: { type: 'string' } },
        nullableItems: { type: 'array', items: { type: 'string', nullable: true } },
        map: { type: 'object', additionalProperties: { type: 'string' } },
        nullableMap: { type: 'object', additionalProperties: { type: 'string', nullable: true } },
        deep: { type: 'object', properties: { deeper: { type: 'object', properties: { x: { type: 'string' } } } } },
        any: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'string' } },
        },
      },
    },
    steps: [
      { create: { plain: null, nullable: null, both: null, deep: { deeper: { x: null } } } },
      {
        create: {
          nullableItems: [null, 'a'],
          map: { a: null, b: 'c' },
          nullableMap: { a: null },
          any: { x: null, known: null },
        },
      },
      { create: { list: ['a', null] } },
    ],
  },
  {
    name: 'defaults: of the root and of status',
    whole: {
      type: 'object',
      properties: {
        spec: {
          type: 'object',
          default: { a: 1 },
          properties: { a: { type: 'integer' }, b: { type: 'integer', default: 2 } },
        },
        status: {
          type: 'object',
          default: { observedGeneration: -1 },
          properties: { observedGeneration: { type: 'integer' } },
        },
      },
    },
    steps: [{ create: {} }, { create: { spec: {} } }, { create: { spec: null } }],
  },
  {
    name: 'defaulting: nulls in a default',
    spec: {
      type: 'object',
      properties: {
        d: {
          type: 'object',
          additionalProperties: { 'x-kubernetes-int-or-string': true },
          default: { k: null, l: 1 },
        },
        n: { type: 'integer' },
      },
    },
    steps: [{ create: { d: { l: 2 } } }, { create: {} }, { create: { d: null } }],
  },
];
