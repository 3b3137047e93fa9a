import type { FaultRecord } from './faults/fault.ts';
import type { GuestHints } from './hardware.ts';
import { Host, type HostRecord } from './host/host.ts';
import { armHost } from './host/host-power.ts';
import type { JournalRow } from './journal/journal.ts';
import { Instance } from './machine/instance.ts';
import type { Machine, MachineRecord } from './machine/machine.ts';
import { revive } from './machine/registration.ts';
import type { MemorySnapshot } from './memory/host-memory.ts';
import { Network, type NetworkRecord } from './network/network.ts';
import { type Noun, Site, type SiteOptions } from './site.ts';
import { Datastore, type DatastoreRecord } from './storage/datastore.ts';
import { reviewGrowth } from './storage/thin-growth.ts';

/** A noun as a row of the journal. */
export function rowOf(site: Site, noun: Noun): JournalRow {
  if (noun.kind === 'Host') noun.record.stale = straysOn(site, noun).map(({ record }) => record);
  return { kind: noun.kind, key: noun.key, value: JSON.stringify(noun.record) };
}

function straysOn(site: Site, host: Host): Instance[] {
  if (site.strays.size === 0) return [];
  return [...host.instances.values()].filter((instance) => site.machines.get(instance.uid)?.instance !== instance);
}

/** The site as its journal has it: everything runs that ran, and what was to come is to come at its time. */
export function restoreSite(options: SiteOptions, rows: readonly JournalRow[]): Site {
  const site = new Site(options);
  const of = <T>(kind: string) =>
    rows.filter((row) => row.kind === kind).map(({ key, value }) => ({ key, value: JSON.parse(value) as T }));
  const destroyed = of<{ at: number }>('Destroyed').sort((a, b) => a.value.at - b.value.at);
  for (const { key } of destroyed) site.destroyed.add(key);
  for (const { key, value } of of<GuestHints>('Hints')) site.hints.set(key, value);
  for (const { key, value } of of<NetworkRecord>('Network')) site.networks.set(key, new Network(value));
  for (const { key, value } of of<DatastoreRecord>('Datastore')) {
    site.datastores.set(key, new Datastore(value));
    for (const { folder } of value.orphans) site.folders.add(folder);
  }
  for (const { key, value } of of<HostRecord>('Host')) site.hosts.set(key, new Host(site, value));
  site.faults.restore(of<FaultRecord>('Fault').map(({ value }) => value));
  for (const { value } of of<MachineRecord>('Machine')) reviveMachine(site, value);
  const memories = new Map(of<MemorySnapshot>('Memory').map(({ key, value }) => [key, value]));
  for (const host of site.hosts.values()) {
    reviveStrays(site, host);
    const memory = memories.get(host.name);
    if (memory !== undefined && host.instances.size > 0) host.memory.resume(memory);
    armHost(site, host);
  }
  for (const machine of site.machines.values()) {
    machine.arm();
    reviewGrowth(site, machine);
  }
  // All of this is in the journal already.
  site.harvest();
  site.faults.arm();
  return site;
}

function reviveMachine(site: Site, record: MachineRecord): void {
  const machine = revive(site, record);
  for (const { datastore, size } of record.files) site.datastores.get(datastore)?.take(size);
  if (record.power !== 'Off' && record.power !== 'Suspended') machine.instance = instanceOf(site, machine);
}

function instanceOf(site: Site, { record, uid }: Machine): Instance {
  const { epoch, config, guest, guestSince } = record;
  return new Instance(site, site.hosts.get(record.host)!, { uid, epoch, config, guest, guestSince });
}

function reviveStrays(site: Site, host: Host): void {
  for (const record of host.record.stale) {
    const instance = new Instance(site, host, record);
    site.strays.set(record.uid, [...(site.strays.get(record.uid) ?? []), instance]);
  }
}
