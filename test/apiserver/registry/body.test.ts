import { expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { TestServer } from '../support/in-memory.ts';

it('what is wrong with the fields of a built-in kind is said as it comes, whatever their names are', async () => {
  const http = new MemoryHttp(await new TestServer().start());
  const exchange = await http.ask({
    method: 'POST',
    url: '/api/v1/namespaces/default/configmaps?fieldValidation=Strict',
    headers: { 'content-type': 'application/json' },
    body: '{"\\u0001":1,"metadata":{"name":"a","name":"b","\\u00ad":2},"x\\"y":3}',
  });
  expect(exchange.code).toBe(400);
  expect(JSON.parse(Buffer.concat(exchange.chunks).toString()).message).toMatch(
    /: unknown field "\\x01", duplicate field "metadata\.name", unknown field "metadata\.\\u00ad", unknown field "x\\"y"$/,
  );
});
