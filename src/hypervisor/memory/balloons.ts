import { balloonLimit } from '../../arithmetic/min-free.ts';
import { BALLOON_FREE_RATE, BALLOON_IDLE_RATE, BALLOON_PAGING_RATE, DEADBAND, DEFLATE_RATE } from './constants.ts';
import { pageOut, release, releaseUnused } from './eviction.ts';
import { goalOf } from './guest-wishes.ts';
import { type Columns, heldBy, RUNNING, residentHot } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';

/**
 * The balloon driver in a guest: memory that it has asked its guest for and that the hypervisor gets. The guest chooses
 * what to give: first what it has free (it may never have touched it, which sets no machine memory free), then what
 * it does not use, and only at last what it does, which it pages to its own disk.
 */

/** The most that the balloon may take: a part of the machine, and nothing of what is reserved. */
export function mostBallooned(c: Columns, i: number, settings: MemorySettings): number {
  if (c.tools[i] === 0) return 0;
  return Math.max(0, Math.min(balloonLimit(c.size[i]!, settings.balloonPart), c.size[i]! - c.reservation[i]!));
}

/** How large it should be for the machine to come to its target. */
function wantedBalloon(c: Columns, i: number, settings: MemorySettings): number {
  const allowed = c.target[i]! + c.saved[i]!;
  const wanted = Math.max(0, Math.floor(c.size[i]! - allowed));
  return Math.min(wanted, mostBallooned(c, i, settings));
}

/** Whether a larger balloon could still take something. */
export function canBalloon(c: Columns, i: number, settings: MemorySettings): boolean {
  return c.phase[i] === RUNNING && c.balloon[i]! < wantedBalloon(c, i, settings);
}

/** Whether its balloon is on the move by itself. */
export function isBlowing(c: Columns, i: number, settings: MemorySettings): boolean {
  if (c.phase[i] !== RUNNING || c.tools[i] === 0) return false;
  const wanted = wantedBalloon(c, i, settings);
  const balloon = c.balloon[i]!;
  if (wanted < balloon) return wanted === 0 || balloon - wanted >= DEADBAND * c.size[i]!;
  return wanted > balloon && isOverLimit(c, i);
}

/** Whether the guest wants more than its limit, so that it has to give something up for whatever it touches. */
function isOverLimit(c: Columns, i: number): boolean {
  const wanted = Math.max(heldBy(c, i), Math.min(goalOf(c, i), c.size[i]! - c.balloon[i]!));
  return wanted - c.saved[i]! > c.limit[i]!;
}

/**
 * Inflates or deflates the balloon for so many seconds.
 * @param allowance most of what the guest holds that may be taken for the host's sake
 * @returns how far it moved
 */
export function blow(c: Columns, i: number, seconds: number, allowance: number, settings: MemorySettings): number {
  if (c.phase[i] !== RUNNING || c.tools[i] === 0) return 0;
  const balloon = c.balloon[i]!;
  const wanted = wantedBalloon(c, i, settings);
  if (wanted < balloon) {
    // A target that trembles lets nobody breathe.
    const isSmall = wanted > 0 && balloon - wanted < DEADBAND * c.size[i]!;
    const less = isSmall ? 0 : Math.min(balloon - wanted, Math.floor(DEFLATE_RATE * seconds));
    c.balloon[i] = balloon - less;
    return less;
  }
  const mayTake = isOverLimit(c, i) ? Number.POSITIVE_INFINITY : allowance;
  return wanted === balloon || mayTake <= 0 ? 0 : inflate(c, i, { seconds, bytes: wanted - balloon, mayTake });
}

interface Inflation {
  readonly seconds: number;
  readonly bytes: number;
  readonly mayTake: number;
}

/** Each kind of memory in its turn, at its own speed. */
function inflate(c: Columns, i: number, { seconds, bytes, mayTake }: Inflation): number {
  const untouched = Math.max(0, c.size[i]! - c.balloon[i]! - heldBy(c, i));
  const [unused, left] = paced(Math.min(bytes, untouched), BALLOON_FREE_RATE, seconds);
  let got = unused;
  let time = left;
  // What is reserved stays, even if some of the guest's memory is away otherwise.
  const spare = Math.max(0, c.resident[i]! + Math.ceil(c.zipped[i]! / 2) - c.reservation[i]!);
  let more = Math.min(bytes - got, mayTake, spare);
  const kinds = [
    { most: heldBy(c, i) - c.used[i]!, rate: BALLOON_FREE_RATE, take: releaseUnused },
    { most: idleOf(c, i), rate: BALLOON_IDLE_RATE, take: release },
    { most: heldBy(c, i), rate: BALLOON_PAGING_RATE, take: pageOut },
  ];
  for (const { most, rate, take } of kinds) {
    if (more <= 0 || time <= 0) break;
    const [some, rest] = paced(Math.min(more, Math.max(0, most)), rate, time);
    const taken = some > 0 ? take(c, i, some) : 0;
    got += taken;
    more -= taken;
    time = rest;
  }
  c.used[i] = Math.min(c.used[i]!, heldBy(c, i));
  c.balloon[i]! += got;
  return got;
}

/** Bytes at a rate within a time, and the time that is left. */
function paced(bytes: number, rate: number, seconds: number): [number, number] {
  const some = Math.min(bytes, Math.floor(rate * seconds));
  return [some, Math.max(0, seconds - some / rate)];
}

function idleOf(c: Columns, i: number): number {
  const hot = residentHot(c, i) + c.zippedHot[i]! + c.swappedHot[i]!;
  return heldBy(c, i) - hot;
}
