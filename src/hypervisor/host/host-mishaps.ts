import type { ExitReason } from '../backend.ts';
import { goOff } from '../machine/power.ts';
import { endStray } from '../machine/strays.ts';
import type { Site } from '../site.ts';
import { reviewGrowth } from '../storage/thin-growth.ts';
import type { Host } from './host.ts';
import { pathsChanged } from './paths.ts';

/** What can befall a host. Each is undone by its counterpart, or (a crash, a power cut) by powering on. */

/** The hypervisor halts: everything that ran is gone, and its locks run out. The power stays on. */
export function crashHost(site: Site, host: Host): void {
  const { power } = host.record;
  if (power === 'Off' || power === 'Standby' || power === 'Failed') return;
  fail(site, host, 'Failed');
}

/** The power is gone from one moment to the next. */
export function cutPower(site: Site, host: Host): void {
  fail(site, host, 'Off');
}

function fail(site: Site, host: Host, power: 'Failed' | 'Off'): void {
  const { record } = host;
  const wasRunning = record.power === 'On';
  record.power = power;
  record.powerAt = undefined;
  record.hungAt = undefined;
  record.wanted = power === 'Off' ? 'Off' : record.wanted;
  endEverything(site, host, 'HostFailed');
  site.changed(host);
  if (wasRunning) pathsChanged(site, host);
}

/** Nothing that runs there survives; a lock that is not given back runs out. */
export function endEverything(site: Site, host: Host, reason: ExitReason, why?: string): void {
  for (const instance of [...host.instances.values()]) {
    const machine = site.machines.get(instance.uid);
    if (machine?.instance === instance) goOff(site, machine, reason, why);
    else endStray(site, instance, reason);
  }
}

/** Nothing moves any more, hypervisor and machines; locks are kept. */
export function hangHost(site: Site, host: Host): void {
  if (!host.isWorking) return;
  host.record.hungAt = site.now;
  site.changed(host);
  for (const instance of host.instances.values()) {
    instance.reviewWorkload();
    const machine = site.machines.get(instance.uid);
    if (machine?.instance !== instance) continue;
    reviewGrowth(site, machine);
    machine.changed();
  }
}

/** Everything goes on where it stood. */
export function unhangHost(site: Site, host: Host): void {
  const { hungAt } = host.record;
  if (hungAt === undefined) return;
  const stood = site.now - hungAt;
  host.record.hungAt = undefined;
  site.changed(host);
  for (const instance of host.instances.values()) {
    const machine = site.machines.get(instance.uid);
    if (machine?.instance === instance) {
      const { record } = machine;
      if (record.powerAt !== undefined) record.powerAt += stood;
      if (record.guestAt !== undefined) record.guestAt += stood;
      if (record.unplugAt !== undefined) record.unplugAt += stood;
      record.guestSince += stood;
      reviewGrowth(site, machine);
      machine.changed();
    }
    instance.setGuest(instance.guest, instance.guestSince + stood);
  }
}

/** All paths to a datastore are cut. */
export function loseDatastore(site: Site, host: Host, datastore: string): void {
  if (host.record.lost.includes(datastore)) return;
  host.record.lost.push(datastore);
  site.changed(host);
  pathsChanged(site, host);
}

export function regainDatastore(site: Site, host: Host, datastore: string): void {
  if (!host.record.lost.includes(datastore)) return;
  host.record.lost = host.record.lost.filter((name) => name !== datastore);
  site.changed(host);
  pathsChanged(site, host);
}
