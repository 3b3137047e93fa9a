import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/base/random.ts';
import { ConnectionError } from '../../src/client/port.ts';
import type { Change } from '../../src/informer/informer.ts';
import { type Faults, withFaults } from '../support/faulty-client.ts';
import { type Box, boxes, World } from './world.ts';

type Step =
  | { readonly do: 'create' | 'change' | 'delete'; readonly name: string }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'break' | 'end' | 'forget' | 'bookmark' };

const names = fc.constantFrom('a', 'b', 'c');
const writes = fc.record({ do: fc.constantFrom('create' as const, 'change' as const, 'delete' as const), name: names });
const time = fc.record({ do: fc.constant('pass' as const), ms: fc.nat(3000) });
const trouble = (...kinds: ('break' | 'end' | 'forget' | 'bookmark')[]) => fc.record({ do: fc.constantFrom(...kinds) });

const healthy: Faults = { failedList: 0, failedWatch: 0, dropped: 0, duplicated: 0, forgotten: 0, lateMs: 0 };

/** Plays the steps against an informer behind faults, lets the faults heal, and returns what was told. */
async function play(steps: readonly Step[], seed: number, trouble: Faults, streamed: boolean, isWarm = false) {
  const world = new World();
  let faults = isWarm ? healthy : trouble;
  const client = withFaults(world.server, world.clock, new Random(seed), () => faults);
  const informer = world.informer({ client, seed, streamed });
  const changes: Change<Box>[] = [];
  informer.onChange((batch) => changes.push(...batch));
  informer.start();
  if (isWarm) await world.pass(1000);
  faults = trouble;
  let n = 0;
  for (const step of steps) {
    if (step.do === 'create') await world.create(step.name, n++).catch(() => {});
    else if (step.do === 'change') await world.change(step.name, { n: n++ }).catch(() => {});
    else if (step.do === 'delete') await world.delete(step.name).catch(() => {});
    else if (step.do === 'pass') await world.pass(step.ms);
    else if (step.do === 'break') world.server.breakWatches(boxes, new ConnectionError('reset'));
    else if (step.do === 'end') world.server.breakWatches(boxes);
    else if (step.do === 'bookmark') world.server.bookmark(boxes);
    else world.server.forget();
  }
  faults = healthy;
  await world.pass(120_000);
  informer.stop();
  return { world, informer, changes };
}

/** Each change begins where the one before it on the same object ended, and changes something. */
function expectChains(changes: readonly Change<Box>[]): void {
  const last = new Map<string, Box | undefined>();
  for (const { name, before, after } of changes) {
    expect(before).toBe(last.get(name));
    expect(after?.metadata.resourceVersion).not.toBe(before?.metadata.resourceVersion);
    last.set(name, after);
  }
}

describe('Reflector and cache', () => {
  it('come to the state of a server that drops, repeats, delays and forgets', async () => {
    const wild: Faults = {
      failedList: 0.3,
      failedWatch: 0.2,
      dropped: 0.2,
      duplicated: 0.3,
      forgotten: 0.2,
      lateMs: 2000,
    };
    const steps = fc.array(fc.oneof(writes, writes, time, trouble('break', 'end', 'forget', 'bookmark')), {
      maxLength: 60,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.boolean(), async (steps, seed, streamed) => {
        const { world, informer, changes } = await play(steps, seed, wild, streamed);
        expect(informer.isSynced).toBe(true);
        expect(informer.view().all()).toEqual((await world.server.list<Box>(boxes)).items);
        expectChains(changes);
      }),
      { numRuns: 150 },
    );
  });

  it('tell every single change, once and in order, as long as the server forgets nothing', async () => {
    const rough: Faults = {
      failedList: 0.2,
      failedWatch: 0.3,
      dropped: 0.3,
      duplicated: 0.3,
      forgotten: 0,
      lateMs: 500,
    };
    const steps = fc.array(fc.oneof(writes, writes, time, trouble('break', 'end', 'bookmark')), {
      maxLength: 60,
      size: 'max',
    });
    await fc.assert(
      fc.asyncProperty(steps, fc.nat(), fc.boolean(), async (steps, seed, streamed) => {
        const { world, changes } = await play(steps, seed, rough, streamed, true);
        const told = changes.map(({ name, after }) => `${name} ${after?.spec.n ?? 'gone'}`);
        const happened = world.server
          .log(boxes)
          .map(({ type, object }) => `${object.metadata.name} ${type === 'deleted' ? 'gone' : (object as Box).spec.n}`);
        expect(told).toEqual(happened);
        expectChains(changes);
      }),
      { numRuns: 150 },
    );
  });
});
