import { count } from '../../src/base/units.ts';
import { connectionWords, powerWords } from '../../src/model/host-words.ts';

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
    /** `Reconciling`: under way, or waited for; `Stalled`: it stays so until somebody changes something. */
    readonly abnormal: 'Reconciling' | 'Stalled' | undefined;
  };
  /** Machines that keep it from being taken out, in words; undefined when none do. */
  readonly held: string | undefined;
}

/** What a host is told next, and how it stands. */
export function decide(input: HostInput): HostDecision {
  const { guests, report, deleting } = input;
  const waitsFor = heldBy(guests);
  const isClosed = input.wantedMaintenance || deleting;
  const isIn = guests.length === 0 && report?.maintenance === true;
  const maintenance = !isClosed ? 'None' : isIn ? 'In' : 'Entering';
  const entering = waitsFor === '' ? 'being closed to new VMs' : `takes no new VM; waits for ${waitsFor}`;
  const maintenanceMessage = { None: 'maintenance is not asked for', Entering: entering, In: 'empty, and held so' }[
    maintenance
  ];
  const isHeld = deleting && guests.some((guest) => !guest.deleting);
  return {
    orders: ordersFor(input),
    maintenance,
    maintenanceMessage,
    ready: readiness(input, waitsFor),
    held: isHeld ? waitsFor : undefined,
  };
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

/** `2 running VMs: vm-1, vm-2; power them off …`. */
function heldBy(guests: HostInput['guests']): string {
  if (guests.length === 0) return '';
  const named = guests.slice(0, 3).map(({ name }) => name);
  const rest = guests.length - named.length;
  const names = `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  const advice =
    guests.length === 1
      ? 'power it off or delete it (nothing moves it'
      : 'power them off or delete them (nothing moves them';
  return `${count(guests.length, 'running VM')}: ${names}; ${advice} in this version)`;
}

type Readiness = HostDecision['ready'];

const underWay = (reason: string, message: string): Readiness => ({
  status: 'False',
  reason,
  message,
  abnormal: 'Reconciling',
});

const unknown = (reason: string, message: string): Readiness => ({ ...underWay(reason, message), status: 'Unknown' });

/** States that last; the others lead to one. */
const steady: ReadonlySet<string> = new Set(['On', 'Off', 'Standby']);

function readiness(input: HostInput, held: string): Readiness {
  const { report, deleting, isHeard } = input;
  if (deleting) {
    const message = held === '' ? 'being taken out' : `being deleted; takes no new VM; held by ${held}`;
    return underWay('Deleting', message);
  }
  if (!isHeard) return unknown('DatacenterUnreachable', 'nothing is heard from the datacenter');
  if (report === undefined) return unknown('NotBoltedIn', 'the datacenter does not have it yet');
  return failing(input, report) ?? changing(input, report, held) ?? good(input, report);
}

type Report = NonNullable<HostInput['report']>;

/** The manager sees no Fault; whoever made one does. Under it, starting the host ends in HostWakeFailed. */
const HELD_DOWN = 'a Fault may hold it down, and it comes up by itself when that is over or deleted';

/** Something is wrong with it; undefined when nothing is. */
function failing({ wantedPower }: HostInput, report: Report): Readiness | undefined {
  const { power, connection } = report;
  if (power === 'On' && connection !== 'Connected') return underWay(connection, connectionWords(connection, power));
  if (report.lostPower === true && wantedPower !== 'Off') return underWay('PowerLost', powerWords(power, true));
  if (power !== 'Failed') return undefined;
  const words = `${powerWords(power)}; ${HELD_DOWN}`;
  if (wantedPower !== undefined) return underWay(power, `${words}; ${wantedPower} is wanted`);
  return { ...underWay(power, `${words}; if there is none, set spec.power to "On" to start it`), abnormal: 'Stalled' };
}

/** It is on its way to what is wanted, or held back; undefined when it is there. */
function changing(input: HostInput, report: Report, held: string): Readiness | undefined {
  const { wantedPower, wantedMaintenance } = input;
  const { power } = report;
  if (wantedPower !== undefined && power !== wantedPower) {
    if (wantedPower !== 'On' && held !== '') {
      return underWay('HoldsMachines', `${wantedPower} is wanted, but not under ${held}`);
    }
    return underWay(power, `${powerWords(power)}; ${wantedPower} is wanted`);
  }
  if (!steady.has(power)) return underWay(power, powerWords(power));
  if (!wantedMaintenance || (held === '' && report.maintenance)) return undefined;
  return underWay(
    'EnteringMaintenance',
    held === '' ? 'being closed to new VMs' : `takes no new VM; waits for ${held}`,
  );
}

function good({ wantedPower, wantedMaintenance }: HostInput, { power }: Report): Readiness {
  const say = (reason: string, message: string): Readiness => ({
    status: 'True',
    reason,
    message,
    abnormal: undefined,
  });
  if (wantedMaintenance) return say('InMaintenance', 'empty, and held so');
  if (power === 'On') return say('InService', 'on, and connected');
  return say(power, `${powerWords(power)}${wantedPower === undefined ? '' : ', as wanted'}`);
}
