import { count, SECOND } from '../../base/units.ts';
import type { HostPower } from '../backend.ts';
import { refusal } from '../refusal.ts';
import type { Site } from '../site.ts';
import { checkConnected } from './admission.ts';
import type { Host } from './host.ts';
import { cutPower, endEverything } from './host-mishaps.ts';
import { pathsChanged } from './paths.ts';

type Wanted = 'On' | 'Off' | 'Standby';

/** How long a hypervisor needs to close down in good order. */
const CLOSE_MS = 20 * SECOND;

/** States that last; the others lead to one. */
const steady: ReadonlySet<HostPower> = new Set(['On', 'Off', 'Standby', 'Failed']);
const leadsTo: Partial<Record<HostPower, Wanted>> = {
  PoweringOn: 'On',
  ExitingStandby: 'On',
  PoweringOff: 'Off',
  EnteringStandby: 'Standby',
};

/**
 * Asks for a power state; a transition under way is finished first. Throws `WrongState` when it cannot be: machines
 * run there, or no controller on its board could switch it.
 */
export function setHostPower(site: Site, host: Host, wanted: Wanted): void {
  const { record } = host;
  const goal = leadsTo[record.power] ?? record.power;
  if (goal === wanted && record.wanted === wanted) return;
  if (wanted === 'On') checkWake(host);
  else checkClose(host, wanted);
  record.wanted = wanted;
  delete record.resumes;
  site.changed(host);
  if (record.hungAt !== undefined) takePower(site, host);
  else if (steady.has(record.power)) proceed(site, host);
}

function checkWake({ record, hardware, name, ailments }: Host): void {
  if (record.power === 'On') return;
  if (hardware.bmc.type === 'None') throw refusal('WrongState', `${name} has no BMC that could power it on`);
  if (ailments.bmcIsSilent) throw refusal('HostNotConnected', `${name}: its BMC does not answer`);
}

function checkClose(host: Host, wanted: 'Off' | 'Standby'): void {
  const { record, hardware, name } = host;
  const isSilent = host.ailments.bmcIsSilent;
  const hasBmc = hardware.bmc.type !== 'None' && !isSilent;
  if (record.hungAt !== undefined) {
    if (wanted === 'Off' && hasBmc) return;
    const bmc = isSilent ? ', nor does its BMC' : ' and has no BMC';
    throw refusal('HostNotConnected', `${name} does not answer${hasBmc ? ': only powering it off is possible' : bmc}`);
  }
  if (wanted === 'Standby') {
    if (isSilent) throw refusal('HostNotConnected', `${name}: its BMC does not answer, and could not wake it`);
    if (!hasBmc) throw refusal('WrongState', `${name} has no BMC that could wake it from standby`);
    if (record.power === 'Off' || record.power === 'PoweringOff' || record.power === 'Failed') {
      throw refusal('WrongState', `${name} is ${record.power}: it has to be on before it goes to standby`);
    }
  }
  if (host.isWorking && !host.isManaged) checkConnected(host);
  if (host.instances.size === 0) return;
  const running = count(host.instances.size, 'machine');
  const goes = wanted === 'Off' ? 'off' : 'to standby';
  throw refusal('WrongState', `${name} runs ${running}: move or power them off before it goes ${goes}`);
}

/** A hypervisor that hangs hears nothing; the BMC takes the power away. */
function takePower(site: Site, host: Host): void {
  endEverything(site, host, 'HostFailed');
  host.record.hungAt = undefined;
  enter(site, host, 'Off');
}

/** From a steady state, sets out for the one that is wanted. */
function proceed(site: Site, host: Host): void {
  const { record } = host;
  const { bmc } = host.hardware;
  const { wanted } = record;
  if (record.power === wanted) return;
  if (wanted === 'On' && record.power === 'Standby') leave(site, host, 'ExitingStandby', bmc.standbyMs);
  // The way to standby leads through a hypervisor that works.
  else if (wanted === 'On' || (record.power === 'Failed' && wanted === 'Standby'))
    leave(site, host, 'PoweringOn', bmc.bootMs);
  else if (record.power === 'On' && wanted === 'Standby') leave(site, host, 'EnteringStandby', bmc.standbyMs);
  else if (record.power === 'On') leave(site, host, 'PoweringOff', CLOSE_MS);
  else if (wanted === 'Off') enter(site, host, 'Off');
}

const occurrences: Partial<Record<HostPower, readonly [reason: string, what: string]>> = {
  EnteringStandby: ['HostEnteringStandby', 'goes to standby'],
  Standby: ['HostStandby', 'is in standby'],
  ExitingStandby: ['HostExitingStandby', 'leaves standby'],
  On: ['HostOn', 'is on'],
};

function leave(site: Site, host: Host, power: HostPower, durationMs: number): void {
  host.record.powerAt = site.now + durationMs;
  show(site, host, power);
  armHost(site, host);
}

function enter(site: Site, host: Host, power: HostPower): void {
  host.record.powerAt = undefined;
  show(site, host, power);
}

/** The host is in this state now; datastores and networks gain or lose it. */
function show(site: Site, host: Host, power: HostPower): void {
  const was = host.record.power;
  host.record.power = power;
  site.changed(host);
  if ((was === 'On') !== (power === 'On')) pathsChanged(site, host);
  const occurrence = occurrences[power];
  if (occurrence !== undefined) site.occurred(host, occurrence[0], `${host.name} ${occurrence[1]}`);
}

/** Wakes the host when its power transition ends; also after the datacenter was restarted in the middle of one. */
export function armHost(site: Site, host: Host): void {
  const { powerAt } = host.record;
  if (powerAt === undefined) return;
  site.at(powerAt, () => {
    // It may have been taken away, or have failed, in between.
    if (site.hosts.get(host.name) === host && host.record.powerAt === powerAt) finish(site, host);
  });
}

function finish(site: Site, host: Host): void {
  const { record } = host;
  const goal = leadsTo[record.power];
  if (goal === undefined) return;
  if (goal === 'On' && (host.ailments.crashes || host.ailments.failsToWake)) {
    enter(site, host, 'Failed');
    site.occurred(host, 'HostWakeFailed', `${host.name} does not come up`);
    return;
  }
  if (record.power === 'ExitingStandby') {
    record.lastExitedStandby = site.now;
    record.wakeTested = true;
  }
  if (goal === 'On') record.poweredOnAt = site.now;
  enter(site, host, goal);
  proceed(site, host);
  site.faults.review();
}

/** The power is gone from one moment to the next; a host that was on, or on its way, comes up with it again. */
export function losePower(site: Site, host: Host): void {
  const { record } = host;
  const resumes =
    record.resumes === true || // it had lost it already
    (leadsTo[record.power] ?? record.power) === 'On' ||
    (record.power === 'Failed' && record.wanted === 'On');
  cutPower(site, host);
  record.resumes = resumes;
}

/** What kept the host down is mended: somebody presses its button where it was to be on. */
export function recover(site: Site, host: Host): void {
  const { record, ailments } = host;
  if (ailments.crashes || ailments.hasNoPower || ailments.failsToWake) return;
  if (record.power === 'Off' && record.resumes === true) record.wanted = 'On';
  else if (record.power !== 'Failed' || record.wanted === 'Off') return;
  delete record.resumes;
  site.changed(host);
  proceed(site, host);
}
