/**
 * A whole world in this process: API server, datacenter and controllers on one virtual clock, as a function of its
 * seed. Programs can be killed at any moment and are started anew, with nothing but what was on their disks.
 *
 *     const world = await World.start({ seed: 'lab' });
 *     await world.settle(world.client.create(hosts, { … }));
 *     await world.pass(HOUR);
 *     world.crash('controllers');
 */
import type { KubeObject } from '../api/meta.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Batch } from '../apiserver/store/storage.ts';
import { VirtualClock } from '../base/clock.ts';
import { OrreryError } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { Random } from '../base/random.ts';
import { MINUTE, SECOND } from '../base/units.ts';
import type { Client } from '../client/port.ts';
import type { ManagementFault } from '../hypervisor/faults/faults.ts';
import type { Meters } from '../hypervisor/host/meters.ts';
import { type JournalBatch, JournalFailure } from '../hypervisor/journal/journal.ts';
import type { HostModel } from '../hypervisor/site.ts';
import { DirectBackend } from '../hypervisor/transport/direct.ts';
import { createManagement, type Management } from '../programs/management.ts';
import { createPhysical, type Physical } from '../programs/physical.ts';
import type { EventInput } from '../runtime/event-correlator.ts';
import { ApiLink, type ApiWrite, LinkedClient } from './api-link.ts';
import type { Chaos } from './chaos.ts';
import { Digest } from './digest.ts';
import { ApiDisk, type ApiImage, DatacenterDisk } from './disks.ts';
import { Driver } from './driver.ts';
import { installedKinds } from './image.ts';
import { Incarnation, mortalLogger, type ProgramName, programNames } from './incarnation.ts';
import { LinkedBackend, MachineLink } from './machine-link.ts';

export interface WorldOptions {
  readonly seed: string;
  /** When the world begins, in ms since the Unix epoch; 2010-11-01T00:00:00Z when left out. */
  readonly start?: number | undefined;
  /** An API server's disk with our kinds; made when it is left out, which takes a tenth of a second. */
  readonly image?: ApiImage;
  readonly logger?: Logger;
  readonly chaos?: Chaos;
  /** How hosts share out processors and memory; by the entitlement formula when left out. */
  readonly model?: HostModel;
  /** Simulated seconds per second of the world's clock, of namespaces without a Clock. */
  readonly speed?: number;
  /** Speeds above are lowered to it; none when left out: a virtual clock can follow every speed. */
  readonly maxSpeed?: number;
  /** A file that a manifest names, as text. */
  readonly readFile?: (path: string) => string;
  /** Where a namespace's consumption is summed; left out: nowhere. */
  readonly meters?: (namespace: string) => Meters;
  /** Told of what the world does. */
  readonly watcher?: WorldWatcher;
}

/** Looks on; what it is told must not change anything. */
export interface WorldWatcher {
  /** A life of the program began. */
  started?(program: ProgramName, world: World): void;
  /** A life of the program ended. Its world is as it left it. */
  killed?(program: ProgramName, world: World): void;
  /** A controller tells an event, before events are counted together. */
  event?(controller: string, input: EventInput): void;
  /** The API server has this on its disk now. */
  committed?(batch: Batch): void;
  /** The datacenter has this on its disk now. */
  saved?(namespace: string, batch: JournalBatch): void;
  /** A program is about to ask the API server for a change. */
  wrote?(write: ApiWrite): void;
  /** A step was made; every promise that could settle has. */
  step?(world: World): void;
}

/** The programs start this long before the world begins. */
const BOOT_MS = MINUTE;
/** What is asked of the world is answered by then. */
const PATIENCE_MS = 10 * MINUTE;
/** A program that crashed is started again so long afterwards, unless somebody says otherwise. */
const RESTART_MS = 500;
/** Writes of each kind that watches can resume from: more than any watcher falls behind. */
const HISTORY = 2000;
const START = Date.UTC(2010, 10, 1);

interface Lives {
  apiserver: { readonly life: Incarnation; readonly server: ApiServer } | undefined;
  datacenter: { readonly life: Incarnation; readonly physical: Physical } | undefined;
  controllers: { readonly life: Incarnation; readonly management: Management } | undefined;
}

