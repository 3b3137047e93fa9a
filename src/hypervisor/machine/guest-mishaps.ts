import type { Site } from '../site.ts';
import { reboot, run, setGuest, shutDown } from './guest.ts';
import type { Machine } from './machine.ts';
import { goOff } from './power.ts';

/** What can befall a guest. */

/** The machine when it is on and its guest is up; nothing befalls the others. */
function upMachine(site: Site, uid: string): Machine | undefined {
  const machine = site.machines.get(uid);
  return machine?.record.power === 'On' && machine.instance?.host.isWorking ? machine : undefined;
}

/** The guest does nothing any more, and its tools are silent. */
export function hangGuest(site: Site, uid: string): void {
  const machine = upMachine(site, uid);
  if (machine?.record.guest === 'Running') setGuest(site, machine, 'Hung');
}

/** The guest's kernel gives up. ESX keeps the machine on; Xen's tool stack destroys the domain. */
export function crashGuest(site: Site, uid: string): void {
  const machine = upMachine(site, uid);
  if (machine === undefined || machine.record.guest === 'Crashed') return;
  if (machine.instance?.host.isXen) goOff(site, machine, 'GuestCrash');
  else setGuest(site, machine, 'Crashed');
}

export function healGuest(site: Site, uid: string): void {
  const machine = upMachine(site, uid);
  if (machine?.record.guest === 'Hung') run(site, machine, site.now);
}

/** A guest that crashed, on a hypervisor that keeps it, is started again. */
export function revive(site: Site, uid: string): void {
  const machine = upMachine(site, uid);
  if (machine?.record.guest === 'Crashed') reboot(site, machine, 'started again after its crash');
}

export function shutDownGuest(site: Site, uid: string): void {
  const machine = upMachine(site, uid);
  if (machine !== undefined) shutDown(site, machine);
}
