import { gunzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryHttp } from '../support/exchange.ts';
import { TestServer } from '../support/in-memory.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const gzip = { 'accept-encoding': 'deflate, gzip;q=0.8' };
let http: MemoryHttp;

async function make(name: string, bytes: number): Promise<void> {
  const body = JSON.stringify({ metadata: { name }, data: { k: 'x'.repeat(bytes) } });
  await http.ask({ method: 'POST', url: maps, headers: { 'content-type': 'application/json' }, body });
}

beforeEach(async () => {
  http = new MemoryHttp(await new TestServer().start());
});

describe('an answer to a client that takes gzip', () => {
  it('is compressed when it is long', async () => {
    await make('long', 200_000);
    const plain = await http.ask({ method: 'GET', url: maps });
    const small = await http.ask({ method: 'GET', url: maps, headers: gzip });
    expect(plain.answered('content-encoding')).toBeUndefined();
    expect(small.answered('content-encoding')).toBe('gzip');
    expect(small.answered('vary')).toBe('Accept-Encoding');
    const bytes = Buffer.concat(small.chunks);
    expect(bytes.length).toBeLessThan(20_000);
    expect(gunzipSync(bytes).toString()).toBe(Buffer.concat(plain.chunks).toString());
  });

  it('is sent as it is when it is short, or gzip is declined', async () => {
    await make('short', 10);
    const short = await http.ask({ method: 'GET', url: maps, headers: gzip });
    expect(short.answered('content-encoding')).toBeUndefined();
    await make('long', 200_000);
    const declined = await http.ask({ method: 'GET', url: maps, headers: { 'accept-encoding': 'gzip;q=0' } });
    expect(declined.answered('content-encoding')).toBeUndefined();
  });

  it('is compressed whenever it is the whole of OpenAPI v2', async () => {
    const document = await http.ask({ method: 'GET', url: '/openapi/v2', headers: gzip });
    expect(document.answered('content-encoding')).toBe('gzip');
    const { swagger } = JSON.parse(gunzipSync(Buffer.concat(document.chunks)).toString());
    expect(swagger).toBe('2.0');
    const accept = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf';
    const protobuf = await http.ask({ method: 'GET', url: '/openapi/v2', headers: { accept } });
    expect(protobuf.code).toBe(200);
    expect(protobuf.answered('content-encoding')).toBeUndefined();
  });
});