export class World {
  readonly clock: VirtualClock;
  /** Whoever applies manifests. */
  readonly client: Client;
  readonly digest = new Digest();
  readonly driver: Driver;
  readonly #options: WorldOptions;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #apiDisk: ApiDisk;
  readonly #datacenterDisk: DatacenterDisk;
  readonly #apiLink: ApiLink;
  readonly #machineLink: MachineLink;
  readonly #lives: Lives = { apiserver: undefined, datacenter: undefined, controllers: undefined };
  readonly #numbers: Record<ProgramName, number> = { apiserver: 0, datacenter: 0, controllers: 0 };
  /** Programs that are not started again until somebody says so. */
  readonly #held = new Set<ProgramName>();
  /** Those that a Fault keeps down. */
  readonly #stopped = new Set<ProgramName>();
  readonly #startedAt: number;

  /** Resolves when every program runs and the world is about to begin. */
  static async start(options: WorldOptions): Promise<World> {
    const world = new World(options, options.image ?? (await installedKinds()));
    await world.#boot();
    return world;
  }

  private constructor(options: WorldOptions, image: ApiImage) {
    const { seed, start = START, logger = silentLogger, chaos } = options;
    this.#options = options;
    this.#random = new Random(seed);
    this.#logger = logger;
    this.#startedAt = start;
    this.clock = new VirtualClock(start - BOOT_MS);
    const crash = (caller: string, downMs: number | undefined) => {
      if (caller !== 'user') this.crash(caller as ProgramName, downMs);
    };
    const wrote = options.watcher?.wrote && ((write: ApiWrite) => options.watcher!.wrote!(write));
    this.#apiLink = new ApiLink({ clock: this.clock, chaos, crash, wrote });
    this.#machineLink = new MachineLink({ chaos, crash });
    const { watcher } = options;
    const disk = {
      digest: this.digest,
      onCommit: chaos && this.#onCommit(chaos),
      committed: watcher?.committed && ((batch: Batch) => watcher.committed!(batch)),
      saved: watcher?.saved && ((namespace: string, batch: JournalBatch) => watcher.saved!(namespace, batch)),
    };
    this.#apiDisk = new ApiDisk(disk, image);
    this.#datacenterDisk = new DatacenterDisk(disk);
    this.client = new LinkedClient(this.#apiLink, undefined);
    this.driver = new Driver({
      clock: this.clock,
      open: () => this.#apiLink.open + this.#machineLink.open,
      onStep: watcher?.step && (() => watcher.step!(this)),
    });
  }

  /** Undefined while it is down. */
  get server(): ApiServer | undefined {
    return this.#lives.apiserver?.server;
  }

  /** The API server that serves now; undefined while none does. */
  get serving(): ApiServer | undefined {
    return this.#apiLink.server;
  }

  get physical(): Physical | undefined {
    return this.#lives.datacenter?.physical;
  }

  get management(): Management | undefined {
    return this.#lives.controllers?.management;
  }

  /** Milliseconds since the world began. */
  get elapsed(): number {
    return this.clock.monotonic() - BOOT_MS;
  }

  /** What the datacenter wrote down of starts, stops and locks, in all of its lives. */
  ledger() {
    return this.#datacenterDisk.ledger();
  }

  /** Everything of the API group, as it stands on the API server's disk. */
  objects(group: string): KubeObject[] {
    return this.#apiDisk.objects(group);
  }

  isRunning(program: ProgramName): boolean {
    return this.#lives[program] !== undefined;
  }

  /** Lets so much time pass; less when the driver is stopped. */
  pass(ms: number): Promise<void> {
    return this.driver.runUntil(this.clock.monotonic() + ms);
  }

  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
    return this.driver.settle(promise, withinMs);
  }

