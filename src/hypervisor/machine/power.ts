import type { ExitReason, MachineConfig, PowerOffMode } from '../backend.ts';
import type { Host } from '../host/host.ts';
import type { Site } from '../site.ts';
import { filesAtRest, type StoredFile, suspendFile } from '../storage/machine-files.ts';
import { transferMs as transferTime } from '../storage/speed.ts';
import { forget } from './farewell.ts';
import { boot, reboot, run, setGuest, shutDown } from './guest.ts';
import { Instance } from './instance.ts';
import type { Machine } from './machine.ts';
import { leaveBehind } from './strays.ts';

/** What a hypervisor needs to build up a machine, and to take it down, in ms. */
const POWER_ON_MS = 200;
const POWER_OFF_MS = 100;

/** The start that an order asks for, after admission. */
export interface Start {
  readonly host: Host;
  readonly config: MachineConfig;
  readonly files: readonly StoredFile[];
  readonly restartToken: string | undefined;
}

/** Powers on or resumes: takes the lock under a new epoch and begins. */
export function start(site: Site, machine: Machine, { host, config, files, restartToken }: Start): void {
  const { record } = machine;
  const isResume = record.power === 'Suspended';
  leaveBehind(site, machine);
  delete record.unadmitted;
  record.started = { host: host.name, epoch: record.epoch };
  record.epoch++;
  record.host = host.name;
  record.config = config;
  record.power = 'PoweringOn';
  record.powerAt = site.now + (isResume ? transferMs(site, machine, config.memory.size) : POWER_ON_MS);
  record.startedAt = site.now;
  record.exit = undefined;
  record.guestAt = undefined;
  record.unplugAt = undefined;
  if (restartToken !== undefined) record.restartToken = restartToken;
  if (isResume) record.resumes = (record.resumes ?? 0) + 1;
  else {
    record.seen = { type: host.hardware.hypervisor.type, ...Instance.seenOn(host) };
    record.guest = 'Stopped';
    record.guestSince = site.now;
    record.asleep = undefined;
    addCards(site, machine, host);
  }
  machine.setFiles(files);
  machine.lock.take(host.name, record.epoch);
  machine.instance = new Instance(site, host, {
    uid: machine.uid,
    epoch: record.epoch,
    config,
    guest: 'Stopped',
    guestSince: site.now,
  });
  site.enter({
    uid: machine.uid,
    epoch: record.epoch,
    host: host.name,
    act: 'Start',
    cause: isResume ? 'Resume' : 'PowerOn',
  });
  machine.changed();
}

/** A network card that is new gets its address; the others keep theirs. */
function addCards(site: Site, machine: Machine, host: Host): void {
  const { macs, config } = machine.record;
  for (let index = macs.length; index < config.nics.length; index++) {
    macs.push(site.addresses.mac(host.hardware.hypervisor.type, machine.uid, index));
  }
}

function transferMs(site: Site, machine: Machine, bytes: number): number {
  const datastore = machine.home === undefined ? undefined : site.datastores.get(machine.home);
  return datastore === undefined ? POWER_ON_MS : transferTime(machine.host, datastore, bytes);
}

/** Takes the order to power off. The host is known to be working. */
export function beginPowerOff(site: Site, machine: Machine, how: PowerOffMode): void {
  const { record } = machine;
  const mayAsk = how.mode === 'GuestShutdown' && record.power === 'On';
  if (!mayAsk) {
    if (how.mode === 'GuestShutdown' && record.power === 'PoweringOff') return;
    unplug(site, machine);
    return;
  }
  record.power = 'PoweringOff';
  record.unplugAt = site.now + how.timeoutMs;
  shutDown(site, machine);
  machine.changed();
}

function unplug(site: Site, machine: Machine): void {
  const { record } = machine;
  if (record.power === 'PoweringOff' && record.powerAt !== undefined) return;
  record.power = 'PoweringOff';
  record.powerAt = site.now + POWER_OFF_MS;
  record.guestAt = undefined;
  record.unplugAt = undefined;
  setGuest(site, machine, 'Stopped');
}

/** Writes memory to a file, which `files` has room for. */
export function beginSuspend(site: Site, machine: Machine, files: readonly StoredFile[]): void {
  const { record } = machine;
  record.asleep = { guest: record.guest, guestSince: record.guestSince, at: site.now };
  record.power = 'Suspending';
  record.powerAt = site.now + transferMs(site, machine, record.config.memory.size);
  machine.setFiles(files);
  setGuest(site, machine, 'Stopped');
}

/**
 * It is off from now on. A lock that its host can no longer give back runs out by itself.
 * @param why in words, where there is more to say than the reason does
 */
