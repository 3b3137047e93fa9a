import { afterAll, beforeAll, describe } from 'vitest';
import { deletionCases } from './deletions.ts';
import { type ClientHarness, installWidgets } from './harness.ts';
import { objectCases } from './objects.ts';
import { patchCases } from './patches.ts';
import { watchCases } from './watches.ts';

/** The Client port's contract: every transport passes all of it. */
export function describeClient(transport: string, open: () => Promise<ClientHarness>): void {
  describe(`the Client port, ${transport}`, () => {
    let opened: ClientHarness;
    beforeAll(async () => {
      opened = await open();
      await installWidgets(opened);
    });
    afterAll(() => opened?.close());
    const harness = () => opened;
    describe('objects', () => objectCases(harness));
    describe('patches', () => patchCases(harness));
    describe('deletion', () => deletionCases(harness));
    describe('watches', () => watchCases(harness));
  });
}
