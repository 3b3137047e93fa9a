import type { Host } from './host/host.ts';
import { roomOn } from './host/room.ts';
import type { LedgerEntry } from './journal/journal.ts';
import type { Machine } from './machine/machine.ts';
import type { Site } from './site.ts';
import type { Datastore } from './storage/datastore.ts';

/** What an invariant that did not hold was about. */
export type Invariant =
  /** At most one instance holds a machine's lock; every other is told of, and gone when its host sees the datastore. */
  | 'one-lock'
  /** What is recorded of a machine is what runs. */
  | 'instances'
  /** What runs on a host fits into its memory and processors. */
  | 'room'
  /** What is reserved for running machines is there. */
  | 'reservations'
  /** Nothing runs on a host that is not on. */
  | 'dead-host'
  /** The files on a datastore are what it has in use, and fit. */
  | 'space'
  /** Addresses, folders and identities belong to one machine. */
  | 'names'
  /** Starts are numbered one after the other, and none begins while the one before holds the lock. */
  | 'ledger';

export interface Breach {
  readonly invariant: Invariant;
  readonly message: string;
}

/**
 * What holds in every world at every instant, whatever was ordered and whatever befell it. Each returns a sentence per
 * breach; none is the only good answer. `sim` and the tests ask. Hardware that shrank under what runs on it breaks no
 * promise that was made since.
 */
export function violations(site: Site): string[] {
  return breaches(site).map(({ message }) => message);
}

export function breaches(site: Site): Breach[] {
  const found: Breach[] = [];
  for (const machine of site.machines.values()) found.push(...machineBreaches(site, machine));
  for (const host of site.hosts.values()) found.push(...hostBreaches(site, host));
  found.push(...breachesOf('space', spaceViolations(site)), ...breachesOf('names', sharedNames(site)));
  for (const [uid, strays] of site.strays) {
    for (const { host, epoch } of strays) {
      if (host.instances.get(uid)?.epoch === epoch) continue;
      found.push({ invariant: 'instances', message: `stray ${uid}@${epoch} does not run on ${host.name}` });
    }
  }
  return found;
}

const breachesOf = (invariant: Invariant, messages: readonly string[]): Breach[] =>
  messages.map((message) => ({ invariant, message }));

const running: ReadonlySet<string> = new Set(['PoweringOn', 'On', 'PoweringOff', 'Suspending']);

/** Of one machine: what is recorded of it, and who holds its lock. */
export function machineBreaches(site: Site, machine: Machine): Breach[] {
  return [
    ...breachesOf('instances', instanceViolations(machine)),
    ...breachesOf('one-lock', lockViolations(site, machine)),
  ];
}

function instanceViolations(machine: Machine): string[] {
  const { record, instance, uid } = machine;
  const found: string[] = [];
  const breach = (text: string) => found.push(`${machine.name} (${uid}): ${text}`);
  if (running.has(record.power) !== (instance !== undefined))
    breach(`${record.power}, instance: ${instance?.host.name}`);
  if (instance === undefined) return found;
  if (instance.host.name !== record.host) breach(`runs on ${instance.host.name}, not on ${record.host}`);
  if (instance.epoch !== record.epoch) breach(`instance ${instance.epoch} of start ${record.epoch}`);
  if (instance.host.instances.get(uid) !== instance) breach(`${instance.host.name} does not know its instance`);
  return found;
}

function lockViolations(site: Site, machine: Machine): string[] {
  const { instance, uid } = machine;
  const found: string[] = [];
  const breach = (text: string) => found.push(`${machine.name} (${uid}): ${text}`);
  const all = [...(instance === undefined ? [] : [instance]), ...(site.strays.get(uid) ?? [])];
  const holders = all.filter(({ epoch }) => machine.lock.isHeldBy(epoch, site.now));
  if (holders.length > 1) breach(`${holders.length} instances hold its lock`);
  const lockless = all.filter((one) => !holders.includes(one)).map(({ host }) => host.name);
  if (lockless.sort().join() !== machine.staleInstances.join()) breach(`without lock on ${lockless}, not all told`);
  for (const { host, config } of all.filter((one) => !holders.includes(one))) {
    const home = config.disks[0]?.datastore;
    if (home !== undefined && host.reachesDatastore(home)) breach(`${host.name} sees ${home} and runs it without lock`);
  }
  return found;
}

