import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { mutate } from '../../src/programs/mutate.ts';
import { mutations } from '../../src/sim/swarm/mutations.ts';
import { shrink } from '../../src/sim/swarm/shrink.ts';
import { runPlan, runSeed } from '../../src/sim/swarm/swarm.ts';
import { planText, readPlan } from '../../src/sim/swarm/swarm-plan.ts';
import { sharedImage } from '../support/simulate.ts';

const SEEDS = 50;
const folder = path.join(import.meta.dirname, 'seeds');
const root = path.resolve(import.meta.dirname, '../..');

describe('the swarm', () => {
  it(`breaks nothing in ${SEEDS} worlds`, { timeout: 120_000 }, async () => {
    const image = await sharedImage();
    const broken: string[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { violations } = await runSeed(String(seed), image);
      for (const { invariant, message } of violations) broken.push(`seed ${seed}: ${invariant}: ${message}`);
    }
    expect(broken).toEqual([]);
  });

  it('repeats a world from what was written down of it', async () => {
    const image = await sharedImage();
    const drawn = await runSeed('7', image);
    expect(drawn.plan.troubles.length).toBeGreaterThan(0);
    const repeated = await runPlan(readPlan(planText(drawn.plan), 'world.yaml'), image);
    expect(repeated.digest).toBe(drawn.digest);
    expect(repeated.steps).toBe(drawn.steps);
  });

  it('shrinks a failure to what it takes', async () => {
    const image = await sharedImage();
    // A world that cannot come to rest: its only host is asked to be in two places.
    const { plan } = await runSeed('7', image);
    const duplicate = { ...plan, manifests: [...plan.manifests, plan.manifests[0]!] };
    const { violations } = await runPlan(duplicate, image);
    expect(violations.map(({ invariant }) => invariant)).toEqual(['defect']);
    const smallest = await shrink(duplicate, violations[0]!, { image });
    expect(smallest?.plan.troubles).toEqual([]);
    expect(smallest?.plan.manifests.length).toBeLessThanOrEqual(2);
  });

  it('plants its mutations where they are meant to be', () => {
    for (const { name, file, find, replace } of mutations) {
      const parts = fs.readFileSync(path.join(root, file), 'utf8').split(find).length - 1;
      expect({ name, parts }).toEqual({ name, parts: 1 });
      expect(replace).not.toBe(find);
    }
  });
});

describe('a mutation', () => {
  // Each with the first seed that finds it; `npm run simulate -- --mutate` plants all of them.
  it.each([
    ['uncounted-start', 1, 'ledger'],
    ['leaked-space', 2, 'space'],
    ['unhealed-fault', 1, 'liveness'],
  ])('%s is found by seed %i', { timeout: 60_000 }, async (name, seed, invariant) => {
    const lines: string[] = [];
    const code = await mutate({ first: seed, seeds: 1, names: [name], say: (line) => lines.push(line) });
    expect(lines.at(-2)).toContain(`| 1 (seed ${seed}) | ${invariant} |`);
    expect(code).toBe(0);
  });

  it('of another name is refused', async () => {
    await expect(mutate({ first: 1, seeds: 1, names: ['moon'], say: () => {} })).rejects.toThrow('no mutation moon');
  });
});

/** What broke an invariant once. */
describe('a world that once broke', () => {
  it.each(fs.readdirSync(folder))('%s does not any more', async (file) => {
    const plan = readPlan(fs.readFileSync(path.join(folder, file), 'utf8'), file);
    expect((await runPlan(plan, await sharedImage())).violations).toEqual([]);
  });
});
