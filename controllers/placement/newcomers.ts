import type { Host } from '../../src/api/host.ts';
import { SECOND } from '../../src/base/units.ts';
import type { Change } from '../../src/informer/informer.ts';

/** How long a new host is waited for, in ms of real time; one that is heard of later is no newcomer. */
export const RACKING = 5 * SECOND;

/** A moment of the machine's clock, in both of its ways to count. */
export interface Moment {
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly monotonic: number;
}

/**
 * Hosts that were made a moment ago. The server's clock says when that was, in whole seconds, and may be wrong by any
 * amount; so a host counts as new only for as long as it has been known here, too.
 */
export class Newcomers {
  /** Since when each is known, monotonic, by uid. */
  readonly #known = new Map<string, number>();

  note(changes: readonly Pick<Change<Host>, 'before' | 'after'>[], monotonic: number): void {
    for (const { before, after } of changes) {
      if (before !== undefined && before.metadata.uid !== after?.metadata.uid) this.#known.delete(before.metadata.uid);
      if (after !== undefined && !this.#known.has(after.metadata.uid)) this.#known.set(after.metadata.uid, monotonic);
    }
  }

  /** For how many ms it is known; undefined when it is not new. */
  knownMs({ metadata: { uid, creationTimestamp } }: Pick<Host, 'metadata'>, at: Moment): number | undefined {
    const known = at.monotonic - (this.#known.get(uid) ?? Number.NEGATIVE_INFINITY);
    const age = at.now - Date.parse(creationTimestamp ?? '');
    return known < RACKING && age < RACKING + SECOND ? known : undefined;
  }
}
