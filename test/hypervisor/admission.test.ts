import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import type { PowerOnRequest } from '../../src/hypervisor/backend.ts';
import { config, datastore, host, Lab, network, xenHost } from './lab.ts';

/** What a host says to a machine; everything else is as usual. */
async function answer(
  lab: Lab,
  name: string,
  more: Parameters<typeof config>[1],
  request: Partial<PowerOnRequest> = {},
) {
  return lab.refused(lab.backend.powerOn(lab.request(name, { config: config(name, more), ...request })));
}

describe('admission on ESX', () => {
  it('counts what is reserved and the overhead, and says the sum', async () => {
    const lab = await new Lab().rack(host('h1', { memory: 3 * GiB }));
    await lab.run('a', { config: config('a', { memory: { size: 8 * GiB, reservation: 1.5 * GiB } }) });
    expect(await answer(lab, 'b', { cpu: { count: 2 }, memory: { size: 4 * GiB, reservation: GiB } })).toBe(
      'not refused',
    );
    expect(await answer(lab, 'c', { cpu: { count: 2 }, memory: { size: 4 * GiB, reservation: GiB } })).toBe(
      'InsufficientReservation: h1: 0.05 GiB unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead',
    );
  });

  it('never refuses configured size: 150 % memory is a normal host', async () => {
    const lab = await new Lab().rack(host('h1', { memory: 4 * GiB }));
    for (const name of ['a', 'b', 'c'])
      expect(await answer(lab, name, { memory: { size: 2 * GiB } })).toBe('not refused');
  });

  it('counts reserved MHz against cores × MHz', async () => {
    const lab = await new Lab().rack('h1');
    expect(await answer(lab, 'a', { cpu: { count: 4, reservationMHz: 6500 } })).toBe('not refused');
    expect(await answer(lab, 'b', { cpu: { reservationMHz: 1501 } })).toBe(
      'InsufficientReservation: h1: 1500 MHz unreserved, needs 1501',
    );
    expect(await answer(lab, 'b', { cpu: { reservationMHz: 1500 } })).toBe('not refused');
  });

  it('lets no vCPU reserve more than a core', async () => {
    const lab = await new Lab().rack('h1');
    expect(await answer(lab, 'a', { cpu: { count: 2, reservationMHz: 4200 } })).toBe(
      'InsufficientReservation: h1: a core has 2.00 GHz, needs 2.10 GHz reserved per vCPU',
    );
    const advanced = { 'Cpu.VMAdmitCheckPerVcpuMin': 0 };
    const lax = await new Lab().rack(host('h1', { hypervisor: { type: 'ESX', version: '5.0', advanced } }));
    expect(await answer(lax, 'a', { cpu: { count: 2, reservationMHz: 4200 } })).toBe('not refused');
  });

  it('lets no machine have more vCPUs than there are threads', async () => {
    const cpu = { ...host('x').cpu, threadsPerCore: 2 };
    const lab = await new Lab().rack(host('h1', { cpu }));
    expect(await answer(lab, 'a', { cpu: { count: 9 } })).toBe('TooManyVCPUs: h1: 8 hardware threads, needs 9 vCPUs');
    expect(await answer(lab, 'a', { cpu: { count: 8 } })).toBe('not refused');
  });

  it('gives room back when a machine is off', async () => {
    const lab = await new Lab().rack(host('h1', { memory: 2 * GiB }));
    const reserved = { memory: { reservation: GiB } };
    await lab.run('a', { config: config('a', reserved) });
    expect(await answer(lab, 'b', reserved)).toContain('InsufficientReservation');
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(100);
    expect(await answer(lab, 'b', reserved)).toBe('not refused');
  });

  it('needs datastore space for disks and swap, and says the sum', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.upsertDatastore(datastore('san1', { capacity: 10 * GiB }));
    const thick = { name: 'root', size: 8 * GiB, datastore: 'san1', provisioning: 'Thick', shares: 1000 } as const;
    expect(await answer(lab, 'a', { disks: [thick], memory: { size: 4 * GiB, reservation: GiB } })).toBe(
      'InsufficientDatastoreSpace: san1: 10.00 GiB free, needs 11.00 = 8.00 disks + 3.00 swap',
    );
    expect(await answer(lab, 'a', { disks: [thick], memory: { size: 4 * GiB, reservation: 3 * GiB } })).toBe(
      'not refused',
    );
  });

  it('needs every datastore and network to be cabled and there', async () => {
    const lab = await new Lab().rack(host('h1', { datastores: ['san1', 'san2'] }));
    const disk = (name: string) => ({ name, size: GiB, datastore: name, provisioning: 'Thin', shares: 1000 }) as const;
    expect(await answer(lab, 'a', { disks: [disk('san1'), disk('san2')] })).toBe(
      'DatastoreNotAccessible: h1 does not reach san2, where disk san2 is',
    );
    lab.world.upsertDatastore(datastore('san2'));
    expect(await answer(lab, 'a', { disks: [disk('san1'), disk('san2')] })).toBe('not refused');
    lab.world.upsertNetwork(network('dmz'));
    expect(await answer(lab, 'b', { nics: [{ network: 'lan' }, { network: 'dmz' }] })).toBe(
      'NetworkNotAccessible: h1 does not reach the network dmz',
    );
  });

  it('runs no PV guest', async () => {
    const lab = await new Lab().rack('h1');
    expect(await answer(lab, 'a', { guest: { virtualization: 'PV' } })).toMatch(/^GuestUnsupported: h1: ESX runs no/);
  });

  it('looks at state, processor, datastores, networks and room in that order', async () => {
    const lab = await new Lab().rack(host('h1', { memory: GiB }));
    const all = {
      cpu: { count: 9 },
      disks: [{ name: 'root', size: GiB, datastore: 'none', provisioning: 'Thin', shares: 1 }],
      nics: [{ network: 'none' }],
      memory: { reservation: GiB },
    } as const;
    await lab.call(lab.backend.setHostMaintenance({ namespace: 'lab', name: 'h1' }, true));
    const seen: string[] = [];
    const say = async (more: Parameters<typeof config>[1]) => seen.push((await answer(lab, 'a', more)).split(':')[0]!);
    await say(all);
    await lab.call(lab.backend.setHostMaintenance({ namespace: 'lab', name: 'h1' }, false));
    await say(all);
    await say({ ...all, cpu: { count: 1 } });
    await say({ ...all, cpu: { count: 1 }, disks: [] });
    await say({ ...all, cpu: { count: 1 }, disks: [], nics: [] });
    expect(seen).toEqual([
      'HostInMaintenance',
      'TooManyVCPUs',
      'DatastoreNotAccessible',
      'NetworkNotAccessible',
      'InsufficientReservation',
    ]);
  });

  it('changes nothing when it refuses', async () => {
    const lab = await new Lab().rack(host('h1', { memory: GiB / 16 }));
    const before = JSON.stringify(await lab.call(lab.backend.stats('lab')));
    expect(await answer(lab, 'a', {})).toContain('InsufficientReservation');
    expect(JSON.stringify(await lab.call(lab.backend.stats('lab')))).toBe(before);
    expect(lab.site.datastores.get('san1')!.used).toBe(0);
    expect(lab.ledger()).toEqual([]);
  });
});

