import { describe, expect, it } from 'vitest';
import { GiB, HOUR, MiB } from '../../src/base/units.ts';
import type { CpuWorkload } from '../../src/hypervisor/hardware.ts';
import { config, hints, Lab } from './lab.ts';

async function running(cpu: CpuWorkload, more: Parameters<typeof hints>[1] = {}) {
  const lab = await new Lab().rack('h1');
  lab.world.setHints('uid-a', hints(cpu, more));
  await lab.run('a');
  lab.heard.length = 0;
  return lab;
}

describe('usage', () => {
  it('is what the workload asks for, as soon as the guest is up', async () => {
    const lab = await running({ kind: 'Constant', percent: 30 }, { memory: { active: 256 * MiB, dirtyMBps: 1 } });
    const { cpu, memory } = (await lab.machine('a')).usage;
    expect(cpu).toMatchObject({ usedMHz: 600, demandMHz: 600, entitlementMHz: 600 });
    // Two and a half times what is active, less the first few pages that were found to be alike.
    expect(memory.granted).toBe(640 * MiB);
    expect(memory.consumed).toBe(640 * MiB - memory.sharedSaved!);
    expect(memory.sharedSaved).toBeLessThan(MiB);
    expect(await lab.host('h1')).toMatchObject({
      used: { cpuMHz: 600, memory: memory.consumed + memory.overhead },
      capacity: { cpuMHz: 8000, memory: 16 * GiB },
      memory: { state: 'High', free: 16 * GiB - memory.consumed - memory.overhead },
    });
  });

  it('of memory is sampled: all that was touched at boot counts as active until the first sample, then about what is', async () => {
    const lab = await running({ kind: 'Constant', percent: 30 }, { memory: { active: 256 * MiB, dirtyMBps: 1 } });
    expect((await lab.machine('a')).usage.memory.active).toBe(640 * MiB);
    const seen: number[] = [];
    for (let minute = 0; minute < 20; minute++) {
      await lab.advance(60_000);
      seen.push((await lab.machine('a')).usage.memory.active / MiB);
    }
    expect(Math.min(...seen)).toBeGreaterThan(200);
    expect(Math.max(...seen)).toBeLessThan(420);
    expect(new Set(seen).size).toBeGreaterThan(5);
  });

  it('of memory is told as guests of the same system come to share it, over an hour', async () => {
    const lab = await new Lab().rack('h1');
    const big = { memory: { size: 4 * GiB, shares: 40_960 } };
    for (const name of ['a', 'b', 'c']) await lab.run(name, { config: config(name, big) });
    await lab.advance(5 * 60_000);
    lab.heard.length = 0;
    await lab.advance(2 * HOUR);
    const saved = lab.heard.flatMap((report) =>
      report.kind === 'Machine' && report.uid === 'uid-a' ? [report.usage.memory.sharedSaved! / MiB] : [],
    );
    expect(saved.length).toBeGreaterThan(0);
    expect(saved.length).toBeLessThan(8);
    const { sharedSaved } = (await lab.machine('a')).usage.memory;
    expect(sharedSaved! / MiB - saved.at(-1)!).toBeLessThan(0.025 * 4096);
    expect(saved.at(-1)).toBeGreaterThan(100);
  });

  it('follows a workload that is told anew, and one that is taken away', async () => {
    const lab = await running({ kind: 'Constant', percent: 30 });
    lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 90 }));
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(1800);
    lab.world.removeHints('uid-a');
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(0);
  });

  it('is told when it moved by 10 points of capacity and not before, while stats are exact', async () => {
    const steps = [
      { atMs: 0, percent: 20 },
      { atMs: 1_000_000, percent: 29 },
      { atMs: 2_000_000, percent: 31 },
      { atMs: 3_000_000, percent: 39 },
    ];
    const lab = await running({ kind: 'Steps', steps });
    const told = () =>
      lab.heard.flatMap((report) => (report.kind === 'Machine' ? [report.usage.cpu.usedMHz / 20] : []));
    // Until its working set has been sampled, that is news as well.
    await lab.advance(300_000);
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(400);
    lab.heard.length = 0;
    await lab.advance(810_000);
    expect(told()).toEqual([]);
    expect((await lab.machine('a')).usage.cpu.usedMHz).toBe(580);
    await lab.advance(2_000_000);
    expect(told()).toEqual([31]);
    // The host has four times the capacity: it moved by less than 10 points.
    expect(lab.heard.filter(({ kind }) => kind === 'Host')).toEqual([]);
  });

  it('of a day moves through all of it with few reports', async () => {
    const lab = await running({ kind: 'Diurnal', minPercent: 10, maxPercent: 90, periodMs: 24 * HOUR });
    await lab.advance(24 * HOUR);
    const told = lab.heard.flatMap((report) => (report.kind === 'Machine' ? [report.usage.cpu.usedMHz / 20] : []));
    expect(told.length).toBeGreaterThanOrEqual(14);
    // One of them for what its memory shares.
    expect(told.length).toBeLessThanOrEqual(18);
    expect(Math.max(...told)).toBeGreaterThan(79);
  });

  it('of many machines on one host is divided by shares', async () => {
    const lab = await new Lab().rack('h1');
    for (let i = 0; i < 8; i++) {
      lab.world.setHints(`uid-m${i}`, hints({ kind: 'Constant', percent: 100 }));
      const shares = i < 4 ? 1000 : 3000;
      await lab.call(lab.backend.powerOn(lab.request(`m${i}`, { config: config(`m${i}`, { cpu: { shares } }) })));
    }
    await lab.advance(31_000);
    expect((await lab.machine('m0')).usage.cpu).toMatchObject({ usedMHz: 500, demandMHz: 2000 });
    expect((await lab.machine('m7')).usage.cpu.usedMHz).toBe(1500);
    expect((await lab.host('h1')).used.cpuMHz).toBeCloseTo(8000, 6);
    expect((await lab.host('h1')).demand.cpuMHz).toBe(16_000);
  });
});

