import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ResourceType } from '../../src/api/meta.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask, systemClock } from '../../src/base/system.ts';
import { HttpClient, type HttpClientOptions } from '../../src/client/http.ts';
import type { KubeconfigUser } from '../../src/client/kubeconfig.ts';
import { AbortError, type ApiError, ConnectionError, type WatchEvent } from '../../src/client/port.ts';

const things: ResourceType = { group: 'test', version: 'v1', kind: 'Thing', plural: 'things', namespaced: true };
const thing = (name: string, version = '1') => ({
  apiVersion: 'test/v1',
  kind: 'Thing',
  metadata: { namespace: 'n', name, uid: name, resourceVersion: version, creationTimestamp: '' },
});

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A server that does what the case says, and a client of it. */
async function start(handler: Handler, options: Partial<HttpClientOptions> = {}, user: Partial<KubeconfigUser> = {}) {
  const sockets = new Set<net.Socket>();
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += chunk));
    request.on('end', () => handler(request, response, body));
  });
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const client = new HttpClient({
    access: {
      origin: 'test',
      cluster: { name: 'c', server: `http://127.0.0.1:${port}/base`, skipTLSVerify: false },
      user: { name: 'u', ...user },
      namespace: undefined,
    },
    clock: systemClock,
    random: new Random(1),
    version: '1.2.3',
    ...options,
  });
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
    () => client.close(),
  );
  return { server, client, sockets, port };
}

const json = (response: http.ServerResponse, value: unknown, code = 200, headers: http.OutgoingHttpHeaders = {}) => {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
};
const status = (code: number, reason: string, more: object = {}) => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  code,
  reason,
  message: reason,
  ...more,
});
const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (error: Error) => error,
  );

/** What a watch is told, and promises for it. */
function watching(client: HttpClient, options = {}) {
  const received: WatchEvent<never>[] = [];
  const batches: number[] = [];
  let settle: (error: Error | undefined) => void = () => {};
  const ended = new Promise<Error | undefined>((resolve) => {
    settle = resolve;
  });
  const watch = client.watch<never>(things, options, {
    events: (batch) => {
      batches.push(batch.length);
      received.push(...batch);
    },
    closed: settle,
  });
  return { watch, received, batches, ended };
}

