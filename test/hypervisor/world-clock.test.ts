import { describe, expect, it } from 'vitest';
import { type Clock, VirtualClock } from '../../src/base/clock.ts';
import { type ClockStatus, WorldClock } from '../../src/hypervisor/world-clock.ts';

/** A clock whose times are set by hand: a machine that sleeps, or whose wall time is set. */
class HandClock implements Clock {
  wall = 1_000_000;
  steady = 0;
  now = () => this.wall;
  monotonic = () => this.steady;
  after = () => ({ cancel() {} });
  defer = () => {};
  pass(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}

function clockOn(clock: Clock, settings = { speed: 1, paused: false }, maxSpeed = 50) {
  const told: ClockStatus[] = [];
  const options = { start: 5000, settings, maxSpeed, gapMs: 5000, changed: (s: ClockStatus) => told.push(s) };
  return { world: new WorldClock(clock, options), told };
}

/** Time as another process computes it from what it was told. */
const computed = (status: ClockStatus, real: number) => status.anchorSim + (real - status.anchorReal) * status.speed;

describe('WorldClock', () => {
  it('goes at its speed from where it starts, in whole milliseconds', () => {
    const clock = new HandClock();
    const { world } = clockOn(clock, { speed: 20, paused: false });
    clock.pass(100.26);
    expect(world.now()).toBe(5000 + 2005);
  });

  it('reaches every instant exactly when its delay is over, at any speed', () => {
    for (const speed of [0.7, 1, 3, 7, 33, 50]) {
      const clock = new VirtualClock();
      const { world } = clockOn(clock, { speed, paused: false });
      for (let time = 5001; time < 5400; time += 13) {
        clock.jumpTo(clock.monotonic() + world.delayUntil(time)!);
        expect(world.now()).toBe(time);
      }
    }
  });

  it('lets others compute the same time from its status', () => {
    const clock = new HandClock();
    const { world, told } = clockOn(clock);
    clock.pass(1000);
    world.configure({ speed: 10, paused: false });
    clock.pass(500);
    expect(told).toHaveLength(1);
    expect(computed(told[0]!, clock.wall)).toBe(world.now());
    expect(world.status()).toEqual({ time: 11_000, anchorSim: 6000, anchorReal: 1_001_000, speed: 10 });
  });

  it('stands while paused, and goes on without a jump', () => {
    const clock = new HandClock();
    const { world, told } = clockOn(clock);
    clock.pass(1000);
    world.configure({ speed: 1, paused: true });
    clock.pass(3_600_000);
    expect(world.now()).toBe(6000);
    expect(world.delayUntil(7000)).toBeUndefined();
    expect(told.at(-1)).toMatchObject({ speed: 0, time: 6000 });
    world.configure({ speed: 1, paused: false });
    clock.pass(10);
    expect(world.now()).toBe(6010);
  });

  it('while paused moves to advanceTo as fast as all can follow, stops there, and says both', () => {
    const clock = new HandClock();
    const { world, told } = clockOn(clock, { speed: 1, paused: true });
    world.configure({ speed: 1, paused: true, advanceTo: 105_000 });
    expect(told.at(-1)).toMatchObject({ speed: 50, time: 5000 });
    expect(world.delayUntil(undefined)).toBe(2000);
    clock.pass(1000);
    expect(world.now()).toBe(55_000);
    clock.pass(3000);
    expect(world.now()).toBe(105_000);
    expect(told.at(-1)).toMatchObject({ speed: 0, time: 105_000 });
    world.configure({ speed: 1, paused: true, advanceTo: 105_000 });
    clock.pass(1000);
    expect(world.now()).toBe(105_000);
  });

  it('does not look at advanceTo while it runs', () => {
    const clock = new HandClock();
    const { world } = clockOn(clock);
    world.configure({ speed: 2, paused: false, advanceTo: 6000 });
    clock.pass(1000);
    expect(world.now()).toBe(7000);
  });

  it('lowers a speed that nobody could follow', () => {
    const { world } = clockOn(new HandClock(), { speed: 1000, paused: false });
    expect(world.status().speed).toBe(50);
    const { world: unlimited } = clockOn(new HandClock(), { speed: 1000, paused: false }, Number.POSITIVE_INFINITY);
    expect(unlimited.status().speed).toBe(1000);
  });

  it('skips a gap of more than 5 s (a closed lid) and tells the new anchor', () => {
    const clock = new HandClock();
    const { world, told } = clockOn(clock, { speed: 10, paused: false });
    clock.pass(1000);
    expect(world.now()).toBe(15_000);
    clock.pass(8 * 3_600_000);
    expect(world.now()).toBe(15_000);
    expect(computed(told.at(-1)!, clock.wall)).toBe(15_000);
    clock.pass(4999);
    expect(world.now()).toBe(15_000 + 49_990);
    expect(told).toHaveLength(1);
  });

  it('tells a new anchor when the wall clock was set, or the machine slept unnoticed by the steady one', () => {
    const clock = new HandClock();
    const { world, told } = clockOn(clock);
    clock.pass(1000);
    clock.wall += 3_600_000;
    expect(world.now()).toBe(6000);
    expect(computed(told.at(-1)!, clock.wall)).toBe(6000);
  });

  it('halts where it is told to, and resumes from there', () => {
    const clock = new HandClock();
    const { world } = clockOn(clock);
    clock.pass(1000);
    world.halt(5500);
    clock.pass(1000);
    expect(world.now()).toBe(5500);
    world.configure({ speed: 3, paused: false });
    expect(world.now()).toBe(5500);
    world.resume();
    clock.pass(100);
    expect(world.now()).toBe(5800);
  });
});
