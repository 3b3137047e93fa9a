import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { Change } from '../../src/informer/informer.ts';

type Dated = Pick<VirtualMachine, 'metadata'>;

/**
 * Who came first. `creationTimestamp` counts whole seconds, in each of which one `kubectl apply` makes hundreds of
 * objects; within one, the watch tells of them in the order in which they were made. Of those that were there when the
 * watch began that order is known to nobody, and they come in order of name.
 */
export class Arrivals {
  readonly #places = new Map<string, number>();
  #next = 0;

  /** In the order in which the informer tells them. */
  note(changes: readonly Pick<Change<VirtualMachine>, 'before' | 'after'>[]): void {
    for (const { before, after } of changes) {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) this.#places.delete(before.metadata.uid);
      if (after !== undefined) this.add(after);
    }
  }

  add({ metadata: { uid } }: Dated): void {
    if (!this.#places.has(uid)) this.#places.set(uid, this.#next++);
  }

  /** The older first; of one second, who was seen first; else by name. */
  sorted<T extends Dated>(objects: readonly T[]): T[] {
    return [...objects].sort((a, b) => {
      const [one, other] = [a.metadata, b.metadata];
      if (one.creationTimestamp !== other.creationTimestamp) {
        return (one.creationTimestamp ?? '') < (other.creationTimestamp ?? '') ? -1 : 1;
      }
      const [first = Infinity, second = Infinity] = [this.#places.get(one.uid), this.#places.get(other.uid)];
      if (first !== second) return first - second;
      return one.name < other.name ? -1 : 1;
    });
  }
}
