import { deepEqual } from '../base/json.ts';
import type { DatastoreHardware, GuestHints, HostHardware, NetworkHardware } from './hardware.ts';
import { Host } from './host/host.ts';
import { endEverything } from './host/host-mishaps.ts';
import { pathsChanged } from './host/paths.ts';
import { hintsChanged } from './machine/registration.ts';
import { Network } from './network/network.ts';
import type { Site } from './site.ts';
import { Datastore } from './storage/datastore.ts';

/** Bolting hardware in, changing it, and taking it away. Each may be repeated and then changes nothing. */

/** A host seen for the first time is in the state that its hardware says: on, unless told otherwise. */
export function upsertHost(site: Site, hardware: HostHardware): void {
  let host = site.hosts.get(hardware.name);
  if (host !== undefined && host.hardware.uid !== hardware.uid) {
    removeHost(site, hardware.name);
    host = undefined;
  }
  if (host === undefined) addHost(site, hardware);
  else changeHost(site, host, hardware);
}

function addHost(site: Site, hardware: HostHardware): void {
  const host = new Host(site, {
    hardware,
    offered: undefined,
    power: hardware.power,
    powerAt: undefined,
    wanted: hardware.power,
    maintenance: false,
    poweredOnAt: hardware.power === 'On' ? site.now : undefined,
    lastExitedStandby: undefined,
    wakeTested: false,
    hungAt: undefined,
    lost: [],
    stale: [],
  });
  site.hosts.set(host.name, host);
  site.changed(host);
  pathsChanged(site, host);
  site.faults.review();
}

function changeHost(site: Site, host: Host, hardware: HostHardware): void {
  const { record } = host;
  const before = record.hardware;
  // Another hypervisor is installed when nothing runs on this one; its options take effect at once.
  const { type, version } = hardware.hypervisor;
  const isOther = before.hypervisor.type !== type || before.hypervisor.version !== version;
  const mustWait = host.instances.size > 0 && isOther;
  if (mustWait && !deepEqual(record.offered, hardware)) site.changed(host);
  record.offered = mustWait ? hardware : undefined;
  const next = mustWait ? { ...hardware, hypervisor: before.hypervisor } : hardware;
  if (deepEqual(before, next)) return;
  if (host.instances.size === 0) delete record.shrunk;
  else if (isSmaller(next, before)) record.shrunk = true;
  host.refit(next);
  pathsChanged(site, host);
  site.faults.review();
  // What it no longer reaches has to be told too.
  for (const name of before.datastores) touch(site, site.datastores.get(name));
  for (const { name } of before.networks) touch(site, site.networks.get(name));
}

function isSmaller({ cpu, memory }: HostHardware, before: HostHardware): boolean {
  const mhzOf = ({ sockets, coresPerSocket, mhz }: HostHardware['cpu']) => sockets * coresPerSocket * mhz;
  return memory < before.memory || mhzOf(cpu) < mhzOf(before.cpu);
}

function touch(site: Site, noun: Datastore | Network | undefined): void {
  if (noun !== undefined) site.changed(noun);
}

/** Takes a host away. What runs there ends with it. */
export function removeHost(site: Site, name: string): void {
  const host = site.hosts.get(name);
  if (host === undefined) return;
  host.record.power = 'Off';
  host.record.powerAt = undefined;
  endEverything(site, host, 'HostFailed', `its host ${name} was taken away`);
  host.unplug();
  site.uplinks.forget(host);
  site.hosts.delete(name);
  site.drop('Memory', name);
  pathsChanged(site, host);
  site.forget(host);
}

export function upsertDatastore(site: Site, hardware: DatastoreHardware): void {
  const old = site.datastores.get(hardware.name);
  if (old === undefined) {
    const datastore = new Datastore({ hardware, present: true, orphans: [] });
    site.datastores.set(hardware.name, datastore);
    site.changed(datastore);
  } else {
    if (old.record.present && deepEqual(old.record.hardware, hardware)) return;
    old.record.hardware = hardware;
    old.record.present = true;
    if (old.used > hardware.capacity) old.record.overfull = old.used;
    else delete old.record.overfull;
    site.changed(old);
  }
  for (const host of hostsOn(site, hardware.name)) pathsChanged(site, host);
  site.faults.review();
}

/** Takes a datastore out of everyone's reach. What is on it is there again when it comes back under its name. */
export function removeDatastore(site: Site, name: string): void {
  const datastore = site.datastores.get(name);
  if (datastore === undefined || !datastore.record.present) return;
  datastore.record.present = false;
  for (const host of hostsOn(site, name)) pathsChanged(site, host);
  site.forget(datastore);
  if (datastore.isEmpty) site.datastores.delete(name);
  else site.keep('Datastore', name, datastore.record);
}

function hostsOn(site: Site, datastore: string): Host[] {
  return [...site.hosts.values()].filter(({ hardware }) => hardware.datastores.includes(datastore));
}

export function upsertNetwork(site: Site, hardware: NetworkHardware): void {
  const old = site.networks.get(hardware.name);
  if (old !== undefined && deepEqual(old.record.hardware, hardware)) return;
  if (old !== undefined) old.record.hardware = hardware;
  const network = old ?? new Network({ hardware });
  site.networks.set(hardware.name, network);
  site.changed(network);
  site.faults.review();
}

export function removeNetwork(site: Site, name: string): void {
  const network = site.networks.get(name);
  if (network === undefined) return;
  site.networks.delete(name);
  site.forget(network);
}

export function setHints(site: Site, uid: string, hints: GuestHints): void {
  if (site.destroyed.has(uid) || deepEqual(site.hints.get(uid), hints)) return;
  site.hints.set(uid, hints);
  site.keep('Hints', uid, hints);
  hintsChanged(site, uid);
}

export function removeHints(site: Site, uid: string): void {
  if (!site.hints.delete(uid)) return;
  site.drop('Hints', uid);
  hintsChanged(site, uid);
}
