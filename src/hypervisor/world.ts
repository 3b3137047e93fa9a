import type { Clock, Timer } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { deepEqual } from '../base/json.ts';
import type { Logger } from '../base/logger.ts';
import { Random } from '../base/random.ts';
import { BackendError, type HostReport, type MachineReport, type Report } from './backend.ts';
import type { ManagementFault } from './faults/faults.ts';
import type { ClockSettings } from './hardware.ts';
import type { Host } from './host/host.ts';
import type { Meters } from './host/meters.ts';
import { type Journal, type JournalBatch, JournalFailure } from './journal/journal.ts';
import { everything, figures, reportsOf } from './report/reporter.ts';
import type { Harvest, HostModel, Site, SiteOptions } from './site.ts';
import { restoreSite, rowOf } from './site-state.ts';
import { type ClockStatus, WorldClock } from './world-clock.ts';

export interface WorldOptions {
  readonly namespace: string;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly model: HostModel;
  readonly logger: Logger;
  /** Of a namespace that is new; afterwards what its journal says. */
  readonly first: { readonly seed: string; readonly time: number; readonly settings: ClockSettings };
  readonly maxSpeed: number;
  readonly gapMs: number;
  /** Real milliseconds after which time is looked at and saved though nothing happens. */
  readonly heartbeatMs: number;
  /** Takes what observers are to be told, after it is safe. */
  readonly told: (batch: readonly Report[]) => void;
  readonly clockChanged: (status: ClockStatus) => void;
  readonly meters?: Meters | undefined;
  /** Faults of these ids are otherwise than before. */
  readonly faultsChanged?: ((ids: readonly string[]) => void) | undefined;
  /** One of our own programs is to stop, or may run again; `forMs` in real time. Left out: such faults cannot strike. */
  readonly managementFault?: ((fault: ManagementFault) => void) | undefined;
}

/** How a world begins, kept once. */
interface Origin {
  readonly seed: string;
}

/** A namespace's time, kept with every turn. */
interface ClockRow {
  readonly time: number;
  readonly settings: ClockSettings;
}

const RETRY_MS = 1000;
/** Hosts on which machines come and go, or usage moves, are told of at most this often, in real time. */
const GATHER_MS = 100;

/**
 * The physical world of one namespace, in turns. Whatever touches it opens a turn: first, everything that simulated
 * time has brought due happens; then the act. When the event loop has run what was ready, the turn is committed to
 * the journal as one, and only then do answers and reports leave. A turn that could not be saved did not happen.
 */
