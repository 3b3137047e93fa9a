import { describe, expect, it } from 'vitest';
import { parseExactly, writeExactly } from '../../src/apiserver/exact-json.ts';
import { MemoryHttp } from './support/exchange.ts';
import { definitions, TestServer, widgetDefinition } from './support/in-memory.ts';

describe('JSON with integers of 64 bits', () => {
  it.each([
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '1700000000000000001',
    '{"a":[9007199254740993,{"b":-9007199254740995}],"__proto__":4611686018427387904}',
    '{"text":"9007199254740993","small":1,"half":0.5,"none":null}',
  ])('comes out as it went in: %s', (text) => {
    expect(writeExactly(parseExactly(text))).toBe(text);
  });

  it('has numbers for all that a double holds, and for what is no integer of 64 bits', () => {
    expect(parseExactly('[9007199254740991,1234567890123456.5,1e300,18446744073709551616]')).toEqual([
      9007199254740991,
      1234567890123456.5,
      1e300,
      2 ** 64,
    ]);
  });
});

describe('a custom resource with an integer that no double holds', () => {
  const numbers = { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'integer' } };
  const spec = {
    type: 'object',
    properties: {
      at: { type: 'integer', format: 'int64', 'x-kubernetes-validations': [{ rule: 'self % 2 == 1' }] },
      numbers,
      most: { type: 'integer', maximum: 5 },
    },
  };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  const column = { name: 'At', type: 'integer', jsonPath: '.spec.at' };
  const version = { name: 'v1', served: true, storage: true, schema, additionalPrinterColumns: [column] };
  const url = '/apis/t.example.com/v1/namespaces/default/widgets';

  async function served(): Promise<MemoryHttp> {
    const server = await new TestServer().start();
    await server.create(definitions, widgetDefinition({ versions: [version] }));
    await server.advance(1000);
    return new MemoryHttp(server);
  }

  const widget = (spec: string) =>
    `{"apiVersion":"t.example.com/v1","kind":"Widget","metadata":{"name":"w"},"spec":${spec}}`;

  it('keeps it through every kind of write, and shows it in every form', async () => {
    const http = await served();
    const headers = { 'content-type': 'application/json' };
    const made = await http.ask({ method: 'POST', url, headers, body: widget('{"at":1700000000000000001}') });
    expect([made.code, made.text]).toEqual([201, expect.stringContaining('"at":1700000000000000001')]);
    const patch = { method: 'PATCH', url: `${url}/w?fieldManager=m&force=true` };
    const body = widget('{"at":9007199254740993,"numbers":[9007199254740993,1]}');
    const applied = await http.ask({ ...patch, headers: { 'content-type': 'application/apply-patch+yaml' }, body });
    expect(applied.text).toContain('"numbers":[9007199254740993,1]');
    expect(applied.text).toContain('"v:9007199254740993":{}');
    const merge = { 'content-type': 'application/merge-patch+json' };
    const merged = await http.ask({
      method: 'PATCH',
      url: `${url}/w`,
      headers: merge,
      body: '{"spec":{"at":9223372036854775807}}',
    });
    expect(merged.text).toContain('"at":9223372036854775807');
    for (const accept of ['application/json', 'application/yaml', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
      const shown = await http.ask({ url: `${url}/w?pretty=true`, headers: { accept } });
      expect(shown.text).toContain('9223372036854775807');
    }
  });

  it('is refused by the bounds and rules of its schema, with all its digits', async () => {
    const http = await served();
    const headers = { 'content-type': 'application/json' };
    const even = await http.ask({ method: 'POST', url, headers, body: widget('{"at":9007199254740994}') });
    expect([even.code, even.text]).toEqual([422, expect.stringContaining('failed rule: self % 2 == 1')]);
    const most = await http.ask({ method: 'POST', url, headers, body: widget('{"most":9223372036854775807}') });
    expect(most.text).toContain(
      'Invalid value: 9223372036854775807: spec.most in body should be less than or equal to 5',
    );
  });
});
