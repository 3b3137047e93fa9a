import { describe, expect, it } from 'vitest';
import { GiB } from '../../src/base/units.ts';
import { chooseHost } from '../../src/model/choice.ts';
import { inPassing, summarize } from '../../src/model/refusals.ts';
import { Room } from '../../src/model/room.ts';
import { tooLarge } from '../../src/model/too-large.ts';
import { host, machine } from '../support/facts.ts';

const around = { datastores: new Map() };

function refusals(rooms: Room[], asked = machine('a', { count: 2, size: 4 * GiB, reservation: GiB })) {
  const choice = chooseHost(rooms, asked, around);
  if (choice.room !== undefined) throw new Error('it fits');
  return summarize(choice.refusals);
}

describe('refusals in one sentence', () => {
  it('are grouped and counted, with the sum of the nearest host', () => {
    const small = Array.from({ length: 8 }, (_, i) => new Room(host(`h${i + 1}`, { memory: 1.1 * GiB })));
    const closed = ['h9', 'h10'].map((name) => new Room(host(name, { maintenance: true })));
    expect(refusals([...small, ...closed])).toEqual({
      reason: 'NoSuitableHost',
      message:
        '8 hosts lack 0.14 GiB, 2 in maintenance; nearest h1: 1.10 GiB unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead',
    });
  });

  it('have the one reason that all give, else NoSuitableHost', () => {
    expect(refusals([new Room(host('h1', { memory: GiB }))]).reason).toBe('InsufficientReservation');
    expect(refusals([new Room(host('h1', { maintenance: true }))])).toEqual({
      reason: 'HostInMaintenance',
      message: '1 host in maintenance',
    });
  });

  it('name the least amount where amounts differ', () => {
    const rooms = [new Room(host('h1', { memory: 0.5 * GiB })), new Room(host('h2', { memory: GiB }))];
    expect(refusals(rooms).message).toBe(
      '2 hosts lack 0.24 GiB or more; nearest h2: 1.00 GiB unreserved, needs 1.24 = 1.00 reservation + 0.24 overhead',
    );
  });

  it('agree in number with a single host', () => {
    expect(refusals([new Room(host('h1', { networks: new Set() }))]).message).toBe('1 host does not reach network lan');
  });
});

describe('a machine that no host can ever hold', () => {
  const said = (rooms: Room[], asked: ReturnType<typeof machine>) =>
    tooLarge(rooms, asked, [...chooseHost(rooms, asked, around).refusals]);
  const sized = (name: string, memory: number, more = {}) => new Room(host(name, { memory: memory * GiB, ...more }));
  const asking = (reservation: number) => machine('a', { size: 48 * GiB, reservation: reservation * GiB });

  it('is told what the largest has, and which field to lower', () => {
    const rooms = [sized('h1', 15), sized('h2', 31.2), sized('h3', 20, { maintenance: true })];
    expect(said(rooms, asking(48))).toBe(
      'it is larger than any host: the largest, h2, has 31.20 GiB in all: lower spec.memory.reservation',
    );
    expect(said([sized('h1', 15)], asking(48))).toBe('h1 has 15.00 GiB in all: lower spec.memory.reservation');
    const xen = sized('x', 30, { hypervisor: { type: 'Xen', version: '4' } });
    expect(said([xen], asking(0))).toBe('x has 30.00 GiB in all: lower spec.memory.size');
    expect(said([sized('h1', 15), sized('h2', 15)], machine('a', { count: 8, reservationMHz: 16_001 }))).toBe(
      undefined,
    );
    const whole = { ...host('h').cpu, isReservedAsWhole: true };
    expect(said([sized('h1', 15, { cpu: whole })], machine('a', { count: 8, reservationMHz: 16_001 }))).toBe(
      'h1 has 16.00 GHz in all: lower spec.cpu.reservationMHz',
    );
  });

  it('is not one that an emptier host, or one in maintenance, could hold', () => {
    const full = sized('h2', 64);
    full.take(asking(40));
    expect(said([sized('h1', 15), full], asking(30))).toBeUndefined();
    expect(said([sized('h1', 15), sized('h2', 64, { maintenance: true })], asking(30))).toBeUndefined();
    expect(said([sized('h1', 15, { networks: new Set() })], asking(30))).toBeUndefined();
  });
});

describe('refusals in passing', () => {
  it('name a host that is alone with its reason, and count the others', () => {
    const rooms = [
      new Room(host('h1', { networks: new Set() })),
      new Room(host('h2', { maintenance: true })),
      new Room(host('h3', { maintenance: true })),
      new Room(host('h4', { memory: 0.5 * GiB })),
      new Room(host('h5', { memory: GiB })),
    ];
    const choice = chooseHost(rooms, machine('a', { count: 2, size: 4 * GiB, reservation: GiB }), around);
    expect(inPassing(choice.refusals)).toBe('2 in maintenance, 2 lack 0.24 GiB or more, h1 does not reach network lan');
    expect(inPassing([])).toBe('');
  });
});

describe('the least loaded host', () => {
  it('is the one whose larger share is smallest with the machine', () => {
    const [busy, wide, idle] = [new Room(host('h1')), new Room(host('h2')), new Room(host('h3'))];
    busy.take(machine('x', { count: 8 }));
    wide.take(machine('y', { size: 12 * GiB }));
    idle.take(machine('z', { count: 1 }));
    const choice = chooseHost([busy, wide, idle], machine('a'), around);
    expect(choice.room?.host.name).toBe('h3');
    expect(choice).toMatchObject({ candidates: 3, cpu: 2 / 8 });
  });

  it('is the first of equals', () => {
    expect(chooseHost([new Room(host('h2')), new Room(host('h1'))], machine('a'), around).room?.host.name).toBe('h2');
  });

  it('counts a limit instead of whole cores', () => {
    const [limited, free] = [new Room(host('h1')), new Room(host('h2'))];
    limited.take(machine('x', { count: 8, limitMHz: 500 }));
    free.take(machine('y', { count: 1, size: GiB }));
    expect(chooseHost([free, limited], machine('a', { size: 1024 }), around).room?.host.name).toBe('h1');
  });
});

describe('a room', () => {
  it('is empty again when all that was taken in has gone out', () => {
    const room = new Room(host('h1'));
    const machines = [machine('a', { reservationMHz: 300 }), machine('b', { count: 4, reservation: GiB })];
    for (const each of machines) room.take(each);
    expect(room).toMatchObject({ machines: 2, reservedMHz: 300, configuredMHz: 10_000 });
    for (const each of machines) room.release(each);
    expect(room).toMatchObject({
      machines: 0,
      reservedMHz: 0,
      reservedMemory: 0,
      configuredMHz: 0,
      configuredMemory: 0,
    });
  });
});
