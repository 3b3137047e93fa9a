import { defineConfig } from 'vitest/config';

/** `npm run test:real`: against a real kube-apiserver, which is not everybody's and takes minutes to build the first time. */
export default defineConfig({
  test: {
    include: ['test/real/**/*.real.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    hookTimeout: 900_000,
    reporters: ['verbose', './test/support/summary-reporter.ts'],
    expect: { requireAssertions: true },
  },
});
