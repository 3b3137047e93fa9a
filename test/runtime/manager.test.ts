import { describe, expect, it } from 'vitest';
import { sleep, VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { events, leases } from '../../src/client/well-known.ts';
import { Controller, done } from '../../src/runtime/controller.ts';
import { EventRecorder } from '../../src/runtime/event-recorder.ts';
import { LeaderElection } from '../../src/runtime/leader-election.ts';
import { Manager } from '../../src/runtime/manager.ts';
import { watching } from '../../src/runtime/source.ts';
import { StatusWriter } from '../../src/runtime/status-writer.ts';
import { type Box, boxes, World } from '../informer/world.ts';

/** A whole controller program on a server in memory: it sets every box's phase and says so in an event. */
function program(world: World, identity: string, workMs = 0) {
  const { clock, server } = world;
  const common = { client: server, clock, random: new Random(identity), logger: silentLogger };
  const informer = world.informer();
  const writer = new StatusWriter<Box>({ ...common, type: boxes, source: informer, mayWrite: () => true });
  const recorder = new EventRecorder({ ...common, instance: identity, isBusy: () => writer.pending > 0 });
  const record = recorder.of('test/phase');
  const controller = new Controller({
    ...common,
    name: 'phase',
    concurrency: 4,
    sources: [watching(informer)],
    reconcile: async (key) => {
      const box = informer.get('default', key.split('/')[1]!);
      if (box === undefined) return done;
      await sleep(clock, workMs);
      await writer.contribute('phase', box, (status) => {
        status.phase = `set by ${identity}`;
      });
      record({ regarding: box, type: 'Normal', reason: 'PhaseSet', action: 'SetPhase', note: `set by ${identity}` });
      return done;
    },
  });
  const election = new LeaderElection({ ...common, namespace: 'default', name: 'phase', identity });
  const manager = new Manager({
    clock,
    logger: silentLogger,
    caches: [informer],
    controllers: [controller],
    writers: [writer],
    recorder,
    election,
  });
  return { manager, election };
}

describe('Manager', () => {
  it('lets one of two programs work, and the other go on when it ends', async () => {
    const world = new World();
    const a = program(world, 'a');
    const b = program(world, 'b');
    a.manager.start();
    await world.pass(100);
    b.manager.start();
    await world.create('one');
    await world.pass(1000);
    const phase = async (name: string) =>
      (await world.server.get<Box>(boxes, { namespace: 'default', name })).status?.phase;
    expect(await phase('one')).toBe('set by a');
    void a.manager.stop();
    await world.pass(6000);
    await world.create('two');
    await world.pass(1000);
    expect(await phase('two')).toBe('set by b');
    expect(b.election.isLeading).toBe(true);
  });

  it('finishes the work, writes status and events, and gives the lease back last', async () => {
    const world = new World();
    const { manager } = program(world, 'a', 500);
    manager.start();
    await world.create('one');
    await world.pass(100);
    let isStopped = false;
    void manager.stop().then(() => {
      isStopped = true;
    });
    await world.pass(300);
    expect(isStopped).toBe(false);
    await world.pass(300);
    expect(isStopped).toBe(true);
    const kinds = world.server.writes.map((write) => write.replace(/ default\/.*/, ''));
    expect(kinds.slice(-3)).toEqual(['patch status', 'create', 'replace']);
    expect((await world.server.list(events)).items).toHaveLength(1);
    const { items } = await world.server.list(leases);
    expect(items).toMatchObject([{ spec: { holderIdentity: '' } }]);
    expect(world.server.openWatches(boxes)).toBe(0);
  });

  it('gives the lease back although work hangs', async () => {
    const world = new World();
    const { manager } = program(world, 'a', 10_000_000);
    manager.start();
    await world.create('one');
    await world.pass(100);
    void manager.stop(5_000);
    await world.pass(6_000);
    expect((await world.server.list(leases)).items).toMatchObject([{ spec: { holderIdentity: '' } }]);
  });

  it('stops the work and says so when the lease is lost', async () => {
    const world = new World();
    const { manager } = program(world, 'a');
    manager.start();
    await world.pass(100);
    let isLost = false;
    void manager.lost.then(() => {
      isLost = true;
    });
    const lease = (await world.server.list(leases)).items[0]!;
    await world.server.replace(leases, { ...lease, spec: { holderIdentity: 'b', leaseDurationSeconds: 15 } } as never);
    await world.pass(3000);
    expect(isLost).toBe(true);
    await world.create('one');
    await world.pass(1000);
    expect((await world.server.get<Box>(boxes, { namespace: 'default', name: 'one' })).status).toBeUndefined();
  });

  it('works at once where there is no election', async () => {
    const clock = new VirtualClock();
    const begun: string[] = [];
    const part = (name: string) => ({
      start: async () => void begun.push(name),
      stop: async () => void begun.push(`${name} stopped`),
      abort: async () => {},
    });
    const manager = new Manager({
      clock,
      logger: silentLogger,
      caches: [{ start: () => begun.push('cache'), stop: () => begun.push('cache stopped') }],
      controllers: [part('one'), part('two')],
    });
    manager.start();
    void manager.stop();
    await clock.advance(10, macrotask);
    expect(begun).toEqual(['cache', 'one', 'two', 'cache stopped', 'one stopped', 'two stopped']);
  });
});
