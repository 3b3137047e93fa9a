import { Heap } from '../base/heap.ts';

/** An event that has been set. */
export interface Alarm {
  /** It will not happen. Cancelling twice, or afterwards, changes nothing. */
  cancel(): void;
}

class Event implements Alarm {
  readonly time: number;
  readonly serial: number;
  run: (() => void) | undefined;

  constructor(time: number, serial: number, run: () => void) {
    this.time = time;
    this.serial = serial;
    this.run = run;
  }

  cancel(): void {
    this.run = undefined;
  }
}

/**
 * What is going to happen in a namespace, in order of simulated time, then of setting. Times are whole milliseconds
 * since the Unix epoch, so that no rounding of a fast or slow clock can change an order.
 */
export class EventQueue {
  readonly #heap = new Heap<Event>((a, b) => a.time < b.time || (a.time === b.time && a.serial < b.serial));
  readonly #instantOver: () => void;
  #now: number;
  #serial = 0;

  /** @param instantOver called before time moves on, to finish what was gathered during the instant */
  constructor(now: number, instantOver: () => void) {
    this.#now = now;
    this.#instantOver = instantOver;
  }

  get now(): number {
    return this.#now;
  }

  /** When the next event is due, or undefined when nothing is set. */
  get next(): number | undefined {
    this.#dropCancelled();
    return this.#heap.peek()?.time;
  }

  /** Calls `run` at `time`, rounded up to a millisecond; at the present instant when that is past. */
  at(time: number, run: () => void): Alarm {
    const event = new Event(Math.max(this.#now, Math.ceil(time)), this.#serial++, run);
    this.#heap.push(event);
    return event;
  }

  /** Moves to `time`, with everything due until then at its own instant. Time never goes back. */
  runUntil(time: number): void {
    for (;;) {
      const due = this.next;
      const isDue = due !== undefined && due <= time;
      const target = isDue ? due : time;
      if (target > this.#now) {
        this.#instantOver();
        // Finishing an instant may itself set or cancel something.
        if (this.next !== due) continue;
        this.#now = target;
      }
      if (!isDue) return;
      const event = this.#heap.pop()!;
      const run = event.run!;
      event.run = undefined;
      run();
    }
  }

  #dropCancelled(): void {
    while (this.#heap.size > 0 && this.#heap.peek()!.run === undefined) this.#heap.pop();
  }
}
