import { describe, expect, it } from 'vitest';
import type { MachineConfig } from '../../../src/hypervisor/backend.ts';
import type { HostHardware } from '../../../src/hypervisor/hardware.ts';
import { config, xenHost } from '../lab.ts';
import { SlicedHost } from './slices.ts';

/** A quad-core Xen host whose dom0 has one vCPU of this weight. */
function hardware(weight: number, more: Partial<HostHardware> = {}): HostHardware {
  const host = xenHost('x', more);
  return { ...host, dom0: { ...host.dom0!, vcpus: 1, weight } };
}

const pv = (name: string, more: Parameters<typeof config>[1] = {}): MachineConfig =>
  config(name, { guest: { virtualization: 'PV' }, ...more });
const hvm = (name: string, pvDrivers = false): MachineConfig =>
  config(name, { guest: { virtualization: 'HVM', pvDrivers } });

/** 25,000 packets a second: 300 Mbit/s of full ones. */
const io = { packets: 25_000, diskRequests: 0 };

describe('dom0', () => {
  it('is a domain before any guest is', () => {
    const { cpu } = new SlicedHost(hardware(256));
    expect(cpu.dom0).toBe('Domain-0');
    expect(cpu.figures('Domain-0')).toMatchObject({ runPercent: 0, waitPercent: 100 });
  });

  it('carries the I/O of guests in processor time of its own: 10 us a packet', () => {
    const host = new SlicedHost(hardware(256)).add(pv('web'), { percent: 20, io }).pass(1);
    const dom0 = host.cpu.times('Domain-0', host.now)!.run;
    const { io: carried } = host.during(10, 'web');
    expect(carried).toBeCloseTo(250_000, -4);
    expect((host.cpu.times('Domain-0', host.now)!.run - dom0) / 10).toBeCloseTo(0.25, 1);
    expect(host.cpu.total().usedMHz).toBeGreaterThan(0.43 * 2000);
    expect(host.cpu.xenmon('web', 1)!.io.count).toBeGreaterThan(23_000);
  });

  it('costs what the host says that it costs', () => {
    const run = (packetUs: number) =>
      new SlicedHost(hardware(256, { xenIoCosts: { packetUs } }))
        .add(pv('web'), { percent: 20, io })
        .pass(2)
        .during(10, 'Domain-0').run;
    expect(run(20) / run(5)).toBeCloseTo(4, 0);
  });

  it('works harder for an HVM guest, through its qemu-dm, until that has PV drivers', () => {
    const cost = (guest: MachineConfig) =>
      new SlicedHost(hardware(256))
        .add(guest, { percent: 20, io: { packets: 5000, diskRequests: 200 } })
        .pass(2)
        .during(10, 'Domain-0').run;
    const [emulated, driven, para] = [cost(hvm('a')), cost(hvm('a', true)), cost(pv('a'))];
    expect(emulated / driven).toBeCloseTo(5, 0);
    expect(driven).toBeCloseTo(para, 2);
  });

  it('has guests starve of network when its weight is too low, and not when it is high', () => {
    const throughput = (weight: number) => {
      const host = new SlicedHost(hardware(weight)).add(pv('web', { cpu: { count: 1 } }), { percent: 20, io });
      for (let i = 0; i < 8; i++) host.add(pv(`hog${i}`));
      host.pass(3);
      const { io: carried, run } = host.during(20, 'web');
      return { carried: carried / 20, run: run / 20, part: host.cpu.carried('web') };
    };
    const [starved, fed] = [throughput(16), throughput(1024)];
    expect(fed.carried).toBeGreaterThan(0.9 * io.packets);
    expect(starved.carried).toBeLessThan(0.5 * io.packets);
    // It is told so.
    expect(fed.part).toBeGreaterThan(0.9);
    expect(starved.part).toBeLessThan(0.6);
    // The guest waits for its rings: it is not its own weight that is short.
    expect(starved.run).toBeLessThan(0.7 * fed.run);
  });

  it('of a neighbour with much traffic takes time from hogs, who have to compete with it', () => {
    const hog = (packets: number) => {
      const host = new SlicedHost(hardware(1024)).add(pv('web'), { percent: 5, io: { packets, diskRequests: 0 } });
      for (let i = 0; i < 4; i++) host.add(pv(`hog${i}`));
      host.pass(3);
      return host.during(10, 'hog0').run;
    };
    expect(hog(60_000)).toBeLessThan(hog(100) - 0.5);
  });

  it('slows down when its memory cannot hold all of the qemu-dm processes', () => {
    const cost = (deviceModelMemory: number) => {
      const host = new SlicedHost(hardware(1024, { xenIoCosts: { deviceModelMemory } }));
      for (let i = 0; i < 4; i++) host.add(hvm(`m${i}`), { percent: 5, io: { packets: 1000, diskRequests: 0 } });
      return host.pass(2).during(5, 'Domain-0').run;
    };
    expect(cost(2 ** 30)).toBeGreaterThan(2 * cost(2 ** 25));
  });

  it('does nothing any more when the traffic ends, and a guest that waited goes on', () => {
    const host = new SlicedHost(hardware(16)).add(pv('web'), { percent: 50, io });
    for (let i = 0; i < 8; i++) host.add(pv(`hog${i}`));
    host.pass(3);
    for (let i = 0; i < 8; i++) host.cpu.remove(`hog${i}`);
    host.ask('web', { percent: 50 });
    host.pass(2);
    expect(host.during(10, 'Domain-0').run).toBeLessThan(0.001);
    expect(host.during(10, 'web').run).toBeCloseTo(5, 0);
  });
});

