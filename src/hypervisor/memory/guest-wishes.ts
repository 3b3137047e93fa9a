import { DECOMPRESS_SECONDS, PAGE, TOUCH_RATE, TOUCH_SECONDS } from './constants.ts';
import { BOOTING, type Columns, EMPTY, heldBy, type MachineTable, RUNNING } from './machine-table.ts';

/**
 * What guests want of their memory in a stretch of time: pages that they touch for the first time, and pages that they
 * come back to and that are not there. What the coming back costs them is reckoned here too.
 */
export class GuestWishes {
  readonly #table: MachineTable;
  /** Bytes, by column: touched for the first time, back from swap, back from compression. */
  grow = new Float64Array(16);
  comeIn = new Float64Array(16);
  unzip = new Float64Array(16);

  constructor(table: MachineTable) {
    this.#table = table;
  }

  /** The wishes of the `seconds` before `now` (ms). Writes each guest's `work` and `swapWait` too. */
  reckon(now: number, seconds: number): void {
    const { count, columns } = this.#table;
    if (this.grow.length < columns.size.length) {
      const { length } = columns.size;
      [this.grow, this.comeIn, this.unzip] = [
        new Float64Array(length),
        new Float64Array(length),
        new Float64Array(length),
      ];
    }
    for (let i = 0; i < count; i++) {
      this.grow[i] = growthOf(columns, i, now, seconds);
      this.#comeBack(columns, i, seconds);
    }
  }

  /** All that guests touch for the first time or come back to, in bytes. */
  sum(): number {
    let sum = 0;
    for (let i = 0; i < this.#table.count; i++) sum += this.grow[i]! + this.comeIn[i]! + this.unzip[i]!;
    return sum;
  }

  /** Whether a guest comes back to pages that are away. */
  hasReturns(): boolean {
    for (let i = 0; i < this.#table.count; i++) if (this.comeIn[i]! + this.unzip[i]! > 0) return true;
    return false;
  }

  /**
   * A guest comes back to each page in use once in TOUCH_SECONDS; a vCPU that finds it away waits for it. Busy and
   * waiting together are at most all of its time: beyond that both are cut, and less work is done.
   */
  #comeBack(c: Columns, i: number, seconds: number): void {
    const swapped = c.swappedHot[i]!;
    const zipped = c.zippedHot[i]!;
    const paged = pagedByGuest(c, i);
    this.comeIn[i] = this.unzip[i] = 0;
    if (c.blocked[i] === 1) {
      c.work[i] = 0;
      c.swapWait[i] = 1;
      return;
    }
    c.work[i] = 1;
    c.swapWait[i] = 0;
    if (swapped + zipped + paged <= 0) return;
    const perSecond = 1 / (PAGE * TOUCH_SECONDS * c.vcpus[i]!);
    const latency = c.deviceRate[i]! > 0 ? c.deviceMs[i]! / 1000 : Number.POSITIVE_INFINITY;
    const swapWait = swapped > 0 ? swapped * perSecond * latency : 0;
    const wait = swapWait + zipped * perSecond * DECOMPRESS_SECONDS + paged * perSecond * (c.deviceMs[i]! / 1000);
    const part = 1 / Math.max(1, c.busy[i]! + wait);
    c.work[i] = part;
    c.swapWait[i] = Number.isFinite(swapWait) ? part * swapWait : 1;
    const came = 1 - Math.exp((-part * seconds) / TOUCH_SECONDS);
    this.comeIn[i] = Math.min(Math.floor(swapped * came), Math.floor(c.deviceRate[i]! * seconds));
    this.unzip[i] = Math.floor(zipped * came);
  }
}

/** Memory in use for which the balloon leaves no room: the guest pages it to its own disk. */
function pagedByGuest(c: Columns, i: number): number {
  return Math.max(0, Math.min(c.active[i]!, c.touched[i]!) - (c.size[i]! - c.balloon[i]!));
}

/** What the guest would hold in the end if nobody took anything from it. */
export function goalOf(c: Columns, i: number): number {
  const phase = c.phase[i]!;
  if (phase !== BOOTING && phase !== RUNNING) return phase === EMPTY ? 0 : heldBy(c, i);
  return c.zeroesAll[i] === 1 ? c.size[i]! : c.touched[i]!;
}

function bootedPart(c: Columns, i: number, now: number): number {
  if (c.phase[i] !== BOOTING || c.bootMs[i] === 0) return 1;
  return Math.min(1, Math.max(0, (now - c.since[i]!) / c.bootMs[i]!));
}

/** A booting guest touches its memory evenly over the time of its boot; a running one as its applications do. */
function growthOf(c: Columns, i: number, now: number, seconds: number): number {
  const goal = Math.floor(goalOf(c, i) * bootedPart(c, i, now));
  const missing = Math.min(goal, c.size[i]! - c.balloon[i]!) - heldBy(c, i);
  if (missing <= 0) return 0;
  const isFree = c.phase[i] === BOOTING || c.arrives[i] === 1;
  return isFree ? missing : Math.min(missing, Math.floor(TOUCH_RATE * seconds));
}

/** What of its memory holds more than zeros follows what it does. */
export function followUse(c: Columns, i: number, now: number, seconds: number): void {
  const goal = Math.floor(c.touched[i]! * bootedPart(c, i, now));
  const isFree = c.phase[i] === BOOTING || c.arrives[i] === 1;
  const used = isFree ? goal : Math.min(goal, c.used[i]! + Math.floor(TOUCH_RATE * seconds));
  c.used[i] = Math.min(heldBy(c, i), Math.max(c.used[i]!, used));
}

/** Whether anything of it moves by itself, or waits to. */
export function isWaiting(c: Columns, i: number): boolean {
  if (c.phase[i] === EMPTY) return false;
  const missing = Math.min(goalOf(c, i), c.size[i]! - c.balloon[i]!) - heldBy(c, i);
  const isAway = c.swappedHot[i]! + c.zippedHot[i]! >= PAGE;
  return missing > 0 || isAway || c.swapIn[i]! + c.swapOut[i]! + c.cameIn[i]! + c.wentOut[i]! > 0;
}
