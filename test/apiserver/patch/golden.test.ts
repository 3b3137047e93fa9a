import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { serviceAccount } from '../../../src/apiserver/kinds/core.ts';
import { decodeBody } from '../../../src/apiserver/kinds/decode.ts';
import type { JsonObject } from '../../../src/apiserver/objects.ts';
import { applyJsonPatch } from '../../../src/apiserver/patch/json-patch.ts';
import { applyMergePatch } from '../../../src/apiserver/patch/merge-patch.ts';
import { applyStrategicMergePatch } from '../../../src/apiserver/patch/strategic-merge-patch.ts';
import { patchRulesOf } from '../../../src/apiserver/patch/strategic-rules.ts';
import { StatusError } from '../../../src/apiserver/status-error.ts';
import { cloneJson, deepFreeze } from '../../../src/base/json.ts';
import { jsonPatches, mergePatches, type PatchCase, strategicPatches } from './cases.ts';
import { accountOf, gizmoPatch } from './wrapping.ts';

interface Answer {
  readonly code: number;
  readonly message?: string;
  readonly after?: unknown;
}

function goldenOf(file: string): readonly Answer[] {
  const full = path.resolve(import.meta.dirname, '../../golden/kubernetes/patch', file);
  return (JSON.parse(fs.readFileSync(full, 'utf8')) as { answers: Answer[] }).answers;
}

/** The answer here; a patched object that its kind cannot hold, or that is not valid, is somebody else's refusal. */
function answer(patched: () => unknown): Answer {
  try {
    return { code: 200, after: patched() };
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return { code: error.status.code, message: error.status.message! };
  }
}

const foreign = ({ code, message = '' }: Answer) => code === 422 && message.includes('is invalid');

function titled(cases: readonly PatchCase[], answers: readonly Answer[]) {
  expect(answers.length).toBe(cases.length);
  return cases.map((each, index) => ({ title: JSON.stringify(each.patch), ...each, wanted: answers[index]! }));
}

describe('JSON patch', () => {
  it.each(titled(jsonPatches, goldenOf('json-patch.json')))('$title', ({ before, patch, wanted }) => {
    const object = deepFreeze({ spec: { free: cloneJson(before) } });
    const found = answer(() => {
      const result = applyJsonPatch(object, deepFreeze(gizmoPatch(patch, 'json-patch'))) as { spec: { free: unknown } };
      return result.spec.free;
    });
    expect(found).toEqual(wanted);
    expect(object).toEqual({ spec: { free: before } });
  });
});

describe('merge patch', () => {
  it.each(titled(mergePatches, goldenOf('merge-patch.json')))('$title', ({ before, patch, wanted }) => {
    const object = deepFreeze({ spec: { free: cloneJson(before) } });
    const found = answer(() => {
      const result = applyMergePatch(object, gizmoPatch(patch, 'merge-patch')) as { spec: { free: unknown } };
      return result.spec.free;
    });
    expect(found).toEqual(wanted);
  });
});

describe('strategic merge patch', () => {
  const rules = patchRulesOf(serviceAccount);
  it.each(titled(strategicPatches, goldenOf('strategic-merge-patch.json')))('$title', ({ before, patch, wanted }) => {
    const object = deepFreeze({ apiVersion: 'v1', kind: 'ServiceAccount', ...(cloneJson(before) as JsonObject) });
    const found = answer(() => {
      const result = applyStrategicMergePatch(object, deepFreeze(patch), rules);
      return foreign(wanted) ? undefined : accountOf(decodeBody(result, serviceAccount).object);
    });
    if (wanted.code === 0) expect(found.code).toBeGreaterThanOrEqual(400);
    else if (foreign(wanted)) expect(found.code).toBe(200);
    else expect(found).toEqual(wanted);
  });
});
