import type { FieldReader } from './fields.ts';
import { burstsWithin, type VcpuWork } from './vcpu-work.ts';

/** A scenario may ask for so many bursts, ticks and samples: some minutes of work. */
const MOST_EVENTS = 200_000_000;
const MS = 1_000_000;

/**
 * Refuses a scenario that would run for hours, before it starts.
 * @param works every vCPU's work with its path
 * @param base what happens besides: ticks, samples
 */
export function checkEffort(
  fields: FieldReader,
  duration: number,
  works: readonly { readonly path: string; readonly work: VcpuWork }[],
  base: number,
): void {
  let all = base;
  let worst = { path: 'durationMs', bursts: base };
  for (const { path, work } of works) {
    const bursts = burstsWithin(work, duration);
    all += bursts;
    if (bursts > worst.bursts) worst = { path, bursts };
  }
  if (all <= MOST_EVENTS) return;
  const amount = `about ${Math.ceil(all / 1e6)} million bursts and ticks in ${duration / MS} ms`;
  const bound = `at most ${MOST_EVENTS / 1e6} million are run; make it shorter`;
  fields.fail(worst.path, `the scenario asks for ${amount}, ${bound}`);
}
