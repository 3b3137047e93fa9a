/** Makes a failure small: leaves out whatever it fails without. */
import type { ApiImage } from '../disks.ts';
import type { Violation } from '../report.ts';
import { runPlan, type SwarmResult } from './swarm.ts';
import type { SwarmPlan } from './swarm-plan.ts';

export interface Shrinking {
  readonly image: ApiImage;
  /** Worlds that may be run for it. */
  readonly most?: number;
  /** Called after each world that was run. */
  readonly onTry?: () => void;
}

/**
 * The smallest plan found that breaks the same invariant, and its result; undefined when the plan does not fail when it
 * is repeated. Chunks are left out, large ones first, then single ones, until nothing can be left out (delta debugging,
 * Zeller and Hildebrandt 2002).
 */
export async function shrink(
  plan: SwarmPlan,
  violation: Pick<Violation, 'invariant' | 'message'>,
  { image, most = 150, onTry = () => {} }: Shrinking,
): Promise<SwarmResult | undefined> {
  let tries = 0;
  const attempt = async (candidate: SwarmPlan): Promise<SwarmResult | undefined> => {
    if (++tries > most) return undefined;
    const result = await runPlan(candidate, image);
    onTry();
    return result.violations.some((one) => isSame(one, violation)) ? result : undefined;
  };
  let best = await attempt(plan);
  if (best === undefined) return undefined;
  for (let before = -1; before !== sizeOf(best.plan); ) {
    before = sizeOf(best.plan);
    best = await without(best, 'troubles', attempt);
    best = await without(best, 'manifests', attempt);
  }
  return best;
}

/** A defect is another one when it says something else; a sentence about an invariant names whom it concerns. */
function isSame(a: Violation, b: Pick<Violation, 'invariant' | 'message'>): boolean {
  if (a.invariant !== b.invariant) return false;
  return a.invariant !== 'defect' || wordsOf(a) === wordsOf(b);
}

/** Its first line; lines and times in it are others in a smaller world. */
const wordsOf = ({ message }: Pick<Violation, 'message'>) => message.split('\n')[0]!.replace(/\d+/g, '#');

const sizeOf = ({ manifests, troubles }: SwarmPlan) => manifests.length + troubles.length;

async function without(
  from: SwarmResult,
  part: 'troubles' | 'manifests',
  attempt: (plan: SwarmPlan) => Promise<SwarmResult | undefined>,
): Promise<SwarmResult> {
  let best = from;
  for (let size = best.plan[part].length; size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.plan[part].length; ) {
      const rest = best.plan[part].filter((_, index) => index < at || index >= at + size);
      const smaller = await attempt({ ...best.plan, [part]: rest });
      if (smaller === undefined) at += size;
      else best = smaller;
    }
  }
  return best;
}
