import { describe, expect, it } from 'vitest';
import { OrreryError } from '../../../src/base/errors.ts';
import type { CreditReport } from '../../../src/hypervisor/schedulers/scenario/credit-report.ts';
import { rounded } from '../../../src/hypervisor/schedulers/scenario/rounding.ts';
import { ScenarioError } from '../../../src/hypervisor/schedulers/scenario/scenario-error.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';

const hog = { kind: 'cpu' };
const good = { pcpus: 2, durationMs: 1000, domains: [{ name: 'a', vcpus: [hog, hog] }] };

/** The problems of a scenario that is `good` but for some fields. */
function problemsOf(change: object | string): Record<string, string> {
  try {
    schedule(typeof change === 'string' ? change : JSON.stringify({ ...good, ...change }));
  } catch (error) {
    if (error instanceof ScenarioError) return Object.fromEntries(error.problems.map((p) => [p.path, p.message]));
    throw error;
  }
  return {};
}
const domains = (domain: object) => ({ domains: [{ name: 'a', vcpus: [hog], ...domain }] });
const vcpu = (work: unknown) => domains({ vcpus: [work] });

describe('a scenario', () => {
  it('needs only what has no sensible default', () => {
    const report = schedule(JSON.stringify(good)) as CreditReport;
    expect(Object.keys(report)).toEqual(['vcpus', 'domains', 'totals', 'samples', 'accounting', 'trace']);
    expect(report.domains).toEqual({ a: { cpuUs: 2_000_000, share: 1 } });
    expect(report.samples).toEqual([{ tUs: 1_000_000, cpuUs: { a: 2_000_000 } }]);
    expect(report.accounting).toHaveLength(33);
  });

  it.each([
    [{ pcpus: 0 }, 'pcpus', 'must be an integer from 1 to 256, is 0'],
    [{ pcpus: 1.5 }, 'pcpus', 'must be an integer from 1 to 256, is 1.5'],
    [{ pcpus: '2' }, 'pcpus', 'must be an integer from 1 to 256, is "2"'],
    [{ pcpus: undefined }, 'pcpus', 'must be an integer from 1 to 256, is missing'],
    [{ coresPerSocket: -1 }, 'coresPerSocket', 'must be an integer from 1 to 256, is -1'],
    [{ threadsPerCore: null }, 'threadsPerCore', 'must be an integer from 1 to 256, is null'],
    [{ nodePerSocket: 1 }, 'nodePerSocket', 'must be true or false, is 1'],
    [{ durationMs: 0 }, 'durationMs', 'must be an integer from 1 to 86400000, is 0'],
    [{ durationMs: -5 }, 'durationMs', 'must be an integer from 1 to 86400000, is -5'],
    [{ tsliceMs: 0 }, 'tsliceMs', 'must be an integer from 1 to 1000, is 0'],
    [{ ratelimitUs: -1 }, 'ratelimitUs', 'must be an integer from 0 to 1000000, is -1'],
    [{ version: '3.3' }, 'version', 'must be one of 4, 3.2, is "3.3"; did you mean 3.2?'],
    [{ domains: [] }, 'domains', 'must hold 1 to 512 entries, holds 0'],
    [{ domains: {} }, 'domains', 'must be a list, is an object'],
    [{ domains: [7] }, 'domains[0]', 'must be an object, is 7'],
    [domains({ name: '' }), 'domains[0].name', 'must be a text of at least one letter, is ""'],
    [domains({ weight: 0 }), 'domains[0].weight', 'must be an integer from 1 to 65535, is 0'],
    [domains({ weight: 65536 }), 'domains[0].weight', 'must be an integer from 1 to 65535, is 65536'],
    [domains({ cap: -1 }), 'domains[0].cap', /from 0 to 100 .*is -1/],
    [domains({ cap: 101 }), 'domains[0].cap', /percent of one pCPU, 1 vCPUs; 0: none\), is 101/],
    [domains({ vcpus: [] }), 'domains[0].vcpus', 'must hold 1 to 512 entries, holds 0'],
    [domains({ vcpus: Array(1000).fill(hog) }), 'domains[0].vcpus', 'must hold 1 to 512 entries, holds 1000'],
    [domains({ wieght: 3 }), 'domains[0].wieght', 'is unknown; did you mean weight?'],
    [vcpu('cpu'), 'domains[0].vcpus[0]', 'must be an object, is "cpu"'],
    [vcpu({ kind: 'CPU' }), 'domains[0].vcpus[0].kind', /is "CPU"; did you mean cpu\?/],
    [vcpu({ kind: 'cpu', phaseUs: 5 }), 'domains[0].vcpus[0].phaseUs', 'is not read for kind cpu; leave it out'],
    [vcpu({ kind: 'periodic', runUs: 0, sleepUs: 0 }), 'domains[0].vcpus[0].runUs', /from 1 to .*is 0/],
    [vcpu({ kind: 'periodic', runUs: 5 }), 'domains[0].vcpus[0].sleepUs', /is missing/],
    [vcpu({ kind: 'yield', runUs: -1 }), 'domains[0].vcpus[0].runUs', /is -1/],
    [vcpu({ kind: 'bursts', bursts: [] }), 'domains[0].vcpus[0].bursts', 'must hold 1 to 10000 entries, holds 0'],
    [vcpu({ kind: 'bursts', bursts: [[5]] }), 'domains[0].vcpus[0].bursts[0]', /holds 1/],
    [
      vcpu({
        kind: 'bursts',
        bursts: [
          [5, 1],
          [0, 1],
        ],
      }),
      'domains[0].vcpus[0].bursts[1][0]',
      /is 0/,
    ],
    [vcpu({ kind: 'bursts', bursts: [[5, -1]] }), 'domains[0].vcpus[0].bursts[0][1]', /is -1/],
    [{ pcpu: 2 }, 'pcpu', 'is unknown; did you mean pcpus?'],
    [{ scheduler: 'credit2' }, 'scheduler', /is "credit2"; did you mean credit\?/],
  ] as const)('is refused for %j, and the field is named', (change, path, message) => {
    const problems = problemsOf(change);
    expect(Object.keys(problems)).toEqual([path]);
    if (typeof message === 'string') expect(problems[path]).toBe(message);
    else expect(problems[path]).toMatch(message);
  });

  it('names the field in which NaN or Infinity stands, though JSON has no such numbers', () => {
    const text =
      '{"pcpus": 2, "durationMs": -Infinity, "domains": [{"name": "NaN", "weight": NaN, "vcpus": [{"kind": "cpu"}]}]}';
    expect(problemsOf(text)).toEqual({
      durationMs: 'must be an integer from 1 to 86400000, is -Infinity',
      'domains[0].weight': 'must be an integer from 1 to 65535, is NaN',
    });
    expect(
      problemsOf('{"pcpus": 1e999, "durationMs": 5, "domains": [{"name": "a", "vcpus": [{"kind": "cpu"}]}]}'),
    ).toEqual({
      pcpus: 'must be an integer from 1 to 256, is Infinity',
    });
  });

  it('that is no JSON, or no object, is refused', () => {
    expect(problemsOf('{"pcpus": ')['']).toMatch(/is not JSON/);
    expect(problemsOf('[]')['']).toBe('must be an object, is a list');
    expect(problemsOf('null')['']).toBe('must be an object, is null');
  });

  it('may have 512 vCPUs in all its domains, and no more', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => ({ name: `d${i}`, vcpus: [hog, hog] }));
    expect(problemsOf({ domains: many(256), durationMs: 10 })).toEqual({});
    expect(problemsOf({ domains: many(257) })).toEqual({ domains: 'must have 512 vCPUs together at most, have 514' });
  });

  it('must have different names', () => {
    const twice = [
      { name: 'a', vcpus: [hog] },
      { name: 'a', vcpus: [hog] },
    ];
    expect(problemsOf({ domains: twice })).toEqual({ 'domains[1].name': 'must be unique, domains[0] is called a too' });
  });

  it('with a mistake made a hundred thousand times is refused at once, and the first fifty are told', () => {
    const wrong = { kind: 'bursts', bursts: Array(10_000).fill([-1, 0.5]) };
    try {
      schedule(JSON.stringify({ ...good, ...domains({ vcpus: Array(5).fill(wrong) }) }));
      expect.unreachable();
    } catch (error) {
      expect((error as ScenarioError).problems).toHaveLength(50);
      expect((error as Error).message).toMatch(/bursts\[24\]\[1\]: .*; and 99950 more \(/);
    }
  });

  it('that would run for hours is refused before it starts', () => {
    const work = { kind: 'periodic', runUs: 1, sleepUs: 0 };
    const problems = problemsOf({ durationMs: 3_600_000, domains: [{ name: 'a', vcpus: [hog, work] }] });
    expect(problems['domains[0].vcpus[1]']).toMatch(/about 3601 million steps .* at most 100 million/);
    expect(problemsOf({ durationMs: 86_400_000, pcpus: 64, tsliceMs: 1 })['durationMs']).toMatch(/million/);
  });

  it('with several mistakes gets them all, in one error that says what to do', () => {
    const text = JSON.stringify({ ...good, pcpus: 0, domains: [{ name: 'a', weight: 0, vcpus: [{ kind: 'x' }] }] });
    const caught = (() => {
      try {
        return schedule(text);
      } catch (error) {
        return error;
      }
    })();
    expect(caught).toBeInstanceOf(OrreryError);
    expect((caught as ScenarioError).problems.map(({ path }) => path)).toEqual([
      'pcpus',
      'domains[0].vcpus[0].kind',
      'domains[0].weight',
    ]);
    expect((caught as ScenarioError).message).toMatch(/pcpus: must be .*; domains\[0\].*schedule --help/);
  });

  it('may have odd names', () => {
    const names = ['__proto__', 'constructor', '7', 'a.0'];
    const report = schedule(
      JSON.stringify({ ...good, domains: names.map((name) => ({ name, vcpus: [hog] })) }),
    ) as CreditReport;
    expect(Object.keys(report.domains).sort()).toEqual([...names].sort());
  });
});

