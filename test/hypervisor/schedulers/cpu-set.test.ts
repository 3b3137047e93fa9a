import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CpuSet } from '../../../src/hypervisor/schedulers/cpu-set.ts';

function setOf(capacity: number, members: readonly number[]): CpuSet {
  const set = new CpuSet(capacity);
  for (const cpu of members) set.add(cpu);
  return set;
}

const world = fc.integer({ min: 1, max: 100 }).chain((capacity) => {
  const members = fc.uniqueArray(fc.nat(capacity - 1));
  return fc.tuple(fc.constant(capacity), members, members, fc.nat(capacity - 1));
});

describe('a set of pCPUs', () => {
  it('is a set of numbers, and goes round from any of them', () => {
    fc.assert(
      fc.property(world, ([capacity, a, b, cpu]) => {
        const sorted = [...a].sort((x, y) => x - y);
        const set = setOf(capacity, a);
        expect(set.nextAfter(cpu)).toBe(sorted.find((member) => member > cpu) ?? sorted[0] ?? -1);
        expect([set.size, set.isEmpty, set.has(cpu)]).toEqual([a.length, a.length === 0, a.includes(cpu)]);
        const other = setOf(capacity, b);
        expect(set.sizeOfCommon(other)).toBe(a.filter((member) => b.includes(member)).length);
        const members = (of: CpuSet) => Array.from({ length: capacity }, (_, i) => i).filter((i) => of.has(i));
        const kept = setOf(capacity, a);
        kept.retain(other);
        expect(members(kept)).toEqual(sorted.filter((member) => b.includes(member)));
        set.remove(other);
        set.delete(cpu);
        expect(members(set)).toEqual(sorted.filter((member) => !b.includes(member) && member !== cpu));
        kept.copyFrom(other);
        expect(members(kept)).toEqual([...b].sort((x, y) => x - y));
        kept.clear();
        expect(kept.isEmpty).toBe(true);
      }),
    );
  });
});
