import { once } from 'node:events';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, startHttp } from '../../../src/apiserver/http/listen.ts';
import { ApiServer } from '../../../src/apiserver/server.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemClock, systemRandom } from '../../../src/base/system.ts';
import { certificatesIn } from '../../../src/programs/certificates.ts';
import { DataFolder } from '../../../src/programs/data-folder.ts';
import { spawned } from '../../support/spawned.ts';
import { testTokens } from '../support/exchange.ts';

const random = systemRandom();
const folder = DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-http-')));
const certificates = await certificatesIn(folder, ['127.0.0.1', 'localhost'], systemClock.now());

interface Running {
  readonly apiServer: ApiServer;
  readonly http: HttpServer;
}

async function start(port = 0): Promise<Running> {
  const tokens = testTokens();
  const apiServer = new ApiServer({ storage: new MemoryStorage(), clock: systemClock, random, tokens });
  await apiServer.start();
  const options = { apiServer, clock: systemClock, logger: silentLogger, port, certificate: certificates, tokens };
  return { apiServer, http: await startHttp(options) };
}

interface Got {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

const agent = new https.Agent({ keepAlive: true });
let running: Running;
beforeAll(async () => {
  running = await start();
});
afterAll(async () => {
  agent.destroy();
  await running.http.close();
  await running.apiServer.close();
});

const trusted = { ca: certificates.authority, host: '127.0.0.1' };
const bearer = { authorization: 'Bearer devtoken' };
const json = { 'content-type': 'application/json' };

function open(method: string, path: string, headers: object = {}, body?: string | Buffer) {
  const request = https.request({
    ...trusted,
    agent,
    port: running.http.port,
    method,
    path,
    headers: { ...bearer, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }), ...headers },
  });
  request.end(body);
  return request;
}

