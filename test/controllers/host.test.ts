import { describe, expect, it } from 'vitest';
import { decide, type HostInput } from '../../controllers/host/decide.ts';
import { eventsOf } from '../../controllers/host/events.ts';
import { hostInput } from '../../controllers/host/input.ts';
import { conditionsFor } from '../../controllers/host/status.ts';
import { hostConditionsOf } from '../../src/agent/host-status.ts';
import type { HostStatus } from '../../src/api/host.ts';
import type { HostReport } from '../../src/hypervisor/backend.ts';

const on = { power: 'On', connection: 'Connected', maintenance: false };
const guest = { name: 'vm-1', deleting: false };
const input = (changes: Partial<HostInput> = {}): HostInput => ({
  wantedPower: undefined,
  wantedMaintenance: false,
  deleting: false,
  hasFinalizer: true,
  report: on,
  isHeard: true,
  guests: [],
  ...changes,
});

describe('a host', () => {
  it('that is on and connected is ready, and nothing is to be done', () => {
    expect(decide(input())).toMatchObject({
      orders: [],
      maintenance: 'None',
      ready: { status: 'True', reason: 'InService' },
    });
  });

  it('is held by a finalizer from the start', () => {
    expect(decide(input({ hasFinalizer: false })).orders).toEqual([{ order: 'AddFinalizer' }]);
  });

  it('gets the power that its spec asks for, but is not switched off under machines', () => {
    expect(decide(input({ wantedPower: 'Off' })).orders).toEqual([{ order: 'SetPower', power: 'Off' }]);
    const busy = decide(input({ wantedPower: 'Off', guests: [guest] }));
    expect(busy.orders).toEqual([]);
    expect(busy.ready).toMatchObject({
      status: 'False',
      reason: 'HoldsMachines',
      message:
        'Off is wanted, but not under 1 running VM: vm-1; power it off or delete it (nothing moves it in this version)',
    });
    expect(decide(input({ wantedPower: 'Off', report: { ...on, power: 'PoweringOff' } })).orders).toEqual([]);
    expect(decide(input({ wantedPower: 'Off', report: { ...on, power: 'Off' } })).ready).toMatchObject({
      status: 'True',
      reason: 'Off',
    });
    expect(decide(input({ wantedPower: 'On', report: { ...on, power: 'Standby' } })).orders).toEqual([
      { order: 'SetPower', power: 'On' },
    ]);
  });

  it('enters maintenance at once, and is in it when it is empty', () => {
    const asked = decide(input({ wantedMaintenance: true, guests: [guest] }));
    expect(asked.orders).toEqual([{ order: 'SetMaintenance', maintenance: true }]);
    expect(asked).toMatchObject({ maintenance: 'Entering', ready: { status: 'False', reason: 'EnteringMaintenance' } });
    const inIt = decide(input({ wantedMaintenance: true, report: { ...on, maintenance: true } }));
    expect(inIt).toMatchObject({ orders: [], maintenance: 'In', ready: { status: 'True', reason: 'InMaintenance' } });
    expect(decide(input({ report: { ...on, maintenance: true } })).orders).toEqual([
      { order: 'SetMaintenance', maintenance: false },
    ]);
  });

  it('being deleted is closed and held while machines live on it, which it names', () => {
    const many = ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, deleting: false }));
    const held = decide(input({ deleting: true, guests: many }));
    expect(held.orders).toEqual([{ order: 'SetMaintenance', maintenance: true }]);
    expect(held.ready.message).toBe(
      'being deleted; takes no new VM; held by 5 running VMs: a, b, c and 2 more; power them off or delete them (nothing moves them in this version)',
    );
    expect(held.maintenance).toBe('Entering');
    expect(decide(input({ deleting: true })).orders).toEqual([{ order: 'Release' }]);
    expect(decide(input({ deleting: true, guests: [{ name: 'a', deleting: true }] })).orders).toEqual([
      { order: 'Release' },
    ]);
    expect(decide(input({ deleting: true, hasFinalizer: false })).orders).toEqual([]);
  });

  it('of which nothing is heard is unknown, not dead', () => {
    expect(decide(input({ isHeard: false })).ready).toMatchObject({
      status: 'Unknown',
      reason: 'DatacenterUnreachable',
    });
    expect(decide(input({ report: undefined })).ready).toMatchObject({ status: 'Unknown', reason: 'NotBoltedIn' });
    expect(decide(input({ report: { ...on, connection: 'NotResponding' } })).ready).toMatchObject({
      status: 'False',
      reason: 'NotResponding',
    });
  });

  it.each(['PoweringOn', 'PoweringOff', 'EnteringStandby', 'ExitingStandby'])(
    'that is %s is not ready, though nobody asked for it',
    (power) => {
      const { ready } = decide(input({ report: { power, connection: 'Disconnected', maintenance: false } }));
      expect(ready).toMatchObject({ status: 'False', reason: power, abnormal: 'Reconciling' });
    },
  );

  it('that crashed, and that nobody starts, waits for somebody', () => {
    const failed = { power: 'Failed', connection: 'NotResponding', maintenance: false };
    const { ready } = decide(input({ report: failed }));
    expect(conditionsFor(decide(input({ report: failed })))).toContainEqual({
      type: 'Stalled',
      status: 'True',
      reason: 'Failed',
      message: ready.message,
    });
    // Under a Fault, starting it would only end in HostWakeFailed.
    const advice = 'a Fault may hold it down, and it comes up by itself when that is over or deleted';
    expect(ready.message).toContain(`${advice}; if there is none, set spec.power to "On"`);
    expect(decide(input({ report: failed, wantedPower: 'On' })).ready.message).toContain(`${advice}; On is wanted`);
    expect(decide(input({ report: failed, wantedPower: 'On' })).ready.abnormal).toBe('Reconciling');
  });

  it('names the machines that hold it in order', () => {
    const machines = ['c', 'a', 'b'].map((name) => ({ name, power: 'On' }));
    const seen = {
      host: { metadata: { uid: 'u' }, spec: {} },
      report: undefined,
      machines,
      residents: [],
      isHeard: true,
    };
    const { guests } = hostInput({ ...seen, vmOf: () => undefined } as unknown as Parameters<typeof hostInput>[0]);
    expect(guests.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });
});

