import { describe } from 'vitest';
import { DirectBackend } from '../../../src/hypervisor/transport/direct.ts';
import { backendSuite } from './suite.ts';

describe('the direct transport', () => {
  backendSuite(async (datacenter) => ({ backend: new DirectBackend(datacenter), die: async () => {} }));
});
