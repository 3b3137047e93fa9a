import { describe, expect, it } from 'vitest';
import { ScenarioError } from '../../../src/hypervisor/schedulers/scenario/scenario-error.ts';
import { schedule } from '../../../src/hypervisor/schedulers/scenario/schedule.ts';
import type { ShareReport } from '../../../src/hypervisor/schedulers/scenario/share-report.ts';

const cpu = { kind: 'cpu' };
const host = { sockets: 2, coresPerSocket: 4, threadsPerCore: 1, mhz: 2000, numaNodes: 2, llcPerSocket: 1 };
/** The example of api.md. */
const example = {
  scheduler: 'proportional-share',
  durationMs: 5000,
  host,
  virtualMachines: [
    {
      name: 'a',
      shares: 2000,
      reservationMHz: 0,
      limitMHz: 0,
      maxSkew: 'Relaxed',
      numa: 'Wide',
      vcpus: [cpu, { kind: 'periodic', runUs: 1000, sleepUs: 9000 }],
    },
  ],
};
const run = (scenario: object) => schedule(JSON.stringify(scenario)) as ShareReport;

function problemsOf(change: object): Record<string, string> {
  try {
    run({ ...example, ...change });
  } catch (error) {
    if (error instanceof ScenarioError) return Object.fromEntries(error.problems.map((p) => [p.path, p.message]));
    throw error;
  }
  return {};
}
const machine = (change: object) => ({ virtualMachines: [{ ...example.virtualMachines[0], ...change }] });

