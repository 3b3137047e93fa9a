import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';

export const programNames = ['apiserver', 'datacenter', 'controllers'] as const;
export type ProgramName = (typeof programNames)[number];

/**
 * One life of a program. When it is killed, what it was handed goes dead with it: its timers are not called any more,
 * and its ports (ports.ts) neither carry anything out nor answer.
 */
export class Incarnation {
  readonly program: ProgramName;
  /** From 1; a part of every seed that the program is handed, so that no life repeats the chance of another. */
  readonly number: number;
  readonly clock: Clock;
  #isDead = false;
  readonly #endings: (() => void)[] = [];

  constructor(program: ProgramName, number: number, clock: Clock) {
    this.program = program;
    this.number = number;
    this.clock = new MortalClock(clock, this);
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** Calls `run` when it is killed. */
  onKill(run: () => void): void {
    this.#endings.push(run);
  }

  kill(): void {
    if (this.#isDead) return;
    this.#isDead = true;
    for (const run of this.#endings) run();
  }
}

/** The world's clock for as long as the life lasts. */
class MortalClock implements Clock {
  readonly #clock: Clock;
  readonly #life: Incarnation;

  constructor(clock: Clock, life: Incarnation) {
    this.#clock = clock;
    this.#life = life;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(delayMs: number, run: () => void): Timer {
    if (this.#life.isDead) return neverCalled;
    return this.#clock.after(delayMs, () => {
      if (!this.#life.isDead) run();
    });
  }

  defer(run: () => void): void {
    this.after(0, run);
  }
}

const neverCalled: Timer = { cancel: () => {} };

/** A promise that never settles, as the answer to a caller that is no more. */
export function never<T>(): Promise<T> {
  return new Promise<T>(() => {});
}

/** A logger that falls silent with the life. */
export function mortalLogger(logger: Logger, life: Incarnation): Logger {
  const mortal = (inner: Logger): Logger => {
    const unlessDead = (level: 'debug' | 'info' | 'warn' | 'error') => (fields: object, message: string) => {
      if (!life.isDead) inner[level](fields, message);
    };
    return {
      debug: unlessDead('debug'),
      info: unlessDead('info'),
      warn: unlessDead('warn'),
      error: unlessDead('error'),
      child: (fields) => mortal(inner.child(fields)),
    };
  };
  return mortal(logger.child({ program: life.program }));
}
