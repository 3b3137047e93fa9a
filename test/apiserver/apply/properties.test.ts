import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appliedSet } from '../../../src/apiserver/apply/applied-set.ts';
import { compare } from '../../../src/apiserver/apply/comparison.ts';
import { FieldManager } from '../../../src/apiserver/apply/field-manager.ts';
import { equals, includes, intersection, isEmpty, paths } from '../../../src/apiserver/apply/field-set.ts';
import { merge } from '../../../src/apiserver/apply/merge.ts';
import { openApiType } from '../../../src/apiserver/apply/openapi-type.ts';
import { withoutPaths } from '../../../src/apiserver/apply/removal.ts';
import type { AnyObject, JsonObject } from '../../../src/apiserver/objects.ts';
import { cloneJson, deepFreeze } from '../../../src/base/json.ts';
import { API_VERSION, gizmoSchema, named } from '../../support/apply-gizmo.ts';

const type = openApiType(gizmoSchema);
const word = fc.constantFrom('', 'x', 'y', 'z');
const small = fc.integer({ min: 0, max: 2 });
const some = <T>(items: readonly T[]) => fc.shuffledSubarray([...items]);
const dictionary = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(fc.constantFrom('k', 'a.b/c', 'constructor', '__proto__'), value, { maxKeys: 3 });
const anything: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    small,
    word,
    fc.boolean(),
    fc.array(tie('value'), { maxLength: 2 }),
    dictionary(tie('value')),
  ),
})).value;

const nics = some(['e0', 'e1', 'e2']).chain((names) =>
  fc.tuple(
    ...names.map((name) => fc.record({ name: fc.constant(name), mac: word, speed: small }, { requiredKeys: ['name'] })),
  ),
);
const spec = fc.record(
  {
    cpu: small,
    zone: word,
    port: fc.constantFrom(80, 'http'),
    tags: some(['a', 'b', '<c>']),
    nums: some([9, 10, 200]),
    list: fc.array(word, { maxLength: 2 }),
    nics,
    limits: dictionary(small),
    pools: dictionary(fc.record({ size: small, label: word }, { requiredKeys: [] })),
    selector: fc.record({ a: word, b: word }, { requiredKeys: [] }),
    free: dictionary(anything),
    nested: fc.record({ deep: fc.record({ x: word, y: word }, { requiredKeys: [] }) }, { requiredKeys: [] }),
    nul: fc.constantFrom(null, 'n'),
  },
  { requiredKeys: [] },
);
const gizmo = spec.map((fields) => deepFreeze(named({ spec: fields }, API_VERSION)));

const fields = () =>
  new FieldManager({ apiVersion: API_VERSION, kind: 'Gizmo', types: new Map([[API_VERSION, type]]) });
const request = { subresource: '', now: '2026-01-01T00:00:00Z' };
const stored = (object: AnyObject) =>
  deepFreeze({ ...object, metadata: { ...object.metadata, uid: 'u' } }) as AnyObject;
const contentOf = ({ metadata: { managedFields: _, ...metadata }, ...object }: AnyObject) => ({ ...object, metadata });

describe('comparison', () => {
  it('finds nothing between equal objects, shared or not', () => {
    fc.assert(
      fc.property(gizmo, (object) => {
        for (const other of [object, cloneJson(object)]) {
          const { changed, removed } = compare(type, object, other, { duplicates: true });
          expect(isEmpty(changed) && isEmpty(removed)).toBe(true);
        }
      }),
    );
  });

  it('finds something between objects that differ', () => {
    fc.assert(
      fc.property(gizmo, gizmo, (a, b) => {
        const { changed, removed } = compare(type, a, b, { duplicates: true });
        const back = compare(type, b, a, { duplicates: true });
        expect(isEmpty(changed) && isEmpty(removed)).toBe(isEmpty(back.changed) && isEmpty(back.removed));
      }),
    );
  });
});

describe('merging', () => {
  it('leaves a live object that already is as configured, and shares it', () => {
    fc.assert(
      fc.property(gizmo, (object) => {
        expect(merge(type, object, cloneJson(object))).toBe(object);
      }),
    );
  });

  it('has all of the configuration in the result', () => {
    fc.assert(
      fc.property(gizmo, gizmo, (live, config) => {
        const merged = merge(type, live, config);
        expect(includes(appliedSet(type, merged), appliedSet(type, withoutEmpty(config)))).toBe(true);
        const { removed } = compare(type, config, merged, { duplicates: true });
        expect(isEmpty(removed)).toBe(true);
        expect(merge(type, merged, config)).toEqual(merged);
      }),
    );
  });

  it('and taking out what the configuration claims leaves nothing of it', () => {
    fc.assert(
      fc.property(gizmo, (config) => {
        const claimed = appliedSet(type, config);
        const rest = withoutPaths(type, config, claimed);
        const left = intersection(appliedSet(type, rest ?? {}), claimed);
        expect(paths(left)).toEqual([]);
      }),
    );
  });
});

