import { GiB, MiB } from '../base/units.ts';

/**
 * The memory that ESX keeps free, and the states that say how it gets it back when it is short (design/algorithms.md
 * 3.3; Waldspurger 2002 for the 4.0 steps, Denneman for 4.1 and 5.0).
 */

export type MemoryState = 'High' | 'Soft' | 'Hard' | 'Low';

/** Bytes of free memory below which each state is entered; at `high` everything is well again. */
export interface FreeThresholds {
  readonly high: number;
  readonly soft: number;
  readonly hard: number;
  readonly low: number;
}

/** Part of each tranche of a host's memory that ESX 5.0 keeps free. */
const sliding: readonly (readonly [tranche: number, part: number])[] = [
  [4 * GiB, 0.06],
  [8 * GiB, 0.04],
  [16 * GiB, 0.02],
  [Number.POSITIVE_INFINITY, 0.01],
];

function isBefore(version: string, wanted: string): boolean {
  return Number.parseFloat(version) < Number.parseFloat(wanted);
}

/** Bytes that an ESX host of `size` bytes of memory keeps free: 6 % before 5.0, sliding from 5.0. */
export function minFree(version: string, size: number): number {
  if (isBefore(version, '5.0')) return size * 0.06;
  let left = size;
  let free = 0;
  for (const [tranche, part] of sliding) {
    const here = Math.min(left, tranche);
    free += here * part;
    left -= here;
  }
  return free;
}

/** ESX 4.0: 6, 4, 2 and 1 % of the memory. Later: 100, 64, 32 and 16 % of minFree. */
export function freeThresholds(version: string, size: number): FreeThresholds {
  if (isBefore(version, '4.1')) return { high: size * 0.06, soft: size * 0.04, hard: size * 0.02, low: size * 0.01 };
  const high = minFree(version, size);
  return { high, soft: high * 0.64, hard: high * 0.32, low: high * 0.16 };
}

const states: readonly MemoryState[] = ['High', 'Soft', 'Hard', 'Low'];

/**
 * The state at `free` bytes, coming from `previous`. A state is entered below its threshold and left for the better
 * only at the threshold of the state above it, so that a host at a boundary does not flutter.
 */
export function memoryState(free: number, thresholds: FreeThresholds, previous: MemoryState): MemoryState {
  const entry = [Number.POSITIVE_INFINITY, thresholds.soft, thresholds.hard, thresholds.low];
  const exit = [Number.POSITIVE_INFINITY, thresholds.high, thresholds.soft, thresholds.hard];
  let state = states.indexOf(previous);
  while (state < 3 && free < entry[state + 1]!) state++;
  while (state > 0 && free >= exit[state]!) state--;
  return states[state]!;
}

/** The most that the balloon takes of a machine (Mem.CtlMaxPercent: 65 %), in whole MiB; the rest comes from swap. */
export function balloonLimit(size: number, part = 0.65): number {
  return Math.floor((size / MiB) * part) * MiB;
}
