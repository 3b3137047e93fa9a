import type { Logger } from '../base/logger.ts';

/** Which kinds a server has ceased to serve, so that it is told once and not for each of them. */
export class Absence {
  readonly #logger: Logger;
  readonly #absent = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  gone(kind: string, retryMs: number): void {
    if (this.#absent.size === 0) {
      this.#logger.warn({ kind, retryMs }, 'the kinds are not installed: orrery crds | kubectl apply -f -');
    }
    this.#absent.add(kind);
  }

  served(kind: string): void {
    if (this.#absent.delete(kind) && this.#absent.size === 0) this.#logger.info({}, 'the kinds are installed again');
  }
}
