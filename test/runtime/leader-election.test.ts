import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { AbortError, type Client, ConnectionError } from '../../src/client/port.ts';
import { leases } from '../../src/client/well-known.ts';
import { LeaderElection, type Lease } from '../../src/runtime/leader-election.ts';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';
import { MemoryClient } from '../support/memory-client.ts';

function newWorld() {
  const clock = new VirtualClock();
  const server = new MemoryClient(clock);
  const story: string[] = [];
  const at = () => Math.round(clock.monotonic() / 1000);
  const candidate = (identity: string, client: Client = server) => {
    const registry = new MetricRegistry();
    const election = new LeaderElection({
      client,
      clock,
      random: new Random(identity),
      logger: silentLogger,
      metrics: registry,
      namespace: 'orrery-system',
      name: 'orrery-controllers',
      identity,
    });
    election.start(
      () => story.push(`${identity} leads`),
      () => story.push(`${identity} lost at ${at()} s`),
    );
    return { election, registry };
  };
  const lease = () => server.get<Lease>(leases, { namespace: 'orrery-system', name: 'orrery-controllers' });
  return { clock, server, story, candidate, lease, pass: (ms: number) => clock.advance(ms, macrotask) };
}

/** A client whose answers can be held back or lost. */
function behindSwitch(inner: Client) {
  const state = { isDown: false, hangs: false };
  const guard =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    (...args: A): Promise<R> => {
      if (state.isDown) return Promise.reject(new ConnectionError('down'));
      if (!state.hangs) return call(...args);
      const signal = (args.at(-1) as { signal?: AbortSignal }).signal;
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new AbortError())));
    };
  const client = Object.assign(Object.create(inner) as Client, {
    get: guard(inner.get.bind(inner)),
    create: guard(inner.create.bind(inner)),
    replace: guard(inner.replace.bind(inner)),
  });
  return { state, client: client as Client };
}

describe('LeaderElection', () => {
  it('makes one of several lead, and writes the lease as Kubernetes wants it', async () => {
    const { story, candidate, lease, pass } = newWorld();
    const { registry } = candidate('a');
    candidate('b');
    await pass(60_000);
    expect(story).toEqual(['a leads']);
    expect(registry.value('leader_election_master_status', 'orrery-controllers')).toBe(1);
    const { spec } = await lease();
    expect(spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
    expect(spec!.acquireTime).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(Date.parse(spec!.renewTime!) - Date.parse(spec!.acquireTime!)).toBeGreaterThan(55_000);
  });

  it('hands over at once when the leader stops in good order', async () => {
    const { clock, story, candidate, lease, pass } = newWorld();
    const a = candidate('a');
    candidate('b');
    await pass(30_000);
    await a.election.stop();
    expect(a.registry.value('leader_election_master_status', 'orrery-controllers')).toBe(0);
    expect((await lease()).spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 });
    const stopped = clock.monotonic();
    while (story.length < 2) await pass(100);
    expect(story).toEqual(['a leads', 'b leads']);
    expect(clock.monotonic() - stopped).toBeLessThan(4500);
    expect((await lease()).spec!.leaseTransitions).toBe(1);
  });

  it('takes over from a dead leader when its lease has run out, by the own clock', async () => {
    const { clock, story, server, candidate, pass } = newWorld();
    // The dead leader's clock was an hour ahead.
    const spec = {
      holderIdentity: 'dead',
      leaseDurationSeconds: 15,
      renewTime: new Date(clock.now() + 3_600_000).toISOString(),
    };
    await server.create(leases, { metadata: { namespace: 'orrery-system', name: 'orrery-controllers' }, spec });
    candidate('b');
    await pass(14_900);
    expect(story).toEqual([]);
    await pass(5_000);
    expect(story).toEqual(['b leads']);
  });

  it('takes over at once under the same identity', async () => {
    const { story, server, candidate, lease, pass } = newWorld();
    const spec = { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 3, acquireTime: 'then' };
    await server.create(leases, { metadata: { namespace: 'orrery-system', name: 'orrery-controllers' }, spec });
    candidate('a');
    await pass(10);
    expect(story).toEqual(['a leads']);
    expect((await lease()).spec).toMatchObject({ leaseTransitions: 3, acquireTime: 'then' });
  });

  it('is lost 10 s after the last renewal when the server does not answer, before another can lead', async () => {
    for (const trouble of ['isDown', 'hangs'] as const) {
      const { story, server, candidate, pass } = newWorld();
      const { client, state } = behindSwitch(server);
      candidate('a', client);
      candidate('b');
      await pass(20_000);
      state[trouble] = true;
      await pass(60_000);
      expect(story[0]).toBe('a leads');
      expect(story[1]).toMatch(/^a lost at (28|29|30) s$/);
      expect(story[2]).toBe('b leads');
      state[trouble] = false;
      await pass(60_000);
      expect(story).toHaveLength(3);
    }
  });

  it('is kept through a short silence and through a change that another made to the lease', async () => {
    const { story, server, candidate, lease, pass } = newWorld();
    const { client, state } = behindSwitch(server);
    candidate('a', client);
    await pass(10_000);
    state.isDown = true;
    await pass(7_000);
    state.isDown = false;
    await pass(2_500);
    const { metadata } = await lease();
    await server.patch(leases, metadata, { type: 'merge', body: { metadata: { labels: { touched: 'yes' } } } });
    await pass(30_000);
    expect(story).toEqual(['a leads']);
    expect((await lease()).metadata.labels).toEqual({ touched: 'yes' });
  });

  it('is lost when another took the lease while this process stood still', async () => {
    const { story, server, candidate, lease, pass } = newWorld();
    candidate('a');
    await pass(10_000);
    const present = await lease();
    await server.replace(leases, { ...present, spec: { ...present.spec, holderIdentity: 'b' } } as Lease);
    await pass(3_000);
    expect(story).toEqual(['a leads', 'a lost at 12 s']);
    expect((await lease()).spec!.holderIdentity).toBe('b');
  });

  it('never has two leaders, whatever becomes of their connections', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const { clock, story, server, candidate, pass } = newWorld();
      const random = new Random(seed);
      const links = ['a', 'b', 'c'].map((identity) => ({ identity, ...behindSwitch(server) }));
      const elections = links.map(({ identity, client }) => candidate(identity, client).election);
      for (let step = 0; step < 120; step++) {
        const { state } = random.pick(links);
        state.isDown = random.chance(0.3);
        state.hangs = random.chance(0.2);
        await pass(random.below(5000));
        expect(elections.filter(({ isLeading }) => isLeading).length).toBeLessThanOrEqual(1);
      }
      expect(story.some((line) => line.endsWith('leads'))).toBe(true);
      expect(clock.monotonic()).toBeGreaterThan(0);
    }
  });

  it('refuses times that would let two lead', () => {
    const { clock, server } = newWorld();
    const options = {
      client: server,
      clock,
      random: new Random(1),
      logger: silentLogger,
      namespace: 'n',
      name: 'l',
      identity: 'a',
    };
    expect(() => new LeaderElection({ ...options, leaseMs: 10_000, renewDeadlineMs: 10_000 })).toThrow('must outlast');
  });
});
