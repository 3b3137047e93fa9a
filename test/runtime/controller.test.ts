import { describe, expect, it } from 'vitest';
import { sleep, VirtualClock } from '../../src/base/clock.ts';
import type { Logger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { ConnectionError } from '../../src/client/port.ts';
import {
  Controller,
  type ControllerOptions,
  done,
  type Outcome,
  requeueAfter,
  TerminalError,
} from '../../src/runtime/controller.ts';
import type { Source } from '../../src/runtime/source.ts';
import type { Priority } from '../../src/runtime/work-queue.ts';
import { MetricRegistry } from '../../src/telemetry/metrics.ts';
import { refused } from '../support/memory-client.ts';

type Reconcile = (key: string, signal: AbortSignal) => Promise<Outcome> | Outcome;

function newSource(present: readonly string[] = []) {
  let add: (key: string, priority: Priority) => void = () => {};
  let resolve = () => {};
  const source: Source = {
    synced: new Promise((settle) => {
      resolve = settle;
    }),
    subscribe: (listener) => {
      add = listener;
      return () => {
        add = () => {};
      };
    },
    keys: () => present,
  };
  return {
    source,
    sync: () => resolve(),
    change: (...keys: string[]) => {
      for (const key of keys) add(key, 'normal');
    },
  };
}

function start(reconcile: Reconcile, options: Partial<ControllerOptions> = {}) {
  const clock = new VirtualClock();
  const registry = new MetricRegistry();
  const lines: Record<string, unknown>[] = [];
  const note = (level: string) => (fields: object, message: string) => lines.push({ level, message, ...fields });
  const logger: Logger = {
    debug: note('debug'),
    info: note('info'),
    warn: note('warn'),
    error: note('error'),
    child: () => logger,
  };
  const begun: string[] = [];
  const feed = newSource();
  const controller = new Controller({
    name: 'test',
    sources: [feed.source],
    reconcile: (key, signal) => {
      begun.push(key);
      return reconcile(key, signal);
    },
    clock,
    random: new Random(1),
    logger,
    metrics: registry,
    ...options,
  });
  const count = (name: string, ...labels: string[]) => registry.value(`controller_runtime_${name}`, 'test', ...labels);
  return { clock, controller, begun, lines, count, pass: (ms: number) => clock.advance(ms, macrotask), ...feed };
}

describe('Controller', () => {
  it('waits until every source is synced, then works on each key once', async () => {
    const other = newSource();
    const own = newSource();
    const { controller, begun, pass } = start(() => done, { sources: [own.source, other.source] });
    void controller.start();
    own.sync();
    own.change('n/a', 'n/b', 'n/a');
    await pass(100);
    expect(begun).toEqual([]);
    other.sync();
    await pass(100);
    expect(begun).toEqual(['n/a', 'n/b']);
    other.change('n/b');
    await pass(100);
    expect(begun).toEqual(['n/a', 'n/b', 'n/b']);
  });

  it('looks at what a source told before it listened, after what has changed since', async () => {
    const own = newSource(['n/old', 'n/changed']);
    own.sync();
    const { controller, begun, pass } = start(() => done, { sources: [own.source] });
    void controller.start();
    own.change('n/changed');
    await pass(1);
    expect(begun).toEqual(['n/changed', 'n/old']);
  });

  it('looks again after the time that was asked for', async () => {
    const { controller, begun, pass, sync, change, count } = start((key) => (key === 'a' ? requeueAfter(500) : done));
    void controller.start();
    sync();
    change('a', 'b');
    await pass(499);
    expect(begun).toEqual(['a', 'b']);
    await pass(2);
    expect(begun).toEqual(['a', 'b', 'a']);
    expect(count('reconcile_total', 'success')).toBe(1);
    expect(count('reconcile_total', 'requeue_after')).toBe(2);
  });

  it('tries again what failed, later and later, and forgets the failures when it works', async () => {
    let failures = 6;
    const { clock, controller, begun, pass, sync, change, count, lines } = start(() => {
      if (failures-- > 0) throw new ConnectionError('no answer');
      return done;
    });
    void controller.start();
    sync();
    change('a');
    await pass(5 + 10 + 20 + 40 + 80 + 160 + 100);
    expect(begun).toHaveLength(7);
    expect(count('reconcile_errors_total')).toBe(6);
    expect(count('reconcile_panics_total')).toBe(0);
    expect(lines.map(({ level }) => level)).toEqual(['warn', ...Array(5).fill('debug')]);
    failures = 1;
    const before = clock.monotonic();
    change('a');
    while (begun.length < 9) await pass(1);
    expect(clock.monotonic() - before).toBeLessThan(10);
  });

  it('warns of what failed once for each thing that failed, and again after it worked', async () => {
    let answer: string | undefined = 'refused';
    const { controller, pass, sync, change, lines } = start(() => {
      if (answer !== undefined) throw new ConnectionError(answer);
      return done;
    });
    void controller.start();
    sync();
    change('a');
    const warnings = () => lines.filter(({ level }) => level === 'warn').map(({ error }) => error);
    await pass(200);
    expect(warnings()).toEqual(['refused']);
    answer = 'reset';
    await pass(400);
    expect(warnings()).toEqual(['refused', 'reset']);
    answer = undefined;
    await pass(2000);
    answer = 'reset';
    change('a');
    await pass(200);
    expect(warnings()).toEqual(['refused', 'reset', 'reset']);
  });

  it('does not try before the server wants it to', async () => {
    const busy = Object.assign(refused(429, 'TooManyRequests'), { retryAfterMs: 3000 });
    let isBusy = true;
    const { controller, begun, pass, sync, change } = start(() => {
      if (isBusy) throw busy;
      return done;
    });
    void controller.start();
    sync();
    change('a');
    await pass(2999);
    expect(begun).toEqual(['a']);
    isBusy = false;
    await pass(100);
    expect(begun).toEqual(['a', 'a']);
  });

  it('lets a key rest after a terminal failure, until it changes', async () => {
    const { controller, begun, pass, sync, change, count } = start(() => {
      throw new TerminalError('the template is no template');
    });
    void controller.start();
    sync();
    change('a');
    await pass(3_600_000);
    expect(begun).toEqual(['a']);
    expect(count('terminal_reconcile_errors_total')).toBe(1);
    change('a');
    await pass(10);
    expect(begun).toEqual(['a', 'a']);
  });

  it('counts, logs and shows a defect, and goes on with the other keys', async () => {
    const shown: string[] = [];
    const { controller, begun, pass, sync, change, count, lines } = start(
      (key) => {
        if (key !== 'good') (undefined as unknown as { x: number }).x++;
        return done;
      },
      { onDefect: (key, error) => shown.push(`${key}: ${(error as Error).name}`) },
    );
    void controller.start();
    sync();
    change('bad', 'worse', 'good');
    await pass(2);
    expect(begun).toEqual(['bad', 'worse', 'good']);
    expect(shown).toEqual(['bad: TypeError', 'worse: TypeError']);
    expect(count('reconcile_panics_total')).toBe(2);
    const stacks = lines.filter(({ stack }) => stack !== undefined);
    expect(stacks).toHaveLength(1);
    expect(String(stacks[0]!['stack'])).toContain('controller.test.ts');
    await pass(20);
    expect(begun.filter((key) => key === 'bad').length).toBeGreaterThan(1);
  });

  it('survives a hook that fails itself', async () => {
    const { controller, begun, pass, sync, change } = start(
      (key) => {
        if (key === 'bad') throw new Error('defect');
        return done;
      },
      {
        onDefect: () => {
          throw new Error('and another');
        },
      },
    );
    void controller.start();
    sync();
    change('bad', 'good');
    await pass(2);
    expect(begun).toEqual(['bad', 'good']);
  });

  it.each(['with', 'without'])('works on as many keys at once as it may, %s metrics', async (metrics) => {
    let most = 0;
    let active = 0;
    const world = start(
      async () => {
        most = Math.max(most, ++active);
        await sleep(world.clock, 10);
        active--;
        return done;
      },
      { concurrency: 3, ...(metrics === 'without' ? { metrics: undefined } : {}) },
    );
    const { controller, begun, pass, sync, change } = world;
    void controller.start();
    sync();
    change('a', 'b', 'c', 'd', 'e');
    await pass(5);
    change('a', 'a');
    expect(begun).toEqual(['a', 'b', 'c']);
    await pass(100);
    expect(most).toBe(3);
    expect(begun).toEqual(['a', 'b', 'c', 'd', 'e', 'a']);
  });

  it('looks at everything again from time to time', async () => {
    const own = newSource(['n/a', 'n/b']);
    own.sync();
    const { controller, begun, pass } = start(() => done, { sources: [own.source], resyncMs: 1000 });
    void controller.start();
    await pass(100);
    await pass(1100);
    expect(begun).toEqual(['n/a', 'n/b', 'n/a', 'n/b']);
    await controller.stop();
    await pass(10_000);
    expect(begun).toHaveLength(4);
  });

  it('ends the work under way before it has stopped, and begins no other', async () => {
    const world = start(async () => {
      await sleep(world.clock, 100);
      return done;
    });
    const { controller, begun, pass, sync, change } = world;
    void controller.start();
    sync();
    change('a', 'b');
    await pass(10);
    let isStopped = false;
    void controller.stop().then(() => {
      isStopped = true;
    });
    change('c');
    await pass(80);
    expect(isStopped).toBe(false);
    await pass(20);
    expect(isStopped).toBe(true);
    expect(begun).toEqual(['a']);
  });

  it('tells the work under way to end at once when it is aborted', async () => {
    const world = start(async (_, signal) => {
      await sleep(world.clock, 100_000, signal);
      return done;
    });
    const { controller, pass, sync, change } = world;
    void controller.start();
    sync();
    change('a');
    await pass(10);
    await controller.abort();
    expect(world.clock.monotonic()).toBe(10);
  });

  it('yields to the event loop while it works through many keys', async () => {
    const { clock, controller, begun, sync, change } = start(() => done, { concurrency: 10_000 });
    void controller.start();
    sync();
    change(...Array.from({ length: 100 }, (_, i) => `n/${i}`));
    await macrotask();
    clock.runNext();
    expect(begun.length).toBeGreaterThan(0);
    expect(begun.length).toBeLessThan(100);
  });
});
