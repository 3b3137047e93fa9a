import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/api/meta.ts';
import type { CommandEntry } from '../../src/cli/command.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { sim } from '../../src/programs/sim.ts';
import type { SimReport } from '../../src/sim/report.ts';
import { memoryTerminal } from '../support/memory-terminal.ts';
import { spawned } from '../support/spawned.ts';

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-sim-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const entries: readonly CommandEntry[] = [{ name: 'sim', summary: '', load: async () => sim }];

async function orrery(yaml: string, ...args: string[]) {
  const terminal = memoryTerminal({ folder, input: yaml });
  const code = await runCommandLine(['sim', '-f', '-', ...args], entries, { version: '0', terminal });
  return { code, ...terminal.written };
}

async function report(yaml: string, ...args: string[]): Promise<SimReport> {
  const { code, out, err } = await orrery(yaml, '-o', 'json', ...args);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const header = 'apiVersion: orrery.dev/v1alpha1\n';
const host = (name: string, spec = '') => `---
${header}kind: Host
metadata: {name: ${name}}
spec: {cpu: {coresPerSocket: 4, mhz: 2000}, memory: {size: 16Gi}, networks: [{name: lan}]${spec}}
`;
const vm = (name: string, { spec = '', annotations = '' } = {}) => `---
${header}kind: VirtualMachine
metadata: {name: ${name}, annotations: {${annotations}}}
spec: {nics: [{network: lan}]${spec}}
`;

const find = ({ objects }: SimReport, kind: string, name: string) =>
  objects.items.find((item) => item.kind === kind && item.metadata.name === name) as
    | (KubeObject & { readonly spec: never; readonly status: Record<string, never> })
    | undefined;
const happened = ({ events }: SimReport, name: string) =>
  events.filter((event) => event.name === name).map(({ atSeconds, reason }) => `${atSeconds} ${reason}`);

describe('orrery sim', () => {
  it('prints one object: what it was given, what happened, what came of it', async () => {
    const result = await report(host('h1') + vm('a'), '--for', '1h', '--seed', '7');
    expect(Object.keys(result)).toEqual([
      'seed',
      'start',
      'end',
      'fidelity',
      'digest',
      'summary',
      'events',
      'violations',
      'objects',
    ]);
    expect(result).toMatchObject({
      seed: 7,
      start: '2010-11-01T00:00:00Z',
      end: '2010-11-01T01:00:00Z',
      fidelity: 'entitlement',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      violations: [],
      objects: { apiVersion: 'v1', kind: 'List' },
    });
    expect(result.events[0]).toEqual({
      atSeconds: 0,
      kind: 'VirtualMachine',
      name: 'a',
      reason: 'VMPlaced',
      message: expect.stringContaining('placed on h1'),
    });
    expect(happened(result, 'a')).toEqual(['0 VMPlaced', '0.2 VMPoweredOn']);
    expect(find(result, 'VirtualMachine', 'a')!.status).toMatchObject({ phase: 'Running', host: 'h1' });
    expect(find(result, 'Host', 'h1')!.metadata.managedFields).toBeUndefined();
  });

  it('prints the same bytes for the same seed, and others for another', async () => {
    const world = host('h1') + host('h2') + vm('a', { spec: ', workload: {diurnal: {minPercent: 5, maxPercent: 90}}' });
    const run = async (seed: string) => (await orrery(world, '-o', 'json', '--for', '3h', '--seed', seed)).out;
    const first = await run('1');
    expect(await run('1')).toBe(first);
    expect(await run('2')).not.toBe(first);
  });

  it('sums energy from the curves of the hosts, exactly', async () => {
    // 4 cores at 2 GHz; 2 vCPUs at 100 % are half of it: 200 W between 150 and 250.
    const busy = ', cpu: {count: 2}, workload: {constant: {cpuPercent: 100}}, guest: {bootSeconds: 0}';
    const { summary } = await report(host('h1') + vm('a', { spec: busy }), '--for', '10h');
    expect(summary.energyKilowattHours).toBeCloseTo(2, 3);
    expect(summary).toMatchObject({ hostHoursOn: 10, powerOns: 1, restarts: 0, migrations: 0, vmSecondsLost: 0 });
    const curve = ', watts: {curve: [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117]}';
    const g4 = await report(host('h1', curve) + vm('a', { spec: busy }), '--for', '10h');
    expect(g4.summary.energyKilowattHours).toBeCloseTo(1.02, 3);
    const off = await report(host('h1', ', power: "Off"') + host('h2', ', power: Standby'), '--for', '10h');
    expect(off.summary).toMatchObject({ energyKilowattHours: 0.1, hostHoursOn: 0 });
  });

  it('counts as SLA violation the time in which a host has nothing left and more is asked for', async () => {
    const steps = 'workload: {steps: [{atSeconds: 0, cpuPercent: 100}, {atSeconds: 1800, cpuPercent: 10}]}';
    const spec = `, cpu: {count: 4}, guest: {bootSeconds: 0}, ${steps}`;
    const { summary } = await report(
      host('h1') +
        host('h2') +
        vm('a', { spec: `${spec}, host: h1` }) +
        vm('b', { spec: `${spec}, host: h1` }) +
        vm('c', { spec: `${spec}, host: h2` }),
      '--for',
      '1h',
    );
    // h1 is asked for twice what it has for half of the hour, h2 for exactly what it has.
    expect(summary.slatahPercent).toBeCloseTo(25, 1);
    expect(summary).toMatchObject({ pdmPercent: 0, slavPercent: 0, esv: 0 });
  });

  it('powers a VM on where its annotation says, at 0 s and without admission', async () => {
    const spec = ', memory: {size: 12Gi, reservation: 12Gi}';
    const there = { spec, annotations: 'orrery.dev/host: h2' };
    const result = await report(host('h1') + host('h2') + vm('a', there) + vm('b', there) + vm('c'), '--for', '10m');
    expect(happened(result, 'a')).toEqual(['0.2 VMPoweredOn']);
    expect(happened(result, 'b')).toEqual(['0.2 VMPoweredOn']);
    expect(find(result, 'VirtualMachine', 'a')!.status).toMatchObject({ host: 'h2', phase: 'Running' });
    expect(find(result, 'VirtualMachine', 'b')!.status).toMatchObject({ host: 'h2', power: 'On' });
    // Both fit where nobody had to admit them; what is not annotated goes where there is room.
    expect(find(result, 'VirtualMachine', 'c')!.status).toMatchObject({ host: 'h1' });
  });

  it('lets objects come, change and go at their times', async () => {
    const later = vm('a', { spec: ', power: "Off"', annotations: 'orrery.dev/apply-after-seconds: "600"' });
    const guest = vm('b', {
      annotations: 'orrery.dev/apply-after-seconds: "60", orrery.dev/delete-after-seconds: "1200.5"',
    });
    const result = await report(host('h1') + vm('a') + later + guest, '--for', '1h');
    expect(happened(result, 'a')).toEqual(['0 VMPlaced', '0.2 VMPoweredOn', '600.1 VMPoweredOff']);
    expect(happened(result, 'b')).toEqual(['60 VMPlaced', '60.2 VMPoweredOn', '1200.6 VMPoweredOff']);
    expect(find(result, 'VirtualMachine', 'b')).toBeUndefined();
    expect(find(result, 'VirtualMachine', 'a')!.status).toMatchObject({ phase: 'Off' });
  });

  it('runs hosts slice by slice when it is told to, near what the formula says', async () => {
    const load = { spec: ', cpu: {count: 2}, workload: {constant: {cpuPercent: 50}}, guest: {bootSeconds: 0}' };
    const world = host('h1') + vm('a', load);
    const used = async (fidelity: string) => {
      const result = await report(world, '--for', '60s', '--fidelity', fidelity);
      expect(result.fidelity).toBe(fidelity);
      return (find(result, 'VirtualMachine', 'a')!.status['cpu'] as unknown as { usedMHz: number }).usedMHz;
    };
    expect(await used('entitlement')).toBe(2000);
    for (const fidelity of ['exact', 'sampled:20']) expect(Math.abs((await used(fidelity)) - 2000)).toBeLessThan(200);
  });

  it('starts when it is told to', async () => {
    const result = await report(host('h1'), '--for', '90s', '--start', '2020-02-29T12:00:00+02:00');
    expect(result).toMatchObject({ start: '2020-02-29T10:00:00Z', end: '2020-02-29T10:01:30Z' });
    expect(find(result, 'Host', 'h1')!.metadata.creationTimestamp).toBe('2020-02-29T10:00:00Z');
  });

  it('writes the events to a file while it runs', async () => {
    const result = await report(host('h1') + vm('a'), '--for', '1m', '--events', 'events.jsonl');
    const lines = fs.readFileSync(path.join(folder, 'events.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(result.events);
  });

  it('tells a person the same in a few lines', async () => {
    const { code, out } = await orrery(host('h1') + vm('a'), '--for', '1h');
    expect(code).toBe(0);
    expect(out).toMatch(
      /^1 h of 1 host and 1 VM in \d+\.\d s, seed 1, fidelity entitlement\n {2}energy {6}0\.1501 kWh in 1 host hours/,
    );
    expect(out).toContain('VMs         1 Running');
    expect(out).toContain('violations  none');
  });

  it('is ended by ctrl-C, and prints what happened so far', async () => {
    const file = path.join(folder, 'world.yaml');
    fs.writeFileSync(file, host('h1') + vm('a'));
    const main = path.resolve(import.meta.dirname, '../../src/main.ts');
    const events = path.join(folder, 'so-far.jsonl');
    const args = [main, 'sim', '-f', file, '--for', '1000d', '-o', 'json', '--events', events];
    const child = spawned(process.execPath, ['--disable-warning=ExperimentalWarning', ...args]);
    const isWritten = () => fs.existsSync(events) && fs.readFileSync(events, 'utf8').includes('VMPoweredOn');
    while (!isWritten()) await new Promise((resolve) => setTimeout(resolve, 20));
    child.process.kill('SIGINT');
    expect(await child.ended).toBe(130);
    const result: SimReport = JSON.parse(child.out());
    expect(happened(result, 'a')).toEqual(['0 VMPlaced', '0.2 VMPoweredOn']);
    expect(Date.parse(result.end)).toBeLessThan(Date.parse(result.start) + 1000 * 86_400_000);
  });
});

describe('what orrery sim refuses', () => {
  const fault = (target: string) => `---
${header}kind: Fault
metadata: {name: f}
spec: {target: {${target}}, type: Crash}
`;
  const clock = (name: string) => `---
${header}kind: Clock
metadata: {name: ${name}}
`;
  const mistakes: [string, string, string][] = [
    ['a wrong value', host('h1').replace('16Gi', '-1Gi'), 'standard input:5: Host h1: spec.memory.size: '],
    ['an unknown field', host('h1', ', colour: red'), 'standard input:5: Host h1: unknown field "spec.colour"'],
    [
      'an unknown kind',
      host('h1').replace('Host', 'Hots'),
      'standard input:2: Hots h1: orrery.dev/v1alpha1 has no kind Hots; did you mean Host?',
    ],
    [
      'a fault on nothing',
      host('h1') + fault('kind: Host, name: h2'),
      'standard input:10: Fault f: spec.target.name: there is no Host "h2" in namespace default (did you mean h1?)',
    ],
    [
      'a fault on a network that nothing is cabled to',
      host('h1') + fault('kind: Host, name: h1').replace('type: Crash', 'type: IsolateNetwork, network: lam'),
      'Fault f: spec.network: there is no Network "lam" in namespace default',
    ],
    [
      'two clocks',
      clock('default') + clock('default'),
      'standard input:8: Clock default: metadata.name: a namespace has one clock, and default has another at standard input:4: remove one',
    ],
    ['a clock of another name', clock('mine'), 'a namespace has one clock, and it is called default'],
    [
      'the same object twice',
      host('h1') + host('h1'),
      'standard input:9: Host h1: metadata.name: it is declared at standard input:4 already',
    ],
    [
      'a time that is none',
      vm('a', { annotations: 'orrery.dev/apply-after-seconds: soon' }),
      'standard input:4: VirtualMachine a: metadata.annotations["orrery.dev/apply-after-seconds"]: "soon" is not a number of seconds',
    ],
    [
      'an annotation with a slip of the pen',
      vm('a', { annotations: 'orrery.dev/apply-after-second: "60"' }),
      'standard input:4: VirtualMachine a: metadata.annotations["orrery.dev/apply-after-second"]: there is no such annotation; did you mean orrery.dev/apply-after-seconds?',
    ],
    [
      'a namespace that cannot be',
      host('h1').replace('name: h1', 'name: h1, namespace: Lab'),
      'standard input:4: Host h1: metadata.namespace: Invalid value: "Lab"',
    ],
    [
      'an end before the beginning',
      vm('a', { annotations: 'orrery.dev/apply-after-seconds: "60", orrery.dev/delete-after-seconds: "60"' }),
      'it is deleted at 60 s, and applied at 60 s only',
    ],
    [
      'a VM on no host',
      host('h1') + vm('a', { annotations: 'orrery.dev/host: h9' }),
      'there is no Host "h9" in namespace default',
    ],
    [
      'a VM on a host that is off',
      host('h1', ', power: "Off"') + vm('a', { annotations: 'orrery.dev/host: h1' }),
      'VirtualMachine a: metadata.annotations["orrery.dev/host"]: it cannot run there: h1 is Off',
    ],
    [
      'something wrong that comes later',
      vm('a', { annotations: 'orrery.dev/apply-after-seconds: "60"', spec: ', cpu: {count: 0}' }),
      'standard input:5: VirtualMachine a: spec.cpu.count: ',
    ],
  ];

  it.each(mistakes)('%s, with file, line and field', async (_, yaml, text) => {
    const { code, out, err } = await orrery(yaml, '--for', '1h');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(text);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it.each([
    [['--for', '0'], '--for: 0 is no time at all; give a span such as 90s, 1h30m or 2d'],
    [['--for', '0s'], '--for: 0s is no time at all'],
    [['--for', '-5m'], '--for: "-5m" is not a span of time'],
    [['--for', '90000d'], '--for: 90000d is longer than 3653d, the most there is'],
    [['--for', 'yesterday'], '--for: "yesterday" is not a span of time'],
    [[], '--for is missing'],
    [['--for', '1h', '--start', '2011-02-29T00:00:00Z'], '--start: "2011-02-29T00:00:00Z" is not a time'],
    [['--for', '1h', '--start', 'noon'], '--start: "noon" is not a time such as 2010-11-01T00:00:00Z'],
    [['--for', '1h', '--fidelity', 'exactly'], '--fidelity: "exactly" is'],
    [['--for', '1h', '--fidelity', 'sampled:0'], '--fidelity: "sampled:0" is none of exact, sampled:N'],
    [['--for', '1h', '--seed', 'x'], '--seed: "x" is not a whole number'],
  ])('usage %j with exit code 2', async (args, text) => {
    const { code, err } = await orrery(host('h1'), ...args);
    expect(code).toBe(2);
    expect(err).toContain(text);
  });
});
