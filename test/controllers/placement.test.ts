import { describe, expect, it } from 'vitest';
import { Arrivals } from '../../controllers/placement/arrivals.ts';
import { type Candidate, decide, type PlacementInput, type Verdict } from '../../controllers/placement/decide.ts';
import { type Observation, PassMemo, placementInput } from '../../controllers/placement/input.ts';
import { Newcomers } from '../../controllers/placement/newcomers.ts';
import { isOnlyWords, statusFor, unsaid } from '../../controllers/placement/status.ts';
import type { Host } from '../../src/api/host.ts';
import type { VirtualMachine, VirtualMachineStatus } from '../../src/api/virtual-machine.ts';
import { GiB } from '../../src/base/units.ts';
import type { MachineFacts } from '../../src/model/facts.ts';
import { host, machine } from '../support/facts.ts';

function candidate(facts: MachineFacts, changes: Partial<Candidate> = {}): Candidate {
  return {
    vm: { metadata: { name: facts.name } } as VirtualMachine,
    facts,
    generation: 1,
    wish: { power: 'On', deleting: false, restartedAt: undefined, restartPolicy: 'OnFailure' },
    state: undefined,
    inEffect: undefined,
    placedOn: undefined,
    admitted: undefined,
    dangling: [],
    ...changes,
  };
}

function verdicts(candidates: readonly Candidate[], world: Partial<PlacementInput> = {}): Verdict[] {
  const input = {
    hosts: [host('h1'), host('h2')],
    around: { datastores: new Map() },
    holdings: [],
    candidates,
    ...world,
  };
  return decide(input).decisions.map(({ verdict }) => verdict);
}

const running = (name: string, facts: MachineFacts, changes: Partial<Candidate> = {}) =>
  candidate(facts, {
    state: { power: 'On', epoch: 1, restartToken: undefined, exit: undefined, host: name },
    inEffect: facts,
    placedOn: name,
    ...changes,
  });

/** What the condition Placed says of it. */
const saidOf = (verdict: Verdict | undefined) =>
  statusFor(verdict!).conditions.find(({ type }) => type === 'Placed')!.message;

