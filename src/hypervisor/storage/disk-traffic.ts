import { responseMs } from '../../arithmetic/queueing.ts';
import { shareOverPaths } from '../../arithmetic/shared-paths.ts';
import { KiB, MB } from '../../base/units.ts';
import type { Host } from '../host/host.ts';
import type { Instance } from '../machine/instance.ts';
import type { Site } from '../site.ts';
import type { Datastore } from './datastore.ts';
import { storageMbps } from './speed.ts';

/** What ESX counts as one request, for limits and capacity (Disk.SchedCostUnit: 32 KiB); a larger one counts as several. */
export const REQUEST = 32 * KiB;
/** A disk array that is idle, and well, answers in so many ms: a disk's seek and turn (an assumption). */
const SERVICE_MS = 5;

/** Means of now. `latencyMs` is from a request to its answer; left out where nothing answers. MB are 10^6 bytes. */
export interface DiskReading {
  readonly readMBps: number;
  readonly writeMBps: number;
  readonly iops: number;
  readonly latencyMs?: number;
}

interface Flow {
  readonly instance: Instance;
  readonly datastore: string;
  readonly shares: number;
  /** Bytes per second: asked for, and at most. */
  readonly read: number;
  readonly write: number;
  readonly limit: number;
  /** Part of what is asked for that it gets. */
  part: number;
}

interface Counters {
  read: number;
  write: number;
  /** Of what the datastore can do, 0 to 1. */
  load: number;
  isStale: boolean;
}

/**
 * The disk traffic of a namespace: what guests read and write goes to the datastore of their first disk, over the paths
 * of their hosts. A datastore is divided by the shares of the disks, whatever host they come from; nobody gets more
 * than his limit, nor all on a host more than its paths carry. Reckoned when somebody looks and something changed.
 */
export class DiskTraffic {
  readonly #site: Site;
  readonly #flows = new Map<Instance, Flow>();
  readonly #members = new Map<string, Set<Flow>>();
  readonly #counters = new Map<string, Counters>();
  /** Another whenever anything is otherwise than before. */
  version = 0;

  constructor(site: Site) {
    this.#site = site;
  }

  /** What the guest asks of its disks may be another than before. */
  review(instance: Instance): void {
    const before = this.#flows.get(instance);
    const after = this.#flowOf(instance);
    if (before !== undefined && after !== undefined && isSame(before, after)) return;
    this.drop(instance);
    if (after === undefined) return;
    this.#flows.set(instance, after);
    const members = this.#members.get(after.datastore) ?? new Set();
    this.#members.set(after.datastore, members.add(after));
    this.touch(after.datastore);
  }

  drop(instance: Instance): void {
    const flow = this.#flows.get(instance);
    if (flow === undefined) return;
    this.#flows.delete(instance);
    this.#members.get(flow.datastore)?.delete(flow);
    this.touch(flow.datastore);
  }

  /** The datastore, or a way to it, is otherwise than before. */
  touch(datastore: string): void {
    this.version++;
    const counters = this.#counters.get(datastore);
    if (counters !== undefined) counters.isStale = true;
  }

  /** What a guest gets; undefined where it asks for nothing. */
  of(instance: Instance): DiskReading | undefined {
    const flow = this.#flows.get(instance);
    if (flow === undefined) return undefined;
    this.#countersOf(flow.datastore);
    return this.#reading(flow.read * flow.part, flow.write * flow.part, this.latencyMs(instance.host, flow.datastore));
  }

  /** What all guests together get of a datastore. */
  on(datastore: string): DiskReading {
    const { read, write } = this.#countersOf(datastore);
    return this.#reading(read, write, this.latencyMs(undefined, datastore));
  }

