import { once } from 'node:events';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, startHttp } from '../../../src/apiserver/http/listen.ts';
import { ApiServer } from '../../../src/apiserver/server.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Random } from '../../../src/base/random.ts';
import { systemClock, systemRandom } from '../../../src/base/system.ts';
import { certificatesIn } from '../../../src/programs/certificates.ts';
import { DataFolder } from '../../../src/programs/data-folder.ts';
import { MemoryHttp, testTokens } from '../support/exchange.ts';
import {
  configMaps,
  definitions,
  refusal,
  TestServer,
  widget,
  widgetDefinition,
  widgets,
} from '../support/in-memory.ts';

const bearer = { authorization: 'Bearer devtoken' };
const maps = '/api/v1/namespaces/default/configmaps';
const JSON_TYPE = { 'content-type': 'application/json' };

let apiServer: ApiServer;
let http: HttpServer;
let ca: string;
beforeAll(async () => {
  const folder = DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-limits-')));
  const certificate = await certificatesIn(folder, ['127.0.0.1'], systemClock.now());
  ca = certificate.authority;
  const tokens = testTokens();
  apiServer = new ApiServer({ storage: new MemoryStorage(), clock: systemClock, random: systemRandom(), tokens });
  await apiServer.start();
  const patience = { handshakeMs: 150, headersMs: 150, requestMs: 300, idleMs: 150 };
  const options = { apiServer, clock: systemClock, logger: silentLogger, port: 0, certificate, tokens, patience };
  http = await startHttp(options);
});
afterAll(async () => {
  await http.close();
  await apiServer.close();
});

const socket = () => tls.connect({ ca, host: '127.0.0.1', port: http.port });
const session = () => http2.connect(`https://127.0.0.1:${http.port}`, { ca, maxSendHeaderBlockLength: 4 * 2 ** 20 });

/** What a connection brings until it ends; a client that is still sending when the server ends it may lose the last. */
function everything(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  stream.on('error', () => {});
  return new Promise((resolve) => stream.on('close', () => resolve(text)));
}

describe('a client that is slow on purpose', () => {
  it('is not waited for in its handshake', async () => {
    const silent = net.connect(http.port, '127.0.0.1');
    expect(await everything(silent)).toBe('');
  });

  it('is not waited for in its headers', async () => {
    const slow = socket();
    await once(slow, 'secureConnect');
    slow.write('GET /livez HTTP/1.1\r\nhost: a\r\nx');
    const trickle = setInterval(() => slow.write('x'), 20);
    expect(await everything(slow)).toMatch(/^(HTTP\/1\.1 408 |$)/);
    clearInterval(trickle);
  });

  it('is not waited for in its body, over HTTP/1.1 and HTTP/2', async () => {
    const slow = socket();
    await once(slow, 'secureConnect');
    slow.write(`POST ${maps} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer devtoken\r\ncontent-length: 1000\r\n\r\n{`);
    const trickle = setInterval(() => slow.write(' '), 20);
    expect(await everything(slow)).toMatch(/^(HTTP\/1\.1 (408|504) |$)/);
    clearInterval(trickle);
    const connection = session();
    const stream = connection.request({ ':method': 'POST', ':path': maps, ...bearer, ...JSON_TYPE });
    stream.write('{');
    const answered = everything(stream);
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(504);
    expect(JSON.parse(await answered)).toMatchObject({ kind: 'Status', reason: 'Timeout', code: 504 });
    connection.close();
  });

  it('that has nothing more to ask is let go, and one that watches is not', async () => {
    const idle = socket();
    await once(idle, 'secureConnect');
    idle.write('GET /livez HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await everything(idle)).toMatch(/^HTTP\/1\.1 200 /);
    const [quiet, watching] = [session(), session()];
    const watch = watching.request({ ':path': `${maps}?watch=1&labelSelector=limits`, ...bearer });
    await once(watch, 'response');
    await once(quiet, 'close');
    expect(watching.closed).toBe(false);
    const event = once(watch, 'data');
    const body = JSON.stringify({ metadata: { name: 'seen', labels: { limits: 'x' } } });
    watching.request({ ':method': 'POST', ':path': maps, ...bearer, ...JSON_TYPE }).end(body);
    expect(String((await event)[0])).toContain('"ADDED"');
    watch.close();
    watching.close();
  });
});

describe('nonsense on the wire', () => {
  const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  const bytes = (random: Random, most: number) =>
    Buffer.from(Array.from({ length: 1 + Math.floor(random.next() * most) }, () => Math.floor(random.next() * 256)));
  /** A frame of HTTP/2 with a length that is right, and nothing else that need be. */
  const frame = (random: Random) => {
    const content = bytes(random, 60);
    const head = Buffer.from([
      0,
      0,
      content.length,
      random.next() * 12,
      random.next() * 256,
      0,
      0,
      0,
      random.next() * 8,
    ]);
    return Buffer.concat([head, content]);
  };

  it('of 60 seeds ends its own connection and no other', async () => {
    const other = session();
    const watch = other.request({ ':path': `${maps}?watch=1&labelSelector=wire`, ...bearer });
    await once(watch, 'response');
    const ended = Array.from({ length: 60 }, async (_, seed) => {
      const random = new Random(`wire/${seed}`);
      const isHttp2 = seed % 2 === 1;
      const options = { ca, host: '127.0.0.1', port: http.port, ALPNProtocols: [isHttp2 ? 'h2' : 'http/1.1'] };
      const wire = tls.connect(options);
      wire.on('error', () => {});
      const text = `POST ${maps} HTTP/1.1\r\nhost: a\r\nauthorization: Bearer devtoken\r\ncontent-length: 20\r\n\r\n`;
      const head = Buffer.from(text);
      // One byte of the request is another one.
      head[Math.floor(random.next() * head.length)] = random.next() * 256;
      const frames = Array.from({ length: 6 }, () => frame(random));
      wire.write(isHttp2 ? Buffer.concat([preface, ...frames]) : Buffer.concat([head, bytes(random, 200)]));
      await everything(wire);
    });
    await Promise.all(ended);
    const stream = other.request({ ':path': '/livez' });
    expect((await once(stream, 'response'))[0][':status']).toBe(200);
    other.close();
  });
});

describe('a request that is large', () => {
  const selector = (bytes: number) =>
    `${maps}?labelSelector=${encodeURIComponent(`a in (${'value,'.repeat(bytes / 6)}z)`)}`;

  it('may have a URL of hundreds of kilobytes, but not of more than a megabyte', async () => {
    const ask = (url: string) =>
      new Promise<number | string>((resolve) => {
        const request = https.get(
          { ca, host: '127.0.0.1', port: http.port, path: url, headers: bearer },
          (response) => {
            response.resume();
            resolve(response.statusCode!);
          },
        );
        request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code!));
      });
    expect(await ask(selector(400_000))).toBe(200);
    expect([431, 'ECONNRESET', 'EPIPE']).toContain(await ask(selector(1_500_000)));
    const connection = session();
    connection.on('error', () => {});
    const status = async (url: string) => {
      const stream = connection.request({ ':path': url, ...bearer });
      stream.on('error', () => {});
      stream.resume();
      return new Promise((resolve) => {
        stream.on('response', (headers) => resolve(headers[':status']));
        stream.on('close', () => resolve('refused'));
      });
    };
    // nghttp2, which Node speaks HTTP/2 with, takes no header of more than 64 KiB.
    expect(await status(selector(50_000))).toBe(200);
    expect(await status(selector(1_500_000))).not.toBe(200);
    connection.destroy();
    expect(await ask('/livez')).toBe(200);
  });
});

