import { describe, expect, it } from 'vitest';
import type { SimReport } from '../../src/sim/report.ts';
import { conditionOf, eventsOf, hostYaml, itemOf, sanYaml, simulate, vmYaml, yamlOf } from '../support/simulate.ts';

/** Strikes at 60 s for 100 s. */
function faultYaml(name: string, type: string, target: string, more = '', annotations = ''): string {
  const [kind, of] = target.split('/');
  const times = /afterSeconds/.test(more) ? '' : ', afterSeconds: 60, durationSeconds: 100';
  return yamlOf('Fault', name, `type: ${type}, target: {kind: ${kind}, name: ${of}}${times}${more}`, annotations);
}

/** What befalls each host, by its name; on each runs a VM `on-NAME`. */
const ofHosts: Readonly<Record<string, string>> = {
  crash: 'Crash',
  hang: 'Hang',
  cut: 'PowerCut',
  iso: 'IsolateNetwork',
  part: 'PartitionNetwork',
  slow: 'SlowNetwork',
  path: 'PathLoss',
  apd: 'LoseDatastore',
  agent: 'StopAgent',
  wake: 'FailWake',
  bmc: 'BMCUnreachable',
};

const physical = [
  sanYaml,
  yamlOf('Datastore', 'san2', 'capacity: 30Gi'),
  ...Object.entries(ofHosts).map(([name, type]) => {
    return hostYaml(name) + vmYaml(`on-${name}`, `host: ${name}`) + faultYaml(name, type, `Host/${name}`);
  }),
  hostYaml('device') + vmYaml('on-device', 'host: device'),
  faultYaml('device', 'LoseDatastore', 'Host/device', ', mode: DeviceLoss'),
  hostYaml('xen', 'hypervisor: {type: Xen}') + vmYaml('on-xen', 'host: xen'),
  faultYaml('xen', 'Dom0Crash', 'Host/xen'),
  vmYaml('hung', 'host: slow') + faultYaml('hung', 'GuestHang', 'VirtualMachine/hung'),
  vmYaml('crashed', 'host: slow') + faultYaml('crashed', 'GuestCrash', 'VirtualMachine/crashed'),
  faultYaml('ft', 'FTTestFailover', 'VirtualMachine/hung'),
  faultYaml('full', 'DatastoreFull', 'Datastore/san2'),
  faultYaml('disk', 'SlowDisk', 'Datastore/san2', ', percent: 20'),
].join('');

/** How a host and its VM stand: power, connection, Ready; phase, guest, stale instances. */
function standing(report: SimReport, name: string): unknown[] {
  const host = itemOf(report, 'Host', name);
  const vm = itemOf(report, 'VirtualMachine', `on-${name}`);
  const { power, connection } = host.status as { power: { state: string }; connection: string };
  const { phase, guest, staleInstances = [] } = vm.status as { phase: string; guest: object; staleInstances: string[] };
  return [power.state, connection, conditionOf(host, 'Ready')?.status, phase, guest, staleInstances.length];
}

const well = ['On', 'Connected', 'True', 'Running', { state: 'Running', heartbeat: 'Green' }, 0];
const stopped = { state: 'Stopped', heartbeat: 'Gray' };
const green = { state: 'Running', heartbeat: 'Green' };
const red = { state: 'Running', heartbeat: 'Red' };

const phaseOf = (report: SimReport, name: string) => itemOf(report, 'Fault', name).status['phase'];
const guestOf = (report: SimReport, name: string) => itemOf(report, 'VirtualMachine', name).status['guest'];

