import { expect, it } from 'vitest';
import { MemoryHttp } from './support/exchange.ts';
import { TestServer } from './support/in-memory.ts';

const spec = (properties: object) => ({
  openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } },
});

it('an object at a version that is not stored has the defaults of the stored one that it knows, and no others', async () => {
  const server = await new TestServer().start();
  const http = new MemoryHttp(server);
  const ask = async (method: string, url: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const exchange = await http.ask({
      method,
      url,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return JSON.parse(Buffer.concat(exchange.chunks).toString());
  };
  const shared = { type: 'integer', default: 3 };
  await ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
    metadata: { name: 'gizmos.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural: 'gizmos', kind: 'Gizmo' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: spec({ shared, fresh: { type: 'string', default: 'f' } }) },
        {
          name: 'v1beta1',
          served: true,
          storage: false,
          schema: spec({ shared: { type: 'integer' }, old: { type: 'string', default: 'o' } }),
        },
      ],
    },
  });
  await server.advance(5000);
  const gizmo = { apiVersion: 'example.com/v1beta1', kind: 'Gizmo', metadata: { name: 'g' }, spec: {} };
  expect((await ask('POST', '/apis/example.com/v1beta1/gizmos', gizmo)).spec).toEqual({ shared: 3 });
  expect((await ask('GET', '/apis/example.com/v1beta1/gizmos/g')).spec).toEqual({ shared: 3 });
  expect((await ask('GET', '/apis/example.com/v1/gizmos/g')).spec).toEqual({ shared: 3, fresh: 'f' });
});
