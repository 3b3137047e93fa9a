import type { KubeObject } from '../api/meta.ts';
import type { Change, Informer } from '../informer/informer.ts';
import type { Machines, ThingChange } from '../informer/machines.ts';
import { type Key, keyOf } from './keys.ts';
import type { Priority } from './work-queue.ts';

/** Where a controller's keys come from. */
export interface Source {
  /** Everything that is there has been told once. */
  readonly synced: Promise<void>;
  /** Adds keys from now on. Returns what ends it. */
  subscribe(add: (key: Key, priority: Priority) => void): () => void;
  /** All keys that there are now. */
  keys(): Iterable<Key>;
}

/** The objects of an informer as keys: their own, or those that `map` says. What was there at the start is not urgent. */
export function watching<T extends KubeObject, I extends string>(
  informer: Informer<T, I>,
  map: (change: Change<T>) => Iterable<Key> = (change) => [keyOf(change)],
): Source {
  return {
    synced: informer.synced,
    subscribe: (add) =>
      informer.onChange((changes) => {
        for (const change of changes) for (const key of map(change)) add(key, change.isInitial ? 'low' : 'normal');
      }),
    *keys() {
      for (const object of informer.view().all()) {
        const { namespace = '', name } = object.metadata;
        yield* map({ namespace, name, before: object, after: object, isInitial: true });
      }
    },
  };
}

/**
 * What the machines report, as the keys that `map` says. It does not hold the controller up: while the datacenter
 * cannot be reached there is still a status to write; whoever needs the machines asks `isSynced` and `connection`.
 */
export function reporting(machines: Machines, map: (change: ThingChange) => Iterable<Key>): Source {
  return {
    synced: Promise.resolve(),
    subscribe: (add) =>
      machines.onChange((changes) => {
        for (const change of changes) for (const key of map(change)) add(key, change.isInitial ? 'low' : 'normal');
      }),
    *keys() {
      for (const views of [machines.hosts(), machines.machines(), machines.datastores(), machines.networks()]) {
        for (const report of views.all()) {
          const { kind, namespace } = report;
          const id = report.kind === 'Machine' ? report.uid : report.name;
          yield* map({ kind, namespace, id, before: report, after: report, isInitial: true });
        }
      }
    },
  };
}
