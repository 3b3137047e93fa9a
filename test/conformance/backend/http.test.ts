import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/base/clock.ts';
import { OrreryError } from '../../../src/base/errors.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { macrotask, systemClock } from '../../../src/base/system.ts';
import type { BackendError, Report } from '../../../src/hypervisor/backend.ts';
import { Datacenter } from '../../../src/hypervisor/datacenter.ts';
import { MemoryJournalStore } from '../../../src/hypervisor/journal/memory-journal.ts';
import { DirectBackend } from '../../../src/hypervisor/transport/direct.ts';
import { HttpBackend } from '../../../src/hypervisor/transport/http-backend.ts';
import { BackendServer } from '../../../src/hypervisor/transport/http-server.ts';
import { host } from '../../hypervisor/lab.ts';
import { backendSuite } from './suite.ts';

const TOKEN = 'correct-horse-battery';
const LOOPBACK = '127.0.0.1';

async function serve(datacenter: Datacenter) {
  const backend = new DirectBackend(datacenter);
  const server = new BackendServer({ backend, token: TOKEN, clock: systemClock, logger: silentLogger });
  const port = await server.listen(LOOPBACK, 0);
  return { server, port, url: `http://${LOOPBACK}:${port}` };
}

describe('the http transport', () => {
  backendSuite(async (datacenter) => {
    const { server, url } = await serve(datacenter);
    return { backend: new HttpBackend({ url, token: TOKEN, clock: systemClock }), die: () => server.close() };
  });
});

describe('the http server', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  async function start(clock = systemClock) {
    const datacenter = new Datacenter({
      clock: systemClock,
      store: new MemoryJournalStore(),
      seed: '1',
      logger: silentLogger,
    });
    const { server, port, url } = await serve(datacenter);
    datacenter.world('lab').upsertHost(host('h1'));
    const backend = new HttpBackend({ url, token: TOKEN, clock });
    open.push(
      () => backend.close(),
      () => server.close(),
      () => datacenter.kill(),
    );
    return { datacenter, server, port, url, backend };
  }

  const raw = async (url: string, init: RequestInit & { token?: string } = {}) => {
    const response = await fetch(url, { ...init, headers: { authorization: `Bearer ${init.token ?? TOKEN}` } });
    return `${response.status} ${await response.text()}`;
  };

  it('refuses a missing or wrong token, for calls and observations', async () => {
    const { url } = await start();
    for (const token of ['wrong', '', `${TOKEN}x`, TOKEN.slice(1)]) {
      const stranger = new HttpBackend({ url, token, clock: systemClock });
      open.push(() => stranger.close());
      await expect(stranger.stats('lab')).rejects.toMatchObject({ reason: 'Unauthorized' });
      const error = await new Promise<BackendError>((closed) => {
        stranger.observe({ reports: () => {}, closed });
      });
      expect(error.reason).toBe('Unauthorized');
    }
    expect(await (await fetch(`${url}/v1/stats`, { method: 'POST' })).text()).toContain('Unauthorized');
  });

  it('says that it is well to anybody', async () => {
    const { url } = await start();
    expect(await raw(`${url}/healthz`, { token: 'none' })).toBe('200 ok');
  });

  it('answers nonsense with what is wrong', async () => {
    const { url } = await start();
    const post = (path: string, body: string) => raw(url + path, { method: 'POST', body });
    expect(await post('/v1/stats', '{')).toMatch(/^400 .*the body is no JSON/);
    expect(await post('/v1/stats', '[]')).toMatch(/^400 .*body: has to be an object/);
    expect(await post('/v1/explode', '{}')).toMatch(/^400 .*there is no act explode/);
    expect(await post('/v1/constructor', '{}')).toMatch(/^400 .*there is no act/);
    expect(await raw(`${url}/v1/stats`)).toMatch(/^400 .*nothing is served at GET/);
    expect(await post('/v1/stats', JSON.stringify({ namespace: 'x'.repeat(1_100_000) }))).toMatch(
      /^400 .*more than 1048576/,
    );
    expect(await post('/v1/stats', '{"namespace": "lab"}')).toMatch(/^200 \[\{"kind":"Host"/);
  });

  it('says whose port it wanted', async () => {
    const { port, datacenter } = await start();
    const second = new BackendServer({
      backend: new DirectBackend(datacenter),
      token: 'x',
      clock: systemClock,
      logger: silentLogger,
    });
    await expect(second.listen(LOOPBACK, port)).rejects.toThrow(`port ${port} on 127.0.0.1 is in use`);
    await expect(second.listen(LOOPBACK, port)).rejects.toBeInstanceOf(OrreryError);
  });

  it('keeps only the latest of each noun for a reader that is slow', async () => {
    const { datacenter, url } = await start();
    const world = datacenter.world('lab');
    // The connection is not read at all; what does not fit into its buffers waits.
    const response = await new Promise<http.IncomingMessage>((resolve) => {
      http.get(`${url}/v1/observe`, { headers: { authorization: `Bearer ${TOKEN}` } }, resolve);
    });
    response.pause();
    open.push(() => response.destroy());
    await new Promise((resolve) => systemClock.after(20, () => resolve(undefined)));
    const many = Array.from({ length: 3000 }, (_, i) => `net${i}`);
    const rounds = 20;
    for (let round = 0; round < rounds; round++) {
      for (const name of many)
        world.upsertNetwork({ name: name.padEnd(200, '-'), uid: 'u', mbps: round + 1, vlan: round });
      world.upsertHost(host('h1', { memory: 2 ** 30 + round }));
      await macrotask();
    }
    const lines: Report[] = [];
    let rest = '';
    response.setEncoding('utf8');
    const done = new Promise<void>((resolve) => {
      response.on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop()!;
        for (const line of parts) if (line !== '') lines.push(JSON.parse(line) as Report);
        const last = lines.findLast((report) => report.kind === 'Host');
        if (last?.capacity.memory === 2 ** 30 + rounds - 1) resolve();
      });
    });
    response.resume();
    await done;
    expect(lines.length).toBeLessThan((many.length * rounds) / 2);
    expect(new Set(lines.flatMap((report) => (report.kind === 'Network' ? [report.name] : []))).size).toBe(many.length);
  });
});

