import { type ChildProcess, spawn } from 'node:child_process';
import type { Clock, Timer } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { LineCutter } from './log-lines.ts';
import { type Facts, type FromProgram, type FromSupervisor, SUPERVISED } from './messages.ts';

/** How a program is started; asked for at every start, because what is known by then may differ. */
export interface StartLine {
  readonly name: string;
  /** It reads the supervisor's standard input. */
  readonly readsInput?: boolean;
  command(): { readonly file: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv };
}

export interface KeeperEvents {
  /** A line that the program wrote. */
  line(name: string, line: string): void;
  /** It ended though nobody asked it to, and will be started again. */
  died(name: string, how: string, delayMs: number): void;
  /** A Fault stopped it, or lets it run again. */
  outage?(name: string, isDown: boolean): void;
  /** The program asks for another to be stopped, or to run again. */
  asked?(outage: Extract<FromProgram, { type: 'outage' }>): void;
  /** It serves again after it had died. */
  recovered(name: string): void;
}

/** Delays before starting a program again, in milliseconds: the first time at once, then longer. */
const DELAYS_MS = [0, 200, 500, 1000, 2000, 5000];
/** Who lived this long has no history. */
const HEALTHY_MS = 30_000;

/** Keeps one program running in a process of its own: starts it, starts it again when it dies, stops it. */
export class Keeper {
  readonly #line: StartLine;
  readonly #events: KeeperEvents;
  readonly #clock: Clock;
  readonly #prepared = Promise.withResolvers<Facts>();
  readonly #ready = Promise.withResolvers<Facts>();
  #child: ChildProcess | undefined;
  #settings: Facts | undefined;
  #failure: Extract<FromProgram, { type: 'failed' }> | undefined;
  #isPrepared = false;
  #hasServed = false;
  #startedAt = 0;
  #deaths = 0;
  #isStopping = false;
  #pendingStart: Timer | undefined;
  #isHeld = false;
  /** The program that runs was ended here, and is not gone yet. */
  #isEnded = false;
  #release: Timer | undefined;

  constructor(line: StartLine, events: KeeperEvents, clock: Clock) {
    this.#line = line;
    this.#events = events;
    this.#clock = clock;
    // A keeper that nobody waits for any more may still fail.
    this.#prepared.promise.catch(() => {});
    this.#ready.promise.catch(() => {});
  }

  /** Resolves with what it told when it was prepared for the first time; rejects when it died before it served. */
  get prepared(): Promise<Facts> {
    return this.#prepared.promise;
  }

  /** Resolves with what it told when it served for the first time; rejects when it died before that. */
  get ready(): Promise<Facts> {
    return this.#ready.promise;
  }

  get name(): string {
    return this.#line.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    const { file, args, env } = this.#line.command();
    this.#isPrepared = false;
    this.#failure = undefined;
    this.#startedAt = this.#clock.monotonic();
    // A session of its own, so that ctrl-C reaches the supervisor alone, which stops them in order.
    const child = spawn(file, args, {
      detached: true,
      stdio: [this.#line.readsInput ? 'inherit' : 'ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...env, [SUPERVISED]: '1' },
    });
    this.#child = child;
    for (const stream of [child.stdout!, child.stderr!]) {
      const cutter = new LineCutter((line) => this.#events.line(this.#line.name, line));
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => cutter.push(text));
      stream.on('end', () => cutter.end());
    }
    child.on('message', (message) => this.#hear(message as FromProgram));
    child.on('error', (error) => {
      if (child.pid === undefined) this.#gone(`cannot be run: ${error.message}`);
    });
    // 'close' comes when its last lines have been read too.
    child.on('close', (code, signal) => this.#gone(signal === null ? `exit code ${code}` : `killed by ${signal}`));
  }

  /** Lets it go on as soon as it is prepared, this time and after every restart. */
  go(settings: Facts): void {
    this.#settings = settings;
    if (this.#isPrepared) this.#tell({ type: 'go', settings });
  }

  /** Asks it to stop, kills it after `graceMs`; resolves when it is gone. */
  async stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    this.#pendingStart?.cancel();
    this.#release?.cancel();
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.#tell({ type: 'stop' });
    const timer = this.#clock.after(graceMs, () => child.kill('SIGKILL'));
    await gone;
    timer.cancel();
  }

  /** Ends it at once, and keeps it down until it is released, or for so long. */
  hold(forMs?: number): void {
    if (this.#isStopping) return;
    this.#release?.cancel();
    this.#release = forMs === undefined ? undefined : this.#clock.after(forMs, () => this.release());
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#pendingStart?.cancel();
    this.#events.outage?.(this.#line.name, true);
    this.#isEnded = this.#child !== undefined;
    this.#child?.kill('SIGKILL');
  }

  /** Starts it again when it is held. */
  release(): void {
    if (!this.#isHeld || this.#isStopping) return;
    this.#isHeld = false;
    this.#release?.cancel();
    this.#events.outage?.(this.#line.name, false);
    // One that is not gone yet is started again when it is.
    if (this.#child === undefined) this.start();
  }

  /** Ends it at once. */
  kill(): void {
    this.#isStopping = true;
    this.#pendingStart?.cancel();
    this.#child?.kill('SIGKILL');
  }

  #tell(message: FromSupervisor): void {
    // It may have died a moment ago; 'close' says so.
    if (this.#child?.connected) this.#child.send(message, () => {});
  }

  #hear(message: FromProgram): void {
    if (message.type === 'failed') this.#failure = message;
    if (message.type === 'outage') this.#events.asked?.(message);
    if (message.type === 'prepared') {
      this.#isPrepared = true;
      this.#prepared.resolve(message.facts);
      if (this.#settings !== undefined) this.#tell({ type: 'go', settings: this.#settings });
    }
    if (message.type === 'ready') {
      this.#prepared.resolve(message.facts);
      this.#ready.resolve(message.facts);
      if (this.#hasServed) this.#events.recovered(this.#line.name);
      this.#hasServed = true;
    }
  }

  #gone(how: string): void {
    this.#child = undefined;
    if (this.#isStopping) {
      this.#reject(new OrreryError('PROGRAM_DIED', { program: this.#line.name, cause: 'it was stopped' }));
      return;
    }
    const isOurs = this.#isEnded;
    this.#isEnded = false;
    if (this.#isHeld) return;
    if (isOurs) {
      // Released before it was gone: nobody's death.
      this.start();
      return;
    }
    if (!this.#hasServed) {
      this.#reject(this.#failure === undefined ? this.#died(how) : new ProgramFailure(this.#failure));
      return;
    }
    if (this.#failure !== undefined) this.#events.line(this.#line.name, this.#failure.text);
    if (this.#clock.monotonic() - this.#startedAt >= HEALTHY_MS) this.#deaths = 0;
    const delayMs = DELAYS_MS[Math.min(this.#deaths++, DELAYS_MS.length - 1)]!;
    this.#events.died(this.#line.name, how, delayMs);
    this.#pendingStart = this.#clock.after(delayMs, () => this.start());
  }

  #died(how: string): OrreryError {
    return new OrreryError('PROGRAM_DIED', { program: this.#line.name, cause: how });
  }

  #reject(error: Error): void {
    this.#prepared.reject(error);
    this.#ready.reject(error);
  }
}

/** What a program said before it ended: its own line, to be printed as it is. */
export class ProgramFailure extends Error {
  readonly exitCode: number;

  constructor({ text, exitCode }: { text: string; exitCode: number }) {
    super(text);
    this.name = 'ProgramFailure';
    this.exitCode = exitCode;
  }
}
