import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../src/base/clock.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { queueMetrics } from '../../src/runtime/runtime-metrics.ts';
import { WorkQueue, type WorkQueueOptions } from '../../src/runtime/work-queue.ts';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';

function start(options: Partial<WorkQueueOptions> = {}) {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock, random: new Random(1), ...options });
  const takeAll = () => {
    const taken: string[] = [];
    for (let key = queue.take(); key !== undefined; key = queue.take()) taken.push(key);
    return taken;
  };
  return { clock, queue, takeAll, pass: (ms: number) => clock.advance(ms, macrotask) };
}

describe('WorkQueue', () => {
  it('holds a key once, however often it is added', () => {
    const { queue, takeAll } = start();
    for (const key of ['a', 'b', 'a', 'a']) queue.add(key);
    expect(takeAll()).toEqual(['a', 'b']);
  });

  it('gives a key to one worker at a time, and again when it was added meanwhile', () => {
    const { queue, takeAll } = start();
    queue.add('a');
    expect(takeAll()).toEqual(['a']);
    queue.add('a');
    queue.add('a');
    expect(takeAll()).toEqual([]);
    queue.done('a');
    expect(takeAll()).toEqual(['a']);
    queue.done('a');
    expect(takeAll()).toEqual([]);
    expect(() => queue.done('a')).toThrow('a is not being worked on');
  });

  it('lets namespaces take turns', () => {
    const { queue, takeAll } = start();
    for (const key of ['big/1', 'big/2', 'big/3', 'big/4', 'small/1', 'node', 'small/2']) queue.add(key);
    expect(takeAll()).toEqual(['big/1', 'small/1', 'node', 'big/2', 'small/2', 'big/3', 'big/4']);
  });

  it('gives way from low priority to normal, and raises a key that changed', () => {
    const { queue, takeAll } = start();
    for (const key of ['n/a', 'n/b', 'n/c']) queue.add(key, 'low');
    queue.add('n/d');
    queue.add('n/c');
    queue.add('n/d', 'low');
    expect(takeAll()).toEqual(['n/d', 'n/c', 'n/a', 'n/b']);
  });

  it('adds later, at the earliest of the times asked for', async () => {
    const { queue, takeAll, pass } = start();
    queue.addAfter('a', 100);
    queue.addAfter('a', 50);
    queue.addAfter('a', 80);
    await pass(49);
    expect(takeAll()).toEqual([]);
    await pass(1);
    expect(takeAll()).toEqual(['a']);
    queue.done('a');
    await pass(1000);
    expect(takeAll()).toEqual([]);
    queue.addAfter('b', 0);
    queue.addAfter('c', Number.NaN);
    expect(takeAll()).toEqual(['b', 'c']);
  });

  it('brings a failing key back after 5 ms doubled each time, to 1000 s, until it works', async () => {
    const { clock, queue, takeAll } = start();
    const pauses: number[] = [];
    for (let i = 0; i < 22; i++) {
      const before = clock.monotonic();
      queue.addRateLimited('a');
      while (takeAll().length === 0) clock.runNext();
      queue.done('a');
      pauses.push(clock.monotonic() - before);
    }
    for (const [i, pause] of pauses.entries()) {
      const base = Math.min(1_000_000, 5 * 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(base);
      expect(pause).toBeLessThanOrEqual(base * 1.2);
    }
    expect(queue.failuresOf('a')).toBe(22);
    queue.forget('a');
    queue.addRateLimited('a');
    clock.runNext();
    expect(takeAll()).toEqual(['a']);
    expect(clock.monotonic() - pauses.reduce((sum, pause) => sum + pause)).toBeLessThanOrEqual(6);
  });

  it('holds the retries of all keys together to a rate', async () => {
    const { queue, takeAll, pass } = start({ retries: { perSecond: 10, burst: 5 } });
    for (let i = 0; i < 25; i++) queue.addRateLimited(`k${i}`);
    await pass(50);
    expect(takeAll()).toHaveLength(5);
    await pass(1000);
    expect(takeAll()).toHaveLength(10);
    await pass(1000);
    expect(takeAll()).toHaveLength(10);
  });

  it('takes nothing in and gives nothing out after stop', async () => {
    const { queue, takeAll, pass } = start();
    queue.add('a');
    queue.addAfter('b', 10);
    queue.add('c');
    expect(queue.take()).toBe('a');
    queue.add('a');
    queue.stop();
    queue.add('d');
    queue.addAfter('e', 1);
    queue.done('a');
    await pass(100);
    expect(takeAll()).toEqual([]);
  });

  it('counts under the names of client-go', async () => {
    const registry = new MetricRegistry();
    const { queue, pass } = start({ metrics: queueMetrics(registry, 'q') });
    registry.beforeRead(() => queue.refreshMetrics());
    queue.add('a');
    queue.add('b');
    expect(registry.value('workqueue_depth', 'q')).toBe(2);
    await pass(2000);
    queue.take();
    await pass(3000);
    expect(registry.value('workqueue_queue_duration_seconds', 'q')).toBe(2);
    expect(registry.value('workqueue_longest_running_processor_seconds', 'q')).toBe(3);
    queue.done('a');
    queue.addRateLimited('a');
    expect(registry.value('workqueue_work_duration_seconds', 'q')).toBe(3);
    expect(registry.value('workqueue_unfinished_work_seconds', 'q')).toBe(0);
    expect(registry.value('workqueue_retries_total', 'q')).toBe(1);
    expect(registry.value('workqueue_adds_total', 'q')).toBe(2);
  });

  it('never loses a key that was added, and never gives one to two workers', async () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('add', 'addLow', 'later', 'failed'), key: fc.nat(5) }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('take', 'done'), key: fc.nat(5) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), key: fc.nat(50) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
        const { clock, queue } = start();
        const working: string[] = [];
        /** Keys added since they were last begun. */
        const owed = new Set<string>();
        const begin = () => {
          const key = queue.take();
          if (key === undefined) return false;
          expect(working).not.toContain(key);
          working.push(key);
          owed.delete(key);
          return true;
        };
        for (const { do: action, key } of steps) {
          const name = `${key % 2 === 0 ? 'even' : 'odd'}/${key}`;
          if (action === 'take') begin();
          else if (action === 'done' && working.length > 0) queue.done(working.shift()!);
          else if (action === 'pass') await clock.advance(key, async () => {});
          else if (action !== 'done') {
            owed.add(name);
            if (action === 'add') queue.add(name);
            else if (action === 'addLow') queue.add(name, 'low');
            else if (action === 'later') queue.addAfter(name, key);
            else queue.addRateLimited(name);
          }
        }
        for (let quiet = 0; quiet < 2; quiet++) {
          await clock.advance(1_000_000, async () => {});
          while (begin()) queue.done(working.pop()!);
          while (working.length > 0) queue.done(working.shift()!);
        }
        while (begin()) queue.done(working.pop()!);
        expect([...owed]).toEqual([]);
        expect(queue.depth + queue.processing + queue.delayed).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});
