import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Condition, KubeObject } from '../../src/api/meta.ts';
import type { CommandEntry } from '../../src/cli/command.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { plan } from '../../src/programs/plan.ts';
import { memoryTerminal } from '../support/memory-terminal.ts';

const entries: readonly CommandEntry[] = [{ name: 'plan', summary: '', load: async () => plan }];

async function orrery(yaml: string, ...args: string[]) {
  const terminal = memoryTerminal({ input: yaml, columns: 200 });
  const code = await runCommandLine(['plan', '-f', '-', ...args], entries, { version: '0', terminal });
  return { code, ...terminal.written };
}

type Item = KubeObject & { readonly spec: Record<string, unknown>; readonly status: Record<string, unknown> };

async function items(yaml: string): Promise<Item[]> {
  const { code, out, err } = await orrery(yaml, '-o', 'json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  const list = JSON.parse(out);
  expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List' });
  return list.items;
}

const named = (all: readonly Item[], name: string) => all.find(({ metadata }) => metadata.name === name)!;
const condition = ({ status }: Item, type: string) =>
  (status['conditions'] as readonly Condition[]).find((one) => one.type === type);

const header = '---\napiVersion: orrery.dev/v1alpha1\n';
const object = (kind: string, name: string, spec: string, annotations = '') =>
  `${header}kind: ${kind}\nmetadata: {name: ${name}, annotations: {${annotations}}}\nspec: {${spec}}\n`;
const host = (name: string, more = '') =>
  object('Host', name, `cpu: {coresPerSocket: 4, mhz: 2000}, memory: {size: 16Gi}, networks: [{name: lan}]${more}`);
const vm = (name: string, more = '', annotations = '') =>
  object('VirtualMachine', name, `nics: [{network: lan}]${more}`, annotations);
const big = ', memory: {size: 12Gi, reservation: 12Gi}';

describe('orrery plan', () => {
  it('refuses a bare n, which is a boolean; a bare Off of power is the word, with a warning', async () => {
    const { code, out, err } = await orrery(host('h1') + vm('idle', ', power: Off') + vm('grouped', ', cluster: n'));
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/^orrery: warning: standard input:10: kubectl reads a bare Off as a boolean/),
      expect.stringMatching(
        /^orrery: standard input:15: VirtualMachine grouped: spec\.cluster: .*put it in quotes, "n" \(correct the manifest and try again\)$/,
      ),
    ]);
  });

  it('tells of everything that is refused, in the order of the files, with one advice at the end', async () => {
    const fault = object('Fault', 'f', 'target: {kind: Host, name: h1}, type: Crsh');
    const bad = vm('first', ', memory: {size: 1}') + fault + host('h1', ', powr: "On"');
    const { code, err } = await orrery(bad + vm('there', '', 'orrery.dev/host: h1') + host('h2', ', powr: x'));
    expect(code).toBe(1);
    const lines = err.trimEnd().split('\n');
    expect(lines.map((line) => /^orrery: standard input:\d+: (\w+ \w+): /.exec(line)?.[1])).toEqual([
      'VirtualMachine first',
      'Fault f',
      'Host h1',
      'Host h2',
    ]);
    expect(err.match(/correct the manifest/g)).toHaveLength(1);
    expect(lines.at(-1)).toMatch(/\(correct the manifest and try again\)$/);
  });

  it('admits and places in the order of the files, and says what refuses the rest', async () => {
    const all = await items(vm('z', big) + vm('a', big) + host('h1') + host('h2', ', maintenance: true'));
    expect(all.map(({ metadata }) => metadata.name)).toEqual(['z', 'a', 'h1', 'h2']);
    const [z, a] = [named(all, 'z'), named(all, 'a')];
    expect(z.status).toMatchObject({ host: 'h1', phase: 'PoweringOn', observedGeneration: 1 });
    expect(condition(z, 'Admitted')).toMatchObject({ status: 'True', observedGeneration: 1 });
    expect(condition(z, 'Placed')?.message).toContain('on h1, the only host that fits');
    expect(a.status['host']).toBeUndefined();
    expect(condition(a, 'Admitted')).toMatchObject({
      status: 'False',
      reason: 'NoSuitableHost',
      message:
        '1 host in maintenance, 1 lacks 8.54 GiB; nearest h1: 3.73 GiB unreserved, needs 12.27 = 12.00 reservation + 0.27 overhead',
    });
    expect(named(all, 'h2').status).toMatchObject({ maintenance: 'In', connection: 'Connected' });
  });

  it('takes what an annotation says runs on a host as running there, with its steady demand, and carries nothing out', async () => {
    const load = ', workload: {constant: {cpuPercent: 50}}';
    const all = await items(host('h1') + host('h2') + vm('new', load) + vm('old', load, 'orrery.dev/host: h1'));
    expect(named(all, 'old').status).toMatchObject({
      host: 'h1',
      phase: 'Running',
      power: 'On',
      guest: { state: 'Running', heartbeat: 'Green' },
      cpu: { demandMHz: 1000, usedMHz: 1000 },
    });
    expect(condition(named(all, 'old'), 'Ready')).toMatchObject({ status: 'True', reason: 'Running' });
    expect(named(all, 'h1').status).toMatchObject({ virtualMachines: 1, used: { cpuMHz: 1000 } });
    // The less loaded host, where it is not started.
    expect(named(all, 'new').status).toMatchObject({ host: 'h2', phase: 'PoweringOn' });
    expect(named(all, 'new').status['power']).toBeUndefined();
    expect(named(all, 'h2').status).toMatchObject({ virtualMachines: 0 });
  });

  it('leaves alone what is to be off, and what belongs to time', async () => {
    const fault = object('Fault', 'f', 'target: {kind: Host, name: h1}, type: Crash');
    const clock = object('Clock', 'default', 'paused: true');
    const all = await items(host('h1') + vm('idle', ', power: "Off"') + fault + clock);
    expect(named(all, 'idle').status).toMatchObject({ phase: 'Off' });
    expect(condition(named(all, 'idle'), 'Placed')).toMatchObject({ status: 'False', reason: 'PoweredOff' });
    expect(named(all, 'h1').status).toMatchObject({ power: { state: 'On' }, connection: 'Connected' });
    expect(named(all, 'f')).toMatchObject({ kind: 'Fault', spec: { type: 'Crash' } });
    expect(named(all, 'f').status).toBeUndefined();
  });

  it('prints the same as YAML, with what YAML 1.1 would misread in quotes', async () => {
    const yaml = host('h1') + vm('a');
    const { out } = await orrery(yaml, '-o', 'yaml');
    expect(parse(out)).toEqual(JSON.parse((await orrery(yaml, '-o', 'json')).out));
    expect(out).toContain('state: "On"');
    expect(out).toMatch(/creationTimestamp: "2010-11-01T00:00:00Z"/);
  });

  it('prints a table for people: who goes where, why, why not elsewhere, and what each policy says', async () => {
    const yaml =
      host('h1') +
      host('h2', ', maintenance: true') +
      vm('z', big) +
      vm('a', big) +
      vm('idle', ', power: "Off"') +
      vm('old', '', 'orrery.dev/host: h1') +
      object('Cluster', 'c', 'drs: {enabled: true}');
    const { code, out } = await orrery(yaml);
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      'VM    HOST     CPU     MEMORY  WHY',
      'z     h1       50.0 %  81.3 %  the only host that fits; h2 in maintenance',
      'a     refused                  NoSuitableHost: 1 host in maintenance, 1 lacks 8.67 GiB; nearest h1: 3.61 GiB unreserved, needs 12.27 = 12.00 reservation + 0.27',
      '                               overhead',
      'idle  -                        off: a host is chosen when it is powered on',
      'old   h1                       runs there',
      '',
      '1 placed, 1 refused, 1 off, 1 running',
      "CPU, MEMORY: the share of the host's that is configured once the VM has come",
      '',
      'HOST  VMS  CPU RESERVED   MEMORY RESERVED     CONFIGURED  STATE',
      'h1    2    0 of 8000 MHz  12.39 of 16.00 GiB  50 %, 81 %  in service',
      'h2    0    0 of 8000 MHz  0.00 of 16.00 GiB   0 %, 0 %    in maintenance',
      '',
      'CONFIGURED: CPU and memory that its VMs could use at most, as shares of what it has',
      '',
      'CLUSTER  SAYS             WHY',
      'c        NothingActsOnIt  VMs that name it are placed on its hosts, but nothing acts on spec.drs in this version',
      '',
    ]);
  });

  it('folds what is said of many VMs, unless --all is given', async () => {
    const many = Array.from({ length: 70 }, (_, i) => vm(`vm-${String(i + 1).padStart(2, '0')}`)).join('');
    const yaml = host('h1') + host('h2') + many + vm('big-1', ', cpu: {count: 9}') + vm('big-2', ', cpu: {count: 9}');
    const { out } = await orrery(yaml);
    expect(out.split('\n').slice(0, 6)).toEqual([
      'VM                  HOST     WHY',
      'vm-01 … vm-69 (35)  h1       the least loaded of 2 hosts that fit',
      'vm-02 … vm-70 (35)  h2       the least loaded of 2 hosts that fit',
      'big-1 … big-2 (2)   refused  TooManyVCPUs: 2 hosts have fewer than 9 hardware threads',
      '',
      '70 placed, 2 refused',
    ]);
    expect(out).toContain('h1    35   ');
    expect((await orrery(yaml, '--all')).out.split('\n').filter((line) => /^vm-\d/.test(line))).toHaveLength(70);
  });

  it('counts what it has put on a datastore', async () => {
    const disk = ', disks: [{name: root, size: 20Gi, datastore: san1, provisioning: Thick}]';
    const on = ', datastores: [san1]';
    const all = await items(
      object('Datastore', 'san1', 'type: VMFS, backing: FibreChannel, capacity: 55Gi') +
        host('h1', on) +
        vm('a', `, memory: {size: 4Gi}${disk}`) +
        vm('b', `, memory: {size: 10Gi}${disk}`) +
        vm('c', `, memory: {size: 10Gi, reservation: 10Gi}${disk}`),
    );
    expect(condition(named(all, 'b'), 'Admitted')).toMatchObject({ status: 'True' });
    expect(condition(named(all, 'c'), 'Admitted')).toMatchObject({
      status: 'False',
      reason: 'InsufficientDatastoreSpace',
      message: expect.stringContaining('san1 has 1.00 GiB free, needs 20.00 = 20.00 disks'),
    });
  });

  it('keeps namespaces apart', async () => {
    const elsewhere = host('h1').replace('name: h1', 'name: h1, namespace: lab');
    const all = await items(elsewhere + vm('a'));
    expect(condition(named(all, 'a'), 'Admitted')).toMatchObject({ status: 'False', reason: 'ReferenceNotFound' });
    const { out } = await orrery(
      elsewhere + host('h1') + vm('a') + vm('a').replace('name: a', 'name: a, namespace: lab'),
    );
    expect(out).toContain('default/a  h1');
    expect(out).toContain('lab/a      h1');
  });

  it.each([
    ['a wrong value', host('h1').replace('16Gi', '16 Gi'), 'standard input:5: Host h1: spec.memory.size: '],
    ['a VM on no host', host('h1') + vm('a', '', 'orrery.dev/host: h2'), 'there is no Host "h2"'],
    [
      'two Clocks',
      object('Clock', 'default', 'speed: 2') + object('Clock', 'default', 'speed: 20'),
      'standard input:9: Clock default: metadata.name: a namespace has one clock, and default has another at standard input:4',
    ],
    ['the same VM twice', host('h1') + vm('a') + vm('a', big), 'VirtualMachine a: metadata.name: it is declared at'],
    [
      'a wrong Fault',
      object('Fault', 'f', 'target: {kind: Host, name: h1}, type: Crash'),
      'Fault f: spec.target.name: there is no Host "h1"',
    ],
  ])('refuses %s, with file, line and field', async (_, yaml, text) => {
    const { code, out, err } = await orrery(yaml);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toContain(text);
  });

  it('wants files', async () => {
    const terminal = memoryTerminal();
    expect(await runCommandLine(['plan'], entries, { version: '0', terminal })).toBe(2);
    expect(terminal.written.err).toContain('-f is missing');
  });
});
