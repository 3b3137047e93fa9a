/**
 * What the machines report, cached: the informer's other half. A broken connection leaves everything as it was last
 * seen, with `connection` Unknown, which is never to be read as Dead; a new one is compared with the cache whole.
 */
import { Backoff } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { deepEqual, deepFreeze } from '../base/json.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { SECOND } from '../base/units.ts';
import type {
  Backend,
  BackendError,
  DatastoreReport,
  HostReport,
  MachineReport,
  NetworkReport,
  Observation,
  OccurrenceReport,
  Report,
} from '../hypervisor/backend.ts';
import { Listeners } from './listeners.ts';
import { Table, type View } from './table.ts';

export type ThingReport = HostReport | MachineReport | DatastoreReport | NetworkReport;
export type ThingKind = ThingReport['kind'];

export interface ThingChange {
  readonly kind: ThingKind;
  readonly namespace: string;
  /** A machine's uid; the name of anything else. */
  readonly id: string;
  readonly before: ThingReport | undefined;
  readonly after: ThingReport | undefined;
  readonly isInitial: boolean;
}

export type BackendConnection = 'Connected' | 'Unknown';

export interface MachinesOptions {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Only these; left out: all. */
  readonly namespaces?: readonly string[] | undefined;
}

type Tables = {
  readonly Host: Table<HostReport>;
  readonly Machine: Table<MachineReport, 'host' | 'name'>;
  readonly Datastore: Table<DatastoreReport>;
  readonly Network: Table<NetworkReport>;
};

const KINDS: readonly ThingKind[] = ['Host', 'Machine', 'Datastore', 'Network'];
/** The datacenter is near and restarts in seconds; it is asked sooner than an API server. */
const BACKOFF = { firstMs: 200, limitMs: 10 * SECOND, factor: 2, jitter: 0.5 };

export class Machines {
  /** Resolves when everything has been reported once. */
  readonly synced: Promise<void>;
  readonly #options: MachinesOptions;
  readonly #tables: Tables;
  readonly #changes: Listeners<ThingChange>;
  readonly #occurrences: Listeners<OccurrenceReport>;
  readonly #connections: Listeners<BackendConnection>;
  readonly #backoff: Backoff;
  readonly #namespaces: ReadonlySet<string> | undefined;
  #resolveSynced!: () => void;
  #observation: Observation | undefined;
  #timer: Timer | undefined;
  #connection: BackendConnection = 'Unknown';
  #isSynced = false;
  #isStopped = false;

