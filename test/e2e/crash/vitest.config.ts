import { defineConfig } from 'vitest/config';

/** `npm run test:crash`: the test of every run, with as many kills as the issue asks for: 50 of each program. */
export default defineConfig({
  test: {
    include: ['test/e2e/crash/*.test.ts'],
    env: { ORRERY_CRASH_ROUNDS: '25', ORRERY_CRASH_KILLS: '2', ORRERY_CRASH_VMS: '200' },
    pool: 'forks',
    testTimeout: 240_000,
    hookTimeout: 60_000,
    reporters: ['verbose', './test/support/summary-reporter.ts'],
    expect: { requireAssertions: true },
  },
});
