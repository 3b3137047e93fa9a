import { COMPRESSIBLE } from './constants.ts';
import { type Columns, heldBy, residentHot } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';
import { dropShared } from './page-sharing.ts';

/** How pages leave a machine. Each of these leaves `saved` right for the machine alone. */

export interface Eviction {
  /** Consumption that is to come free. */
  readonly bytes: number;
  /** Resident memory that stays whatever is asked. */
  readonly floor: number;
  /** Most that may go to the swap file now. */
  readonly swapRoom: number;
}

/**
 * The hypervisor takes pages blindly, used or not, since it knows no better: into half a page where the generation
 * compresses and there is room, to the swap file else. Returns what went to the swap file.
 */
export function evict(c: Columns, i: number, { bytes, floor, swapRoom }: Eviction, settings: MemorySettings): number {
  const resident = c.resident[i]!;
  const most = Math.max(0, resident - floor);
  if (bytes <= 0 || most === 0) return 0;
  // Of pages taken blindly, those that are shared set nothing free.
  const wanted = Math.min(most, Math.ceil(bytes / Math.max(0.01, 1 - c.saved[i]! / resident)));
  const cache = settings.compresses ? 2 * Math.floor(settings.compressedPart * c.size[i]!) : 0;
  const zipRoom = Math.max(0, cache - c.zipped[i]!);
  const zip = Math.min(Math.floor((COMPRESSIBLE * wanted) / (1 - COMPRESSIBLE / 2)), zipRoom, most);
  // A compressed page leaves half of itself in memory.
  const swap = Math.max(0, Math.min(wanted - Math.floor(zip / 2), most - zip, Math.floor(swapRoom)));
  const hot = residentHot(c, i) / resident;
  dropShared(c, i, zip + swap);
  c.resident[i] = resident - zip - swap;
  c.zipped[i]! += zip;
  c.zippedHot[i]! += hot * zip;
  c.swapped[i]! += swap;
  c.swappedHot[i]! += hot * swap;
  c.wentOut[i]! += swap;
  return swap;
}

/** Compressed pages go to the swap file after all. Returns the bytes of guest memory that did. */
export function spill(c: Columns, i: number, bytes: number): number {
  const zipped = c.zipped[i]!;
  const spilt = Math.min(zipped, 2 * bytes);
  if (spilt <= 0) return 0;
  const hot = (c.zippedHot[i]! * spilt) / zipped;
  c.zipped[i] = zipped - spilt;
  c.zippedHot[i]! -= hot;
  c.swapped[i]! += spilt;
  c.swappedHot[i]! += hot;
  c.wentOut[i]! += spilt;
  return spilt;
}

/** The guest lets go of memory that it holds and does not use, wherever the hypervisor has it. */
export function release(c: Columns, i: number, bytes: number): number {
  const held = heldBy(c, i);
  const cold = {
    resident: c.resident[i]! - residentHot(c, i),
    zipped: Math.max(0, c.zipped[i]! - c.zippedHot[i]!),
    swapped: Math.max(0, c.swapped[i]! - c.swappedHot[i]!),
  };
  const all = cold.resident + cold.zipped + cold.swapped;
  const part = all <= 0 ? 0 : Math.min(1, bytes / all);
  const resident = Math.min(c.resident[i]!, Math.floor(cold.resident * part));
  dropShared(c, i, resident);
  c.resident[i]! -= resident;
  c.zipped[i]! -= Math.min(c.zipped[i]!, Math.floor(cold.zipped * part));
  c.swapped[i]! -= Math.min(c.swapped[i]!, Math.floor(cold.swapped * part));
  return held - heldBy(c, i);
}

/** The guest gives memory back that holds zeros only. */
export function releaseUnused(c: Columns, i: number, bytes: number): number {
  const before = c.zero[i]!;
  const taken = release(c, i, bytes);
  // These are the zero pages themselves, not some chosen blindly.
  c.zero[i] = Math.max(0, Math.min(c.resident[i]!, before - taken));
  c.saved[i] = Math.min(c.saved[i]!, c.zero[i]! + c.image[i]!);
  return taken;
}

/** The guest writes memory that it uses to its own disk, and lets go of it. */
export function pageOut(c: Columns, i: number, bytes: number): number {
  const held = heldBy(c, i);
  const part = held === 0 ? 0 : Math.min(1, bytes / held);
  const resident = Math.floor(c.resident[i]! * part);
  dropShared(c, i, resident);
  c.resident[i]! -= resident;
  for (const [all, hot] of [
    [c.zipped, c.zippedHot],
    [c.swapped, c.swappedHot],
  ] as const) {
    all[i]! -= Math.floor(all[i]! * part);
    hot[i]! *= 1 - part;
  }
  return held - heldBy(c, i);
}
