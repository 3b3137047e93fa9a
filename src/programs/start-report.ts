import type { Clock } from '../base/clock.ts';
import type { Terminal } from '../cli/terminal.ts';

/** Tells a person how the start goes: a line per step, with how long it took since the step before. */
export class StartReport {
  readonly #terminal: Terminal;
  readonly #clock: Clock;
  readonly #start: number;

  constructor(terminal: Terminal, clock: Clock) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#start = clock.monotonic();
  }

  /** A step is done: `API server   https://127.0.0.1:16443   0.6 s`. */
  done(step: string, what: string): void {
    this.#step({ sign: '✓', colour: 32 }, step, what);
  }

  /** It came to its end, and not all of it is as it was wanted. */
  failed(step: string, what: string): void {
    this.#step({ sign: '✗', colour: 31 }, step, what);
  }

  #step({ sign, colour }: { sign: string; colour: number }, step: string, what: string): void {
    const mark = this.#terminal.hasColour ? `\u001b[${colour}m${sign}\u001b[0m` : sign;
    this.line(`  ${mark} ${step.padEnd(12)} ${what.padEnd(44)} ${this.elapsed()}`);
  }

  line(text: string): void {
    this.#terminal.err(`${text}\n`);
  }

  /** Since the start, as `1.2 s`. */
  elapsed(): string {
    return `${((this.#clock.monotonic() - this.#start) / 1000).toFixed(1)} s`;
  }
}

/** The path as a shell takes it: quoted where it has to be. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
