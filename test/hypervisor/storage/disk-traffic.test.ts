import { describe, expect, it } from 'vitest';
import { GiB, MINUTE } from '../../../src/base/units.ts';
import type { MachineConfig } from '../../../src/hypervisor/backend.ts';
import type { DatastoreHardware } from '../../../src/hypervisor/hardware.ts';
import { config, datastore, hints, host, Lab } from '../lab.ts';

interface Guest {
  readonly read?: number;
  readonly write?: number;
  readonly shares?: number;
  readonly limitIOPS?: number;
  readonly on?: string;
}

const disk = ({ shares = 1000, limitIOPS }: Guest): MachineConfig['disks'][number] => ({
  name: 'root',
  size: 10 * GiB,
  datastore: 'san1',
  provisioning: 'Thick',
  shares,
  ...(limitIOPS === undefined ? {} : { limitIOPS }),
});

/** Guests that read and write so many MB/s, on a datastore of 100 MB/s. */
async function guests(all: Record<string, Guest>, hardware: Partial<DatastoreHardware> = {}): Promise<Lab> {
  const lab = await new Lab().rack('h1', 'h2');
  lab.world.upsertDatastore(datastore('san1', { mbps: 800, iops: 1_000_000, ...hardware }));
  for (const [name, guest] of Object.entries(all)) {
    const { read: readMBps = 0, write: writeMBps = 0 } = guest;
    lab.world.setHints(`uid-${name}`, hints({ kind: 'Idle' }, { disk: { readMBps, writeMBps } }));
    await lab.run(name, { host: guest.on ?? 'h1', config: config(name, { disks: [disk(guest)] }) });
  }
  return lab;
}

const diskOf = async (lab: Lab, name: string) => (await lab.machine(name)).usage.disk;
const trafficOf = (lab: Lab) => lab.site.disks.on('san1');

describe('disk traffic', () => {
  it('is what guests ask for while the datastore has more, counted in MB and requests of 32 KiB', async () => {
    const lab = await guests({ a: { read: 10, write: 5 }, b: { read: 1 }, idle: {} });
    expect(await diskOf(lab, 'a')).toMatchObject({ readMBps: 10, writeMBps: 5, iops: 15e6 / 32768 });
    expect(trafficOf(lab)).toMatchObject({ readMBps: 11, writeMBps: 5 });
    expect(await diskOf(lab, 'idle')).toBeUndefined();
  });

  it('is divided by the shares of the disks where they ask for more, whatever host they are on', async () => {
    const lab = await guests({
      low: { read: 200, shares: 500 },
      normal: { read: 100, write: 100, shares: 1000, on: 'h2' },
      high: { write: 200, shares: 2000 },
    });
    const sum = (reading: Awaited<ReturnType<typeof diskOf>>) => reading!.readMBps + reading!.writeMBps;
    expect(sum(await diskOf(lab, 'low'))).toBeCloseTo(100 / 7, 6);
    expect(sum(await diskOf(lab, 'normal'))).toBeCloseTo(200 / 7, 6);
    expect(await diskOf(lab, 'normal')).toMatchObject({ readMBps: expect.closeTo(100 / 7, 6) });
    expect(sum(await diskOf(lab, 'high'))).toBeCloseTo(400 / 7, 6);
  });

  it('never exceeds a limit; what is left goes to the others', async () => {
    const lab = await guests({ a: { read: 200, limitIOPS: 100 }, b: { read: 200 } });
    expect((await diskOf(lab, 'a'))!.iops).toBeCloseTo(100, 6);
    expect((await diskOf(lab, 'b'))!.readMBps).toBeCloseTo(100 - (100 * 32768) / 1e6, 6);
  });

  it('is bounded by operations as well as by speed', async () => {
    const lab = await guests({ a: { read: 90 } }, { iops: 1000 });
    expect((await diskOf(lab, 'a'))!.iops).toBeCloseTo(1000, 6);
  });

  it('takes effect at once when shares or limits change, a guest stops, hangs, or asks for something else', async () => {
    const lab = await guests({ a: { read: 200 }, b: { read: 200 } });
    const changed = config('a', { disks: [disk({ shares: 3000 })] });
    await lab.call(lab.backend.reconfigure(lab.name('a'), changed));
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(75, 6);
    lab.world.hangGuest('uid-b');
    expect(await diskOf(lab, 'b')).toBeUndefined();
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(100, 6);
    lab.world.healGuest('uid-b');
    lab.world.setHints('uid-b', hints({ kind: 'Idle' }, { disk: { readMBps: 10, writeMBps: 0 } }));
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(90, 6);
    await lab.call(lab.backend.powerOff(lab.name('b'), { mode: 'Hard', timeoutMs: 0 }));
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(100, 6);
    expect(trafficOf(lab).readMBps).toBeCloseTo(100, 6);
  });

  it('waits longer the busier the datastore is, and longest where it is full', async () => {
    const latency = async (read: number) => (await diskOf(await guests({ a: { read } }), 'a'))!.latencyMs!;
    const [idle, busy, full] = [await latency(0.001), await latency(80), await latency(500)];
    expect(idle).toBeCloseTo(5, 1);
    expect(busy).toBeCloseTo(25, 6);
    expect(full).toBeCloseTo(100, 6);
  });

  it('stops where the datastore is lost to the host, and goes to those who still reach it', async () => {
    const lab = await guests({ a: { read: 200 }, b: { read: 200, on: 'h2' } });
    lab.world.loseDatastore('h1', 'san1');
    const lost = await diskOf(lab, 'a');
    expect(lost).toEqual({ readMBps: 0, writeMBps: 0, iops: 0 });
    expect((await diskOf(lab, 'b'))!.readMBps).toBeCloseTo(100, 6);
    lab.world.regainDatastore('h1', 'san1');
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(50, 6);
  });

  it('is slowed by a fault of the disks until it heals', async () => {
    const lab = await guests({ a: { read: 90 } });
    const target = { kind: 'Datastore', name: 'san1' } as const;
    lab.world.setFault({
      id: 'f',
      target,
      type: 'SlowDisk',
      group: '',
      mode: 'AllPathsDown',
      percent: 25,
      afterMs: 0,
      durationMs: MINUTE,
    });
    await lab.advance(1000);
    const slow = (await diskOf(lab, 'a'))!;
    expect(slow.readMBps).toBeLessThan(50);
    expect(slow.latencyMs).toBeGreaterThan(60);
    await lab.advance(MINUTE);
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(90, 6);
  });

  it('over the network is no faster than the uplink of each host', async () => {
    const lab = await guests(
      { a: { read: 500 }, b: { read: 500, on: 'h2' } },
      { type: 'NFS', backing: 'NAS', mbps: 80_000 },
    );
    // 1000 Mbit/s each.
    expect((await diskOf(lab, 'a'))!.readMBps).toBeCloseTo(125, 6);
    expect((await diskOf(lab, 'b'))!.readMBps).toBeCloseTo(125, 6);
  });

  it('is the same after a restart', async () => {
    const lab = await guests({ a: { read: 200, shares: 500 }, b: { read: 200 } });
    const before = [await diskOf(lab, 'a'), await diskOf(lab, 'b')];
    await lab.restart('kill');
    expect([await diskOf(lab, 'a'), await diskOf(lab, 'b')]).toEqual(before);
  });
});