  /** Kills a program; it is started again after `downMs`, or (infinity) when `restart` says so. */
  crash(program: ProgramName, downMs = RESTART_MS): void {
    if (downMs === Number.POSITIVE_INFINITY) this.#held.add(program);
    this.#kill(program);
    if (downMs !== Number.POSITIVE_INFINITY) this.clock.after(downMs, () => this.#begin(program));
  }

  /** Starts a program that was held. */
  restart(program: ProgramName): void {
    if (this.#held.delete(program)) this.#begin(program);
  }

  /** Ends every program where it stands. */
  close(): void {
    for (const program of programNames) {
      this.#held.add(program);
      this.#kill(program);
    }
  }

  async #boot(): Promise<void> {
    this.#begin('apiserver');
    await this.driver.runUntil(SECOND);
    this.#begin('datacenter');
    this.#begin('controllers');
    await this.driver.runUntil(BOOT_MS);
    const { datacenter, controllers } = this.#lives;
    await this.settle(Promise.all([datacenter?.physical.synced, controllers?.management.synced]), 0);
    this.#apiDisk.record();
  }

  #begin(program: ProgramName): void {
    if (this.#held.has(program) || this.#lives[program] !== undefined) return;
    const life = new Incarnation(program, ++this.#numbers[program], this.clock);
    const random = this.#random.split(`${program}/${life.number}`);
    if (program === 'apiserver') this.#beginServer(life, random);
    else if (program === 'datacenter') this.#beginDatacenter(life, random);
    else this.#beginControllers(life, random);
    this.#options.watcher?.started?.(program, this);
  }

  #beginServer(life: Incarnation, random: Random): void {
    const storage = this.#apiDisk.open(life);
    const logger = mortalLogger(this.#logger, life);
    const server = new ApiServer({ storage, clock: life.clock, random, logger, history: HISTORY });
    this.#lives.apiserver = { life, server };
    void server.start().then(() => {
      if (!life.isDead) this.#apiLink.connect(server);
    });
    life.onKill(() => this.#apiLink.disconnect());
  }

  #beginDatacenter(life: Incarnation, random: Random): void {
    const { speed = 1, maxSpeed = Number.POSITIVE_INFINITY, readFile, model, meters, seed } = this.#options;
    const client = new LinkedClient(this.#apiLink, life);
    const physical = createPhysical({
      client,
      clock: life.clock,
      random,
      logger: mortalLogger(this.#logger, life),
      speed,
      readFile: readFile ?? noFile,
      faultsFrom: this.#startedAt,
      datacenter: {
        store: this.#datacenterDisk.open(life),
        seed,
        maxSpeed,
        gapMs: Number.POSITIVE_INFINITY,
        managementFault: (fault) => this.#suffer(fault),
        ...(model === undefined ? {} : { model }),
        ...(meters === undefined ? {} : { meters }),
      },
    });
    this.#lives.datacenter = { life, physical };
    life.onKill(() => {
      physical.datacenter.kill();
      this.#machineLink.disconnect();
      void client.close();
    });
    this.#machineLink.connect(new DirectBackend(physical.datacenter));
    physical.manager.start();
  }

  #beginControllers(life: Incarnation, random: Random): void {
    const client = new LinkedClient(this.#apiLink, life);
    const { watcher } = this.#options;
    const management = createManagement({
      client,
      backend: new LinkedBackend(this.#machineLink, life),
      clock: life.clock,
      random,
      logger: mortalLogger(this.#logger, life),
      identity: 'sim',
      speed: this.#options.speed,
      onOccurrence: watcher?.event && ((controller, input) => watcher.event!(controller, input)),
    });
    this.#lives.controllers = { life, management };
    life.onKill(() => void client.close());
    management.manager.start();
  }

  #kill(program: ProgramName): void {
    const lived = this.#lives[program];
    if (lived === undefined) return;
    this.#options.watcher?.killed?.(program, this);
    this.#lives[program] = undefined;
    lived.life.kill();
  }

  /** A Fault stops a program, or lets it run again; not in the middle of the turn that told of it. */
  #suffer({ program, isDown, forMs }: ManagementFault): void {
    const name = program as ProgramName;
    this.clock.after(0, () => {
      if (isDown) {
        this.#stopped.add(name);
        this.crash(name, forMs ?? Number.POSITIVE_INFINITY);
      } else if (this.#stopped.delete(name)) this.restart(name);
    });
  }

  /** A commit is a call as any other: a program can die before it, or after it before anybody is told. */
  #onCommit(chaos: Chaos): (life: Incarnation, isDone: boolean) => void {
    let misfortune: ReturnType<Chaos['onCall']>;
    return (life, isDone) => {
      const { program } = life;
      if (!isDone) misfortune = chaos.onCall({ caller: program, port: 'Disk', verb: 'commit', about: '' });
      const what = isDone ? misfortune?.after : misfortune?.before;
      // What is on the disk has not failed.
      if (what === undefined || (isDone && what === 'fail')) return;
      if (what === 'crash') this.crash(program, misfortune?.downMs);
      if (program === 'datacenter') throw new JournalFailure('no space left');
      throw new OrreryError('DISK_FULL', { file: 'the disk of the API server' });
    };
  }
}

function noFile(path: string): never {
  throw new Error(`there is no file ${path} here`);
}
