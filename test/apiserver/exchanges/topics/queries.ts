import { definitionOf } from '../definition.ts';
import { del, get, post, type Step, type Topic, wait } from '../step.ts';

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const group = '{ns}.example.com';
const probes = `/apis/${group}/v1/namespaces/{ns}/probes`;
const maps = '/api/v1/namespaces/{ns}/configmaps';

const long = 'a'.repeat(300);
/** Query strings of lists and watches, most of them wrong. */
const queries = [
  ...['limit=-1', 'limit=0', 'limit=1.5', 'limit=99999999999999999999', 'limit=', 'limit=1&limit=2', 'limit=1;x=2'],
  ...['continue=abc', 'continue=x', 'continue=e30', 'continue=abcde', 'continue=a%2Bb'],
  ...['resourceVersion=-1', 'resourceVersion=abc', 'resourceVersion=999999999'],
  ...['resourceVersionMatch=Exact', 'resourceVersionMatch=NotOlderThan', 'resourceVersionMatch=Bad'],
  'resourceVersionMatch=Exact&resourceVersion=0',
  'resourceVersionMatch=NotOlderThan&resourceVersion=0',
  'resourceVersionMatch=Bad&resourceVersion=1',
  'resourceVersionMatch=Exact&resourceVersion=1&continue=abc',
  ...['a=b=c', ',', 'a%20in%20()', 'a%20in%20(b', '!', 'a!b', '-a', 'a%3D%3Db', 'a%3D-', 'a%3E1', 'a%3Eb'].map(
    (selector) => `labelSelector=${selector}`,
  ),
  ...['a%20notin%20(x,y),!c', long, 'a/b/c', 'a,', 'a%20%20in%20(,)', '%00'].map((text) => `labelSelector=${text}`),
  ...['a', 'metadata.name', 'metadata.name%3Da', 'metadata.name%3D%3Da', 'metadata.name>a', 'spec.a%3Dx'].map(
    (selector) => `fieldSelector=${selector}`,
  ),
  ...['spec.zzz%3Dx', 'metadata.namespace%3Dother', 'metadata.uid%3Dx', 'metadata.name!%3Da,metadata.name%3Da'].map(
    (selector) => `fieldSelector=${selector}`,
  ),
  ...['timeoutSeconds=-1', 'timeoutSeconds=abc', 'timeoutSeconds=1.5', 'timeout=abc', 'timeout=-1s', 'timeout=5'],
  ...['watch=maybe&timeoutSeconds=1&resourceVersion=abc', 'watch=0', 'watch=false', 'allowWatchBookmarks=x'],
  ...['sendInitialEvents=x', 'sendInitialEvents=true', 'sendInitialEvents=false'],
  'watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=Exact',
  'watch=1&timeoutSeconds=1&resourceVersion=-5',
  'watch=1&timeoutSeconds=0&resourceVersion=x',
  'watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&resourceVersion=abc',
  ...['pretty=x', 'dryRun=All', 'unknown=1', 'shardSelector=x', '%zz', 'includeObject=Bad', 'export=true'],
];

/** Ways to address what cannot be. */
const odd: readonly Step[] = [maps, probes].flatMap((path) => [
  get(`${path}/%2e%2e`),
  get(`${path}/a%2Fb`),
  get(`${path}/a%25b`),
  get(`${path}/a/status/b`),
  post(`${path}/a`, {}),
  { method: 'OPTIONS', path: `${path}/a` },
  { method: 'TRACE', path: `${path}/a` },
  // The transport in memory does not drop the body, as those of the network do.
  { method: 'HEAD', path: `${path}/a`, live: true },
  { method: 'HEAD', path: `${path}/nope`, live: true },
  { method: 'PATCH', path },
  { method: 'PUT', path, body: {} },
  del(`${path}/a/status`),
  del(`${path}?labelSelector=a=b=c`),
  del(`${path}?continue=x`),
  del(`${path}?limit=-1`),
  del(`${path}?gracePeriodSeconds=x`),
  del(`${path}?propagationPolicy=Bad`),
]);

/** What lists and watches are asked, and how paths are written. */
export const queriesTopic: Topic = {
  name: 'queries',
  steps: [
    post(
      definitions,
      definitionOf({
        plural: 'probes',
        kind: 'Probe',
        properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } },
        version: { selectableFields: [{ jsonPath: '.spec.a' }] },
      }),
    ),
    wait(3000),
    post(probes, { apiVersion: `${group}/v1`, kind: 'Probe', metadata: { name: 'a' }, spec: { a: 'x' } }),
    post(maps, { metadata: { name: 'a', labels: { a: 'b' } } }),
    ...[maps, probes].flatMap((path) => queries.map((query) => get(`${path}?${query}`, { reduce: 'names' }))),
    ...odd,
    del(`${definitions}/probes.${group}`, undefined, { racing: true }),
  ],
};