describe('placement', () => {
  it('spreads what comes in one pass, each seeing those before it', () => {
    const found = verdicts(['a', 'b', 'c', 'd'].map((name) => candidate(machine(name))));
    expect(found.map((verdict) => verdict.kind === 'Place' && verdict.host)).toEqual(['h1', 'h2', 'h1', 'h2']);
  });

  it('says why the host was chosen', () => {
    expect(saidOf(verdicts([candidate(machine('a'))])[0])).toBe(
      'on h1, the least loaded of 2 hosts that fit: with it 12.5 % of its CPU and 6.3 % of its memory are configured',
    );
    expect(saidOf(verdicts([candidate(machine('a', {}, { host: 'h2' }))])[0])).toMatch(/^on h2, as spec\.host asks: /);
  });

  it('says of one that is refused why in one place', () => {
    const refused = statusFor({ kind: 'Refuse', reason: 'HostInMaintenance', message: '2 hosts in maintenance' });
    expect(refused.conditions.map(({ type, message }) => [type, message])).toEqual([
      ['Admitted', '2 hosts in maintenance'],
      ['Placed', 'on no host: not admitted'],
    ]);
  });

  it('says in short why it was not another', () => {
    const hosts = [
      host('h1'),
      host('h2', { maintenance: true }),
      host('h3', { memory: 0.5 * GiB }),
      host('h4', { maintenance: true }),
    ];
    const asked = machine('a', { reservation: GiB });
    const [verdict] = verdicts([candidate(asked)], { hosts });
    expect(saidOf(verdict)).toMatch(
      /^on h1, the only host that fits: .* configured; 2 in maintenance, h3 lacks 0\.\d\d GiB$/,
    );
  });

  it('puts no more on a datastore than it holds, promises and new files of this pass counted', () => {
    const around = { datastores: new Map([['san1', { name: 'san1', free: 50 * GiB }]]) };
    const asks = (name: string, disks: number, swap: number, changes: Partial<Candidate> = {}) =>
      candidate(
        machine(
          name,
          {},
          { datastores: ['san1'], space: new Map([['san1', { swap: swap * GiB, disks: disks * GiB }]]) },
        ),
        changes,
      );
    const found = verdicts([asks('a', 20, 1), asks('b', 20, 0), asks('c', 1, 0), asks('d', 6, 0, { placedOn: 'h1' })], {
      around,
    });
    expect(found.map(({ kind }) => kind)).toEqual(['Place', 'Place', 'Place', 'Keep']);
    const [, , third] = verdicts([asks('a', 20, 1), asks('b', 20, 0), asks('c', 10, 1)], { around });
    expect(third).toEqual({
      kind: 'Refuse',
      reason: 'InsufficientDatastoreSpace',
      message:
        '2 hosts reach datastore san1, which lacks 2.00 GiB; nearest h1: san1 has 9.00 GiB free, needs 11.00 = 10.00 disks + 1.00 swap',
    });
    // Xen keeps no swap file.
    const xen = [host('x1', { hypervisor: { type: 'Xen', version: '4' } })];
    expect(verdicts([asks('a', 20, 1), asks('b', 29.5, 1)], { around, hosts: xen }).map(({ kind }) => kind)).toEqual([
      'Place',
      'Place',
    ]);
    expect(around.datastores.get('san1')?.free).toBe(50 * GiB);
  });

  it('says of one that runs when it would not start again as it now asks', () => {
    const now = machine('a', { size: 4 * GiB, reservation: 4 * GiB });
    const asking = (atNextStart: MachineFacts) => running('h1', now, { atNextStart });
    const [fits] = verdicts([asking(machine('a', { size: 14 * GiB, reservation: 14 * GiB }))]);
    expect(fits).toEqual({ kind: 'Grant', host: 'h1', later: undefined });
    const [never] = verdicts([asking(machine('a', { size: 40 * GiB, reservation: 30 * GiB }))]);
    expect(never).toMatchObject({ kind: 'Grant', later: { reason: 'InsufficientReservation' } });
    const { conditions } = statusFor(never!);
    expect(conditions[0]).toMatchObject({ type: 'Admitted', status: 'True' });
    expect(conditions[0]!.message).toMatch(
      /^every check passed for what changes now; it would not start again as it now asks \(InsufficientReservation: .*needs 30\.\d\d/,
    );
  });

  it('knows that one that goes off gives back its swap file', () => {
    const san = (swap: number) => ({
      datastores: ['san1'],
      space: new Map([['san1', { swap: swap * GiB, disks: 0 }]]),
    });
    const now = machine('a', { size: 8 * GiB }, san(8));
    const atNextStart = machine('a', { size: 10 * GiB }, san(10));
    const kept = (free: number) =>
      verdicts([running('h1', now, { atNextStart })], {
        around: { datastores: new Map([['san1', { name: 'san1', free: free * GiB }]]) },
      })[0];
    expect(kept(3)).toMatchObject({ kind: 'Grant', later: undefined });
    expect(kept(1)).toMatchObject({ kind: 'Grant', later: { message: expect.stringContaining('san1') } });
  });

  it('waits for a host that is being racked and may suit better, and for no other', () => {
    const silent = { power: 'Unknown', connection: 'Unknown' } as const;
    const kinds = (changes: object, asked = machine('a')) =>
      verdicts([candidate(asked)], { hosts: [host('h1'), host('h2', changes)] })[0];
    const waits = kinds({ ...silent, beingRackedMs: 20 });
    expect(waits).toEqual({ kind: 'Wait', host: 'h2', knownMs: 20 });
    expect(saidOf(waits)).toBe('waits for h2, which is being racked');
    expect(kinds(silent)).toMatchObject({ kind: 'Place', host: 'h1', against: 'h2 not heard from' });
    for (const changes of [{ maintenance: true }, { memory: 1 }, { cluster: 'c' }, { datastores: new Set<string>() }]) {
      const asked = machine('a', {}, { datastores: ['san1'] });
      expect(kinds({ ...silent, beingRackedMs: 20, ...changes }, asked)).toMatchObject({ kind: 'Place', host: 'h1' });
    }
    const bound = machine('a', {}, { host: 'h1' });
    expect(kinds({ ...silent, beingRackedMs: 20 }, bound)).toMatchObject({ kind: 'Place', host: 'h1' });
  });

  it('refuses one that runs on Xen what only ESX has', () => {
    const holds = machine('a');
    const asking = running('h1', { ...holds, esxOnly: ['spec.memory.limit'] }, { inEffect: holds });
    const xen = [host('h1', { hypervisor: { type: 'Xen', version: '4' } })];
    expect(verdicts([asking], { hosts: xen })).toMatchObject([{ kind: 'Deny', reason: 'UnsupportedByHypervisor' }]);
    expect(verdicts([asking])).toMatchObject([{ kind: 'Grant' }]);
  });

  it('leaves out a host that has lost the datastore, and places anew what was to start there', () => {
    const around = { datastores: new Map([['san1', { name: 'san1', free: 50 * GiB, hosts: new Set(['h2']) }]]) };
    const facts = machine('a', {}, { datastores: ['san1'] });
    for (const placedOn of [undefined, 'h1']) {
      const [verdict] = verdicts([candidate(facts, { placedOn })], { around });
      expect(verdict).toMatchObject({ kind: 'Place', host: 'h2', against: 'h1 does not reach datastore san1 now' });
    }
    const unknown = { datastores: new Map([['san1', { name: 'san1', free: 50 * GiB }]]) };
    expect(verdicts([candidate(facts, { placedOn: 'h1' })], { around: unknown })).toEqual([
      { kind: 'Keep', host: 'h1' },
    ]);
  });

  it('keeps a promise that still fits, and counts it for the others', () => {
    const promised = candidate(machine('a', { size: 15 * GiB, reservation: 15 * GiB }), { placedOn: 'h1' });
    const next = candidate(machine('b', { size: 2 * GiB, reservation: 2 * GiB }, { host: 'h1' }));
    expect(verdicts([next, promised]).map(({ kind }) => kind)).toEqual(['Refuse', 'Keep']);
  });

  it('takes back a promise whose host has gone away', () => {
    const promised = candidate(machine('a'), { placedOn: 'h1' });
    expect(verdicts([promised], { hosts: [host('h1', { maintenance: true }), host('h2')] })[0]).toMatchObject({
      kind: 'Place',
      host: 'h2',
    });
    expect(verdicts([promised], { hosts: [host('h2')] })[0]).toMatchObject({ kind: 'Place', host: 'h2' });
  });

  it('counts machines whose object is gone for as long as they run', () => {
    const holdings = [{ host: 'h1', machine: machine('ghost', { size: 16 * GiB, reservation: 15 * GiB }) }];
    const [verdict] = verdicts([candidate(machine('a', { size: 4 * GiB, reservation: 4 * GiB }, { host: 'h1' }))], {
      holdings,
    });
    expect(verdict).toMatchObject({ kind: 'Refuse', reason: 'InsufficientReservation' });
  });

  it('starts a machine where it ran last, while it fits there', () => {
    const state = { power: 'Off', epoch: 1, restartToken: undefined, exit: 'Requested', host: 'h2' } as const;
    expect(verdicts([candidate(machine('a'), { state })])[0]).toMatchObject({
      kind: 'Place',
      host: 'h2',
      why: 'where it ran last',
    });
    expect(
      verdicts([candidate(machine('a'), { state })], { hosts: [host('h1'), host('h2', { maintenance: true })] })[0],
    ).toMatchObject({ host: 'h1' });
  });

  it('starts a machine whose host failed on that host only: elsewhere is what HA is for', () => {
    const state = { power: 'Off', epoch: 1, restartToken: undefined, exit: 'HostFailed', host: 'h2' } as const;
    expect(verdicts([candidate(machine('a'), { state })])[0]).toMatchObject({ kind: 'Place', host: 'h2' });
    expect(
      verdicts([candidate(machine('a'), { state })], { hosts: [host('h1'), host('h2', { power: 'Off' })] })[0],
    ).toMatchObject({
      kind: 'Refuse',
      reason: 'HostNotConnected',
      message:
        'bound to h2, where it ran when that host failed: h2 with power Off; this version has no HA to restart it elsewhere: set power to "Off" and back to "On" to start it elsewhere',
    });
  });

  it('looks among the hosts of the cluster, or the standalone ones', () => {
    const hosts = [host('h1', { cluster: 'rack1' }), host('h2')];
    expect(verdicts([candidate(machine('a', {}, { cluster: 'rack1' }))], { hosts })[0]).toMatchObject({ host: 'h1' });
    expect(verdicts([candidate(machine('a'))], { hosts })[0]).toMatchObject({ host: 'h2' });
    expect(verdicts([candidate(machine('a', {}, { cluster: 'rack2' }))], { hosts })[0]).toMatchObject({
      reason: 'NoSuitableHost',
      message: 'no Host has spec.cluster: rack2',
    });
    expect(verdicts([candidate(machine('a', {}, { cluster: 'rack1', host: 'h2' }))], { hosts })[0]).toMatchObject({
      message: 'spec.host: h2 does not belong to cluster rack1',
    });
    expect(verdicts([candidate(machine('a'))], { hosts: [] })[0]).toMatchObject({
      message: 'there is no Host in this namespace',
    });
    expect(verdicts([candidate(machine('a'))], { hosts: [hosts[0]!] })[0]).toMatchObject({
      message: expect.stringContaining('name one in spec.cluster'),
    });
  });

  it('refuses what names nothing before it looks at any host', () => {
    const dangling = ['spec.cluster: there is no Cluster "x"'];
    expect(verdicts([candidate(machine('a'), { dangling })])[0]).toEqual({
      kind: 'Refuse',
      reason: 'ReferenceNotFound',
      message: dangling[0],
    });
  });

  it('grants a running machine more while there is room, and else leaves it what it has', () => {
    const has = machine('a', { size: 32 * GiB, reservation: GiB });
    const asks = (reservation: number) =>
      running('h1', machine('a', { size: 32 * GiB, reservation }), {
        inEffect: has,
        generation: 2,
        admitted: { isTrue: true, generation: 1 },
      });
    const holdings = [{ host: 'h1', machine: has }];
    expect(verdicts([asks(10 * GiB)], { holdings })[0]).toMatchObject({ kind: 'Grant', host: 'h1' });
    expect(verdicts([asks(16 * GiB)], { holdings })[0]).toMatchObject({
      kind: 'Deny',
      reason: 'InsufficientReservation',
      message: expect.stringMatching(/what it has stays in effect$/),
    });
    // What is denied one is there for another.
    const other = candidate(machine('b', { size: 14 * GiB, reservation: 14 * GiB }, { host: 'h1' }));
    expect(verdicts([asks(16 * GiB), other], { holdings })[1]).toMatchObject({ kind: 'Place', host: 'h1' });
    expect(verdicts([asks(10 * GiB), other], { holdings })[1]).toMatchObject({ kind: 'Refuse' });
  });

  it('leaves alone what is off and shall be', () => {
    const wish = { power: 'Off', deleting: false, restartedAt: undefined, restartPolicy: 'OnFailure' } as const;
    expect(verdicts([candidate(machine('a'), { wish })])[0]).toMatchObject({ kind: 'Rest' });
  });
});

describe("placement's part of status", () => {
  const said = (verdict: Verdict, generation: number): VirtualMachineStatus => {
    const wanted = statusFor(verdict);
    const conditions = wanted.conditions.map((condition) => ({
      ...condition,
      status: condition.status!,
      lastTransitionTime: '2010-11-01T00:00:00Z',
      observedGeneration: generation,
    }));
    return {
      observedGeneration: generation,
      ...(wanted.host === undefined ? {} : { host: wanted.host }),
      conditions,
    } as VirtualMachineStatus;
  };
  const place: Verdict = { kind: 'Place', host: 'h1', why: 'because', load: undefined, against: '' };

  it('is not written again when it is said', () => {
    expect(unsaid(said(place, 1), statusFor(place), 1)).toBeUndefined();
    expect(unsaid(said(place, 1), statusFor({ kind: 'Keep', host: 'h1' }), 1)).toBeUndefined();
  });

  it('keeps the reason for the place for as long as it is the place', () => {
    expect(unsaid(said(place, 1), statusFor({ kind: 'Grant', host: 'h1', later: undefined }), 1)).toBeUndefined();
    expect(unsaid(said(place, 1), statusFor({ kind: 'Grant', host: 'h2', later: undefined }), 1)).toMatchObject({
      host: 'h2',
      conditions: [{ type: 'Placed', message: 'on h2' }],
    });
  });

  it('takes a refusal back when nothing is asked any more, and leaves what was granted', () => {
    const rest = statusFor({ kind: 'Rest', message: 'off' });
    const refused = said({ kind: 'Refuse', reason: 'HostNotConnected', message: '1 host with power Off' }, 1);
    expect(unsaid(refused, rest, 2)!.conditions.map(({ type, status }) => [type, status])).toEqual([
      ['Admitted', undefined],
      ['Placed', 'False'],
    ]);
    expect(unsaid(said(place, 1), rest, 2)!.conditions.map(({ type }) => type)).toEqual(['Placed']);
  });

  it('says at once that a new generation is admitted, and lets changed numbers wait', () => {
    const wanted = unsaid(said(place, 1), statusFor({ kind: 'Grant', host: 'h1', later: undefined }), 2)!;
    expect(wanted.conditions.map(({ type }) => type)).toEqual(['Admitted']);
    expect(isOnlyWords(said(place, 1), wanted, 2)).toBe(false);
    const refused = said({ kind: 'Refuse', reason: 'InsufficientReservation', message: '2 hosts lack 1.00 GiB' }, 1);
    const reworded = unsaid(
      refused,
      statusFor({ kind: 'Refuse', reason: 'InsufficientReservation', message: '2 hosts lack 0.90 GiB' }),
      1,
    )!;
    expect(isOnlyWords(refused, reworded, 1)).toBe(true);
  });
});

describe('who is looked at again', () => {
  const [cpu, memory] = [
    { count: 1, reservationMHz: 0 },
    { size: GiB, reservation: 0 },
  ];
  const report = { uid: 'a', name: 'a', host: 'h1', power: 'On', config: { cpu, memory, guest: {}, disks: [] } };
  const candidates = (message: string) => {
    const condition = { status: 'True', observedGeneration: 1, lastTransitionTime: '' };
    const conditions = [
      { ...condition, type: 'Admitted', reason: 'Admitted', message },
      { ...condition, type: 'Placed', reason: 'Placed', message: 'on h1' },
    ];
    const vm = { metadata: { name: 'a', uid: 'a', generation: 1 }, spec: {}, status: { host: 'h1', conditions } };
    const none = { hosts: [], hostReports: new Map(), datastoreReports: [], templates: new Map() };
    const seen = { ...none, namespace: 'x', virtualMachines: [vm], machineReports: new Map([['a', report]]) };
    return placementInput(seen as unknown as Observation, new PassMemo(), new Arrivals()).candidates;
  };

  it('is not who runs as it asks, but who was told that it would not start again', () => {
    const granted = (later?: { reason: string; message: string }) =>
      statusFor({ kind: 'Grant', host: 'h1', later }).conditions[0]!.message!;
    expect(candidates(granted())).toEqual([]);
    expect(candidates(granted({ reason: 'InsufficientReservation', message: '1 host lacks 1.00 GiB' }))).toHaveLength(
      1,
    );
  });
});

describe('a new host', () => {
  const born = Date.parse('2010-11-01T00:00:00Z');
  const metadata = { name: 'h1', uid: 'h1', creationTimestamp: '2010-11-01T00:00:00Z' };
  const h1 = { metadata } as unknown as Host;

  it('is one that was made and seen a moment ago, whatever the clock of the server says', () => {
    const newcomers = new Newcomers();
    newcomers.note([{ before: undefined, after: h1 }], 100);
    newcomers.note([{ before: h1, after: h1 }], 900);
    expect(newcomers.knownMs(h1, { now: born + 1000, monotonic: 1100 })).toBe(1000);
    expect(newcomers.knownMs(h1, { now: born + 1000, monotonic: 5100 })).toBeUndefined();
    expect(newcomers.knownMs(h1, { now: born + 60_000, monotonic: 1100 })).toBeUndefined();
    expect(newcomers.knownMs(h1, { now: born - 3_600_000, monotonic: 5100 })).toBeUndefined();
    newcomers.note([{ before: h1, after: undefined }], 1200);
    expect(newcomers.knownMs(h1, { now: born + 1000, monotonic: 1300 })).toBeUndefined();
  });
});

describe('who came first', () => {
  const born = (name: string, second: number) =>
    ({ metadata: { name, uid: name, creationTimestamp: `2010-11-01T00:00:0${second}Z` } }) as VirtualMachine;
  const names = (vms: readonly VirtualMachine[]) => vms.map(({ metadata }) => metadata.name);

  it('is the older, in one second who was seen first, and else goes by the name', () => {
    const arrivals = new Arrivals();
    const [z, a, old, m, b] = [born('z', 2), born('a', 2), born('old', 1), born('m', 2), born('b', 2)];
    expect(names(arrivals.sorted([z, b, m, a, old]))).toEqual(['old', 'a', 'b', 'm', 'z']);
    arrivals.note([z, a, old].map((after) => ({ before: undefined, after })));
    expect(names(arrivals.sorted([m, a, z, old, b]))).toEqual(['old', 'z', 'a', 'b', 'm']);
    // Of what was there before anybody watched, the version says it, while nobody has written to it.
    const listed = (name: string, resourceVersion: string, observedGeneration: number) =>
      ({
        metadata: { ...born(name, 3).metadata, resourceVersion, generation: 1 },
        status: { observedGeneration },
      }) as VirtualMachine;
    const all = [listed('p', '1002', -1), listed('q', '999', -1), listed('r', '1001', -1), listed('s', '1003', 1)];
    arrivals.note(all.map((after) => ({ before: undefined, after })));
    expect(names(arrivals.sorted(all))).toEqual(['s', 'q', 'r', 'p']);
    // Changes do not matter; whoever is made anew comes last.
    arrivals.note([
      { before: z, after: z },
      { before: z, after: undefined },
      { before: undefined, after: z },
    ]);
    expect(names(arrivals.sorted([m, a, z]))).toEqual(['a', 'z', 'm']);
  });
});
