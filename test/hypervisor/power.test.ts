import { describe, expect, it } from 'vitest';
import { GiB, MiB } from '../../src/base/units.ts';
import { config, datastore, hints, host, Lab, START } from './lab.ts';

const soft = { mode: 'GuestShutdown', timeoutMs: 300_000 } as const;
const hard = { mode: 'Hard', timeoutMs: 0 } as const;

describe('powering on', () => {
  it('is taken at once, is on after a moment, and the guest boots for its time', async () => {
    const lab = await new Lab().rack('h1');
    expect(await lab.call(lab.backend.powerOn(lab.request('a')))).toEqual({ epoch: 1 });
    expect(await lab.machine('a')).toMatchObject({ power: 'PoweringOn', epoch: 1, guest: { state: 'Stopped' } });
    await lab.advance(200);
    expect(await lab.machine('a')).toMatchObject({
      power: 'On',
      host: 'h1',
      guest: { state: 'Booting' },
      ip: undefined,
    });
    await lab.advance(30_000);
    const report = await lab.machine('a');
    expect(report).toMatchObject({
      guest: { state: 'Running', heartbeat: 'Green' },
      startedAt: START,
      exit: undefined,
    });
    expect(report.ip).toMatch(/^10\./);
    expect(report.macs).toHaveLength(1);
    expect(report.macs[0]).toMatch(/^00:50:56:[0-3]/);
    expect(report.uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(lab.reasons('uid-a')).toEqual(['VMPoweredOn']);
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn']);
  });

  it('makes the files: configuration, disk, log, and swap for what is not reserved', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { memory: { size: 4 * GiB, reservation: GiB } }) });
    const { files } = await lab.machine('a');
    expect(files.map(({ path, kind }) => `${kind} ${path}`)).toEqual([
      'Config [san1] a/a.vmx',
      'Disk [san1] a/a.vmdk',
      'Log [san1] a/vmware.log',
      'Swap [san1] a/a.vswp',
    ]);
    expect(files[3]!.size).toBe(3 * GiB);
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    await lab.advance(1000);
    expect((await lab.machine('a')).files.map(({ kind }) => kind)).toEqual(['Config', 'Disk', 'Log']);
  });

  it('carried out once answers every repeat as the first, even after it was powered off again', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    expect(await lab.call(lab.backend.powerOn(lab.request('a')))).toEqual({ epoch: 1 });
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    await lab.advance(1000);
    expect(await lab.call(lab.backend.powerOn(lab.request('a')))).toEqual({ epoch: 1 });
    expect((await lab.machine('a')).power).toBe('Off');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { host: 'h2' })))).toBe(
      'StaleEpoch: a has been started 1 times, not 0',
    );
    expect(await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1 })))).toEqual({ epoch: 2 });
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn', 'Stop uid-a 1 h1 Requested', 'Start uid-a 2 h1 PowerOn']);
  });

  it('refuses a future epoch, and a second start of what is on', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { epoch: 3 })))).toContain('StaleEpoch');
    await lab.run('a');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { epoch: 1 })))).toBe(
      'WrongState: a is On on h1 already',
    );
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { epoch: 1, host: 'h2' })))).toBe(
      'FileLocked: h1 holds the lock of a',
    );
  });

  it('gives the same machine the same uuid, macs and ip from the same seed and instant', async () => {
    const identity = async (seed: string) => {
      const lab = await new Lab({ seed }).rack('h1');
      await lab.run('a');
      const { uuid, macs, ip } = await lab.machine('a');
      return JSON.stringify({ uuid, macs, ip });
    };
    expect(await identity('7')).toBe(await identity('7'));
    expect(await identity('7')).not.toBe(await identity('8'));
  });
});