describe('Fault objects', () => {
  it.each([
    ['crash', ['Failed', 'NotResponding', 'False', 'Pending', stopped, 0]],
    ['xen', ['Failed', 'NotResponding', 'False', 'Pending', stopped, 0]],
    ['hang', ['On', 'NotResponding', 'False', 'Running', red, 0]],
    ['cut', ['Off', 'Disconnected', 'False', 'Pending', stopped, 0]],
    ['iso', ['On', 'NotResponding', 'False', 'Running', green, 0]],
    ['part', ['On', 'NotResponding', 'False', 'Running', green, 0]],
    ['slow', well],
    ['path', well],
    ['apd', ['On', 'Connected', 'True', 'Running', green, 1]],
    ['device', ['On', 'Connected', 'True', 'Running', green, 1]],
    ['agent', ['On', 'AgentDown', 'False', 'Running', green, 0]],
    ['wake', well],
    ['bmc', well],
  ])('of the host %s is what the host and its VM show, and it heals', async (name, expected) => {
    expect(standing(await early(), name)).toEqual(well);
    expect(phaseOf(await early(), name)).toBe('Pending');
    expect(standing(await during(), name)).toEqual(expected);
    expect(itemOf(await during(), 'Fault', name).status).toMatchObject({
      phase: 'Active',
      startedAt: '2010-11-01T00:01:00Z',
      observedGeneration: 1,
    });
    expect(standing(await late(), name)).toEqual(well);
    const fault = itemOf(await late(), 'Fault', name);
    expect(fault.status).toMatchObject({ phase: 'Healed', finishedAt: '2010-11-01T00:02:40Z' });
    expect(conditionOf(fault, 'Ready')).toMatchObject({ status: 'True', reason: 'Healed', message: 'lasted 100 s' });
  });

  it('of guests: one hangs and goes on, the other crashes and is started again', async () => {
    expect(guestOf(await during(), 'hung')).toEqual({ state: 'Hung', heartbeat: 'Red' });
    expect(guestOf(await during(), 'crashed')).toEqual({ state: 'Crashed', heartbeat: 'Red' });
    expect(guestOf(await late(), 'hung')).toEqual(green);
    expect(guestOf(await late(), 'crashed')).toEqual(green);
    expect(eventsOf(await late(), 'crashed')).toContain('160 VMReset');
    expect(eventsOf(await late(), 'hung')).not.toContain('160 VMReset');
  });

  it('that cannot strike say why', async () => {
    const fault = itemOf(await during(), 'Fault', 'ft');
    expect(fault.status).toMatchObject({ phase: 'Failed' });
    const message = 'hung has no secondary that could take over; it never will: delete this Fault';
    expect(conditionOf(fault, 'Ready')).toMatchObject({ status: 'False', reason: 'CannotStrike', message });
    expect(conditionOf(fault, 'Stalled')).toMatchObject({ status: 'True', message });
  });

  it('of a datastore: a full one takes no new VM until it heals', async () => {
    const vm = vmYaml('late', '', 'orrery.dev/apply-after-seconds: "5"');
    const yaml =
      sanYaml +
      hostYaml('h1') +
      faultYaml('full', 'DatastoreFull', 'Datastore/san1', ', afterSeconds: 1, durationSeconds: 60');
    const full = await simulate(yaml + vm, { forSeconds: 30 });
    const admitted = conditionOf(itemOf(full, 'VirtualMachine', 'late'), 'Ready');
    expect(admitted).toMatchObject({ status: 'False', reason: 'InsufficientDatastoreSpace' });
    const healed = await simulate(yaml + vm, { forSeconds: 200 });
    expect(itemOf(healed, 'VirtualMachine', 'late').status['phase']).toBe('Running');
  });

  it('on a host that comes later waits for it', async () => {
    const fault = faultYaml('early', 'Hang', 'Host/h2', ', afterSeconds: 1');
    const yaml =
      fault +
      sanYaml +
      hostYaml('h1') +
      hostYaml('h2').replace('annotations: {}', 'annotations: {orrery.dev/apply-after-seconds: "30"}');
    const waiting = await simulate(yaml, { forSeconds: 20 });
    expect(conditionOf(itemOf(waiting, 'Fault', 'early'), 'Ready')).toMatchObject({
      status: 'False',
      message: 'there is no host h2; it strikes as soon as it can',
    });
    const struck = await simulate(yaml, { forSeconds: 40 });
    expect(phaseOf(struck, 'early')).toBe('Active');
    expect(itemOf(struck, 'Host', 'h2').status['connection']).toBe('NotResponding');
  });

  it('heal when they are deleted', async () => {
    const hang = faultYaml('hang', 'Hang', 'Host/h1', ', afterSeconds: 5', 'orrery.dev/delete-after-seconds: "50"');
    const yaml = sanYaml + hostYaml('h1') + vmYaml('a') + hang;
    const report = await simulate(yaml, { forSeconds: 49 });
    expect(itemOf(report, 'Host', 'h1').status['connection']).toBe('NotResponding');
    const healed = await simulate(yaml, { forSeconds: 60 });
    expect(itemOf(healed, 'Host', 'h1').status['connection']).toBe('Connected');
    expect(healed.objects.items.some(({ kind }) => kind === 'Fault')).toBe(false);
  });

  it.each(['controllers', 'apiserver', 'datacenter'])(
    'of the %s: it stops for as long as the fault lasts',
    async (name) => {
      const yaml =
        sanYaml +
        hostYaml('h1') +
        faultYaml('down', 'Crash', `Management/${name}`, ', afterSeconds: 10, durationSeconds: 60') +
        vmYaml('late', '', 'orrery.dev/apply-after-seconds: "20"');
      const report = await simulate(yaml, { forSeconds: 200 });
      const [on] = eventsOf(report, 'late').filter((event) => event.endsWith('VMPoweredOn'));
      expect(Number(on!.split(' ')[0])).toBeGreaterThan(70);
      expect(Number(on!.split(' ')[0])).toBeLessThan(110);
      expect(itemOf(report, 'Fault', 'down').status).toMatchObject({ phase: 'Healed' });
    },
  );
});

const reports = new Map<number, Promise<SimReport>>();
function at(forSeconds: number): Promise<SimReport> {
  if (!reports.has(forSeconds)) reports.set(forSeconds, simulate(physical, { forSeconds }));
  return reports.get(forSeconds)!;
}
const early = () => at(59);
const during = () => at(100);
const late = () => at(500);
