import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';

/** Those who want to be told of changes. One that throws is a defect of its own and keeps nothing from the others. */
export class Listeners<C> {
  readonly #logger: Logger;
  #listeners: readonly ((changes: readonly C[]) => void)[] = [];

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** Returns what ends it. */
  add(listener: (changes: readonly C[]) => void): () => void {
    this.#listeners = [...this.#listeners, listener];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  tell(changes: readonly C[]): void {
    if (changes.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener(changes);
      } catch (error) {
        const stack = error instanceof Error ? error.stack : undefined;
        this.#logger.error({ error: messageOf(error), stack }, 'a listener failed');
      }
    }
  }
}
