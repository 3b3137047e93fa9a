import type { Host } from './host/host.ts';
import { roomOn } from './host/room.ts';
import type { LedgerEntry } from './journal/journal.ts';
import type { Machine } from './machine/machine.ts';
import type { Site } from './site.ts';

/**
 * What holds in every world at every instant, whatever was ordered and whatever befell it. Each returns a sentence per
 * breach; none is the only good answer. `sim` and the tests ask; hardware that shrank under what runs on it is the
 * one way to break the sums of room and space, and theirs to leave out.
 */
export function violations(site: Site): string[] {
  const found: string[] = [];
  for (const machine of site.machines.values()) found.push(...machineViolations(site, machine));
  for (const host of site.hosts.values()) found.push(...hostViolations(host));
  found.push(...spaceViolations(site), ...sharedNames(site));
  for (const [uid, strays] of site.strays) {
    for (const { host, epoch } of strays) {
      if (host.instances.get(uid)?.epoch !== epoch) found.push(`stray ${uid}@${epoch} does not run on ${host.name}`);
    }
  }
  return found;
}

const running: ReadonlySet<string> = new Set(['PoweringOn', 'On', 'PoweringOff', 'Suspending']);

function machineViolations(site: Site, machine: Machine): string[] {
  const { record, instance, uid } = machine;
  const found: string[] = [];
  const breach = (text: string) => found.push(`${machine.name} (${uid}): ${text}`);
  if (running.has(record.power) !== (instance !== undefined))
    breach(`${record.power}, instance: ${instance?.host.name}`);
  if (instance !== undefined) {
    if (instance.host.name !== record.host) breach(`runs on ${instance.host.name}, not on ${record.host}`);
    if (instance.epoch !== record.epoch) breach(`instance ${instance.epoch} of start ${record.epoch}`);
    if (instance.host.instances.get(uid) !== instance) breach(`${instance.host.name} does not know its instance`);
  }
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

function hostViolations(host: Host): string[] {
  const found: string[] = [];
  if (host.record.power !== 'On' && host.instances.size > 0) {
    found.push(`${host.name} is ${host.record.power} and runs ${host.instances.size}`);
  }
  const room = roomOn(host, '');
  if (room.mhz < 0) found.push(`${host.name} has ${-room.mhz} MHz more reserved than it has`);
  if (room.memory < 0) found.push(`${host.name} has ${-room.memory} bytes more reserved than it has`);
  const { used, free } = host.memory.total();
  if (used > host.hardware.memory || free < 0) found.push(`${host.name} uses ${used} of ${host.hardware.memory} bytes`);
  const { usedMHz } = host.cpu.total();
  if (usedMHz > host.capacityMHz * (1 + 1e-9)) found.push(`${host.name} uses ${usedMHz} of ${host.capacityMHz} MHz`);
  return found;
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
    const { capacity } = datastore.record.hardware;
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
  const found: string[] = [];
  const epochs = new Map<string, number>();
  /** Instances that run under a lock that is kept alive. */
  const live = new Map<string, number>();
  for (const { namespace, uid, epoch, act, host } of entries) {
    const key = `${namespace}/${uid}`;
    if (act === 'Start') {
      const last = epochs.get(key) ?? 0;
      if (epoch !== last + 1) found.push(`${key} was started as ${epoch} after ${last}`);
      if (live.has(key)) found.push(`${key} was started on ${host} while start ${live.get(key)} held the lock`);
      epochs.set(key, epoch);
    }
    if (act === 'Start' || act === 'LockRegained') live.set(key, epoch);
    else if (live.get(key) === epoch) live.delete(key);
  }
  return found;
}
