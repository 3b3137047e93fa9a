import { Bucket } from './bucket.ts';

/** The values under which a row is found again; they are looked up within one namespace. */
export type IndexFunction<T> = (row: T) => readonly string[];
export type Indexes<T, I extends string> = Readonly<Record<I, IndexFunction<T>>>;

/** Rows as one decision reads them. `namespace` is '' for what has none. */
export interface Rows<T, I extends string = never> {
  get(namespace: string, name: string): T | undefined;
  /** The rows of a namespace in order of their names. */
  list(namespace: string): readonly T[];
  /** The rows of all namespaces, in order of namespace and name. */
  all(): readonly T[];
  /** The rows of a namespace that the index function gave this value, in order of their names. */
  by(index: I, namespace: string, value: string): readonly T[];
  /** Namespaces that have rows, in order. */
  namespaces(): readonly string[];
  readonly size: number;
}

/** Immutable rows by namespace and name, with indexes that are kept up to date. One change costs microseconds. */
export class Table<T, I extends string = never> implements Rows<T, I> {
  readonly #spaces = new Map<string, Bucket<T>>();
  readonly #indexes: readonly { readonly valuesOf: IndexFunction<T>; readonly buckets: Map<string, Bucket<T>> }[];
  readonly #places: ReadonlyMap<string, number>;
  #all: readonly T[] | undefined;
  #size = 0;
  #version = 0;

  constructor(indexes: Indexes<T, I> = {} as Indexes<T, I>) {
    const names = Object.keys(indexes) as I[];
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#indexes = names.map((name) => ({ valuesOf: indexes[name], buckets: new Map() }));
  }

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  get size(): number {
    return this.#size;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#spaces.get(namespace)?.get(name);
  }

  list(namespace: string): readonly T[] {
    return this.#spaces.get(namespace)?.list() ?? EMPTY;
  }

  all(): readonly T[] {
    this.#all ??= Object.freeze(this.namespaces().flatMap((namespace) => this.list(namespace)));
    return this.#all;
  }

  by(index: I, namespace: string, value: string): readonly T[] {
    const place = this.#places.get(index);
    if (place === undefined) throw new RangeError(`there is no index "${index}"`);
    return this.#indexes[place]!.buckets.get(indexKey(namespace, value))?.list() ?? EMPTY;
  }

  namespaces(): readonly string[] {
    return [...this.#spaces.keys()].sort();
  }

  /** Returns the row that stood there. */
  set(namespace: string, name: string, row: T): T | undefined {
    let space = this.#spaces.get(namespace);
    if (space === undefined) {
      space = new Bucket();
      this.#spaces.set(namespace, space);
    }
    const before = space.get(name);
    space.set(name, row);
    if (before === undefined) this.#size++;
    this.#index(namespace, name, before, row);
    return before;
  }

  /** Returns the row that stood there. */
  delete(namespace: string, name: string): T | undefined {
    const space = this.#spaces.get(namespace);
    const before = space?.get(name);
    if (space === undefined || before === undefined) return undefined;
    space.delete(name);
    if (space.size === 0) this.#spaces.delete(namespace);
    this.#size--;
    this.#index(namespace, name, before, undefined);
    return before;
  }

  /** The rows as they are now, for one synchronous decision. */
  view(): View<T, I> {
    return new View(this);
  }

  #index(namespace: string, name: string, before: T | undefined, after: T | undefined): void {
    this.#version++;
    this.#all = undefined;
    for (const { valuesOf, buckets } of this.#indexes) {
      const wanted = after === undefined ? EMPTY : valuesOf(after);
      for (const value of before === undefined ? EMPTY : valuesOf(before)) {
        if (!wanted.includes(value)) this.#leave(buckets, indexKey(namespace, value), name);
      }
      for (const value of wanted) {
        const key = indexKey(namespace, value);
        let bucket = buckets.get(key);
        if (bucket === undefined) {
          bucket = new Bucket();
          buckets.set(key, bucket);
        }
        bucket.set(name, after!);
      }
    }
  }

  #leave(buckets: Map<string, Bucket<T>>, key: string, name: string): void {
    const bucket = buckets.get(key);
    bucket?.delete(name);
    if (bucket?.size === 0) buckets.delete(key);
  }
}

const EMPTY: readonly never[] = Object.freeze([]);

/** No namespace has a slash in its name. */
const indexKey = (namespace: string, value: string) => `${namespace}/${value}`;

/** A read view of one moment. It is for one synchronous decision: once the table has moved on, using it throws. */
export class View<T, I extends string = never> implements Rows<T, I> {
  readonly #table: Table<T, I>;
  readonly version: number;

  constructor(table: Table<T, I>) {
    this.#table = table;
    this.version = table.version;
  }

  get(namespace: string, name: string): T | undefined {
    return this.#present().get(namespace, name);
  }

  list(namespace: string): readonly T[] {
    return this.#present().list(namespace);
  }

  all(): readonly T[] {
    return this.#present().all();
  }

  by(index: I, namespace: string, value: string): readonly T[] {
    return this.#present().by(index, namespace, value);
  }

  namespaces(): readonly string[] {
    return this.#present().namespaces();
  }

  get size(): number {
    return this.#present().size;
  }

  #present(): Table<T, I> {
    if (this.#table.version !== this.version) {
      throw new Error(
        `a view was used after its moment (version ${this.version}, now ${this.#table.version}): take it and decide without awaiting in between`,
      );
    }
    return this.#table;
  }
}
