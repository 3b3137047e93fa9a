import type { Clock } from '../base/clock.ts';

export interface StopRequest {
  /** `SIGINT`, or that the parent process is gone. */
  readonly reason: string;
}

export interface StopHandlers {
  /** The first request. */
  stop(request: StopRequest): void;
  /** Somebody who waited and asks again. */
  force(request: StopRequest): void;
}

/** Signals that follow within this time are echoes: npm, the terminal and the bootstrap each deliver ctrl-C. */
const ECHO_MS = 1000;

/** Tells one wish to stop from its echoes. */
export class StopRequests {
  readonly #clock: Clock;
  readonly #handlers: StopHandlers;
  #first: number | undefined;

  constructor(clock: Clock, handlers: StopHandlers) {
    this.#clock = clock;
    this.#handlers = handlers;
  }

  receive(request: StopRequest): void {
    const now = this.#clock.monotonic();
    if (this.#first === undefined) {
      this.#first = now;
      this.#handlers.stop(request);
    } else if (now - this.#first > ECHO_MS) this.#handlers.force(request);
  }
}

/** The signals that ask a process to end, to `receive`. Returns how to stop listening. */
export function listenForSignals(receive: (request: StopRequest) => void): () => void {
  const listen = (signal: NodeJS.Signals) => receive({ reason: signal });
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, listen);
  return () => {
    for (const signal of signals) process.off(signal, listen);
  };
}
