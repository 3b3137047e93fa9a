import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for processes and timers: the usual one worker less than cores would leave half of CI idle.
    maxWorkers: 2,
    setupFiles: ['./test/support/property-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/summary-reporter.ts'],
    expect: { requireAssertions: true },
  },
});