describe('the http client', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  async function impostor(answer: http.RequestListener, clock = systemClock): Promise<HttpBackend> {
    const server = http.createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
    const { port } = server.address() as AddressInfo;
    const backend = new HttpBackend({ url: `http://${LOOPBACK}:${port}`, token: TOKEN, clock });
    open.push(
      () => backend.close(),
      () => server.closeAllConnections(),
      () => server.close(),
    );
    return backend;
  }

  it('keeps its connections alive, and has no more of them than it may', async () => {
    const sockets = new Set<unknown>();
    const backend = await impostor((request, response) => {
      sockets.add(request.socket);
      response.end('[]');
    });
    for (let i = 0; i < 30; i++) await backend.stats('lab');
    expect(sockets.size).toBe(1);
    await Promise.all(Array.from({ length: 100 }, () => backend.stats('lab')));
    expect(sockets.size).toBeLessThanOrEqual(16);
  });

  it('tells a peer that is no datacenter from one that refuses', async () => {
    const backend = await impostor((_, response) => response.writeHead(404).end('<html>not here</html>'));
    await expect(backend.stats('lab')).rejects.toMatchObject({
      reason: 'Unreachable',
      message: expect.stringContaining('HTTP 404'),
    });
    const talkative = await impostor((_, response) => response.writeHead(200).end('<html>welcome</html>'));
    await expect(talkative.stats('lab')).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it('gives a call up after 30 s without an answer', async () => {
    const clock = new VirtualClock();
    const backend = await impostor(() => {}, clock);
    const call = backend.stats('lab');
    call.catch(() => {});
    await clock.advance(29_999, macrotask);
    expect(clock.pending).toBe(1);
    await clock.advance(1, macrotask);
    await expect(call).rejects.toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('30 s') });
  });

  it('notices after 15 s of silence that the peer of an observation is gone', async () => {
    const clock = new VirtualClock();
    const heard: http.ServerResponse[] = [];
    const backend = await impostor((_, response) => {
      response.writeHead(200);
      response.write('{"kind":"Synced"}\n');
      heard.push(response);
    }, clock);
    const reports: Report[] = [];
    const ended: BackendError[] = [];
    backend.observe({ reports: (batch) => reports.push(...batch), closed: (error) => ended.push(error) });
    while (reports.length === 0) await macrotask();
    await clock.advance(14_999, macrotask);
    heard[0]!.write('\n');
    for (let i = 0; i < 20; i++) await new Promise((resolve) => systemClock.after(1, () => resolve(undefined)));
    await clock.advance(14_999, macrotask);
    expect(ended).toEqual([]);
    await clock.advance(1, macrotask);
    expect(ended).toMatchObject([{ reason: 'Unreachable', message: 'nothing heard for 15 s' }]);
  });

  it('breaks an observation whose lines are no reports', async () => {
    const backend = await impostor((_, response) => response.writeHead(200).end('{"kind":"Syn\n'));
    const error = await new Promise<BackendError>((closed) => {
      backend.observe({ reports: () => {}, closed });
    });
    expect(error.reason).toBe('Unreachable');
  });
});
