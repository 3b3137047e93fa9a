import type { Contents, Storage } from './storage.ts';

/** Keeps nothing: the store's own memory is all there is. For simulations and tests. */
export class MemoryStorage implements Storage {
  readonly read = undefined;

  open(): Contents {
    return { revision: 0, rows: [], compacted: new Map() };
  }

  commit(): void {}

  close(): void {}
}