describe('what is bounded', () => {
  it('memory, with 10,000 watches that see nothing', async () => {
    const server = await new TestServer().start();
    const memory = new MemoryHttp(server);
    const before = process.memoryUsage().heapUsed;
    const watches = Array.from({ length: 10_000 }, (_, index) =>
      memory.open({ url: `/api/v1/configmaps?watch=1&labelSelector=app%3Dx${index % 50}` }),
    );
    await server.advance(10);
    const each = (process.memoryUsage().heapUsed - before) / watches.length;
    console.log(`${(each / 1024).toFixed(1)} KiB for each of 10,000 idle watches`);
    expect(server.server.watchCounts().get('/configmaps')).toBe(10_000);
    expect(each).toBeLessThan(32 * 1024);
    await server.create(configMaps, {
      ...widget('seen', {}, { labels: { app: 'x7' } }),
      apiVersion: 'v1',
      kind: 'ConfigMap',
    });
    expect(watches.filter(({ chunks }) => chunks.length > 0)).toHaveLength(200);
    for (const watch of watches) watch.destroy();
    expect(server.server.watchCounts().get('/configmaps')).toBe(0);
  });

  it('what patterns cost that make others explode', async () => {
    const server = await new TestServer().start();
    const definition = widgetDefinition();
    const version = (
      definition as unknown as {
        spec: { versions: { schema: { openAPIV3Schema: { properties: { spec: object } } } }[] };
      }
    ).spec.versions[0]!;
    version.schema.openAPIV3Schema.properties.spec = {
      type: 'object',
      properties: { zone: { type: 'string', maxLength: 100_000, pattern: '^(a+)+$' } },
      'x-kubernetes-validations': [{ rule: "!has(self.zone) || self.zone.matches('^(([a-z])+.)+[A-Z]([a-z])+$')" }],
    };
    await server.create(definitions, definition);
    await server.advance(1000);
    const status = await refusal(server.create(widgets, widget('w', { zone: `${'a'.repeat(50_000)}!` })));
    expect(status.code).toBe(422);
    expect(status.message).toContain("should match '^(a+)+$'");
  });

  it('the keys of objects, which are never the prototype’s', async () => {
    const server = await new TestServer().start();
    const memory = new MemoryHttp(server);
    const body =
      '{"metadata":{"name":"keys","labels":{"__proto__":"x"},"annotations":{"constructor":"c"}},"data":{"__proto__":"polluted","toString":"t"}}';
    const made = await memory.ask({ method: 'POST', url: maps, headers: JSON_TYPE, body });
    expect([201, 400, 422]).toContain(made.code);
    const merge = { 'content-type': 'application/merge-patch+json' };
    await memory.ask({
      method: 'PATCH',
      url: `${maps}/keys`,
      headers: merge,
      body: '{"__proto__":{"a":"b"},"data":{"__proto__":"y"}}',
    });
    const json = { 'content-type': 'application/json-patch+json' };
    await memory.ask({
      method: 'PATCH',
      url: `${maps}/keys`,
      headers: json,
      body: '[{"op":"add","path":"/__proto__/a","value":"b"},{"op":"add","path":"/constructor/prototype/a","value":"b"}]',
    });
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect((await memory.ask({ url: `${maps}?labelSelector=__proto__%3Dx` })).code).toBe(400);
  });
});
