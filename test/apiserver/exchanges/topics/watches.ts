import { del, get, PARTIAL, patch, post, TABLE, type Topic } from '../step.ts';

const all = '/api/v1/namespaces/{ns}/configmaps';
const map = (name: string, metadata: object = {}) => ({ metadata: { name, ...metadata }, data: {} });
const own = 'fieldSelector=metadata.name!%3Dkube-root-ca.crt';

/** Each watch ends after a second of its own accord. */
export const watches: Topic = {
  name: 'watches',
  steps: [
    post(all, map('a', { labels: { app: 'x' } }), { keep: { first: 'metadata.resourceVersion' } }),
    post(all, map('b', { labels: { app: 'y' } })),
    patch(`${all}/a`, { data: { k: '1' } }, undefined, { keep: { second: 'metadata.resourceVersion' } }),
    patch(`${all}/a`, { metadata: { labels: { app: 'y' } } }),
    patch(`${all}/b`, { metadata: { labels: { app: 'x' } } }),
    patch(`${all}/b`, { data: { k: '2' } }),
    del(`${all}/b`),
    get(`${all}?watch=true&timeoutSeconds=1&${own}`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion=0&${own}`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={first}`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={second}&allowWatchBookmarks=true`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={first}&labelSelector=app%3Dx`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={second}&labelSelector=app%3Dx`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={first}&fieldSelector=metadata.name%3Db`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={first}&fieldSelector=metadata.name%3Da`, {
      accept: TABLE,
    }),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion={first}&fieldSelector=metadata.name%3Da`, {
      accept: PARTIAL,
    }),
    get(
      `${all}?watch=true&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&${own}`,
    ),
    get(
      `${all}?watch=true&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&${own}`,
      { accept: TABLE },
    ),
    get(
      `${all}?watch=true&timeoutSeconds=1&sendInitialEvents=false&resourceVersionMatch=NotOlderThan&resourceVersion={second}`,
    ),
    get(`${all}?watch=true&timeoutSeconds=1&sendInitialEvents=true`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersionMatch=Exact&resourceVersion=1`),
    get(`${all}?watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=Exact`),
    get(`${all}?watch=true&timeoutSeconds=1&resourceVersion=abc`),
    get(`${all}?watch=true&timeoutSeconds=1&limit=5&resourceVersion={second}`),
    get(`${all}?watch=true&timeoutSeconds=1&fieldSelector=metadata.foo%3Da`),
    get(`${all}?watch=true&timeoutSeconds=1&continue=x`),
    get(`${all}/a?watch=true&timeoutSeconds=1`),
    get(`${all}/nope?watch=true&timeoutSeconds=1`),
    get(`/api/v1/watch/namespaces/{ns}/configmaps/a?timeoutSeconds=1`),
    get(`/api/v1/watch/namespaces/{ns}/configmaps?timeoutSeconds=1&${own}`),
    get('/api/v1/watch/namespaces/{ns}?timeoutSeconds=1'),
    get(`${all}?watch=1&timeoutSeconds=1&accept=x`, { accept: 'text/html' }),
  ],
};
