import { describe, expect, it } from 'vitest';
import { host, Lab, NAMESPACE, START, xenHost } from './lab.ts';

const h1 = { namespace: NAMESPACE, name: 'h1' };

describe('a host seen for the first time', () => {
  it('is on already, or in the state that it is said to be in', async () => {
    const lab = await new Lab().rack('h1', host('h2', { power: 'Off' }), host('h3', { power: 'Standby' }));
    expect(await lab.host('h1')).toMatchObject({ power: 'On', connection: 'Connected', poweredOnAt: START });
    expect(await lab.host('h2')).toMatchObject({ power: 'Off', connection: 'Disconnected', poweredOnAt: undefined });
    expect((await lab.host('h3')).power).toBe('Standby');
  });

  it('does not look at that again', async () => {
    const lab = await new Lab().rack('h1');
    lab.world.upsertHost(host('h1', { power: 'Off', memory: 1 }));
    expect(await lab.host('h1')).toMatchObject({ power: 'On', capacity: { memory: 1 } });
  });

  it('is another host when its uid is another', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.upsertHost({ ...host('h1'), uid: 'reborn' });
    expect(await lab.host('h1')).toMatchObject({ uid: 'reborn', machines: [] });
    expect(await lab.machine('a')).toMatchObject({ power: 'Off', exit: { reason: 'HostFailed' } });
  });
});

describe('host power', () => {
  it('goes to standby and back in standbyMs, and has then proved that it wakes', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    expect((await lab.host('h1')).power).toBe('EnteringStandby');
    expect(await lab.refused(lab.backend.powerOn(lab.request('a')))).toBe('HostNotConnected: h1 is EnteringStandby');
    await lab.advance(60_000);
    expect(await lab.host('h1')).toMatchObject({ power: 'Standby', connection: 'Disconnected', wakeTested: false });
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(60_000);
    expect(await lab.host('h1')).toMatchObject({
      power: 'On',
      wakeTested: true,
      lastExitedStandby: START + 120_000,
      poweredOnAt: START + 120_000,
    });
    expect(lab.reasons('h1')).toEqual(['HostEnteringStandby', 'HostStandby', 'HostExitingStandby', 'HostOn']);
  });

  it('goes off in good order and boots in bootMs', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Off'));
    expect((await lab.host('h1')).power).toBe('PoweringOff');
    await lab.advance(20_000);
    expect((await lab.host('h1')).power).toBe('Off');
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(179_999);
    expect((await lab.host('h1')).power).toBe('PoweringOn');
    await lab.advance(1);
    expect((await lab.host('h1')).power).toBe('On');
  });

  it('asked again or otherwise in the middle finishes what is under way first', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    await lab.advance(30_000);
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(30_000);
    expect((await lab.host('h1')).power).toBe('ExitingStandby');
    await lab.advance(60_000);
    expect((await lab.host('h1')).power).toBe('On');
  });

  it('is not taken from machines that run', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    for (const power of ['Off', 'Standby'] as const) {
      expect(await lab.refused(lab.backend.setHostPower(h1, power))).toMatch(/^WrongState: h1 runs 1 machine: move/);
    }
    expect((await lab.machine('a')).power).toBe('On');
  });

  it('without a BMC is never given up for a standby that nobody could end', async () => {
    const bmc = { type: 'None', bootMs: 1000, standbyMs: 1000 } as const;
    const lab = await new Lab().rack(host('h1', { bmc }));
    expect(await lab.refused(lab.backend.setHostPower(h1, 'Standby'))).toBe(
      'WrongState: h1 has no BMC that could wake it from standby',
    );
    await lab.call(lab.backend.setHostPower(h1, 'Off'));
    await lab.advance(20_000);
    expect(await lab.refused(lab.backend.setHostPower(h1, 'On'))).toBe(
      'WrongState: h1 has no BMC that could power it on',
    );
  });

  it('of a host that is off cannot become standby directly', async () => {
    const lab = await new Lab().rack(host('h1', { power: 'Off' }));
    expect(await lab.refused(lab.backend.setHostPower(h1, 'Standby'))).toContain('it has to be on before');
    expect(await lab.refused(lab.backend.setHostPower({ ...h1, name: 'h9' }, 'On'))).toBe(
      'NotFound: no host h9 in lab',
    );
  });

  it('gives datastores and networks the host, and takes it from them', async () => {
    const lab = await new Lab().rack('h1', 'h2');
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    await lab.settle();
    const last = (kind: 'Datastore' | 'Network') => lab.heard.findLast((report) => report.kind === kind);
    expect(last('Datastore')).toMatchObject({ name: 'san1', hosts: ['h2'] });
    expect(last('Network')).toMatchObject({ name: 'lan', hosts: ['h2'] });
    await lab.advance(60_000);
    await lab.call(lab.backend.setHostPower(h1, 'On'));
    await lab.advance(60_000);
    expect(last('Datastore')).toMatchObject({ hosts: ['h1', 'h2'] });
  });

  it('survives a restart in the middle of a transition', async () => {
    const lab = await new Lab().rack('h1');
    await lab.call(lab.backend.setHostPower(h1, 'Standby'));
    await lab.advance(20_000);
    await lab.restart();
    expect((await lab.host('h1')).power).toBe('EnteringStandby');
    await lab.advance(39_999);
    expect((await lab.host('h1')).power).toBe('EnteringStandby');
    await lab.advance(1);
    expect((await lab.host('h1')).power).toBe('Standby');
  });
});

describe('another hypervisor', () => {
  it('is installed when nothing runs on the present one any more', async () => {
    const lab = await new Lab().rack('h1');
    await lab.run('a');
    lab.world.upsertHost({ ...xenHost('h1'), memory: host('h1').memory * 2 });
    expect(await lab.host('h1')).toMatchObject({
      hypervisor: { type: 'ESX' },
      capacity: { memory: host('h1').memory * 2 },
    });
    await lab.restart();
    await lab.call(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }));
    await lab.advance(1000);
    expect(await lab.host('h1')).toMatchObject({ hypervisor: { type: 'Xen', version: '4' } });
  });
});
