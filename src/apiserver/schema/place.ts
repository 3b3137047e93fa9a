import type { Correlation } from './correlation.ts';

/** Where a value stands in its object. The text of it is only made for errors. */
export class Place {
  readonly #parent: Place | undefined;
  /** a field or map key, or an index */
  readonly #step: string | number;
  readonly #isKey: boolean;

  private constructor(parent: Place | undefined, step: string | number, isKey: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#isKey = isKey;
  }

  /** @param path of the whole, when it is a part of something larger */
  static root(path = ''): Place {
    return new Place(undefined, path, false);
  }

  field(name: string): Place {
    return new Place(this, name, false);
  }

  /** An entry of a map, which errors show as `labels[app]`. */
  key(name: string): Place {
    return new Place(this, name, true);
  }

  index(index: number): Place {
    return new Place(this, index, true);
  }

  /** `spec.nics[0]`, and '' for the whole object. */
  get path(): string {
    if (this.#parent === undefined) return String(this.#step);
    const before = this.#parent.path;
    if (this.#isKey) return `${before}[${this.#step}]`;
    return before === '' ? String(this.#step) : `${before}.${this.#step}`;
  }

  /**
   * Whether nothing has changed here since the object was stored; where the value has no counterpart, whether nothing
   * has changed in the nearest value around it that has one.
   */
  isUnchanged(root: Correlation | undefined): boolean {
    return this.#correlated(root).unchanged?.isEqual === true;
  }

  #correlated(root: Correlation | undefined): { current: Correlation | undefined; unchanged: Correlation | undefined } {
    if (this.#parent === undefined) return { current: root, unchanged: root };
    const { current, unchanged } = this.#parent.#correlated(root);
    if (current === undefined) return { current, unchanged };
    // Both versions show the same apiVersion and kind, whatever is stored.
    const isHidden = this.#parent.#parent === undefined && (this.#step === 'apiVersion' || this.#step === 'kind');
    if (isHidden) return { current: undefined, unchanged: undefined };
    const child = typeof this.#step === 'number' ? current.index(this.#step) : current.key(this.#step);
    return { current: child, unchanged: child ?? current };
  }
}
