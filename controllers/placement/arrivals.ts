import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { Change } from '../../src/informer/informer.ts';
import { isOlder } from '../../src/informer/resource-version.ts';

type Dated = Pick<VirtualMachine, 'metadata'>;

/**
 * Who came first. `creationTimestamp` counts whole seconds, in each of which one `kubectl apply` makes hundreds of
 * objects; within one, the watch tells of them in the order in which they were made. Of those that were there when the
 * watch began, the version tells it as long as nobody has written to them since; of the others, which somebody has looked
 * at before, nobody knows it, and they come first, in order of name.
 */
export class Arrivals {
  readonly #places = new Map<string, number>();
  #next = 0;

  /** What the informer tells at once. */
  note(changes: readonly Pick<Change<VirtualMachine>, 'before' | 'after'>[]): void {
    const fresh: VirtualMachine[] = [];
    for (const { before, after } of changes) {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) this.#places.delete(before.metadata.uid);
      if (after === undefined || this.#places.has(after.metadata.uid)) continue;
      if (isUntouched(after)) fresh.push(after);
      else this.add(after);
    }
    fresh.sort(byVersion);
    for (const vm of fresh) this.add(vm);
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

/** Nobody has written to it since it was made (status begins with `observedGeneration: -1`). */
function isUntouched({ status, metadata }: VirtualMachine): boolean {
  return metadata.generation === 1 && (status?.observedGeneration ?? -1) === -1 && status?.conditions === undefined;
}

function byVersion({ metadata: a }: VirtualMachine, { metadata: b }: VirtualMachine): number {
  if (isOlder(a.resourceVersion, b.resourceVersion)) return -1;
  return isOlder(b.resourceVersion, a.resourceVersion) ? 1 : 0;
}
