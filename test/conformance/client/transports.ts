/** The ways to a server that the suite is run on. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Tokens } from '../../../src/apiserver/http/authentication.ts';
import { startHttp } from '../../../src/apiserver/http/listen.ts';
import { ApiServer } from '../../../src/apiserver/server.ts';
import { MemoryStorage } from '../../../src/apiserver/store/memory-storage.ts';
import { VirtualClock } from '../../../src/base/clock.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { Random } from '../../../src/base/random.ts';
import { macrotask, systemClock } from '../../../src/base/system.ts';
import { DirectClient } from '../../../src/client/direct.ts';
import { HttpClient } from '../../../src/client/http.ts';
import { loadAccess } from '../../../src/client/kubeconfig.ts';
import { certificatesIn } from '../../../src/programs/certificates.ts';
import { DataFolder } from '../../../src/programs/data-folder.ts';
import { kubeconfigText } from '../../../src/programs/kubeconfig.ts';
import type { ClientHarness } from './harness.ts';

/** Over HTTP, to the server of a kubeconfig. */
export async function overHttp(kubeconfig: string, stopServer = async () => {}): Promise<ClientHarness> {
  const access = await loadAccess({ file: kubeconfig, env: {} });
  const client = new HttpClient({ access, clock: systemClock, random: new Random(1), version: 'test' });
  return {
    client,
    clock: systemClock,
    pass: (ms) => wait(ms),
    forgottenVersion: async () => '1',
    close: async () => {
      await client.close();
      await stopServer();
    },
  };
}

/** The embedded API server as users meet it: TLS, a token, a kubeconfig. */
export async function embedded(): Promise<ClientHarness> {
  const folder = DataFolder.open(fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-client-')));
  const certificate = await certificatesIn(folder, ['127.0.0.1'], systemClock.now());
  const apiServer = new ApiServer({
    storage: new MemoryStorage(),
    clock: systemClock,
    random: new Random(1),
    history: 50,
  });
  await apiServer.start();
  const user = { name: 'admin', groups: ['system:masters'] };
  const tokens = new Tokens([['secret', user]]);
  const http = await startHttp({ apiServer, clock: systemClock, logger: silentLogger, port: 0, certificate, tokens });
  const server = `https://127.0.0.1:${http.port}`;
  folder.write('kubeconfig', kubeconfigText({ server, authority: certificate.authority, token: 'secret' }));
  return overHttp(folder.file('kubeconfig'), async () => {
    await http.close();
    await apiServer.close();
    fs.rmSync(folder.path, { recursive: true });
  });
}

/** Calls what is due now, for as long as the suite runs; the time itself moves only when a case lets it pass. */
function keepUp(clock: VirtualClock): { stop(): void } {
  let isStopped = false;
  const step = async () => {
    while (!isStopped) {
      await macrotask();
      while (clock.runNext(clock.monotonic())) await macrotask();
    }
  };
  void step();
  return {
    stop: () => {
      isStopped = true;
    },
  };
}

/** The core of the embedded API server in this process, on a clock that moves only when a case lets it. */
export async function direct(): Promise<ClientHarness> {
  const clock = new VirtualClock();
  const server = new ApiServer({ storage: new MemoryStorage(), clock, random: new Random(1), history: 50 });
  const driver = keepUp(clock);
  await server.start();
  const client = new DirectClient({ server });
  return {
    client,
    clock,
    pass: (ms) => clock.advance(ms, macrotask),
    forgottenVersion: async () => '1',
    close: async () => {
      await client.close();
      driver.stop();
      await server.close();
    },
  };
}
