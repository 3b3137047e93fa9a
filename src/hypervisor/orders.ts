import type { HostName, MachineConfig, MachineName, PowerOffMode, PowerOnRequest } from './backend.ts';
import { admit, checkConnected, checkGrowth, checkPossible, checkReach } from './host/admission.ts';
import type { Host } from './host/host.ts';
import { setHostPower } from './host/host-power.ts';
import { checkProcessors, checkRoom } from './host/room.ts';
import { forget } from './machine/farewell.ts';
import { reboot } from './machine/guest.ts';
import { liveConfig, restingConfig } from './machine/live-change.ts';
import type { Machine } from './machine/machine.ts';
import { beginPowerOff, beginSuspend, goOff, start } from './machine/power.ts';
import { freeFolder, register } from './machine/registration.ts';
import { refusal } from './refusal.ts';
import type { Site } from './site.ts';
import { filesAtRest, filesRunning, type Layout, type StoredFile, suspendFile } from './storage/machine-files.ts';

/**
 * The acts of the Backend port on one namespace. Each either throws `BackendError` and changes nothing, or is carried
 * out; each may be repeated.
 */

export function powerOn(site: Site, request: PowerOnRequest): { epoch: number } {
  const machine = site.machines.get(request.uid);
  if (isRepeat(site, machine, request)) return { epoch: machine!.record.epoch };
  const host = hostOf(site, request.host);
  checkStartable(machine, request);
  const folder = machine?.record.folder ?? freeFolder(site, request.config.name);
  const config = configFor(machine, request.config);
  const layout: Layout = {
    config,
    folder,
    type: host.hardware.hypervisor.type,
    present: machine?.record.files ?? [],
  };
  const files = filesRunning(layout);
  if (machine?.record.power === 'Suspended') files.push(...layout.present.filter(({ kind }) => kind === 'Suspend'));
  admit(site, host, { uid: request.uid, machine, config, files });
  const admitted = machine ?? register(site, request, folder);
  admitted.record.wanted = request.config;
  start(site, admitted, { host, config, files, restartToken: request.restartToken });
  return { epoch: admitted.record.epoch };
}

/** A machine that runs on the host when a world begins, whatever the host has promised to others. Once. */
export function startThere(site: Site, request: Omit<PowerOnRequest, 'epoch'>): void {
  const { uid, config } = request;
  if (site.machines.has(uid) || site.destroyed.has(uid)) return;
  const host = hostOf(site, request.host);
  const folder = freeFolder(site, config.name);
  const files = filesRunning({ config, folder, type: host.hardware.hypervisor.type, present: [] });
  checkPossible(site, host, { uid, machine: undefined, config, files });
  const machine = register(site, { ...request, epoch: 0 }, folder);
  start(site, machine, { host, config, files, restartToken: request.restartToken });
  machine.record.unadmitted = true;
}

/** Whether the start was carried out already. Throws `StaleEpoch` when it may not be carried out at all. */
function isRepeat(site: Site, machine: Machine | undefined, { uid, host, epoch, config }: PowerOnRequest): boolean {
  if (site.destroyed.has(uid)) throw refusal('StaleEpoch', `${config.name} (${uid}) was destroyed`);
  const present = machine?.record.epoch ?? 0;
  if (epoch === present) return false;
  const { started } = machine?.record ?? {};
  if (epoch === present - 1 && started?.epoch === epoch && started.host === host) return true;
  throw refusal('StaleEpoch', `${config.name} has been started ${present} times, not ${epoch}`);
}

function checkStartable(machine: Machine | undefined, { host, config }: PowerOnRequest): void {
  if (machine === undefined) return;
  const { record } = machine;
  if (record.isDoomed) throw refusal('WrongState', `${machine.name} is being destroyed`);
  if (config.name !== machine.name) {
    throw refusal('Invalid', `config.name: the machine is called ${machine.name}, not ${config.name}`);
  }
  if (machine.instance !== undefined && record.host === host) {
    throw refusal('WrongState', `${machine.name} is ${record.power} on ${host} already`);
  }
}

/** A suspended machine goes on with the hardware that it had; any other start takes everything that is new. */
function configFor(machine: Machine | undefined, wanted: MachineConfig): MachineConfig {
  if (machine === undefined) return wanted;
  const present = machine.record.config;
  return machine.record.power === 'Suspended' ? allocationOnly(present, wanted) : restingConfig(present, wanted);
}

/** A suspended machine's memory and vCPUs stand in its file: nothing is hot-added to it. */
function allocationOnly(present: MachineConfig, wanted: MachineConfig): MachineConfig {
  const same: MachineConfig = {
    ...wanted,
    cpu: { ...wanted.cpu, count: present.cpu.count },
    memory: { ...wanted.memory, size: present.memory.size },
  };
  return liveConfig(present, same);
}

export function powerOff(site: Site, name: MachineName, how: PowerOffMode): void {
  const machine = site.machines.get(name.uid);
  if (machine === undefined) return;
  const { record } = machine;
  if (record.power === 'Off') {
    if (record.exit !== undefined && record.exit.reason !== 'Requested') {
      record.exit = { reason: 'Requested', at: record.exit.at };
      machine.changed();
    }
    return;
  }
  if (record.power === 'Suspended') {
    dropMemory(site, machine);
    return;
  }
  checkConnected(machine.instance!.host);
  if (how.mode === 'GuestShutdown' && !record.config.guest.tools) {
    throw refusal('GuestUnsupported', `${machine.name} has no tools that could shut its guest down; use mode Hard`);
  }
  beginPowerOff(site, machine, how);
}

