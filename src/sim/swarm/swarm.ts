/** Runs one world of the swarm: things go wrong for a while, then nothing does, and everything has to be well. */
import { messageOf, OrreryError } from '../../base/errors.ts';
import { SECOND } from '../../base/units.ts';
import { fidelityOf } from '../../hypervisor/host-models.ts';
import type { ApiImage } from '../disks.ts';
import { Inspector } from '../invariants/inspector.ts';
import type { Violation } from '../report.ts';
import { scenarioOf } from '../scenario.ts';
import { User } from '../user.ts';
import { World } from '../world.ts';
import { drawWorld } from './draw.ts';
import { LIVE_MS, livenessBreaches } from './liveness.ts';
import { DrawnMisfortunes, ListedMisfortunes } from './misfortunes.ts';
import { manifestsOf, type SwarmPlan } from './swarm-plan.ts';

export interface SwarmResult {
  /** With what went wrong at the ports, as a list. */
  readonly plan: SwarmPlan;
  readonly violations: readonly Violation[];
  readonly digest: string;
  readonly steps: number;
}

/** Draws the world of a seed and runs it. */
export function runSeed(seed: string, image: ApiImage): Promise<SwarmResult> {
  const { manifests, troubleSeconds, fidelity } = drawWorld(seed);
  const misfortunes = new DrawnMisfortunes(seed);
  return run({ seed, manifests, troubles: [], troubleSeconds, fidelity }, image, misfortunes);
}

/** Runs a world as it is written down. */
export function runPlan(plan: SwarmPlan, image: ApiImage): Promise<SwarmResult> {
  return run(plan, image, new ListedMisfortunes(plan.troubles));
}

async function run(
  plan: SwarmPlan,
  image: ApiImage,
  misfortunes: DrawnMisfortunes | ListedMisfortunes,
): Promise<SwarmResult> {
  const inspector = new Inspector({ isThorough: true });
  misfortunes.onStrike = () => inspector.disturbed();
  const watcher = inspector.watcher();
  const fidelity = fidelityOf(plan.fidelity);
  if (typeof fidelity === 'string') throw new Error(fidelity);
  const { model } = fidelity;
  const world = await World.start({ seed: plan.seed, image, chaos: misfortunes, watcher, model });
  const violations: Violation[] = [];
  const breach = (invariant: string, message: string) => {
    violations.push({ atSeconds: Math.round(world.elapsed) / SECOND, invariant, message });
  };
  try {
    await live(plan, world, misfortunes);
    inspector.full(world);
    await world.pass(LIVE_MS);
    inspector.full(world);
    for (const message of livenessBreaches(world, inspector.mirror)) breach('liveness', message);
  } catch (error) {
    breach('defect', error instanceof Error ? (error.stack ?? error.message) : messageOf(error));
  }
  const result = {
    plan: misfortunes instanceof DrawnMisfortunes ? { ...plan, troubles: misfortunes.struck } : plan,
    violations: [...inspector.violations, ...violations],
    digest: world.digest.value(),
    steps: world.driver.steps,
  };
  world.close();
  return result;
}

/** Everything that happens while things go wrong. At the end, every Fault has been deleted. */
async function live(plan: SwarmPlan, world: World, misfortunes: { isOn: boolean }): Promise<void> {
  const manifests = { manifests: manifestsOf(plan), files: ['swarm'], lineOf: ({ line }: { line: number }) => line };
  const user = new User({ world, manifests, complain: () => {} });
  const end = plan.troubleSeconds * SECOND;
  misfortunes.isOn = true;
  for (const moment of scenarioOf(manifests)) {
    const at = Math.min(moment.at, end);
    if (at > world.elapsed) await world.pass(at - world.elapsed);
    if (moment.at >= end) misfortunes.isOn = false;
    try {
      await user.act(moment);
    } catch (error) {
      // People make mistakes; the server says so, and the world goes on.
      if (!(error instanceof OrreryError && error.code === 'MANIFEST_REFUSED')) throw error;
    }
  }
  if (end > world.elapsed) await world.pass(end - world.elapsed);
  misfortunes.isOn = false;
}