describe('a scenario for proportional share', () => {
  it('prints what api.md says, and nothing else', () => {
    const counters = {
      usedMHz: expect.any(Number),
      runPercent: expect.any(Number),
      usedPercent: expect.any(Number),
      readyPercent: expect.any(Number),
      coStopPercent: expect.any(Number),
      limitedPercent: expect.any(Number),
      waitPercent: expect.any(Number),
    };
    const vcpu = {
      ...counters,
      maxSkewMs: expect.any(Number),
      node: expect.any(Number),
      package: expect.any(Number),
      core: expect.any(Number),
      moves: {
        core: expect.any(Number),
        cache: expect.any(Number),
        package: expect.any(Number),
        node: expect.any(Number),
      },
    };
    const report = run(example);
    expect(report).toEqual({
      virtualMachines: { a: { ...counters, vcpus: [vcpu, vcpu] } },
      totals: { idlePercent: expect.any(Number), decisions: expect.any(Number), contextSwitches: expect.any(Number) },
    });
    expect(Object.keys(report.virtualMachines['a']!)).toEqual([...Object.keys(counters), 'vcpus']);
    expect(report.virtualMachines['a']).toMatchObject({
      usedMHz: 2200,
      runPercent: 110,
      usedPercent: 110,
      waitPercent: 90,
    });
    expect(report.totals.idlePercent).toBeCloseTo(100 - 110 / 8, 5);
  });

  it('adds up to 100 % for each vCPU, and the vCPUs to their machine', () => {
    const busy = ['a', 'b', 'c', 'd'].map((name, index) => ({
      name,
      limitMHz: index === 3 ? 900 : 0,
      vcpus: [
        cpu,
        cpu,
        {
          kind: 'bursts',
          bursts: [
            [700, 300],
            [9000, 1000],
          ],
        },
      ],
    }));
    const { virtualMachines } = run({ ...example, virtualMachines: busy });
    // From the start on, nobody is ever above his limit.
    expect(virtualMachines['d']!.usedMHz).toBeLessThanOrEqual(900);
    expect(virtualMachines['d']!.usedMHz).toBeGreaterThan(0.98 * 900);
    for (const { vcpus, ...sums } of Object.values(virtualMachines)) {
      for (const vcpu of vcpus) {
        const { runPercent, readyPercent, coStopPercent, waitPercent, limitedPercent } = vcpu;
        expect(runPercent + readyPercent + coStopPercent + waitPercent).toBeCloseTo(100, 4);
        expect(readyPercent).toBeGreaterThanOrEqual(limitedPercent);
      }
      for (const key of Object.keys(sums) as (keyof typeof sums)[]) {
        expect(vcpus.reduce((sum, vcpu) => sum + vcpu[key], 0)).toBeCloseTo(sums[key], 4);
      }
    }
  });

  it('says null for the place of a vCPU that never ran', () => {
    const late = { kind: 'periodic', runUs: 1, sleepUs: 1, phaseUs: 60_000_000 };
    const { virtualMachines } = run({ ...example, virtualMachines: [{ name: 'a', vcpus: [late] }] });
    expect(virtualMachines['a']!.vcpus[0]).toMatchObject({ node: null, package: null, core: null, waitPercent: 100 });
  });

  it('is the same every time, seed or not', () => {
    expect(run({ ...example, seed: 7 })).toEqual(run(example));
  });

  it('is chosen by the flag, whatever the file says', () => {
    const text = JSON.stringify({ ...example, scheduler: 'credit' });
    expect(schedule(text, { scheduler: 'proportional-share' })).toEqual(run(example));
    expect(() => schedule(text)).toThrow(/pcpus: must be an integer from 1 to 256, is missing/);
  });

  it('traces every decision', () => {
    const lines: { tUs: number; pcpu: number; vcpu: string; pulledFrom: number | null }[] = [];
    const report = schedule(JSON.stringify(example), { trace: (line) => lines.push(JSON.parse(line)) }) as ShareReport;
    expect(lines).toHaveLength(report.totals.decisions);
    expect(new Set(lines.map(({ vcpu }) => vcpu))).toEqual(new Set(['a.0', 'a.1', 'idle']));
    expect(lines.every(({ tUs }, index) => tUs >= (lines[index - 1]?.tUs ?? 0))).toBe(true);
  });

  it.each([
    [{ host: undefined }, 'host', 'must be an object, is missing'],
    [{ host: { ...host, sockets: 0 } }, 'host.sockets', 'must be an integer from 1 to 64, is 0'],
    [{ host: { ...host, mhz: 0 } }, 'host.mhz', /from 1 to 100000, is 0/],
    [{ host: { ...host, numaNodes: 3 } }, 'host.numaNodes', 'must divide the 2 sockets evenly, is 3'],
    [{ host: { ...host, sockets: 3 } }, 'host.numaNodes', 'must divide the 3 sockets evenly, is 2'],
    [{ host: { ...host, llcPerSocket: 3 } }, 'host.llcPerSocket', 'must divide the 4 cores of a socket evenly, is 3'],
    [
      { host: { ...host, sockets: 64, coresPerSocket: 8, numaNodes: 1 } },
      'host',
      /256 hardware threads at most, has 512/,
    ],
    [{ host: { ...host, threadPerCore: 2 } }, 'host.threadPerCore', 'is unknown; did you mean threadsPerCore?'],
    [{ virtualMachines: [] }, 'virtualMachines', 'must hold 1 to 512 entries, holds 0'],
    [{ durationMs: 1e12 }, 'durationMs', /from 1 to 86400000, is 1000000000000/],
    [machine({ shares: 0 }), 'virtualMachines[0].shares', 'must be an integer from 1 to 1000000, is 0'],
    [machine({ shares: 1e9 }), 'virtualMachines[0].shares', /is 1000000000/],
    [machine({ reservationMHz: -1 }), 'virtualMachines[0].reservationMHz', /is -1/],
    [machine({ reservationMHz: 4001 }), 'virtualMachines[0].reservationMHz', /from 0 to 4000 \(2 vCPUs of 2000 MHz\)/],
    [machine({ reservationMHz: 900, limitMHz: 800 }), 'virtualMachines[0].reservationMHz', /not be above limitMHz 800/],
    [machine({ maxSkew: 'strict' }), 'virtualMachines[0].maxSkew', /is "strict"; did you mean Strict\?/],
    [machine({ numa: 'wide' }), 'virtualMachines[0].numa', /did you mean Wide\?/],
    [machine({ affinity: [8] }), 'virtualMachines[0].affinity[0]', 'must be an integer from 0 to 7, is 8'],
    [
      machine({ affinity: [0, 1], numaNodeAffinity: [1] }),
      'virtualMachines[0].numaNodeAffinity',
      'must name the node of a pCPU in affinity, names none',
    ],
    [
      {
        virtualMachines: [
          { name: 'free', reservationMHz: 2000, vcpus: [cpu] },
          { name: 'a', affinity: [4, 5], reservationMHz: 2500, vcpus: [cpu, cpu] },
          { name: 'b', affinity: [5], reservationMHz: 1600, vcpus: [cpu] },
        ],
      },
      'virtualMachines[1].reservationMHz',
      'cannot be had: a, b may run on 2 cores of 2000 MHz only and reserve 4100 MHz there',
    ],
    [machine({ vcpus: Array(9).fill(cpu) }), 'virtualMachines[0].vcpus', 'must hold 1 to 8 entries, holds 9'],
    [machine({ vcpus: [{ kind: 'yield', runUs: 0 }] }), 'virtualMachines[0].vcpus[0].runUs', /is 0/],
    [
      {
        virtualMachines: [0, 1, 2].map((i) => ({ name: `m${i}`, reservationMHz: 6000, vcpus: [cpu, cpu, cpu] })),
      },
      'virtualMachines',
      'reserve 18000 MHz together, more than the host has (8 cores of 2000 MHz)',
    ],
  ] as const)('is refused for %j, and the field is named', (change, path, message) => {
    const problems = problemsOf(change);
    expect(Object.keys(problems)).toEqual([path]);
    if (typeof message === 'string') expect(problems[path]).toBe(message);
    else expect(problems[path]).toMatch(message);
  });

  it('that would run for hours is refused before it starts', () => {
    const busy = machine({ vcpus: [{ kind: 'periodic', runUs: 1, sleepUs: 0 }] });
    expect(problemsOf({ ...busy, durationMs: 3_600_000 })['virtualMachines[0].vcpus[0]']).toMatch(
      /at most 100 million/,
    );
  });
});