describe('a thin disk', () => {
  it('grows as its guest writes, until it is as large as it was promised', async () => {
    const lab = await running({ kind: 'Idle' }, { disk: { readMBps: 0, writeMBps: 100 } });
    const disk = async () => (await lab.machine('a')).files.find(({ kind }) => kind === 'Disk')!.size;
    const used = () => lab.site.datastores.get('san1')!.used;
    const [first, usedFirst] = [await disk(), used()];
    expect(first).toBeLessThan(GiB);
    await lab.advance(HOUR / 10);
    const grown = (await disk()) - first;
    // 100 MB/s, a tenth of it to blocks never written before.
    expect(grown).toBeGreaterThan(0.8 * 360 * 10e6);
    expect(grown).toBeLessThanOrEqual(360 * 10e6);
    expect(used() - usedFirst).toBe(grown);
    await lab.advance(2 * HOUR);
    expect(await disk()).toBe(10 * GiB);
  });

  it('stops growing when the datastore is full, and goes on when there is room', async () => {
    const lab = await running({ kind: 'Idle' }, { disk: { readMBps: 0, writeMBps: 100 } });
    const { hardware } = lab.site.datastores.get('san1')!.record;
    lab.world.upsertDatastore({ ...hardware, capacity: 3 * GiB });
    await lab.advance(HOUR);
    const disk = async () => (await lab.machine('a')).files.find(({ kind }) => kind === 'Disk')!.size;
    expect(lab.site.datastores.get('san1')!.used).toBeLessThanOrEqual(3 * GiB);
    const stuck = await disk();
    lab.world.upsertDatastore(hardware);
    await lab.advance(HOUR);
    expect(await disk()).toBeGreaterThan(stuck);
  });

  it('stands still with its guest, and goes on growing after a restart', async () => {
    const lab = await running({ kind: 'Idle' }, { disk: { readMBps: 0, writeMBps: 100 } });
    const disk = async () => (await lab.machine('a')).files.find(({ kind }) => kind === 'Disk')!.size;
    lab.world.hangGuest('uid-a');
    const stood = await disk();
    await lab.advance(HOUR);
    expect(await disk()).toBe(stood);
    lab.world.healGuest('uid-a');
    await lab.settle();
    await lab.restart();
    await lab.advance(HOUR / 10);
    expect(await disk()).toBeGreaterThan(stood);
  });
});
