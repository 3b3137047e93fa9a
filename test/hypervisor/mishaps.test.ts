import { describe, expect, it } from 'vitest';
import { config, hints, Lab, NAMESPACE, xenHost } from './lab.ts';

const h1 = { namespace: NAMESPACE, name: 'h1' };

describe('a host that crashes', () => {
  it('takes its machines with it; their locks run out, and then they can be started elsewhere', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.crashHost('h1');
    expect(await lab.host('h1')).toMatchObject({ power: 'Failed', connection: 'NotResponding', machines: [] });
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'HostFailed' }, staleInstances: [] });
    const again = () => lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 }));
    await lab.advance(15_999);
    expect(await lab.refused(again())).toBe('FileLocked: h1 holds the lock of a, for 0.0 s yet');
    await lab.advance(1);
    expect(await lab.call(again())).toEqual({ epoch: 2 });
    expect(lab.ledger()).toEqual([
      'Start uid-a 1 h1 PowerOn',
      'Stop uid-a 1 h1 HostFailed',
      'Start uid-a 2 h2 PowerOn',
    ]);
  });

  it('comes back by its BMC, and may take its own locks at once', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.crashHost('h1');
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(180_000);
    expect((await lab.host('h1')).power).toBe('On');
    expect(await lab.call(lab.backend.powerOn(lab.request('a', { epoch: 1 })))).toEqual({ epoch: 2 });
  });

  it('is off after a power cut', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.cutPower('h1');
    expect(await lab.host('h1')).toMatchObject({ power: 'Off', connection: 'Disconnected', used: { memory: 0 } });
    expect((await lab.machine('a')).exit).toMatchObject({ reason: 'HostFailed' });
  });

  it('does not crash when it is off', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.cutPower('h1');
    lab.world.crashHost('h1');
    expect((await lab.host('h1')).power).toBe('Off');
  });
});

describe('a host that hangs', () => {
  it('keeps its locks, lets its machines stand still, and goes on where it stood', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 50 }));
    await lab.call(lab.backend.powerOn(lab.request('a')));
    await lab.advance(10_200);
    lab.world.hangHost('h1');
    await lab.advance(3_600_000);
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'NotResponding', machines: ['uid-a'] });
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { state: 'Booting' } });
    expect((await lab.host('h1')).used.cpuMHz).toBe(0);
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })))).toContain('FileLocked');
    expect(await lab.refused(lab.backend.powerOn(lab.request('b')))).toBe('HostNotConnected: h1 does not answer');
    expect(await lab.refused(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }))).toContain(
      'h1 does not answer',
    );
    expect(await lab.refused(lab.backend.destroy(lab.name('a')))).toContain('HostNotConnected');
    lab.world.unhangHost('h1');
    await lab.advance(19_999);
    expect((await lab.machine('a')).guest.state).toBe('Booting');
    await lab.advance(1);
    expect(await lab.machine('a')).toMatchObject({ guest: { state: 'Running' }, usage: { cpu: { usedMHz: 1000 } } });
  });

  it('shows a red heartbeat, and is switched off by its BMC', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.hangHost('h1');
    expect((await lab.machine('a')).guest).toEqual({ state: 'Running', heartbeat: 'Red' });
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    expect((await lab.machine('a')).power).toBe('On');
    expect(await lab.refused(lab.backend.setHostPower(h1, 'Standby'))).toContain('HostNotConnected');
    await lab.call(lab.backend.setHostPower(h1, 'Off'));
    expect((await lab.host('h1')).power).toBe('Off');
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'HostFailed' } });
  });
});

