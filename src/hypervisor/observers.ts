import type { Clock } from '../base/clock.ts';
import type { BackendError, BackendObserver, Observation, Report } from './backend.ts';

/** Who wants to be told. Each is sent everything first, then `Synced`, then what each turn brought. */
export class Observers {
  readonly #clock: Clock;
  readonly #everything: () => Report[];
  readonly #live = new Set<BackendObserver>();
  readonly #waiting = new Set<BackendObserver>();

  /** @param everything ends the turns under way and says all there is, so that nothing is missed or told twice */
  constructor(clock: Clock, everything: () => Report[]) {
    this.#clock = clock;
    this.#everything = everything;
  }

  add(observer: BackendObserver): Observation {
    this.#waiting.add(observer);
    this.#clock.defer(() => {
      if (!this.#waiting.has(observer)) return;
      const reports = this.#everything();
      this.#waiting.delete(observer);
      this.#live.add(observer);
      observer.reports([...reports, { kind: 'Synced' }]);
    });
    return {
      stop: () => {
        this.#waiting.delete(observer);
        this.#live.delete(observer);
      },
    };
  }

  tell(batch: readonly Report[]): void {
    for (const observer of [...this.#live]) if (this.#live.has(observer)) observer.reports(batch);
  }

  /** Breaks every observation. */
  close(error: BackendError): void {
    const all = [...this.#waiting, ...this.#live];
    this.#waiting.clear();
    this.#live.clear();
    for (const observer of all) observer.closed(error);
  }
}
