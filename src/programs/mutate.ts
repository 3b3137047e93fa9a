/** Plants known faults in the code, one by one, and counts the seeds of the swarm until each is found. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { type Mutation, mutations } from '../sim/swarm/mutations.ts';

export interface MutateOptions {
  readonly first: number;
  /** Within which each has to be found. */
  readonly seeds: number;
  /** Only these; empty: all. */
  readonly names: readonly string[];
  readonly say: (line: string) => void;
}

/** How a mutation fared: after how many seeds it was found, and by what. */
interface Outcome {
  readonly after: number | undefined;
  readonly seed: number;
  readonly by: string;
}

/** Prints a row for each; resolves with the exit code, 1 when one was not found. */
export async function mutate({ first, seeds, names, say }: MutateOptions): Promise<number> {
  for (const name of names) {
    if (!mutations.some((one) => one.name === name)) throw new Error(`there is no mutation ${name}`);
  }
  const chosen = mutations.filter(({ name }) => names.length === 0 || names.includes(name));
  say('| mutation | what is wrong | found after | by |');
  say('|---|---|---|---|');
  let missed = 0;
  for (const mutation of chosen) {
    const { after, seed, by } = await swarmWith(mutation, first, seeds);
    if (after === undefined) missed++;
    const found = after === undefined ? `not in ${seeds} seeds` : `${after} (seed ${seed})`;
    say(`| ${mutation.name} | ${mutation.about} | ${found} | ${by} |`);
  }
  say(`${chosen.length - missed} of ${chosen.length} found within ${seeds} seeds from ${first}`);
  return missed === 0 ? 0 : 1;
}

/** Runs the swarm in a process of its own, in which the code is another. */
async function swarmWith({ name }: Mutation, first: number, seeds: number): Promise<Outcome> {
  const here = import.meta.dirname;
  const args = [
    '--disable-warning=ExperimentalWarning',
    ...['--import', path.join(here, 'mutant.ts'), path.join(here, 'simulate.ts')],
    ...['--seeds', String(seeds), '--seed', String(first), '--first'],
  ];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ORRERY_MUTATION: name },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const found = /^seed (\d+) breaks \d+:\n {2}\S+ s (\S+): /m.exec(out);
  if (found !== null) return { after: Number(found[1]) - first + 1, seed: Number(found[1]), by: found[2]! };
  if (code !== 0) throw new Error(`${name}: the swarm ended with exit code ${code}`);
  return { after: undefined, seed: first, by: '–' };
}
