import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import { refusalOf, shortageOf } from '../../src/model/eligibility.ts';
import type { HostFacts, MachineFacts } from '../../src/model/facts.ts';
import { Room } from '../../src/model/room.ts';
import { host, machine } from '../support/facts.ts';

const around = {
  datastores: new Map([
    ['san1', { name: 'san1', free: 10 * GiB, hosts: new Set(['h1']) }],
    ['lost', { name: 'lost', free: 10 * GiB, hosts: new Set(['h2']) }],
  ]),
};
const xen = { type: 'Xen', version: '4' } as const;
const refuse = (on: Partial<HostFacts>, asked: MachineFacts) => refusalOf(new Room(host('h1', on)), asked, around);

describe('a host takes a machine', () => {
  it('when every check passes, and overcommitted memory is no reason not to', () => {
    expect(refuse({}, machine('a'))).toBeUndefined();
    expect(refuse({}, machine('a', { size: 64 * GiB }))).toBeUndefined();
  });

  it.each<[string, string, Partial<HostFacts>, MachineFacts]>([
    ['is being deleted', 'HostInMaintenance', { deleting: true }, machine('a')],
    ['is in maintenance', 'HostInMaintenance', { maintenance: true }, machine('a')],
    ['is off', 'HostNotConnected', { power: 'Off' }, machine('a')],
    ['is to be off', 'HostNotConnected', { wantedPower: 'Standby' }, machine('a')],
    ['does not answer', 'HostNotConnected', { connection: 'NotResponding' }, machine('a')],
    ['is not heard from', 'HostNotConnected', { power: 'Unknown', connection: 'Unknown' }, machine('a')],
    [
      'is ESX and the guest paravirtual',
      'GuestUnsupported',
      {},
      machine('a', {}, { guest: { os: 'linux', virtualization: 'PV' } }),
    ],
    [
      'is Xen and the paravirtual guest Windows',
      'GuestUnsupported',
      { hypervisor: xen },
      machine('a', {}, { guest: { os: 'windows', virtualization: 'PV' } }),
    ],
    [
      'is Xen without VT-x and the guest HVM',
      'IncompatibleCPU',
      { hypervisor: xen, cpu: { ...host('h').cpu, virtualization: 'None' } },
      machine('a'),
    ],
    [
      'is Xen and CPU is reserved',
      'UnsupportedByHypervisor',
      { hypervisor: xen },
      machine('a', { reservationMHz: 100 }, { esxOnly: ['spec.cpu.reservationMHz'] }),
    ],
    ['has fewer threads than it has vCPUs', 'TooManyVCPUs', {}, machine('a', { count: 9 })],
    [
      'lacks a thread of its affinity',
      'TooManyVCPUs',
      {},
      machine('a', {}, { cpu: { ...machine('a').cpu, affinity: [8] } }),
    ],
    [
      'has cores slower than one vCPU reserves',
      'InsufficientReservation',
      {},
      machine('a', { count: 2, reservationMHz: 4002 }),
    ],
    [
      'lacks a CPU feature that a suspended guest has seen',
      'IncompatibleCPU',
      {},
      machine('a', {}, { features: ['aes'] }),
    ],
    ['does not reach a datastore', 'DatastoreNotAccessible', {}, machine('a', {}, { datastores: ['san2'] })],
    [
      'has lost a datastore that it is cabled to',
      'DatastoreNotAccessible',
      { datastores: new Set(['san1', 'lost']) },
      machine('a', {}, { datastores: ['lost'] }),
    ],
    [
      'reaches a datastore that is full',
      'InsufficientDatastoreSpace',
      {},
      machine('a', {}, { space: new Map([['san1', { swap: 11 * GiB, disks: 0 }]]) }),
    ],
    ['does not reach a network', 'NetworkNotAccessible', {}, machine('a', {}, { networks: ['dmz'] })],
    [
      'has not so much memory unreserved',
      'InsufficientReservation',
      {},
      machine('a', { size: 16 * GiB, reservation: 16 * GiB }),
    ],
    [
      'is Xen and has not all of its memory',
      'InsufficientReservation',
      { hypervisor: xen },
      machine('a', { size: 17 * GiB }),
    ],
  ])('not when it %s: %s', (_, reason, on, asked) => {
    expect(refuse(on, asked)?.reason).toBe(reason);
  });

  it('with the first check in the order of api.md counting', () => {
    const hopeless = machine(
      'a',
      { count: 99, size: 99 * GiB, reservation: 99 * GiB },
      { networks: ['dmz'], datastores: ['san2'] },
    );
    expect(refuse({ maintenance: true }, hopeless)?.reason).toBe('HostInMaintenance');
    expect(refuse({}, hopeless)?.reason).toBe('TooManyVCPUs');
    expect(refuse({}, { ...hopeless, cpu: machine('a').cpu })?.reason).toBe('DatastoreNotAccessible');
  });

  it('and gives the sum when there is too little', () => {
    expect(refuse({ memory: 1.1 * GiB }, machine('a', { count: 2, size: 4 * GiB, reservation: GiB }))).toMatchObject({
      group: 'lack 0.14 GiB',
      detail: '1.10 GiB unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead',
    });
    expect(refuse({}, machine('a', { count: 8, reservationMHz: 16_000 }))).toBeUndefined();
    const room = new Room(host('h1'));
    room.take(machine('other', { count: 8, reservationMHz: 15_000 }));
    expect(refusalOf(room, machine('a', { reservationMHz: 1500 }), around)?.detail).toBe(
      '1.00 GHz unreserved, needs 1.50 GHz reservation',
    );
  });

  it('on Xen without counting a swap file, which it has not', () => {
    const asked = machine(
      'a',
      {},
      { space: new Map([['san1', { swap: 11 * GiB, disks: GiB }]]), datastores: ['san1'] },
    );
    expect(refuse({ hypervisor: xen }, asked)).toBeUndefined();
  });
});

describe('a running machine that asks for more', () => {
  it('is asked for room only, whatever has become of its host', () => {
    const room = new Room(host('h1', { maintenance: true, connection: 'NotResponding', networks: new Set() }));
    expect(shortageOf(room, machine('a', { reservation: GiB }), around)).toBeUndefined();
    expect(shortageOf(room, machine('a', { size: 32 * GiB, reservation: 30 * GiB }), around)?.reason).toBe(
      'InsufficientReservation',
    );
  });
});
