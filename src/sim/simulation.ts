/** A run of `orrery sim`: manifests in, a world in which they happen, and a report of what came of it. */
import { GROUP } from '../api/resources.ts';
import type { Logger } from '../base/logger.ts';
import { rfc3339Milli } from '../base/units.ts';
import type { Manifests } from '../cli/manifests/load.ts';
import type { Fidelity } from '../hypervisor/host-models.ts';
import { namespaceOf } from './annotations.ts';
import { Chronicle, type WorldEvent } from './chronicle.ts';
import type { ApiImage } from './disks.ts';
import { Stopped } from './driver.ts';
import { Inspector } from './invariants/inspector.ts';
import { Outages } from './outages.ts';
import { listOf, type SimReport } from './report.ts';
import { type Moment, scenarioOf } from './scenario.ts';
import { MeterBook, startsAfterFailure, summaryOf } from './summary.ts';
import { User } from './user.ts';
import { World } from './world.ts';

export interface SimulationOptions {
  readonly manifests: Manifests;
  readonly seed: number;
  /** Milliseconds since the Unix epoch; the world's own when left out. */
  readonly start?: number | undefined;
  readonly forMs: number;
  readonly fidelity: Fidelity;
  readonly logger?: Logger;
  readonly image?: ApiImage;
  /** A file that a manifest names, as text. */
  readonly readFile?: (path: string) => string;
  /** Told of each event as it happens. */
  readonly onEvent?: (event: WorldEvent) => void;
  /** Called after each step, for whoever shows progress. */
  readonly onStep?: () => void;
  /** Told of what is refused, a line each, in the order of the files, but for the last, which is the error. */
  readonly complain: (line: string) => void;
}

export class Simulation {
  readonly #options: SimulationOptions;
  readonly #moments: readonly Moment[];
  readonly #book = new MeterBook();
  readonly #outages = new Outages();
  readonly #chronicle: Chronicle;
  readonly #inspector = new Inspector();
  #world: World | undefined;

  /** Throws `OrreryError` MANIFEST_INVALID. */
  constructor(options: SimulationOptions) {
    this.#options = options;
    this.#moments = scenarioOf(options.manifests);
    const { size } = new Set(options.manifests.manifests.map(namespaceOf));
    this.#chronicle = new Chronicle({
      withNamespace: size > 1,
      ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    });
  }

  /** Milliseconds since the start. */
  get elapsed(): number {
    return this.#world?.elapsed ?? 0;
  }

  get events(): number {
    return this.#chronicle.events.length;
  }

  /** Commits of each kind of object so far, as `orrery.dev/virtualmachines`: what the control plane had to write. */
  get writes(): ReadonlyMap<string, number> {
    return this.#world?.digest.writesByBucket ?? new Map();
  }

  /** Ends the run before its next step; what happened so far can be reported. */
  stop(): void {
    this.#world?.driver.stop();
  }

  /** Rejects with `OrreryError` MANIFEST_REFUSED or MANIFEST_INVALID. */
  async run(): Promise<void> {
    try {
      await this.#run();
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }

  async #run(): Promise<void> {
    const world = await this.#start();
    const { manifests, complain, forMs } = this.#options;
    const user = new User({ world, manifests, complain });
    await user.begin(this.#moments);
    for (const moment of this.#moments.slice(1)) {
      if (moment.at > forMs || world.driver.isStopped) break;
      await world.pass(moment.at - world.elapsed);
      if (!world.driver.isStopped) await user.act(moment);
    }
    if (!world.driver.isStopped) await world.pass(forMs - world.elapsed);
  }

  /** What happened so far. */
  report(): SimReport {
    const world = this.#world!;
    const { seed, fidelity } = this.#options;
    const { events } = this.#chronicle;
    const count = (reason: string) => events.filter((event) => event.reason === reason).length;
    const now = world.clock.now();
    return {
      seed,
      start: rfc3339Milli(now - world.elapsed),
      end: rfc3339Milli(now),
      fidelity: fidelity.name,
      digest: world.digest.value(),
      summary: summaryOf(world, this.#book, {
        restarts: startsAfterFailure(world.ledger()) + count('VMReset'),
        migrations: count('MigrationSucceeded'),
        lostMs: this.#outages.lostMs(world),
      }),
      events,
      violations: this.#inspector.violations,
      objects: listOf(world.objects(GROUP)),
    };
  }

  async #start(): Promise<World> {
    const { seed, start, fidelity, logger, image, readFile, onStep } = this.#options;
    const inspector = this.#inspector.watcher();
    this.#world = await World.start({
      seed: String(seed),
      start,
      model: fidelity.model,
      meters: (namespace) => this.#book.of(namespace),
      ...(logger === undefined ? {} : { logger }),
      ...(image === undefined ? {} : { image }),
      ...(readFile === undefined ? {} : { readFile }),
      watcher: {
        ...inspector,
        started: (program, world) => {
          inspector.started(program, world);
          if (program !== 'datacenter') return;
          this.#chronicle.follow(world);
          this.#outages.follow(world);
        },
        event: (controller, input) => {
          if (this.#world !== undefined) this.#chronicle.tell(this.#world, controller, input);
        },
        step: (world) => {
          inspector.step(world);
          onStep?.();
        },
      },
    });
    return this.#world;
  }
}
