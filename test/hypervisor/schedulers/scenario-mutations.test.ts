import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ScenarioError } from '../../../src/hypervisor/schedulers/scenario/scenario-error.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';

/*
 * Scenario files with anything in any place: each is run to its end or refused with the paths of what is wrong. Nothing
 * else may come of it: no other error, no NaN in a report, no run without an end (the bounds of the fields see to that,
 * so that a run of these sizes takes milliseconds).
 */

const credit = {
  pcpus: 2,
  coresPerSocket: 2,
  threadsPerCore: 1,
  nodePerSocket: false,
  ratelimitUs: 1000,
  tsliceMs: 30,
  version: '4',
  durationMs: 90,
  domains: [
    { name: 'a', weight: 256, cap: 50, vcpus: [{ kind: 'cpu' }, { kind: 'yield', runUs: 500 }] },
    {
      name: 'b',
      weight: 512,
      cap: 0,
      vcpus: [
        { kind: 'periodic', runUs: 300, sleepUs: 900, phaseUs: 10 },
        {
          kind: 'bursts',
          bursts: [
            [400, 20],
            [9000, 0],
          ],
          phaseUs: 5,
        },
      ],
    },
  ],
};
const shares = {
  scheduler: 'proportional-share',
  durationMs: 90,
  seed: 7,
  host: { sockets: 2, coresPerSocket: 2, threadsPerCore: 2, mhz: 2000, numaNodes: 2, llcPerSocket: 1 },
  virtualMachines: [
    {
      name: 'a',
      shares: 2000,
      reservationMHz: 500,
      limitMHz: 3000,
      maxSkew: 'Relaxed',
      numa: 'Wide',
      affinity: [0, 1],
      numaNodeAffinity: [0],
      htSharing: 'Any',
      vsmpConsolidate: false,
      vcpus: [{ kind: 'cpu' }, { kind: 'periodic', runUs: 1000, sleepUs: 9000 }],
    },
    { name: 'b', shares: 1000, maxSkew: 'Strict', vcpus: [{ kind: 'cpu' }, { kind: 'yield', runUs: 200 }] },
  ],
};

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Way = readonly (string | number)[];

/** Where something stands in a value: every object, list and leaf below it. */
function waysIn(value: unknown, way: Way = []): Way[] {
  const here = way.length > 0 ? [way] : [];
  if (typeof value !== 'object' || value === null) return here;
  const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [...here, ...keys.flatMap((key) => waysIn((value as Record<string, unknown>)[key], [...way, key]))];
}

const REMOVED = Symbol('removed');

/** The value with something else in that place. */
function replaced(value: unknown, [key, ...rest]: Way, by: unknown): unknown {
  if (key === undefined) return by;
  const copy: Record<string, unknown> = Array.isArray(value)
    ? ([...value] as unknown as Record<string, unknown>)
    : { ...(value as Record<string, unknown>) };
  const inner = replaced(copy[key], rest, by);
  if (inner !== REMOVED) copy[key] = inner;
  else if (Array.isArray(copy)) copy.splice(Number(key), 1);
  else delete copy[key];
  return copy;
}

/** As a file would hold it: NaN and infinities stand there as people write them. */
function textOf(value: unknown): string {
  const marked = JSON.stringify(value, (_, member) =>
    typeof member === 'number' && !Number.isFinite(member) ? `<<${member}>>` : member,
  );
  return marked.replace(/"<<(-?\w+)>>"/g, '$1');
}

const anything: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    ...[0, -1, 1, 2, 3, 0.5, 1e-9, 65_535, 65_536, 2 ** 31, 2 ** 53, 1e300, Number.NaN],
    ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '', 'cpu', '12', 'NaN', true, false, null, REMOVED],
  ),
  fc.integer({ min: -5, max: 2000 }),
  fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
  fc.constant(Array.from({ length: 1000 }, () => ({ kind: 'cpu' }))),
);

const pathOf = (way: Way) =>
  way.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');

describe.each([
  ['credit', credit],
  ['proportional-share', shares],
] as const)('a scenario for %s with anything in any place', (scheduler, base) => {
  const ways = waysIn(base);

  it('is run, or refused with the place of the mistake', () => {
    let refused = 0;
    let ran = 0;
    fc.assert(
      fc.property(fc.constantFrom(...ways), anything, (way, by) => {
        const text = textOf(replaced(base, way, by));
        // A long run is no mistake, and takes its time.
        fc.pre(!(way[0] === 'durationMs' && typeof by === 'number' && by > 2000));
        try {
          const report = JSON.stringify(schedule(text, { scheduler }));
          // JSON writes NaN as null; only these may be null: never stolen, never ran.
          expect(report.replace(/"(stolenFrom|node|package|core)":null/g, '')).not.toContain(':null');
          ran++;
        } catch (error) {
          if (!(error instanceof ScenarioError)) throw error;
          refused++;
          const where = pathOf(way);
          const top = String(way[0]);
          expect(error.problems.length).toBeGreaterThan(0);
          for (const { path, message } of error.problems) {
            expect(message).not.toBe('');
            // What is wrong is there, in it, or (what depends on it) in the same object.
            const isThere = path === where || path.startsWith(where) || where.startsWith(path);
            expect(isThere || path.startsWith(top) || dependent.some((field) => path.includes(field))).toBe(true);
          }
        }
      }),
      { numRuns: 400 },
    );
    expect(refused).toBeGreaterThan(100);
    expect(ran).toBeGreaterThan(20);
  });

  it('with two mistakes names both', () => {
    const at = (way: Way, by: unknown) => (value: unknown) => replaced(value, way, by);
    const list = scheduler === 'credit' ? 'domains' : 'virtualMachines';
    const twice = at([list, 0, 'vcpus', 0, 'kind'], 'hog')(at([list, 1, 'name'], 5)(base));
    try {
      schedule(textOf(twice), { scheduler });
      expect.unreachable();
    } catch (error) {
      expect((error as ScenarioError).problems.map(({ path }) => path)).toEqual([
        `${list}[0].vcpus[0].kind`,
        `${list}[1].name`,
      ]);
    }
  });
});

/** Fields that are checked against others: a cap against the vCPUs, a reservation against the limit and the host. */
const dependent = ['cap', 'reservationMHz', 'host', 'affinity', 'numaNodeAffinity', 'vcpus', 'name', 'virtualMachines'];