/** A suspended machine that is powered off loses its memory, and the file it is in. */
function dropMemory(site: Site, machine: Machine): void {
  machine.setFiles(machine.record.files.filter(({ kind }) => kind !== 'Suspend'));
  goOff(site, machine, 'Requested');
}

export function suspend(site: Site, name: MachineName): void {
  const machine = machineOf(site, name);
  const { record } = machine;
  if (record.power === 'Suspending' || record.power === 'Suspended') return;
  if (record.power !== 'On') throw refusal('WrongState', `${machine.name} is ${record.power}, not On`);
  const { host } = machine.instance!;
  checkConnected(host);
  // Without a disk on a datastore, its memory is kept on the host's own, and it goes on only there.
  const memory = suspendFile(record.config, record.folder);
  checkHome(host, machine);
  const files = memory === undefined ? record.files : [...record.files, memory];
  checkGrowth(site, record.files, files);
  beginSuspend(site, machine, files);
}

function checkHome(host: Host, machine: Machine): void {
  if (machine.home === undefined || host.reachesDatastore(machine.home)) return;
  throw refusal('DatastoreNotAccessible', `${host.name} does not reach ${machine.home}`);
}

export function reset(site: Site, name: MachineName, token: string): void {
  const machine = machineOf(site, name);
  const { record } = machine;
  if (record.restartToken === token) return;
  if (record.power !== 'On') throw refusal('WrongState', `${machine.name} is ${record.power}, not On`);
  const { host } = machine.instance!;
  checkConnected(host);
  // It boots from its disks.
  checkReach(host, record.config);
  record.restartToken = token;
  reboot(site, machine, 'reset as requested');
}

export function reconfigure(site: Site, name: MachineName, wanted: MachineConfig): void {
  const machine = machineOf(site, name);
  const { record } = machine;
  if (record.isDoomed) throw refusal('WrongState', `${machine.name} is being destroyed`);
  if (wanted.name !== machine.name) {
    throw refusal('Invalid', `config.name: the machine is called ${machine.name}, not ${wanted.name}`);
  }
  const { config, files } = reconfigured(machine, wanted);
  checkGrowth(site, record.files, files);
  const isRunning = machine.instance !== undefined;
  if (isRunning) checkLiveChange(machine, config, files);
  record.wanted = wanted;
  record.config = config;
  machine.setFiles(files);
  machine.instance?.reconfigure(config);
  machine.changed();
}

/** What is in effect afterwards. */
function reconfigured(machine: Machine, wanted: MachineConfig): { config: MachineConfig; files: StoredFile[] } {
  const { record } = machine;
  const layoutOf = (config: MachineConfig): Layout => ({
    config,
    folder: record.folder,
    type: record.seen?.type ?? 'ESX',
    present: record.files,
  });
  if (record.power === 'Off') {
    const config = restingConfig(record.config, wanted);
    return { config, files: filesAtRest(layoutOf(config)) };
  }
  const memory = record.files.filter(({ kind }) => kind === 'Suspend');
  if (record.power === 'Suspended') {
    const config = allocationOnly(record.config, wanted);
    return { config, files: [...filesAtRest(layoutOf(config)), ...memory] };
  }
  const config = liveConfig(record.config, wanted);
  return { config, files: [...filesRunning(layoutOf(config)), ...memory] };
}

function checkLiveChange(machine: Machine, config: MachineConfig, files: readonly StoredFile[]): void {
  const { host } = machine.instance!;
  checkConnected(host);
  const before = machine.record;
  const bytes = (list: readonly StoredFile[]) => list.reduce((sum, { size }) => sum + size, 0);
  if (bytes(files) !== bytes(before.files)) checkHome(host, machine);
  checkProcessors(host, config);
  // Where a host has become too small, what takes no more than before is not refused.
  const takesMore =
    config.cpu.reservationMHz > before.config.cpu.reservationMHz ||
    config.memory.reservation > before.config.memory.reservation ||
    config.memory.size > before.config.memory.size ||
    config.cpu.count > before.config.cpu.count;
  if (takesMore) checkRoom(host, config, machine.uid);
}

export function destroy(site: Site, name: MachineName): void {
  const machine = site.machines.get(name.uid);
  if (machine === undefined) return;
  const { record } = machine;
  if (machine.instance === undefined) {
    forget(site, machine);
    return;
  }
  // Whoever has lost the lock cannot write: its files are free, and it is ended when its host sees the datastore again.
  if (!machine.instance.host.isManaged && machine.lock.isExpiredAt(site.now)) {
    forget(site, machine);
    return;
  }
  checkConnected(machine.instance.host);
  if (record.isDoomed && record.power === 'PoweringOff') return;
  record.isDoomed = true;
  const { powerOff: how, guest } = record.config;
  beginPowerOff(site, machine, how.mode === 'GuestShutdown' && !guest.tools ? { ...how, mode: 'Hard' } : how);
  machine.changed();
}

export function setPower(site: Site, name: HostName, power: 'On' | 'Off' | 'Standby'): void {
  setHostPower(site, hostOf(site, name.name), power);
}

export function setMaintenance(site: Site, name: HostName, maintenance: boolean): void {
  const host = hostOf(site, name.name);
  if (host.record.maintenance === maintenance) return;
  host.record.maintenance = maintenance;
  site.changed(host);
}

function machineOf(site: Site, { uid }: MachineName): Machine {
  const machine = site.machines.get(uid);
  if (machine === undefined) throw refusal('NotFound', `no machine ${uid} in ${site.namespace}`);
  return machine;
}

function hostOf(site: Site, name: string): Host {
  const host = site.hosts.get(name);
  if (host === undefined) throw refusal('NotFound', `no host ${name} in ${site.namespace}`);
  return host;
}
