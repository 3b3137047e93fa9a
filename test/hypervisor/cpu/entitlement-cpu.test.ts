import { describe, expect, it } from 'vitest';
import { EntitlementCpu } from '../../../src/hypervisor/cpu/entitlement-cpu.ts';
import { meanRate } from '../../../src/hypervisor/cpu/host-cpu.ts';
import { config, host } from '../lab.ts';

const hardware = { ...host('h').cpu, coresPerSocket: 2, mhz: 3000 };
const esx = () => new EntitlementCpu({ type: 'ESX', version: '5.0' }, hardware, 0);
const xen = (version: string) => new EntitlementCpu({ type: 'Xen', version }, { ...hardware, coresPerSocket: 1 }, 0);
const ask = (percent: number) => ({ percent, burstUs: 10_000 });
const nothing = () => {};

describe('EntitlementCpu', () => {
  it('E2: gives the idle machine its 500, the reserved one its 2250 and the wide one the rest', () => {
    const cpu = esx();
    cpu.add('vm1', config('vm1'));
    cpu.add('vm2', config('vm2', { cpu: { reservationMHz: 2250 } }));
    cpu.add('vm3', config('vm3', { cpu: { count: 2, shares: 2000 } }));
    cpu.demand('vm1', ask(100 / 6));
    cpu.demand('vm2', ask(100));
    cpu.demand('vm3', ask(100));
    cpu.advance(0, nothing);
    expect(['vm1', 'vm2', 'vm3'].map((uid) => Math.round(cpu.rate(uid).usedMHz))).toEqual([500, 2250, 3250]);
    expect(cpu.rate('vm3').demandMHz).toBe(6000);
    expect(cpu.total()).toMatchObject({ usedMHz: 6000, demandMHz: 9500 });
  });

  it('serves until the instant at the old rates, then at the new', () => {
    const cpu = esx();
    cpu.add('a', config('a'));
    cpu.demand('a', ask(50));
    cpu.advance(1000, nothing);
    const begin = cpu.counters('a');
    cpu.advance(2000, nothing);
    cpu.demand('a', ask(100));
    cpu.advance(2000, nothing);
    cpu.advance(5000, nothing);
    expect(meanRate(begin, cpu.counters('a'))!.usedMHz).toBe((1500 * 1 + 3000 * 3) / 4);
    expect(meanRate(begin, begin)).toBeUndefined();
  });

  it('names those whose rates changed, and nobody else', () => {
    const cpu = esx();
    const changed: string[] = [];
    for (const uid of ['a', 'b', 'c']) {
      cpu.add(uid, config(uid));
      cpu.demand(uid, ask(50));
    }
    cpu.advance(0, nothing);
    cpu.demand('b', ask(60));
    cpu.advance(10, (uid) => changed.push(uid));
    expect(changed).toEqual(['b']);
    cpu.demand('b', ask(100));
    cpu.demand('c', ask(100));
    cpu.advance(20, (uid) => changed.push(uid));
    expect(cpu.isContended).toBe(true);
    expect(changed.slice(1).sort()).toEqual(['b', 'c']);
  });

  it('forgets who left, whatever his place, and takes any number', () => {
    const cpu = esx();
    for (let i = 0; i < 100; i++) {
      cpu.add(`m${i}`, config(`m${i}`));
      cpu.demand(`m${i}`, ask(1));
    }
    for (let i = 0; i < 100; i += 2) cpu.remove(`m${i}`);
    cpu.remove('nobody');
    cpu.advance(10, nothing);
    expect(cpu.total().usedMHz).toBeCloseTo(50 * 30, 6);
    expect(cpu.rate('m99').usedMHz).toBe(30);
  });

  it('on Xen 4 weighs per vCPU: one busy vCPU against four, equal weight, gets 20 %', () => {
    for (const [version, share] of [
      ['4', 0.2],
      ['3.2', 0.5],
    ] as const) {
      const cpu = xen(version);
      cpu.add('one', config('one', { xen: { weight: 256 } }));
      cpu.add('four', config('four', { cpu: { count: 4 }, xen: { weight: 256 } }));
      for (const uid of ['one', 'four']) cpu.demand(uid, ask(100));
      cpu.advance(0, nothing);
      expect(cpu.rate('one').usedMHz / 3000).toBeCloseTo(share, 9);
    }
  });

  it('on Xen caps by percent of one processor though the host is idle (X8), and derives the cap from the limit', () => {
    const cpu = xen('4');
    cpu.add('capped', config('capped', { xen: { cap: 50 } }));
    cpu.demand('capped', ask(100));
    cpu.advance(0, nothing);
    expect(cpu.rate('capped').usedMHz).toBe(1500);
    cpu.change('capped', config('capped', { cpu: { limitMHz: 601 } }));
    cpu.advance(0, nothing);
    expect(cpu.rate('capped').usedMHz).toBeCloseTo(3000 * 0.21, 9);
  });
});