async function ask(method: string, path: string, headers: object = {}, body?: string | Buffer): Promise<Got> {
  const [response] = await once(open(method, path, headers, body), 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { code: response.statusCode, headers: response.headers, text };
}

const maps = '/api/v1/namespaces/default/configmaps';
const map = (name: string, data: object = {}) => JSON.stringify({ metadata: { name }, data });

describe('the API server over HTTP/1.1', () => {
  it('answers on one connection that stays open', async () => {
    const sockets = new Set<unknown>();
    for (const [method, path, body] of [
      ['POST', maps, map('one')],
      ['GET', `${maps}/one`, undefined],
      ['DELETE', `${maps}/one`, '{}'],
      ['GET', `${maps}/one`, undefined],
    ] as const) {
      const request = open(method, path, json, body);
      const [response] = await once(request, 'response');
      sockets.add(response.socket);
      response.resume();
      await once(response, 'end');
    }
    expect(sockets.size).toBe(1);
  });

  it('lets nobody in with a bad token, and tells nothing to those without one', async () => {
    const bad = await ask('GET', '/api', { authorization: 'Bearer wrong' });
    expect([bad.code, JSON.parse(bad.text).reason]).toEqual([401, 'Unauthorized']);
    const without = await ask('GET', '/api', { authorization: '' });
    expect([without.code, JSON.parse(without.text).message]).toEqual([
      403,
      'forbidden: User "system:anonymous" cannot get path "/api"',
    ]);
    expect((await ask('GET', '/healthz', { authorization: '' })).text).toBe('ok');
    const known = await ask('GET', maps, { authorization: 'Bearer nobody' });
    expect([known.code, JSON.parse(known.text).message]).toEqual([
      403,
      'configmaps is forbidden: User "nobody" cannot list resource "configmaps" in API group "" in the namespace "default"',
    ]);
  });

  it('warns in every language', async () => {
    const { headers } = await ask('POST', `${maps}?dryRun=All`, json, '{"metadata":{"name":"w"},"日本":1}');
    const [warning] = [headers['warning']].flat();
    expect(Buffer.from(warning!, 'latin1').toString()).toBe('299 - "unknown field \\"日本\\""');
  });

  it('takes bodies up to 3 MiB', async () => {
    const big = await ask('POST', maps, json, map('big', { x: 'x'.repeat(3 * 2 ** 20) }));
    expect([big.code, JSON.parse(big.text).reason]).toEqual([413, 'RequestEntityTooLarge']);
    const chunked = https.request({
      ...trusted,
      port: running.http.port,
      method: 'POST',
      path: maps,
      headers: { ...bearer, ...json, 'transfer-encoding': 'chunked' },
    });
    const answered = once(chunked, 'response');
    for (let i = 0; i < 4; i++) chunked.write('x'.repeat(2 ** 20));
    chunked.end();
    const [response] = await answered;
    expect(response.statusCode).toBe(413);
    response.resume();
    const fits = await ask('POST', maps, json, map('fits', { x: 'x'.repeat(1_000_000) }));
    expect(fits.code).toBe(201);
  });

  it('goes on reading from a client that has just been sent a long answer', async () => {
    // A process of its own: within one, nothing is sent before everything has been read.
    const program = `
      import https from 'node:https';
      import { once } from 'node:events';
      const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
      const codes = {};
      for (let i = 0; i < 60; i++) {
        const body = JSON.stringify({ metadata: { name: 'long-' + i }, data: { text: 'x'.repeat(100_000) } });
        const headers = { authorization: 'Bearer devtoken', 'content-type': 'application/json', 'content-length': body.length };
        const url = 'https://127.0.0.1:${running.http.port}${maps}';
        const request = https.request(url, { method: 'POST', agent, headers }).end(body);
        const code = await once(request, 'response').then(async ([response]) => {
          for await (const _ of response);
          return response.statusCode;
        }, (error) => error.code);
        codes[code] = (codes[code] ?? 0) + 1;
      }
      console.log(JSON.stringify(codes));`;
    const client = spawned(process.execPath, ['--input-type=module', '-e', program]);
    await client.ended;
    expect([client.out().trim(), client.err()]).toEqual(['{"201":60}', '']);
  });

  it('says in its own words what is not even HTTP', async () => {
    const said = async (text: string) => {
      const socket = tls.connect({ ...trusted, port: running.http.port });
      socket.write(text);
      const [answer] = await once(socket.setEncoding('utf8'), 'data');
      socket.destroy();
      return answer.split('\r\n')[0];
    };
    expect(await said('NONSENSE\r\n\r\n')).toBe('HTTP/1.1 400 Bad Request');
    expect(await said(`GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(1.2 * 2 ** 20)}\r\n\r\n`)).toMatch(
      /^HTTP\/1.1 431 /,
    );
  });

  it('wants TLS 1.2 or later, with a certificate that its authority vouches for', async () => {
    const handshake = async (options: tls.ConnectionOptions) => {
      const socket = tls.connect({ ...trusted, port: running.http.port, ...options });
      await once(socket, 'secureConnect');
      const result = [socket.getProtocol(), socket.authorized, socket.alpnProtocol];
      socket.destroy();
      return result;
    };
    expect(await handshake({ servername: 'localhost', ALPNProtocols: ['h2', 'http/1.1'] })).toEqual([
      'TLSv1.3',
      true,
      'h2',
    ]);
    expect(await handshake({ maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] })).toEqual([
      'TLSv1.2',
      true,
      'http/1.1',
    ]);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(old)).rejects.toThrow(/protocol version/);
  });

  it('reads YAML and writes it', async () => {
    const yaml = { 'content-type': 'application/yaml', accept: 'application/yaml' };
    const made = await ask('POST', maps, yaml, 'metadata:\n  name: yaml\ndata: {a: "1", b: |\n  two\n}\n');
    expect(made.code).toBe(400);
    const good = await ask('POST', maps, yaml, 'metadata: {name: yaml}\ndata:\n  a: "1"\n  b: |\n    two\n');
    expect(good.code).toBe(201);
    expect(good.headers['content-type']).toBe('application/yaml');
    expect(good.text).toContain('data:\n  a: "1"\n  b: |\n    two\nkind: ConfigMap\n');
  });

  it('says once what has not changed since', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    const first = await ask('GET', '/apis', { accept });
    expect(first.headers['content-type']).toBe('application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
    const again = await ask('GET', '/apis', { accept, 'if-none-match': first.headers['etag'] });
    expect([again.code, again.text]).toEqual([304, '']);
    const index = JSON.parse((await ask('GET', '/openapi/v3')).text).paths['api/v1'].serverRelativeURL;
    const document = await ask('GET', index);
    expect(document.headers['cache-control']).toMatch(/immutable/);
    const stale = await ask('GET', '/openapi/v3/api/v1?hash=STALE');
    expect([stale.code, stale.headers['location']]).toEqual([301, index]);
  });

  it('tells what is well with it', async () => {
    const verbose = await ask('GET', '/readyz?verbose');
    expect(verbose.text).toMatch(/^\[\+\]ping ok\n(\[\+\]\S+ ok\n)*\[\+\]shutdown ok\nreadyz check passed\n$/);
    expect(verbose.text).toContain('[+]etcd ok\n');
    expect((await ask('GET', '/livez/etcd')).text).toBe('ok');
    expect(JSON.parse((await ask('GET', '/version')).text)).toMatchObject({ major: '1', gitVersion: 'v1.37.2' });
  });

  it('streams a watch, each event when it happens', async () => {
    const request = open('GET', `${maps}?watch=1&fieldSelector=metadata.name=streamed`);
    const [response] = await once(request, 'response');
    expect(response.headers['transfer-encoding']).toBe('chunked');
    const lines = response.setEncoding('utf8')[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value);
    await ask('POST', maps, json, map('streamed'));
    expect(await next()).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'streamed' } } });
    await ask('PATCH', `${maps}/streamed`, { 'content-type': 'application/merge-patch+json' }, '{"data":{"k":"v"}}');
    expect(await next()).toMatchObject({ type: 'MODIFIED', object: { data: { k: 'v' } } });
    request.destroy();
    await expect.poll(() => running.apiServer.watchCounts().get('/configmaps')).toBe(0);
  });

  it('goes on when a client breaks off in the middle of its body', async () => {
    const socket = tls.connect({ ...trusted, port: running.http.port });
    await once(socket, 'secureConnect');
    socket.write(
      `POST ${maps} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer devtoken\r\ncontent-length: 100\r\n\r\n{"meta`,
    );
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect((await ask('GET', '/livez')).text).toBe('ok');
  });
});

