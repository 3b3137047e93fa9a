import type { GuestState } from '../backend.ts';
import type { Site } from '../site.ts';
import { reviewGrowth } from '../storage/thin-growth.ts';
import type { Machine } from './machine.ts';

/** The guest comes into a state now; `until` is when it leaves it by itself. */
export function setGuest(site: Site, machine: Machine, state: GuestState, until?: number): void {
  const { record } = machine;
  record.guest = state;
  record.guestSince = site.now;
  record.guestAt = until;
  machine.instance?.setGuest(state, site.now);
  reviewGrowth(site, machine);
  machine.changed();
}

export function boot(site: Site, machine: Machine): void {
  setGuest(site, machine, 'Booting', site.now + machine.record.config.guest.bootMs);
}

/** A running guest; it may be of the kind that shuts itself down after a while. */
export function run(site: Site, machine: Machine, since: number): void {
  const { record } = machine;
  setGuest(site, machine, 'Running');
  record.guestSince = since;
  machine.instance?.setGuest('Running', since);
  const { shutdownAfterMs } = machine.hints?.workload ?? {};
  record.guestAt = shutdownAfterMs === undefined ? undefined : since + shutdownAfterMs;
  machine.changed();
  site.faults.review();
}

/** Other hints than before: what a running guest does, and when it ends, follows at once. */
export function reviewHints(site: Site, machine: Machine): void {
  if (machine.record.power === 'On' && machine.record.guest === 'Running')
    run(site, machine, machine.record.guestSince);
  else machine.instance?.reviewWorkload();
  reviewGrowth(site, machine);
}

/** The guest closes down. One that hangs does not hear it. */
export function shutDown(site: Site, machine: Machine): void {
  const { record } = machine;
  if (record.guest === 'ShuttingDown') return;
  if (record.guest !== 'Booting' && record.guest !== 'Running') return;
  // A guest hears the request once it is up.
  const hears = record.guest === 'Booting' ? Math.max(site.now, record.guestAt ?? site.now) : site.now;
  setGuest(site, machine, 'ShuttingDown', hears + record.config.guest.shutdownMs);
}

/** Starts the guest again without powering the machine off. */
export function reboot(site: Site, machine: Machine, why: string): void {
  machine.record.resets++;
  site.occurred(machine, 'VMReset', `${machine.name}: ${why}`);
  boot(site, machine);
}
