import type { EvaluationError, Value } from './value.ts';

/** One run of a program: its variables, and what it has cost so far. */
export class Frame {
  /** Inputs first, then what comprehensions bind. A stored error is thrown when it is read. */
  readonly slots: (Value | EvaluationError | undefined)[];
  readonly limit: number;
  cost = 0;

  constructor(slots: (Value | EvaluationError | undefined)[], limit: number) {
    this.slots = slots;
    this.limit = limit;
  }

  /** Stops a run that has become too expensive. */
  checkLimit(): void {
    if (this.cost > this.limit) throw new Aborted('operation cancelled: actual cost limit exceeded');
  }
}

/** A planned expression. @throws EvaluationError when it has no value */
export type Plan = (frame: Frame) => Value;

/** Ends the whole evaluation: no `||` absorbs this one. */
export class Aborted {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}
