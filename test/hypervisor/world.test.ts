import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { macrotask } from '../../src/base/system.ts';
import { GiB, HOUR } from '../../src/base/units.ts';
import type { BackendError, Report } from '../../src/hypervisor/backend.ts';
import { type Journal, JournalFailure, type JournalStore } from '../../src/hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../../src/hypervisor/journal/memory-journal.ts';
import type { ClockStatus } from '../../src/hypervisor/world-clock.ts';
import { config, datastore, hints, host, Lab, NAMESPACE, START } from './lab.ts';

/** A store whose journals can be told to fail, and count what they were given. */
class FailingStore implements JournalStore {
  readonly #inner = new MemoryJournalStore();
  isFull = false;
  commits = 0;
  namespaces = () => this.#inner.namespaces();
  remove = (namespace: string) => this.#inner.remove(namespace);
  open(namespace: string): Journal {
    const journal = this.#inner.open(namespace);
    return {
      load: () => journal.load(),
      ledger: () => journal.ledger(),
      close: () => journal.close(),
      commit: (batch) => {
        if (this.isFull) throw new JournalFailure('no space left for lab.world');
        this.commits++;
        journal.commit(batch);
      },
    };
  }
}

describe('a turn', () => {
  it('is saved once, before any answer or report leaves', async () => {
    const store = new FailingStore();
    const lab = await new Lab({ store }).rack('h1');
    const before = store.commits;
    const order: string[] = [];
    lab.backend.observe({ reports: () => order.push(`report after ${store.commits - before}`), closed: () => {} });
    await lab.settle();
    order.length = 0;
    const calls = ['a', 'b', 'c'].map((name) =>
      lab.backend.powerOn(lab.request(name)).then(() => order.push(`answer after ${store.commits - before}`)),
    );
    expect(store.commits).toBe(before);
    await lab.call(Promise.all(calls));
    expect(store.commits - before).toBe(1);
    expect(order).toEqual(['report after 1', 'answer after 1', 'answer after 1', 'answer after 1']);
  });

  it('brings all that is due first, so that an act meets the world as it is at its instant', async () => {
    const lab = await new Lab({ heartbeatMs: HOUR, gapMs: Number.POSITIVE_INFINITY }).rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    lab.clock.jumpTo(lab.clock.nextDeadline!);
    expect((await lab.call(lab.backend.reset(lab.name('a'), 't').then(() => lab.machine('a')))).resets).toBe(1);
  });
});

