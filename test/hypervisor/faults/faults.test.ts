import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/hypervisor/backend.ts';
import type { FaultOrder } from '../../../src/hypervisor/faults/fault.ts';
import { ledgerViolations, violations } from '../../../src/hypervisor/invariants.ts';
import { config, datastore, hints, host, Lab, NAMESPACE, xenHost } from '../lab.ts';

const MINUTE = 60_000;
const h1 = { namespace: NAMESPACE, name: 'h1' };

/** A fault of a host, at once and until it is taken back. */
function fault(type: FaultOrder['type'], more: Partial<FaultOrder> = {}): FaultOrder {
  return {
    id: type,
    type,
    target: { kind: 'Host', name: 'h1' },
    afterMs: 0,
    group: '',
    mode: 'AllPathsDown',
    percent: 10,
    ...more,
  };
}

const ofGuest = (type: FaultOrder['type'], more: Partial<FaultOrder> = {}) =>
  fault(type, { target: { kind: 'Machine', name: 'a', uid: 'uid-a' }, ...more });
const ofDatastore = (type: FaultOrder['type'], more: Partial<FaultOrder> = {}) =>
  fault(type, { target: { kind: 'Datastore', name: 'san1' }, ...more });

/** Two hosts, a machine that runs on h1. */
async function running(): Promise<Lab> {
  const lab = await new Lab().rack('h1', 'h2');
  await lab.run('a');
  return lab;
}

async function strike(lab: Lab, order: FaultOrder): Promise<Lab> {
  lab.world.setFault(order);
  await lab.advance(0);
  return lab;
}

async function heal(lab: Lab, order: FaultOrder): Promise<void> {
  lab.world.removeFault(order.id);
  await lab.advance(0);
}

function report<K extends 'Datastore' | 'Network'>(lab: Lab, kind: K, name: string) {
  const all = lab.datacenter.find(NAMESPACE)!.snapshot();
  return all.find((one) => one.kind === kind && one.name === name) as Extract<Report, { kind: K }>;
}

/** Hosts that reach the datastore or network. */
function reach(lab: Lab, name: string): readonly string[] {
  return (report(lab, 'Datastore', name) ?? report(lab, 'Network', name)).hosts;
}

const again = (lab: Lab) => lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 }));
const off = (lab: Lab) => lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 });