/** Without the empty maps, which are claimed only as long as they are empty. */
function withoutEmpty(value: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [key, child] of Object.entries(value)) {
    const isMap = typeof child === 'object' && child !== null && !Array.isArray(child);
    const inside = isMap ? withoutEmpty(child as JsonObject) : child;
    if (isMap && Object.keys(inside as JsonObject).length === 0) continue;
    Object.defineProperty(kept, key, { value: inside, enumerable: true, configurable: true, writable: true });
  }
  return kept;
}

describe('server-side apply', () => {
  it('twice is the same as once', () => {
    fc.assert(
      fc.property(gizmo, gizmo, (first, config) => {
        const manager = fields();
        const live = stored(
          manager.apply({ live: undefined, config: first, manager: 'a', force: true, ...request }).object,
        );
        const once = stored(manager.apply({ live, config, manager: 'b', force: true, ...request }).object);
        const again = manager.apply({ live: once, config, manager: 'b', force: false, ...request });
        expect(again).toEqual({ object: once, changed: false });
        expect(again.object).toBe(once);
      }),
    );
  });

  it('gives its manager the set of the configuration, and an empty one takes everything of it away again', () => {
    fc.assert(
      fc.property(gizmo, (config) => {
        const manager = fields();
        const { object } = manager.apply({ live: undefined, config, manager: 'a', force: false, ...request });
        const claimed = object.metadata.managedFields?.[0]?.fieldsV1 ?? {};
        const own = Object.fromEntries(Object.entries(appliedSet(type, { spec: config['spec'] })));
        expect(equals(claimed as never, own as never)).toBe(true);
        const empty = named({}, API_VERSION);
        const after = manager.apply({ live: stored(object), config: empty, manager: 'a', force: false, ...request });
        expect(after.object['spec'] ?? undefined).toBeUndefined();
        expect(after.object.metadata.managedFields).toBeUndefined();
      }),
    );
  });

  it('changes neither what it is given nor what it was given before', () => {
    fc.assert(
      fc.property(gizmo, gizmo, gizmo, (a, b, c) => {
        const manager = fields();
        const one = stored(manager.apply({ live: undefined, config: a, manager: 'a', force: true, ...request }).object);
        const managedFields = manager.trackUpdate({
          live: one,
          updated: { ...b, metadata: one.metadata },
          manager: 'u',
          ...request,
        });
        const two = stored({ ...b, metadata: { ...one.metadata, ...(managedFields ? { managedFields } : {}) } });
        const three = manager.apply({ live: two, config: c, manager: 'a', force: true, ...request }).object;
        expect(contentOf(merge(type, two, c) as AnyObject)).toEqual(
          contentOf(merge(type, cloneJson(two), c) as AnyObject),
        );
        expect(Object.isFrozen(three)).toBe(three === two);
      }),
    );
  });
});

describe('tracking an update', () => {
  it('says the same whether the objects share parts or not', () => {
    fc.assert(
      fc.property(gizmo, gizmo, (a, b) => {
        const manager = fields();
        const created = manager.trackUpdate({ live: undefined, updated: a, manager: 'c', ...request });
        const live = stored({ ...a, metadata: { ...a.metadata, ...(created ? { managedFields: created } : {}) } });
        const updated = { ...b, metadata: live.metadata };
        const shared = manager.trackUpdate({ live, updated, manager: 'u', ...request });
        const copied = fields().trackUpdate({
          live: cloneJson(live),
          updated: cloneJson(updated),
          manager: 'u',
          ...request,
        });
        expect(JSON.stringify(shared)).toBe(JSON.stringify(copied));
      }),
    );
  });

  it('returns the stored list itself when nothing changes', () => {
    fc.assert(
      fc.property(gizmo, (a) => {
        const manager = fields();
        const managedFields = manager.trackUpdate({ live: undefined, updated: a, manager: 'c', ...request });
        const live = stored({ ...a, metadata: { ...a.metadata, ...(managedFields ? { managedFields } : {}) } });
        for (const updated of [live, cloneJson(live)]) {
          const after = manager.trackUpdate({ live, updated, manager: 'u', ...request, now: '2026-01-02T00:00:00Z' });
          expect(after).toBe(live.metadata.managedFields);
        }
      }),
    );
  });

  it('keeps the live list when an object does not fit the schema', () => {
    const manager = fields();
    const good = named({ spec: { cpu: 1 } }, API_VERSION);
    const managedFields = manager.trackUpdate({ live: undefined, updated: good, manager: 'c', ...request })!;
    const live = stored({ ...good, metadata: { ...good.metadata, managedFields } });
    for (const spec of [{ cpu: 'x' }, { bogus: 1 }, { nics: [{}] }, { tags: [null] }, 'x']) {
      const updated = { ...live, spec } as AnyObject;
      expect(manager.trackUpdate({ live, updated, manager: 'u', ...request })).toBe(managedFields);
    }
  });
});
