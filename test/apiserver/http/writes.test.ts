import { once } from 'node:events';
import fs from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, startHttp } from '../../../src/apiserver/http/listen.ts';
import { ApiServer } from '../../../src/apiserver/server.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { systemClock, systemRandom } from '../../../src/base/system.ts';
import { certificatesIn } from '../../../src/programs/certificates.ts';
import { DataFolder } from '../../../src/programs/data-folder.ts';
import { testTokens } from '../support/exchange.ts';
import { admin } from '../support/in-memory.ts';

const APPLICATION_DATA = 23;
const EVENTS = 20;
const bearer = { authorization: 'Bearer devtoken' };

let apiServer: ApiServer;
let http: HttpServer;
let ca: string;
beforeAll(async () => {
  const folder = DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-writes-')));
  const certificate = await certificatesIn(folder, ['127.0.0.1'], systemClock.now());
  ca = certificate.authority;
  const tokens = testTokens();
  apiServer = new ApiServer({ storage: new MemoryStorage(), clock: systemClock, random: systemRandom(), tokens });
  await apiServer.start();
  http = await startHttp({ apiServer, clock: systemClock, logger: silentLogger, port: 0, certificate, tokens });
});
afterAll(async () => {
  await http.close();
  await apiServer.close();
});

/** A way to the server that counts the TLS records which it sends: each write of it is one, up to 16 KiB. */
async function counting() {
  let records = 0;
  const proxy = net.createServer((client) => {
    const server = net.connect(http.port, http.host);
    let rest: Buffer = Buffer.alloc(0);
    server.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt16BE(3)) {
        if (rest[0] === APPLICATION_DATA) records++;
        rest = rest.subarray(5 + rest.readUInt16BE(3));
      }
    });
    for (const socket of [client, server]) socket.on('error', () => {});
    client.pipe(server).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = proxy.address() as net.AddressInfo;
  return {
    port,
    take: () => {
      const taken = records;
      records = 0;
      return taken;
    },
    close: () => proxy.close(),
  };
}

async function watchOver(protocol: string, port: number) {
  let seen = 0;
  const url = `/api/v1/configmaps?watch=1&resourceVersion=${apiServer.revision}`;
  const count = (chunk: Buffer) => {
    seen += chunk.toString().split('\n').length - 1;
  };
  if (protocol === 'HTTP/1.1') {
    const request = https.get({ ca, host: '127.0.0.1', port, path: url, headers: bearer });
    const [response] = await once(request, 'response');
    response.on('data', count);
    return { seen: () => seen, stop: () => request.destroy() };
  }
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca });
  const stream = session.request({ ':path': url, ...bearer });
  await once(stream, 'response');
  stream.on('data', count);
  return { seen: () => seen, stop: () => session.destroy() };
}

describe('a watcher', () => {
  it.each(['HTTP/1.1', 'HTTP/2'])('over %s is sent the events of a turn in one write', async (protocol) => {
    const way = await counting();
    const watch = await watchOver(protocol, way.port);
    const create = (name: string) =>
      apiServer.request({
        ...{ verb: 'create', group: '', version: 'v1', resource: 'configmaps', namespace: 'default', query: {} },
        user: admin,
        body: { value: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }, owned: false },
      });
    await create(`first-${protocol === 'HTTP/2'}`);
    await expect.poll(() => watch.seen()).toBe(1);
    way.take();
    await Promise.all(Array.from({ length: EVENTS }, (_, index) => create(`m${index}-${protocol === 'HTTP/2'}`)));
    await expect.poll(() => watch.seen()).toBe(1 + EVENTS);
    expect(way.take()).toBe(1);
    watch.stop();
    way.close();
  });

  it('has to be on the same machine, unless the server is told otherwise', () => {
    expect(http.host).toBe('127.0.0.1');
  });
});
