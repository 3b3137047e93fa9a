import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { systemClock, systemRandom } from '../base/system.ts';
import type { LogLevel } from '../cli/command.ts';
import { packageVersion } from '../cli/package.ts';
import { describeProblem } from '../cli/problems.ts';
import type { Terminal } from '../cli/terminal.ts';
import { createLogger } from './logging.ts';
import { type Facts, type FromProgram, type FromSupervisor, SUPERVISED } from './messages.ts';
import { listenForSignals, type StopRequest, StopRequests } from './stop-requests.ts';

/** What a program is given to live with. */
export interface ProgramContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly terminal: Terminal;
  /** `orrery up` started it. */
  readonly isSupervised: boolean;
  /** Aborted when the program is to stop, while it starts too. */
  readonly stopping: AbortSignal;
  /**
   * Says that everything is loaded and taken that needs nobody else, and waits for the word to go on, which brings
   * settings. Without a supervisor that is at once, and there are none.
   */
  prepared(facts: Facts): Promise<Facts>;
  /** Asks the supervisor to stop a program, or to let it run again; undefined where there is none. */
  readonly outage: ((outage: Omit<Extract<FromProgram, { type: 'outage' }>, 'type'>) => void) | undefined;
  /** Ends the program: it cannot go on. */
  fail(error: unknown): void;
}

/** A program that runs until it is stopped. */
export interface Service {
  readonly facts: Facts;
  /** Ends it in good order; must not reject. */
  stop(): Promise<void>;
}

export interface Program {
  readonly name: string;
  start(context: ProgramContext): Promise<Service>;
  /** Lines for the person who started it by hand. */
  greeting(facts: Facts): readonly string[];
}

export interface ProgramOptions {
  readonly logLevel: LogLevel;
  readonly logFormat: 'auto' | 'text' | 'json';
  /** `json`: what it told when it was ready, as one object, for scripts. */
  readonly output?: 'json' | undefined;
  readonly terminal: Terminal;
}

/** A program alone has this long to end in good order, one whose supervisor is gone must be gone itself in 2 s. */
const STOP_MS = 10_000;
const ORPHAN_STOP_MS = 1500;

/**
 * Runs a program until it is told to stop, by a signal, its supervisor, or the loss of its parent process. Resolves
 * with the exit code; rejects with what made it fail, unless it could tell its supervisor.
 */
export async function runProgram(program: Program, options: ProgramOptions): Promise<number> {
  process.title = `orrery ${program.name}`;
  process.umask(0o077); // what it writes is its owner's: tokens, keys, and the objects themselves
  // Beyond the limit of `ulimit -f` a write should fail as on a full disk, not kill the process.
  process.on('SIGXFSZ', () => {});
  const link = new Link();
  const { terminal } = options;
  const stopping = new AbortController();
  const ending = Promise.withResolvers<void>();
  const requests = new StopRequests(systemClock, {
    stop: ({ reason }) => {
      logger.debug({ reason }, 'stopping');
      stopping.abort();
      ending.resolve();
    },
    force: () => process.exit(1),
  });
  const logger = createLogger({
    program: program.name,
    level: options.logLevel,
    format: link.isSupervised ? 'json' : formatFor(options),
    hasColour: terminal.hasColour,
    write: terminal.err,
  });
  const stopListening = listenForSignals((request) => requests.receive(request));
  link.onStop((request) => {
    if (request.reason !== ASKED) setTimeout(() => process.exit(1), ORPHAN_STOP_MS).unref();
    requests.receive(request);
  });
  const context: ProgramContext = {
    clock: systemClock,
    random: systemRandom(),
    logger,
    terminal,
    isSupervised: link.isSupervised,
    stopping: stopping.signal,
    prepared: (facts) => link.prepared(facts, stopping.signal),
    outage: link.isSupervised ? (outage) => void link.send({ type: 'outage', ...outage }) : undefined,
    fail: (error) => ending.reject(error),
  };
  const starting = program.start(context);
  try {
    // Whoever is asked to stop while it starts has nothing to say any more.
    const service = await Promise.race([starting, ending.promise.then(() => undefined)]);
    if (service !== undefined && !stopping.signal.aborted) {
      void link.send({ type: 'ready', facts: service.facts });
      if (!link.isSupervised) greet(program, service.facts, options);
      await ending.promise;
    }
    return 0;
  } catch (thrown) {
    if (!link.isSupervised) throw thrown;
    const { text, exitCode } = describeProblem(thrown, { version: packageVersion(), command: program.name });
    await link.send({ type: 'failed', text, exitCode });
    return exitCode;
  } finally {
    setTimeout(() => process.exit(1), STOP_MS).unref();
    stopping.abort();
    const started = await starting.catch(() => undefined);
    await started?.stop();
    stopListening();
    link.close();
  }
}

function greet(program: Program, facts: Facts, { terminal, output }: ProgramOptions): void {
  for (const line of program.greeting(facts)) terminal.err(`${line}\n`);
  if (output === 'json') terminal.out(`${JSON.stringify(facts)}\n`);
}

function formatFor({ logFormat, terminal }: ProgramOptions): 'text' | 'json' {
  if (logFormat !== 'auto') return logFormat;
  return terminal.isInteractive ? 'text' : 'json';
}

const ASKED = 'the supervisor asked';

/** The channel to whoever started this process: the supervisor, or the bootstrap, which never says anything. */
class Link {
  readonly isSupervised: boolean;
  #go: (settings: Facts) => void = () => {};
  #stop: (request: StopRequest) => void = () => {};
  readonly #onMessage = (message: FromSupervisor) => {
    if (message.type === 'go') this.#go(message.settings);
    else if (message.type === 'stop') this.#stop({ reason: ASKED });
  };
  readonly #onDisconnect = () => this.#stop({ reason: 'the parent process is gone' });

  constructor() {
    this.isSupervised = process.env[SUPERVISED] === '1';
    delete process.env[SUPERVISED]; // not for programs that this one starts
    process.on('message', this.#onMessage);
    process.on('disconnect', this.#onDisconnect);
    // Listening keeps the process alive, and so it should while it runs; `close` lets go.
  }

  onStop(stop: (request: StopRequest) => void): void {
    this.#stop = stop;
    if (this.isSupervised && !process.connected) this.#onDisconnect(); // it died while this process loaded
  }

  prepared(facts: Facts, signal: AbortSignal): Promise<Facts> {
    if (!this.isSupervised) return Promise.resolve({});
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#go = resolve;
      void this.send({ type: 'prepared', facts });
    });
  }

  /** Resolves when it has been handed over, or nobody is there to take it. */
  send(message: FromProgram): Promise<void> {
    if (!this.isSupervised || !process.connected) return Promise.resolve();
    return new Promise((resolve) => {
      process.send!(message, undefined, undefined, () => resolve());
    });
  }

  close(): void {
    process.off('message', this.#onMessage);
    process.off('disconnect', this.#onDisconnect);
    process.channel?.unref();
  }
}
