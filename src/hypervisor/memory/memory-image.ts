import { balloonLimit } from '../../arithmetic/min-free.ts';
import type { MemoryImage } from './host-memory.ts';
import { type Columns, heldBy, type Row } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';
import { settleEstimate } from './working-sets.ts';

/** What lasts of a machine's pages, in this order. New rows are added at the end. */
const lasting = [
  'resident',
  'zipped',
  'zippedHot',
  'swapped',
  'swappedHot',
  'balloon',
  'used',
  'image',
  'zero',
  'slow',
  'fast',
  'hits',
  'hitsFrom',
  'hitsAt',
  'looks',
  'swapIn',
  'swapOut',
  'work',
  'swapWait',
] as const satisfies readonly Row[];

/** The pages of a machine as plain figures: kept over a restart, or taken along to another host. */
export function imageOf(c: Columns, i: number): MemoryImage {
  return lasting.map((row) => Math.round(c[row][i]! * 1e6) / 1e6);
}

/** Gives a machine the pages of an image, as far as it is large enough for them now. */
export function restoreImage(c: Columns, i: number, image: MemoryImage, settings: MemorySettings): void {
  lasting.forEach((row, k) => {
    c[row][i] = image[k] ?? 0;
  });
  c.balloon[i] = c.tools[i] === 1 ? Math.min(c.balloon[i]!, balloonLimit(c.size[i]!, settings.balloonPart)) : 0;
  const surplus = heldBy(c, i) + c.balloon[i]! - c.size[i]!;
  if (surplus > 0) c.resident[i] = Math.max(0, c.resident[i]! - surplus);
  c.used[i] = Math.min(c.used[i]!, heldBy(c, i));
  c.zero[i] = Math.min(c.zero[i]!, c.resident[i]!);
  c.image[i] = Math.min(c.image[i]!, c.resident[i]! - c.zero[i]!);
  settleEstimate(c, i);
}