describe('the messages of a host', () => {
  const powers = ['On', 'Off', 'PoweringOn', 'PoweringOff', 'EnteringStandby', 'Standby', 'ExitingStandby', 'Failed'];
  const connections = ['Connected', 'NotResponding', 'Isolated', 'Partitioned', 'AgentDown', 'Dead', 'Disconnected'];

  it('say more than their reason', () => {
    for (const power of powers) {
      for (const connection of connections) {
        const report = { power, connection, machines: [] } as unknown as HostReport;
        const ready = decide(input({ report: { power, connection, maintenance: false } })).ready;
        for (const { reason, message } of [...hostConditionsOf(report), ready]) {
          expect(message.replace(reason, '').trim().length, `${reason}: ${message}`).toBeGreaterThan(10);
          expect(message, reason).not.toMatch(new RegExp(`${reason}$`));
        }
      }
    }
  });
});

describe('the events of a host', () => {
  const statusOf = (reason: string, maintenance = 'None') =>
    ({ maintenance, conditions: [{ type: 'Ready', status: 'True', reason, message: '' }] }) as unknown as HostStatus;
  const told = (before: HostStatus, changes: Partial<HostInput>) =>
    eventsOf(before, decide(input(changes))).map(({ type, reason }) => `${type} ${reason}`);
  const with_ = (power: string, connection: string) => ({ report: { power, connection, maintenance: false } });

  it('tell of trouble when it begins, and when it is over', () => {
    const well = statusOf('InService');
    expect(told(well, with_('On', 'NotResponding'))).toEqual(['Warning HostUnreachable']);
    expect(told(statusOf('NotResponding'), with_('On', 'NotResponding'))).toEqual([]);
    expect(told(statusOf('NotResponding'), {})).toEqual(['Normal HostRecovered']);
    expect(told(well, with_('On', 'Isolated'))).toEqual(['Warning HostIsolated']);
    expect(told(well, with_('On', 'Dead'))).toEqual(['Warning HostDead']);
    expect(told(well, with_('Failed', 'NotResponding'))).toEqual(['Warning HostUnreachable']);
    const cut = { power: 'Off', lostPower: true, connection: 'Disconnected', maintenance: false };
    expect(told(well, { report: cut })).toEqual(['Warning HostPowerLost']);
    expect(told(statusOf('PowerLost'), with_('PoweringOn', 'Disconnected'))).toEqual([]);
    expect(told(statusOf('PoweringOff'), { ...with_('Off', 'Disconnected'), wantedPower: 'Off' })).toEqual([
      'Normal HostOff',
    ]);
  });

  it('tell nothing while it is bolted in', () => {
    for (const before of [{} as HostStatus, statusOf('Pending'), statusOf('NotBoltedIn')]) {
      expect(told(before, {})).toEqual([]);
      expect(told(before, { ...with_('Off', 'Disconnected'), wantedPower: 'Off' })).toEqual([]);
    }
  });

  it('tell of maintenance, and of a deletion that is held up, once', () => {
    expect(told(statusOf('InService'), { wantedMaintenance: true, guests: [guest] })).toEqual([
      'Normal HostEnteringMaintenance',
    ]);
    const empty = { wantedMaintenance: true, report: { ...on, maintenance: true } };
    expect(told(statusOf('EnteringMaintenance', 'Entering'), empty)).toEqual(['Normal HostInMaintenance']);
    expect(told(statusOf('InMaintenance', 'In'), {})).toEqual(['Normal HostExitedMaintenance']);
    expect(told(statusOf('InService'), { deleting: true, guests: [guest] })).toEqual(['Warning HostHeld']);
    expect(told(statusOf('Deleting'), { deleting: true, guests: [guest] })).toEqual([]);
    expect(told(statusOf('InService'), { deleting: true, guests: [{ ...guest, deleting: true }] })).toEqual([]);
  });
});
