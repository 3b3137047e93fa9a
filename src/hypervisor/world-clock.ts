import type { Clock } from '../base/clock.ts';
import { SECOND } from '../base/units.ts';
import type { ClockSettings } from './hardware.ts';

/**
 * From which everyone computes a namespace's time: `anchorSim + (real - anchorReal) × speed`. Milliseconds since the
 * Unix epoch; `anchorReal` and `real` are the machine's wall time. `speed` is 0 while time stands still.
 */
export interface ClockStatus {
  readonly time: number;
  readonly anchorSim: number;
  readonly anchorReal: number;
  readonly speed: number;
}

export interface WorldClockOptions {
  /** Simulated time to go on from. */
  readonly start: number;
  readonly settings: ClockSettings;
  /** Speeds above are lowered to it. */
  readonly maxSpeed: number;
  /** A real gap longer than this (a lid that was closed) is skipped. */
  readonly gapMs: number;
  readonly changed: (status: ClockStatus) => void;
}

/** How far wall time may stray from the monotonic one before others are given a new anchor, in ms. */
const TOLERATED_DRIFT = 250;
/** At which `advanceTo` is reached when the settings ask for less: as fast as every process can follow. */
const ADVANCE_SPEED = 50;
/** Swallows the rounding of real milliseconds × speed, far below the whole milliseconds that are counted. */
const EPSILON = 1e-3;

/** A namespace's simulated time as a function of the real one. It moves only while somebody holds it and looks. */
export class WorldClock {
  readonly #clock: Clock;
  readonly #options: WorldClockOptions;
  #settings: ClockSettings;
  #anchorSim: number;
  #anchorReal: number;
  #anchorMonotonic: number;
  #speed = 0;
  /** Where an advance under way ends. */
  #target: number | undefined;
  #halted = false;
  /** When time was last looked at, monotonic. */
  #seen: number;

  constructor(clock: Clock, options: WorldClockOptions) {
    this.#clock = clock;
    this.#options = options;
    this.#settings = options.settings;
    this.#anchorSim = Math.floor(options.start);
    this.#anchorReal = clock.now();
    this.#anchorMonotonic = clock.monotonic();
    this.#seen = this.#anchorMonotonic;
    this.#decideSpeed();
  }

  get settings(): ClockSettings {
    return this.#settings;
  }

  /** Whole milliseconds. Looking notices gaps, and the end of an advance. */
  now(): number {
    const monotonic = this.#clock.monotonic();
    const gap = monotonic - this.#seen;
    const drift = this.#clock.now() - this.#anchorReal - (monotonic - this.#anchorMonotonic);
    const last = this.#seen;
    this.#seen = monotonic;
    if (this.#speed === 0) return this.#anchorSim;
    if (gap > this.#options.gapMs) this.#anchor(this.#timeAt(last));
    else if (Math.abs(drift) > TOLERATED_DRIFT) this.#anchor(this.#timeAt(monotonic));
    const time = this.#timeAt(monotonic);
    if (this.#target === undefined || time < this.#target) return time;
    const target = this.#target;
    this.#target = undefined;
    this.#speed = 0;
    this.#anchor(target);
    return target;
  }

  /** Real milliseconds from now until simulated `time`, or until an advance ends; undefined while time stands. */
  delayUntil(time: number | undefined): number | undefined {
    if (this.#speed === 0) return undefined;
    const goal = Math.min(time ?? Number.POSITIVE_INFINITY, this.#target ?? Number.POSITIVE_INFINITY);
    if (goal === Number.POSITIVE_INFINITY) return undefined;
    const elapsed = this.#clock.monotonic() - this.#anchorMonotonic;
    return Math.max(0, (goal - this.#anchorSim) / this.#speed - elapsed);
  }

  /** Whether time moves. */
  get isMoving(): boolean {
    return this.#speed > 0;
  }

  /** New settings from now on. An `advanceTo` that is past, or not paused, is not looked at. */
  configure(settings: ClockSettings): void {
    const time = this.now();
    const before = this.#speed;
    this.#settings = settings;
    this.#decideSpeed();
    if (this.#speed === before) return;
    // `now` was computed at the old speed.
    this.#anchor(time);
  }

  /** Stops, whatever the settings say, at `time`: what happened after it did not last. */
  halt(time: number): void {
    this.#halted = true;
    this.#speed = 0;
    this.#anchor(time);
  }

  /** Goes on after `halt`. */
  resume(): void {
    if (!this.#halted) return;
    this.#halted = false;
    this.#decideSpeed();
    this.#anchor(this.#anchorSim);
  }

  status(): ClockStatus {
    const time = this.now();
    return { time, anchorSim: this.#anchorSim, anchorReal: this.#anchorReal, speed: this.#speed };
  }

  #decideSpeed(): void {
    const { speed, paused, advanceTo } = this.#settings;
    const { maxSpeed } = this.#options;
    this.#target = paused && advanceTo !== undefined && advanceTo > this.#anchoredNow() ? advanceTo : undefined;
    if (this.#halted) this.#speed = 0;
    else if (!paused) this.#speed = Math.min(speed, maxSpeed);
    else if (this.#target !== undefined) this.#speed = Math.min(Math.max(speed, ADVANCE_SPEED), maxSpeed);
    else this.#speed = 0;
  }

  #anchoredNow(): number {
    return this.#timeAt(this.#seen);
  }

  #timeAt(monotonic: number): number {
    const elapsed = (monotonic - this.#anchorMonotonic) * this.#speed;
    return this.#anchorSim + Math.floor(elapsed + EPSILON);
  }

  #anchor(time: number): void {
    this.#anchorSim = time;
    this.#anchorReal = this.#clock.now();
    this.#anchorMonotonic = this.#clock.monotonic();
    this.#seen = this.#anchorMonotonic;
    this.#options.changed({
      time,
      anchorSim: time,
      anchorReal: this.#anchorReal,
      speed: this.#speed,
    });
  }
}

/** Real milliseconds between two looks at least while time moves, so that gaps are noticed and time is saved. */
export const HEARTBEAT = SECOND;
