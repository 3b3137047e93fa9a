import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with the plain line that `.ci/run` promises: `N passed, N failed`. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    let failed = errors.length;
    let skipped = 0;
    const reasons = new Map<string, number>();
    for (const module of modules) {
      if (module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else {
          skipped++;
          const { note } = test.result() as { note?: string };
          const reason = note ?? `no reason given: ${test.fullName}`;
          reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        }
      }
    }
    // After the default reporter's own summary, whatever order the two are called in.
    process.once('exit', () => {
      if (skipped > 0) process.stdout.write(`${skipped} skipped\n`);
      for (const [reason, count] of reasons) process.stdout.write(`  ${count} skipped: ${reason}\n`);
      process.stdout.write(`${passed} passed, ${failed} failed\n`);
    });
  }
}
