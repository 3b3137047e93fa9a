import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import type { CreditReport } from '../../src/hypervisor/schedulers/scenario/credit-report.ts';
import type { ShareReport } from '../../src/hypervisor/schedulers/scenario/share-report.ts';
import { schedule } from '../../src/programs/schedule.ts';
import { root } from '../house/sources.ts';
import { goldenText } from '../hypervisor/schedulers/golden.ts';
import { memoryTerminal } from '../support/memory-terminal.ts';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-schedule-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const entries = [{ name: 'schedule', summary: '', load: async () => schedule }];

async function run(args: string, options: { readonly input?: string; readonly folder?: string } = {}) {
  const terminal = memoryTerminal({ folder, ...options });
  const exitCode = await runCommandLine(args.split(' '), entries, { version: '1.2.3', terminal });
  return { exitCode, ...terminal.written };
}

const good = { pcpus: 2, durationMs: 1000, domains: [{ name: 'a', vcpus: [{ kind: 'cpu' }, { kind: 'cpu' }] }] };
const shares = {
  durationMs: 1000,
  host: { sockets: 1, coresPerSocket: 1, mhz: 2000 },
  virtualMachines: [{ name: 'a', vcpus: [{ kind: 'cpu' }] }],
};

describe('orrery schedule', () => {
  it('prints what the expected block of a recorded scenario holds', async () => {
    const text = goldenText('smt-6hogs-4c8t');
    fs.writeFileSync(path.join(folder, 'golden.json'), text);
    const { exitCode, out, err } = await run('schedule golden.json');
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: '' });
    expect(JSON.parse(out)).toEqual(JSON.parse(text).expected);
  });

  it('puts each decision, sample and vCPU on a line of its own', async () => {
    const { out } = await run('schedule -', { input: goldenText('eq-2dom-1p') });
    const lines = out.split('\n');
    expect(lines[0]).toBe('{');
    expect(lines.filter((line) => line.includes('"stolenFrom"'))).toHaveLength(1000);
    expect(lines.every((line) => line.length < 400)).toBe(true);
    expect(out.endsWith('}\n')).toBe(true);
  });

  it('writes all decisions to the trace file, and the report stays the same', async () => {
    const io = { kind: 'periodic', runUs: 100, sleepUs: 300 };
    const input = JSON.stringify({ ...good, domains: [{ name: 'io', vcpus: [io, io, { kind: 'cpu' }] }] });
    const { exitCode, out } = await run('schedule - --trace t.jsonl', { input });
    expect(exitCode).toBe(0);
    const report = JSON.parse(out) as CreditReport;
    const lines = fs.readFileSync(path.join(folder, 't.jsonl'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(report.totals.decisions);
    expect(report.trace).toHaveLength(2000);
    expect(lines.slice(0, 2000).map((line) => JSON.parse(line))).toEqual(report.trace);
    expect((await run('schedule -', { input })).out).toBe(out);
  });

  it('takes the scheduler of the file, and the flag before that', async () => {
    const input = JSON.stringify({ ...shares, scheduler: 'proportional-share' });
    const { out } = await run('schedule -', { input });
    expect((JSON.parse(out) as ShareReport).virtualMachines['a']).toMatchObject({ usedMHz: 2000, runPercent: 100 });
    const flag = await run('schedule - --scheduler proportional-share', { input: JSON.stringify(shares) });
    expect(flag.out).toBe(out);
    const both = JSON.stringify({ ...good, scheduler: 'proportional-share' });
    expect(JSON.parse((await run('schedule - --scheduler=credit', { input: both })).out)).toHaveProperty('domains.a');
  });

  it.each([
    ['wrong.json', '{"pcpus": 0}', 1, 'pcpus: must be an integer from 1 to 256, is 0'],
    ['text.json', 'pcpus: 2', 1, 'is not JSON'],
    ['empty.json', '', 1, 'is not JSON'],
    ['lines.json', '{\n  "pcpus": 2,\n  "durationMs" 1\n}\n', 1, 'is not JSON'],
    ['marked.json', '\uFEFF{"pcpus": -1}', 1, 'pcpus: must be an integer from 1 to 256, is -1'],
    ['nan.json', '{"pcpus": NaN}', 1, 'pcpus: must be an integer from 1 to 256, is NaN'],
  ])('refuses %s and names the field', async (file, text, code, message) => {
    fs.writeFileSync(path.join(folder, file), text);
    const { exitCode, out, err } = await run(`schedule ${file}`);
    expect({ exitCode, out }).toEqual({ exitCode: code, out: '' });
    expect(err).toContain('orrery: the scenario cannot be run: ');
    expect(err).toContain(message);
    expect(err.trimEnd().split('\n').slice(1)).not.toContainEqual(expect.stringMatching(/^\S/));
  });

  it('tells of several wrong values a line each, and of none that only follows from another', async () => {
    const scenario = { pcpu: 4, durationMs: 0, domains: [{ name: 'a', cap: 50, vcups: [{ kind: 'cpu' }] }] };
    const { exitCode, out, err } = await run('schedule -', { input: JSON.stringify(scenario) });
    expect({ exitCode, out }).toEqual({ exitCode: 1, out: '' });
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^orrery: the scenario cannot be run: 3 problems, a line each \(.*--help\)$/),
      '  pcpu: is unknown; did you mean pcpus?',
      '  durationMs: must be an integer from 1 to 86400000, is 0',
      '  domains[0].vcups: is unknown; did you mean vcpus?',
    ]);
  });

  it('says which file is missing', async () => {
    const { exitCode, err } = await run('schedule no.json');
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: 'orrery: cannot read no.json: there is no such file (check the path)\n',
    });
    expect((await run('schedule .')).err).toContain('cannot read .: it is a folder');
    expect((await run('schedule')).exitCode).toBe(2);
    expect((await run('schedule a b')).exitCode).toBe(2);
    expect((await run('schedule a --scheduler credit2')).exitCode).toBe(2);
  });

  it('leaves the trace file alone when the scenario is refused, and says when it cannot be written', async () => {
    fs.writeFileSync(path.join(folder, 'old.jsonl'), 'mine');
    expect((await run('schedule - --trace old.jsonl', { input: '{}' })).exitCode).toBe(1);
    expect(fs.readFileSync(path.join(folder, 'old.jsonl'), 'utf8')).toBe('mine');
    const { exitCode, err } = await run('schedule - --trace no/where', { input: JSON.stringify(good) });
    expect(exitCode).toBe(1);
    expect(err).toContain('cannot write no/where: ');
  });
});

describe('the scenarios in docs/', () => {
  const fromDocs = (name: string) => run(`schedule docs/scenarios/${name}.json`, { folder: root });

  it('credit: the capped domain gets half a pCPU, the often woken hardly wait', async () => {
    const report = JSON.parse((await fromDocs('credit')).out) as CreditReport;
    expect(report.domains['capped']!.share).toBeLessThanOrEqual(0.255);
    expect(report.vcpus['dom0.0']!.wakeLatencyAvgUs).toBeLessThan(1000);
    expect(Object.keys(report.domains)).toEqual(['dom0', 'web', 'batch', 'capped']);
  });

  it('proportional share: reservation met, limit kept', async () => {
    const { virtualMachines } = JSON.parse((await fromDocs('proportional-share')).out) as ShareReport;
    expect(virtualMachines['database']!.usedMHz).toBeGreaterThan(3600 * 0.99);
    expect(virtualMachines['batch']!.usedMHz).toBeLessThan(500 * 1.02);
    expect(virtualMachines['batch']!.limitedPercent).toBeGreaterThan(0);
  });
});
