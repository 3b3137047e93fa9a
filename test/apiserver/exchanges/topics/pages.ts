import { del, get, PARTIAL_LIST, patch, post, TABLE, type Topic } from '../step.ts';

const all = '/api/v1/namespaces/{ns}/configmaps';
const map = (name: string) => ({ metadata: { name, labels: { page: 'yes' } } });
const own = 'labelSelector=page';
const page = (query: string, rest: object = {}) => get(`${all}?${query}`, { accept: PARTIAL_LIST, ...rest });

/** Lists page by page, while their objects change. */
export const pages: Topic = {
  name: 'pages',
  steps: [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => post(all, map(name))),
    page(`limit=2&${own}`, { keep: { second: 'metadata.continue', rv: 'metadata.resourceVersion' } }),
    del(`${all}/d`),
    patch(`${all}/c`, { metadata: { labels: { page: 'no' } } }),
    post(all, map('bb')),
    page(`limit=2&${own}&continue={second}`, { keep: { third: 'metadata.continue' } }),
    page(`limit=2&${own}&continue={third}`, { keep: { fourth: 'metadata.continue' } }),
    page(`limit=2&${own}`, { keep: { fresh: 'metadata.continue' } }),
    page(`limit=10&${own}&continue={fresh}`),
    page(`${own}&continue={second}`),
    page(`limit=1&continue={second}&fieldSelector=metadata.name%3Df`),
    page(`resourceVersion={rv}&resourceVersionMatch=Exact&${own}`),
    page(`resourceVersion={rv}&resourceVersionMatch=Exact&limit=3&${own}`, { keep: { exact: 'metadata.continue' } }),
    page(`limit=3&continue={exact}&${own}`),
    page(`resourceVersion={rv}&resourceVersionMatch=NotOlderThan&${own}`),
    page(`resourceVersion={rv}&${own}`),
    page(`resourceVersion={rv}&limit=1&${own}`),
    page(`resourceVersion=0&limit=1&${own}`),
    get(`/api/v1/configmaps?limit=1&${own}&fieldSelector=metadata.namespace%3D{ns}`, { accept: TABLE }),
    page('limit=500'),
    page(`limit=1&${own}&resourceVersion=999999999&resourceVersionMatch=Exact`),
    page(`limit=1&${own}&resourceVersion=999999999`),
  ],
};
