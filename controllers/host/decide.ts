import { count } from '../../src/base/units.ts';

export interface HostInput {
  /** What the spec asks for; undefined leaves it to power management. */
  readonly wantedPower: 'On' | 'Off' | 'Standby' | undefined;
  readonly wantedMaintenance: boolean;
  readonly deleting: boolean;
  readonly hasFinalizer: boolean;
  /** As reported; undefined when the datacenter has no such host. */
  readonly report:
    | {
        readonly power: string;
        readonly lostPower?: boolean;
        readonly connection: string;
        readonly maintenance: boolean;
      }
    | undefined;
  /** Whether the datacenter is heard from. */
  readonly isHeard: boolean;
  /** Virtual machines that are not off on it, in order of name. */
  readonly guests: readonly { readonly name: string; readonly deleting: boolean }[];
}

export type HostOrder =
  | { readonly order: 'SetPower'; readonly power: 'On' | 'Off' | 'Standby' }
  | { readonly order: 'SetMaintenance'; readonly maintenance: boolean }
  | { readonly order: 'AddFinalizer' }
  | { readonly order: 'Release' };

export interface HostDecision {
  readonly orders: readonly HostOrder[];
  readonly maintenance: 'None' | 'Entering' | 'In';
  readonly maintenanceMessage: string;
  readonly ready: {
    readonly status: 'True' | 'False' | 'Unknown';
    readonly reason: string;
    readonly message: string;
    readonly isUnderWay: boolean;
  };
}

/** What a host is told next, and how it stands. */
export function decide(input: HostInput): HostDecision {
  const held = heldBy(input.guests);
  const maintenance = !input.wantedMaintenance
    ? 'None'
    : input.guests.length === 0 && input.report?.maintenance === true
      ? 'In'
      : 'Entering';
  const maintenanceMessage =
    maintenance === 'None'
      ? 'in service'
      : maintenance === 'In'
        ? 'empty, and held so'
        : held === ''
          ? 'being closed to new machines'
          : `takes no new machine; waits for ${held}`;
  return { orders: ordersFor(input), maintenance, maintenanceMessage, ready: readiness(input, held) };
}

function ordersFor(input: HostInput): HostOrder[] {
  const { report, deleting, hasFinalizer, guests } = input;
  if (deleting) {
    if (!hasFinalizer) return [];
    // Nothing is on it, or nothing that is to live on.
    const isFree = guests.every((guest) => guest.deleting);
    if (isFree) return [{ order: 'Release' }];
    return report !== undefined && !report.maintenance ? [{ order: 'SetMaintenance', maintenance: true }] : [];
  }
  const orders: HostOrder[] = hasFinalizer ? [] : [{ order: 'AddFinalizer' }];
  if (report === undefined) return orders;
  if (report.maintenance !== input.wantedMaintenance) {
    orders.push({ order: 'SetMaintenance', maintenance: input.wantedMaintenance });
  }
  const power = powerToSet(input, report.power);
  if (power !== undefined) orders.push({ order: 'SetPower', power });
  return orders;
}

/** A host with machines on it is not switched off under them. */
function powerToSet({ wantedPower, guests }: HostInput, power: string): 'On' | 'Off' | 'Standby' | undefined {
  if (wantedPower === undefined || power === wantedPower || isOnTheWay(power, wantedPower)) return undefined;
  if (wantedPower !== 'On' && guests.length > 0) return undefined;
  // Only what is on can go to standby.
  return wantedPower === 'Standby' && (power === 'Off' || power === 'Failed') ? 'On' : wantedPower;
}

function isOnTheWay(power: string, wanted: string): boolean {
  if (wanted === 'On') return power === 'PoweringOn' || power === 'ExitingStandby';
  return power === (wanted === 'Off' ? 'PoweringOff' : 'EnteringStandby');
}

/** `vm-1, vm-2 and 3 more`. */
function heldBy(guests: HostInput['guests']): string {
  if (guests.length === 0) return '';
  const named = guests.slice(0, 3).map(({ name }) => name);
  const rest = guests.length - named.length;
  return `${count(guests.length, 'running VM')}: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function readiness(input: HostInput, held: string): HostDecision['ready'] {
  const { report, wantedPower, wantedMaintenance, deleting, isHeard } = input;
  const say = (
    status: 'True' | 'False' | 'Unknown',
    reason: string,
    message: string,
    isUnderWay = status !== 'True',
  ) => ({ status, reason, message, isUnderWay });
  if (deleting)
    return say(
      'False',
      'Deleting',
      held === ''
        ? 'being taken out'
        : `being deleted; takes no new machine; held by ${held}: power them off or delete them`,
    );
  if (!isHeard) return say('Unknown', 'DatacenterUnreachable', 'nothing is heard from the datacenter');
  if (report === undefined) return say('Unknown', 'NotBoltedIn', 'the datacenter does not have it yet');
  if (wantedPower !== undefined && report.power !== wantedPower) {
    if (wantedPower !== 'On' && held !== '') {
      return say('False', 'HoldsMachines', `cannot go to ${wantedPower} under ${held}: power them off or move them`);
    }
    return say('False', report.power, `power is ${report.power}, wanted ${wantedPower}`);
  }
  if (report.power === 'Failed') {
    return say('False', 'Failed', 'its hypervisor does not run: it crashed, or did not come up');
  }
  if (report.lostPower === true) return say('False', 'PowerLost', 'it has no power; it comes up when that is back');
  if (wantedMaintenance && (held !== '' || !report.maintenance)) {
    return say('False', 'EnteringMaintenance', held === '' ? 'being closed to new machines' : `waits for ${held}`);
  }
  if (report.power === 'On' && report.connection !== 'Connected') {
    return say('False', report.connection, `its management agent does not answer: ${report.connection}`);
  }
  if (wantedMaintenance) return say('True', 'InMaintenance', 'empty, and held so');
  return say(
    'True',
    report.power === 'On' ? 'InService' : report.power,
    report.power === 'On'
      ? 'on, and connected'
      : `power is ${report.power}${wantedPower === undefined ? '' : ', as wanted'}`,
  );
}
