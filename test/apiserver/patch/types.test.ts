import { describe, expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { configMaps, definitions, TestServer, widget, widgetDefinition, widgets } from '../support/in-memory.ts';

const MERGE = 'application/merge-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const APPLY = 'application/apply-patch+yaml';
const MAP = '/api/v1/namespaces/default/configmaps/a';
const WIDGET = '/apis/t.example.com/v1/namespaces/default/widgets/a';

async function served(): Promise<MemoryHttp> {
  const server = await new TestServer().start();
  await server.create(definitions, widgetDefinition());
  await server.advance(1000);
  await server.create(widgets, widget('a'));
  await server.create(configMaps, { metadata: { name: 'a', namespace: 'default' } });
  return new MemoryHttp(server);
}

const unreadable = (field: string, type: string) =>
  `couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go struct field .${field} of type string`;

/** As kube-apiserver 1.37 answered. */
describe('a patch that makes of the object what has no type', () => {
  it.each<[url: string, type: string, patch: unknown, code: number, message: string]>([
    [WIDGET, MERGE, { apiVersion: 5 }, 422, unreadable('apiVersion', 'number')],
    [WIDGET, MERGE, { kind: true }, 422, unreadable('kind', 'bool')],
    [WIDGET, MERGE, { apiVersion: 'a/b/c' }, 422, 'unexpected GroupVersion string: a/b/c'],
    [WIDGET, JSON_PATCH, [{ op: 'replace', path: '/kind', value: [] }], 422, unreadable('kind', 'array')],
    [
      WIDGET,
      JSON_PATCH,
      [{ op: 'replace', path: '/apiVersion', value: null }],
      422,
      '.apiVersion accessor error: <nil> is of the type <nil>, expected string',
    ],
    [WIDGET, APPLY, { apiVersion: {}, kind: 'Widget' }, 400, 'invalid object type: /, Kind=Widget'],
    [WIDGET, APPLY, { apiVersion: 't.example.com/v1', kind: 5 }, 400, 'invalid object type: t.example.com/v1, Kind='],
    [WIDGET, APPLY, { apiVersion: 'a/b/c', kind: 'Widget' }, 400, 'invalid object type: /, Kind='],
    [MAP, MERGE, { apiVersion: {} }, 422, unreadable('apiVersion', 'object')],
    [MAP, MERGE, { apiVersion: 'a/b/c' }, 422, 'unexpected GroupVersion string: a/b/c'],
    [
      MAP,
      MERGE,
      { apiVersion: null },
      400,
      'the name of the object (a based on URL) was undeterminable: name must be provided',
    ],
    [MAP, STRATEGIC, { kind: 5 }, 422, '"map[kind:5]": cannot convert int64 to string'],
    [MAP, STRATEGIC, { data: 5 }, 422, '"map[data:5]": cannot restore map from int64'],
    [MAP, STRATEGIC, { binaryData: { a: '!!' } }, 422, 'error decoding from json: illegal base64 data at input byte 0'],
    [MAP, STRATEGIC, { immutable: 'x' }, 422, '"map[immutable:x]": unrecognized type: bool'],
    [MAP, STRATEGIC, { metadata: { generation: 1.5 } }, 422, 'cannot convert float64 to int64'],
    [MAP, STRATEGIC, { metadata: { finalizers: 'x' } }, 422, 'cannot restore slice from string'],
    [MAP, STRATEGIC, { metadata: { ownerReferences: [{ uid: 5 }] } }, 422, 'cannot convert int64 to types.UID'],
    [
      MAP,
      STRATEGIC,
      { metadata: { creationTimestamp: 5 } },
      422,
      '"map[metadata:map[creationTimestamp:5]]": json: cannot unmarshal number into Go value of type string',
    ],
    [MAP, STRATEGIC, { apiVersion: 1.5 }, 422, '"map[apiVersion:1.5]": unrecognized type: string'],
    [MAP, STRATEGIC, { metadata: { $patch: null } }, 500, 'unknown patch type: %!s(<nil>) in map: map[$patch:<nil>]'],
  ])('is refused: %s %s %j', async (url, type, patch, code, message) => {
    const http = await served();
    const headers = { 'content-type': type };
    const query = type === APPLY ? '?fieldManager=m' : '';
    const answer = await http.ask({ method: 'PATCH', url: `${url}${query}`, headers, body: JSON.stringify(patch) });
    const status = JSON.parse(answer.text);
    expect([answer.code, status.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it('may name any type in a strategic merge, which does not look at it', async () => {
    const http = await served();
    const body = '{"kind":"Else","apiVersion":"x/y","data":{"a":"b"}}';
    const answer = await http.ask({ method: 'PATCH', url: MAP, headers: { 'content-type': STRATEGIC }, body });
    expect(JSON.parse(answer.text)).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1', data: { a: 'b' } });
  });
});
