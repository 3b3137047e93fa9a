/**
 * A real kube-apiserver as the judge of our schemas:
 *   ../shared/kube/start /tmp/kube &  KUBECONFIG_REAL=/tmp/kube/kubeconfig npm test -- test/api/real-server
 */
import { describe, it } from 'vitest';
import { RealJudge } from './judge.ts';
import { describeSchemas } from './suite.ts';

const kubeconfig = process.env['KUBECONFIG_REAL'];

if (kubeconfig !== undefined) {
  describeSchemas('a real API server', () => new RealJudge(kubeconfig));
} else {
  describe('our kinds on a real API server', () => {
    it.skip('(KUBECONFIG_REAL is not set: start one with ../shared/kube/start)', () => {});
  });
}
