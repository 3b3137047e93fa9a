import type { Version } from './version.ts';

/** One committed write: `prior` is what it replaced (absent for a creation), `version` what it made. */
export interface LogEvent {
  readonly version: Version;
  readonly prior: Version | undefined;
}

/** The recent writes of one bucket, oldest first: what watches resume from and old lists are computed with. */
export class EventLog {
  #events: (LogEvent | undefined)[] = [];
  #start = 0;
  #compacted: number;

  /** @param compacted the history up to this revision is gone */
  constructor(compacted = 0) {
    this.#compacted = compacted;
  }

  get length(): number {
    return this.#events.length - this.#start;
  }

  /** Watches may resume from this revision or a later one. */
  get compacted(): number {
    return this.#compacted;
  }

  push(event: LogEvent): void {
    this.#events.push(event);
  }

  first(): LogEvent | undefined {
    return this.#events[this.#start];
  }

  /** Takes the oldest event out. */
  shift(): LogEvent | undefined {
    const event = this.#events[this.#start];
    if (event === undefined) return undefined;
    this.#events[this.#start++] = undefined;
    this.#compacted = event.version.revision;
    if (this.#start > 1024 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
    return event;
  }

  /** The events after `revision`, oldest first. */
  after(revision: number): LogEvent[] {
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#events[middle]!.version.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low) as LogEvent[];
  }
}