describe('a fault', () => {
  it('strikes at its time and heals at its end', async () => {
    const lab = await running();
    const order = fault('Hang', { afterMs: 5000, durationMs: 10_000 });
    await strike(lab, order);
    expect(lab.world.fault('Hang')).toMatchObject({ phase: 'Pending' });
    await lab.advance(4999);
    expect((await lab.host('h1')).connection).toBe('Connected');
    await lab.advance(1);
    expect((await lab.host('h1')).connection).toBe('NotResponding');
    expect(lab.world.fault('Hang')).toMatchObject({ phase: 'Active' });
    await lab.advance(10_000);
    expect((await lab.host('h1')).connection).toBe('Connected');
    const { startedAt, finishedAt } = lab.world.fault('Hang')!;
    expect(finishedAt! - startedAt!).toBe(10_000);
    expect(lab.world.fault('Hang')).toMatchObject({ phase: 'Healed' });
  });

  it('leaves what another one does to the same target', async () => {
    const lab = await running();
    await strike(lab, fault('LoseDatastore', { id: 'one' }));
    await strike(lab, fault('LoseDatastore', { id: 'two', datastore: 'san1' }));
    lab.world.removeFault('one');
    await lab.advance(0);
    expect(reach(lab, 'san1')).toEqual(['h2']);
    lab.world.removeFault('two');
    await lab.advance(0);
    expect(reach(lab, 'san1')).toEqual(['h1', 'h2']);
  });

  it('on nothing fails, and strikes as soon as there is something', async () => {
    const lab = await running();
    await strike(lab, fault('Hang', { target: { kind: 'Host', name: 'h3' } }));
    expect(lab.world.fault('Hang')).toMatchObject({ phase: 'Failed', message: 'there is no host h3' });
    lab.world.upsertHost(host('h3'));
    await lab.advance(1);
    expect((await lab.host('h3')).connection).toBe('NotResponding');
    expect(lab.world.fault('Hang')).toMatchObject({ phase: 'Active', message: '' });
  });

  it('says why it cannot strike', async () => {
    const lab = await running();
    const futile = ['h1 runs ESX, which has no dom0: use Crash', 'a has no secondary that could take over'];
    const cases: [FaultOrder, string][] = [
      [fault('Dom0Crash'), 'h1 runs ESX, which has no dom0: use Crash'],
      [fault('IsolateNetwork', { network: 'moon' }), 'h1 is not cabled to the network moon'],
      [fault('LoseDatastore', { datastore: 'moon' }), 'h1 is not cabled to the datastore moon'],
      [fault('SlowNetwork', { target: { kind: 'Network', name: 'moon' } }), 'there is no network moon'],
      [fault('SlowDisk', { target: { kind: 'Datastore', name: 'moon' } }), 'there is no datastore moon'],
      [fault('GuestHang', { target: { kind: 'Machine', name: 'b', uid: undefined } }), 'there is no virtual machine b'],
      [ofGuest('FTTestFailover'), 'a has no secondary that could take over'],
    ];
    for (const [order, message] of cases) {
      await strike(lab, order);
      const isFutile = futile.includes(message);
      expect(lab.world.fault(order.id)).toMatchObject({ phase: 'Failed', message, isFutile });
    }
  });

  it('goes on after the datacenter was killed, and heals in its time', async () => {
    const lab = await running();
    await strike(lab, fault('LoseDatastore', { durationMs: 60_000 }));
    await lab.advance(20_000);
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    await lab.restart();
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    expect(reach(lab, 'san1')).toEqual(['h2']);
    await lab.advance(41_000);
    expect((await lab.machine('a')).staleInstances).toEqual([]);
    expect(lab.world.fault('LoseDatastore')).toMatchObject({ phase: 'Healed' });
  });
});

