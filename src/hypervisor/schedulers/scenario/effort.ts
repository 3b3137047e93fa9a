import type { FieldReader } from './fields.ts';
import { burstsWithin, type VcpuWork } from './vcpu-work.ts';

/** A scenario may ask for so many steps, of one or two microseconds each: two or three minutes of work. */
const MOST_STEPS = 100_000_000;
const MS = 1_000_000;

/** What a run costs beside the bursts, and what a burst costs, in steps. */
export interface Effort {
  /** Ticks, samples, regular looks. */
  readonly base: number;
  readonly perBurst: number;
}

/**
 * Refuses a scenario that would run for hours, before it starts.
 * @param works every vCPU's work with its path
 */
export function checkEffort(
  fields: FieldReader,
  duration: number,
  works: readonly { readonly path: string; readonly work: VcpuWork }[],
  { base, perBurst }: Effort,
): void {
  let all = base;
  let worst = { path: 'durationMs', steps: base };
  for (const { path, work } of works) {
    const steps = perBurst * burstsWithin(work, duration);
    all += steps;
    if (steps > worst.steps) worst = { path, steps };
  }
  if (all <= MOST_STEPS) return;
  const amount = `about ${Math.ceil(all / 1e6)} million steps in ${duration / MS} ms`;
  const bound = `at most ${MOST_STEPS / 1e6} million are run; make it shorter`;
  fields.fail(worst.path, `the scenario asks for ${amount}, ${bound}`);
}
