import { rootSchema } from '../src/api/crd.ts';
import { virtualMachineDefinition } from '../src/api/virtual-machine.ts';
import { FieldManager } from '../src/apiserver/apply/field-manager.ts';
import { openApiType } from '../src/apiserver/apply/openapi-type.ts';
import { customResourceResets } from '../src/apiserver/apply/resets.ts';
import { type AnyObject, isObject, type JsonObject } from '../src/apiserver/objects.ts';
import { applyMergePatch } from '../src/apiserver/patch/merge-patch.ts';
import { cloneJson, deepFreeze } from '../src/base/json.ts';

/*
 * What ownership costs on every write, for a VirtualMachine with every field of its spec filled in. The baseline is
 * what the object costs anyway: parsing and printing its JSON once.
 *
 *     node src/bootstrap.mjs :run bench/managed-fields.ts
 */

const ROUNDS = 9;
const API_VERSION = 'orrery.dev/v1alpha1';
const now = '2026-01-01T00:00:00Z';

/** A value with everything that the schema has. */
function sample(schema: JsonObject, index = 0): unknown {
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  if (schema['type'] === 'array') return [0, 1].map((each) => sample(schema['items'] as JsonObject, each));
  if (schema['type'] === 'integer' || schema['type'] === 'number') return 1000 + index;
  if (schema['type'] === 'boolean') return true;
  const properties = schema['properties'];
  if (isObject(properties)) {
    return Object.fromEntries(
      Object.entries(properties).map(([name, each]) => [name, sample(each as JsonObject, index)]),
    );
  }
  if (isObject(schema['additionalProperties'])) return { key: sample(schema['additionalProperties']) };
  return schema['type'] === 'object' ? {} : `value-${index}`;
}

const schema = rootSchema(virtualMachineDefinition) as unknown as JsonObject;
const parts = (schema['properties'] as JsonObject) ?? {};
const draft: AnyObject = {
  apiVersion: API_VERSION,
  kind: 'VirtualMachine',
  metadata: {
    name: 'vm-0001',
    namespace: 'default',
    labels: { app: 'web', tier: 'front' },
    annotations: { note: 'x' },
  },
  spec: sample(parts['spec'] as JsonObject),
};
const fields = new FieldManager({
  apiVersion: API_VERSION,
  kind: 'VirtualMachine',
  types: new Map([[API_VERSION, openApiType(schema)]]),
  resets: customResourceResets(API_VERSION, [API_VERSION]),
});

function stored(object: AnyObject, managedFields: AnyObject['metadata']['managedFields']): AnyObject {
  return deepFreeze({
    ...object,
    metadata: { ...object.metadata, uid: 'u', managedFields: managedFields!, resourceVersion: '1' },
  });
}

const created = stored(
  draft,
  fields.trackUpdate({ live: undefined, updated: draft, manager: 'kubectl', subresource: '', now }),
);
const withStatus = { ...created, status: sample(parts['status'] as JsonObject) } as AnyObject;
const live = stored(
  withStatus,
  fields.trackUpdate({ live: created, updated: withStatus, manager: 'orrery', subresource: 'status', now }),
);
const patch = { status: { phase: 'other', observedGeneration: 7, host: 'h-2' } };
const patched = applyMergePatch(live, patch) as AnyObject;
const replaced = cloneJson(patched);
const config = { ...draft, spec: cloneJson(draft['spec']) };
const applied = stored(
  draft,
  fields.apply({ live: undefined, config, manager: 'flux', force: true, subresource: '', now }).object.metadata
    .managedFields,
);

/** Microseconds per call: the fastest of a few rounds, since everything else on the machine only slows it. */
function cost(run: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    for (let i = 0; i < 2000; i++) run();
    best = Math.min(best, (performance.now() - start) / 2);
  }
  return best;
}

const text = JSON.stringify(draft);
const baseline = cost(() => JSON.stringify(JSON.parse(text)));
const rows: readonly (readonly [string, () => unknown])[] = [
  ['create', () => fields.trackUpdate({ live: undefined, updated: draft, manager: 'kubectl', subresource: '', now })],
  [
    'status merge patch of three fields, with the patch',
    () => statusPatch(applyMergePatch(live, patch) as AnyObject, now),
  ],
  ['the same in another second', () => statusPatch(patched, '2026-01-01T00:00:01Z')],
  ['status PUT of the whole object', () => statusPatch(replaced, now)],
  ['apply that changes nothing', () => apply(applied, config)],
  [
    'apply over another manager, forced',
    () => apply(live, { ...config, metadata: { name: 'vm-0001', labels: { app: 'db' } } }),
  ],
];

function statusPatch(updated: AnyObject, time: string) {
  return fields.trackUpdate({ live, updated, manager: 'orrery', subresource: 'status', now: time });
}

function apply(onto: AnyObject, wanted: AnyObject) {
  return fields.apply({ live: onto, config: wanted, manager: 'flux', force: true, subresource: '', now });
}

console.log(`spec ${text.length} bytes, live object ${JSON.stringify(live).length} bytes with managedFields`);
console.log(`${baseline.toFixed(1).padStart(8)} µs  1.00 x  parse and print the JSON of the spec`);
for (const [name, run] of rows) {
  const micros = cost(run);
  console.log(`${micros.toFixed(1).padStart(8)} µs  ${(micros / baseline).toFixed(2)} x  ${name}`);
}
