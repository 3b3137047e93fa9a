/** Sequences of requests about one gizmo, by what they show. What the real server made of them is in test/golden. */
import type { JsonObject } from '../../../src/apiserver/objects.ts';
import type { Step } from '../../support/apply-gizmo.ts';

const spec = (fields: JsonObject, metadata?: JsonObject) => ({ spec: fields, ...(metadata ? { metadata } : {}) });
const apply = (manager: string, fields: JsonObject, more: Partial<Step> & { metadata?: JsonObject } = {}): Step => {
  const { metadata, ...rest } = more;
  return { verb: 'apply', manager, body: spec(fields, metadata), ...rest };
};
const create = (manager: string, fields: JsonObject, metadata?: JsonObject): Step => ({
  verb: 'create',
  manager,
  body: spec(fields, metadata),
});
const merge = (manager: string, body: JsonObject, more: Partial<Step> = {}): Step => ({
  verb: 'merge',
  manager,
  body,
  ...more,
});
const force = { force: true } as const;
const alpha = { version: 'v1alpha1' } as const;
const onStatus = { subresource: 'status' } as const;
const onScale = { subresource: 'scale' } as const;
const lastApplied = (fields: JsonObject) => ({
  annotations: {
    'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
      apiVersion: 'ssa.orrery.test/v1',
      kind: 'Gizmo',
      metadata: { name: 'g' },
      spec: fields,
    }),
  },
});

