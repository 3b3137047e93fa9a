/**
 * Figures of the machines in a host's memory: a row per figure, a column per machine. Bytes, where nothing else is
 * said; those of pages are whole numbers, so that their sums are exact.
 */
const rows = [
  // What the machine is allowed and what it costs.
  'size',
  'shares',
  'reservation',
  'limit',
  'overhead',
  'vcpus',
  /** 1: a balloon driver is installed. */
  'tools',
  /** Number of its guest's system, see `PageSharing`. */
  'system',
  /** 1: its guest writes zeros to all of its memory while it boots. */
  'zeroesAll',
  // What the guest does: see `MemoryDemand`.
  'phase',
  'since',
  'bootMs',
  'active',
  'touched',
  'writable',
  'dirty',
  'busy',
  /** 1: it came with its memory full, from another host or a file, and has not been given pages yet. */
  'arrives',
  // Its pages. What the guest holds is resident, compressed or swapped.
  /** Guest memory with machine memory behind it. */
  'resident',
  /** Guest memory in compressed pages, and what of it is in use. */
  'zipped',
  'zippedHot',
  'swapped',
  'swappedHot',
  'balloon',
  /** Guest memory that has held more than zeros. */
  'used',
  /** Pages of its system that are shared, and what that saves with the zero pages. */
  'image',
  'zero',
  'saved',
  // Its working set, as parts of its memory; -1 before the first sample.
  'seed',
  'slow',
  'fast',
  /** The sample under way: pages touched so far, since when (ms), and how often it was looked at. */
  'hits',
  'hitsFrom',
  'hitsAt',
  'looks',
  'estimate',
  // What is decided and what comes of it.
  'target',
  'entitlement',
  /** 1: stopped until it is below its target. */
  'blocked',
  'work',
  'swapWait',
  /** Bytes in this balance period, and bytes per second in the one before. */
  'cameIn',
  'wentOut',
  'swapIn',
  'swapOut',
  'deviceMs',
  'deviceRate',
  // What was told of last.
  'toldConsumed',
  'toldActive',
  'toldOut',
  'toldWork',
  // Pages when they were last found worth keeping.
  'keptHeld',
  'keptOut',
] as const;

export type Row = (typeof rows)[number];
export type Columns = { readonly [R in Row]: Float64Array };

export const EMPTY = 0;
export const BOOTING = 1;
export const RUNNING = 2;
export const STALLED = 3;

/** Which machines there are, and their figures. A machine's column changes when another leaves. */
export class MachineTable {
  readonly uids: string[] = [];
  readonly #places = new Map<string, number>();
  #columns = columnsOf(16);

  get count(): number {
    return this.uids.length;
  }

  /** Others after `add`: to be read anew. */
  get columns(): Columns {
    return this.#columns;
  }

  /** The machine's column. Throws when it is not there. */
  placeOf(uid: string): number {
    const place = this.#places.get(uid);
    if (place === undefined) throw new RangeError(`no machine ${uid} in this memory`);
    return place;
  }

  /** A column of zeros. */
  add(uid: string): number {
    const place = this.uids.length;
    if (place === this.#columns.size.length) this.#grow();
    this.uids.push(uid);
    this.#places.set(uid, place);
    for (const row of rows) this.#columns[row][place] = 0;
    return place;
  }

  /** Whether it was there. */
  remove(uid: string): boolean {
    const place = this.#places.get(uid);
    if (place === undefined) return false;
    const last = this.uids.length - 1;
    for (const row of rows) this.#columns[row][place] = this.#columns[row][last]!;
    const moved = this.uids[last]!;
    this.uids[place] = moved;
    this.#places.set(moved, place);
    this.uids.pop();
    this.#places.delete(uid);
    return true;
  }

  #grow(): void {
    const old = this.#columns;
    this.#columns = columnsOf(2 * old.size.length);
    for (const row of rows) this.#columns[row].set(old[row]);
  }
}

function columnsOf(length: number): Columns {
  return Object.fromEntries(rows.map((row) => [row, new Float64Array(length)])) as Columns;
}

/** Guest memory that the guest holds, wherever it is. */
export function heldBy(c: Columns, i: number): number {
  return c.resident[i]! + c.zipped[i]! + c.swapped[i]!;
}

/** Machine memory behind it. */
export function consumedBy(c: Columns, i: number): number {
  return c.resident[i]! - c.saved[i]! + Math.ceil(c.zipped[i]! / 2);
}

/** What of its resident memory is in use. */
export function residentHot(c: Columns, i: number): number {
  const hot = Math.min(c.active[i]!, heldBy(c, i)) - c.swappedHot[i]! - c.zippedHot[i]!;
  return Math.min(c.resident[i]!, Math.max(0, hot));
}
