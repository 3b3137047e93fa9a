import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock as ClockObject } from '../../src/api/clock.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { SECOND } from '../../src/base/units.ts';
import { SimulatedTime } from '../../src/runtime/simulated-time.ts';

const START = Date.UTC(2010, 10, 1);
const LAB = Date.UTC(2020, 0, 1);

let clock: VirtualClock;
let time: SimulatedTime;
let status: object | undefined;
let changed: () => void;
let called: number[];

beforeEach(() => {
  clock = new VirtualClock(START);
  status = undefined;
  called = [];
  time = new SimulatedTime({
    clock,
    speed: 10,
    clocks: {
      get: (namespace) => (namespace === 'lab' && status !== undefined ? ({ status } as ClockObject) : undefined),
      onChange: (listener) => {
        changed = () => listener([{ namespace: 'lab' }]);
        return () => {};
      },
    },
  });
});

/** What the datacenter says now. */
function says(anchorSim: number, speed: number): void {
  status = { anchorSim: new Date(anchorSim).toISOString(), anchorReal: new Date(clock.now()).toISOString(), speed };
  changed();
}

const pass = (ms: number) => clock.advance(ms, async () => {});
const note = () => called.push(clock.monotonic());

describe('simulated time', () => {
  it('goes at the given speed where there is no Clock', async () => {
    const before = time.now('lab');
    await pass(3 * SECOND);
    expect(time.now('lab') - before).toBe(30 * SECOND);
  });

  it('is computed from what the Clock says: anchor, speed, pause', async () => {
    says(LAB, 2);
    await pass(5 * SECOND);
    expect(time.now('lab')).toBe(LAB + 10 * SECOND);
    says(LAB + 10 * SECOND, 0);
    await pass(60 * SECOND);
    expect(time.now('lab')).toBe(LAB + 10 * SECOND);
    expect(time.speed('lab')).toBe(0);
  });

  it('calls when the simulated time has passed, whatever the Clock does meanwhile', async () => {
    says(LAB, 2);
    time.after('lab', 60 * SECOND, note);
    await pass(10 * SECOND);
    says(LAB + 20 * SECOND, 0);
    await pass(1000 * SECOND);
    expect(called).toEqual([]);
    says(LAB + 20 * SECOND, 20);
    await pass(1.999 * SECOND);
    expect(called).toEqual([]);
    await pass(1);
    expect(called).toEqual([1012 * SECOND]);
    await pass(1000 * SECOND);
    expect(called).toHaveLength(1);
  });

  it('calls at once when the Clock was moved past it, and not at all when it was cancelled', async () => {
    says(LAB, 1);
    time.after('lab', 3600 * SECOND, note);
    const timer = time.after('lab', 3600 * SECOND, () => called.push(-1));
    timer.cancel();
    says(LAB + 7200 * SECOND, 0);
    await pass(0);
    expect(called).toEqual([0]);
  });
});
