import { beforeEach, describe, expect, it } from 'vitest';
import type { Condition } from '../../src/api/meta.ts';
import { hosts, virtualMachines } from '../../src/api/resources.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { ApiError } from '../../src/client/port.ts';
import { type customObject, hostManifest, vmManifest } from '../support/manifests.ts';
import { type WholeWorld, wholeWorld } from '../support/whole-world.ts';

/** Everything in one process on a virtual clock, through the API alone. */
let world: WholeWorld;

beforeEach(async () => {
  world = await wholeWorld();
  await world.apply(hostManifest('h1'), hostManifest('h2'));
  await world.pass(2000);
});

const condition = (vm: VirtualMachine, type: string) =>
  (vm.status.conditions as readonly Condition[] | undefined)?.find((c) => c.type === type);
const patch = (name: string, spec: object) =>
  world.settle(
    world.client.patch<VirtualMachine>(
      virtualMachines,
      { namespace: 'default', name },
      { type: 'merge', body: { spec } },
    ),
  );

describe('a virtual machine', () => {
  it('is admitted, placed on the least loaded host, powered on, and boots', async () => {
    await world.apply(vmManifest('a'), vmManifest('b'));
    await world.pass(2000);
    const [a, b] = [await world.vm('a'), await world.vm('b')];
    expect(new Set([a.status.host, b.status.host])).toEqual(new Set(['h1', 'h2']));
    for (const vm of [a, b]) {
      expect(['Admitted', 'Placed', 'Running', 'Ready'].map((type) => condition(vm, type)?.status)).toEqual(
        Array(4).fill('True'),
      );
      expect(condition(vm, 'Reconciling')).toBeUndefined();
      expect(vm.status).toMatchObject({
        power: 'On',
        phase: 'Running',
        observedGeneration: 1,
        guest: { state: 'Booting' },
      });
    }
    await world.pass(60_000);
    expect((await world.vm('a')).status).toMatchObject({
      guest: { state: 'Running', heartbeat: 'Green' },
      ip: expect.any(String),
    });
  });

  it('takes at most two status writes to Running', async () => {
    const before = world.server.revision;
    await world.apply(vmManifest('a'));
    const created = Number((await world.vm('a')).metadata.resourceVersion);
    let writes = 0;
    let last = created;
    for (let i = 0; i < 400; i++) {
      const vm = await world.vm('a');
      const version = Number(vm.metadata.resourceVersion);
      if (version !== last) writes++;
      last = version;
      if (condition(vm, 'Running')?.status === 'True') break;
      await world.pass(5);
    }
    expect(created).toBeGreaterThan(before);
    expect(condition(await world.vm('a'), 'Running')?.status).toBe('True');
    expect(writes).toBeLessThanOrEqual(2);
  });

  it('that fits nowhere says which check refused it on each host, with the sum', async () => {
    await world.apply(vmManifest('big', { memory: { size: '64Gi', reservation: '32Gi' } }));
    await world.pass(2000);
    const vm = await world.vm('big');
    expect(condition(vm, 'Admitted')).toMatchObject({ status: 'False', reason: 'InsufficientReservation' });
    expect(condition(vm, 'Admitted')?.message).toBe(
      '2 hosts lack 16.99 GiB; nearest h1: 16.00 GiB unreserved, needs 32.99 = 32.00 reservation + 0.99 overhead; ' +
        'it is larger than any host: the largest, h1, has 16.00 GiB in all: lower spec.memory.reservation',
    );
    expect(condition(vm, 'Ready')).toMatchObject({ status: 'False', reason: 'InsufficientReservation' });
    expect(vm.status.phase).toBe('Pending');
  });

  it('refused for lack of room is started as soon as there is some', async () => {
    await world.apply(vmManifest('one', { host: 'h1', memory: { size: '12Gi', reservation: '12Gi' } }));
    await world.pass(2000);
    await world.apply(vmManifest('two', { host: 'h1', memory: { size: '12Gi', reservation: '12Gi' } }));
    await world.pass(2000);
    expect(condition(await world.vm('two'), 'Admitted')?.reason).toBe('InsufficientReservation');
    await world.settle(world.client.delete(virtualMachines, { namespace: 'default', name: 'one' }));
    await world.pass(3000);
    expect((await world.vm('two')).status).toMatchObject({ phase: 'Running', host: 'h1' });
  });

  it('names what its spec refers to and nothing bears', async () => {
    await world.apply(vmManifest('a', { cluster: 'nowhere', nics: [{ network: 'moon' }] }));
    await world.pass(2000);
    const admitted = condition(await world.vm('a'), 'Admitted');
    expect(admitted).toMatchObject({ status: 'False', reason: 'ReferenceNotFound' });
    expect(admitted?.message).toContain('spec.cluster: there is no Cluster "nowhere" in namespace default');
    expect(admitted?.message).toContain('spec.nics[0].network: there is no Network "moon"');
  });

  it('is powered off, on, suspended, resumed and reset by patch', async () => {
    await world.apply(vmManifest('a'));
    await world.pass(60_000);
    const steps: [object, object][] = [
      [{ power: 'Off' }, { phase: 'Off', power: 'Off' }],
      [{ power: 'On' }, { phase: 'Running', power: 'On', restarts: 1 }],
      [{ power: 'Suspended' }, { phase: 'Suspended', power: 'Suspended' }],
      [{ power: 'On' }, { phase: 'Running', power: 'On', restarts: 1 }],
      [
        { restartedAt: '2026-01-01T00:00:00Z' },
        { phase: 'Running', power: 'On', restarts: 2, restartedAt: '2026-01-01T00:00:00Z' },
      ],
    ];
    for (const [spec, status] of steps) {
      await patch('a', spec);
      await world.pass(60_000);
      const vm = await world.vm('a');
      expect(vm.status, JSON.stringify(spec)).toMatchObject({ ...status, observedGeneration: vm.metadata.generation });
      expect(condition(vm, 'Ready')?.status, JSON.stringify(spec)).toBe('True');
    }
  });

  it('is asked to shut down its guest, and the plug is pulled when it does not', async () => {
    const powerOff = { mode: 'GuestShutdown', timeoutSeconds: 60 };
    await world.apply(
      vmManifest('good', { powerOff, guest: { shutdownSeconds: 20 } }),
      vmManifest('slow', { powerOff, guest: { shutdownSeconds: 600 } }),
    );
    await world.pass(60_000);
    await patch('good', { power: 'Off' });
    await patch('slow', { power: 'Off' });
    await world.pass(12_000);
    expect((await world.vm('good')).status).toMatchObject({ phase: 'ShuttingDown', guest: { state: 'ShuttingDown' } });
    await world.pass(20_000);
    expect((await world.vm('good')).status.phase).toBe('Off');
    expect((await world.vm('slow')).status.phase).toBe('ShuttingDown');
    await world.pass(40_000);
    expect((await world.vm('slow')).status.phase).toBe('Off');
  });

  it('stays off when its guest shut itself down, unless its policy is Always', async () => {
    const workload = { idle: {}, shutdownAfterSeconds: 60 };
    await world.apply(vmManifest('once', { workload }), vmManifest('again', { workload, restartPolicy: 'Always' }));
    await world.pass(180_000);
    const once = await world.vm('once');
    expect(once.status.phase).toBe('Off');
    expect(condition(once, 'Running')).toMatchObject({ status: 'False', reason: 'GuestShutdown' });
    expect(condition(once, 'Ready')).toMatchObject({ status: 'True', reason: 'GuestShutdown' });
    const again = await world.vm('again');
    expect(again.status.phase).toBe('Running');
    expect(again.status.restarts).toBeGreaterThan(0);
    await patch('once', { restartedAt: '2026-01-01T00:00:00Z' });
    await world.pass(5000);
    expect((await world.vm('once')).status.phase).toBe('Running');
  });

  it('changes its allocation at once, and lists what waits for its next power-on', async () => {
    await world.apply(vmManifest('a', { cpu: { count: 1 }, memory: { size: '2Gi' } }));
    await world.pass(2000);
    await patch('a', { cpu: { count: 2, shares: 'High', reservationMHz: 500 }, memory: { reservation: '1Gi' } });
    await world.pass(2000);
    let vm = await world.vm('a');
    expect(condition(vm, 'RestartRequired')).toMatchObject({ status: 'True' });
    expect(condition(vm, 'RestartRequired')?.message).toBe('at the next power-on: cpu.count: 1 running, 2 wanted');
    expect(condition(vm, 'Admitted')).toMatchObject({ status: 'True', observedGeneration: 2 });
    const config = world.management.plane.machines.machine('default', vm.metadata.uid)!.config;
    expect(config.cpu).toMatchObject({ count: 1, reservationMHz: 500 });
    expect(config.memory.reservation).toBe(2 ** 30);
    await patch('a', { power: 'Off' });
    await world.pass(2000);
    await patch('a', { power: 'On' });
    await world.pass(2000);
    vm = await world.vm('a');
    expect(condition(vm, 'RestartRequired')).toBeUndefined();
    expect(vm.status.shares).toEqual({ cpu: 4000, memory: 20480 });
  });

  it('keeps what it has when a change asks for more than there is', async () => {
    await world.apply(vmManifest('a', { host: 'h1', memory: { size: '32Gi', reservation: '1Gi' } }));
    await world.pass(2000);
    await patch('a', { memory: { reservation: '30Gi' } });
    await world.pass(2000);
    const vm = await world.vm('a');
    expect(condition(vm, 'Admitted')).toMatchObject({ status: 'False', reason: 'InsufficientReservation' });
    expect(condition(vm, 'Admitted')?.message).toMatch(
      /needs 30\.\d\d = 30\.00 reservation \+ .* what it has stays in effect$/,
    );
    expect(vm.status.phase).toBe('Running');
    expect(world.management.plane.machines.machine('default', vm.metadata.uid)!.config.memory.reservation).toBe(
      2 ** 30,
    );
    await patch('a', { memory: { reservation: '2Gi' } });
    await world.pass(2000);
    expect(condition(await world.vm('a'), 'Ready')).toMatchObject({ status: 'True', reason: 'Running' });
  });

  it('goes with its machine when it is deleted, and one of the same name starts anew', async () => {
    await world.apply(vmManifest('a'));
    await world.pass(2000);
    const { uid } = (await world.vm('a')).metadata;
    await world.settle(world.client.delete(virtualMachines, { namespace: 'default', name: 'a' }));
    await world.pass(2000);
    await expect(world.vm('a')).rejects.toThrow(ApiError);
    expect(world.management.plane.machines.machine('default', uid)).toBeUndefined();
    await world.apply(vmManifest('a'));
    await world.pass(2000);
    const vm = await world.vm('a');
    expect(vm.metadata.uid).not.toBe(uid);
    expect(vm.status).toMatchObject({ phase: 'Running', restarts: 0 });
  });

  it('is not started while the datacenter is stopped, and the host says why', async () => {
    world.physical.datacenter.kill();
    await world.apply(vmManifest('a'));
    await world.pass(30_000);
    const vm = await world.vm('a');
    expect(condition(vm, 'Admitted')).toMatchObject({ status: 'False', reason: 'HostNotConnected' });
    expect(condition(vm, 'Admitted')?.message).toBe('2 hosts not heard from');
    expect(condition(vm, 'Running')?.status).not.toBe('True');
    const host = await world.settle(
      world.client.get<ReturnType<typeof customObject>>(hosts, { namespace: 'default', name: 'h1' }),
    );
    expect(host.status).toMatchObject({ connection: 'Unknown' });
  });
});

