import { defineConfig } from 'vitest/config';

/** `npm run test:durability`: the same tests as in every run, with as many kills and writes as an issue asks for. */
export default defineConfig({
  test: {
    include: ['test/apiserver/durability/*.test.ts'],
    env: { ORRERY_KILLS: '200', ORRERY_WRITES: '600000' },
    pool: 'forks',
    testTimeout: 300_000,
    reporters: ['verbose', './test/support/summary-reporter.ts'],
    expect: { requireAssertions: true },
  },
});
