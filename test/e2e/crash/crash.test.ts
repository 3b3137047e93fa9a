/**
 * SIGKILL of the programs of `orrery up` at random moments while VMs are applied. Here each once, over few VMs;
 * `npm run test:crash` kills each 50 times over 200. ORRERY_CRASH_SEED repeats the moments of a run.
 */
import { describe, expect, it } from 'vitest';
import { Random } from '../../../src/base/random.ts';
import { isAlive } from '../../support/spawned.ts';
import { hasKubectl, NO_KUBECTL, newPlace, npmStart } from '../../support/world.ts';
import { allRun, breachesOf, carryOut, insistOnApplying, killsOf, leftBehind, programs, worldFile } from './round.ts';

const { env } = process;
const ROUNDS = Number(env['ORRERY_CRASH_ROUNDS'] ?? 1);
const KILLS = Number(env['ORRERY_CRASH_KILLS'] ?? 1);
const VMS = Number(env['ORRERY_CRASH_VMS'] ?? 60);
const seed = env['ORRERY_CRASH_SEED'] ?? String(Date.now() % 1_000_000);

describe(`programs killed while ${VMS} VMs are applied, seed ${seed}`, () => {
  it.skipIf(!hasKubectl).for(Array.from({ length: ROUNDS }, (_, index) => index + 1))(
    'round %i: all VMs run, each was started once, and nothing else is wrong',
    { timeout: 240_000 },
    async (round, { skip }) => {
      if (!hasKubectl) skip(NO_KUBECTL);
      const kills = killsOf(new Random(`${seed}/${round}`), KILLS, VMS);
      const place = newPlace();
      const world = await npmStart(place);
      try {
        const [, killed] = await Promise.all([insistOnApplying(world, worldFile(place, VMS)), carryOut(place, kills)]);
        expect(killed).toHaveLength(KILLS * programs.length);
        const vms = await allRun(world, VMS, 60_000);
        expect(breachesOf(vms, place)).toEqual([]);
        expect(await world.interrupt()).toBe(0);
        expect(leftBehind(place)).toEqual([]);
      } catch (error) {
        const told = kills.map(({ program, at }) => `${program} at ${at} ms`).join(', ');
        throw new Error(`seed ${seed}, round ${round} (${told}): ${(error as Error).message}\n${world.err()}`, {
          cause: error,
        });
      } finally {
        if (isAlive(world.pid)) process.kill(-world.pid, 'SIGKILL');
        place.remove();
      }
    },
  );
});
