import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AnyObject } from '../../../src/apiserver/objects.ts';
import { GizmoServer } from '../../support/apply-gizmo.ts';
import { type Recorded, recorded } from './recorded.ts';
import { events, schemas } from './schema-cases.ts';

const file = path.resolve(import.meta.dirname, '../../golden/kubernetes/apply/schema-change.json');
const golden = (JSON.parse(fs.readFileSync(file, 'utf8')) as { events: (Recorded | null)[] }).events;
const timeOf = (step: number) => `2026-01-01T00:00:${String(step).padStart(2, '0')}Z`;

describe('when the schema changes between atomic and granular', () => {
  it('ownership follows as on the real server', () => {
    let state: AnyObject | undefined;
    let server = new GizmoServer();
    const found = events.map((event, index) => {
      if ('schema' in event) {
        server = new GizmoServer(schemas[event.schema]);
        return null;
      }
      const result = server.step(state, event, timeOf(index));
      state = result.state;
      return recorded(result, (time) => Number(time.slice(17, 19)));
    });
    for (const [index, wanted] of golden.entries()) {
      expect(found[index], JSON.stringify(events[index])).toEqual(wanted);
    }
  });
});
