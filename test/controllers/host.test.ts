import { describe, expect, it } from 'vitest';
import { decide, type HostInput } from '../../controllers/host/decide.ts';

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
      message: 'cannot go to Off under 1 running VM: vm-1: power them off or move them',
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
    expect(held.ready.message).toContain('held by 5 running VMs: a, b, c and 2 more');
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
});
