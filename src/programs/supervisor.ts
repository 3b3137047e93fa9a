import path from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { LogLevel } from '../cli/command.ts';
import { Keeper, type KeeperEvents, type StartLine } from './keeper.ts';
import type { Facts } from './messages.ts';

export interface WorldOptions {
  /** Absolute. */
  readonly dataFolder: string;
  /** Asked for with --port; left out: the one of last time, or the next free one from the default on. */
  readonly port: number | undefined;
  readonly speed: number | undefined;
  /** Of the hosts; left out: the datacenter's own. */
  readonly fidelity?: string | undefined;
  readonly logLevel: LogLevel;
  /** Absolute paths, or `-`. */
  readonly files: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** A program has this long to end in good order. */
const GRACE_MS = 4000;

/** The main file of this program, as TypeScript or, packed, as JavaScript. */
const mainFile = path.join(import.meta.dirname, '..', `main${path.extname(import.meta.filename)}`);

/** The three programs of a world and what they have to know of each other. */
export class Supervisor {
  readonly apiserver: Keeper;
  readonly datacenter: Keeper;
  readonly controllers: Keeper;
  /** Applies the files of `-f`, once. */
  readonly manifests: Keeper | undefined;
  readonly kubeconfig: string;
  readonly #options: WorldOptions;
  // Found out at the first start and kept over restarts, so that nobody has to be told anew.
  #port: number | undefined;
  #listen = '127.0.0.1:0';

  constructor(options: WorldOptions, events: KeeperEvents, clock: Clock) {
    this.#options = options;
    this.#port = options.port;
    this.kubeconfig = path.join(options.dataFolder, 'kubeconfig');
    const all: KeeperEvents = { ...events, asked: (outage) => this.#suffer(outage) };
    const keep = (name: string, args: () => string[], readsInput = false) =>
      new Keeper(this.#startLine(name, args, readsInput), all, clock);
    const { dataFolder, speed, fidelity, files } = options;
    this.apiserver = keep('apiserver', () => [
      ...['--data-dir', dataFolder, '--install-kinds'],
      ...(this.#port === undefined ? [] : ['--port', String(this.#port)]),
    ]);
    this.datacenter = keep('datacenter', () => [
      ...['--data-dir', dataFolder, '--kubeconfig', this.kubeconfig, '--listen', this.#listen],
      ...(speed === undefined ? [] : ['--speed', String(speed)]),
      ...(fidelity === undefined ? [] : ['--fidelity', fidelity]),
    ]);
    // The identity is always the same, so that a successor takes the Lease over at once.
    this.controllers = keep('controllers', () => [
      ...['--data-dir', dataFolder, '--kubeconfig', this.kubeconfig, '--identity', 'orrery-up'],
      ...(speed === undefined ? [] : ['--speed', String(speed)]),
    ]);
    if (files.length > 0) {
      const given = files.flatMap((file) => ['-f', file]);
      this.manifests = keep('manifests', () => ['--kubeconfig', this.kubeconfig, ...given], files.includes('-'));
    }
  }

  /** Starts everything at once, so that loading overlaps; each goes on when what it needs is there. */
  start(): void {
    for (const keeper of this.#all()) keeper.start();
  }

  /** The API server serves: those who need it may go on. */
  async apiserverServes(facts: Facts): Promise<void> {
    this.#port = Number(facts['port']);
    this.datacenter.go({});
    this.manifests?.go({});
    // From then on, the address that controllers find is that of this datacenter, and not of the last.
    await this.datacenter.prepared;
    this.controllers.go({});
    const { listen } = await this.datacenter.ready;
    this.#listen = String(listen);
  }

  /** Controllers first, so that nobody acts on a world that is being taken apart; the API server last. */
  async stop(): Promise<void> {
    await this.manifests?.stop(GRACE_MS);
    await this.controllers.stop(GRACE_MS);
    await this.datacenter.stop(GRACE_MS);
    await this.apiserver.stop(GRACE_MS);
  }

  kill(): void {
    for (const keeper of this.#all()) keeper.kill();
  }

  /** A Fault about one of the programs, as the datacenter tells of it. */
  #suffer({ program, isDown, forMs }: Parameters<NonNullable<KeeperEvents['asked']>>[0]): void {
    const keeper = this.#all().find(({ name }) => name === program);
    if (isDown) keeper?.hold(forMs);
    else keeper?.release();
  }

  #all(): Keeper[] {
    return [this.apiserver, this.datacenter, this.controllers, ...(this.manifests ? [this.manifests] : [])];
  }

  #startLine(name: string, args: () => string[], readsInput: boolean): StartLine {
    const { logLevel, env } = this.#options;
    return {
      name,
      readsInput,
      command: () => ({
        file: process.execPath,
        args: ['--disable-warning=ExperimentalWarning', mainFile, name, ...args(), '--log-level', logLevel],
        env,
      }),
    };
  }
}
