import type { Checked } from './checked.ts';
import type { Environment } from './environment.ts';
import type { Expression } from './expression.ts';
import { Aborted, Frame, type Plan } from './frame.ts';
import { PlanError } from './planned.ts';
import { Planner } from './planner.ts';
import { DYN, type Type } from './type.ts';
import { EvaluationError, type Value } from './value.ts';

/** What one evaluation may cost (k8s.io/apiserver, pkg/apis/cel/config.go). */
export const CALL_LIMIT = 1_000_000;

/** How an evaluation ended. */
export type Outcome =
  | { readonly value: Value; readonly cost: number }
  | { readonly value?: undefined; readonly error: string; readonly cost: number };

/** A checked expression, to be run any number of times. */
export class Program {
  readonly expression: Expression;
  readonly checked: Checked;
  readonly #environment: Environment;
  #plan: { readonly run: Plan; readonly slots: number } | undefined;

  constructor(expression: Expression, checked: Checked, environment: Environment) {
    this.expression = expression;
    this.checked = checked;
    this.#environment = environment;
  }

  /** The type of its value. */
  get type(): Type {
    return this.checked.types.get(this.expression.id) ?? DYN;
  }

  /** Whether it refers to the variable. */
  uses(variable: string): boolean {
    for (const resolution of this.checked.resolutions.values()) {
      if (resolution.is === 'variable' && resolution.name === variable) return true;
    }
    return false;
  }

  /** Makes the plan, and says what is wrong when there can be none: a conversion of a constant that must fail. */
  instantiate(): string | undefined {
    try {
      this.#planned();
      return undefined;
    } catch (error) {
      if (error instanceof PlanError) return error.message;
      throw error;
    }
  }

  /**
   * @param inputs the variables' values, in the order of the environment; undefined for one that is not there
   * @param limit what it may cost
   */
  run(inputs: readonly (Value | EvaluationError | undefined)[], limit = CALL_LIMIT): Outcome {
    const { run, slots } = this.#planned();
    const values: (Value | EvaluationError | undefined)[] = [];
    for (let i = 0; i < slots; i++) values.push(inputs[i]);
    const frame = new Frame(values, limit);
    try {
      const value = run(frame);
      frame.checkLimit();
      return { value, cost: frame.cost };
    } catch (error) {
      if (error instanceof EvaluationError || error instanceof Aborted) {
        return { error: error.message, cost: frame.cost };
      }
      throw error;
    }
  }

  #planned(): { readonly run: Plan; readonly slots: number } {
    if (this.#plan === undefined) {
      const planner = new Planner(this.checked, this.#environment.functions, [...this.#environment.variables.keys()]);
      const run = planner.plan(this.expression);
      this.#plan = { run, slots: planner.slotCount };
    }
    return this.#plan;
  }
}