describe('restarting', () => {
  it('leaves machines running, their guests where they were, and time where it stopped', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 40 }));
    await lab.run('a');
    await lab.call(lab.backend.powerOn(lab.request('b')));
    await lab.advance(10_000);
    const [a, time] = [await lab.machine('a'), lab.world.clockStatus().time];
    await lab.restart('close');
    expect(await lab.machine('a')).toEqual(a);
    expect(lab.world.clockStatus().time).toBe(time);
    expect((await lab.machine('b')).guest.state).toBe('Booting');
    await lab.advance(20_199);
    expect((await lab.machine('b')).guest.state).toBe('Booting');
    await lab.advance(1);
    expect((await lab.machine('b')).guest.state).toBe('Running');
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn', 'Start uid-b 1 h1 PowerOn']);
  });

  it('does not count the time in between', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(10_200);
    lab.datacenter.kill();
    await lab.advance(HOUR);
    lab.open();
    await lab.advance(19_999);
    expect((await lab.machine('a')).guest.state).toBe('Booting');
    await lab.advance(1);
    expect((await lab.machine('a')).guest.state).toBe('Running');
  });

  it('loses nothing that was answered, and lets what was not be asked again', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    const unanswered = lab.backend.powerOn(lab.request('b'));
    unanswered.catch(() => {});
    lab.datacenter.kill();
    await expect(unanswered).rejects.toMatchObject({ reason: 'Unreachable' });
    await lab.restart();
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn']);
    expect(await lab.call(lab.backend.powerOn(lab.request('a')))).toEqual({ epoch: 1 });
    expect(await lab.call(lab.backend.powerOn(lab.request('b')))).toEqual({ epoch: 1 });
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn', 'Start uid-b 1 h1 PowerOn']);
  });

  it('keeps a paused clock paused, and its speed', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setClock({ speed: 7, paused: true });
    await lab.settle();
    await lab.restart();
    expect(lab.world.clockStatus().speed).toBe(0);
    await lab.advance(HOUR);
    expect(lab.world.clockStatus().time).toBe(START);
    lab.world.setClock({ speed: 7, paused: false });
    await lab.advance(1000);
    expect(lab.world.clockStatus().time).toBe(START + 7000);
  });

  it('saves time while nothing happens, to the second of real time', async () => {
    const lab = await new Lab().rack('h1');
    await lab.advance(100_500);
    await lab.restart();
    expect(lab.world.clockStatus().time).toBe(START + 100_000);
    await lab.advance(700);
    await lab.restart('close');
    expect(lab.world.clockStatus().time).toBe(START + 100_700);
  });

  it('keeps the seed that a namespace began with', async () => {
    const lab = await new Lab({ seed: 'first' }).rack('h1');
    await lab.run('a');
    const before = await lab.machine('a');
    lab.datacenter.close();
    const again = new Lab({ seed: 'second', store: lab.store, clock: lab.clock });
    await again.settle();
    await again.run('b');
    const other = await new Lab({ seed: 'first' }).rack('h1');
    await other.run('a');
    await other.run('b');
    expect((await again.machine('b')).macs).toEqual((await other.machine('b')).macs);
    const { usage: _, ...rest } = before;
    expect(await again.machine('a')).toMatchObject(rest);
  });
});

describe('time', () => {
  it('moves at the speed that it is set to, and machines with it', async () => {
    const lab = await new Lab({ speed: 20 }).rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(1509);
    expect((await lab.machine('a')).guest.state).toBe('Booting');
    await lab.advance(1);
    expect((await lab.machine('a')).guest.state).toBe('Running');
  });

  it('paused lets nothing move, and orders are still taken', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setClock({ speed: 1, paused: true });
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(HOUR);
    expect((await lab.machine('a')).power).toBe('PoweringOn');
    lab.world.setClock({ speed: 1, paused: true, advanceTo: START + 31_000 });
    await lab.advance(619);
    expect((await lab.machine('a')).guest.state).toBe('Running');
    await lab.advance(HOUR);
    expect(lab.world.clockStatus()).toMatchObject({ time: START + 31_000, speed: 0 });
  });

  it('is told on each change and only then', async () => {
    const told: [string, ClockStatus][] = [];
    const lab = await new Lab({ clockChanged: (...change) => told.push(change) }).rack('h1');
    await lab.advance(HOUR);
    expect(told).toEqual([]);
    lab.world.setClock({ speed: 2, paused: false });
    expect(told).toMatchObject([[NAMESPACE, { speed: 2, time: START + HOUR }]]);
  });

  it('makes the same world at any speed: what happens is a function of simulated time', async () => {
    const worlds: string[] = [];
    for (const speed of [1, 3, 50]) {
      const lab = await new Lab({ speed }).rack('h1', 'h2');
      for (let i = 0; i < 6; i++) {
        lab.world.setHints(`uid-m${i}`, hints({ kind: 'Diurnal', minPercent: i, maxPercent: 90, periodMs: HOUR }));
        const on = i % 2 === 0 ? 'h1' : 'h2';
        await lab.call(lab.backend.powerOn(lab.request(`m${i}`, { host: on, config: config(`m${i}`) })));
      }
      lab.world.setClock({ speed: 50, paused: true, advanceTo: START });
      lab.world.setClock({ speed, paused: false });
      await lab.advance((2 * HOUR) / speed);
      const { time } = lab.world.clockStatus();
      expect(time).toBe(START + 2 * HOUR);
      const told = lab.heard.filter(({ kind }) => kind === 'Machine' || kind === 'Occurrence');
      worlds.push(JSON.stringify([await lab.call(lab.backend.stats(NAMESPACE)), told]));
    }
    expect(worlds[1]).toBe(worlds[0]);
    expect(worlds[2]).toBe(worlds[0]);
  });

  it('skips a real gap of more than 5 s', async () => {
    const clock = new VirtualClock(START);
    // Sleeps through everything that was due, as a machine with a closed lid.
    let asleep = 0;
    const sleepy = {
      now: () => clock.now() + asleep,
      monotonic: () => clock.monotonic() + asleep,
      after: (ms: number, run: () => void) => clock.after(ms, run),
      defer: (run: () => void) => clock.defer(run),
    };
    const lab = new Lab({
      clock: Object.assign(sleepy, { advance: (ms: number) => clock.advance(ms, macrotask) }) as never,
    });
    await lab.rack('h1');
    await lab.advance(10_000);
    asleep = 8 * HOUR;
    await lab.advance(5000);
    expect(lab.world.clockStatus().time).toBeGreaterThanOrEqual(START + 14_000);
    expect(lab.world.clockStatus().time).toBeLessThanOrEqual(START + 15_000);
  });
});

