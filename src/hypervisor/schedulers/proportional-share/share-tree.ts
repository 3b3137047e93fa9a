import { widened } from '../widened.ts';
import {
  LIMIT_DUE,
  LIMIT_RESUME,
  RESERVATION_DEBT,
  RESERVATION_SAVED,
  RESERVATION_SURPLUS,
  TICK_MARGIN,
} from './constants.ts';
import type { Tuning } from './tuning.ts';

/** CPU is charged in eighths of a ns, so that 62.5 % is exact. */
export const EIGHTHS = 8;
/** Virtual time is CPU in eighths of a ns times this per share. */
const VIRTUAL_UNIT = 1024;
/** The host. */
export const ROOT = 0;

/** What a vCPU is to the tree; the columns of its counters. */
export const OFF = 0;
export const WAITING = 1;
export const ON = 2;
/** Wants to run and is kept off, by a limit or by its siblings. */
export const HELD = 3;
export type Stand = typeof OFF | typeof WAITING | typeof ON | typeof HELD;

/**
 * Who goes first: resource pools and machines, each with its virtual time among its siblings. Priority is consumed over
 * entitled: CPU had, per share. Behind its reservation, a node comes before all that are not. There is no division of the
 * host into parts here; that everyone gets what the water-filling formula says follows from always taking the first.
 */
export class ShareTree {
  readonly #mhz: number;
  readonly #time: { readonly now: number };
  readonly #boundLag: number;
  readonly #limitWindow: number;
  /** By node. */
  parent = new Int32Array(0);
  #depth = new Int32Array(0);
  #shares = new Float64Array(0);
  reservation = new Float64Array(0);
  limit = new Float64Array(0);
  /** 1: something is or was in it. */
  #isPool = new Uint8Array(0);
  /** Virtual time among its siblings, and what is left of the division by shares. */
  #virtual = new Float64Array(0);
  #rest = new Float64Array(0);
  /** CPU x MHz that the reservation is behind (above 0) or was exceeded by, as of `#owedAt`. */
  #owed = new Float64Array(0);
  #owedAt = new Float64Array(0);
  /** CPU x MHz that the limit still allows, as of `#tokensAt`. */
  #tokens = new Float64Array(0);
  #tokensAt = new Float64Array(0);
  /** 1 while the limit keeps the node off. */
  limited = new Uint8Array(0);
  /** How many vCPUs below the node wait, run, or want to run at all. */
  waiting = new Int32Array(0);
  running = new Int32Array(0);
  wanting = new Int32Array(0);
  /** The mean and the least virtual time of its children that compete. */
  #level = new Float64Array(0);
  #least = new Float64Array(0);
  /** How far from that a child that does not compete may be. */
  #bound = new Float64Array(0);
  readonly children: (number[] | undefined)[] = [];

  constructor(mhz: number, { boundLag, limitWindow }: Tuning, time: { readonly now: number }) {
    this.#mhz = mhz;
    this.#time = time;
    this.#boundLag = boundLag;
    this.#limitWindow = limitWindow;
    this.add(-1, { shares: 1, reservationMHz: 0, limitMHz: 0 }, 0);
  }

  add(parent: number, allocation: { shares: number; reservationMHz: number; limitMHz: number }, now: number): number {
    const free = this.children.indexOf(undefined);
    const node = free < 0 ? this.children.length : free;
    this.#grow(node + 1);
    this.children[node] = [];
    this.parent[node] = parent;
    this.#depth[node] = parent < 0 ? 0 : this.#depth[parent]! + 1;
    for (const column of [
      this.#rest,
      this.#owed,
      this.limited,
      this.waiting,
      this.running,
      this.wanting,
      this.#level,
    ]) {
      column[node] = 0;
    }
    this.#bound[node] = Number.POSITIVE_INFINITY;
    this.#virtual[node] = parent < 0 ? 0 : this.#least[parent]!;
    this.limit[node] = 0;
    this.#isPool[node] = 0;
    if (parent >= 0) this.children[parent]!.push(node);
    if (parent > ROOT) this.#isPool[parent] = 1;
    this.change(node, allocation, now);
    return node;
  }