  /** From a request of a host (or, undefined, of one with the best of paths) to its answer; undefined: never. */
  latencyMs(host: Host | undefined, name: string): number | undefined {
    const speed = this.#site.datastores.get(name)?.ailments.speed ?? 0;
    if (speed <= 0 || (host !== undefined && !isReached(host, name))) return undefined;
    return responseMs(SERVICE_MS / speed, this.#countersOf(name).load);
  }

  /** What is left of a datastore for one stream more from a host, in bytes per second: there is always a little. */
  leftFor(host: Host, name: string): number {
    const datastore = this.#site.datastores.get(name);
    if (datastore === undefined || !isReached(host, name)) return 0;
    const free = Math.max(0.05, 1 - this.#countersOf(name).load);
    return Math.min(free * capacityOf(datastore), pathOf(host, datastore));
  }

  #reading(read: number, write: number, latencyMs: number | undefined): DiskReading {
    const iops = (read + write) / REQUEST;
    return { readMBps: read / MB, writeMBps: write / MB, iops, ...(latencyMs === undefined ? {} : { latencyMs }) };
  }

  #flowOf(instance: Instance): Flow | undefined {
    const disk = instance.config.disks[0];
    const { readMBps, writeMBps } = instance.traffic.disk;
    if (disk === undefined || readMBps + writeMBps <= 0) return undefined;
    const limit = (disk.limitIOPS ?? 0) > 0 ? disk.limitIOPS! * REQUEST : Number.POSITIVE_INFINITY;
    const { datastore, shares } = disk;
    return { instance, datastore, shares, read: readMBps * MB, write: writeMBps * MB, limit, part: 0 };
  }

  #countersOf(name: string): Counters {
    let counters = this.#counters.get(name);
    if (counters === undefined) {
      counters = { read: 0, write: 0, load: 0, isStale: true };
      this.#counters.set(name, counters);
    }
    if (counters.isStale) this.#reckon(name, counters);
    return counters;
  }

  #reckon(name: string, counters: Counters): void {
    counters.isStale = false;
    counters.read = counters.write = counters.load = 0;
    const flows = [...(this.#members.get(name) ?? [])];
    const datastore = this.#site.datastores.get(name);
    const capacity = datastore === undefined ? 0 : capacityOf(datastore);
    const size = flows.length;
    const hosts: Host[] = [];
    const of = Int32Array.from(flows, ({ instance: { host } }) => {
      const known = hosts.indexOf(host);
      return known >= 0 ? known : hosts.push(host) - 1;
    });
    const capacities = hosts.map((host) => (datastore === undefined ? 0 : pathOf(host, datastore)));
    const shares = Float64Array.from(flows, (flow) => flow.shares);
    const high = Float64Array.from(flows, ({ read, write, limit }) => Math.min(read + write, limit));
    const out = new Float64Array(size);
    shareOverPaths(capacity, { size, shares, low: new Float64Array(size), high }, { of, capacities }, out);
    flows.forEach((flow, i) => {
      flow.part = out[i]! / (flow.read + flow.write);
      counters.read += flow.read * flow.part;
      counters.write += flow.write * flow.part;
    });
    counters.load = capacity > 0 ? Math.min(1, (counters.read + counters.write) / capacity) : 1;
  }
}

function isSame(a: Flow, b: Flow): boolean {
  return (
    a.datastore === b.datastore &&
    a.shares === b.shares &&
    a.limit === b.limit &&
    a.read === b.read &&
    a.write === b.write
  );
}

function isReached(host: Host, datastore: string): boolean {
  return host.record.hungAt === undefined && host.reachesDatastore(datastore);
}

/** Bytes per second that a datastore moves at most, by its operations and its speed. */
function capacityOf({ record, ailments }: Datastore): number {
  if (!record.present || ailments.loss !== undefined) return 0;
  const { mbps, iops } = record.hardware;
  return ailments.speed * Math.min((mbps * 1e6) / 8, iops * REQUEST);
}

function pathOf(host: Host, datastore: Datastore): number {
  return isReached(host, datastore.name) ? (storageMbps(host, datastore) * 1e6) / 8 : 0;
}
