import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/meta.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { ConnectionError } from '../../src/client/port.ts';
import { events } from '../../src/client/well-known.ts';
import type { EventInput } from '../../src/runtime/event-correlator.ts';
import { EventRecorder, type EventRecorderOptions } from '../../src/runtime/event-recorder.ts';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';
import { MemoryClient, refused } from '../support/memory-client.ts';

interface Event extends KubeObject {
  eventTime: string;
  note: string;
  reason: string;
  regarding: object;
  series?: { count: number; lastObservedTime: string };
}

const vm = (name: string) => ({
  apiVersion: 'orrery.dev/v1alpha1',
  kind: 'VirtualMachine',
  metadata: { namespace: 'default', name, uid: `uid-${name}` },
});

const placed = (name = 'a', note = 'placed on h1'): EventInput => ({
  regarding: vm(name),
  related: {
    apiVersion: 'orrery.dev/v1alpha1',
    kind: 'Host',
    metadata: { namespace: 'default', name: 'h1', uid: 'h' },
  },
  type: 'Normal',
  reason: 'VMPlaced',
  action: 'Place',
  note,
});

function start(options: Partial<EventRecorderOptions> = {}) {
  const clock = new VirtualClock(Date.UTC(2010, 10, 1, 0, 0, 0, 7));
  const server = new MemoryClient(clock);
  const registry = new MetricRegistry();
  const recorder = new EventRecorder({
    client: server,
    clock,
    random: new Random(1),
    logger: silentLogger,
    metrics: registry,
    instance: 'host-1',
    ...options,
  });
  const list = async () => (await server.list<Event>(events)).items;
  return {
    clock,
    server,
    recorder,
    record: recorder.of('orrery.dev/placement'),
    list,
    count: (result: string) => registry.value('orrery_events_total', result),
    pass: (ms: number) => clock.advance(ms, macrotask),
  };
}