/** Of one host: nothing runs on it while it is not on, and what runs there fits. */
export function hostBreaches(site: Site, host: Host): Breach[] {
  const found: Breach[] = [];
  const breach = (invariant: Invariant, message: string) => found.push({ invariant, message });
  if (host.record.power !== 'On' && host.instances.size > 0) {
    breach('dead-host', `${host.name} is ${host.record.power} and runs ${host.instances.size}`);
  }
  const room = isAdmitted(site, host) ? roomOn(host, '') : { mhz: 0, memory: 0 };
  if (room.mhz < 0) breach('reservations', `${host.name} has ${-room.mhz} MHz more reserved than it has`);
  if (room.memory < 0) breach('reservations', `${host.name} has ${-room.memory} bytes more reserved than it has`);
  const { used, free } = host.memory.total();
  const { memory } = host.hardware;
  if (used > memory || free < 0) breach('room', `${host.name} uses ${used} of ${memory} bytes`);
  let consumed = 0;
  for (const uid of host.instances.keys()) consumed += host.memory.rate(uid).consumed;
  if (consumed > memory) breach('room', `machines on ${host.name} consume ${consumed} of ${memory} bytes`);
  const { usedMHz } = host.cpu.total();
  if (usedMHz > host.capacityMHz * (1 + 1e-9)) {
    breach('room', `${host.name} uses ${usedMHz} of ${host.capacityMHz} MHz`);
  }
  return found;
}

/** Whether all that runs there was admitted: not when it was there as the world began, or the host has shrunk since. */
function isAdmitted(site: Site, host: Host): boolean {
  if (host.record.shrunk) return false;
  return [...host.instances.keys()].every((uid) => site.machines.get(uid)?.record.unadmitted !== true);
}

/** Of one datastore: what is on it fits. What it takes for used is compared with the files in `breaches` only. */
export function datastoreBreaches(datastore: Datastore): Breach[] {
  const capacity = mostOn(datastore);
  return datastore.used > capacity
    ? breachesOf('space', [`${datastore.name}: ${datastore.used} bytes on ${capacity}`])
    : [];
}

/** Bytes that there may be on it. */
function mostOn({ record: { hardware, overfull = 0 } }: Datastore): number {
  return Math.max(hardware.capacity, overfull);
}

function spaceViolations(site: Site): string[] {
  const sums = new Map<string, number>();
  const add = (files: readonly { readonly datastore: string; readonly size: number }[]) => {
    for (const { datastore, size } of files) sums.set(datastore, (sums.get(datastore) ?? 0) + size);
  };
  for (const { record } of site.machines.values()) add(record.files);
  for (const { record } of site.datastores.values()) add(record.orphans);
  return [...site.datastores.values()].flatMap((datastore) => {
    const sum = sums.get(datastore.name) ?? 0;
    const capacity = mostOn(datastore);
    if (sum !== datastore.used) return [`${datastore.name}: ${datastore.used} bytes used, files take ${sum}`];
    return sum > capacity ? [`${datastore.name}: ${sum} bytes on ${capacity}`] : [];
  });
}

/** What must be unique and is not. */
function sharedNames(site: Site): string[] {
  const owners = new Map<string, string>();
  const found: string[] = [];
  for (const { record } of site.machines.values()) {
    for (const name of [record.uuid, record.ip, `folder ${record.folder}`, ...record.macs]) {
      const owner = owners.get(name);
      if (owner !== undefined) found.push(`${name} belongs to ${owner} and ${record.uid}`);
      owners.set(name, record.uid);
    }
  }
  return found;
}

/** No start happened twice, none was skipped, and none began while its lock was still held by the one before. */
export function ledgerViolations(entries: readonly LedgerEntry[]): string[] {
  const audit = new LedgerAudit();
  return entries.flatMap((entry) => audit.enter(entry));
}

/** Reads a ledger line by line. */
export class LedgerAudit {
  readonly #epochs = new Map<string, number>();
  /** Instances that run under a lock that is kept alive. */
  readonly #live = new Map<string, number>();
  /** Where an instance died without giving its lock back, and until when that holds. */
  readonly #left = new Map<string, { readonly host: string; readonly until: number }>();

  /**
   * What is wrong with the next line.
   * @param leaseUntil when the machine's lock runs out, in simulated time; 0 where that is not known
   */
  enter({ namespace, uid, epoch, act, host, cause, simulated }: LedgerEntry, leaseUntil = 0): string[] {
    const found: string[] = [];
    const key = `${namespace}/${uid}`;
    const left = this.#left.get(key);
    if (act === 'Start' && left !== undefined && left.host !== host && simulated < left.until) {
      const seconds = (left.until - simulated) / 1000;
      found.push(`${key} was started on ${host} while the lock of ${left.host}, which died, held for ${seconds} s yet`);
    }
    if (act === 'Stop' && cause === 'HostFailed') this.#left.set(key, { host, until: leaseUntil });
    else this.#left.delete(key);
    if (act === 'Start') {
      const last = this.#epochs.get(key) ?? 0;
      if (epoch !== last + 1) found.push(`${key} was started as ${epoch} after ${last}`);
      const live = this.#live.get(key);
      if (live !== undefined) found.push(`${key} was started on ${host} while start ${live} held the lock`);
      this.#epochs.set(key, epoch);
    }
    if (act === 'Start' || act === 'LockRegained') this.#live.set(key, epoch);
    else if (this.#live.get(key) === epoch) this.#live.delete(key);
    return found;
  }
}
