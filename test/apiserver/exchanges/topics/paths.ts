import { get, patch, post, type Step, type Topic } from '../step.ts';

const options: Step = { method: 'OPTIONS', path: '/api/v1/namespaces/{ns}/configmaps' };

/** What is no resource, and what is not there. */
export const paths: Topic = {
  name: 'paths',
  steps: [
    get('/foo'),
    get('/api/v1/foo'),
    get('/api/v2/foo'),
    get('/api/v1/namespaces/{ns}/foo/bar'),
    get('/apis/foo'),
    get('/apis/foo/v1'),
    get('/apis/foo/v1/bar'),
    get('/apis/coordination.k8s.io/v1'),
    get('/apis/coordination.k8s.io'),
    get('/apis/coordination.k8s.io/v9'),
    get('/apis/apiextensions.k8s.io'),
    get('/apis/apiextensions.k8s.io/v1'),
    get('/apis/events.k8s.io/v1'),
    get('/healthz'),
    get('/livez'),
    get('/readyz'),
    get('/healthz/ping'),
    get('/healthz/nope'),
    get('/readyz?exclude=nope'),
    post('/api/v1/configmaps', { metadata: { name: 'x' } }),
    get('/api/v1/namespaces/{ns}/'),
    get('/api/v1/namespaces/{ns}/configmaps/x/y/z'),
    get('/api/v1/namespaces/{ns}/configmaps/x/status'),
    patch('/healthz', {}),
    post('/version', {}),
    options,
    get('/openapi/v2x'),
    get('/openapi/v3/apis/nope/v1'),
    get('/openapi/v2', { accept: 'text/html' }),
    get('/openapi/v3/api/v1', { accept: 'text/html' }),
  ],
};
