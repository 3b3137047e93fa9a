import { del, get, PARTIAL_LIST, patch, post, put, TABLE, type Topic } from '../step.ts';

const all = '/api/v1/namespaces';
const own = `${all}/{ns}-x`;
const called = (name: string, rest: object = {}) => ({ metadata: { name }, ...rest });

export const namespaces: Topic = {
  name: 'namespaces',
  steps: [
    post(all, called('{ns}-x')),
    get(own),
    get(own, { accept: TABLE }),
    post(all, called('{ns}-x')),
    post(all, called('A_b')),
    post(all, called('a.b')),
    post(all, { metadata: {} }),
    put(own, {
      metadata: { name: '{ns}-x', labels: { x: 'y' } },
      spec: { finalizers: ['a/b'] },
      status: { phase: 'Terminating' },
    }),
    patch(`${own}/status`, { status: { phase: 'Terminating' } }),
    put(`${own}/finalize`, { ...called('{ns}-x'), spec: { finalizers: ['kubernetes', 'foo'] } }),
    put(`${own}/finalize`, { ...called('{ns}-x'), spec: { finalizers: ['kubernetes', 'a.io/b'] } }),
    get(`${all}?fieldSelector=status.phase%3DTerminating,metadata.name%3D{ns}-x`, { accept: PARTIAL_LIST }),
    get(`${all}?fieldSelector=spec.x%3Dy`),
    del(`${all}/default`),
    del(`${all}/kube-nothing`),
    del(all),
    post(`${own}/configmaps`, called('held', { metadata: { name: 'held', finalizers: ['a.io/held'] } })),
    del(own),
    post(`${own}/configmaps`, called('late')),
    get(own, { after: 40_000 }),
    patch(`${own}/configmaps/held`, { data: { still: 'writable' } }),
    del(own),
    patch(`${own}/configmaps/held`, { metadata: { finalizers: null } }),
    get(own, { after: 60_000 }),
    put(`${own}/finalize`, { ...called('{ns}-x'), spec: { finalizers: [] } }),
    get(own, { after: 300 }),
  ],
};
