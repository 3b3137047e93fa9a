import { describe, expect, it } from 'vitest';
import { EventQueue } from '../../src/hypervisor/event-queue.ts';

describe('EventQueue', () => {
  it('runs in order of time, then of setting, each at its own instant', () => {
    const seen: string[] = [];
    const queue = new EventQueue(0, () => {});
    queue.at(20, () => seen.push(`c ${queue.now}`));
    queue.at(10, () => {
      seen.push(`a ${queue.now}`);
      queue.at(10, () => seen.push(`set meanwhile ${queue.now}`));
    });
    queue.at(10, () => seen.push(`b ${queue.now}`));
    queue.runUntil(15);
    expect(seen).toEqual(['a 10', 'b 10', 'set meanwhile 10']);
    expect(queue.now).toBe(15);
    expect(queue.next).toBe(20);
    queue.runUntil(20);
    expect(seen.at(-1)).toBe('c 20');
  });

  it('rounds times up to a millisecond and never goes back', () => {
    const queue = new EventQueue(100, () => {});
    const times: number[] = [];
    queue.at(100.2, () => times.push(queue.now));
    queue.at(50, () => times.push(queue.now));
    queue.runUntil(200);
    queue.runUntil(150);
    expect(times).toEqual([100, 101]);
    expect(queue.now).toBe(200);
  });

  it('does not run what was cancelled', () => {
    const queue = new EventQueue(0, () => {});
    let runs = 0;
    const alarm = queue.at(5, () => runs++);
    queue.at(6, () => runs++);
    alarm.cancel();
    alarm.cancel();
    queue.runUntil(10);
    alarm.cancel();
    expect(runs).toBe(1);
    expect(queue.next).toBeUndefined();
  });

  it('finishes an instant before time moves on, and looks again at what that set', () => {
    const seen: string[] = [];
    let isOpen = false;
    const queue = new EventQueue(0, () => {
      if (!isOpen) return;
      isOpen = false;
      seen.push(`over ${queue.now}`);
      queue.at(15, () => seen.push(`gathered ${queue.now}`));
    });
    queue.at(10, () => {
      isOpen = true;
    });
    queue.at(30, () => seen.push(`last ${queue.now}`));
    queue.runUntil(40);
    expect(seen).toEqual(['over 10', 'gathered 15', 'last 30']);
  });
});