export const cases: Readonly<Record<string, readonly Step[]>> = {
  'two appliers of one list, and an updater between them': [
    apply('m1', { nics: [{ name: 'e0', mac: 'a' }], tags: ['x'] }),
    apply('m2', { cpu: 4, nics: [{ name: 'e1' }], tags: ['y'] }),
    apply('m2', { zone: 'z' }),
    merge('upd', { spec: { nics: [{ name: 'e0', mac: 'b' }] } }),
    apply('m1', { nics: [{ name: 'e0', mac: 'a' }], tags: ['x'] }),
    apply('m1', { nics: [{ name: 'e0', mac: 'a' }], tags: ['x'] }, force),
  ],
  'a create owns every field with content': [
    create(
      'c',
      {
        cpu: 1,
        ratio: 1.5,
        on: false,
        port: 'http',
        tags: ['b', 'a'],
        nums: [200, 9, 10],
        list: ['l'],
        nics: [{ name: 'e1', vlans: [2, 1] }, { name: 'e0' }],
        ports: [
          { port: 80, name: 'w' },
          { port: 9, protocol: 'UDP' },
        ],
        limits: { 'a.b/c': 1 },
        pools: { p: { size: 1 }, q: {} },
        selector: { a: 'x' },
        free: { k: { l: [1, { m: 2 }], n: null }, e: {} },
        nested: { deep: { x: '' } },
        nul: null,
      },
      { labels: { l: 'v' }, annotations: { 'a.b/c': 'v' }, finalizers: ['orrery.test/f'] },
    ),
  ],
  'what is empty is owned as a whole': [
    create('c', { tags: [], nics: [], limits: {}, pools: {}, selector: {}, free: {}, nested: {} }, { labels: {} }),
    merge('u', { spec: { tags: ['a'], nics: [{ name: 'e0' }], limits: { k: 1 }, nested: { deep: {} } } }),
    merge('v', { spec: { tags: [], nics: [], limits: { k: null }, nested: { deep: null } } }),
  ],
  'an applied empty list is not owned, an applied empty map is': [
    apply('m1', { tags: [], nics: [], list: [], limits: {}, pools: {}, selector: {}, nested: {}, nul: null }),
    apply('m2', { tags: ['a'], limits: { k: 1 }, nested: { deep: { x: 'x' } } }),
    apply('m1', {}),
  ],
  'what an updater changes becomes its own': [
    create('c', { cpu: 1, zone: 'a', list: ['x'], nics: [{ name: 'e0', mac: 'm', speed: 1 }] }),
    merge('u', { spec: { cpu: 2, list: ['y'], nics: [{ name: 'e0', mac: 'n', speed: 1 }] } }),
    merge('v', { spec: { cpu: 3 } }),
    merge('u', { spec: { cpu: null } }),
    merge('c', { spec: { zone: 'a' } }),
  ],
  'an update that changes nothing leaves the times alone': [
    create('c', { cpu: 1 }),
    merge('c', { spec: { cpu: 1 } }),
    merge('u', { spec: { cpu: 1 } }),
    merge('c', { spec: { cpu: 2 } }),
  ],
  'an apply that changes nothing has no time': [
    apply('m1', { cpu: 1 }),
    apply('m1', { cpu: 1 }),
    apply('m2', { cpu: 1 }),
    apply('m2', { cpu: 1, zone: 'z' }),
    apply('m2', { zone: 'z' }),
    apply('m1', {}),
  ],
  'the last owner takes the field with it': [
    apply('m1', { cpu: 1, limits: { a: 1, b: 2 }, pools: { p: { size: 1 } } }),
    apply('m2', { cpu: 1, limits: { b: 2, c: 3 } }),
    apply('m1', { limits: { a: 1 } }),
    apply('m2', {}),
    apply('m1', {}),
  ],
  'a field that nobody applied stays': [
    create('c', { cpu: 1, nested: { deep: { x: 'x' } }, limits: { a: 1 } }),
    apply('m1', { zone: 'z', nested: { deep: { y: 'y' } }, limits: { b: 1 } }),
    apply('m1', { cpu: 1 }),
  ],
  'force takes over, and the loser keeps the rest': [
    apply('m1', { cpu: 1, zone: 'a', tags: ['x'] }),
    apply('m2', { cpu: 2, zone: 'b' }),
    apply('m2', { cpu: 2, zone: 'b' }, force),
    apply('m1', { cpu: 1, tags: ['x'] }),
  ],
  'several conflicts are listed by manager': [
    apply('b', { cpu: 1, nics: [{ name: 'e0', mac: 'a' }], nested: { deep: { x: '1' } } }),
    merge('a', { spec: { zone: 'z', limits: { 'k.l/m': 1 }, tags: ['t'] } }),
    merge('s', { status: { phase: 'p' } }, onStatus),
    apply('c', {
      cpu: 2,
      zone: 'y',
      nics: [{ name: 'e0', mac: 'b' }],
      limits: { 'k.l/m': 2 },
      nested: { deep: { x: '2' } },
    }),
    apply('c', { list: ['x'] }),
    apply('d', { list: ['y'] }),
  ],
  'keys of numbers and odd strings in conflicts': [
    create('c', {
      ports: [
        { port: 1000000, name: 'a' },
        { port: 80, name: 'a' },
      ],
      nics: [{ name: 'a "b" <c>\n', mac: 'x' }],
    }),
    apply('m', {
      ports: [
        { port: 1000000, name: 'b' },
        { port: 80, name: 'b' },
      ],
      nics: [{ name: 'a "b" <c>\n', mac: 'y' }],
    }),
  ],
  'order of a keyed list': [
    create('c', { nics: ['a', 'b', 'c', 'd'].map((name) => ({ name })) }),
    apply('m1', { nics: [{ name: 'd' }, { name: 'x' }, { name: 'b' }] }),
    apply('m2', { nics: [{ name: 'y' }, { name: 'c' }, { name: 'a' }] }),
    apply('m1', { nics: [{ name: 'x' }, { name: 'z' }] }),
  ],
  'order of a set': [
    create('c', { tags: ['a', 'b', 'c'], nums: [3, 1, 2] }),
    apply('m1', { tags: ['c', 'n', 'a'], nums: [2, 5, 3] }),
    apply('m2', { tags: ['m', 'b'], nums: [] }),
    apply('m1', { tags: ['b'] }),
  ],
  'a default completes the key of an item': [
    create('c', { ports: [{ port: 80, protocol: 'TCP', name: 'a' }] }),
    apply('m1', {
      ports: [
        { port: 80, name: 'a' },
        { port: 80, protocol: 'UDP' },
      ],
    }),
    apply('m1', { ports: [{ port: 80 }] }),
  ],
  'sets with an item twice, and items with a key twice, are refused in an applied configuration': [
    apply('m', { tags: ['a', 'a'] }),
    apply('m', { nics: [{ name: 'e' }, { name: 'e', mac: 'x' }] }),
    apply('m', { ports: [{ port: 80 }, { port: 80, protocol: 'TCP' }] }),
  ],
  'a configuration that does not fit the schema': [
    apply('m', { bogus: 1 }),
    apply('m', { cpu: 'one' }),
    apply('m', { cpu: { a: 1 } }),
    apply('m', { zone: 5 }),
    apply('m', { zone: ['a', 1, null] }),
    apply('m', { on: 'yes' }),
    apply('m', { tags: 'a' }),
    apply('m', { tags: [{ a: 1 }] }),
    apply('m', { tags: [null] }),
    apply('m', { tags: [[1]] }),
    apply('m', { nics: { name: 'e' } }),
    apply('m', { nics: ['e'] }),
    apply('m', { nics: [null] }),
    apply('m', { nics: [{ mac: 'x' }] }),
    apply('m', { nics: [{ name: 'e', bogus: 1 }] }),
    apply('m', { limits: [1] }),
    apply('m', { limits: { k: 'x' } }),
    apply('m', { nested: { deep: { x: 1.5 } } }),
    apply('m', { nested: 'x' }),
    apply('m', { selector: { bogus: 'x' } }),
    apply('m', { list: [1, 'a'] }),
    apply('m', {}, { metadata: { labels: { l: 1 } } }),
    apply('m', {}, { metadata: { managedFields: [] } }),
    apply('m', {}, { metadata: { managedFields: [{ manager: 'x' }] } }),
    apply('m', {}, { metadata: { bogus: 'x' } }),
  ],
  'the wrong kind or version': [
    { verb: 'apply', manager: 'm', body: { kind: 'Gadget' } },
    { verb: 'apply', manager: 'm', body: { apiVersion: 'ssa.orrery.test/v1alpha1' } },
    { verb: 'apply', manager: 'm', body: { apiVersion: 'v1', kind: 'ConfigMap' } },
  ],
  'maps of anything': [
    apply('m1', { free: { a: 1, b: { c: 'x', d: [1, 2] }, e: [{ f: 1 }] } }),
    apply('m2', { free: { b: { c: 'x', g: true }, e: [{ f: 1 }] } }),
    apply('m1', { free: { b: { d: [1, 2] } } }),
    merge('u', { spec: { free: { b: 'scalar now', a: { h: 1 } } } }),
    merge('v', { spec: { free: { b: { i: 1 }, a: [1] } } }),
    apply('m2', { free: { b: { c: 'y' } } }, force),
  ],
  'a port that is a number, a name, a number': [
    apply('m1', { port: 80 }),
    merge('u', { spec: { port: 'http' } }),
    apply('m1', { port: 80 }),
    apply('m1', { port: 'http' }),
  ],
  'an atomic map has one owner': [
    apply('m1', { selector: { a: 'x' } }),
    apply('m2', { selector: { b: 'y' } }),
    apply('m2', { selector: { b: 'y' } }, force),
    apply('m1', { cpu: 1 }),
    apply('m2', {}),
  ],
  metadata: [
    apply('m1', {}, { metadata: { labels: { a: '1' }, annotations: { b: '2' }, finalizers: ['orrery.test/f'] } }),
    apply('m2', {}, { metadata: { labels: { a: '1', c: '3' }, finalizers: ['orrery.test/g'] } }),
    apply('m1', {}),
    merge('u', { metadata: { labels: { c: null }, annotations: { d: 'e' } } }),
    apply('m2', {}, { metadata: { labels: { a: '2' } } }),
  ],
  'owner references': [
    create(
      'c',
      {},
      { ownerReferences: [{ apiVersion: 'no.such/v1', kind: 'Thing', name: 'default', uid: 'no-such' }] },
    ),
    apply(
      'm',
      {},
      { metadata: { ownerReferences: [{ apiVersion: 'no.such/v1', kind: 'Thing', name: 'default', uid: 'other' }] } },
    ),
  ],
  'eleven updaters and more': [
    create('u0', { cpu: 0 }),
    ...['zone', 'mode', 'nul'].map((field, index) => merge(`u${index + 1}`, { spec: { [field]: `v${index}` } })),
    ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((index) =>
      merge(`u${index}`, { spec: { limits: { [`k${index}`]: index } } }),
    ),
    merge('u0', { spec: { cpu: 1 } }),
    merge('u13', { spec: { limits: { k13: 1 } } }, alpha),
    merge('u14', { spec: { limits: { k14: 1 } } }, alpha),
    merge('u4', { spec: { limits: { k4: 5 } } }),
  ],
  'tracking is reset and begins anew': [
    create('c', { cpu: 1, zone: 'z' }),
    merge('r', { metadata: { managedFields: [{}] } }),
    merge('u', { spec: { cpu: 2 } }),
    apply('m', { cpu: 3 }),
    apply('m', { cpu: 3 }, force),
    merge('u', { spec: { zone: 'y' } }),
  ],
  'managedFields that a client writes': [
    create('c', { cpu: 1, zone: 'z' }),
    merge('w', { metadata: { managedFields: [] } }),
    merge('w', { metadata: { managedFields: null } }),
    merge('w', { metadata: { managedFields: [{ manager: 'x' }] } }),
    merge('w', {
      metadata: {
        managedFields: [
          {
            manager: 'x',
            operation: 'Apply',
            apiVersion: 'ssa.orrery.test/v1',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:zone': {}, 'f:cpu': { '.': {} }, 'r:y': {}, 'f:gone': {} } },
          },
        ],
      },
    }),
    apply('x', { cpu: 1 }),
    merge('w', {
      metadata: {
        managedFields: [
          {
            manager: 'y',
            operation: 'Update',
            apiVersion: 'ssa.orrery.test/v1',
            time: '2020-01-01T01:00:00+01:00',
            fieldsType: 'FieldsV1',
            fieldsV1: { 'f:spec': { 'f:cpu': {} } },
          },
        ],
      },
      spec: { zone: 'new' },
    }),
    merge('z', { status: { phase: 'p' }, metadata: { managedFields: [{}] } }, onStatus),
  ],
  'status by its own path': [
    { verb: 'create', manager: 'c', body: { spec: { cpu: 1 }, status: { phase: 'dropped' } } },
    merge(
      'ctl',
      { status: { phase: 'A', conditions: [{ type: 'Ready', status: 'True' }] }, spec: { cpu: 9 } },
      onStatus,
    ),
    merge('ctl', { status: { phase: 'B' }, metadata: { labels: { no: 'thing' } } }, onStatus),
    {
      verb: 'apply',
      manager: 'app',
      ...onStatus,
      body: { status: { conditions: [{ type: 'Placed', status: 'True' }] } },
    },
    { verb: 'apply', manager: 'app', ...onStatus, body: { status: { phase: 'C' }, spec: { cpu: 7 } } },
    { verb: 'apply', manager: 'app', ...onStatus, ...force, body: { status: { phase: 'C' } } },
    { verb: 'apply', manager: 'app', body: { spec: { zone: 'z' }, status: { phase: 'ignored' } } },
    merge('u', { status: { phase: 'ignored' }, spec: { zone: 'y' } }),
    { verb: 'replace', manager: 'p', body: { status: { phase: 'ignored' }, spec: { cpu: 3 } } },
  ],
  'several versions': [
    apply('m1', { cpu: 1, zone: 'x' }, alpha),
    merge('ctl', { status: { phase: 'P' } }, { ...onStatus, ...alpha }),
    apply('m1', { cpu: 2 }),
    merge('u', { spec: { cpu: 3 } }, alpha),
    merge('u', { spec: { zone: 'y' } }),
    apply('m1', { cpu: 4, zone: 'y' }),
    apply('m1', { cpu: 4 }, { ...force, ...alpha }),
    { verb: 'replace', manager: 'p', body: { status: { phase: 'dropped' }, spec: { mode: 'fast' } } },
  ],
  'scale of what nobody owns': [create('c', { cpu: 1 }), merge('s0', { spec: { replicas: 1 } }, onScale)],
  'scale with an owner': [
    create('c', { cpu: 1, replicas: 1 }),
    merge('s', { spec: { replicas: 2 } }, onScale),
    merge('s', { spec: { replicas: 2 } }, onScale),
    merge('t', { spec: { replicas: 3 } }, { ...onScale, ...alpha }),
    apply('m', { replicas: 4 }),
    apply('m', { replicas: 3 }),
    { verb: 'apply', manager: 'm', ...onScale, body: { spec: { replicas: 5 } } },
    { verb: 'apply', manager: 'm', ...onScale, body: { spec: { replicas: 3 } } },
    { verb: 'apply', manager: 'm', ...onScale, ...force, body: { spec: { replicas: 5 } } },
    merge('s', { spec: { replicas: 0 } }, onScale),
  ],
  'kubectl takes over what its client-side apply set': [
    {
      verb: 'create',
      manager: 'kubectl-client-side-apply',
      body: spec({ cpu: 1, tags: ['a'] }, lastApplied({ cpu: 1, tags: ['a'] })),
    },
    apply('kubectl', { cpu: 2, tags: ['a'] }),
    apply('kubectl', { cpu: 2, tags: ['a', 'b'] }, { metadata: { annotations: { x: '<y>' } } }),
  ],
  'kubectl does not take over what has changed since': [
    {
      verb: 'create',
      manager: 'kubectl-client-side-apply',
      body: spec({ cpu: 1, zone: 'z' }, lastApplied({ cpu: 1, zone: 'z' })),
    },
    merge('u', { spec: { cpu: 5 } }),
    apply('kubectl', { cpu: 2, zone: 'y' }),
    apply('other', { zone: 'y' }),
    apply('kubectl', { cpu: 2, zone: 'y' }, force),
    apply('kubectl', { cpu: 2 }),
  ],
  'a last-applied configuration that is of no use': [
    {
      verb: 'create',
      manager: 'kubectl-client-side-apply',
      body: spec({ cpu: 1 }, { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': 'not json' } }),
    },
    apply('kubectl', { cpu: 2 }),
    apply('kubectl', { cpu: 1 }),
  ],
  'JSON patches': [
    create('c', { cpu: 1, list: ['a', 'b'], nics: [{ name: 'e0' }] }),
    { verb: 'json', manager: 'j', body: [{ op: 'add', path: '/spec/list/-', value: 'c' }] },
    { verb: 'json', manager: 'j', body: [{ op: 'add', path: '/spec/nics/0', value: { name: 'e1', mac: 'x' } }] },
    {
      verb: 'json',
      manager: 'k',
      body: [
        { op: 'remove', path: '/spec/nics/1' },
        { op: 'replace', path: '/spec/cpu', value: 2 },
      ],
    },
    { verb: 'json', manager: 'k', body: [{ op: 'test', path: '/spec/cpu', value: 1 }] },
    { verb: 'json', manager: 'k', body: [{ op: 'move', from: '/spec/cpu', path: '/spec/replicas' }] },
  ],
  'a struct that an apply has emptied': [
    apply('m1', { nested: { deep: { x: 'x' } } }),
    merge('u', { spec: { nested: { deep: { y: 'y' } } } }),
    apply('m1', { cpu: 1 }),
    apply('m2', { nested: {} }),
    apply('m2', {}),
  ],
  'an item that is owned in parts': [
    apply('m1', { nics: [{ name: 'e0', mac: 'a' }] }),
    apply('m2', { nics: [{ name: 'e0', speed: 1, vlans: [1] }] }),
    apply('m1', {}),
    merge('u', { spec: { nics: [{ name: 'e0', speed: 1, vlans: [1, 2] }] } }),
    apply('m2', {}),
  ],
};
