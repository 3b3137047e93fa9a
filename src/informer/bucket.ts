/** Rows in order of their names. Reading all of them costs nothing while none has changed. */
export class Bucket<T> {
  readonly #rows = new Map<string, T>();
  readonly #names: string[] = [];
  readonly #values: T[] = [];
  #list: readonly T[] | undefined;

  get size(): number {
    return this.#rows.size;
  }

  get(name: string): T | undefined {
    return this.#rows.get(name);
  }

  set(name: string, row: T): void {
    const at = this.#position(name);
    if (this.#rows.has(name)) this.#values[at] = row;
    else {
      this.#names.splice(at, 0, name);
      this.#values.splice(at, 0, row);
    }
    this.#rows.set(name, row);
    this.#list = undefined;
  }

  delete(name: string): void {
    if (!this.#rows.delete(name)) return;
    const at = this.#position(name);
    this.#names.splice(at, 1);
    this.#values.splice(at, 1);
    this.#list = undefined;
  }

  /** All rows in code-unit order of their names; a list handed out is never changed. */
  list(): readonly T[] {
    this.#list ??= Object.freeze(this.#values.slice());
    return this.#list;
  }

  #position(name: string): number {
    const names = this.#names;
    let low = 0;
    let high = names.length;
    // Lists arrive in order: the end is the likeliest place.
    if (high > 0 && names[high - 1]! < name) return high;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (names[middle]! < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
