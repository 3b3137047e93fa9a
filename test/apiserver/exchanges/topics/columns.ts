import { get, post, TABLE, type Topic, wait } from '../step.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const shapes = `/apis/${group}/v1/namespaces/{ns}/shapes`;

const paths: readonly (readonly [type: string, jsonPath: string])[] = [
  ['string', '.spec.text'],
  ['integer', '.spec.text'],
  ['string', '.spec.whole'],
  ['integer', '.spec.whole'],
  ['integer', '.spec.real'],
  ['number', '.spec.real'],
  ['number', '.spec.whole'],
  ['string', '.spec.real'],
  ['boolean', '.spec.yes'],
  ['string', '.spec.yes'],
  ['boolean', '.spec.text'],
  ['string', '.spec.list'],
  ['string', '.spec.list[0]'],
  ['string', '.spec.list[-1]'],
  ['string', '.spec.list[*]'],
  ['string', '.spec.list[7]'],
  ['string', '.spec.list[0:2]'],
  ['string', '.spec.map'],
  ['string', '.spec.map.a'],
  ['string', '.spec.map.none'],
  ['string', '.spec.nothing'],
  ['string', ".spec.map['b.c/d']"],
  ['string', '.spec.map.b\\.c/d'],
  ['string', '.spec.items[?(@.name=="two")].value'],
  ['string', '.spec.items[?(@.value>1)].name'],
  ['integer', '.spec.items[?(@.name=="two")].value'],
  ['string', '.spec.items[*].name'],
  ['string', '.spec..name'],
  ['date', '.spec.text'],
  ['date', '.spec.whole'],
  ['string', '.spec.null'],
  ['string', '.metadata.labels.app'],
  ['integer', '.spec.large'],
  ['string', '.spec.large'],
  ['string', '.metadata.name'],
];

const shape = (name: string, spec: unknown) => ({
  apiVersion: `${group}/v1`,
  kind: 'Shape',
  metadata: { name, labels: { app: name } },
  spec,
});

/** What a table shows of values of every kind, at paths of every kind. */
export const columns: Topic = {
  name: 'columns',
  steps: [
    post(definitions, {
      metadata: { name: `shapes.${group}` },
      spec: {
        group,
        scope: 'Namespaced',
        names: { plural: 'shapes', kind: 'Shape' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            additionalPrinterColumns: paths.map(([type, jsonPath], index) => ({ name: `C${index}`, type, jsonPath })),
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    }),
    wait(5000),
    post(
      shapes,
      shape('full', {
        text: 'a "quoted" <text>',
        whole: 7,
        real: 2.5,
        yes: true,
        list: ['x', 'y', { z: 1 }],
        map: { a: 'b', 'b.c/d': 'e' },
        items: [
          { name: 'one', value: 1 },
          { name: 'two', value: 2 },
        ],
        null: null,
        large: 9007199254740992,
      }),
    ),
    post(
      shapes,
      shape('odd', { text: '', whole: 0, real: 1e21, yes: false, list: [], map: {}, items: 'none', large: 1e9 }),
    ),
    post(
      shapes,
      shape('wrong', {
        text: ['t'],
        whole: '7',
        real: -0.000001,
        yes: 'true',
        list: 'text',
        map: 'text',
        items: [1, null],
      }),
    ),
    post(shapes, shape('bare', 'text')),
    post(shapes, { ...shape('empty', undefined) }),
    get(shapes, { accept: TABLE }),
    get(`${shapes}/full`, { accept: TABLE }),
  ],
};