describe('what befalls a host', () => {
  it('Crash: power on, everything gone, locks run out; it does not come up before it heals, and then by itself', async () => {
    const lab = await running();
    const order = fault('Crash');
    await strike(lab, order);
    expect(await lab.host('h1')).toMatchObject({ power: 'Failed', connection: 'NotResponding', machines: [] });
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'HostFailed' } });
    expect(await lab.refused(again(lab))).toContain('FileLocked');
    await lab.advance(16_000);
    expect(await lab.call(again(lab))).toEqual({ epoch: 2 });
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(180_000);
    expect((await lab.host('h1')).power).toBe('Failed');
    await heal(lab, order);
    expect((await lab.host('h1')).power).toBe('PoweringOn');
    await lab.advance(180_000);
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'Connected' });
  });

  it('Dom0Crash: the same on Xen', async () => {
    const lab = await new Lab().rack();
    lab.world.upsertHost(xenHost('h1'));
    await lab.run('a');
    await strike(lab, fault('Dom0Crash'));
    expect(await lab.host('h1')).toMatchObject({ power: 'Failed', machines: [] });
  });

  it('Hang: no answer, machines stand still, locks are kept', async () => {
    const lab = await running();
    const order = fault('Hang');
    await strike(lab, order);
    await lab.advance(10 * MINUTE);
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'NotResponding', machines: ['uid-a'] });
    expect((await lab.machine('a')).guest.heartbeat).toBe('Red');
    expect(await lab.refused(again(lab))).toContain('FileLocked: h1 holds the lock');
    await heal(lab, order);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', epoch: 1, guest: { heartbeat: 'Green' } });
  });

  it('PowerCut: dead at once, its BMC too; with the power it comes up again', async () => {
    const lab = await running();
    const order = fault('PowerCut');
    await strike(lab, order);
    expect(await lab.host('h1')).toMatchObject({ power: 'Off', connection: 'Disconnected', machines: [] });
    expect(await lab.refused(lab.backend.setHostPower(h1, 'On'))).toBe('HostNotConnected: h1: its BMC does not answer');
    await heal(lab, order);
    await lab.advance(180_000);
    expect((await lab.host('h1')).power).toBe('On');
  });

  it('PowerCut of a host that was off: it stays off', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Off'));
    await lab.advance(30_000);
    await strike(lab, fault('PowerCut'));
    await heal(lab, fault('PowerCut'));
    await lab.advance(10 * MINUTE);
    expect((await lab.host('h1')).power).toBe('Off');
  });

  it('IsolateNetwork: it runs on, keeps its locks, and nobody reaches it', async () => {
    const lab = await running();
    const order = fault('IsolateNetwork');
    await strike(lab, order);
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'NotResponding', machines: ['uid-a'] });
    expect(reach(lab, 'lan')).toEqual(['h2']);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { heartbeat: 'Green' }, staleInstances: [] });
    expect(await lab.refused(off(lab))).toBe('HostNotConnected: h1 does not answer');
    expect(await lab.refused(lab.backend.powerOn(lab.request('b')))).toContain('HostNotConnected');
    await lab.advance(10 * MINUTE);
    expect(await lab.refused(again(lab))).toContain('FileLocked');
    await heal(lab, order);
    expect(await lab.host('h1')).toMatchObject({ connection: 'Connected' });
    await lab.call(off(lab));
  });

  it('IsolateNetwork of a network that carries no management: only its guests are cut off', async () => {
    const lab = await new Lab().rack();
    lab.world.upsertHost(
      host('h1', {
        networks: [
          { name: 'mgmt', roles: ['Management'], mbps: 1000 },
          { name: 'lan', roles: ['VirtualMachine'], mbps: 1000 },
        ],
      }),
    );
    await strike(lab, fault('IsolateNetwork', { network: 'lan' }));
    expect((await lab.host('h1')).connection).toBe('Connected');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a')))).toContain('NetworkNotAccessible');
  });

  it('PartitionNetwork: a group keeps together, apart from the rest', async () => {
    const lab = await new Lab().rack('h1', 'h2', 'h3');
    for (const name of ['h1', 'h2']) {
      await strike(lab, fault('PartitionNetwork', { id: name, target: { kind: 'Host', name }, group: 'left' }));
    }
    const [one, two, three] = ['h1', 'h2', 'h3'].map((name) => lab.site.hosts.get(name)!.segmentOn('lan'));
    expect(one).toBe(two);
    expect(one).not.toBe(three);
    expect((await lab.host('h1')).connection).toBe('NotResponding');
    expect((await lab.host('h3')).connection).toBe('Connected');
    await strike(lab, fault('IsolateNetwork', { id: 'alone' }));
    expect(lab.site.hosts.get('h1')!.segmentOn('lan')).not.toBe(two);
  });

  it('SlowNetwork, PathLoss: less bandwidth; without the last path there is none', async () => {
    const lab = await new Lab().rack('h1');
    const mbps = () => lab.site.hosts.get('h1')!.mbpsOn('lan');
    expect(mbps()).toBe(1000);
    await strike(lab, fault('SlowNetwork', { percent: 20 }));
    expect(mbps()).toBe(200);
    await strike(lab, fault('PathLoss', { target: { kind: 'Network', name: 'lan' } }));
    expect(mbps()).toBe(100);
    expect((await lab.host('h1')).connection).toBe('Connected');
    await strike(lab, fault('PathLoss', { id: 'second' }));
    expect(mbps()).toBe(0);
    expect((await lab.host('h1')).connection).toBe('NotResponding');
  });

  it('LoseDatastore, AllPathsDown: machines go on in memory, without their lock when its time is over', async () => {
    const lab = await running();
    const order = fault('LoseDatastore');
    await strike(lab, order);
    expect(reach(lab, 'san1')).toEqual(['h2']);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { heartbeat: 'Green' }, staleInstances: [] });
    expect((await lab.host('h1')).connection).toBe('Connected');
    await lab.advance(15_999);
    expect(await lab.refused(again(lab))).toContain('FileLocked');
    await lab.advance(1);
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    await lab.call(again(lab));
    expect(await lab.machine('a')).toMatchObject({ host: 'h2', staleInstances: ['h1'] });
    await heal(lab, order);
    expect((await lab.machine('a')).staleInstances).toEqual([]);
    expect(lab.occurrences.map(({ reason }) => reason)).toContain('VMLockLost');
    expect(ledgerViolations(lab.entries())).toEqual([]);
  });

  it('LoseDatastore, DeviceLoss: the lock is lost at once', async () => {
    const lab = await running();
    await strike(lab, fault('LoseDatastore', { mode: 'DeviceLoss', datastore: 'san1' }));
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    expect(await lab.call(again(lab))).toEqual({ epoch: 2 });
    expect(lab.ledger()).toEqual([
      'Start uid-a 1 h1 PowerOn',
      'LockExpired uid-a 1 h1 DeviceLost',
      'Start uid-a 2 h2 PowerOn',
    ]);
  });

  it('PathLoss of a datastore: one path of two is left, then none', async () => {
    const lab = await running();
    await strike(lab, fault('PathLoss', { datastore: 'san1' }));
    expect(reach(lab, 'san1')).toEqual(['h1', 'h2']);
    await strike(lab, fault('PathLoss', { id: 'second', datastore: 'san1' }));
    expect(reach(lab, 'san1')).toEqual(['h2']);
  });

  it('network and NFS: storage that goes over the network goes with it', async () => {
    const lab = await running();
    lab.world.upsertDatastore(datastore('san1', { type: 'NFS', backing: 'NAS' }));
    const order = fault('IsolateNetwork');
    await strike(lab, order);
    expect(reach(lab, 'san1')).toEqual(['h2']);
    await lab.advance(16_000);
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    await lab.call(again(lab));
    await heal(lab, order);
    expect(await lab.machine('a')).toMatchObject({ host: 'h2', staleInstances: [] });
  });

  it('StopAgent: machines run on; ESX still takes orders, Xen does not', async () => {
    const lab = await running();
    lab.world.upsertHost(xenHost('x1'));
    await strike(lab, fault('StopAgent'));
    await strike(lab, fault('StopAgent', { id: 'xen', target: { kind: 'Host', name: 'x1' } }));
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'AgentDown', machines: ['uid-a'] });
    expect((await lab.machine('a')).guest.heartbeat).toBe('Green');
    await lab.call(off(lab));
    expect((await lab.host('x1')).connection).toBe('AgentDown');
    const start = lab.backend.powerOn(lab.request('b', { host: 'x1' }));
    expect(await lab.refused(start)).toBe('HostNotConnected: x1 runs on without its management daemon');
  });

  it('FailWake: it does not come back from standby, and says so; mended, it is switched on', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    await lab.advance(60_000);
    const order = fault('FailWake');
    await strike(lab, order);
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(60_000);
    expect((await lab.host('h1')).power).toBe('Failed');
    expect(lab.occurrences.at(-1)).toMatchObject({ reason: 'HostWakeFailed', subject: { kind: 'Host', id: 'h1' } });
    await heal(lab, order);
    await lab.advance(180_000);
    expect(await lab.host('h1')).toMatchObject({ power: 'On', wakeTested: false });
  });

  it('BMCUnreachable: it cannot be switched on, put to standby, or taken the power from', async () => {
    const lab = await new Lab().rack('h1');
    await strike(lab, fault('BMCUnreachable'));
    expect(await lab.refused(lab.backend.setHostPower(h1, 'Standby'))).toContain('its BMC does not answer');
    await lab.call(lab.backend.setHostPower(h1, 'Off'));
    await lab.advance(30_000);
    expect(await lab.refused(lab.backend.setHostPower(h1, 'On'))).toBe('HostNotConnected: h1: its BMC does not answer');
    await heal(lab, fault('BMCUnreachable'));
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await strike(lab, fault('Hang', { afterMs: 200_000 }));
    await strike(lab, fault('BMCUnreachable', { afterMs: 200_000 }));
    await lab.advance(200_000);
    expect(await lab.refused(lab.backend.setHostPower(h1, 'Off'))).toContain('h1 does not answer, nor does its BMC');
  });
});

