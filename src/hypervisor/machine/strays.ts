import type { Host } from '../host/host.ts';
import type { Site } from '../site.ts';
import type { Instance } from './instance.ts';
import type { Machine } from './machine.ts';

/** An instance that ran on without its lock becomes a stray when its machine is started elsewhere, or destroyed. */
export function leaveBehind(site: Site, machine: Machine): void {
  const { instance } = machine;
  if (instance === undefined) return;
  machine.instance = undefined;
  site.strays.set(machine.uid, [...(site.strays.get(machine.uid) ?? []), instance]);
  site.changed(instance.host);
}

/** Ends an instance that has no lock. `cause` goes into the ledger. */
export function endStray(site: Site, instance: Instance, cause: string): void {
  const { uid, epoch, host } = instance;
  instance.end();
  const others = (site.strays.get(uid) ?? []).filter((stray) => stray !== instance);
  if (others.length === 0) site.strays.delete(uid);
  else site.strays.set(uid, others);
  site.changed(host);
  const machine = site.machines.get(uid);
  if (machine !== undefined) site.changed(machine);
  site.enter({ uid, epoch, host: host.name, act: 'Stop', cause });
}

/**
 * Which datastores the host sees may be others than before. An instance whose datastore is out of sight keeps its
 * lock until the lease ends. When its host sees the datastore again, it renews the lock, or, where another has taken
 * it meanwhile, is powered off.
 */
export function reviewPaths(site: Site, host: Host): void {
  for (const instance of [...host.instances.values()]) {
    const machine = site.machines.get(instance.uid);
    if (machine?.instance === instance) reviewLock(site, machine, host);
    else if (seesHome(host, instance)) loseLock(site, instance);
  }
}

function seesHome(host: Host, instance: Instance): boolean {
  const home = instance.config.disks[0]?.datastore;
  return home === undefined || host.reachesDatastore(home);
}

function reviewLock(site: Site, machine: Machine, host: Host): void {
  const { lock, instance } = machine;
  const isLeaseEnding = lock.record.expiresAt !== undefined;
  if (instance === undefined) return;
  const sees = seesHome(host, instance);
  const isRevoked = !sees && host.lossOf(machine.home ?? '') === 'DeviceLoss';
  if (isRevoked && !lock.isExpiredAt(site.now)) {
    // The array says that the host has lost it: there is nothing to wait for.
    lock.expire(site.now);
    const { uid } = machine;
    site.enter({ uid, epoch: instance.epoch, host: host.name, act: 'LockExpired', cause: 'DeviceLost' });
    machine.changed();
    return;
  }
  if (sees !== isLeaseEnding) return;
  if (!isLeaseEnding) lock.abandon(site.now + machine.lockTimeoutMs);
  else {
    const wasLost = lock.isExpiredAt(site.now);
    lock.renew(instance.epoch);
    if (wasLost) {
      const { epoch } = instance;
      site.enter({ uid: machine.uid, epoch, host: host.name, act: 'LockRegained', cause: 'DatastoreSeen' });
    }
  }
  machine.changed();
}

function loseLock(site: Site, instance: Instance): void {
  const { uid, host } = instance;
  const { name } = instance.config;
  const what = site.machines.has(uid) ? 'another took the lock' : 'the machine was destroyed';
  site.occurred(
    { kind: 'Machine', key: uid },
    'VMLockLost',
    `${host.name} powered off its instance of ${name} (start ${instance.epoch}): ${what} while it did not see the datastore`,
  );
  endStray(site, instance, 'LockLost');
}