  remove(node: number): void {
    const siblings = this.children[this.parent[node]!]!;
    siblings.splice(siblings.indexOf(node), 1);
    this.children[node] = undefined;
  }

  change(node: number, allocation: { shares: number; reservationMHz: number; limitMHz: number }, now: number): void {
    this.settleTokens(node, now);
    this.#settleOwed(node, now);
    const hadLimit = this.limit[node]! > 0;
    this.#shares[node] = allocation.shares;
    this.reservation[node] = allocation.reservationMHz;
    this.limit[node] = allocation.limitMHz;
    this.#owedAt[node] = now;
    this.#tokensAt[node] = now;
    // Nothing is saved yet, so that over all of its time nobody is above its limit.
    if (!hadLimit) this.#tokens[node] = 0;
    this.#tokens[node] = Math.min(this.#tokens[node]!, this.#tokensMost(node));
  }

  /** A vCPU of a machine goes from one stand to another. */
  move(machine: number, from: Stand, to: Stand, now: number): void {
    for (let node = machine; node >= 0; node = this.parent[node]!) {
      if (from === WAITING) this.waiting[node]!--;
      else if (from === ON) this.running[node]!--;
      if (to === WAITING) this.waiting[node]!++;
      else if (to === ON) {
        // While it did not run it saved, and no more than the most.
        if (this.running[node]!++ === 0) this.settleTokens(node, now);
      }
      if (from === OFF) {
        if (this.wanting[node] === 0) this.#rouse(node, now);
        this.wanting[node]!++;
      } else if (to === OFF) {
        this.#settleOwed(node, now);
        this.wanting[node]!--;
      }
    }
  }

