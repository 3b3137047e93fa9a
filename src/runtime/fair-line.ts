import { type Key, namespaceOf } from './keys.ts';

/** Keys in the order they came, the namespaces taking turns, so that a rack of 5,000 keeps nobody else waiting. */
export class FairLine {
  /** A Set keeps the order of insertion; the namespace at the front is next. */
  readonly #namespaces = new Map<string, Set<Key>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** At the end of its namespace; false when it stands there already. */
  add(key: Key): boolean {
    const namespace = namespaceOf(key);
    let keys = this.#namespaces.get(namespace);
    if (keys === undefined) {
      keys = new Set();
      this.#namespaces.set(namespace, keys);
    }
    if (keys.has(key)) return false;
    keys.add(key);
    this.#size++;
    return true;
  }

  remove(key: Key): boolean {
    const namespace = namespaceOf(key);
    const keys = this.#namespaces.get(namespace);
    if (keys === undefined || !keys.delete(key)) return false;
    if (keys.size === 0) this.#namespaces.delete(namespace);
    this.#size--;
    return true;
  }

  clear(): void {
    this.#namespaces.clear();
    this.#size = 0;
  }

  /** The key whose turn it is. */
  take(): Key | undefined {
    for (const [namespace, keys] of this.#namespaces) {
      for (const key of keys) {
        keys.delete(key);
        this.#size--;
        this.#namespaces.delete(namespace);
        if (keys.size > 0) this.#namespaces.set(namespace, keys);
        return key;
      }
    }
    return undefined;
  }
}