  constructor(options: MachinesOptions) {
    this.#options = options;
    this.#tables = {
      Host: new Table(),
      Machine: new Table({ host: ({ host }) => [host], name: ({ name }) => [name] }),
      Datastore: new Table(),
      Network: new Table(),
    };
    this.#changes = new Listeners(options.logger);
    this.#occurrences = new Listeners(options.logger);
    this.#connections = new Listeners(options.logger);
    this.#backoff = new Backoff(BACKOFF, options.random.split('machines'));
    this.#namespaces = options.namespaces === undefined ? undefined : new Set(options.namespaces);
    this.synced = new Promise((resolve) => {
      this.#resolveSynced = resolve;
    });
  }

  get isSynced(): boolean {
    return this.#isSynced;
  }

  /** Unknown until everything has been reported over the present connection. */
  get connection(): BackendConnection {
    return this.#connection;
  }

  start(): void {
    this.#observe();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#observation?.stop();
  }

  host(namespace: string, name: string): HostReport | undefined {
    return this.#tables.Host.get(namespace, name);
  }

  machine(namespace: string, uid: string): MachineReport | undefined {
    return this.#tables.Machine.get(namespace, uid);
  }

  /** Hosts by name. */
  hosts(): View<HostReport> {
    return this.#tables.Host.view();
  }

  /** Machines by the uid of their object; indexed by the host they run or ran on, and by name. */
  machines(): View<MachineReport, 'host' | 'name'> {
    return this.#tables.Machine.view();
  }

  datastores(): View<DatastoreReport> {
    return this.#tables.Datastore.view();
  }

  networks(): View<NetworkReport> {
    return this.#tables.Network.view();
  }

  /** Calls with the changes of each batch once the cache has all of them. Returns what ends it. */
  onChange(listener: (changes: readonly ThingChange[]) => void): () => void {
    return this.#changes.add(listener);
  }

  onOccurrence(listener: (occurrences: readonly OccurrenceReport[]) => void): () => void {
    return this.#occurrences.add(listener);
  }

  onConnection(listener: (states: readonly BackendConnection[]) => void): () => void {
    return this.#connections.add(listener);
  }

  #observe(): void {
    /** What this connection has sent before `Synced`. */
    let gathered: ThingReport[] | undefined = [];
    let isOver = false;
    const observation = this.#options.backend.observe({
      reports: (batch) => {
        if (isOver || this.#isStopped) return;
        const rest = gathered === undefined ? batch : this.#gather(batch, gathered);
        if (rest === undefined) return;
        gathered = undefined;
        this.#apply(rest);
      },
      closed: (error) => {
        if (isOver || this.#isStopped) return;
        isOver = true;
        this.#lost(error);
      },
    });
    if (this.#isStopped) observation.stop();
    else if (!isOver) this.#observation = observation;
  }

  #lost(error: BackendError): void {
    const { clock, logger } = this.#options;
    this.#observation = undefined;
    const delayMs = this.#backoff.next();
    const fields = { error: error.message, retryMs: Math.round(delayMs) };
    if (this.#backoff.failures === 1) logger.warn(fields, 'the datacenter cannot be reached; trying again');
    else logger.debug(fields, 'the datacenter still cannot be reached');
    this.#setConnection('Unknown');
    this.#timer = clock.after(delayMs, () => this.#observe());
  }

  /** Adds to what is gathered until it is complete; returns what came after that. */
  #gather(batch: readonly Report[], gathered: ThingReport[]): readonly Report[] | undefined {
    const end = batch.findIndex(({ kind }) => kind === 'Synced');
    const head = end < 0 ? batch : batch.slice(0, end);
    this.#occurrences.tell(head.filter((report) => this.#isOccurrence(report)));
    for (const report of head) if (isThing(report) && this.#isOurs(report)) gathered.push(deepFreeze(report));
    if (end < 0) return undefined;
    this.#replace(gathered);
    return batch.slice(end + 1);
  }

  /** Everything there is: what differs has changed, what is missing is gone. */
  #replace(reports: readonly ThingReport[]): void {
    const isInitial = !this.#isSynced;
    const changes: ThingChange[] = [];
    const seen = new Set(reports.map((report) => `${report.kind}/${report.namespace}/${idOf(report)}`));
    for (const kind of KINDS) {
      for (const report of this.#tables[kind].all()) {
        const id = idOf(report);
        if (!seen.has(`${kind}/${report.namespace}/${id}`)) changes.push(this.#remove(kind, report.namespace, id));
      }
    }
    for (const report of reports) {
      const before = this.#tables[report.kind].get(report.namespace, idOf(report));
      if (before === undefined || !deepEqual(before, report)) changes.push(this.#put(report, isInitial));
    }
    this.#isSynced = true;
    this.#backoff.reset();
    this.#setConnection('Connected');
    this.#changes.tell(changes);
    this.#resolveSynced();
  }

  #apply(batch: readonly Report[]): void {
    const changes: ThingChange[] = [];
    const occurrences: OccurrenceReport[] = [];
    for (const report of batch) {
      if (isThing(report)) {
        if (this.#isOurs(report)) changes.push(this.#put(deepFreeze(report), false));
      } else if (this.#isOccurrence(report)) occurrences.push(report);
      else if (report.kind === 'Gone' && this.#tables[report.of].get(report.namespace, report.id) !== undefined) {
        changes.push(this.#remove(report.of, report.namespace, report.id));
      }
    }
    this.#changes.tell(changes);
    this.#occurrences.tell(occurrences);
  }

  #put(report: ThingReport, isInitial: boolean): ThingChange {
    const id = idOf(report);
    const table = this.#tables[report.kind] as Table<ThingReport>;
    const before = table.set(report.namespace, id, report);
    return { kind: report.kind, namespace: report.namespace, id, before, after: report, isInitial };
  }

  #remove(kind: ThingKind, namespace: string, id: string): ThingChange {
    const before = this.#tables[kind].delete(namespace, id);
    return { kind, namespace, id, before, after: undefined, isInitial: false };
  }

  #isOurs({ namespace }: { readonly namespace: string }): boolean {
    return this.#namespaces === undefined || this.#namespaces.has(namespace);
  }

  #isOccurrence(report: Report): report is OccurrenceReport {
    return report.kind === 'Occurrence' && this.#isOurs(report);
  }

  #setConnection(connection: BackendConnection): void {
    if (this.#connection === connection) return;
    this.#connection = connection;
    if (connection === 'Connected') this.#options.logger.info({}, 'the datacenter reports');
    this.#connections.tell([connection]);
  }
}

const idOf = (report: ThingReport) => (report.kind === 'Machine' ? report.uid : report.name);

function isThing(report: Report): report is ThingReport {
  return (KINDS as readonly string[]).includes(report.kind);
}