describe('a host that loses its datastore', () => {
  it('and sees it again in time keeps its locks', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(15_000);
    expect((await lab.machine('a')).staleInstances).toEqual([]);
    lab.world.regainDatastore('h1', 'san1');
    await lab.advance(60_000);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', staleInstances: [], epoch: 1 });
    expect(lab.ledger()).toEqual(['Start uid-a 1 h1 PowerOn']);
  });

  it('goes on in memory without its lock, and takes it again where nobody did', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(16_000);
    expect(await lab.machine('a')).toMatchObject({ power: 'On', staleInstances: ['h1'], guest: { state: 'Running' } });
    lab.world.regainDatastore('h1', 'san1');
    expect(await lab.machine('a')).toMatchObject({ power: 'On', staleInstances: [] });
    expect(lab.ledger()).toEqual([
      'Start uid-a 1 h1 PowerOn',
      'LockExpired uid-a 1 h1 DatastoreLost',
      'LockRegained uid-a 1 h1 DatastoreSeen',
    ]);
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })))).toContain('FileLocked');
  });

  it('leaves a stale instance where another took the lock, and ends it when it sees the datastore again', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    const again = () => lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 }));
    await lab.advance(15_999);
    expect(await lab.refused(again())).toContain('FileLocked');
    await lab.advance(1);
    expect(await lab.call(again())).toEqual({ epoch: 2 });
    await lab.advance(31_000);
    expect(await lab.machine('a')).toMatchObject({ host: 'h2', power: 'On', staleInstances: ['h1'] });
    expect((await lab.host('h1')).machines).toEqual(['uid-a']);
    expect((await lab.host('h2')).machines).toEqual(['uid-a']);
    await lab.restart();
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    lab.world.regainDatastore('h1', 'san1');
    await lab.settle();
    expect(await lab.machine('a')).toMatchObject({ host: 'h2', power: 'On', staleInstances: [], epoch: 2 });
    expect((await lab.host('h1')).machines).toEqual([]);
    expect(lab.occurrences.filter(({ reason }) => reason === 'VMLockLost')).toMatchObject([
      {
        subject: { kind: 'Machine', id: 'uid-a' },
        message: expect.stringContaining('h1 powered off its instance of a'),
      },
    ]);
    expect(lab.ledger()).toEqual([
      'Start uid-a 1 h1 PowerOn',
      'LockExpired uid-a 1 h1 DatastoreLost',
      'Start uid-a 2 h2 PowerOn',
      'Stop uid-a 1 h1 LockLost',
    ]);
  });

  it('ends the stale instance of a machine that was destroyed meanwhile', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(16_000);
    await lab.call(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })));
    await lab.call(lab.backend.destroy(lab.name('a')));
    await lab.advance(1000);
    expect((await lab.host('h1')).machines).toEqual(['uid-a']);
    lab.world.regainDatastore('h1', 'san1');
    expect((await lab.host('h1')).machines).toEqual([]);
    await lab.settle();
    expect(lab.reasons('uid-a').at(-1)).toBe('VMLockLost');
  });

  it('runs no second instance of the same machine beside the stale one', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(16_000);
    await lab.call(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })));
    lab.world.crashHost('h2');
    await lab.advance(16_000);
    expect(await lab.refused(lab.backend.powerOn(lab.request('a', { host: 'h1', epoch: 2 })))).toContain(
      'DatastoreNotAccessible',
    );
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
  });

  it('loses the stale instance too when it crashes', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(16_000);
    await lab.call(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })));
    lab.world.crashHost('h1');
    expect(await lab.machine('a')).toMatchObject({ power: 'PoweringOn', staleInstances: [] });
    expect(lab.ledger().at(-1)).toBe('Stop uid-a 1 h1 HostFailed');
  });

  it('is the same as the datastore being taken away, which keeps what is on it', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    const { used } = lab.site.datastores.get('san1')!;
    lab.world.removeDatastore('san1');
    await lab.advance(16_000);
    expect((await lab.machine('a')).staleInstances).toEqual(['h1']);
    expect(lab.heard.findLast(({ kind }) => kind === 'Gone')).toMatchObject({ of: 'Datastore', id: 'san1' });
    await lab.restart();
    await lab.rack();
    expect((await lab.machine('a')).staleInstances).toEqual([]);
    expect(lab.site.datastores.get('san1')!.used).toBe(used);
  });
});

describe('a host that is taken away', () => {
  it('ends what runs there', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.run('a');
    lab.world.removeHost('h1');
    await lab.settle();
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', host: 'h1', exit: { reason: 'HostFailed' } });
    expect(lab.heard.findLast(({ kind }) => kind === 'Gone')).toMatchObject({ of: 'Host', id: 'h1' });
    await lab.advance(16_000);
    expect(await lab.call(lab.backend.powerOn(lab.request('a', { host: 'h2', epoch: 1 })))).toEqual({ epoch: 2 });
  });
});

describe('a guest', () => {
  it('that hangs shows a red heartbeat until it goes on', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 50 }));
    await lab.run('a');
    lab.world.hangGuest('uid-a');
    expect(await lab.machine('a')).toMatchObject({
      power: 'On',
      guest: { state: 'Hung', heartbeat: 'Red' },
      usage: { cpu: { usedMHz: 0 } },
    });
    lab.world.healGuest('uid-a');
    expect(await lab.machine('a')).toMatchObject({ guest: { heartbeat: 'Green' }, usage: { cpu: { usedMHz: 1000 } } });
  });

  it('that crashes leaves the machine on with ESX, to be reset; Xen destroys the domain', async () => {
    const lab = await new Lab().rack('h1', xenHost('x1'));
    await lab.run('a');
    await lab.run('b', { host: 'x1', config: config('b') });
    lab.world.crashGuest('uid-a');
    lab.world.crashGuest('uid-b');
    expect(await lab.machine('a')).toMatchObject({ power: 'On', guest: { state: 'Crashed', heartbeat: 'Red' } });
    expect(await lab.machine('b')).toMatchObject({ power: 'Off', exit: { reason: 'GuestCrash' } });
    await lab.call(lab.backend.reset(lab.name('a'), 'r'));
    await lab.advance(30_000);
    expect((await lab.machine('a')).guest.state).toBe('Running');
  });
});
