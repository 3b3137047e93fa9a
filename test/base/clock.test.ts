import { describe, expect, it } from 'vitest';
import { sleep, VirtualClock } from '../../src/base/clock.ts';
import { macrotask, systemClock } from '../../src/base/system.ts';

describe('VirtualClock', () => {
  it('calls in order of deadline, then of setting', async () => {
    const clock = new VirtualClock();
    const calls: string[] = [];
    clock.after(20, () => calls.push('c'));
    clock.after(10, () => calls.push('a'));
    clock.after(10, () => calls.push('b'));
    clock.after(0, () => clock.after(10, () => calls.push('set later, due at 10')));
    await clock.advance(20, macrotask);
    expect(calls).toEqual(['a', 'b', 'set later, due at 10', 'c']);
    expect(clock.monotonic()).toBe(20);
  });

  it('makes no cancelled call and counts what is pending', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const timer = clock.after(5, () => calls++);
    clock.after(5, () => calls++);
    timer.cancel();
    timer.cancel();
    expect(clock.pending).toBe(1);
    await clock.advance(10, macrotask);
    expect(calls).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('settles promises at their own instant', async () => {
    const clock = new VirtualClock(0);
    const times: number[] = [];
    const walk = async () => {
      for (let i = 0; i < 3; i++) {
        await sleep(clock, 7);
        times.push(clock.now());
      }
    };
    void walk();
    await clock.advance(100, macrotask);
    expect(times).toEqual([7, 14, 21]);
  });

  it('refuses to jump past a call that is due', () => {
    const clock = new VirtualClock();
    clock.after(5, () => {});
    expect(() => clock.jumpTo(6)).toThrow('due at 5');
  });
});

describe('sleep', () => {
  it('ends early with false when aborted, on either clock', async () => {
    for (const clock of [new VirtualClock(), systemClock]) {
      const abort = new AbortController();
      const slept = sleep(clock, 60_000, abort.signal);
      abort.abort();
      expect(await slept).toBe(false);
    }
  });
});