  /** Charges a machine and the pools it is in for CPU, in eighths of a ns. */
  charge(machine: number, amount: number): void {
    for (let node = machine; node !== ROOT; node = this.parent[node]!) {
      const scaled = amount * VIRTUAL_UNIT + this.#rest[node]!;
      const steps = Math.floor(scaled / this.#shares[node]!);
      this.#virtual[node]! += steps;
      this.#rest[node] = scaled - steps * this.#shares[node]!;
      this.#owed[node]! -= amount * this.#mhz;
      this.#tokens[node]! -= amount * this.#mhz;
    }
  }

  /**
   * Whether machine `a` goes before machine `b`, which is another, even if `a` had had `margin` ns of CPU more. They are
   * compared where their ways up the tree part. Pools are compared by what they will have had soon: else all pCPUs would
   * run the pool whose turn it is at once, and then all the other, and who is alone in his could use one pCPU of them.
   * @param run bit 0: of `a`, bit 1: of `b` it is a vCPU that runs
   */
  isBefore(a: number, b: number, margin: number, run: number): boolean {
    const { now } = this.#time;
    let x = a;
    let y = b;
    if (this.parent[x] !== this.parent[y]) {
      while (this.#depth[x]! > this.#depth[y]!) x = this.parent[x]!;
      while (this.#depth[y]! > this.#depth[x]!) y = this.parent[y]!;
      while (this.parent[x] !== this.parent[y]) {
        x = this.parent[x]!;
        y = this.parent[y]!;
      }
    }
    const soonX = this.#isPool[x] === 1 ? this.#soon(x, (run & 1) === 1) : 0;
    const soonY = this.#isPool[y] === 1 ? this.#soon(y, (run & 2) === 2) : 0;
    if (this.reservation[x]! > 0 || this.reservation[y]! > 0) {
      const owedX =
        this.#owedTime(x, now) - (this.reservation[x]! > 0 ? (soonX * this.#mhz) / this.reservation[x]! : 0);
      const owedY =
        this.#owedTime(y, now) - (this.reservation[y]! > 0 ? (soonY * this.#mhz) / this.reservation[y]! : 0);
      if (owedX > 0 || owedY > 0) return owedX > owedY + (owedY > 0 ? margin : 0);
    }
    if (this.limit[x]! > 0 || this.limit[y]! > 0) {
      const isDue = this.#isDue(x, now);
      if (isDue !== this.#isDue(y, now)) return isDue;
    }
    let ahead = this.#virtual[x]! - this.#virtual[y]!;
    if (soonX > 0) ahead += Math.floor((soonX * EIGHTHS * VIRTUAL_UNIT) / this.#shares[x]!);
    if (soonY > 0) ahead -= Math.floor((soonY * EIGHTHS * VIRTUAL_UNIT) / this.#shares[y]!);
    if (margin > 0) return ahead * this.#shares[x]! + margin * (EIGHTHS * VIRTUAL_UNIT) < 0;
    return ahead < 0 || (ahead === 0 && x < y);
  }

  /** What a pool will have had beyond now, in ns of CPU, when those of it that run have run on until others are due. */
  #soon(pool: number, isOneOfThem: boolean): number {
    return TICK_MARGIN * Math.max(0, this.running[pool]! - (isOneOfThem ? 1 : 0));
  }

  /**
   * Finds where the children of each pool compete: the least virtual time of those that wait, and the mean of those that
   * only their shares order. Those that do not wait, or only for their limit, are brought within a bound of that: who
   * slept, or had the host to himself, or was kept off by his limit, neither hoards nor owes for long. The others are
   * left where they are, since the order among all of them is what counts. Everything that runs has been charged.
   */
  level(now: number): void {
    for (let pool = 0; pool < this.children.length; pool++) {
      const children = this.children[pool];
      if (children === undefined || children.length === 0) continue;
      let all = 0;
      let least = Number.POSITIVE_INFINITY;
      let sum = 0;
      let shares = 0;
      for (const node of children) {
        const own = this.#shares[node]!;
        all += own;
        this.settleTokens(node, now);
        if (this.waiting[node] === 0 || !this.#isDue(node, now)) continue;
        const virtual = this.#virtual[node]!;
        if (virtual < least) least = virtual;
        // One with a reservation may be far ahead of what its shares give it, one with a limit far behind.
        if (this.reservation[node]! > 0 || this.limit[node]! > 0) continue;
        sum += virtual * own;
        shares += own;
      }
      if (least === Number.POSITIVE_INFINITY) continue;
      this.#bound[pool] = Math.floor((this.#boundLag * EIGHTHS * VIRTUAL_UNIT * children.length) / all);
      this.#least[pool] = least;
      this.#level[pool] = shares > 0 ? Math.floor(sum / shares) : least;
      for (const node of children) {
        if (this.waiting[node] === 0 || !this.#isDue(node, now)) this.#draw(node);
      }
    }
  }

  /** Forgets half of what everyone is ahead or behind, and counts virtual time from the level again. */
  age(): void {
    for (let pool = 0; pool < this.children.length; pool++) {
      for (const node of this.children[pool] ?? []) {
        this.#virtual[node] = Math.trunc((this.#virtual[node]! - this.#level[pool]!) / 2);
      }
      this.#least[pool] = Math.trunc((this.#least[pool]! - this.#level[pool]!) / 2);
      this.#level[pool] = 0;
    }
  }

  /** How far the machine is behind its reservation, in ns of that; 0: it is not, or has none. */
  debt(machine: number, now: number): number {
    return Math.max(0, this.#owedTime(machine, now));
  }

  /** Whether a limit keeps the machine, or a pool that it is in, off. */
  isLimited(machine: number): boolean {
    for (let node = machine; node !== ROOT; node = this.parent[node]!) if (this.limited[node] === 1) return true;
    return false;
  }

  /** When the limit of the node is due to be looked at, in ns; Infinity: not at all as things are. */
  limitEvent(node: number, now: number): number {
    const limit = this.limit[node]!;
    if (limit === 0) return Number.POSITIVE_INFINITY;
    const tokens = this.#tokensNow(node, now);
    if (this.limited[node] === 1) {
      return now + Math.max(0, Math.ceil((LIMIT_RESUME * this.#tokensMost(node) - tokens) / (EIGHTHS * limit)));
    }
    const drain = EIGHTHS * (this.running[node]! * this.#mhz - limit);
    return drain > 0 ? now + Math.max(0, Math.ceil(tokens / drain)) : Number.POSITIVE_INFINITY;
  }

  /** Brings the limit's account up to `now`, when everything that runs has been charged; says whether it is used up. */
  settleTokens(node: number, now: number): boolean {
    const limit = this.limit[node]!;
    if (limit === 0) return false;
    const saved = this.#tokensNow(node, now);
    this.#tokensAt[node] = now;
    this.#tokens[node] = Math.min(this.#tokensMost(node), saved);
    return saved < EIGHTHS * this.#mhz;
  }

  /** Whether enough has been saved to go on. */
  isReplenished(node: number): boolean {
    return this.limit[node] === 0 || this.#tokens[node]! >= LIMIT_RESUME * this.#tokensMost(node);
  }

  #tokensNow(node: number, now: number): number {
    return this.#tokens[node]! + (now - this.#tokensAt[node]!) * EIGHTHS * this.limit[node]!;
  }

  /** Whether the node would lose something of its limit by waiting; one without a limit always would. */
  #isDue(node: number, now: number): boolean {
    return this.limit[node] === 0 || this.#tokensNow(node, now) >= LIMIT_DUE * this.#tokensMost(node);
  }

  #tokensMost(node: number): number {
    return this.#limitWindow * EIGHTHS * this.limit[node]!;
  }

  /** A node that wanted nothing wants something. */
  #rouse(node: number, now: number): void {
    this.#settleOwed(node, now);
    if (this.parent[node]! >= 0) this.#draw(node);
  }

  /** Brings a node within the bound of its pool: not far behind the least, nor far ahead of the level. */
  #draw(node: number): void {
    const pool = this.parent[node]!;
    const bound = this.#bound[pool]!;
    const lowest = this.#least[pool]! - bound;
    const highest = this.#level[pool]! + bound;
    const virtual = this.#virtual[node]!;
    if (virtual < lowest) this.#virtual[node] = lowest;
    else if (virtual > highest) this.#virtual[node] = highest;
  }

  /**
   * Brings what is owed of the reservation up to `now`. A node that wants nothing is owed a little for when it does:
   * one that asks for less than its reservation, in many short bursts, would have to wait for its turn in each.
   */
  #settleOwed(node: number, now: number): void {
    const reservation = this.reservation[node]!;
    const gained = (now - this.#owedAt[node]!) * EIGHTHS * reservation;
    const longest = this.wanting[node]! > 0 ? RESERVATION_DEBT : RESERVATION_SAVED;
    const most = longest * EIGHTHS * reservation;
    const least = -RESERVATION_SURPLUS * EIGHTHS * this.#mhz;
    this.#owed[node] = Math.max(least, Math.min(most, this.#owed[node]! + gained));
    this.#owedAt[node] = now;
  }

  /** How far the node is behind its reservation, in ns of that; 0 or less: it is not. */
  #owedTime(node: number, now: number): number {
    const reservation = this.reservation[node]!;
    if (reservation === 0) return 0;
    this.#settleOwed(node, now);
    return this.#owed[node]! / (EIGHTHS * reservation);
  }

  #grow(size: number): void {
    if (size <= this.parent.length) return;
    const capacity = Math.max(16, size, this.parent.length * 2);
    this.parent = widened(this.parent, capacity);
    this.#depth = widened(this.#depth, capacity);
    this.#shares = widened(this.#shares, capacity);
    this.reservation = widened(this.reservation, capacity);
    this.limit = widened(this.limit, capacity);
    this.#isPool = widened(this.#isPool, capacity);
    this.#virtual = widened(this.#virtual, capacity);
    this.#rest = widened(this.#rest, capacity);
    this.#owed = widened(this.#owed, capacity);
    this.#owedAt = widened(this.#owedAt, capacity);
    this.#tokens = widened(this.#tokens, capacity);
    this.#tokensAt = widened(this.#tokensAt, capacity);
    this.limited = widened(this.limited, capacity);
    this.waiting = widened(this.waiting, capacity);
    this.running = widened(this.running, capacity);
    this.wanting = widened(this.wanting, capacity);
    this.#level = widened(this.#level, capacity);
    this.#least = widened(this.#least, capacity);
    this.#bound = widened(this.#bound, capacity, Number.POSITIVE_INFINITY);
  }
}