describe('the API server over HTTP/2', () => {
  it('answers many requests on one connection at once, and streams', async () => {
    const session = http2.connect(`https://127.0.0.1:${running.http.port}`, { ca: certificates.authority });
    const send = (headers: http2.OutgoingHttpHeaders, body?: string) => {
      const stream = session.request({ ...bearer, ...headers }, { endStream: body === undefined });
      if (body !== undefined) stream.end(body);
      return stream.setEncoding('utf8');
    };
    const complete = async (headers: http2.OutgoingHttpHeaders, body?: string) => {
      const stream = send(headers, body);
      const [answer] = await once(stream, 'response');
      let text = '';
      for await (const chunk of stream) text += chunk;
      return { code: answer[':status'], text };
    };
    const watch = send({ ':path': `${maps}?watch=1&labelSelector=h2` });
    await once(watch, 'response');
    const post = (name: string) =>
      complete({ ':method': 'POST', ':path': maps, ...json }, `{"metadata":{"name":"${name}","labels":{"h2":"1"}}}`);
    const names = Array.from({ length: 40 }, (_, index) => `h2-${index}`);
    let seen = '';
    watch.on('data', (chunk) => {
      seen += chunk;
    });
    const answers = await Promise.all(names.map(post));
    expect(answers.map(({ code }) => code)).toEqual(names.map(() => 201));
    await expect.poll(() => seen.split('\n').length - 1).toBe(40);
    const large = await complete(
      { ':method': 'POST', ':path': maps, ...json },
      map('x', { x: 'x'.repeat(3.5 * 2 ** 20) }),
    );
    expect(large.code).toBe(413);
    const list = await complete({ ':path': `${maps}?labelSelector=h2` });
    expect(JSON.parse(list.text).items).toHaveLength(40);
    watch.close();
    session.close();
  });
});

describe('an API server that ends', () => {
  it('ends watches and idle connections at once, and lets requests finish', async () => {
    const other = await start();
    const { port } = other.http;
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca: certificates.authority });
    const watch = session.request({ ...bearer, ':path': `${maps}?watch=1` });
    await once(watch, 'response');
    const keepAlive = new https.Agent({ keepAlive: true });
    const request = https.get({ ...trusted, agent: keepAlive, port, path: `${maps}?watch=1`, headers: bearer });
    const [response] = await once(request, 'response');
    const idle = tls.connect({ ...trusted, port });
    idle.write('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
    await once(idle, 'data');
    const ended = [
      once(watch.resume(), 'end'),
      once(response.resume(), 'end'),
      once(idle, 'end'),
      once(session, 'close'),
    ];
    const started = performance.now();
    await Promise.all([other.http.close(), ...ended]);
    expect(performance.now() - started).toBeLessThan(700);
    await other.apiServer.close();
    keepAlive.destroy();
  });

  it('says which port is taken', async () => {
    await expect(start(running.http.port)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });
});
