/** Sequences across changes of the schema: what was granular becomes atomic, and the other way round. */

import type { JsonObject } from '../../../src/apiserver/objects.ts';
import { cloneJson } from '../../../src/base/json.ts';
import { gizmoSchema, type Step } from '../../support/apply-gizmo.ts';

type Property = JsonObject & { properties: Record<string, Property>; items: Property; additionalProperties: Property };

/** The gizmo's schema with the other relationship wherever there is one. */
function turned(): JsonObject {
  const schema = cloneJson(gizmoSchema) as unknown as Property;
  const { nics, tags, list, limits, selector, pools, nested } = schema.properties['spec']!.properties;
  for (const each of [nics!, tags!]) each['x-kubernetes-list-type'] = 'atomic';
  delete nics!['x-kubernetes-list-map-keys'];
  list!['x-kubernetes-list-type'] = 'set';
  for (const each of [limits!, pools!, nested!.properties['deep']!]) each['x-kubernetes-map-type'] = 'atomic';
  delete selector!['x-kubernetes-map-type'];
  return schema;
}

export const schemas = { first: gizmoSchema as JsonObject, turned: turned() };

export type Event = Step | { readonly schema: keyof typeof schemas };

const apply = (manager: string, spec: JsonObject, force?: boolean): Step => ({
  verb: 'apply',
  manager,
  body: { spec },
  ...(force ? { force } : {}),
});
const merge = (manager: string, spec: JsonObject): Step => ({ verb: 'merge', manager, body: { spec } });
const everything = {
  nics: [{ name: 'e0', mac: 'a' }, { name: 'e1' }],
  tags: ['a', 'b'],
  list: ['x', 'y'],
  limits: { k: 1 },
  selector: { a: '1', b: '2' },
  pools: { p: { size: 1 } },
  nested: { deep: { x: 'x' } },
};

export const events: readonly Event[] = [
  { verb: 'create', manager: 'c', body: { spec: everything } },
  apply('m1', everything),
  apply('m2', { nics: [{ name: 'e0', mac: 'a' }], limits: { k: 1 }, list: ['x', 'y'], selector: { a: '1', b: '2' } }),
  { schema: 'turned' },
  apply('m3', { nics: [{ name: 'e9' }] }),
  apply('m3', { selector: { a: '1' }, list: ['x'] }),
  apply('m1', { ...everything, nics: [{ name: 'e0', mac: 'b' }] }),
  apply('m1', { ...everything, nics: [{ name: 'e0', mac: 'b' }] }, true),
  merge('u', { selector: { a: '9' }, limits: { z: 1 }, list: ['x', 'z'], nested: { deep: { y: 'y' } } }),
  apply('m2', { cpu: 1 }),
  { schema: 'first' },
  apply('m1', { cpu: 1 }),
  apply('m4', { nics: [{ name: 'e0', mac: 'c' }], limits: { z: 2 }, list: ['q'] }),
  apply('m4', { nics: [{ name: 'e0', mac: 'c' }], limits: { z: 2 }, list: ['q'] }, true),
  merge('u', { nics: [{ name: 'e7' }], tags: ['t'], selector: null }),
];
