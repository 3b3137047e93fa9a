import { describe, expect, it } from 'vitest';
import { esxCommitment, memoryDemand, swapFileSize } from '../../src/arithmetic/machine-memory.ts';
import { memoryOverhead } from '../../src/arithmetic/memory-overhead.ts';
import { GiB, gib, MiB } from '../../src/base/units.ts';

const mb = (vcpus: number, sizeMiB: number) => memoryOverhead(vcpus, sizeMiB * MiB) / MiB;

describe('memory overhead', () => {
  it('M9: is the table where the table has a cell', () => {
    expect(mb(2, 4096)).toBeCloseTo(242.51, 4);
    expect(mb(8, 16384)).toBeCloseTo(1028.07, 4);
    expect(mb(1, 256)).toBeCloseTo(113.17, 4);
    expect(mb(1, 262144)).toBeCloseTo(3714.99, 4);
  });

  it('lies on the straight line between two rows', () => {
    expect(mb(1, 3072)).toBeCloseTo((137.81 + 165.98) / 2, 4);
    expect(mb(4, 12288)).toBeCloseTo((413.91 + 591.76) / 2, 4);
  });

  it('fills the cells that the guide leaves empty between their neighbours in the row', () => {
    expect(mb(6, 4096)).toBeCloseTo((324.99 + 561.52) / 2, 4);
    expect(mb(3, 8192)).toBeCloseTo((331.12 + 413.91) / 2, 4);
  });

  it('goes on in a straight line beyond the last row and column, and is that of 256 MiB below it', () => {
    expect(mb(2, 32768)).toBeCloseTo(508.34 + 2 * (508.34 - 331.12), 4);
    expect(mb(16, 2048)).toBeCloseTo(484.18 + 8 * (484.18 - 442.94), 4);
    expect(mb(1, 64)).toBe(mb(1, 256));
  });

  it('grows with memory and with vCPUs everywhere', () => {
    for (let vcpus = 1; vcpus <= 32; vcpus++) {
      for (let size = 256; size <= 524288; size *= 1.5) {
        expect(mb(vcpus, size * 1.5)).toBeGreaterThan(mb(vcpus, size));
        expect(mb(vcpus + 1, size)).toBeGreaterThan(mb(vcpus, size));
      }
    }
  });
});

describe('what a machine takes', () => {
  it('M12: 4096 MB with 1024 MB reserved need a swap file of 3072 MB', () => {
    expect(swapFileSize(4096 * MiB, 1024 * MiB)).toBe(3072 * MiB);
    expect(swapFileSize(GiB, 2 * GiB)).toBe(0);
  });

  it('commits what it reserves and its overhead: 1.24 = 1.00 reservation + 0.24 overhead', () => {
    expect(gib(esxCommitment(2, 4 * GiB, GiB))).toBe('1.24');
    expect(gib(memoryOverhead(2, 4 * GiB))).toBe('0.24');
  });

  it('M10: asks for 2343.4 MB of 8 GB: active 1639.2, a quarter of 2456.8 idle, 90 overhead', () => {
    expect(memoryDemand(1639.2, 4096, 90)).toBeCloseTo(2343.4, 6);
  });
});
