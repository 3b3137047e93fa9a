/**
 * `npm run simulate -- --seeds N [--seed S]`: the swarm. Each seed is a world in which things go wrong; the first that
 * breaks an invariant is shrunk, written to a file, and the command that repeats it is printed. The exit code is 1 then.
 *
 *   --seeds N       so many worlds, from --seed on; 100 when left out
 *   --seed S        the first of them; drawn anew when left out
 *   --repeat FILE   one world, as it is written down
 *   --keep-going    runs all worlds, and prints a line for each that fails, without shrinking
 *   --first         ends at the first world that fails, without shrinking
 *   --mutate [NAME] plants each known fault in the code, or that one, and counts the seeds until it is found
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { systemRandom } from '../base/system.ts';
import { installedKinds } from '../sim/image.ts';
import { shrink } from '../sim/swarm/shrink.ts';
import { runPlan, runSeed, type SwarmResult } from '../sim/swarm/swarm.ts';
import { planText, readPlan } from '../sim/swarm/swarm-plan.ts';
import { mutate } from './mutate.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      seeds: { type: 'string', default: '100' },
      seed: { type: 'string' },
      repeat: { type: 'string' },
      mutate: { type: 'boolean', default: false },
      'keep-going': { type: 'boolean', default: false },
      first: { type: 'boolean', default: false },
    },
  });
  if (values.repeat !== undefined) return repeat(values.repeat);
  const seeds = whole('seeds', values.seeds);
  const first = values.seed === undefined ? systemRandom().below(1e9) : whole('seed', values.seed);
  say(`seed ${first}`);
  if (values.mutate) return mutate({ first, seeds: values.seeds === '100' ? 200 : seeds, names: positionals, say });
  const then = values.first ? 'stop' : values['keep-going'] ? 'go on' : 'shrink';
  return swarm(first, seeds, then);
}

async function swarm(first: number, seeds: number, then: 'stop' | 'go on' | 'shrink'): Promise<number> {
  const image = await installedKinds();
  const startedAt = performance.now();
  let failures = 0;
  let steps = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    const result = await runSeed(String(seed), image);
    steps += result.steps;
    if (result.violations.length > 0) {
      failures++;
      tell(seed, result);
      if (then === 'stop') return 1;
      if (then === 'shrink') return small(result);
    }
  }
  const seconds = (performance.now() - startedAt) / 1000;
  say(`${seeds} seeds from ${first}: ${failures} failed; ${steps} steps in ${seconds.toFixed(1)} s`);
  return failures === 0 ? 0 : 1;
}

function tell(seed: number, { violations }: SwarmResult): void {
  say(`seed ${seed} breaks ${violations.length}:`);
  for (const { atSeconds, invariant, message } of violations.slice(0, 5)) {
    say(`  ${atSeconds} s ${invariant}: ${message}`);
  }
}

/** Shrinks the failure, writes it down, and says how to repeat it. */
async function small(result: SwarmResult): Promise<number> {
  const image = await installedKinds();
  process.stderr.write('shrinking');
  const smallest = await shrink(result.plan, result.violations[0]!, { image, onTry: () => process.stderr.write('.') });
  process.stderr.write('\n');
  if (smallest === undefined) say('repeated from its list of troubles it does not fail: the seed alone repeats it');
  const { plan, violations } = smallest ?? result;
  const file = path.join(os.tmpdir(), `orrery-swarm-${plan.seed}.yaml`);
  fs.writeFileSync(file, planText(plan));
  say(`${plan.manifests.length} manifests and ${plan.troubles.length} troubles at the ports are enough for`);
  for (const violation of violations.slice(0, 3)) say(`  ${violation.invariant}: ${violation.message}`);
  say('repeat it with');
  say(
    smallest === undefined
      ? `  npm run simulate -- --seeds 1 --seed ${plan.seed}`
      : `  npm run simulate -- --repeat ${file}`,
  );
  return 1;
}

async function repeat(file: string): Promise<number> {
  const plan = readPlan(fs.readFileSync(file, 'utf8'), file);
  say(`seed ${plan.seed}`);
  const result = await runPlan(plan, await installedKinds());
  for (const { atSeconds, invariant, message } of result.violations) say(`${atSeconds} s ${invariant}: ${message}`);
  say(`${result.violations.length} violations; digest ${result.digest}`);
  return result.violations.length === 0 ? 0 : 1;
}

function whole(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new Error(`--${name} takes a whole number, not ${JSON.stringify(text)}`);
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`simulate: ${error instanceof Error ? error.message : String(error)}\n`);
  return 2;
});