describe('admission on Xen', () => {
  it('needs the full size beside dom0, and counts no overhead', async () => {
    const lab = await new Lab().rack(xenHost('h1', { memory: 8 * GiB }));
    expect(await answer(lab, 'a', { memory: { size: 4 * GiB } })).toBe('not refused');
    expect(await answer(lab, 'b', { memory: { size: 2 * GiB + 1 } })).toBe(
      'InsufficientReservation: h1: 2.00 GiB free beside dom0 and machines, needs 2.00 (Xen gives a machine all its memory)',
    );
    expect(await answer(lab, 'b', { memory: { size: 2 * GiB } })).toBe('not refused');
    expect((await lab.host('h1')).memory.free).toBe(0);
  });

  it('knows no CPU reservation', async () => {
    const lab = await new Lab().rack(xenHost('h1'));
    expect(await answer(lab, 'a', { cpu: { reservationMHz: 100 } })).toMatch(/^UnsupportedByHypervisor: h1: Xen/);
  });

  it('runs HVM only with VT-x or AMD-V, and no unmodified system as PV', async () => {
    const cpu = { ...host('x').cpu, virtualization: 'None' } as const;
    const lab = await new Lab().rack(xenHost('h1', { cpu }));
    expect(await answer(lab, 'a', {})).toBe(
      'IncompatibleCPU: h1: an HVM guest on Xen needs a processor with VT-x or AMD-V',
    );
    expect(await answer(lab, 'a', { guest: { virtualization: 'PV', os: 'windows-2008' } })).toMatch(
      /^GuestUnsupported/,
    );
    expect(await answer(lab, 'a', { guest: { virtualization: 'PV' } })).toBe('not refused');
    await lab.advance(1000);
    expect((await lab.machine('a')).macs[0]).toMatch(/^00:16:3e/);
    expect((await lab.machine('a')).files.map(({ kind }) => kind)).toEqual(['Config', 'Disk', 'Log']);
  });
});

describe('resuming', () => {
  it('needs a processor and a hypervisor that the guest knows', async () => {
    const older = host('old', { cpu: { ...host('x').cpu, family: 'Penryn' } });
    const newer = host('new', { cpu: { ...host('x').cpu, family: 'Westmere' } });
    const other = host('amd', { cpu: { ...host('x').cpu, vendor: 'AMD', family: 'Greyhound' } });
    const lab = await new Lab().rack('h1', older, newer, other, xenHost('xen'));
    await lab.run('a');
    await lab.call(lab.backend.suspend(lab.name('a')));
    await lab.advance(5000);
    const on = (name: string) => answer(lab, 'a', {}, { host: name, epoch: 1 });
    expect(await on('old')).toBe(
      'IncompatibleCPU: old has a processor without popcnt, sse4.2, and the guest goes on where it stopped',
    );
    expect(await on('amd')).toContain('IncompatibleCPU: amd has an AMD processor instead of Intel');
    expect(await on('xen')).toBe('IncompatibleHypervisor: xen runs Xen; the machine was suspended on ESX');
    expect((await lab.machine('a')).power).toBe('Suspended');
    expect(await on('new')).toBe('not refused');
    await lab.advance(5000);
    const report = await lab.machine('a');
    expect(report.cpuFeatures).toContain('sse4.2');
    expect(report.cpuFeatures).not.toContain('aes');
  });

  it('of a machine that was powered off instead needs nothing of the sort', async () => {
    const older = host('old', { cpu: { ...host('x').cpu, family: 'Penryn' } });
    const lab = await new Lab().rack('h1', older);
    await lab.run('a');
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(1000);
    expect(await answer(lab, 'a', {}, { host: 'old', epoch: 1 })).toBe('not refused');
  });
});