describe('the trace', () => {
  it('has every decision, where the report has the first 2000', () => {
    const io = { kind: 'periodic', runUs: 100, sleepUs: 400 };
    const text = JSON.stringify({ ...good, durationMs: 3000, domains: [{ name: 'io', vcpus: [io, hog, hog] }] });
    const lines: string[] = [];
    const report = schedule(text, { trace: (line) => lines.push(line) }) as CreditReport;
    expect(lines.length).toBe(report.totals.decisions);
    expect(lines.length).toBeGreaterThan(4000);
    expect(lines.slice(0, 2000).map((line) => JSON.parse(line))).toEqual(report.trace);
    expect(schedule(text)).toEqual(report);
  });
});

describe('odd settings', () => {
  const decisions = (scenario: object) => (schedule(JSON.stringify({ ...good, ...scenario })) as CreditReport).trace;

  it('a rate limit above the slice is the slice', () => {
    const io = { kind: 'periodic', runUs: 200, sleepUs: 900, phaseUs: 10 };
    const scenario = {
      pcpus: 1,
      tsliceMs: 2,
      domains: [
        { name: 'io', vcpus: [io] },
        { name: 'hog', vcpus: [hog, hog] },
      ],
    };
    expect(decisions({ ...scenario, ratelimitUs: 1_000_000 })).toEqual(decisions({ ...scenario, ratelimitUs: 2000 }));
    expect(decisions({ ...scenario, ratelimitUs: 1999 })).not.toEqual(decisions({ ...scenario, ratelimitUs: 2000 }));
  });

  it('a slice of 1 ms ticks once per slice, and pCPUs may not steal at 0 ms: they came up 1 ms before', () => {
    const scenario = { pcpus: 2, tsliceMs: 1, domains: ['a', 'b'].map((name) => ({ name, vcpus: [hog] })) };
    expect(decisions({ ...scenario, tsliceMs: 2 }).some(({ tUs, stolenFrom }) => tUs === 0 && stolenFrom === 0)).toBe(
      true,
    );
    expect(decisions(scenario).some(({ tUs, stolenFrom }) => tUs === 0 && stolenFrom !== null)).toBe(false);
  });

  it('a cap may be above 100, and binds all vCPUs together', () => {
    const report = schedule(
      JSON.stringify({ pcpus: 4, durationMs: 30_000, domains: [{ name: 'a', cap: 250, vcpus: [hog, hog, hog, hog] }] }),
    ) as CreditReport;
    expect(report.domains['a']!.share).toBeCloseTo(250 / 400, 2);
  });
});

describe('rounding', () => {
  it('takes exact ties to the even digit, as the recorded traces do', () => {
    expect([rounded(34575.0625, 3), rounded(38700.4375, 3)]).toEqual([34575.062, 38700.438]);
    expect([rounded(0.0078125, 6), rounded(2.5, 0), rounded(3.5, 0)]).toEqual([0.007812, 2, 4]);
    expect([rounded(1.0005, 3), rounded(0, 3), rounded(14417.849710982659, 3)]).toEqual([1.0, 0, 14417.85]);
  });
});
