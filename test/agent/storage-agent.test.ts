import { describe, expect, it } from 'vitest';
import { cutOffFrom, datastoreStatement, Losses, networkStatement } from '../../src/agent/storage-agent.ts';

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

describe('hosts that lose a datastore', () => {
  const known = ['h1', 'h2', 'h3'].map((name) => ({ metadata: { name }, ...host('san1') })) as unknown as Args[2];
  const powers: Record<string, 'On' | 'Off'> = { h1: 'On', h2: 'On', h3: 'Off' };
  const cutOff = (hosts: string[]) => cutOffFrom({ hosts }, object as Args[1], known, (name) => powers[name]);

  it('are those that are on, list it and do not reach it; its condition names them', () => {
    expect(cutOff(['h1'])).toEqual(['h2']);
    expect(cutOff([])).toEqual(['h1', 'h2']);
    const message = (hosts: string[]) => {
      const report = { capacity: 1, free: 1, hosts, orphans: [] } as unknown as Args[0];
      return datastoreStatement(report, object as Args[1], known, cutOff(hosts)).said[0].message;
    };
    expect(message(['h1', 'h2'])).toBe('2 hosts reach it');
    expect(message(['h1'])).toBe('1 host reaches it; h2 is on and cut off from it');
    expect(message([])).toBe('3 Hosts list it, and none reaches it now: h1, h2 are on and cut off from it');
  });

  it('are told of once, and again when they have it back; not while they are racked or switched off', () => {
    const losses = new Losses();
    const tell = (before: string[], now: string[]) =>
      losses.tidings('uid', before, now, cutOff(now)).map(({ type, reason, note }) => `${type} ${reason}: ${note}`);
    expect(tell([], [])).toEqual([]);
    expect(tell([], ['h1', 'h2', 'h3'])).toEqual([]);
    expect(tell(['h1', 'h2', 'h3'], ['h1', 'h2'])).toEqual([]);
    expect(tell(['h1', 'h2'], ['h1'])).toEqual([
      'Warning DatastoreUnreachable: h2 does not reach it any more; 1 host still does',
    ]);
    expect(tell(['h1', 'h2'], ['h1'])).toEqual([]);
    expect(tell(['h1'], [])).toEqual(['Warning DatastoreUnreachable: h1 does not reach it any more; none does']);
    expect(tell([], ['h1', 'h2'])).toEqual(['Normal DatastoreReachable: h1, h2 reach it again']);
    expect(tell(['h1', 'h2'], ['h1', 'h2', 'h3'])).toEqual([]);
  });
});