describe('storage that fails', () => {
  it('rejects the call, changes nothing, and lets time stand still until it works again', async () => {
    const store = new FailingStore();
    const told: ClockStatus[] = [];
    const lab = await new Lab({ store, clockChanged: (_, status) => told.push(status) }).rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(100);
    lab.heard.length = 0;
    store.isFull = true;
    expect(await lab.refused(lab.backend.powerOn(lab.request('b')))).toBe('StorageFailed: no space left for lab.world');
    expect(await lab.refused(lab.machine('b'))).toContain('there is no machine b');
    await lab.advance(HOUR);
    expect((await lab.machine('a')).power).toBe('PoweringOn');
    expect(lab.heard).toEqual([]);
    expect(told.at(-1)!.speed).toBe(0);
    expect(lab.site.datastores.get('san1')!.used).toBeLessThan(2 * GiB);
    expect(await lab.refused(lab.backend.destroy(lab.name('a')))).toContain('StorageFailed');
    store.isFull = false;
    await lab.advance(1000);
    expect(told.at(-1)!.speed).toBe(1);
    await lab.advance(31_000);
    expect((await lab.machine('a')).guest.state).toBe('Running');
    expect(await lab.call(lab.backend.powerOn(lab.request('b')))).toEqual({ epoch: 1 });
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn', 'Start uid-b 1 h1 PowerOn']);
  });

  it('does not lose what was bolted in meanwhile', async () => {
    const store = new FailingStore();
    const lab = await new Lab({ store }).rack('h1');
    store.isFull = true;
    lab.world.upsertHost(host('h2'));
    await lab.advance(5000);
    store.isFull = false;
    await lab.advance(2000);
    expect((await lab.host('h2')).power).toBe('On');
    await lab.restart();
    expect((await lab.host('h2')).power).toBe('On');
  });

  it('at the very beginning is got over too', async () => {
    const store = new FailingStore();
    store.isFull = true;
    const lab = await new Lab({ store }).rack('h1');
    await lab.advance(3000);
    store.isFull = false;
    await lab.advance(2000);
    await lab.run('a');
    expect((await lab.machine('a')).power).toBe('On');
  });
});