describe('what befalls a datastore', () => {
  it('LoseDatastore: nobody reaches it', async () => {
    const lab = await running();
    await strike(lab, ofDatastore('LoseDatastore'));
    expect(reach(lab, 'san1')).toEqual([]);
    await lab.advance(16_000);
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    await heal(lab, ofDatastore('LoseDatastore'));
    expect(await lab.machine('a')).toMatchObject({ staleInstances: [], epoch: 1, power: 'On' });
    expect(violations(lab.site)).toEqual([]);
  });

  it('DatastoreFull: nothing more fits, and what grows waits', async () => {
    const lab = await running();
    const disk = () => lab.site.machines.get('uid-a')!.record.files.find(({ kind }) => kind === 'Disk')!.size;
    lab.world.setHints('uid-a', hints({ kind: 'Idle' }, { disk: { readMBps: 0, writeMBps: 100 } }));
    await lab.advance(MINUTE);
    const order = ofDatastore('DatastoreFull');
    await strike(lab, order);
    const before = disk();
    await lab.advance(5 * MINUTE);
    expect(disk()).toBe(before);
    expect(report(lab, 'Datastore', 'san1').free).toBe(0);
    expect(await lab.refused(lab.backend.powerOn(lab.request('b')))).toContain('InsufficientDatastoreSpace');
    await heal(lab, order);
    await lab.advance(MINUTE);
    expect(disk()).toBeGreaterThan(before);
    await lab.call(lab.backend.powerOn(lab.request('b')));
  });

  it('SlowDisk: what is written takes so much longer', async () => {
    const lab = await running();
    await lab.call(lab.backend.suspend(lab.name('a')));
    // 1 GiB at 8,000 megabits per second.
    await lab.advance(1074);
    expect((await lab.machine('a')).power).toBe('Suspended');
    await strike(lab, ofDatastore('SlowDisk', { percent: 10 }));
    await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1 })));
    await lab.advance(10_700);
    expect((await lab.machine('a')).power).toBe('PoweringOn');
    await lab.advance(40);
    expect((await lab.machine('a')).power).toBe('On');
  });
});

