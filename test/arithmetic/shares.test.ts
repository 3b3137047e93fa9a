import { describe, expect, it } from 'vitest';
import {
  cpuShares,
  diskShares,
  memoryShares,
  nicShares,
  poolCpuShares,
  poolMemoryShares,
} from '../../src/arithmetic/shares.ts';
import { xenCap, xenWeight } from '../../src/arithmetic/xen-allocation.ts';
import { GiB } from '../../src/base/units.ts';

describe('shares', () => {
  it('R10: Normal gives 2 vCPUs and 2 GB 2000 CPU shares and 20480 memory shares', () => {
    expect(cpuShares('Normal', 2)).toBe(2000);
    expect(memoryShares('Normal', 2 * GiB)).toBe(20480);
  });

  it('stand as 1 : 2 : 4', () => {
    expect([cpuShares('Low', 1), cpuShares('High', 1)]).toEqual([500, 2000]);
    expect([memoryShares('Low', GiB), memoryShares('High', GiB)]).toEqual([5120, 20480]);
    expect([diskShares('Low'), diskShares('Normal'), diskShares('High')]).toEqual([500, 1000, 2000]);
    expect([nicShares('Low'), nicShares('Normal'), nicShares('High'), nicShares(7)]).toEqual([25, 50, 100, 7]);
  });

  it('of a number are the number, of the whole machine', () => {
    expect([cpuShares(1234, 4), memoryShares(1234, GiB), diskShares(7)]).toEqual([1234, 1234, 7]);
  });

  it('of a pool are those of 4 vCPUs and 16 GB', () => {
    expect([poolCpuShares('Low'), poolCpuShares('Normal'), poolCpuShares('High')]).toEqual([2000, 4000, 8000]);
    expect([poolMemoryShares('Low'), poolMemoryShares('Normal'), poolMemoryShares('High')]).toEqual([
      81920, 163840, 327680,
    ]);
  });
});

describe('Xen', () => {
  it('weight is 256 for Normal, follows the shares per vCPU, and stays from 1 to 65535', () => {
    expect([xenWeight(1000, 1), xenWeight(4000, 4), xenWeight(4000, 2)]).toEqual([256, 256, 512]);
    expect([xenWeight(1, 8), xenWeight(1_000_000, 1)]).toEqual([1, 65535]);
  });

  it('cap is the limit in percent of one processor, rounded up; no limit is no cap', () => {
    expect([xenCap(2000, 2000), xenCap(1001, 2000), xenCap(undefined, 2000)]).toEqual([100, 51, 0]);
  });
});