describe('a thin disk', () => {
  it('grows with what its guest gets to write, not with what it asks to', async () => {
    const grown = async (limitIOPS: number) => {
      const lab = await guests({});
      lab.world.setHints('uid-a', hints({ kind: 'Idle' }, { disk: { readMBps: 0, writeMBps: 80 } }));
      const disks = [{ ...disk({ limitIOPS }), size: 100 * GiB, provisioning: 'Thin' as const }];
      await lab.run('a', { config: config('a', { disks }) });
      await lab.advance(20 * MINUTE);
      return (await lab.machine('a')).files.find(({ kind }) => kind === 'Disk')!.size / 1e6;
    };
    // One byte in ten is new: 8 MB/s; with 320 requests of 32 KiB per second 1.05.
    expect(await grown(0)).toBeGreaterThan(9000);
    expect(await grown(0)).toBeLessThan(9800);
    expect(await grown(320)).toBeGreaterThan(1000);
    expect(await grown(320)).toBeLessThan(1400);
  });
});

describe('swap files', () => {
  it('are as slow as the datastore that they are on: a busy one makes guests wait longer', async () => {
    const wait = async (neighbour: Guest) => {
      const lab = await guests({ neighbour: { ...neighbour, on: 'h2' } });
      for (const name of ['a', 'b']) {
        const memory = { active: 8.5 * GiB, dirtyMBps: 0 };
        lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 10 }, { memory }));
        const big = { guest: { tools: false }, memory: { size: 10 * GiB, shares: 102_400 }, disks: [disk({})] };
        await lab.run(name, { config: config(name, big) });
      }
      await lab.advance(5 * MINUTE);
      const { cpu, memory } = (await lab.machine('a')).usage;
      expect(memory.swapped).toBeGreaterThan(0);
      return { waits: cpu.swapWaitPercent!, back: memory.swapInKBps! };
    };
    const [quiet, busy] = [await wait({ read: 1 }), await wait({ read: 500 })];
    expect(quiet.waits).toBeGreaterThan(10);
    expect(busy.waits).toBeGreaterThanOrEqual(quiet.waits);
    expect(busy.back).toBeLessThan(quiet.back / 4);
  });

  it('that are out of reach make a guest stand still that needs what is in them', async () => {
    const lab = await new Lab().rack(host('h1', { memory: 8 * GiB }));
    for (const name of ['a', 'b']) {
      const memory = { active: 5 * GiB, dirtyMBps: 0 };
      lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 50 }, { memory }));
      await lab.run(name, {
        config: config(name, { guest: { tools: false }, memory: { size: 6 * GiB, shares: 61_440 } }),
      });
    }
    await lab.advance(2 * MINUTE);
    lab.world.loseDatastore('h1', 'san1');
    await lab.advance(MINUTE);
    const { cpu } = (await lab.machine('a')).usage;
    expect(cpu.swapWaitPercent).toBe(100);
    // The hypervisor's own work for it aside.
    expect(cpu.usedMHz).toBeLessThan(20);
  });
});
