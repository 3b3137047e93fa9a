import type { Surroundings } from './eligibility.ts';
import type { DatastoreFacts, HypervisorType, MachineFacts } from './facts.ts';

/** The datastores and what is promised on them: what `Room` is to a host. */
export class Storage implements Surroundings {
  readonly #datastores: Map<string, DatastoreFacts & { free: number }>;

  /** @param found as the machines report them; not changed */
  constructor(found: ReadonlyMap<string, DatastoreFacts>) {
    this.#datastores = new Map([...found].map(([key, facts]) => [key, { ...facts }]));
  }

  get datastores(): ReadonlyMap<string, DatastoreFacts> {
    return this.#datastores;
  }

  /** The machine is to be started on a host of this type: the files that it then gets are spoken for. */
  take(machine: MachineFacts, type: HypervisorType): void {
    this.#add(machine, type, 1);
  }

  release(machine: MachineFacts, type: HypervisorType): void {
    this.#add(machine, type, -1);
  }

  #add({ space }: MachineFacts, type: HypervisorType, sign: 1 | -1): void {
    for (const [name, bytes] of space) {
      const datastore = this.#datastores.get(name);
      if (datastore !== undefined) datastore.free -= sign * newBytes(bytes, type);
    }
  }
}

/** Bytes that a start takes; only ESX has a swap file. */
export function newBytes({ swap, disks }: { readonly swap: number; readonly disks: number }, type: HypervisorType) {
  return disks + (type === 'ESX' ? swap : 0);
}
