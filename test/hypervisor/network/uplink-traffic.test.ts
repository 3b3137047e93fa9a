import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../../src/base/units.ts';
import { config, hints, Lab } from '../lab.ts';

interface Guest {
  readonly receive?: number;
  readonly transmit?: number;
  readonly shares?: number;
  readonly limitMbps?: number;
  readonly on?: string;
}

function configOf(name: string, { shares, limitMbps }: Guest) {
  const nic = {
    network: 'lan',
    ...(shares === undefined ? {} : { shares }),
    ...(limitMbps === undefined ? {} : { limitMbps }),
  };
  return config(name, { nics: [nic] });
}

/** Guests that receive and transmit so many Mbit/s, on hosts with an uplink of 1000. */
async function guests(all: Record<string, Guest>): Promise<Lab> {
  const lab = await new Lab().rack('h1', 'h2');
  for (const [name, guest] of Object.entries(all)) {
    const { receive: receiveMbps = 0, transmit: transmitMbps = 0 } = guest;
    lab.world.setHints(
      `uid-${name}`,
      hints({ kind: 'Idle' }, { network: { receiveMbps, transmitMbps, requestsPerSecond: 0 } }),
    );
    await lab.run(name, { host: guest.on ?? 'h1', config: configOf(name, guest) });
  }
  return lab;
}

const networkOf = async (lab: Lab, name: string) => (await lab.machine(name)).usage.network;

describe('network traffic', () => {
  it('is what guests ask for while the uplink has more, in each direction by itself', async () => {
    const lab = await guests({ a: { receive: 900, transmit: 10 }, b: { transmit: 900 }, idle: {} });
    expect(await networkOf(lab, 'a')).toMatchObject({ receiveMbps: 900, transmitMbps: 10 });
    expect(await networkOf(lab, 'b')).toMatchObject({ receiveMbps: 0, transmitMbps: 900 });
    expect(await networkOf(lab, 'idle')).toBeUndefined();
    const { uplinks } = await lab.host('h1');
    expect(uplinks).toMatchObject([{ network: 'lan', mbps: 1000, receiveMbps: 900, transmitMbps: 910 }]);
  });

  it('is divided by the shares of the cards where they ask for more, host by host', async () => {
    const lab = await guests({
      low: { transmit: 1000, shares: 25 },
      normal: { transmit: 1000 },
      high: { transmit: 1000, shares: 100 },
      elsewhere: { transmit: 1000, on: 'h2' },
    });
    expect((await networkOf(lab, 'low'))!.transmitMbps).toBeCloseTo(1000 / 7, 6);
    expect((await networkOf(lab, 'normal'))!.transmitMbps).toBeCloseTo(2000 / 7, 6);
    expect((await networkOf(lab, 'high'))!.transmitMbps).toBeCloseTo(4000 / 7, 6);
    expect((await networkOf(lab, 'elsewhere'))!.transmitMbps).toBe(1000);
  });

  it('never exceeds a limit; what is left goes to the others, and a changed limit holds at once', async () => {
    const lab = await guests({ a: { transmit: 1000, limitMbps: 100 }, b: { transmit: 1000 } });
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBe(100);
    expect((await networkOf(lab, 'b'))!.transmitMbps).toBe(900);
    await lab.call(lab.backend.reconfigure(lab.name('a'), configOf('a', { limitMbps: 300, shares: 50 })));
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBe(300);
    await lab.call(lab.backend.reconfigure(lab.name('a'), configOf('a', { shares: 150 })));
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBeCloseTo(750, 6);
  });

  it('waits for the uplink, longest where it is full: a frame of 1500 bytes takes 12 us alone', async () => {
    const wait = async (transmit: number) => (await networkOf(await guests({ a: { transmit } }), 'a'))!.latencyMs!;
    expect(await wait(0.001)).toBeCloseTo(0.012, 5);
    expect(await wait(500)).toBeCloseTo(0.024, 6);
    expect(await wait(5000)).toBeCloseTo(0.24, 6);
  });

  it('is slowed and cut by faults, until they heal, and stands still with its host', async () => {
    const lab = await guests({ a: { transmit: 800 }, b: { transmit: 10, on: 'h2' } });
    const target = { kind: 'Host', name: 'h1' } as const;
    const fault = { target, network: 'lan', group: '', mode: 'AllPathsDown', percent: 25 } as const;
    lab.world.setFault({ ...fault, id: 's', type: 'SlowNetwork', afterMs: 0, durationMs: MINUTE });
    await lab.advance(1000);
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBeLessThan(500);
    await lab.advance(MINUTE);
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBe(800);
    lab.world.setFault({ ...fault, id: 'i', type: 'IsolateNetwork', afterMs: 0, durationMs: MINUTE });
    await lab.advance(1000);
    expect(await networkOf(lab, 'a')).toEqual({ receiveMbps: 0, transmitMbps: 0 });
    expect((await networkOf(lab, 'b'))!.transmitMbps).toBe(10);
    await lab.advance(MINUTE);
    lab.world.hangHost('h1');
    expect(await networkOf(lab, 'a')).toBeUndefined();
    lab.world.unhangHost('h1');
    expect((await networkOf(lab, 'a'))!.transmitMbps).toBe(800);
  });

  it('ends with the guest', async () => {
    const lab = await guests({ a: { transmit: 800 }, b: { transmit: 800 } });
    lab.world.crashGuest('uid-a');
    expect((await networkOf(lab, 'b'))!.transmitMbps).toBe(800);
    await lab.call(lab.backend.powerOff(lab.name('b'), { mode: 'Hard', timeoutMs: 0 }));
    expect((await lab.host('h1')).uplinks[0]!.transmitMbps).toBe(0);
  });
});
