/**
 * The way from a variable to a value: fields, `@items`, `@keys`, `@values`. It grows as a slice of Go does, whose spare
 * room is shared: two paths that extend the same one can end up in one place, so that the second overwrites the first.
 * cel-go's estimates depend on that, and with them which rules are too expensive.
 */
export class CostPath {
  readonly #steps: string[];
  readonly length: number;
  readonly #room: number;

  private constructor(steps: string[], length: number, room: number) {
    this.#steps = steps;
    this.length = length;
    this.#room = room;
  }

  static readonly none = new CostPath([], 0, 0);

  static of(name: string): CostPath {
    return new CostPath([name], 1, 1);
  }

  get steps(): readonly string[] {
    return this.#steps.slice(0, this.length);
  }

  append(step: string): CostPath {
    if (this.length < this.#room) {
      this.#steps[this.length] = step;
      return new CostPath(this.#steps, this.length + 1, this.#room);
    }
    const steps = [...this.steps, step];
    return new CostPath(steps, steps.length, Math.max(1, this.#room * 2));
  }

  /** The same in a place of its own. */
  extended(step: string): CostPath {
    const steps = [...this.steps, step];
    return new CostPath(steps, steps.length, steps.length);
  }
}
