import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import type { HostHardware, Workload } from '../../src/hypervisor/hardware.ts';
import { violations } from '../../src/hypervisor/invariants.ts';
import { config, datastore, hints, host, Lab, network } from './lab.ts';

describe('bolting in', () => {
  it('again what is there already changes and tells nothing', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', hints({ kind: 'Idle' }));
    await lab.settle();
    lab.heard.length = 0;
    lab.world.setHints('uid-a', hints({ kind: 'Idle' }));
    await lab.rack('h1');
    await lab.advance(1000);
    expect(lab.heard).toEqual([]);
  });

  it('may come in any order: a host waits for its datastore; a cable alone makes a network', async () => {
    const lab = new Lab();
    lab.world.upsertHost(host('h1'));
    const on = () => lab.refused(lab.backend.powerOn(lab.request('a')));
    expect(await on()).toContain('DatastoreNotAccessible');
    lab.world.upsertDatastore(datastore('san1'));
    expect(await on()).toBe('not refused');
  });

  it('takes what is gone out of everyone’s reach, and what is left of it is told', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.removeNetwork('lan');
    await lab.settle();
    expect(lab.heard.findLast(({ kind }) => kind === 'Gone')).toMatchObject({ of: 'Network', id: 'lan' });
    lab.world.upsertNetwork(network('lan'));
    lab.world.upsertHost(host('h1', { datastores: [], networks: [] }));
    await lab.settle();
    expect(lab.heard.findLast(({ kind }) => kind === 'Datastore')).toMatchObject({ name: 'san1', hosts: [] });
    expect(lab.heard.findLast(({ kind }) => kind === 'Network')).toMatchObject({ name: 'lan', hosts: [] });
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { config: config('a', { disks: [] }) })))).toContain(
      'NetworkNotAccessible',
    );
    for (const name of ['no', 'such', 'thing']) {
      lab.world.removeHost(name);
      lab.world.removeDatastore(name);
      lab.world.removeNetwork(name);
      lab.world.removeHints(name);
      lab.world.crashHost(name);
      lab.world.hangGuest(name);
    }
  });

  it('of a smaller host lets what runs run, and gives it less', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 100 }));
    await lab.run('a', { config: config('a', { cpu: { count: 4 } }) });
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(8000);
    lab.world.upsertHost(host('h1', { cpu: { ...host('x').cpu, mhz: 1000 } }));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(4000);
    expect((await lab.host('h1')).capacity.cpuMHz).toBe(4000);
  });

  it('of less than what is promised or stored breaks no promise, and takes no more', async () => {
    const lab = await new Lab().rack('h1');
    const disk = { name: 'root', size: 20 * GiB, datastore: 'san1', provisioning: 'Thick', shares: 1000 } as const;
    const memory = { ...config('a').memory, size: 4 * GiB, reservation: 4 * GiB };
    await lab.run('a', { config: config('a', { memory, disks: [disk] }) });
    lab.world.upsertHost(host('h1', { memory: 2 * GiB }));
    lab.world.upsertDatastore(datastore('san1', { capacity: 10 * GiB }));
    expect(violations(lab.site)).toEqual([]);
    expect(await lab.refused(lab.backend.powerOn(lab.request('b')))).toContain('InsufficientDatastoreSpace');
    // Empty, it is as any other of its size.
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(1000);
    expect(lab.site.hosts.get('h1')!.record.shrunk).toBeUndefined();
  });

  it('refuses a figure that is none, and says which', async () => {
    const lab = await new Lab().rack('h1');
    const cpu = (more: Partial<HostHardware['cpu']>) => () =>
      lab.world.upsertHost(host('h2', { cpu: { ...host('x').cpu, ...more } }));
    expect(cpu({ mhz: Number.NaN })).toThrow('host h2: cpu.mhz: has to be a number from 1, not NaN');
    expect(cpu({ sockets: 0 })).toThrow('cpu.sockets');
    expect(() => lab.world.upsertHost(host('h2', { memory: -1 }))).toThrow('host h2: memory');
    expect(() => lab.world.upsertDatastore(datastore('d', { mbps: 0 }))).toThrow('datastore d: mbps');
    expect(() => lab.world.upsertNetwork({ ...network('n'), mbps: Number.NaN })).toThrow('network n: mbps');
    expect(() => lab.world.setClock({ speed: 0, paused: false })).toThrow('clock: speed');
    const wrong: Workload['cpu'][] = [
      { kind: 'Constant', percent: 101 },
      { kind: 'Periodic', runUs: -1, sleepUs: 0 },
      { kind: 'Bursts', bursts: [[1, Number.NaN]] },
      { kind: 'Diurnal', minPercent: 0, maxPercent: 1, periodMs: 0 },
      { kind: 'Trace', intervalMs: 0, percents: [] },
      { kind: 'Trace', intervalMs: 1, percents: [200] },
      { kind: 'Steps', steps: [{ atMs: -1, percent: 0 }] },
    ];
    for (const load of wrong) expect(() => lab.world.setHints('u', hints(load))).toThrow(/^workload\.cpu\./);
    await lab.settle();
    expect((await lab.call(lab.backend.stats('lab'))).map(({ name }) => name)).toEqual(['h1']);
  });
});
