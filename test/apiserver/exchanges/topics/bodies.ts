import { definitionOf } from '../definition.ts';
import {
  APPLY,
  del,
  get,
  JSON_PATCH,
  MERGE,
  patch,
  post,
  put,
  STRATEGIC,
  type Step,
  type Topic,
  wait,
} from '../step.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const probes = `/apis/${group}/v1/namespaces/{ns}/probes`;
const maps = '/api/v1/namespaces/{ns}/configmaps';

type Make = (metadata: object) => object;
const map: Make = (metadata) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { k: 'v' } });
const probe: Make = (metadata) => ({ apiVersion: `${group}/v1`, kind: 'Probe', metadata, spec: { a: 'x' } });

const owner = { apiVersion: 'v1', kind: 'X', name: 'y', uid: 'u' };
/** Metadata that objects cannot have, or that the server does not take. */
const metadata: readonly object[] = [
  { name: '' },
  { name: 'a', generateName: 'x-' },
  { name: 'x'.repeat(254) },
  { name: 'b', resourceVersion: '5' },
  { name: 'b', namespace: 'other' },
  { name: 'b', labels: { 'a/b/c': 'd' } },
  { name: 'b', labels: { a: '-' } },
  { name: 'b', labels: { a: 'x'.repeat(64) } },
  { name: 'b', labels: 'x' },
  { name: 'b', annotations: { 'A B': 'c' } },
  { name: 'b', finalizers: ['nodomain'] },
  { name: 'b', finalizers: ['a/b/c'] },
  { name: 'b', ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'y' }] },
  {
    name: 'b',
    ownerReferences: [
      { ...owner, controller: true },
      { ...owner, uid: 'v', controller: true },
    ],
  },
  { name: 'b', ownerReferences: [{ ...owner, kind: 'Event' }] },
  { name: 'b', ownerReferences: [{ ...owner, apiVersion: 'a/b/c' }] },
  { name: 'b', creationTimestamp: 'bad' },
  { name: 'b', managedFields: [{ manager: 'x', operation: 'Bad', apiVersion: 'v1', fieldsType: 'FieldsV1' }] },
  { name: 5 },
  { name: 'a\u0000b' },
];

/** Bodies that are none. */
const nonsense = [
  ...['', 'null', '[]', '1', '"x"', '{', '{"a":}', '{}', '{"kind":"Foo"}', '{"apiVersion":5}', '{"metadata":null}'],
  ...['{"apiVersion":"v2","kind":"ConfigMap"}', '{"metadata":[]}', 'ÿ', '{"kind":"Pod","apiVersion":"v1"}'],
  '{"metadata":{"name":"q"},"metadata":{"name":"r"}}',
  '{"metadata":{"name":"n","qq":1},"zz":1,"data":{},"data":{},"zz":2}',
];

const merges = [
  ...['{', '[]', '1', 'null', '""', '{"metadata":{"name":"zz"}}', '{"metadata":{"namespace":"zz"}}', '{"kind":"X"}'],
  ...['{"metadata":{"uid":"zz"}}', '{"metadata":{"resourceVersion":"1"}}', '{"apiVersion":"v9"}', '{"zzz":1}'],
  ...['{"data":{"k":null,"j":"1"}}', '{"spec":{"a":"toolong"}}', '{"spec":{"a":5}}', '{"spec":null}'],
  ...['{"metadata":null}', '{"metadata":{"creationTimestamp":null}}', '{"metadata":{"generation":99}}'],
  ...['{"metadata":{"finalizers":["x"]}}', '{"kind":null}'],
];
const op = (name: string, at: string, rest: object = {}) => JSON.stringify([{ op: name, path: at, ...rest }]);
const jsonPatches = [
  ...['{', '{}', '[]', '[1]', '[{"op":"bad","path":"/a"}]', '[{"op":"add","path":"/a"}]', '[{"path":"/a"}]'],
  op('add', 'a', { value: 1 }),
  op('remove', '/nope'),
  op('replace', '/nope', { value: 1 }),
  op('test', '/metadata/name', { value: 'zz' }),
  op('test', '/nope', { value: 1 }),
  op('copy', '/x', { from: '/nope' }),
  op('add', '/metadata/labels/x', { value: 'y' }),
  op('add', '/metadata/finalizers/5', { value: 'y' }),
  op('remove', ''),
  op('replace', '', { value: {} }),
  op('add', '/metadata/labels', { value: { q: 'r' } }),
];
const strategic = [
  ...['{', '[]', '{"data":{"k":"w"}}', '{"$patch":"bad"}', '{"metadata":{"finalizers":["x/y"]}}', '{"zzz":1}'],
  ...['{"metadata":{"$deleteFromPrimitiveList/finalizers":["x/y"]}}', '{"data":{"$patch":"replace","q":"1"}}'],
  ...['{"$retainKeys":["data"],"data":{"z":"1"}}', '{"data":{"$patch":"delete"}}'],
];
const applies = [
  ...['[]', 'kind: X', '', '{"apiVersion":"v1","kind":"ConfigMap"}'],
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"zz"}}',
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","resourceVersion":"1"}}',
  '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","managedFields":[{"manager":"x"}]}}',
];