describe('EventRecorder', () => {
  it('writes events as events.k8s.io wants them', async () => {
    const { record, list, pass } = start();
    record(placed());
    await pass(1);
    expect(await list()).toMatchObject([
      {
        metadata: { namespace: 'default', name: expect.stringMatching(/^a\.[0-9a-f]{16}$/) },
        eventTime: '2010-11-01T00:00:00.007000Z',
        reportingController: 'orrery.dev/placement',
        reportingInstance: 'host-1',
        type: 'Normal',
        reason: 'VMPlaced',
        action: 'Place',
        note: 'placed on h1',
        regarding: { kind: 'VirtualMachine', name: 'a', namespace: 'default', uid: 'uid-a' },
        related: { kind: 'Host', name: 'h1' },
      },
    ]);
    expect((await list())[0]).not.toHaveProperty('series');
  });

  it('names them by its seed', async () => {
    const names = async () => {
      const { record, list, pass } = start();
      record(placed('a'));
      record(placed('b'));
      await pass(1);
      return (await list()).map(({ metadata }) => metadata.name);
    };
    expect(await names()).toEqual(await names());
  });

  it('counts the same again in a series, the second time at once and then not too often', async () => {
    const { record, list, pass, server } = start();
    const count = async () => (await list()).map(({ series }) => series?.count);
    record(placed());
    await pass(1000);
    record(placed());
    await pass(1);
    expect(await count()).toEqual([2]);
    for (let i = 0; i < 20; i++) {
      record(placed());
      await pass(1000);
    }
    expect(await count()).toEqual([2]);
    await pass(30_000);
    expect(await count()).toEqual([22]);
    expect(server.writes).toHaveLength(3);
    expect((await list())[0]!.series!.lastObservedTime).toBe('2010-11-01T00:00:20.008000Z');
  });

  it('writes what happened several times before it could be written with its count', async () => {
    const { record, list, pass, server } = start();
    for (let i = 0; i < 5; i++) record(placed());
    await pass(1);
    expect((await list())[0]!.series!.count).toBe(5);
    expect(server.writes).toHaveLength(1);
  });

  it('begins another event when the series has been quiet for 6 minutes', async () => {
    const { record, list, pass } = start();
    record(placed());
    await pass(5 * 60_000);
    record(placed());
    await pass(7 * 60_000);
    record(placed());
    await pass(1);
    expect((await list()).map(({ series }) => series?.count).sort()).toEqual([2, undefined]);
  });

  it('tells notes apart up to ten, and combines the others', async () => {
    const { record, list, pass } = start();
    for (let i = 0; i < 30; i++) record(placed('a', `placed on h${i}`));
    await pass(1);
    const all = await list();
    expect(all).toHaveLength(11);
    const combined = all.filter(({ note }) => note.startsWith('(combined from similar events): placed on h10'));
    expect(combined).toMatchObject([{ series: { count: 20 } }]);
  });

  it('hears less of an object that is talked about without end, and as much as ever of the others', async () => {
    const { record, list, pass, count } = start();
    for (let i = 0; i < 80; i++) record({ ...placed(), reason: `R${i}` });
    record(placed('b'));
    await pass(1);
    expect(await list()).toHaveLength(51);
    expect(count('dropped')).toBe(30);
    await pass(60_000);
    record({ ...placed(), reason: 'Later' });
    await pass(1);
    expect(await list()).toHaveLength(52);
  });

  it('waits while something more urgent is written, but not for ever', async () => {
    let isBusy = true;
    const { record, list, pass } = start({ isBusy: () => isBusy });
    for (let i = 0; i < 400; i++) record(placed(`vm-${i}`));
    await pass(4_900);
    expect(await list()).toHaveLength(0);
    await pass(1_100);
    const trickle = (await list()).length;
    expect(trickle).toBeGreaterThan(0);
    isBusy = false;
    await pass(100);
    expect(await list()).toHaveLength(400);
  });

  it('says when everything has been written', async () => {
    const { record, recorder, list, pass } = start();
    for (let i = 0; i < 50; i++) record(placed(`vm-${i}`));
    expect(recorder.pending).toBe(50);
    let drained = -1;
    void recorder.drained().then(async () => {
      drained = (await list()).length;
    });
    await pass(10);
    expect(drained).toBe(50);
    await recorder.drained();
  });

  it('drops what it has no room for, and counts it', async () => {
    const { record, list, pass, count } = start({ capacity: 10 });
    for (let i = 0; i < 15; i++) record(placed(`vm-${i}`));
    await pass(10);
    expect(await list()).toHaveLength(10);
    expect(count('dropped')).toBe(5);
    record(placed('vm-14'));
    await pass(10);
    expect(await list()).toHaveLength(11);
  });

  it('tries again when there is no answer, and does not write twice what was written', async () => {
    const { record, list, pass, server } = start();
    const create = server.create.bind(server);
    let answersLost = 3;
    server.create = (async (...args: Parameters<typeof create>) => {
      const done = answersLost === 1 ? await create(...args) : undefined;
      if (answersLost-- > 0) throw new ConnectionError('no answer');
      return done ?? create(...args);
    }) as typeof server.create;
    record(placed());
    await pass(40_000);
    expect(await list()).toHaveLength(1);
  });

  it('gives up what the server does not want, and goes on', async () => {
    const { record, list, pass, server, count } = start();
    const create = server.create.bind(server);
    server.create = (async (...args: Parameters<typeof create>) => {
      if (JSON.stringify(args[1]).includes('uid-bad')) throw refused(403, 'Forbidden');
      return create(...args);
    }) as typeof server.create;
    record(placed('bad'));
    record(placed('good'));
    await pass(10);
    expect((await list()).map(({ metadata }) => metadata.name.split('.')[0])).toEqual(['good']);
    expect(count('dropped')).toBe(1);
  });

  it('gives up after twelve tries', async () => {
    const { record, recorder, pass, server } = start();
    let tries = 0;
    server.create = async () => {
      tries++;
      throw new ConnectionError('no answer');
    };
    record(placed());
    await pass(600_000);
    expect(tries).toBe(12);
    expect(recorder.pending).toBe(0);
  });

  it('writes everything before it stops, counts too, or as much as there is time for', async () => {
    const busy = start({ isBusy: () => true });
    busy.record(placed('a'));
    await busy.pass(1);
    const stopping = busy.recorder.stop();
    await busy.pass(1);
    await stopping;
    expect(await busy.list()).toHaveLength(1);

    const { record, recorder, list, pass } = start();
    for (let i = 0; i < 4; i++) {
      record(placed());
      await pass(10);
    }
    void recorder.stop();
    await pass(10);
    expect((await list())[0]!.series!.count).toBe(4);

    const stuck = start();
    stuck.server.create = () => new Promise(() => {});
    stuck.record(placed());
    let isStopped = false;
    void stuck.recorder.stop(500).then(() => {
      isStopped = true;
    });
    await stuck.pass(501);
    expect(isStopped).toBe(true);
  });

  it('shortens long notes and names to what the server takes', async () => {
    const { record, list, pass } = start();
    record(placed(`${'n'.repeat(236)}-tail`, 'ä'.repeat(1000)));
    await pass(1);
    const [event] = await list();
    expect(event!.metadata.name).toHaveLength(253);
    expect(Buffer.byteLength(event!.note)).toBeLessThanOrEqual(1024);
    expect(event!.note).toMatch(/^ä+…$/);
  });

  it('tells each occurrence to whoever wants all of them', () => {
    const seen: string[] = [];
    const { record } = start({ onOccurrence: (controller, { reason }) => seen.push(`${controller} ${reason}`) });
    record(placed());
    record(placed());
    expect(seen).toEqual(['orrery.dev/placement VMPlaced', 'orrery.dev/placement VMPlaced']);
  });
});
