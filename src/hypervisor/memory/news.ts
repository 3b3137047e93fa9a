import { TOLD_ACTIVE_PART, TOLD_PART } from './constants.ts';
import { type Columns, consumedBy } from './machine-table.ts';
import { activeOf } from './memory-targets.ts';

/** When the figures of a machine are worth telling, and worth keeping. */

/** A part of a machine's memory by which its pages have to move before they are kept anew. */
const KEPT_PART = 1 / 16;

/** Whether its pages are far from what they were when they were kept last. */
export function isFarFromKept(c: Columns, i: number): boolean {
  const far = KEPT_PART * c.size[i]!;
  return Math.abs(consumedBy(c, i) - c.keptHeld[i]!) >= far || Math.abs(outOf(c, i) - c.keptOut[i]!) >= far;
}

/** Its pages are kept as they are now. */
export function noteKept(c: Columns, i: number): void {
  c.keptHeld[i] = consumedBy(c, i);
  c.keptOut[i] = outOf(c, i);
}

/** Memory that was taken from the guest, or that it holds elsewhere. */
function outOf(c: Columns, i: number): number {
  return c.balloon[i]! + c.swapped[i]!;
}

/** Whether its figures moved by more than a trifle since they were told last; then they count as told. */
export function hasMoved(c: Columns, i: number): boolean {
  const trifle = TOLD_PART * c.size[i]!;
  const consumed = consumedBy(c, i);
  const active = activeOf(c, i);
  const out = outOf(c, i);
  const work = c.work[i]!;
  const isSame =
    Math.abs(consumed - c.toldConsumed[i]!) < trifle &&
    Math.abs(active - c.toldActive[i]!) < TOLD_ACTIVE_PART * c.size[i]! &&
    Math.abs(out - c.toldOut[i]!) < trifle &&
    Math.abs(work - c.toldWork[i]!) < 0.01;
  if (isSame) return false;
  c.toldConsumed[i] = consumed;
  c.toldActive[i] = active;
  c.toldOut[i] = out;
  c.toldWork[i] = work;
  return true;
}
