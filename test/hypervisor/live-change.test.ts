import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import { config, datastore, hints, host, Lab, xenHost } from './lab.ts';

type More = Parameters<typeof config>[1];

/** A running machine that is given another configuration. */
async function changed(lab: Lab, before: More, after: More) {
  await lab.run('a', { config: config('a', before) });
  await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', after)));
  return lab.machine('a');
}

const busy = hints({ kind: 'Constant', percent: 100 });
const disk = (size: number, more: object = {}) =>
  ({ name: 'root', size, datastore: 'san1', provisioning: 'Thick', shares: 1000, ...more }) as const;

describe('changing a running machine', () => {
  it('takes shares, reservation and limit at once, and what it gets follows', async () => {
    const lab = await new Lab().rack(host('h1', { cpu: { ...host('x').cpu, coresPerSocket: 1 } }));
    for (const uid of ['uid-a', 'uid-b']) lab.world.setHints(uid, busy);
    await lab.run('a');
    await lab.run('b');
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(1000);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { cpu: { shares: 3000 } })));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(1500);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { cpu: { shares: 3000, limitMHz: 400 } })));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(400);
    expect((await lab.machine('b')).usage.cpu.usedMHz).toBe(1600);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { cpu: { shares: 1, reservationMHz: 1900 } })));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(1900);
    expect((await lab.machine('a')).config.cpu).not.toHaveProperty('limitMHz');
  });

  it('takes weight and cap at once on Xen', async () => {
    const lab = await new Lab().rack(xenHost('h1', { cpu: { ...host('x').cpu, coresPerSocket: 1 } }));
    for (const uid of ['uid-a', 'uid-b']) lab.world.setHints(uid, busy);
    await lab.run('a');
    await lab.run('b', { config: config('b', { cpu: { shares: 3000 } }) });
    expect((await lab.machine('b')).usage.cpu.usedMHz).toBe(1500);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { xen: { weight: 768 } })));
    expect((await lab.machine('b')).usage.cpu.usedMHz).toBe(1000);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { xen: { weight: 768, cap: 10 } })));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(200);
  });

  it('lets the host refuse a reservation, and then nothing at all is changed', async () => {
    const lab = await new Lab().rack(host('h1', { memory: 2 * GiB }));
    await lab.run('a');
    const wanted = config('a', { cpu: { shares: 9 }, memory: { reservation: GiB } });
    await lab.run('b', { config: config('b', { memory: { reservation: GiB } }) });
    expect(await lab.refused(lab.backend.reconfigure(lab.name('a'), wanted))).toBe(
      'InsufficientReservation: h1: 0.88 GiB unreserved, needs 1.12 = 1.00 reservation + 0.12 overhead',
    );
    expect((await lab.machine('a')).config).toEqual(config('a'));
  });

  it('shrinks the swap file by what is reserved', async () => {
    const lab = await new Lab().rack('h1');
    const report = await changed(lab, {}, { memory: { reservation: GiB / 4 } });
    expect(report.files.find(({ kind }) => kind === 'Swap')!.size).toBe((3 * GiB) / 4);
  });

  it('adds vCPUs and memory only where hot-add was on at power-on; they never shrink', async () => {
    const without = await changed(
      await new Lab().rack('h1'),
      {},
      { cpu: { count: 2, hotAdd: true }, memory: { size: 2 * GiB } },
    );
    expect(without.config).toMatchObject({ cpu: { count: 1, hotAdd: false }, memory: { size: GiB } });
    const hot = { cpu: { hotAdd: true, count: 2 }, memory: { hotAdd: true, size: 2 * GiB } };
    const lab = await new Lab().rack('h1');
    const grown = await changed(lab, hot, { cpu: { ...hot.cpu, count: 3 }, memory: { ...hot.memory, size: 3 * GiB } });
    expect(grown.config).toMatchObject({ cpu: { count: 3 }, memory: { size: 3 * GiB } });
    expect(grown.files.find(({ kind }) => kind === 'Swap')!.size).toBe(3 * GiB);
    const shrunk = await lab
      .call(lab.backend.reconfigure(lab.name('a'), config('a', hot)))
      .then(() => lab.machine('a'));
    expect(shrunk.config).toMatchObject({ cpu: { count: 3 }, memory: { size: 3 * GiB } });
    expect(await lab.refused(lab.backend.reconfigure(lab.name('a'), config('a', { ...hot, cpu: { count: 5 } })))).toBe(
      'TooManyVCPUs: h1: 4 hardware threads, needs 5 vCPUs',
    );
  });

  it('grows disks live, never shrinks them, and needs the space', async () => {
    const lab = await new Lab().rack('h1');
    const grown = await changed(lab, { disks: [disk(4 * GiB)] }, { disks: [disk(6 * GiB, { limitIOPS: 100 })] });
    expect(grown.config.disks).toEqual([disk(6 * GiB, { limitIOPS: 100 })]);
    expect(grown.files.find(({ kind }) => kind === 'Disk')!.size).toBe(6 * GiB);
    await lab.call(lab.backend.reconfigure(lab.name('a'), config('a', { disks: [disk(GiB)] })));
    expect((await lab.machine('a')).config.disks).toEqual([disk(6 * GiB)]);
    lab.world.upsertDatastore(datastore('san1', { capacity: 8 * GiB }));
    expect(await lab.refused(lab.backend.reconfigure(lab.name('a'), config('a', { disks: [disk(8 * GiB)] })))).toBe(
      'InsufficientDatastoreSpace: san1: 1.00 GiB free, needs 2.00 = 2.00 disks',
    );
  });

  it('leaves other hardware for the next power-on, and then takes it', async () => {
    const lab = await new Lab().rack('h1');
    const more = {
      guest: { bootMs: 5000 },
      cpu: { count: 2, maxSkew: 'Strict' },
      disks: [disk(10 * GiB, { provisioning: 'Thin' }), disk(GiB, { name: 'data' })],
      nics: [{ network: 'lan' }, { network: 'lan', limitMbps: 10 }],
      devices: [{ type: 'CDROM', backing: 'Datastore' }],
    } as const;
    const running = await changed(lab, {}, more);
    expect(running.config).toEqual(config('a'));
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(1000);
    await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1, config: config('a', more) })));
    await lab.advance(5200);
    const report = await lab.machine('a');
    expect(report.config).toEqual(config('a', more));
    expect(report.guest.state).toBe('Running');
    expect(report.macs).toHaveLength(2);
    expect(report.macs[0]).toBe(running.macs[0]);
    expect(report.files.filter(({ kind }) => kind === 'Disk').map(({ path }) => path)).toEqual([
      '[san1] a/a.vmdk',
      '[san1] a/a_1.vmdk',
    ]);
  });

  it('takes at once what is said about powering off and deleting', async () => {
    const lab = await new Lab().rack('h1');
    const more = { powerOff: { mode: 'GuestShutdown', timeoutMs: 1 }, reclaim: 'Retain' } as const;
    expect((await changed(lab, {}, more)).config).toMatchObject(more);
  });

  it('takes everything while the machine is off, but moves no disk', async () => {
    const lab = await new Lab().rack(host('h1', { datastores: ['san1', 'san2'] }));
    lab.world.upsertDatastore(datastore('san2'));
    await lab.run('a');
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(1000);
    const wanted = config('a', {
      cpu: { count: 4 },
      disks: [disk(20 * GiB, { datastore: 'san2', provisioning: 'Thin' })],
    });
    await lab.call(lab.backend.reconfigure(lab.name('a'), wanted));
    const report = await lab.machine('a');
    expect(report.config.cpu.count).toBe(4);
    expect(report.config.disks).toEqual([disk(20 * GiB, { provisioning: 'Thin' })]);
    expect(report.files[1]!.path).toBe('[san1] a/a.vmdk');
  });

  it('adds nothing to the memory of a suspended machine', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { cpu: { hotAdd: true }, memory: { hotAdd: true } }) });
    await lab.call(lab.backend.suspend(lab.name('a')));
    await lab.advance(5000);
    const wanted = config('a', { cpu: { hotAdd: true, count: 2, shares: 7 }, memory: { hotAdd: true, size: 2 * GiB } });
    await lab.call(lab.backend.reconfigure(lab.name('a'), wanted));
    expect((await lab.machine('a')).config).toMatchObject({ cpu: { count: 1, shares: 7 }, memory: { size: GiB } });
    await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1, config: wanted })));
    expect((await lab.machine('a')).config).toMatchObject({ cpu: { count: 1, shares: 7 }, memory: { size: GiB } });
  });

  it('is refused for what is not registered, and under another name', async () => {
    const lab = await new Lab().rack('h1');
    expect(await lab.refused(lab.backend.reconfigure(lab.name('a'), config('a')))).toContain('NotFound');
    await lab.run('a');
    expect(await lab.refused(lab.backend.reconfigure(lab.name('a'), config('b')))).toContain('Invalid: config.name');
  });
});
