import { MB } from '../../base/units.ts';
import type { Workload } from '../hardware.ts';
import type { MemoryDemand } from '../memory/host-memory.ts';

/** Part of a machine's memory in active use when its workload does not say. */
const ACTIVE_PART = 0.2;
/**
 * What a guest has touched for each byte it uses actively: the proportion of consumed to active memory in VMware's
 * worked example (4096 MB to 1639.2; design/algorithms.md 5.2).
 */
const TOUCHED_PER_ACTIVE = 2.5;

/** What a guest with `size` bytes of memory works with. */
export function memoryLoad(workload: Workload['memory'], size: number): MemoryDemand {
  const active = Math.floor(Math.min(size, workload.active ?? size * ACTIVE_PART));
  return {
    active,
    touched: Math.floor(Math.min(size, active * TOUCHED_PER_ACTIVE)),
    dirtyPerSecond: workload.dirtyMBps * MB,
    writable: Math.floor(Math.min(size, workload.writableWorkingSet ?? active)),
  };
}
