import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { BackendObserver, HostName, Observation } from './backend.ts';
import { BackendError, type HostReport, type MachineReport, type Report } from './backend.ts';
import { BoltedWorld } from './bolted-world.ts';
import type { ManagementFault } from './faults/faults.ts';
import type { ClockSettings } from './hardware.ts';
import type { Meters } from './host/meters.ts';
import { type Recorder, recordHost } from './host/recording.ts';
import { entitlementModel } from './host-models.ts';
import type { JournalStore } from './journal/journal.ts';
import { Observers } from './observers.ts';
import type { HostModel } from './site.ts';
import { World } from './world.ts';
import { type ClockStatus, HEARTBEAT } from './world-clock.ts';

export interface DatacenterOptions {
  readonly clock: Clock;
  readonly store: JournalStore;
  readonly logger: Logger;
  /** From which a new namespace's chance is split by its name. */
  readonly seed: string;
  /** Of a new namespace until its clock is set; 1 when left out. */
  readonly speed?: number;
  /** Simulated time at which a new namespace begins; the machine's time when left out. */
  readonly startAt?: number;
  /** Speeds above are lowered to it: 50 when left out, since 20 ms of real time would pass a simulated second. */
  readonly maxSpeed?: number;
  /** Real gaps longer than this are skipped; 5 s when left out. A virtual clock knows none: give infinity. */
  readonly gapMs?: number;
  readonly heartbeatMs?: number;
  readonly model?: HostModel;
  /** Where a namespace's consumption is summed; left out: nowhere. */
  readonly meters?: (namespace: string) => Meters;
  /** Which namespaces are this replica's; all when left out. */
  readonly isMine?: (namespace: string) => boolean;
  /** A namespace's time goes another way than before. */
  readonly clockChanged?: (namespace: string, status: ClockStatus) => void;
  /** Faults of a namespace are otherwise than before. */
  readonly faultsChanged?: (namespace: string, ids: readonly string[]) => void;
  /** One of our own programs is to stop, or may run again; `forMs` in real time. Left out: such faults cannot strike. */
  readonly managementFault?: (fault: ManagementFault) => void;
}

/** The physical worlds of many namespaces. Nothing is shared between them but the process. */
export class Datacenter {
  readonly #options: DatacenterOptions;
  readonly #worlds = new Map<string, World>();
  readonly #bolted = new Map<string, BoltedWorld>();
  readonly #observers: Observers;
  /** Namespaces whose faults keep a program down. */
  readonly #stoppers = new Map<string, Set<string>>();
  #isEnded = false;

  /**
   * Opens every journal of the store: what ran runs on. Throws `OrreryError` when one cannot be used.
   */
  constructor(options: DatacenterOptions) {
    this.#options = options;
    this.#observers = new Observers(options.clock, () => this.#everything());
    const isMine = options.isMine ?? (() => true);
    try {
      for (const namespace of options.store.namespaces()) if (isMine(namespace)) this.#begin(namespace);
    } catch (error) {
      this.kill();
      throw error;
    }
  }

