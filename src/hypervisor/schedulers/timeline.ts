/** What happens at one instant happens in this order: everything of a lower rank first. */
export const COMPLETION = 0;
export const TIMER = 1;
export const WAKE_UP = 2;
export type Rank = typeof COMPLETION | typeof TIMER | typeof WAKE_UP;

/** More armings than this never happen in one run: 2^50 leaves the rank its own bits of a double. */
const RANK_UNIT = 2 ** 50;

/**
 * The pending timers of a host: an indexed binary heap in flat arrays, ordered by time, then rank, then the order of
 * arming (each arming gives the timer a new serial number). A timer is a small integer chosen by its owner.
 */
export class Timeline {
  #times: Float64Array;
  #orders: Float64Array;
  #ids: Int32Array;
  /** Heap index by timer; -1: not armed. */
  #places: Int32Array;
  #size = 0;
  #serial = 0;

  constructor(timers: number) {
    this.#times = new Float64Array(timers);
    this.#orders = new Float64Array(timers);
    this.#ids = new Int32Array(timers);
    this.#places = new Int32Array(timers).fill(-1);
  }

  /** Makes room for timers up to but not including `timers`. */
  grow(timers: number): void {
    const { length } = this.#places;
    if (timers <= length) return;
    const places = new Int32Array(timers).fill(-1);
    places.set(this.#places);
    this.#places = places;
    const times = new Float64Array(timers);
    times.set(this.#times);
    this.#times = times;
    const orders = new Float64Array(timers);
    orders.set(this.#orders);
    this.#orders = orders;
    const ids = new Int32Array(timers);
    ids.set(this.#ids);
    this.#ids = ids;
  }

  /** When the next timer is due, in ns; Infinity when none is armed. */
  get nextTime(): number {
    return this.#size > 0 ? this.#times[0]! : Number.POSITIVE_INFINITY;
  }

  /** The rank of the next timer. Only when one is armed. */
  get nextRank(): Rank {
    const order = this.#orders[0]!;
    return order < RANK_UNIT ? COMPLETION : order < 2 * RANK_UNIT ? TIMER : WAKE_UP;
  }

  /** Takes the next timer out. Only when one is armed. */
  pop(): number {
    const id = this.#ids[0]!;
    this.cancel(id);
    return id;
  }

  /** When the timer is due, in ns; Infinity when it is not armed. */
  timeOf(id: number): number {
    const place = this.#places[id]!;
    return place < 0 ? Number.POSITIVE_INFINITY : this.#times[place]!;
  }

  /** Arms the timer, anew if it was armed already. An infinite time only cancels it. */
  arm(id: number, time: number, rank: Rank): void {
    if (time === Number.POSITIVE_INFINITY) {
      this.cancel(id);
      return;
    }
    const order = rank * RANK_UNIT + this.#serial++;
    const place = this.#places[id]!;
    if (place < 0) {
      this.#rise(this.#size++, id, time, order);
    } else if (time < this.#times[place]! || (time === this.#times[place]! && order < this.#orders[place]!)) {
      this.#rise(place, id, time, order);
    } else {
      this.#sink(place, id, time, order);
    }
  }

  cancel(id: number): void {
    const place = this.#places[id]!;
    if (place < 0) return;
    this.#places[id] = -1;
    const last = --this.#size;
    if (place === last) return;
    const time = this.#times[last]!;
    const order = this.#orders[last]!;
    const moved = this.#ids[last]!;
    if (place > 0 && this.#isBefore(time, order, (place - 1) >> 1)) this.#rise(place, moved, time, order);
    else this.#sink(place, moved, time, order);
  }

  /** Adds `delta` ns to the time of every armed timer. */
  shift(delta: number): void {
    for (let place = 0; place < this.#size; place++) this.#times[place]! += delta;
  }

  #isBefore(time: number, order: number, place: number): boolean {
    const other = this.#times[place]!;
    return time < other || (time === other && order < this.#orders[place]!);
  }

  #rise(start: number, id: number, time: number, order: number): void {
    let place = start;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(time, order, parent)) break;
      this.#put(place, this.#ids[parent]!, this.#times[parent]!, this.#orders[parent]!);
      place = parent;
    }
    this.#put(place, id, time, order);
  }

  #sink(start: number, id: number, time: number, order: number): void {
    const size = this.#size;
    let place = start;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#isBefore(this.#times[child + 1]!, this.#orders[child + 1]!, child)) child++;
      if (this.#isBefore(time, order, child)) break;
      this.#put(place, this.#ids[child]!, this.#times[child]!, this.#orders[child]!);
      place = child;
    }
    this.#put(place, id, time, order);
  }

  #put(place: number, id: number, time: number, order: number): void {
    this.#ids[place] = id;
    this.#times[place] = time;
    this.#orders[place] = order;
    this.#places[id] = place;
  }
}
