import fs from 'node:fs';
import { deepEqual } from '../../../src/base/json.ts';
import { differences } from '../exchanges/differences.ts';
import type { Compared, Pair } from './conversation.ts';

/** Says what is equal by topic, and each difference; gives the exit code. */
export function report(results: readonly Compared[], out: string | undefined): number {
  const lines: string[] = [];
  let equal = 0;
  let total = 0;
  for (const { name, pairs } of results) {
    const distinct = new Map(pairs.map((pair) => [pair.sameness, pair]));
    const different = [...distinct.values()].filter(({ real, ours }) => !deepEqual(real, ours));
    equal += distinct.size - different.length;
    total += distinct.size;
    console.log(`${name.padEnd(24)} ${distinct.size - different.length}/${distinct.size}`);
    for (const pair of different) lines.push(...described(name, pair));
  }
  console.log(`${'all'.padEnd(24)} ${equal}/${total}`);
  if (out !== undefined) fs.writeFileSync(out, `${lines.join('\n')}\n`);
  else for (const line of lines) console.log(line);
  return equal === total ? 0 : 1;
}

function described(topic: string, { title, real, ours }: Pair): string[] {
  return [`\n# ${topic} ${title}`, ...differences(real, ours, '').map((line) => `  ${line}`)];
}
