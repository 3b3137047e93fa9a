import { CLOCK_NAME } from '../../api/defaults.ts';
import type { Condition, KubeObject } from '../../api/meta.ts';
import { clocks, datastores, faults, hosts, networks, virtualMachines } from '../../api/resources.ts';
import { rfc3339Milli, SECOND } from '../../base/units.ts';
import type { Host } from '../../hypervisor/host/host.ts';
import type { JournalBatch } from '../../hypervisor/journal/journal.ts';
import type { Site } from '../../hypervisor/site.ts';
import type { ClockStatus } from '../../hypervisor/world-clock.ts';
import type { World } from '../world.ts';
import { bucketOf, type Commit, type Mirror } from './mirror.ts';
import { Patience } from './patience.ts';

/** A status may lag behind its world for so long, in time of the programs: it is urgent, and tried again within this. */
export const LAG_MS = 30 * SECOND;

interface StatusObject extends KubeObject {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly Condition[];
    readonly [field: string]: unknown;
  };
}

interface Subject {
  readonly bucket: string;
  readonly key: string;
}

/** By what the datacenter keeps of them. */
const buckets: Readonly<Record<string, string>> = {
  Host: bucketOf(hosts),
  Machine: bucketOf(virtualMachines),
  Fault: bucketOf(faults),
};
/** Who reaches these changes with the hosts, and with what ails them. */
const reached = { datastore: bucketOf(datastores), network: bucketOf(networks) } as const;
const clock = bucketOf(clocks);
const audited: ReadonlySet<string> = new Set([...Object.values(buckets), ...Object.values(reached), clock]);

/** Each status says what the world says within its allowed lag, and nothing of a generation that is not there yet. */
export class StatusAudit {
  readonly #mirror: Mirror;
  readonly #behind = new Patience<Subject>(LAG_MS);
  /** Keys of virtual machines and faults by uid. */
  readonly #keys = new Map<string, string>();

  constructor(mirror: Mirror) {
    this.#mirror = mirror;
  }

  /** What is wrong with a status that was written. */
  committed({ bucket, key, after, before }: Commit, now: number): string[] {
    if (after === undefined) {
      if (before !== undefined) this.#keys.delete(before.metadata.uid);
      this.#behind.end(`${bucket} ${key}`);
      return [];
    }
    this.#keys.set(after.metadata.uid, key);
    if (audited.has(bucket)) this.#behind.begin(`${bucket} ${key}`, now, { bucket, key });
    return generationFaults(after as StatusObject);
  }

  saved(namespace: string, { puts, deletes }: JournalBatch, now: number): void {
    let isReachOther = false;
    for (const { kind, key } of [...puts, ...deletes]) {
      isReachOther ||= kind === 'Host' || kind === 'Fault' || kind === 'Datastore';
      const bucket = buckets[kind];
      if (bucket === undefined) continue;
      const name = kind === 'Host' ? `${namespace}/${key}` : this.#keys.get(key);
      if (name !== undefined) this.#behind.begin(`${bucket} ${name}`, now, { bucket, key: name });
    }
    if (!isReachOther) return;
    for (const bucket of [...Object.values(reached), clock]) {
      for (const { metadata } of this.#mirror.list(bucket)) {
        const key = `${metadata.namespace}/${metadata.name}`;
        if (metadata.namespace === namespace) this.#behind.doubt(`${bucket} ${key}`, now, { bucket, key });
      }
    }
  }

  /** Everything is to be looked at. */
  doubtAll(now: number): void {
    for (const bucket of audited) {
      for (const { metadata } of this.#mirror.list(bucket)) {
        const key = `${metadata.namespace}/${metadata.name}`;
        this.#behind.begin(`${bucket} ${key}`, now, { bucket, key });
      }
    }
  }

  /** Statuses that have been behind for too long. */
  *late(world: World, calmSince: number): Iterable<string> {
    const now = world.clock.monotonic();
    const isSettled = (subject: Subject) => this.#difference(world, subject) === undefined;
    for (const subject of this.#behind.overdue(now, calmSince, isSettled)) {
      const { bucket, key } = subject;
      yield `${bucket.split('/')[1]} ${key}: ${this.#difference(world, subject)}, for more than ${LAG_MS / SECOND} s`;
    }
  }

