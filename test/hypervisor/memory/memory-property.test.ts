import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GiB, MiB, SECOND } from '../../../src/base/units.ts';
import { type Guest, Ward } from './ward.ts';

const HOST = 8 * GiB;
const names = ['a', 'b', 'c', 'd', 'e', 'f'];

type Step =
  | { readonly do: 'boot'; readonly name: string; readonly guest: Guest }
  | { readonly do: 'run' | 'stop' | 'stall'; readonly name: string }
  | { readonly do: 'work'; readonly name: string; readonly active: number; readonly touched: number }
  | { readonly do: 'device'; readonly name: string; readonly rate: number }
  | { readonly do: 'pass'; readonly ms: number };

const name = fc.constantFrom(...names);
const mebibytes = (max: number) => fc.integer({ min: 1, max }).map((n) => n * MiB + 4096 * (n % 7));

const guest: fc.Arbitrary<Guest> = fc
  .record({
    size: mebibytes(6 * 1024),
    perMiB: fc.constantFrom(5, 10, 20),
    reserved: fc.constantFrom(0, 0, 0.25, 0.9),
    limited: fc.constantFrom(1, 1, 0.3),
    activePart: fc.double({ min: 0, max: 1, noNaN: true }),
    touchedPart: fc.constantFrom(1, 1, 0.5, 0.1),
    tools: fc.boolean(),
    os: fc.constantFrom('linux', 'windows', 'plan9'),
    overhead: fc.integer({ min: 0, max: 200 }).map((n) => n * MiB),
    vcpus: fc.constantFrom(1, 4),
    busy: fc.constantFrom(0, 0.3, 1),
    dirtyPerSecond: fc.constantFrom(0, 0, 20 * MiB),
  })
  .map(({ size, perMiB, reserved, limited, activePart, touchedPart, ...rest }) => {
    const limit = Math.floor(size * limited);
    return {
      ...rest,
      size,
      shares: Math.ceil((perMiB * size) / MiB),
      limit,
      reservation: Math.floor(Math.min(0.9 * limit, size * reserved)),
      active: Math.floor(size * activePart * touchedPart),
      touched: Math.floor(size * touchedPart),
      bootMs: 30 * SECOND,
    };
  });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('boot' as const), name, guest }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom('run' as const, 'run' as const, 'stop' as const, 'stall' as const),
      name,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('work' as const), name, active: mebibytes(4096), touched: mebibytes(6000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('device' as const), name, rate: fc.constantFrom(0, MiB, 100 * MiB) }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(100, 1000, 7000, 31_000, 200_000) }),
  },
);

/** Reserved memory and overhead never exceed the host: its admission sees to that. */
function fits(ward: Ward, guest: Guest): boolean {
  let taken = guest.reservation! + guest.overhead!;
  for (const other of ward.guests.values()) taken += other.reservation! + other.overhead!;
  return taken <= HOST;
}

function take(ward: Ward, step: Step): void {
  if (step.do === 'pass') return void ward.pass(step.ms, () => check(ward));
  const isThere = ward.guests.has(step.name);
  if (step.do === 'boot') {
    if (!isThere && fits(ward, step.guest)) ward.boot(step.name, step.guest);
    return;
  }
  if (!isThere) return;
  const { size } = ward.guests.get(step.name)! as { size: number };
  if (step.do === 'run') ward.run(step.name);
  else if (step.do === 'stop') ward.stop(step.name);
  else if (step.do === 'stall') ward.demand(step.name, { phase: 'Stalled' });
  else if (step.do === 'device') ward.memory.swapDevice(step.name, { latencyMs: 5, bytesPerSecond: step.rate });
  else if (step.do === 'work') {
    const touched = Math.min(size, step.touched);
    ward.demand(step.name, { active: Math.min(touched, step.active), touched, phase: 'Running' });
  }
}

/** What must hold whatever happens. */
function check(ward: Ward): void {
  let used = 0;
  for (const [who, guest] of ward.guests) {
    const rate = ward.of(who);
    const { size, limit, reservation, tools } = guest as Required<Guest>;
    for (const [key, value] of Object.entries(rate)) expect(value, `${who} ${key}`).toBeGreaterThanOrEqual(0);
    used += rate.consumed + rate.overhead;
    expect(rate.consumed, `${who} within its limit`).toBeLessThanOrEqual(limit);
    expect(
      rate.granted + rate.swapped + 2 * rate.compressed + rate.ballooned,
      `${who} within its size`,
    ).toBeLessThanOrEqual(size + 2);
    expect(rate.consumed, `${who}: shared pages`).toBe(rate.granted - rate.sharedSaved + rate.compressed);
    expect(rate.ballooned, `${who}: balloon`).toBeLessThanOrEqual(
      tools ? Math.min(0.65 * size, size - reservation) : 0,
    );
    // Nothing that is reserved is taken: who has pages away has all the machine memory that he reserved. (Whoever wants
    // more than his own limit gives up pages to himself.)
    if (limit === size && rate.swapped + rate.compressed > 0) {
      expect(rate.granted + rate.compressed, `${who}: reservation`).toBeGreaterThanOrEqual(reservation - 2);
    }
    const { work, swapWait } = ward.memory.hindrance(who);
    expect(work).toBeGreaterThanOrEqual(0);
    expect(work).toBeLessThanOrEqual(1);
    expect(swapWait).toBeGreaterThanOrEqual(0);
    expect(swapWait).toBeLessThanOrEqual(1);
  }
  expect(used, 'no more than there is').toBeLessThanOrEqual(HOST);
  expect(ward.total.free).toBe(HOST - used);
}

function play(steps: readonly Step[], version: string, at?: (ward: Ward) => void): Ward {
  const ward = new Ward(HOST, { version });
  for (const one of steps) {
    take(ward, one);
    check(ward);
    at?.(ward);
  }
  return ward;
}

const story = fc.array(step, { maxLength: 25 });
const version = fc.constantFrom('4.0', '4.1', '5.0');

describe('whatever guests do', () => {
  it('no more memory is used than there is, limits and reservations hold, and figures add up', () => {
    fc.assert(
      fc.property(story, version, (steps, generation) => void play(steps, generation)),
      { numRuns: 150 },
    );
  });

  it('the same happens again, to the byte', () => {
    fc.assert(
      fc.property(story, version, (steps, generation) => {
        expect(play(steps, generation).memory.snapshot()).toEqual(play(steps, generation).memory.snapshot());
      }),
      { numRuns: 20 },
    );
  });
});