describe('powering off', () => {
  it('hard, says that it was requested', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    expect((await lab.machine('a')).power).toBe('PoweringOff');
    await lab.advance(100);
    expect(await lab.machine('a')).toMatchObject({
      power: 'Off',
      exit: { reason: 'Requested' },
      guest: { state: 'Stopped', heartbeat: 'Gray' },
      usage: { cpu: { usedMHz: 0 }, memory: { consumed: 0 } },
    });
    expect((await lab.host('h1')).machines).toEqual([]);
  });

  it('by the guest takes the guest its time', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    await lab.call(lab.backend.powerOff(lab.name('a'), soft));
    expect(await lab.machine('a')).toMatchObject({ power: 'PoweringOff', guest: { state: 'ShuttingDown' } });
    await lab.advance(10_000);
    await lab.call(lab.backend.powerOff(lab.name('a'), soft));
    await lab.advance(9_999);
    expect((await lab.machine('a')).power).toBe('PoweringOff');
    await lab.advance(1);
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'Requested' } });
  });

  it('by a guest that hangs ends with the timeout', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.hangGuest('uid-a');
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'GuestShutdown', timeoutMs: 60_000 }));
    await lab.advance(59_999);
    expect(await lab.machine('a')).toMatchObject({ power: 'PoweringOff', guest: { state: 'Hung', heartbeat: 'Gray' } });
    await lab.advance(101);
    expect((await lab.machine('a')).power).toBe('Off');
  });

  it('by a guest that is still booting waits until it is up', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(10_200);
    await lab.call(lab.backend.powerOff(lab.name('a'), soft));
    await lab.advance(39_999);
    expect((await lab.machine('a')).power).toBe('PoweringOff');
    await lab.advance(1);
    expect((await lab.machine('a')).power).toBe('Off');
  });

  it('hard overtakes a guest that is shutting down', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    await lab.call(lab.backend.powerOff(lab.name('a'), soft));
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    await lab.advance(100);
    expect((await lab.machine('a')).power).toBe('Off');
  });

  it('by a guest without tools is refused, with what to do', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { guest: { tools: false } }) });
    expect(await lab.machine('a')).toMatchObject({ guest: { state: 'Running', heartbeat: 'Gray' }, ip: undefined });
    expect(await lab.refused(lab.backend.powerOff(lab.name('a'), soft))).toMatch(/^GuestUnsupported: a has no tools/);
    expect((await lab.machine('a')).power).toBe('On');
  });

  it('of what is off makes the reason Requested; of what never was does nothing', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.shutDownGuest('uid-a');
    await lab.advance(20_000);
    expect((await lab.machine('a')).exit).toMatchObject({ reason: 'GuestShutdown' });
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    expect((await lab.machine('a')).exit).toMatchObject({ reason: 'Requested' });
    await lab.call(lab.backend.powerOff(lab.name('nobody'), hard));
    expect(await lab.refused(lab.machine('nobody'))).toContain('there is no machine nobody');
  });
});

describe('a guest that shuts itself down', () => {
  it('stays off', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', hints({ kind: 'Idle' }, { shutdownAfterMs: 60_000 }));
    await lab.run('a');
    await lab.advance(60_000);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { state: 'ShuttingDown' } });
    await lab.advance(20_000);
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'GuestShutdown' } });
  });

  it('is started again on the spot where it is to run always: same epoch, one reset more', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', { ...hints({ kind: 'Idle' }), restartPolicy: 'Always' });
    await lab.run('a');
    lab.world.shutDownGuest('uid-a');
    await lab.advance(20_000);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', epoch: 1, resets: 1, guest: { state: 'Booting' } });
    expect(lab.reasons('uid-a')).toEqual(['VMPoweredOn', 'VMReset']);
  });
});

describe('resetting', () => {
  it('boots the guest again, once per token', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { restartToken: 'born with it' });
    await lab.call(lab.backend.reset(lab.name('a'), 'born with it'));
    expect(await lab.machine('a')).toMatchObject({ resets: 0, guest: { state: 'Running' } });
    await lab.call(lab.backend.reset(lab.name('a'), 'next'));
    await lab.call(lab.backend.reset(lab.name('a'), 'next'));
    expect(await lab.machine('a')).toMatchObject({
      resets: 1,
      epoch: 1,
      restartToken: 'next',
      guest: { state: 'Booting' },
    });
    await lab.advance(30_000);
    expect((await lab.machine('a')).guest.state).toBe('Running');
  });

  it('is refused where the disk it would boot from is out of reach, and done once it is back', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    expect(await lab.refused(lab.backend.reset(lab.name('a'), 'next'))).toMatch(
      /^DatastoreNotAccessible: h1 does not reach san1, where disk \w+ is$/,
    );
    expect(await lab.machine('a')).toMatchObject({ power: 'On', resets: 0 });
  });

  it('is refused for what is not on, and for what is not', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    expect(await lab.refused(lab.backend.reset(lab.name('a'), 't'))).toBe('WrongState: a is PoweringOn, not On');
    expect(await lab.refused(lab.backend.reset(lab.name('b'), 't'))).toContain('NotFound');
  });
});