  get namespaces(): string[] {
    return [...this.#worlds.keys()].sort();
  }

  /** The world of a namespace, begun when there is none yet, as whoever bolts hardware in sees it. */
  world(namespace: string): BoltedWorld {
    this.#begin(namespace);
    return this.#bolted.get(namespace)!;
  }

  /** The same as the port and the tests see it; undefined when there is none. */
  find(namespace: string): World | undefined {
    return this.#worlds.get(namespace);
  }

  /** Ends a namespace and all that is in it, for good. */
  remove(namespace: string): void {
    const world = this.#worlds.get(namespace);
    if (world === undefined) return;
    const gone = world.snapshot().flatMap((report): Report[] => {
      if (report.kind === 'Machine') return [{ kind: 'Gone', namespace, of: 'Machine', id: report.uid }];
      if (report.kind !== 'Host' && report.kind !== 'Datastore' && report.kind !== 'Network') return [];
      return [{ kind: 'Gone', namespace, of: report.kind, id: report.name }];
    });
    world.kill();
    this.#worlds.delete(namespace);
    this.#bolted.delete(namespace);
    this.#options.store.remove(namespace);
    this.#observers.tell(gone);
  }

  observe(observer: BackendObserver): Observation {
    if (!this.#isEnded) return this.#observers.add(observer);
    const timer = this.#options.clock.after(0, () => observer.closed(ended()));
    return { stop: () => timer.cancel() };
  }

  figures(namespace: string): (HostReport | MachineReport)[] {
    if (this.#isEnded) throw ended();
    return this.#worlds.get(namespace)?.figures() ?? [];
  }

  /**
   * Records the CPU scheduler of a host for so many simulated ms (see host/recording.ts); resolves to what ends it early.
   * Rejects with `BackendError` NotFound or WrongState.
   */
  record({ namespace, name }: HostName, ms: number, recorder: Recorder): Promise<() => void> {
    const world = this.#worlds.get(namespace);
    const missing = () => {
      const others = [...this.#worlds].filter(([, other]) => other.hasHost(name)).map(([other]) => other);
      const where = others.length === 0 ? '' : `, but in ${others.sort().join(', ')}`;
      return new BackendError('NotFound', `there is no host ${name} in namespace ${namespace}${where}`);
    };
    if (world === undefined) return Promise.reject(missing());
    return world.act((site) => {
      const host = site.hosts.get(name);
      if (host === undefined) throw missing();
      const end = recordHost(site, host, ms, recorder);
      return () => void world.act(() => end()).catch(() => {});
    });
  }

  /** Saves where everything stands and stops. */
  close(): void {
    for (const world of this.#worlds.values()) world.close();
    this.kill();
  }

  /** Stops dead, as a process that is killed: nothing is answered or told any more. */
  kill(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const world of this.#worlds.values()) world.kill();
    this.#observers.close(ended());
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  #everything(): Report[] {
    // All turns end before anything is told, so that no world's later turn is told to an observer already served.
    for (const world of this.#worlds.values()) world.flush();
    return [...this.#worlds.values()].flatMap((world) => world.snapshot());
  }

  /** A program that several namespaces stop runs again when the last of them lets it. */
  #suffer(namespace: string, fault: ManagementFault): void {
    const { program, isDown } = fault;
    const stoppers = this.#stoppers.get(program) ?? new Set();
    this.#stoppers.set(program, stoppers);
    if (isDown) stoppers.add(namespace);
    else stoppers.delete(namespace);
    if (isDown || stoppers.size === 0) this.#options.managementFault?.(fault);
  }

  #begin(namespace: string): void {
    if (this.#worlds.has(namespace) || this.#isEnded) return;
    const { clock, logger, store, seed, model, startAt, speed, maxSpeed, gapMs, heartbeatMs } = this.#options;
    const settings: ClockSettings = { speed: speed ?? 1, paused: false };
    const world = new World({
      namespace,
      clock,
      logger,
      journal: store.open(namespace),
      model: model ?? entitlementModel,
      first: { seed, time: startAt ?? clock.now(), settings },
      maxSpeed: maxSpeed ?? 50,
      gapMs: gapMs ?? 5 * HEARTBEAT,
      heartbeatMs: heartbeatMs ?? HEARTBEAT,
      meters: this.#options.meters?.(namespace),
      told: (batch) => this.#observers.tell(batch),
      clockChanged: (status) => this.#options.clockChanged?.(namespace, status),
      faultsChanged: (ids) => this.#options.faultsChanged?.(namespace, ids),
      managementFault: this.#options.managementFault && ((fault) => this.#suffer(namespace, fault)),
    });
    this.#worlds.set(namespace, world);
    this.#bolted.set(namespace, new BoltedWorld(world));
  }
}

function ended(): BackendError {
  return new BackendError('Unreachable', 'the datacenter has ended');
}