describe('xenmon', () => {
  it('tells of every domain over 1 s and 10 s, and gotten, waited and blocked are 100 %', () => {
    const host = new SlicedHost(hardware(256)).add(pv('web', { cpu: { count: 2 } }), { percent: 30, io });
    for (let i = 0; i < 5; i++) host.add(pv(`hog${i}`));
    expect(host.cpu.xenmon('web', 1)).toBeUndefined();
    host.pass(12);
    for (const uid of ['Domain-0', 'web', 'hog0', 'hog4']) {
      for (const seconds of [1, 10] as const) {
        const row = host.cpu.xenmon(uid, seconds)!;
        expect(row.gotten.percent + row.waited.percent + row.blocked.percent).toBeCloseTo(100, 6);
        expect(row.executions).toBeGreaterThan(0);
        expect(row.allocated.most).toBeGreaterThan(0);
      }
    }
    const [short, long] = [host.cpu.xenmon('hog0', 1)!, host.cpu.xenmon('hog0', 10)!];
    expect(long.gotten.time + long.waited.time + long.blocked.time).toBe(10e9);
    expect(short.gotten.time + short.waited.time + short.blocked.time).toBe(1e9);
  });

  it('is not for ESX', () => {
    const esx = { ...hardware(256), hypervisor: { type: 'ESX', version: '5.0' } as const };
    const host = new SlicedHost(esx).add(config('a')).pass(3);
    expect(host.cpu.xenmon('a', 1)).toBeUndefined();
    expect(host.cpu.dom0).toBeUndefined();
  });
});

describe('Xen 3.2 and 4', () => {
  it('weigh by domain and by vCPU: one busy vCPU against four has 50 % and 20 %', () => {
    for (const [version, share] of [
      ['3.2', 0.5],
      ['4', 0.2],
    ] as const) {
      const one = { sockets: 1, coresPerSocket: 1 };
      const host = xenHost('x', { hypervisor: { type: 'Xen', version }, cpu: one });
      const sliced = new SlicedHost({ ...host, hypervisor: { type: 'Xen', version } });
      sliced.add(pv('one', { xen: { weight: 256 } }));
      sliced.add(pv('four', { cpu: { count: 4 }, xen: { weight: 256 } }));
      sliced.pass(5);
      expect(sliced.during(60, 'one').run / 60).toBeCloseTo(share, 1);
    }
  });

  it('hold a cap though the host is idle', () => {
    const host = new SlicedHost(hardware(256)).add(pv('capped', { cpu: { count: 2 }, xen: { cap: 50 } })).pass(3);
    const { run, limited } = host.during(30, 'capped');
    expect(run / 30).toBeCloseTo(0.5, 1);
    expect(limited / 30).toBeCloseTo(1.5, 1);
  });
});

describe('the VMkernel', () => {
  it('works on behalf of who sends and receives: %SYS, which %USED includes', () => {
    const esx = { ...hardware(256), hypervisor: { type: 'ESX', version: '5.0' } as const };
    const host = new SlicedHost(esx).add(config('web'), { percent: 20, io }).add(config('quiet'), { percent: 20 });
    host.pass(3);
    const web = host.figures('web');
    // 25,000 packets at 3 us.
    expect(web.systemPercent).toBeCloseTo(7.5, 1);
    expect(web.usedPercent).toBeGreaterThan(web.runPercent);
    expect(host.figures('quiet').systemPercent).toBe(0);
  });
});
