import { describe, expect, it } from 'vitest';
import type { Clock as ClockObject } from '../../src/api/clock.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { rfc3339Milli, SECOND } from '../../src/base/units.ts';
import { type RackingOptions, rackingControllers } from '../../src/racking/racking.ts';

/** A namespace with a Clock, and how often its status was written in a minute. */
async function writesInAMinute(speed: number, clockRefreshMs: number | undefined): Promise<string[]> {
  const clock = new VirtualClock();
  const started = clock.now();
  let object = { metadata: { name: 'default', namespace: 'a', generation: 1 }, spec: { speed }, status: {} };
  const times: string[] = [];
  const informer = {
    synced: Promise.resolve(),
    onChange: () => () => {},
    view: () => ({ all: () => [object], list: () => [object] }),
    get: () => object,
  };
  const world = {
    setClock: () => {},
    clockStatus: () => ({
      anchorSim: started,
      anchorReal: started,
      speed,
      time: started + (clock.now() - started) * speed,
    }),
  };
  const contribute = async (_: string, present: ClockObject, recipe: (draft: object, present: ClockObject) => void) => {
    const status = structuredClone(object.status) as { time?: string };
    recipe(status, present);
    object = { ...object, status };
    times.push(status.time!);
  };
  const objects = new Proxy({}, { get: () => informer });
  const options = {
    datacenter: { find: () => world, world: () => world },
    objects,
    clock,
    clockStatus: { contribute },
  };
  const all = { ...options, random: new Random(1), logger: silentLogger, speed: 1, clockRefreshMs };
  const { controllers } = rackingControllers(all as unknown as RackingOptions);
  const clocks = controllers.find(({ name }) => name === 'racking-clocks')!;
  void clocks.start();
  await clock.advance(60 * SECOND, macrotask);
  void clocks.stop();
  return times;
}

const at = (seconds: number) => rfc3339Milli(Date.UTC(2010, 10, 1) + seconds * SECOND);

describe('the time of a Clock', () => {
  it('is written again as often as it is to be, in real time, and always as it is then', async () => {
    expect(await writesInAMinute(20, 10 * SECOND)).toEqual([0, 200, 400, 600, 800, 1000, 1200].map(at));
  });

  it('is written once where nobody looks, and where it stands still', async () => {
    expect(await writesInAMinute(20, undefined)).toEqual([at(0)]);
    expect(await writesInAMinute(0, 10 * SECOND)).toEqual([at(0)]);
  });
});
