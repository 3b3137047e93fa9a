import { defineConfig } from 'vitest/config';

/** `npm run test:fuzz`: 10,000 requests in the place of the few hundred of every run. */
export default defineConfig({
  test: {
    include: ['test/apiserver/fuzz/*.test.ts'],
    env: { ORRERY_REQUESTS: '10000' },
    pool: 'forks',
    testTimeout: 600_000,
    reporters: ['verbose', './test/support/summary-reporter.ts'],
    expect: { requireAssertions: true },
  },
});