function writesOf(path: string, make: Make): Step[] {
  const extra = { ...make({ name: 'new', yyy: 2 }), zzz: 1 };
  const queries = ['fieldValidation=Strict', 'fieldValidation=Warn', 'fieldValidation=Ignore', 'fieldValidation=Bad'];
  const others = [`fieldManager=${'x'.repeat(129)}`, 'fieldManager=a%00b', 'dryRun=All', 'dryRun=None', 'force=true'];
  return [
    post(path, make({ name: 'a' })),
    ...[...queries, ...others].flatMap((query) => [
      post(`${path}?${query}`, extra),
      del(`${path}/new`, undefined, { racing: true }),
    ]),
    ...metadata.map((each) => post(path, make(each))),
    ...nonsense.map((body) => post(path, body)),
    ...nonsense.slice(-1).map((body) => post(`${path}?fieldValidation=Strict`, body)),
    ...['text/plain', 'application/json;charset=latin1', 'application/cbor', 'application/json,x'].map((contentType) =>
      post(`${path}?dryRun=All`, make({ name: 'ct' }), { contentType }),
    ),
    ...merges.map((body) => patch(`${path}/a`, body, MERGE)),
    ...jsonPatches.map((body) => patch(`${path}/a`, body, JSON_PATCH)),
    ...strategic.map((body) => patch(`${path}/a`, body, STRATEGIC)),
    ...applies.map((body) => patch(`${path}/a?fieldManager=f`, body, APPLY)),
    patch(`${path}/a`, {}, APPLY),
    patch(`${path}/a?fieldManager=`, {}, APPLY),
    patch(`${path}/a?force=true`, {}, MERGE),
    patch(`${path}/a`, '{}', 'application/json'),
    patch(`${path}/a`, '{}', 'text/plain'),
    patch(`${path}/nope`, { metadata: { labels: { a: 'b' } } }, MERGE),
    put(`${path}/a`, make({ name: 'other' })),
    put(`${path}/nope`, make({ name: 'nope' })),
    put(`${path}/a`, make({ name: 'a', resourceVersion: '1' })),
    put(`${path}/a`, make({ name: 'a', resourceVersion: 'abc' })),
    put(`${path}/a`, make({ name: 'a', uid: 'nope' })),
    put(`${path}/a`, '{}'),
    ...['{', '[]', '{"kind":"Foo"}', '{"zzz":1}', '{"gracePeriodSeconds":"x"}', '{"preconditions":{"uid":"no"}}'].map(
      (body) => del(`${path}/a`, body),
    ),
    del(`${path}/a?propagationPolicy=Bad`),
    del(`${path}/a?orphanDependents=true&propagationPolicy=Orphan`),
    del(`${path}/a?dryRun=All`),
    get(`${path}/a`),
  ];
}

/** What can be wrong with what is sent, for a built-in kind and for a custom one. */
export const bodies: Topic = {
  name: 'bodies',
  steps: [
    post(
      definitions,
      definitionOf({
        plural: 'probes',
        kind: 'Probe',
        properties: { spec: { type: 'object', properties: { a: { type: 'string', maxLength: 5 } } } },
      }),
    ),
    wait(3000),
    ...writesOf(maps, map),
    ...writesOf(probes, probe),
    del(`${definitions}/probes.${group}`, undefined, { racing: true }),
  ],
};
