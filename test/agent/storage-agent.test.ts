import { describe, expect, it } from 'vitest';
import { datastoreStatement, networkStatement } from '../../src/agent/storage-agent.ts';

type Args = Parameters<typeof datastoreStatement>;

const host = (...datastores: string[]) => ({ spec: { datastores, networks: datastores.map((name) => ({ name })) } });
const object = { metadata: { name: 'san1', generation: 1 } };

function said(hosts: readonly string[], known: readonly object[]): unknown[] {
  const report = { capacity: 1, free: 1, hosts, orphans: [] } as unknown as Args[0];
  const ofDatastore = datastoreStatement(report, object as Args[1], known as Args[2]).said[0].message;
  const ofNetwork = networkStatement({ hosts } as never, object as never, known as Args[2]).said[0].message;
  expect(ofNetwork).toBe(ofDatastore);
  return [ofDatastore];
}

describe('a datastore or network', () => {
  it('that no host reaches says whether one is meant to', () => {
    expect(said([], [host('other')])).toEqual(['no host reaches it: list it in a Host']);
    expect(said([], [host('san1')])).toEqual(['1 Host lists it, and none reaches it now: off, or cut off from it']);
    expect(said([], [host('san1'), host('san1')])[0]).toContain('2 Hosts list it');
    expect(said(['h1'], [host('san1')])).toEqual(['1 host reaches it']);
  });
});
