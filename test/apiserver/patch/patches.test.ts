import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { serviceAccount } from '../../../src/apiserver/kinds/core.ts';
import type { JsonObject } from '../../../src/apiserver/objects.ts';
import { applyJsonPatch, unknownJsonPatchFields } from '../../../src/apiserver/patch/json-patch.ts';
import { applyMergePatch } from '../../../src/apiserver/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../../src/apiserver/patch/strategic-merge-patch.ts';
import { type PatchRules, patchRulesOf } from '../../../src/apiserver/patch/strategic-rules.ts';
import { cloneJson, deepFreeze } from '../../../src/base/json.ts';

const json = fc.jsonValue({ maxDepth: 3 });
const object = fc
  .dictionary(fc.string({ maxLength: 2 }), json, { maxKeys: 4 })
  .map((each) => cloneJson(each) as JsonObject);
const refusal = (attempt: () => unknown) => {
  try {
    return attempt();
  } catch (error) {
    return (error as { status: unknown }).status;
  }
};

describe('patches change nothing that they are given', () => {
  const rules: PatchRules = { fields: { l: { mergeKey: 'name' }, s: { mergeKey: '' } } };

  it('whatever the object and the patch', () => {
    fc.assert(
      fc.property(object, fc.oneof(object, json), (live, patch) => {
        const [before, wanted] = [deepFreeze(cloneJson(live)), deepFreeze(cloneJson(patch))];
        refusal(() => applyMergePatch(before, wanted));
        refusal(() => applyJsonPatch(before, wanted));
        refusal(() => applyStrategicMergePatch(before, wanted, rules));
        expect(before).toEqual(live);
        expect(Object.prototype).not.toHaveProperty('polluted');
      }),
    );
  });
});

describe('a JSON patch', () => {
  it('shares what it does not touch, and returns the object itself when it only tests', () => {
    const live = deepFreeze({ a: { x: 1 }, b: { y: [1] } });
    const patched = applyJsonPatch(live, [{ op: 'replace', path: '/a/x', value: 2 }]) as typeof live;
    expect(patched).toEqual({ a: { x: 2 }, b: { y: [1] } });
    expect(patched.b).toBe(live.b);
    expect(applyJsonPatch(live, [{ op: 'test', path: '/a/x', value: 1 }])).toBe(live);
  });

  it('of more than 10,000 operations is too large', () => {
    const patch = Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/a', value: 1 }));
    expect(refusal(() => applyJsonPatch({ a: 1 }, patch))).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
    expect(applyJsonPatch({ a: 1 }, patch.slice(1))).toEqual({ a: 1 });
  });

  it('that copies more than 3 MiB in all is refused', () => {
    const live = { text: 'x'.repeat(1024 * 1024) };
    const copies = [1, 2].map((index) => ({ op: 'copy', from: '/text', path: `/copy${index}` }));
    expect(applyJsonPatch(live, copies)).toHaveProperty('copy2');
    const more = [...copies, { op: 'copy', from: '/text', path: '/copy3' }];
    expect(refusal(() => applyJsonPatch(live, more))).toMatchObject({ code: 422, reason: 'Invalid', details: {} });
  });

  it('replaces the whole document with a map or a list, and with nothing else', () => {
    expect(applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }])).toEqual({ b: 1 });
    expect(refusal(() => applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '', value: 1 }]))).toMatchObject({
      code: 422,
    });
    expect(refusal(() => applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '' }]))).toMatchObject({ code: 422 });
    expect(refusal(() => applyJsonPatch({ a: 1 }, [{ op: 'remove', path: '' }]))).toMatchObject({ code: 422 });
  });

  it('tells which fields no operation has', () => {
    const patch = [{ op: 'add', path: '/a', value: 1, foo: 1 }, null, { op: 'test', path: '/a', bar: 2, from: '/b' }];
    expect(unknownJsonPatchFields(patch)).toEqual([
      'json patch unknown field "[0].foo"',
      'json patch unknown field "[2].bar"',
    ]);
    expect(unknownJsonPatchFields('nonsense')).toEqual([]);
  });
});

describe('a merge patch', () => {
  it('is RFC 7386 where the server follows it', () => {
    /** The RFC's own definition. */
    const merge = (target: unknown, patch: unknown): unknown => {
      if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
      const result: Record<string, unknown> =
        typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...target } : {};
      for (const [key, value] of Object.entries(patch)) {
        if (value === null) delete result[key];
        else result[key] = merge(result[key], value);
      }
      return result;
    };
    const leaf = fc.oneof(fc.integer(), fc.constantFrom('x', true, null));
    const tree = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 3 }, leaf, fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('node'), { maxKeys: 3 })),
    })).node;
    const root = fc.dictionary(fc.constantFrom('a', 'b', 'c'), tree, { maxKeys: 3 });
    fc.assert(
      fc.property(root, root, (live, patch) => {
        expect(applyMergePatch(live, patch)).toEqual(merge(live, patch));
      }),
    );
  });

  it('that says what is there returns the object itself', () => {
    const live = deepFreeze({ a: { x: 1, y: 'z' }, l: [1] });
    expect(applyMergePatch(live, { a: { x: 1, n: null }, m: null })).toBe(live);
    const patched = applyMergePatch(live, { a: { x: 2 } }) as typeof live;
    expect(patched.l).toBe(live.l);
  });
});

describe('a strategic merge patch', () => {
  it('follows the description of the kind', () => {
    expect(patchRulesOf(serviceAccount)).toEqual({
      fields: {
        metadata: { fields: { finalizers: { mergeKey: '' }, ownerReferences: { mergeKey: 'uid' } } },
        secrets: { mergeKey: 'name' },
      },
    });
  });

  it('orders a list that is replaced whole without tripping over its objects', () => {
    const live = { imagePullSecrets: [{ name: 'a' }, { name: 'b' }] };
    const patch = { '$setElementOrder/imagePullSecrets': [{ name: 'b' }, { name: 'a' }] };
    expect(applyStrategicMergePatch(live, patch, patchRulesOf(serviceAccount))).toEqual(live);
  });
});
