import { absent, type Said } from '../../src/model/said.ts';

/**
 * The conditions that go with what is said of readiness, as kstatus reads them: nothing is under way, so that nobody
 * waits for it; and trying again does not help where nothing acts on an object.
 */
export function conditionsFor(ready: Said<'Ready'>): Said[] {
  const { status, reason, message } = ready;
  const stalled = { type: 'Stalled', status: 'True', reason, message } as const;
  return [ready, absent('Reconciling'), status === 'True' ? absent('Stalled') : stalled];
}