export class World {
  readonly namespace: string;
  readonly #options: WorldOptions;
  readonly #seed: string;
  readonly #clock: WorldClock;
  #site: Site;
  #isTurnOpen = false;
  #isEnded = false;
  #timer: Timer | undefined;
  #answers: ((failure: BackendError | undefined) => void)[] = [];
  /** What was bolted in and is not saved yet: done again when a turn failed. */
  #inputs: ((site: Site) => void)[] = [];
  /** Hosts that are to be told of when enough was gathered. */
  readonly #late = new Set<Host>();
  #toldLateAt = Number.NEGATIVE_INFINITY;
  #savedAt = Number.NEGATIVE_INFINITY;
  #isClockNew = false;
  #isStorageFailing = false;
  /** An act of this turn ended in a defect of ours: nothing of the turn is to last. */
  #defect: BackendError | undefined;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.namespace = options.namespace;
    const rows = options.journal.load();
    const read = <T>(kind: string) => {
      const row = rows.find((candidate) => candidate.kind === kind);
      return row === undefined ? undefined : (JSON.parse(row.value) as T);
    };
    this.#seed = read<Origin>('Origin')?.seed ?? options.first.seed;
    const { time, settings } = read<ClockRow>('Clock') ?? options.first;
    this.#clock = new WorldClock(options.clock, {
      start: time,
      settings,
      maxSpeed: options.maxSpeed,
      gapMs: options.gapMs,
      changed: (status) => {
        this.#isClockNew = true;
        options.clockChanged(status);
      },
    });
    this.#site = restoreSite(this.#siteOptions(time), rows);
    if (read<Origin>('Origin') === undefined) this.#site.keep('Origin', '', { seed: this.#seed });
    this.#open();
  }

  /** Whether such a host is bolted in. */
  hasHost(name: string): boolean {
    return this.#site.hosts.has(name);
  }

  /** Carries out an act of the port; settles when it is safe. Rejects with `BackendError`. */
  act<T>(run: (site: Site) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#isEnded) {
        reject(new BackendError('Unreachable', `the datacenter of ${this.namespace} has ended`));
        return;
      }
      const site = this.#open();
      try {
        const result = run(site);
        this.#answers.push((failure) => (failure === undefined ? resolve(result) : reject(failure)));
      } catch (error) {
        const refused = error instanceof BackendError ? error : this.#noteDefect(error);
        this.#answers.push((failure) => reject(failure ?? refused));
      }
    });
  }

  /** Bolts something in. It lasts, even when the turn that brought it cannot be saved. */
  input(run: (site: Site) => void): void {
    if (this.#isEnded) return;
    run(this.#open());
    this.#inputs.push(run);
  }

  setClock(settings: ClockSettings): void {
    if (this.#isEnded || deepEqual(settings, this.#clock.settings)) return;
    this.#open();
    this.#clock.configure(settings);
    this.#isClockNew = true;
  }

  clockStatus(): ClockStatus {
    return this.#clock.status();
  }

  /** Everything there is, as it is safe. Ends the turn under way. */
  snapshot(): Report[] {
    this.flush();
    return everything(this.#site);
  }

  figures(): (HostReport | MachineReport)[] {
    this.#open();
    this.#site.settleUsage();
    return figures(this.#site);
  }

  /** The site, for tests and invariants that look behind the reports; nobody changes it there. */
  inspect(): Site {
    this.#open();
    this.#site.settleUsage();
    return this.#site;
  }

  /** The site as the last turn left it, for whoever only looks: nothing is brought up to the present for it. */
  peek(): Site {
    return this.#site;
  }

  /** Ends the turn under way: saves it, then lets answers and reports out. */
  flush(): void {
    if (!this.#isTurnOpen || this.#isEnded) return;
    this.#isTurnOpen = false;
    const harvest = this.#site.harvest();
    const defect = this.#defect;
    if (defect !== undefined) {
      this.#defect = undefined;
      this.#restore();
      this.#answer(defect);
      this.#arm();
      return;
    }
    try {
      this.#save(harvest);
    } catch (error) {
      if (!(error instanceof JournalFailure)) throw error;
      this.#undo(error);
      return;
    }
    if (this.#isStorageFailing) this.#options.logger.info({ namespace: this.namespace }, 'storage works again');
    this.#isStorageFailing = false;
    this.#inputs = [];
    this.#answer(undefined);
    const reports = reportsOf(this.#site, this.#gather(harvest));
    if (reports.length > 0) this.#options.told(reports);
    this.#tellFaults();
    this.#clock.resume();
    this.#arm();
  }

  /** Saves where it stands and stops. */
  close(): void {
    this.#open();
    this.#site.settleUsage();
    for (const host of this.#site.hosts.values()) host.keepMemory();
    this.#savedAt = Number.NEGATIVE_INFINITY;
    this.flush();
    this.kill();
  }

  /** Stops dead: nothing of the turn under way is saved, and nothing is answered any more. */
  kill(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#timer?.cancel();
    this.#answer(new BackendError('Unreachable', `the datacenter of ${this.namespace} ended before it answered`));
    this.#options.journal.close();
  }

  /** Brings the world up to the present. All that comes in one turn comes at one instant. */
  #open(): Site {
    if (this.#isTurnOpen || this.#isEnded) return this.#site;
    this.#isTurnOpen = true;
    this.#site.queue.runUntil(this.#clock.now());
    this.#options.clock.defer(() => this.flush());
    return this.#site;
  }

  #save(harvest: Harvest): void {
    const realNow = this.#options.clock.monotonic();
    const batch: JournalBatch = {
      puts: [...harvest.puts, ...harvest.changed.map((noun) => rowOf(this.#site, noun))],
      deletes: harvest.deletes,
      ledger: harvest.ledger,
    };
    const isEmpty = batch.puts.length === 0 && batch.deletes.length === 0 && batch.ledger.length === 0;
    const isFresh = realNow - this.#savedAt < this.#options.heartbeatMs;
    if (isEmpty && isFresh && !this.#isClockNew && !this.#isStorageFailing) return;
    const row: ClockRow = { time: this.#site.now, settings: this.#clock.settings };
    const clock = { kind: 'Clock', key: '', value: JSON.stringify(row) };
    this.#options.journal.commit({ ...batch, puts: [...batch.puts, clock] });
    this.#savedAt = realNow;
    this.#isClockNew = false;
  }

  /** The harvest with the hosts that are due, and without those that can wait. */
  #gather(harvest: Harvest): Harvest {
    const moved: Harvest['moved'][number][] = [];
    for (const noun of harvest.moved) {
      if (noun.kind === 'Host') this.#late.add(noun);
      else moved.push(noun);
    }
    for (const noun of harvest.changed) if (noun.kind === 'Host') this.#late.delete(noun);
    const now = this.#options.clock.monotonic();
    if (now - this.#toldLateAt >= GATHER_MS && this.#late.size > 0) {
      this.#toldLateAt = now;
      moved.push(...[...this.#late].filter((host) => this.#site.hosts.get(host.name) === host));
      this.#late.clear();
    }
    return { ...harvest, moved };
  }

  /** The turn could not be saved: the world stands still until saving works. */
  #undo(failure: JournalFailure): void {
    if (!this.#isStorageFailing) {
      this.#options.logger.error({ namespace: this.namespace, cause: failure.message }, 'cannot save; standing still');
    }
    this.#isStorageFailing = true;
    this.#restore();
    this.#clock.halt(this.#site.now);
    this.#answer(new BackendError('StorageFailed', failure.message, { cause: failure }));
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(RETRY_MS, () => this.#wake());
  }

  /** The world is again as its journal has it, but for what was bolted in since. */
  #restore(): void {
    const rows = this.#options.journal.load();
    const clock = rows.find(({ kind }) => kind === 'Clock');
    const time = clock === undefined ? this.#options.first.time : (JSON.parse(clock.value) as ClockRow).time;
    this.#site = restoreSite(this.#siteOptions(time), rows);
    if (!rows.some(({ kind }) => kind === 'Origin')) this.#site.keep('Origin', '', { seed: this.#seed });
    this.#late.clear();
    for (const input of this.#inputs) input(this.#site);
  }

  #tellFaults(): void {
    const { changed, management } = this.#site.faults.harvest();
    if (changed.length > 0) this.#options.faultsChanged?.(changed);
    const { speed } = this.#clock.status();
    for (const { forMs, ...fault } of management) {
      const real = forMs === undefined ? {} : { forMs: forMs / (speed || 1) };
      this.#options.managementFault?.({ ...fault, ...real });
    }
  }

  #answer(failure: BackendError | undefined): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const answer of answers) answer(failure);
  }

  /** A defect of ours: what it may have half done is undone with the turn. */
  #noteDefect(error: unknown): BackendError {
    const cause = messageOf(error);
    this.#options.logger.error({ namespace: this.namespace, cause }, 'an act failed unexpectedly; its turn is undone');
    this.#defect = new BackendError('Unreachable', `the datacenter failed: ${cause}`, { cause: error });
    return new BackendError('Invalid', `the datacenter failed at it: ${cause}`, { cause: error });
  }

  /** Sets the timer for whatever comes next. */
  #arm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { clock, heartbeatMs } = this.#options;
    const delays: number[] = [];
    if (this.#late.size > 0) delays.push(this.#toldLateAt + GATHER_MS - clock.monotonic());
    if (this.#clock.isMoving) {
      delays.push(heartbeatMs, this.#clock.delayUntil(this.#site.queue.next) ?? Number.POSITIVE_INFINITY);
    }
    if (delays.length > 0) this.#timer = clock.after(Math.min(...delays), () => this.#wake());
  }

  #wake(): void {
    this.#open();
    this.flush();
  }

  #siteOptions(now: number): SiteOptions {
    return {
      namespace: this.namespace,
      random: new Random(this.#seed).split(this.namespace),
      model: this.#options.model,
      now,
      realNow: () => this.#options.clock.now(),
      meters: this.#options.meters,
      stopsPrograms: this.#options.managementFault !== undefined,
    };
  }
}