describe('what befalls a guest', () => {
  it('GuestHang: no heartbeat until it heals', async () => {
    const lab = await running();
    const order = ofGuest('GuestHang');
    await strike(lab, order);
    expect((await lab.machine('a')).guest).toEqual({ state: 'Hung', heartbeat: 'Red' });
    await heal(lab, order);
    expect((await lab.machine('a')).guest).toEqual({ state: 'Running', heartbeat: 'Green' });
  });

  it('strikes a guest that is not up when it is, and one that was reset since no more', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await strike(lab, ofGuest('GuestHang'));
    expect((await lab.machine('a')).guest.state).toBe('Stopped');
    await lab.advance(31_000);
    expect((await lab.machine('a')).guest.state).toBe('Hung');
    await lab.call(lab.backend.reset(lab.name('a'), 'again'));
    await lab.advance(31_000);
    expect((await lab.machine('a')).guest.state).toBe('Running');
  });

  it('GuestCrash: the hypervisor runs it on, and it is started again when it heals', async () => {
    const lab = await running();
    await strike(lab, ofGuest('GuestCrash', { durationMs: 60_000 }));
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { state: 'Crashed', heartbeat: 'Red' } });
    await lab.advance(60_000);
    expect(await lab.machine('a')).toMatchObject({ guest: { state: 'Booting' }, resets: 1, epoch: 1 });
  });

  it('GuestCrash on Xen ends the domain', async () => {
    const lab = await new Lab().rack();
    lab.world.upsertHost(xenHost('h1'));
    await lab.call(lab.backend.powerOn(lab.request('a', { config: config('a') })));
    await lab.advance(31_000);
    await strike(lab, ofGuest('GuestCrash'));
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'GuestCrash' } });
  });
});
