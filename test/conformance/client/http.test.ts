import { describe, it } from 'vitest';
import { describeClient } from './suite.ts';
import { embedded, overHttp } from './transports.ts';

describeClient('http against the embedded API server', embedded);

const real = process.env['KUBECONFIG_REAL'];
if (real !== undefined) describeClient('http against a real API server', () => overHttp(real));
else {
  describe('the Client port, http against a real API server', () => {
    it.skip('(KUBECONFIG_REAL is not set: start one with ../shared/kube/start)', () => {});
  });
}