describe('a host', () => {
  it('in maintenance takes no VM, and says what it waits for', async () => {
    await world.apply(vmManifest('a', { host: 'h1' }));
    await world.pass(2000);
    await world.settle(
      world.client.patch(
        hosts,
        { namespace: 'default', name: 'h1' },
        { type: 'merge', body: { spec: { maintenance: true } } },
      ),
    );
    await world.pass(2000);
    await world.apply(vmManifest('b', { host: 'h1' }));
    await world.pass(2000);
    expect(condition(await world.vm('b'), 'Admitted')).toMatchObject({ status: 'False', reason: 'HostInMaintenance' });
    const read = () =>
      world.settle(world.client.get<ReturnType<typeof customObject>>(hosts, { namespace: 'default', name: 'h1' }));
    expect((await read()).status).toMatchObject({ maintenance: 'Entering' });
    await patch('a', { power: 'Off' });
    await world.pass(12_000);
    const host = await read();
    expect(host.status).toMatchObject({ maintenance: 'In' });
    expect(host.status.conditions.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'True',
      reason: 'InMaintenance',
    });
  });

  it('being deleted waits for its VMs and names them; without them it goes', async () => {
    await world.apply(vmManifest('a', { host: 'h1' }));
    await world.pass(2000);
    const remove = (name: string) => world.settle(world.client.delete(hosts, { namespace: 'default', name }));
    await remove('h1');
    await remove('h2');
    await world.pass(2000);
    const read = (name: string) =>
      world.settle(world.client.get<ReturnType<typeof customObject>>(hosts, { namespace: 'default', name }));
    await expect(read('h2')).rejects.toThrow(ApiError);
    expect((await read('h1')).status.conditions.find(({ type }) => type === 'Ready')?.message).toContain(
      'held by 1 running VM: a',
    );
    await world.settle(world.client.delete(virtualMachines, { namespace: 'default', name: 'a' }));
    await world.pass(3000);
    await expect(read('h1')).rejects.toThrow(ApiError);
  });
});
