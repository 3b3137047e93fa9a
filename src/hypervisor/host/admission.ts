import { cpuObstacle } from '../../arithmetic/cpu-features.ts';
import { gib } from '../../base/units.ts';
import type { MachineConfig } from '../backend.ts';
import { Instance } from '../machine/instance.ts';
import type { Machine } from '../machine/machine.ts';
import { refusal } from '../refusal.ts';
import type { Site } from '../site.ts';
import { growth, type StoredFile } from '../storage/machine-files.ts';
import type { Host } from './host.ts';
import { checkProcessors, checkRoom } from './room.ts';

/** A machine that asks to be powered on, as it would be. */
export interface Applicant {
  readonly uid: string;
  /** Undefined when it has never been registered. */
  readonly machine: Machine | undefined;
  readonly config: MachineConfig;
  /** All files it would have while running. */
  readonly files: readonly StoredFile[];
}

/**
 * The host's own admission, in the order of api.md: state, processor, datastores, networks, lock, reservation. Throws
 * the first refusal.
 */
export function admit(site: Site, host: Host, applicant: Applicant): void {
  checkState(host);
  checkGuest(host, applicant.config);
  if (applicant.machine !== undefined) checkResume(host, applicant.machine);
  checkProcessors(host, applicant.config);
  checkDatastores(site, host, applicant);
  checkNetworks(host, applicant.config);
  checkLock(site, host, applicant);
  checkRoom(host, applicant.config, applicant.uid);
}

/** Of these, what no order can overrule: the host works, can run the guest, sees its disks, and they have room. */
export function checkPossible(site: Site, host: Host, applicant: Applicant): void {
  checkConnected(host);
  checkGuest(host, applicant.config);
  checkDatastores(site, host, applicant);
}

/** Throws `HostNotConnected` when the host cannot take orders. */
export function checkConnected(host: Host): void {
  if (host.isManaged) return;
  throw refusal('HostNotConnected', `${host.name} ${whyNotManaged(host)}`);
}

/** What is known from outside: a host that hangs and one that is cut off are alike silent. */
function whyNotManaged({ record, isWorking, connection }: Host): string {
  if (record.hungAt === undefined && !isWorking) return `is ${record.power}`;
  const isSilent = record.hungAt !== undefined || connection === 'NotResponding';
  return isSilent ? 'does not answer' : 'runs on without its management daemon';
}

function checkState(host: Host): void {
  checkConnected(host);
  if (host.record.maintenance) throw refusal('HostInMaintenance', `${host.name} is in maintenance`);
}

/** Whether the guest can run on this hypervisor and processor at all. */
function checkGuest(host: Host, { guest }: MachineConfig): void {
  const { hypervisor, cpu } = host.hardware;
  if (guest.virtualization === 'PV') {
    if (hypervisor.type !== 'Xen') {
      throw refusal('GuestUnsupported', `${host.name}: ESX runs no paravirtualised (PV) guest; use HVM`);
    }
    if (/^windows/i.test(guest.os)) {
      throw refusal('GuestUnsupported', `${host.name}: ${guest.os} is not made for PV; use virtualization HVM`);
    }
  } else if (hypervisor.type === 'Xen' && cpu.virtualization === 'None') {
    throw refusal('IncompatibleCPU', `${host.name}: an HVM guest on Xen needs a processor with VT-x or AMD-V`);
  }
}

/** A suspended guest goes on only where it finds again what it has seen. */
function checkResume(host: Host, { record, home }: Machine): void {
  const { seen, power } = record;
  if (power !== 'Suspended' || seen === undefined) return;
  if (home === undefined && record.host !== host.name) {
    throw refusal('LocalDatastore', `its memory is on ${record.host}'s own disk, since it has none on a datastore`);
  }
  if (seen.type !== host.hardware.hypervisor.type) {
    throw refusal(
      'IncompatibleHypervisor',
      `${host.name} runs ${host.hardware.hypervisor.type}; the machine was suspended on ${seen.type}`,
    );
  }
  const obstacle = cpuObstacle(seen, Instance.seenOn(host));
  if (obstacle !== undefined) {
    throw refusal('IncompatibleCPU', `${host.name} has ${obstacle}, and the guest goes on where it stopped`);
  }
}

function checkDatastores(site: Site, host: Host, { config, machine, files }: Applicant): void {
  checkReach(host, config);
  checkGrowth(site, machine?.record.files ?? [], files);
}

/** Throws `DatastoreNotAccessible` where the host does not reach every disk. */
export function checkReach(host: Host, { disks }: MachineConfig): void {
  for (const { datastore, name } of disks) {
    if (host.reachesDatastore(datastore)) continue;
    throw refusal('DatastoreNotAccessible', `${host.name} does not reach ${datastore}, where disk ${name} is`);
  }
}

/** Throws `InsufficientDatastoreSpace` where the files would take more than there is. */
export function checkGrowth(site: Site, before: readonly StoredFile[], after: readonly StoredFile[]): void {
  for (const [name, bytes] of growth(before, after)) {
    const taken = (kind: StoredFile['kind']) => sizeOf(after, name, kind) - sizeOf(before, name, kind);
    const parts = (
      [
        ['disks', taken('Disk')],
        ['swap', taken('Swap')],
        ['suspended memory', taken('Suspend')],
      ] as const
    )
      .filter(([, size]) => size > 0)
      .map(([label, size]) => `${gib(size)} ${label}`);
    site.datastores.get(name)?.checkSpace(bytes, parts.join(' + '));
  }
}

function sizeOf(files: readonly StoredFile[], datastore: string, kind: StoredFile['kind']): number {
  let bytes = 0;
  for (const file of files) if (file.datastore === datastore && file.kind === kind) bytes += file.size;
  return bytes;
}

function checkNetworks(host: Host, { nics }: MachineConfig): void {
  for (const { network } of nics) {
    if (host.reachesNetwork(network)) continue;
    throw refusal('NetworkNotAccessible', `${host.name} does not reach the network ${network}`);
  }
}

function checkLock(site: Site, host: Host, { uid, machine }: Applicant): void {
  if (host.instances.has(uid)) {
    throw refusal('FileLocked', `${host.name} still runs an instance of the machine that has lost its lock`);
  }
  const holder = machine?.lock.holderAt(site.now);
  if (machine === undefined || holder === undefined || holder === host.name) return;
  const { expiresAt } = machine.lock.record;
  const until = expiresAt === undefined ? '' : `, for ${((expiresAt - site.now) / 1000).toFixed(1)} s yet`;
  throw refusal('FileLocked', `${holder} holds the lock of ${machine.name}${until}`);
}