  #difference(world: World, { bucket, key }: Subject): string | undefined {
    const object = this.#mirror.get(bucket, key) as StatusObject | undefined;
    const inner = world.physical?.datacenter.find(key.split('/')[0]!);
    const site = inner?.peek();
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return undefined;
    if (inner === undefined || site === undefined) return undefined;
    if (bucket === clock) return clockDifference(object, inner.clockStatus());
    if (bucket === reached.datastore) return reachDifference(object, site, (host, name) => host.reachesDatastore(name));
    if (bucket === reached.network) return reachDifference(object, site, (host, name) => host.reachesNetwork(name));
    if (bucket === buckets['Host']) return hostDifference(object, site);
    return bucket === buckets['Machine'] ? machineDifference(object, site) : faultDifference(object, site);
  }
}

function generationFaults({ kind, metadata, status }: StatusObject): string[] {
  const generation = metadata.generation ?? 0;
  const of = `${kind} ${metadata.namespace}/${metadata.name}`;
  const found: string[] = [];
  if ((status?.observedGeneration ?? -1) > generation) {
    found.push(`${of}: status.observedGeneration is ${status?.observedGeneration}, and the generation ${generation}`);
  }
  for (const { type, observedGeneration = 0 } of status?.conditions ?? []) {
    if (observedGeneration <= generation) continue;
    found.push(`${of}: the condition ${type} has observed ${observedGeneration}, and the generation is ${generation}`);
  }
  return found;
}

function hostDifference({ metadata, status }: StatusObject, site: Site): string | undefined {
  const host = site.hosts.get(metadata.name);
  if (host === undefined || host.hardware.uid !== metadata.uid) return 'the datacenter does not have it';
  const { power } = (status ?? {}) as { readonly power?: { readonly state?: string } };
  return (
    unlike('power', power?.state, host.record.power) ?? unlike('connection', status?.['connection'], host.connection)
  );
}

const running: ReadonlySet<string> = new Set(['PoweringOn', 'On', 'PoweringOff', 'Suspending']);

function machineDifference({ metadata, status = {} }: StatusObject, site: Site): string | undefined {
  const machine = site.machines.get(metadata.uid);
  const {
    power,
    host,
    guest,
    staleInstances = [],
  } = status as {
    readonly power?: string;
    readonly host?: string;
    readonly guest?: { readonly state?: string };
    readonly staleInstances?: readonly string[];
  };
  if (machine === undefined)
    return running.has(power ?? 'Off') ? `power is ${power}, and it has no machine` : undefined;
  const { record } = machine;
  return (
    unlike('power', power, record.power) ??
    (running.has(record.power) ? unlike('host', host, record.host) : undefined) ??
    unlike('guest.state', guest?.state, record.guest) ??
    unlike('staleInstances', [...staleInstances].sort().join(), machine.staleInstances.join())
  );
}

/** A Datastore or a Network that the datacenter has yet to be told of is nobody's to describe. */
function reachDifference(
  { metadata, status }: StatusObject,
  site: Site,
  reaches: (host: Host, name: string) => boolean,
): string | undefined {
  const those = [...site.hosts.values()].filter((host) => reaches(host, metadata.name)).map(({ name }) => name);
  const said = (status?.['hosts'] ?? []) as readonly string[];
  return unlike('hosts', [...said].sort().join(), those.sort().join());
}

function clockDifference({ metadata, status }: StatusObject, is: ClockStatus): string | undefined {
  if (metadata.name !== CLOCK_NAME) return undefined;
  return (
    unlike('speed', String(status?.['speed']), String(is.speed)) ??
    unlike('anchorSim', status?.['anchorSim'], rfc3339Milli(is.anchorSim)) ??
    unlike('anchorReal', status?.['anchorReal'], rfc3339Milli(is.anchorReal))
  );
}

function faultDifference({ metadata, status }: StatusObject, site: Site): string | undefined {
  const record = site.faults.records.get(metadata.uid);
  if (record === undefined) return 'the datacenter does not know it';
  return unlike('phase', status?.['phase'], record.phase);
}

function unlike(field: string, said: unknown, is: string): string | undefined {
  return (said ?? '') === is ? undefined : `status.${field} is ${said}, and it is ${is}`;
}
