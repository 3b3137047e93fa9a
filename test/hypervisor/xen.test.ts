import { describe, expect, it } from 'vitest';
import { MiB } from '../../src/base/units.ts';
import { fixedSampling } from '../../src/hypervisor/cpu/sampling.ts';
import type { FaultOrder } from '../../src/hypervisor/faults/fault.ts';
import { slicedModel } from '../../src/hypervisor/host-models.ts';
import { config, hints, Lab, xenHost } from './lab.ts';

const model = slicedModel(fixedSampling(1));
const traffic = { network: { receiveMbps: 50, transmitMbps: 0, requestsPerSecond: 0 } };

const fault = (type: 'StopAgent' | 'Dom0Crash'): FaultOrder => ({
  id: type,
  type,
  target: { kind: 'Host', name: 'x1' },
  afterMs: 0,
  group: '',
  mode: 'AllPathsDown',
  percent: 10,
});

async function xen(guest: Parameters<typeof config>[1] = {}): Promise<Lab> {
  const lab = await new Lab({ model }).rack(xenHost('x1'));
  lab.world.setHints('uid-a', hints({ kind: 'Constant', percent: 50 }, traffic));
  await lab.call(lab.backend.powerOn(lab.request('a', { host: 'x1', config: config('a', guest) })));
  await lab.advance(40_000);
  return lab;
}

const timesOf = (lab: Lab, uid: string) => lab.site.hosts.get('x1')!.cpu.times(uid, lab.site.now)!;

describe('a Xen host of slices', () => {
  it('takes no guest before dom0 is up', async () => {
    const lab = await new Lab({ model }).rack(xenHost('x1', { power: 'Off' }));
    const start = () => lab.backend.powerOn(lab.request('a', { host: 'x1' }));
    await lab.call(lab.backend.setHostPower({ namespace: 'lab', name: 'x1' }, 'On'));
    await lab.advance(100_000);
    expect(await lab.refused(start())).toBe('HostNotConnected: x1 is PoweringOn');
    await lab.advance(80_000);
    expect((await lab.host('x1')).dom0).toEqual({ runPercent: 0, readyPercent: 0 });
    expect(await lab.call(start())).toEqual({ epoch: 1 });
  });

  it('tells what dom0 does for its guests, and counts it as used', async () => {
    const lab = await xen({ guest: { virtualization: 'PV' } });
    const { dom0, used } = await lab.host('x1');
    // 4,167 packets a second at 10 us, on one of two vCPUs.
    expect(dom0!.runPercent).toBeGreaterThan(1.5);
    expect(dom0!.runPercent).toBeLessThan(3);
    expect(used.cpuMHz).toBeGreaterThan((await lab.machine('a')).usage.cpu.usedMHz + 60);
  });

  it('tells of a guest whose I/O dom0 has no time for what it got, not what it asked for', async () => {
    const received = async (weight: number) => {
      const hardware = xenHost('x1');
      const dom0 = { ...hardware.dom0!, vcpus: 1, weight };
      const lab = await new Lab({ model }).rack({ ...hardware, dom0 });
      const much = { network: { receiveMbps: 300, transmitMbps: 0, requestsPerSecond: 0 } };
      const para = { guest: { virtualization: 'PV' as const } };
      for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        const busy = hints({ kind: 'Constant', percent: 100 }, name === 'a' ? much : {});
        lab.world.setHints(`uid-${name}`, busy);
        await lab.call(lab.backend.powerOn(lab.request(name, { host: 'x1', config: config(name, para) })));
      }
      await lab.advance(40_000);
      return (await lab.machine('a')).usage.network!.receiveMbps;
    };
    expect(await received(4096)).toBeGreaterThan(290);
    expect(await received(16)).toBeLessThan(200);
  });

  it('runs guests on, and their I/O, when its management daemon dies', async () => {
    const lab = await xen();
    const before = timesOf(lab, 'uid-a');
    lab.world.setFault(fault('StopAgent'));
    await lab.advance(20_000);
    expect(await lab.host('x1')).toMatchObject({ connection: 'AgentDown', machines: ['uid-a'] });
    const after = timesOf(lab, 'uid-a');
    expect(after.run - before.run).toBeCloseTo(10, 0);
    expect(after.io - before.io).toBeGreaterThan(0.9 * 20 * 4166);
    expect(await lab.refused(lab.backend.powerOff(lab.name('a'), { mode: 'Hard', timeoutMs: 0 }))).toMatch(
      /^HostNotConnected/,
    );
  });

  it('goes down with its dom0, and everything on it', async () => {
    const lab = await xen();
    lab.world.setFault(fault('Dom0Crash'));
    await lab.advance(2000);
    expect(await lab.host('x1')).toMatchObject({ power: 'Failed', machines: [] });
    expect(lab.site.hosts.get('x1')!.cpu.times('uid-a', lab.site.now)).toBeUndefined();
    expect((await lab.machine('a')).power).toBe('Off');
  });

  it('keeps memory in dom0 for the qemu-dm of an HVM guest until that has PV drivers', async () => {
    const overhead = async (guest: object) => (await (await xen({ guest })).machine('a')).usage.memory.overhead;
    expect(await overhead({ virtualization: 'HVM' })).toBe(32 * MiB);
    expect(await overhead({ virtualization: 'HVM', pvDrivers: true })).toBe(0);
    expect(await overhead({ virtualization: 'PV' })).toBe(0);
  });

  it('refuses an HVM guest without VT-x or AMD-V, and an unmodified system as PV', async () => {
    const lab = await new Lab({ model }).rack(xenHost('x1', { cpu: { virtualization: 'None' } }));
    const start = (guest: object) =>
      lab.refused(lab.backend.powerOn(lab.request('a', { host: 'x1', config: config('a', { guest }) })));
    expect(await start({ virtualization: 'HVM' })).toMatch(/^IncompatibleCPU: .*VT-x or AMD-V/);
    expect(await start({ virtualization: 'PV', os: 'windows2003' })).toMatch(/^GuestUnsupported: .*not made for PV/);
    expect(await start({ virtualization: 'PV' })).toBe('not refused');
  });
});
