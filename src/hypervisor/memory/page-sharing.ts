import { IMAGE_PART, IMAGE_SIZE, TWIN_PART, ZERO_PART } from './constants.ts';
import { type Columns, heldBy, type MachineTable } from './machine-table.ts';
import type { MemorySettings } from './memory-settings.ts';

/**
 * Transparent page sharing: pages that look alike stand on one machine page until somebody writes to them. Zero pages
 * all stand on one; of what a guest's system brings along (its image), some pages are twins inside one guest, and
 * most have twins in every other guest of the same system on the host.
 *
 * Pages are found by looking through all memory in turn, so what is shared grows over the time of a scan.
 */
export class PageSharing {
  readonly #table: MachineTable;
  readonly #settings: MemorySettings;
  readonly #systems: string[] = [];
  /** By system: guests that hold memory, the sum of their shared images and the largest. */
  #members = new Float64Array(4);
  #sum = new Float64Array(4);
  #most = new Float64Array(4);
  /** Nothing more is found, as long as pages stay where they are. */
  isDone = false;

  constructor(table: MachineTable, settings: MemorySettings) {
    this.#table = table;
    this.#settings = settings;
  }

  /** The number of a guest's system. */
  systemOf(os: string): number {
    const name = os.toLowerCase();
    const known = this.#systems.indexOf(name);
    if (known >= 0) return known;
    this.#systems.push(name);
    if (this.#systems.length > this.#members.length) {
      const length = 2 * this.#members.length;
      [this.#members, this.#sum, this.#most] = [
        new Float64Array(length),
        new Float64Array(length),
        new Float64Array(length),
      ];
    }
    return this.#systems.length - 1;
  }

  /** Looks for so many seconds, and counts what is saved. */
  advance(seconds: number): void {
    const { count, columns } = this.#table;
    this.#countMembers();
    const part = this.#partOfScan(seconds);
    let hasFound = false;
    for (let i = 0; i < count; i++) hasFound = this.#share(columns, i, part, seconds) || hasFound;
    this.isDone = !hasFound && seconds > 0;
    this.settle();
  }

  /** Counts what is saved after guests have come with pages that were shared before. */
  recount(): void {
    this.#countMembers();
    this.isDone = false;
    this.settle();
  }

  /** Counts what is saved after pages have gone. */
  settle(): void {
    const { count, columns } = this.#table;
    const { image, system, saved, zero } = columns;
    this.#sum.fill(0);
    this.#most.fill(0);
    for (let i = 0; i < count; i++) {
      const s = system[i]!;
      this.#sum[s]! += image[i]!;
      this.#most[s] = Math.max(this.#most[s]!, image[i]!);
    }
    for (let i = 0; i < count; i++) {
      const s = system[i]!;
      const sum = this.#sum[s]!;
      const frames = this.#most[s]! * (this.#members[s]! > 1 ? 1 - TWIN_PART / 2 : 1 / 2);
      saved[i] = sum === 0 ? zero[i]! : zero[i]! + Math.floor(image[i]! * Math.max(0, 1 - frames / sum));
    }
  }

  #countMembers(): void {
    const { count, columns } = this.#table;
    this.#members.fill(0);
    for (let i = 0; i < count; i++) if (columns.resident[i]! > 0) this.#members[columns.system[i]!]!++;
  }

  /** Part of every machine that is looked through in the time. */
  #partOfScan(seconds: number): number {
    const { shareScanMs, shareScanRate } = this.#settings;
    if (shareScanMs === 0 || shareScanRate === 0) return 0;
    const { count, columns } = this.#table;
    let resident = 0;
    for (let i = 0; i < count; i++) resident += columns.resident[i]!;
    const wanted = resident / (shareScanMs / 1000);
    return ((seconds * 1000) / shareScanMs) * (wanted > shareScanRate ? shareScanRate / wanted : 1);
  }

  /** Returns whether that changed anything. */
  #share(c: Columns, i: number, part: number, seconds: number): boolean {
    const before = c.zero[i]! + c.image[i]!;
    const writes = Math.ceil(c.dirty[i]! * seconds);
    const unused = unusedBy(c, i);
    const zero = approach(c.zero[i]!, this.#zeroGoal(c, i), part, writes);
    c.zero[i] = Math.min(zero, Math.floor(unused + ZERO_PART * c.resident[i]!), c.resident[i]!);
    const goal = this.#imageGoal(c, i);
    const image = approach(c.image[i]!, goal, part, writes);
    // Whoever is left alone has twins only in himself.
    const isAlone = this.#members[c.system[i]!]! <= 1;
    c.image[i] = Math.min(isAlone ? Math.min(image, goal) : image, c.resident[i]! - c.zero[i]!);
    return c.zero[i]! + c.image[i]! !== before;
  }

  #zeroGoal(c: Columns, i: number): number {
    const unused = unusedBy(c, i);
    return Math.floor(unused + ZERO_PART * Math.max(0, quietOf(c, i) - unused));
  }

  #imageGoal(c: Columns, i: number): number {
    const isWindows = c.zeroesAll[i] === 1;
    const most = isWindows ? IMAGE_SIZE.windows : IMAGE_SIZE.other;
    const image = Math.min(most, IMAGE_PART * Math.max(0, quietOf(c, i) - unusedBy(c, i)));
    return Math.floor(this.#members[c.system[i]!]! > 1 ? image : image * TWIN_PART);
  }
}

/** Resident memory that nobody writes to. */
function quietOf(c: Columns, i: number): number {
  const resident = c.resident[i]!;
  return c.dirty[i]! > 0 ? Math.max(0, resident - c.writable[i]!) : resident;
}

/** Resident memory that has only ever held zeros. */
function unusedBy(c: Columns, i: number): number {
  const held = heldBy(c, i);
  return held > c.used[i]! ? (held - c.used[i]!) * (c.resident[i]! / held) : 0;
}

/** Found by the scan, broken up by writes. */
function approach(value: number, goal: number, part: number, writes: number): number {
  return value < goal ? Math.min(goal, value + Math.ceil(goal * part)) : Math.max(goal, value - writes);
}

/** So many pages of the machine's resident memory, chosen blindly, are no longer: shared ones among them. */
export function dropShared(c: Columns, i: number, bytes: number): void {
  const resident = c.resident[i]!;
  const kept = resident === 0 ? 0 : Math.max(0, 1 - bytes / resident);
  c.image[i] = Math.floor(c.image[i]! * kept);
  c.zero[i] = Math.floor(c.zero[i]! * kept);
  c.saved[i] = Math.floor(c.saved[i]! * kept);
}