describe('observing', () => {
  async function observer(lab: Lab) {
    const batches: Report[][] = [];
    const ended: BackendError[] = [];
    const observation = lab.backend.observe({
      reports: (batch) => batches.push([...batch]),
      closed: (error) => ended.push(error),
    });
    await lab.settle();
    return { batches, ended, observation };
  }

  it('begins with everything, then Synced, then what each turn brought, once', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    const { batches } = await observer(lab);
    expect(batches).toHaveLength(1);
    expect(batches[0]!.map(({ kind }) => kind)).toEqual(['Datastore', 'Network', 'Host', 'Host', 'Machine', 'Synced']);
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1 })).catch(() => {}));
    await lab.advance(100);
    const told = batches.slice(1).map((batch) => batch.map((report) => report.kind));
    expect(told[0]).toEqual(['Machine']);
    expect(told.at(-1)).toEqual(expect.arrayContaining(['Occurrence', 'Machine', 'Host']));
    expect(batches.flat().filter(({ kind }) => kind === 'Occurrence')).toHaveLength(1);
  });

  it('gathers a turn: many changes of one noun are one report', async () => {
    const lab = await new Lab().rack('h1');
    const { batches } = await observer(lab);
    await lab.call(Promise.all(['a', 'b', 'c'].map((name) => lab.backend.powerOn(lab.request(name)))));
    expect(batches).toHaveLength(2);
    expect(batches[1]!.filter(({ kind }) => kind === 'Host')).toHaveLength(1);
    expect(batches[1]!.filter(({ kind }) => kind === 'Machine')).toHaveLength(3);
  });

  it('tells nothing that is not safe: an order of the same turn is in the first batch or in a later one, once', async () => {
    const lab = await new Lab().rack('h1');
    const order = lab.backend.powerOn(lab.request('a'));
    const { batches } = await observer(lab);
    await order;
    await lab.settle();
    expect(batches.flat().filter(({ kind }) => kind === 'Machine')).toHaveLength(1);
  });

  it('ends when it is stopped, or with the datacenter', async () => {
    const lab = await new Lab().rack('h1');
    const [first, second] = [await observer(lab), await observer(lab)];
    first.observation.stop();
    await lab.call(lab.backend.powerOn(lab.request('a')));
    expect(first.batches).toHaveLength(1);
    expect(second.batches).toHaveLength(2);
    lab.datacenter.kill();
    await lab.settle();
    expect(first.ended).toEqual([]);
    expect(second.ended).toMatchObject([{ reason: 'Unreachable' }]);
  });
});

describe('namespaces', () => {
  it('are worlds of their own: time, hosts and machines', async () => {
    const lab = await new Lab().rack('h1');
    const other = lab.datacenter.world('other');
    other.upsertHost(host('h1'));
    other.setClock({ speed: 10, paused: false });
    await lab.run('a');
    expect(await lab.call(lab.backend.stats('other'))).toMatchObject([{ kind: 'Host', machines: [] }]);
    expect(other.clockStatus().time).toBe(START + 310_000);
    expect(lab.world.clockStatus().time).toBe(START + 31_000);
    expect(await lab.refused(lab.backend.suspend({ namespace: 'third', uid: 'u' }))).toBe(
      'NotFound: no namespace third here',
    );
    await lab.call(lab.backend.destroy({ namespace: 'third', uid: 'u' }));
    expect(await lab.call(lab.backend.stats('third'))).toEqual([]);
  });

  it('that are removed are gone with all that is in them', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.heard.length = 0;
    lab.datacenter.remove(NAMESPACE);
    expect(lab.heard.map((report) => report.kind === 'Gone' && report.of).sort()).toEqual([
      'Datastore',
      'Host',
      'Machine',
      'Network',
    ]);
    expect(lab.datacenter.namespaces).toEqual([]);
    await lab.restart();
    expect(lab.datacenter.namespaces).toEqual([]);
    await lab.rack('h1');
    expect(await lab.call(lab.backend.powerOn(lab.request('a')))).toEqual({ epoch: 1 });
  });

  it('can be shared out among replicas', async () => {
    const store = new MemoryJournalStore();
    const lab = await new Lab({ store }).rack('h1');
    lab.datacenter.world('theirs').upsertDatastore(datastore('san1'));
    await lab.settle();
    lab.datacenter.close();
    const shard = new Lab({ store, clock: lab.clock, isMine: (namespace) => namespace === NAMESPACE });
    expect(shard.datacenter.namespaces).toEqual([NAMESPACE]);
  });
});
