import { del, get, PARTIAL_LIST, patch, post, put, TABLE, type Topic, wait } from '../step.ts';

const all = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const open = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

const definition = (plural: string, names: object = {}, spec: object = {}, metadata: object = {}) => ({
  metadata: { name: `${plural}.${group}`, ...metadata },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, kind: plural.charAt(0).toUpperCase() + plural.slice(1, -1), ...names },
    versions: [{ name: 'v1', served: true, storage: true, schema: open }],
    ...spec,
  },
});
const version = (name: string, rest: object = {}) => ({ name, served: true, storage: false, schema: open, ...rest });
const things = `/apis/${group}/v1/namespaces/{ns}/things`;
const thing = (name: string, metadata: object = {}) => ({
  apiVersion: `${group}/v1`,
  kind: 'Thing',
  metadata: { name, ...metadata },
});

/** The life of definitions; what is wrong with one is in the recordings of schemas. */
export const definitions: Topic = {
  name: 'definitions',
  steps: [
    post(`${all}?dryRun=All`, definition('things')),
    post(all, definition('things', { shortNames: ['th'], categories: ['all'] })),
    get(`${all}/things.${group}`, { after: 4000 }),
    post(all, definition('things')),
    get(`${all}?fieldSelector=metadata.name%3Dthings.${group}`, { accept: TABLE }),
    // Names that another definition has already.
    post(all, definition('others', { kind: 'Thing', shortNames: ['th'] })),
    get(`${all}/others.${group}`, { after: 2000 }),
    get(`/apis/${group}/v1/others`),
    get(`/apis/${group}/v1`),
    patch(`${all}/others.${group}`, { spec: { names: { kind: 'Other', listKind: 'OtherList', shortNames: ['ot'] } } }),
    get(`${all}/others.${group}`, { after: 8000 }),
    get(`/apis/${group}/v1/others`),
    // Another version, which becomes the one in which objects are stored.
    post(things, thing('a')),
    patch(`${all}/things.${group}`, {
      spec: { versions: [version('v1'), version('v2', { storage: true, subresources: { status: {} } })] },
    }),
    get(`${all}/things.${group}`, { after: 8000 }),
    get(`${things}/a`),
    get(`/apis/${group}/v2/namespaces/{ns}/things/a`),
    get(`/apis/${group}`),
    patch(`${all}/things.${group}`, { spec: { versions: [version('v2', { storage: true })] } }),
    patch(`${all}/things.${group}/status`, { status: { storedVersions: ['v2'] } }),
    patch(`${all}/things.${group}/status`, { status: { storedVersions: [] } }),
    // Once it is written again it is stored in the new version, and the old one may go.
    patch(`/apis/${group}/v2/namespaces/{ns}/things/a`, { metadata: { labels: { touched: 'yes' } } }),
    patch(`${all}/things.${group}/status`, { status: { storedVersions: ['v2'] } }),
    patch(`${all}/things.${group}`, { spec: { versions: [version('v2', { storage: true })] } }),
    get(things, { after: 8000 }),
    put(`${all}/things.${group}`, definition('things')),
    patch(`${all}/things.${group}`, { metadata: { labels: { a: 'b' } } }),
    // An object that a finalizer holds holds the definition.
    post(`/apis/${group}/v2/namespaces/{ns}/things`, {
      ...thing('held', { finalizers: ['a.io/held'] }),
      apiVersion: `${group}/v2`,
    }),
    del(`${all}/things.${group}`),
    wait(2000),
    post(`/apis/${group}/v2/namespaces/{ns}/things`, { ...thing('late'), apiVersion: `${group}/v2` }),
    get(`/apis/${group}/v2/namespaces/{ns}/things`, { accept: PARTIAL_LIST }),
    get(`${all}/things.${group}`, { after: 1000 }),
    patch(`/apis/${group}/v2/namespaces/{ns}/things/held`, { metadata: { finalizers: null } }),
    get(`${all}/things.${group}`, { after: 20_000 }),
    del(`${all}/others.${group}`, undefined, { racing: true }),
    get(`/apis/${group}`, { after: 6000 }),
  ],
};
