import { describe, expect, it } from 'vitest';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';
import { goldenNames, goldenText } from './golden.ts';

describe('the credit scheduler does what the real one did', () => {
  it('in 37 recorded scenarios', () => {
    expect(goldenNames).toHaveLength(37);
  });

  it.each(goldenNames)('%s', (name) => {
    const text = goldenText(name);
    const report = JSON.parse(JSON.stringify(schedule(text)));
    const { trace, accounting, ...rest } = JSON.parse(text).expected;
    // The first row that differs says more than a difference of thousands of lines.
    expect(firstDifference(report.accounting, accounting)).toBeUndefined();
    expect(firstDifference(report.trace, trace)).toBeUndefined();
    expect(report).toEqual({ ...rest, trace, accounting });
  });
});

function firstDifference(rows: readonly unknown[], wanted: readonly unknown[]): object | undefined {
  for (let i = 0; i < Math.max(rows.length, wanted.length); i++) {
    if (JSON.stringify(rows[i]) !== JSON.stringify(wanted[i])) return { row: i, is: rows[i], wanted: wanted[i] };
  }
  return undefined;
}
