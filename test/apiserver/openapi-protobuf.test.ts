import { expect, it } from 'vitest';
import { encodeOpenApiV3 } from '../../src/apiserver/openapi/v3-protobuf.ts';
import { BYTES, ProtobufReader } from '../../src/apiserver/protobuf/reader.ts';

/** What stands at a path of field numbers, the first of each. */
function at(bytes: Buffer, ...path: readonly number[]): Buffer {
  let inside = bytes;
  for (const wanted of path) {
    const reader = new ProtobufReader(inside);
    let found: Buffer | undefined;
    while (found === undefined) {
      const { field, type } = reader.tag();
      if (type !== BYTES) reader.skip(type);
      else if (field === wanted) found = reader.bytes();
      else reader.bytes();
    }
    inside = found;
  }
  return inside;
}

it('an OpenAPI v3 document has its parts where readers of gnostic look for them', () => {
  const property = { type: 'string', default: '', description: 'd' };
  const bytes = encodeOpenApiV3({
    openapi: '3.0.0',
    info: { title: 'T', version: 'V' },
    paths: {
      '/p': {
        get: {
          tags: ['t'],
          operationId: 'o',
          responses: { 200: { description: 'OK', content: { 'application/json': { schema: { $ref: '#/c' } } } } },
          'x-kubernetes-action': 'list',
        },
        parameters: [{ name: 'q', in: 'query', schema: { type: 'string', uniqueItems: true } }],
      },
    },
    components: { schemas: { S: { type: 'object', properties: { b: property }, 'x-y': ['z'] } } },
  });
  const text = (...path: readonly number[]) => at(bytes, ...path).toString();
  expect(text(1)).toBe('3.0.0');
  expect([text(2, 1), text(2, 6)]).toEqual(['T', 'V']);
  const path = [4, 1, 2];
  expect(text(4, 1, 1)).toBe('/p');
  expect([text(...path, 4, 1), text(...path, 4, 5)]).toEqual(['t', 'o']);
  expect(text(...path, 4, 13, 2, 2)).toBe('list\n');
  expect(text(...path, 4, 8, 2, 2, 1, 3, 1, 2, 1, 2, 1)).toBe('#/c');
  expect(text(...path, 13, 1, 10, 1, 25)).toBe('string');
  const schema = [5, 1, 1, 2, 1];
  expect([text(...schema, 25), text(...schema, 31, 1, 1), text(...schema, 36, 2, 2)]).toEqual(['object', 'b', '- z\n']);
  expect(text(...schema, 31, 1, 2, 1, 34)).toBe('d');
  // An empty default is told from none.
  expect(at(bytes, ...schema, 31, 1, 2, 1, 33)).toEqual(Buffer.from([0x1a, 0x00]));
});
