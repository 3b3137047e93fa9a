import { describe, expect, it } from 'vitest';
import { fixedSampling } from '../../src/hypervisor/cpu/sampling.ts';
import type { HostHardware } from '../../src/hypervisor/hardware.ts';
import { slicedModel } from '../../src/hypervisor/host-models.ts';
import { config, hints, host, Lab, NAMESPACE, xenHost } from './lab.ts';

const model = slicedModel(fixedSampling(1));
const neighbours = ['a', 'b', 'c'];

/** Three neighbours at 40 %, and a fourth machine of two vCPUs that wants all it can get. */
async function house(hardware: HostHardware): Promise<Lab> {
  const lab = await new Lab({ model }).rack(hardware);
  for (const name of neighbours) {
    lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: 40 }));
    await lab.call(lab.backend.powerOn(lab.request(name)));
  }
  lab.world.setHints('uid-x', hints({ kind: 'Constant', percent: 100 }));
  await lab.call(lab.backend.powerOn(lab.request('x', { config: config('x', { cpu: { count: 4, shares: 4000 } }) })));
  await lab.advance(40_000);
  return lab;
}

const runOf = (lab: Lab, name: string) => lab.site.hosts.get('h1')!.cpu.times(`uid-${name}`, lab.site.now)!;

describe.each([
  ['ESX', host('h1')],
  ['Xen', { ...xenHost('h1'), name: 'h1' }],
] as const)('on %s', (_, hardware) => {
  it('a guest that crashes takes nothing from its neighbours: they run on, with all they ask for', async () => {
    const lab = await house(hardware);
    lab.world.crashGuest('uid-x');
    await lab.advance(1000);
    const before = neighbours.map((name) => runOf(lab, name).run);
    const reports = await Promise.all(neighbours.map((name) => lab.machine(name)));
    await lab.advance(20_000);
    for (const [i, name] of neighbours.entries()) {
      expect((runOf(lab, name).run - before[i]!) / 20).toBeCloseTo(0.4, 1);
      const report = await lab.machine(name);
      expect(report).toMatchObject({
        power: 'On',
        epoch: 1,
        resets: 0,
        guest: { state: 'Running', heartbeat: 'Green' },
      });
      expect(report.files).toEqual(reports[i]!.files);
      expect(report.config).toEqual(reports[i]!.config);
    }
  });

  it('a crash changes not one slice of the neighbours beyond what falling idle would have', async () => {
    const times = async (crashes: boolean) => {
      const lab = await new Lab({ model }).rack({ ...hardware, cpu: { ...hardware.cpu, coresPerSocket: 8 } });
      for (const name of [...neighbours, 'x']) {
        lab.world.setHints(`uid-${name}`, hints({ kind: 'Constant', percent: name === 'x' ? 100 : 40 }));
        const at = neighbours.indexOf(name) < 0 ? 7 : neighbours.indexOf(name);
        const pinned = { cpu: { affinity: [at] }, xen: { vcpuPin: [[at]] } };
        await lab.call(lab.backend.powerOn(lab.request(name, { config: config(name, pinned) })));
      }
      await lab.advance(40_000);
      if (crashes) lab.world.crashGuest('uid-x');
      else lab.world.setHints('uid-x', hints({ kind: 'Idle' }));
      await lab.advance(10_000);
      return neighbours.map((name) => runOf(lab, name));
    };
    expect(await times(true)).toEqual(await times(false));
  });

  it('a hog never takes a neighbour below what it is entitled to', async () => {
    const lab = await house(hardware);
    const before = new Map([...neighbours, 'x'].map((name) => [name, runOf(lab, name)]));
    await lab.advance(60_000);
    for (const name of neighbours) {
      const { run } = runOf(lab, name);
      const entitled = (await lab.machine(name)).usage.cpu.entitlementMHz / 2000;
      expect((run - before.get(name)!.run) / 60).toBeGreaterThan(0.97 * entitled);
      expect(entitled).toBeCloseTo(0.4, 6);
    }
    // The hog has the rest, and no more.
    expect((runOf(lab, 'x').run - before.get('x')!.run) / 60).toBeGreaterThan(2.6);
  });

  it('hogs in number take nobody below his entitlement either', async () => {
    const lab = await house(hardware);
    for (let i = 0; i < 4; i++) {
      lab.world.setHints(`uid-hog${i}`, hints({ kind: 'Constant', percent: 100 }));
      const request = lab.request(`hog${i}`, { config: config(`hog${i}`, { cpu: { count: 2, shares: 2000 } }) });
      await lab.call(lab.backend.powerOn(request));
    }
    await lab.advance(40_000);
    const before = neighbours.map((name) => runOf(lab, name).run);
    await lab.advance(60_000);
    for (const [i, name] of neighbours.entries()) {
      const entitled = (await lab.machine(name)).usage.cpu.entitlementMHz / 2000;
      expect(entitled).toBeGreaterThan(0.25);
      expect((runOf(lab, name).run - before[i]!) / 60, name).toBeGreaterThan(0.93 * entitled);
    }
  });
});

describe('a world of slices', () => {
  it('is the same again for the same seed, and goes on after its datacenter was killed', async () => {
    const run = async (restarts: boolean) => {
      const lab = await house(host('h1'));
      if (restarts) await lab.restart('kill');
      await lab.advance(10_000);
      return JSON.stringify(await lab.call(lab.backend.stats(NAMESPACE)));
    };
    expect(await run(false)).toBe(await run(false));
    const [kept, again] = [await run(true), await run(true)];
    expect(kept).toBe(again);
    const busy = (JSON.parse(kept) as { kind: string; name: string; usage?: { cpu: { usedMHz: number } } }[]).find(
      ({ kind, name }) => kind === 'Machine' && name === 'x',
    );
    expect(busy!.usage!.cpu.usedMHz).toBeGreaterThan(5000);
  });
});