describe('suspending', () => {
  it('writes memory to a file, gives the lock back, and goes on elsewhere where it stopped', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    lab.world.setHints('uid-a', hints({ kind: 'Steps', steps: [{ atMs: 100_000, percent: 80 }] }));
    await lab.run('a');
    await lab.call(lab.backend.suspend(lab.name('a')));
    await lab.call(lab.backend.suspend(lab.name('a')));
    expect((await lab.machine('a')).power).toBe('Suspending');
    // 1 GiB at 8000 Mbit/s
    await lab.advance(1074);
    const asleep = await lab.machine('a');
    expect(asleep).toMatchObject({ power: 'Suspended', guest: { state: 'Stopped' }, exit: undefined });
    expect(asleep.files.map(({ kind }) => kind)).toEqual(['Config', 'Disk', 'Log', 'Suspend']);
    await lab.call(lab.backend.suspend(lab.name('a')));
    await lab.advance(3_600_000);
    expect(await lab.call(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })))).toEqual({ epoch: 2 });
    expect(await lab.machine('a')).toMatchObject({ power: 'PoweringOn', isResuming: true, resumes: 1 });
    await lab.advance(1074);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', host: 'h2', guest: { state: 'Running' }, resumes: 1 });
    expect(await lab.machine('a')).not.toHaveProperty('isResuming');
    expect((await lab.machine('a')).files.map(({ kind }) => kind)).toEqual(['Config', 'Disk', 'Log', 'Swap']);
    // It had run for 0.8 s before; its load goes up 100 s after it came up, as it counts time.
    await lab.advance(98_000);
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(0);
    await lab.advance(2000);
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(1600);
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn', 'Stop uid-a 1 h1 Suspended', 'Start uid-a 2 h2 Resume']);
    expect(lab.reasons('uid-a')).toEqual(['VMPoweredOn', 'VMSuspended', 'VMPoweredOn']);
  });

  it('needs room for the file', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.upsertDatastore({ ...datastore('san1'), capacity: 1500 * MiB });
    expect(await lab.refused(lab.backend.suspend(lab.name('a')))).toBe(
      'InsufficientDatastoreSpace: san1: 0.46 GiB free, needs 1.00 = 1.00 suspended memory',
    );
    expect((await lab.machine('a')).power).toBe('On');
  });

  it('is refused for what is not on', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.powerOn(lab.request('a')));
    expect(await lab.refused(lab.backend.suspend(lab.name('a')))).toBe('WrongState: a is PoweringOn, not On');
  });

  it('and powering off loses the memory', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    await lab.call(lab.backend.suspend(lab.name('a')));
    await lab.advance(2000);
    await lab.call(lab.backend.powerOff(lab.name('a'), hard));
    const report = await lab.machine('a');
    expect(report).toMatchObject({ power: 'Off', exit: { reason: 'Requested' } });
    expect(report.files.map(({ kind }) => kind)).toEqual(['Config', 'Disk', 'Log']);
  });
});

describe('destroying', () => {
  it('powers off as configured, frees the files, forgets, and lets no late repeat bring it back', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { powerOff: soft }) });
    await lab.call(lab.backend.destroy(lab.name('a')));
    await lab.call(lab.backend.destroy(lab.name('a')));
    expect((await lab.machine('a')).guest.state).toBe('ShuttingDown');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { epoch: 1 })))).toContain('being destroyed');
    await lab.advance(20_000);
    expect(await lab.refused(lab.machine('a'))).toContain('there is no machine a');
    expect(lab.heard.filter(({ kind }) => kind === 'Gone')).toEqual([
      { kind: 'Gone', namespace: 'lab', of: 'Machine', id: 'uid-a' },
    ]);
    expect(lab.site.datastores.get('san1')!.used).toBe(0);
    await lab.call(lab.backend.destroy(lab.name('a')));
    expect(await lab.refused(lab.backend.powerOn(lab.request('a')))).toBe('StaleEpoch: a (uid-a) was destroyed');
    await lab.restart();
    expect(await lab.refused(lab.backend.powerOn(lab.request('a')))).toContain('StaleEpoch');
  });

  it('leaves files as orphans when they are to be retained, and the next of that name gets another folder', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { reclaim: 'Retain' }) });
    await lab.call(lab.backend.destroy(lab.name('a')));
    await lab.advance(1000);
    const report = lab.heard.findLast((item) => item.kind === 'Datastore')!;
    expect(report.orphans.map(({ path }) => path)).toEqual([
      '[san1] a/a.vmx',
      '[san1] a/a.vmdk',
      '[san1] a/vmware.log',
    ]);
    await lab.run('a', { uid: 'uid-other' });
    const other = lab.heard.findLast((item) => item.kind === 'Machine')!;
    expect(other.files[0]!.path).toBe('[san1] a_1/a_1.vmx');
  });

  it('remembers the last ten thousand, in order, over restarts', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    await lab.run('b');
    for (let i = 0; i < 9999; i++) lab.site.destroyed.add(`old-${i}`);
    for (const name of ['a', 'b']) {
      await lab.call(lab.backend.destroy(lab.name(name)));
      await lab.advance(1000);
    }
    expect(lab.site.destroyed.size).toBe(10_000);
    expect(lab.site.destroyed.has('old-0')).toBe(false);
    await lab.restart();
    expect([...lab.site.destroyed]).toEqual(['uid-a', 'uid-b']);
  });

  it('of a machine without tools that was to be shut down pulls the plug', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { powerOff: soft, guest: { tools: false } }) });
    await lab.call(lab.backend.destroy(lab.name('a')));
    await lab.advance(100);
    expect(await lab.refused(lab.machine('a'))).toContain('there is no machine a');
  });
});

describe('a machine without disks', () => {
  it('has no files and takes no space; its lock is in the world itself', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a', { config: config('a', { disks: [] }) });
    expect((await lab.machine('a')).files).toEqual([]);
    lab.world.crashHost('h1');
    lab.world.upsertHost(host('h2'));
    const again = () =>
      lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1, config: config('a', { disks: [] }) }));
    expect(await lab.refused(again())).toBe('FileLocked: h1 holds the lock of a, for 16.0 s yet');
    await lab.advance(16_000);
    expect(await lab.call(again())).toEqual({ epoch: 2 });
  });
});
