import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { GizmoServer } from '../../support/apply-gizmo.ts';
import { cases } from './cases.ts';
import { type Recorded, recorded } from './recorded.ts';

const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/gizmo.json');
const golden = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, Recorded[]>;
const server = new GizmoServer();
const timeOf = (step: number) => `2026-01-01T00:00:${String(step).padStart(2, '0')}Z`;
const stepOf = (time: string) => (time.startsWith('2026-01-01T00:00:') ? Number(time.slice(17, 19)) : time);

describe('ownership is what the real server makes of it:', () => {
  it.each(Object.keys(cases))('%s', (name) => {
    let state: AnyObject | undefined;
    const found = cases[name]!.map((step, index) => {
      const result = server.step(state, step, timeOf(index));
      state = result.state;
      return recorded(result, stepOf);
    });
    expect(found).toEqual(golden[name]!.map(masked));
  });
});

/** Validation is not this part's: only that it refuses is compared. */
function masked(step: Recorded): Recorded {
  return step.message?.startsWith('Gizmo.') ? { code: 422, message: 'a struct was emptied' } : step;
}
