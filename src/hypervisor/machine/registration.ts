import type { PowerOnRequest } from '../backend.ts';
import type { Site } from '../site.ts';
import { reviewHints } from './guest.ts';
import { Machine, type MachineRecord } from './machine.ts';
import { cutOff, finishGuest, finishPower } from './power.ts';

/** A folder that nothing else in the namespace's datastores is called by: the machine's name, or with a number. */
export function freeFolder(site: Site, name: string): string {
  if (!site.folders.has(name)) return name;
  let number = 1;
  while (site.folders.has(`${name}_${number}`)) number++;
  return `${name}_${number}`;
}

/** Makes a machine known. What it is called by for ever (uuid, addresses) is a function of the seed and the moment. */
export function register(site: Site, request: PowerOnRequest, folder: string): Machine {
  const { uid, config } = request;
  const machine = revive(site, {
    uid,
    uuid: site.random.split(`uuid/${uid}/${site.now}`).uuid(),
    ip: site.addresses.ip(uid),
    macs: [],
    config,
    wanted: config,
    folder,
    files: [],
    lock: { holder: undefined, expiresAt: undefined },
    host: request.host,
    power: 'Off',
    epoch: 0,
    started: undefined,
    startedAt: undefined,
    resets: 0,
    restartToken: undefined,
    exit: undefined,
    guest: 'Stopped',
    guestSince: site.now,
    seen: undefined,
    asleep: undefined,
    powerAt: undefined,
    guestAt: undefined,
    unplugAt: undefined,
    isDoomed: false,
  });
  site.changed(machine);
  return machine;
}

/** Brings a machine into the world as it was kept. */
export function revive(site: Site, record: MachineRecord): Machine {
  const machine = new Machine(site, record, () => due(site, machine));
  site.machines.set(record.uid, machine);
  site.folders.add(record.folder);
  site.addresses.keep(record.macs, record.ip);
  return machine;
}

/** One of the machine's times has come: the first that has. The others are looked at in their turn. */
function due(site: Site, machine: Machine): void {
  const { powerAt, guestAt, unplugAt, lock } = machine.record;
  const has = (time: number | undefined) => time !== undefined && time <= site.now;
  const isFrozen = machine.instance?.host.record.hungAt !== undefined;
  if (!isFrozen && has(powerAt)) finishPower(site, machine);
  else if (!isFrozen && has(guestAt)) finishGuest(site, machine);
  else if (!isFrozen && has(unplugAt)) cutOff(site, machine);
  else if (has(lock.expiresAt)) {
    const { holder } = lock;
    if (holder !== undefined) {
      const { host, epoch } = holder;
      site.enter({ uid: machine.uid, epoch, host, act: 'LockExpired', cause: 'DatastoreLost' });
    }
    machine.changed();
  } else machine.arm();
}

/** What the guest of this machine does is told, or told anew. */
export function hintsChanged(site: Site, uid: string): void {
  const machine = site.machines.get(uid);
  if (machine !== undefined) reviewHints(site, machine);
  for (const stray of site.strays.get(uid) ?? []) stray.reviewWorkload();
}
