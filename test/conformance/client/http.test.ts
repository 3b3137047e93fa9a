import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { systemClock } from '../../../src/base/system.ts';
import { HttpClient } from '../../../src/client/http.ts';
import { loadAccess } from '../../../src/client/kubeconfig.ts';
import type { ClientHarness } from './harness.ts';
import { describeClient } from './suite.ts';

async function overHttp(kubeconfig: string): Promise<Omit<ClientHarness, 'forgottenVersion'>> {
  const access = await loadAccess({ file: kubeconfig, env: {} });
  const client = new HttpClient({ access, clock: systemClock, random: new Random(1), version: 'test' });
  return { client, pass: (ms) => wait(ms), close: () => client.close() };
}

const real = process.env['KUBECONFIG_REAL'];

if (real !== undefined) {
  describeClient('http against a real API server', async () => ({
    ...(await overHttp(real)),
    forgottenVersion: async () => '1',
  }));
} else {
  describe('the Client port, http against a real API server', () => {
    it.skip('(KUBECONFIG_REAL is not set: start one with ../shared/kube/start)', () => {});
  });
}
