import { describe, expect, it } from 'vitest';
import { GiB, MiB } from '../../../src/base/units.ts';
import { EntitlementMemory } from '../../../src/hypervisor/memory/entitlement-memory.ts';
import { config, host, xenHost } from '../lab.ts';

const nothing = () => {};
const machine = (size: number, more: object = {}) => config('m', { memory: { size, shares: size / MiB, ...more } });

describe('EntitlementMemory', () => {
  it('lets everyone hold what he touched while there is room', () => {
    const memory = new EntitlementMemory(host('h1'));
    memory.add('a', machine(4 * GiB), 100 * MiB);
    memory.demand('a', { active: GiB, touched: 3 * GiB });
    memory.advance(0, nothing);
    // Demand: active, a quarter of what is idle, and overhead.
    expect(memory.rate('a')).toEqual({
      granted: 3 * GiB,
      consumed: 3 * GiB,
      active: GiB,
      overhead: 100 * MiB,
      entitlement: 1.5 * GiB,
      demand: 1.5 * GiB + 100 * MiB,
    });
    expect(memory.total()).toMatchObject({ used: 3 * GiB + 100 * MiB, free: 13 * GiB - 100 * MiB, state: 'High' });
  });

  it('divides what is above minFree by shares when more is touched, and meets reservations first', () => {
    const memory = new EntitlementMemory(host('h1'));
    const { minFree } = memory.total();
    memory.add('a', machine(16 * GiB, { shares: 1000 }), 0);
    memory.add('b', machine(16 * GiB, { shares: 3000 }), 0);
    for (const uid of ['a', 'b']) memory.demand(uid, { active: GiB, touched: 16 * GiB });
    memory.advance(0, nothing);
    expect(memory.rate('b').consumed / memory.rate('a').consumed).toBeCloseTo(3, 6);
    expect(memory.total().free - minFree).toBeLessThan(4);
    expect(memory.total().state).toBe('High');
    memory.change('a', machine(16 * GiB, { shares: 1000, reservation: 10 * GiB }), 0);
    memory.advance(0, nothing);
    expect(memory.rate('a').consumed).toBe(10 * GiB);
  });

  it('holds nobody above his limit', () => {
    const memory = new EntitlementMemory(host('h1'));
    memory.add('a', machine(4 * GiB, { limit: GiB }), 0);
    memory.demand('a', { active: 2 * GiB, touched: 4 * GiB });
    memory.advance(0, nothing);
    expect(memory.rate('a')).toMatchObject({ consumed: GiB, active: GiB });
  });

  it('goes to a worse state when reservations leave less than minFree', () => {
    const memory = new EntitlementMemory(host('h1', { hypervisor: { type: 'ESX', version: '4.0' } }));
    memory.add('a', machine(16 * GiB, { reservation: 15.5 * GiB }), 0);
    memory.demand('a', { active: 16 * GiB, touched: 16 * GiB });
    memory.advance(0, nothing);
    // 0.5 of 16 GiB is 3.1 %: below 4, above 2.
    expect(memory.total().state).toBe('Soft');
    memory.remove('a');
    memory.advance(0, nothing);
    expect(memory.total()).toMatchObject({ state: 'High', free: 16 * GiB });
  });

  it('on Xen gives each its whole size from the start, beside dom0', () => {
    const memory = new EntitlementMemory(xenHost('h1'));
    memory.add('a', machine(4 * GiB), 0);
    memory.advance(0, nothing);
    expect(memory.rate('a')).toMatchObject({ consumed: 4 * GiB, entitlement: 4 * GiB, active: 0 });
    expect(memory.total()).toMatchObject({ used: 6 * GiB, minFree: 0, state: 'High' });
  });
});