describe('the http transport', () => {
  it('says what it wants and who it is', async () => {
    const seen: http.IncomingMessage[] = [];
    const { client } = await start(
      (request, response) => {
        seen.push(request);
        json(response, thing('a'));
      },
      {},
      { token: 'secret' },
    );
    await client.get(things, { namespace: 'n', name: 'a/b c' });
    await client.create(things, thing('a'), { fieldManager: 'me', fieldValidation: 'Strict', dryRun: true });
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /base/apis/test/v1/namespaces/n/things/a%2Fb%20c',
      'POST /base/apis/test/v1/namespaces/n/things?dryRun=All&fieldManager=me&fieldValidation=Strict',
    ]);
    expect(seen[0]!.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer secret',
      'user-agent': 'orrery/1.2.3',
    });
    expect(seen[0]!.headers['accept-encoding']).toBeUndefined();
    expect(seen[1]!.headers['content-type']).toBe('application/json');
  });

  it('uses few connections, and the same ones again', async () => {
    const { client, sockets } = await start((_, response) => setTimeout(() => json(response, thing('a')), 5), {
      connections: 4,
    });
    await Promise.all(Array.from({ length: 40 }, () => client.get(things, { namespace: 'n', name: 'a' })));
    for (let i = 0; i < 10; i++) await client.get(things, { namespace: 'n', name: 'a' });
    expect(sockets.size).toBe(4);
  });

  it('keeps watches from taking the place of calls', async () => {
    const { client } = await start(
      (request, response) => {
        if (request.url!.includes('watch')) response.writeHead(200).flushHeaders();
        else json(response, thing('a'));
      },
      { connections: 1 },
    );
    for (let i = 0; i < 5; i++) watching(client);
    await wait(20);
    await client.get(things, { namespace: 'n', name: 'a' });
    expect(await client.raw('/x')).toEqual(thing('a'));
  });

  it('tries again when the server says when, and not more than ten times', async () => {
    let calls = 0;
    const { client } = await start((_, response) => {
      calls++;
      if (calls < 3) json(response, status(429, 'TooManyRequests'), 429, { 'retry-after': '0' });
      else json(response, thing('a'));
    });
    await client.create(things, thing('a'));
    expect(calls).toBe(3);
    calls = -100;
    const error = (await failureOf(client.get(things, { name: 'a' }))) as ApiError;
    expect(error).toMatchObject({ code: 429, retryAfterMs: 0 });
    expect(calls).toBe(-100 + 11);
  });

  it('does not try again what has no Retry-After, nor what would come after the deadline', async () => {
    let calls = 0;
    const { client } = await start(
      (request, response) => {
        calls++;
        const headers = request.url!.includes('late') ? { 'retry-after': '100' } : {};
        json(response, status(503, 'ServiceUnavailable'), 503, headers);
      },
      { deadlineMs: 1000 },
    );
    expect(await failureOf(client.get(things, { name: 'a' }))).toMatchObject({ code: 503, retryAfterMs: undefined });
    expect(await failureOf(client.get(things, { name: 'late' }))).toMatchObject({ code: 503, retryAfterMs: 100_000 });
    expect(calls).toBe(2);
  });

  it('waits for Retry-After on the clock that it was given', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const { client } = await start(
      (_, response) => {
        calls++;
        if (calls === 1) json(response, status(429, 'TooManyRequests'), 429, { 'retry-after': '5' });
        else json(response, thing('a'));
      },
      { clock },
    );
    const call = client.get(things, { name: 'a' });
    while (clock.pending < 1 || calls < 1) await wait(1);
    await wait(30);
    expect(calls).toBe(1);
    await clock.advance(5000 * 1.2, macrotask);
    expect(await call).toMatchObject({ metadata: { name: 'a' } });
  });

  it('gives up at the deadline, and leaves no request behind', async () => {
    const clock = new VirtualClock();
    const arrived: string[] = [];
    let aborted = 0;
    const { client } = await start(
      (request, response) => {
        arrived.push(request.url!.split('/').at(-1)!);
        if (request.url!.includes('slow')) response.on('close', () => aborted++);
        else json(response, thing('a'));
      },
      { clock, deadlineMs: 5000, connections: 1 },
    );
    const calls = ['slow', 'slow-too'].map((name) => failureOf(client.get(things, { name })));
    while (arrived.length === 0) await wait(1);
    await clock.advance(5000, macrotask);
    for (const error of await Promise.all(calls)) {
      expect(error).toBeInstanceOf(ConnectionError);
      expect(error!.message).toContain('no answer to GET within 5 s');
    }
    await client.get(things, { name: 'a' });
    while (aborted === 0) await wait(1);
    expect(arrived.at(-1)).toBe('a');
  });

  it('ends a call when its signal aborts, also one that waits for a connection', async () => {
    const { client } = await start(() => {}, { connections: 1 });
    const abort = new AbortController();
    const calls = ['a', 'b'].map((name) => failureOf(client.get(things, { name }, { signal: abort.signal })));
    await wait(20);
    abort.abort();
    for (const error of await Promise.all(calls)) expect(error).toBeInstanceOf(AbortError);
  });

  it('makes a read again when the connection it was sent on had just been closed, but never a write', async () => {
    let calls = 0;
    const { client } = await start((request, response) => {
      calls++;
      if (calls % 2 === 1) request.socket.destroy();
      else json(response, thing('a'));
    });
    expect(await client.get(things, { name: 'a' })).toMatchObject({ metadata: { name: 'a' } });
    expect(calls).toBe(2);
    expect(await failureOf(client.create(things, thing('a')))).toBeInstanceOf(ConnectionError);
    expect(calls).toBe(3);
  });

  it('reads the token again when it is refused', async () => {
    const file = `/tmp/orrery-token-${process.pid}`;
    fs.writeFileSync(file, 'old');
    closing.push(() => fs.rmSync(file));
    const seen: (string | undefined)[] = [];
    const { client } = await start(
      (request, response) => {
        seen.push(request.headers.authorization);
        if (request.headers.authorization === 'Bearer new') json(response, thing('a'));
        else json(response, status(401, 'Unauthorized'), 401);
      },
      {},
      { tokenFile: file },
    );
    expect(await failureOf(client.get(things, { name: 'a' }))).toMatchObject({ code: 401 });
    fs.writeFileSync(file, 'new');
    await client.get(things, { name: 'a' });
    expect(seen).toEqual(['Bearer old', 'Bearer old', 'Bearer old', 'Bearer new']);
  });

  it('unpacks gzip, and passes warnings on', async () => {
    const warnings: string[] = [];
    const { client } = await start(
      (_, response) => {
        const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
        response.setHeader('warning', ['299 - "unknown field \\"x\\""', '299 - "second"']);
        response.writeHead(200, headers);
        response.end(gzipSync(JSON.stringify(thing('a'))));
      },
      { warn: (text) => warnings.push(text) },
    );
    expect(await client.get(things, { name: 'a' })).toEqual(thing('a'));
    expect(warnings).toEqual(['unknown field "x"', 'second']);
  });

  it('makes a Status of what is none, and says when the answer is no JSON', async () => {
    const { client } = await start((request, response) => {
      if (request.url!.includes('proxy')) response.writeHead(404).end('404 page not found\n');
      else if (request.url!.includes('empty')) response.writeHead(500).end();
      else response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
    });
    expect(await failureOf(client.get(things, { name: 'proxy' }))).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: '404 page not found',
    });
    expect(await failureOf(client.get(things, { name: 'empty' }))).toMatchObject({ code: 500 });
    const error = await failureOf(client.get(things, { name: 'html' }));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error!.message).toContain('not JSON');
  });

  it('says why there is no connection', async () => {
    const { client, server, port } = await start((_, response) => json(response, thing('a')));
    await new Promise((resolve) => server.close(resolve));
    const error = await failureOf(client.create(things, thing('a')));
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error!.message).toBe(`http://127.0.0.1:${port}: connection refused`);
    const plain = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
    closing.push(() => plain.close());
    const tls = new HttpClient({
      access: {
        origin: 'test',
        cluster: {
          name: 'c',
          server: `https://127.0.0.1:${(plain.address() as net.AddressInfo).port}`,
          skipTLSVerify: true,
        },
        user: { name: 'u' },
        namespace: undefined,
      },
      clock: systemClock,
      random: new Random(1),
      version: '0',
    });
    closing.push(() => tls.close());
    expect((await failureOf(tls.raw('/')))!.message).toContain('it does not speak TLS');
  });

  it('tells of every answer for the metrics', async () => {
    const told: string[] = [];
    const { client, server } = await start((_, response) => json(response, thing('a')), {
      observe: (method, code) => told.push(`${method} ${code}`),
    });
    await client.get(things, { name: 'a' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await failureOf(client.delete(things, { name: 'a' }));
    expect(told).toEqual(['GET 200', 'DELETE <error>']);
  });

  it('goes through the proxy that the kubeconfig names, calls and watches', async () => {
    let passed = 0;
    const proxy = http.createServer((request, response) => {
      passed++;
      const onward = http.request(request.url!, { headers: request.headers }, (answer) => {
        response.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(response);
      });
      request.pipe(onward);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    closing.push(() => proxy.close());
    const { port } = await start((request, response) => {
      if (request.url!.includes('watch')) response.writeHead(200).end();
      else json(response, thing('a'));
    });
    const proxyUrl = `http://127.0.0.1:${(proxy.address() as net.AddressInfo).port}`;
    const client = new HttpClient({
      access: {
        origin: 'test',
        cluster: { name: 'c', server: `http://127.0.0.1:${port}`, skipTLSVerify: false, proxyUrl },
        user: { name: 'u' },
        namespace: undefined,
      },
      clock: systemClock,
      random: new Random(1),
      version: '0',
    });
    closing.push(() => client.close());
    expect(await client.get(things, { name: 'a' })).toMatchObject({ metadata: { name: 'a' } });
    expect(await watching(client).ended).toBeUndefined();
    expect(passed).toBe(2);
  });

  it('refuses everything after it was closed', async () => {
    const { client } = await start(() => {});
    const open = failureOf(client.get(things, { name: 'a' }));
    await wait(10);
    await client.close();
    expect(await open).toBeInstanceOf(ConnectionError);
    expect(await failureOf(client.get(things, { name: 'a' }))).toBeInstanceOf(ConnectionError);
  });
});

describe('a watch over http', () => {
  const event = (type: string, object: unknown) => `${JSON.stringify({ type, object })}\n`;

  it('hands on each chunk as one batch, whole lines only', async () => {
    const { client } = await start(async (_, response) => {
      const text = ['1', '2', '3'].map((version) => event('ADDED', thing('ä', version))).join('');
      const bytes = Buffer.from(text);
      response.writeHead(200);
      response.write(bytes.subarray(0, bytes.length - 40));
      await wait(30);
      response.write(bytes.subarray(bytes.length - 40));
      await wait(30);
      response.end(event('BOOKMARK', { metadata: { resourceVersion: '9' } }));
    });
    const { received, batches, ended } = watching(client, { namespace: 'n', resourceVersion: '0' });
    expect(await ended).toBeUndefined();
    expect(batches).toEqual([2, 1, 1]);
    expect(received.map((one) => one.type)).toEqual(['added', 'added', 'added', 'bookmark']);
    expect(received[3]).toEqual({ type: 'bookmark', resourceVersion: '9', synced: false });
  });

  it('asks for bookmarks, and for the initial events as the server wants it', async () => {
    const seen: string[] = [];
    const { client } = await start((request, response) => {
      seen.push(request.url!);
      response.writeHead(200).end();
    });
    await watching(client, { sendInitialEvents: true, timeoutSeconds: 300 }).ended;
    await watching(client, { namespace: 'n', resourceVersion: '5', labelSelector: 'a=b' }).ended;
    expect(seen).toEqual([
      '/base/apis/test/v1/things?watch=true&allowWatchBookmarks=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=300',
      '/base/apis/test/v1/namespaces/n/things?watch=true&allowWatchBookmarks=true&labelSelector=a%3Db&resourceVersion=5',
    ]);
  });

  it('ends with what the server says in the stream or instead of it', async () => {
    const { client } = await start((request, response) => {
      if (request.url!.includes('resourceVersion=1')) {
        response.writeHead(200);
        response.write(event('ADDED', thing('a')) + event('ERROR', status(410, 'Expired')));
      } else json(response, status(403, 'Forbidden'), 403);
    });
    const expired = watching(client, { resourceVersion: '1' });
    expect(await expired.ended).toMatchObject({ code: 410, reason: 'Expired' });
    expect(expired.received).toHaveLength(1);
    expect(await watching(client).ended).toMatchObject({ code: 403 });
  });

  it('breaks with ConnectionError when the connection does, or the line is cut or no JSON', async () => {
    const { client } = await start((request, response) => {
      response.writeHead(200);
      if (request.url!.includes('resourceVersion=1')) {
        response.write(event('ADDED', thing('a')));
        setTimeout(() => request.socket.destroy(), 20);
      } else if (request.url!.includes('resourceVersion=2')) response.end('{"type":"ADD');
      else response.write('<html>\n');
    });
    for (const resourceVersion of ['1', '2', '3']) {
      expect(await watching(client, { resourceVersion }).ended).toBeInstanceOf(ConnectionError);
    }
  });

  it('is taken for dead when nothing comes for long, which bookmarks prevent', async () => {
    const clock = new VirtualClock();
    let write: (text: string) => void = () => {};
    const { client } = await start(
      (_, response) => {
        response.writeHead(200).flushHeaders();
        write = (text) => response.write(text);
      },
      { clock, silenceMs: 100_000 },
    );
    const { received, ended } = watching(client);
    let end: Error | undefined | 'open' = 'open';
    void ended.then((error) => {
      end = error;
    });
    await wait(30);
    await clock.advance(90_000, macrotask);
    write(event('BOOKMARK', { metadata: { resourceVersion: '9' } }));
    while (received.length === 0) await wait(1);
    await clock.advance(90_000, macrotask);
    expect(end).toBe('open');
    await clock.advance(11_000, macrotask);
    expect(end).toBeInstanceOf(ConnectionError);
    expect((end as unknown as Error).message).toContain('silent for 100 s');
  });

  it('closes its connection when it is stopped, and says nothing more', async () => {
    let closed = 0;
    const { client } = await start((_, response) => {
      response.writeHead(200);
      response.write(event('ADDED', thing('a')));
      response.on('close', () => closed++);
    });
    const { watch, received, ended } = watching(client);
    let isEnded = false;
    void ended.then(() => {
      isEnded = true;
    });
    while (received.length === 0) await wait(1);
    watch.stop();
    while (closed === 0) await wait(1);
    expect(isEnded).toBe(false);
    const early = watching(client);
    early.watch.stop();
    await wait(30);
    expect(early.received).toEqual([]);
  });

  it('leaves no connection behind, however often it is opened, broken and stopped', async () => {
    let open = 0;
    const { client, sockets } = await start((request, response) => {
      open++;
      response.on('close', () => open--);
      response.writeHead(200);
      response.write(event('ADDED', thing('a')));
      if (request.url!.includes('resourceVersion=1')) response.end();
      else if (request.url!.includes('resourceVersion=2')) setImmediate(() => request.socket.destroy());
    });
    for (let round = 0; round < 60; round++) {
      const stopped = watching(client, { resourceVersion: '3' });
      await Promise.all(['1', '2'].map((resourceVersion) => watching(client, { resourceVersion }).ended));
      stopped.watch.stop();
    }
    while (open > 0) await wait(1);
    const alive = () => [...sockets].filter((socket) => !socket.destroyed).length;
    for (let tries = 0; alive() > 2 && tries < 200; tries++) await wait(5);
    expect(alive()).toBeLessThanOrEqual(2);
  });
});