export function goOff(site: Site, machine: Machine, reason: ExitReason, why: string = exitTexts[reason]): void {
  const { record } = machine;
  const host = endInstance(site, machine, reason);
  record.power = 'Off';
  record.powerAt = undefined;
  record.unplugAt = undefined;
  record.asleep = undefined;
  record.exit = { reason, at: site.now };
  if (host?.isWorking && (machine.home === undefined || host.reachesDatastore(machine.home))) {
    machine.lock.release();
    machine.setFiles(restFiles(machine));
  } else machine.lock.abandon(site.now + machine.lockTimeoutMs);
  setGuest(site, machine, 'Stopped');
  site.occurred(machine, 'VMPoweredOff', `${machine.name} is off: ${why}`);
  if (record.isDoomed) forget(site, machine);
}

const exitTexts: Readonly<Record<ExitReason, string>> = {
  Requested: 'as requested',
  GuestShutdown: 'its guest shut down',
  GuestCrash: 'its guest crashed',
  HostFailed: 'its host failed',
  HostDirect: 'powered off at the host',
  LockLost: 'it lost its lock',
};

/** Ends what runs and writes it down; says where it ran. */
function endInstance(site: Site, machine: Machine, cause: string): Host | undefined {
  const { instance } = machine;
  if (instance === undefined) return undefined;
  machine.instance = undefined;
  instance.end();
  site.enter({ uid: machine.uid, epoch: instance.epoch, host: instance.host.name, act: 'Stop', cause });
  return instance.host;
}

export function restFiles(machine: Machine): StoredFile[] {
  const { record } = machine;
  return filesAtRest({
    config: record.config,
    folder: record.folder,
    type: record.seen?.type ?? 'ESX',
    present: record.files,
  });
}

/** The power transition under way has come to its end. */
export function finishPower(site: Site, machine: Machine): void {
  const { record } = machine;
  record.powerAt = undefined;
  if (record.power === 'PoweringOn') finishPowerOn(site, machine);
  else if (record.power === 'PoweringOff') goOff(site, machine, 'Requested');
  else if (record.power === 'Suspending') finishSuspend(site, machine);
}

function finishPowerOn(site: Site, machine: Machine): void {
  const { record } = machine;
  const { host, epoch } = record;
  if (record.asleep !== undefined) {
    site.occurred(
      machine,
      'VMPoweredOn',
      `${machine.name} is resumed at ${host}, where it goes on as it was suspended`,
    );
    wake(site, machine);
    return;
  }
  const start = epoch - (record.resumes ?? 0);
  site.occurred(machine, 'VMPoweredOn', `${machine.name} is on at ${host} (start ${start})`);
  record.power = 'On';
  boot(site, machine);
}

/** Goes on where it was suspended. For the guest no time has passed. */
function wake(site: Site, machine: Machine): void {
  const { record } = machine;
  const asleep = record.asleep!;
  record.asleep = undefined;
  record.power = 'On';
  machine.setFiles(record.files.filter(({ kind }) => kind !== 'Suspend'));
  if (asleep.guest === 'Running') run(site, machine, asleep.guestSince + (site.now - asleep.at));
  else if (asleep.guest === 'Booting') boot(site, machine);
  else {
    const isClosing = asleep.guest === 'ShuttingDown';
    setGuest(site, machine, asleep.guest, isClosing ? site.now + record.config.guest.shutdownMs : undefined);
  }
}

function finishSuspend(site: Site, machine: Machine): void {
  const { record } = machine;
  const home = machine.home;
  if (home !== undefined && !machine.instance?.host.reachesDatastore(home)) {
    // Its memory could not be written.
    wake(site, machine);
    return;
  }
  endInstance(site, machine, 'Suspended');
  record.power = 'Suspended';
  machine.lock.release();
  const kept = suspendFile(record.config, record.folder);
  machine.setFiles([...restFiles(machine), ...(kept === undefined ? [] : [kept])]);
  site.occurred(machine, 'VMSuspended', `${machine.name} is suspended at ${record.host}`);
  machine.changed();
}

/** The guest has come to the end of what it was doing. */
export function finishGuest(site: Site, machine: Machine): void {
  const { record } = machine;
  record.guestAt = undefined;
  if (record.guest === 'Booting') run(site, machine, site.now);
  else if (record.guest === 'Running') shutDown(site, machine);
  else if (record.guest !== 'ShuttingDown') machine.changed();
  else if (record.power === 'PoweringOff') goOff(site, machine, 'Requested');
  else if (machine.hints?.restartPolicy === 'Always')
    reboot(site, machine, 'its guest shut down, and is to run always');
  else goOff(site, machine, 'GuestShutdown');
}

/** The guest was given its time to shut down. */
export function cutOff(site: Site, machine: Machine): void {
  machine.record.unplugAt = undefined;
  unplug(site, machine);
}
