import type { Plan } from './frame.ts';
import type { Value } from './value.ts';

/** A plan, and its value where that is known beforehand: then it costs nothing. */
export interface Planned {
  readonly run: Plan;
  readonly constant?: { readonly value: Value };
}

/** The plan of a whole expression cannot be made: a constant in it has no value. */
export class PlanError extends Error {}
