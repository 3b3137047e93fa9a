import type { MachineConfig, MachineReport, PowerOffMode } from '../../src/hypervisor/backend.ts';
import { type PowerAct, type PowerWish, powerAct } from '../../src/model/power-intent.ts';
import { changesWaiting, isSameConfig, type Waiting } from './machine-config.ts';

export interface PowerInput {
  readonly wish: PowerWish;
  readonly report: MachineReport | undefined;
  /** What the spec asks for, every default filled in; undefined while its template is missing. */
  readonly wanted: MachineConfig | undefined;
  /** Admitted, for the present generation; undefined when placement has not looked at it yet. */
  readonly admitted: { readonly isTrue: boolean; readonly reason: string; readonly message: string } | undefined;
  /** Where placement wants it started. */
  readonly placedOn: string | undefined;
  /** The configuration that this controller gave the machine last since its last start, if it did. */
  readonly given: MachineConfig | undefined;
  /** What the machines answered to the last order, when they would not. */
  readonly refusal: { readonly reason: string; readonly message: string } | undefined;
  /** Whether the datacenter is heard from. */
  readonly isHeard: boolean;
  /** What is heard of the host that it is on; left out: nothing. */
  readonly hostConnection?: string | undefined;
}

export type Order =
  | {
      readonly order: 'PowerOn';
      readonly host: string;
      readonly config: MachineConfig;
      readonly epoch: number;
      readonly resume: boolean;
    }
  | { readonly order: 'PowerOff'; readonly how: PowerOffMode }
  | { readonly order: 'Suspend' }
  | { readonly order: 'Reset'; readonly token: string }
  | { readonly order: 'Reconfigure'; readonly config: MachineConfig };

export interface PowerDecision {
  /** What to tell the machines; undefined when there is nothing to tell. */
  readonly order: Order | undefined;
  readonly ready: Readiness;
  readonly phase: string;
  /** Changes that wait for the next power-on. */
  readonly waiting: readonly Waiting[];
}

export interface Readiness {
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
  /** `Reconciling`: under way; `Stalled`: somebody must change something. */
  readonly abnormal: 'Reconciling' | 'Stalled' | undefined;
  /** Something was refused: worth saying at once, though it may yet come about. */
  readonly isRefused?: boolean;
  /** It runs well, and what its spec now asks for has not been dealt with yet. */
  readonly isAwaited?: boolean;
}

/** What to tell the machines next, and how the virtual machine stands meanwhile. */
export function decide(input: PowerInput): PowerDecision {
  const { report } = input;
  const act = powerAct(input.wish, stateOf(report));
  const order = orderFor(act, input);
  return { order, ready: readiness(act, input), phase: phaseOf(act, input), waiting: waitingOf(input) };
}

function stateOf(report: MachineReport | undefined) {
  if (report === undefined) return undefined;
  const { power, epoch, restartToken, exit } = report;
  return { power, epoch, restartToken, exit: exit?.reason };
}

function orderFor(act: PowerAct, input: PowerInput): Order | undefined {
  const { wanted, report, admitted, placedOn } = input;
  switch (act.act) {
    case 'PowerOn':
      if (wanted === undefined || placedOn === undefined || admitted?.isTrue !== true) return undefined;
      return { order: 'PowerOn', host: placedOn, config: wanted, epoch: report?.epoch ?? 0, resume: act.resume };
    case 'PowerOff':
    case 'AcknowledgeOff':
      return { order: 'PowerOff', how: (wanted ?? report!.config).powerOff };
    case 'Suspend':
      return { order: 'Suspend' };
    case 'Reset':
      return { order: 'Reset', token: act.token };
    case 'Settled':
      return reconfiguration(input);
    default:
      return undefined;
  }
}

/** A machine that runs gets what its spec asks for once that is admitted; one that is off, at its next power-on. */
function reconfiguration({ wanted, report, admitted, given }: PowerInput): Order | undefined {
  if (wanted === undefined || report === undefined || isSameConfig(wanted, report.config)) return undefined;
  if (given !== undefined && isSameConfig(wanted, given)) return undefined;
  if (report.power === 'On' && admitted?.isTrue !== true) return undefined;
  return { order: 'Reconfigure', config: wanted };
}

function waitingOf({ wanted, report, admitted }: PowerInput): readonly Waiting[] {
  if (wanted === undefined || report === undefined || report.power === 'Off' || admitted?.isTrue !== true) return [];
  return changesWaiting(report.config, wanted);
}

function readiness(act: PowerAct, input: PowerInput): Readiness {
  if (!input.isHeard && act.act !== 'Settled') {
    return {
      status: 'Unknown',
      reason: 'DatacenterUnreachable',
      message: 'nothing is heard from the datacenter',
      abnormal: 'Reconciling',
    };
  }
  switch (act.act) {
    case 'Settled':
      return settled(act.off, input);
    case 'CannotSuspend': {
      const message = 'a machine that is off cannot be suspended: set power to "On" first, or to "Off"';
      return { status: 'False', reason: 'CannotSuspend', message, abnormal: 'Stalled' };
    }
    case 'PowerOn':
      return starting(act.resume, input);
    default: {
      if (input.refusal !== undefined) return refused(input.refusal);
      const [reason, message] = underWay(act, input);
      return { status: 'False', reason, message, abnormal: 'Reconciling' };
    }
  }
}

function refused({ reason, message }: { readonly reason: string; readonly message: string }): Readiness {
  return { status: 'False', reason, message, abnormal: 'Reconciling', isRefused: true };
}

function settled(off: string | undefined, { report, admitted, refusal, wish, hostConnection }: PowerInput): Readiness {
  const good = (reason: string, message: string): Readiness => ({
    status: 'True',
    reason,
    message,
    abnormal: undefined,
  });
  if (off === 'GuestShutdown') {
    return good(
      'GuestShutdown',
      'the guest shut itself down, and restartPolicy OnFailure leaves it off; give a new restartedAt to start it',
    );
  }
  if (off === 'HostDirect') {
    return good('PoweredOffAtHost', 'somebody powered it off at the host; give a new restartedAt to start it');
  }
  if (report?.power === 'Suspended') return good('Suspended', `suspended on ${report.host}`);
  if (report === undefined || report.power === 'Off')
    return good('PoweredOff', wish.deleting ? 'off, and being deleted' : 'off, as power asks');
  const ailing = ailingOf(report, hostConnection);
  if (ailing !== undefined) return ailing;
  if (refusal !== undefined) return refused(refusal);
  if (admitted === undefined)
    return {
      status: 'False',
      reason: 'Admitting',
      message: 'what it now asks for is being admitted',
      abnormal: 'Reconciling',
      isAwaited: true,
    };
  if (!admitted.isTrue) return refused(admitted);
  return good('Running', `runs on ${report.host}`);
}

/** Its host does not answer for it, whether or not what ran there runs on. */
const silent: ReadonlySet<string> = new Set(['NotResponding', 'Isolated', 'Partitioned', 'Dead']);

/** It is on, as is wanted, but does no work that anybody could count on; undefined when it does. */
function ailingOf(
  { host, guest, staleInstances }: MachineReport,
  connection: string | undefined,
): Readiness | undefined {
  const reset = 'give a new restartedAt to reset it';
  if (connection !== undefined && silent.has(connection)) {
    const isStill = guest?.heartbeat === 'Red';
    const guestIs = isStill ? 'its guest shows no heartbeat' : 'whether it runs on is not known';
    return {
      status: isStill ? 'False' : 'Unknown',
      reason: 'HostNotResponding',
      message: `its host ${host} is ${connection}: ${guestIs}`,
      abnormal: 'Reconciling',
    };
  }
  if (staleInstances?.includes(host)) {
    const message = `cut off from its files, whose lock it lost, it runs on in the memory of ${host} until it sees them again`;
    return { status: 'False', reason: 'LockLost', message, abnormal: 'Reconciling' };
  }
  // Nobody resets it here: that is for its user, or for VM monitoring.
  const stalled = (reason: string, message: string): Readiness => ({
    status: 'False',
    reason,
    message: `${message}; ${reset}`,
    abnormal: 'Stalled',
  });
  if (guest?.state === 'Crashed') return stalled('GuestCrashed', `its guest crashed on ${host}`);
  if (guest?.state === 'Hung') return stalled('GuestHung', `its guest on ${host} hangs: it shows no heartbeat`);
  return undefined;
}

function starting(resume: boolean, { admitted, placedOn, refusal, wanted }: PowerInput): Readiness {
  const pending = (reason: string, message: string): Readiness => ({
    status: 'False',
    reason,
    message,
    abnormal: 'Reconciling',
  });
  if (admitted === undefined) return pending('Pending', 'waits for a host');
  if (!admitted.isTrue) return refused(admitted);
  if (wanted === undefined) return refused({ reason: 'ReferenceNotFound', message: 'its template does not exist' });
  if (refusal !== undefined) return refused(refusal);
  if (placedOn === undefined) return pending('Placing', 'waits for a host');
  return resume
    ? pending('Resuming', `is being resumed on ${placedOn}`)
    : pending('PoweringOn', `is being powered on on ${placedOn}`);
}

function underWay(
  act: PowerAct,
  { report, hostConnection = 'Connected' }: PowerInput,
): readonly [reason: string, message: string] {
  const name = report?.host ?? '';
  const host = silent.has(hostConnection) ? `${name}, which is ${hostConnection}` : name;
  if (act.act === 'Reset') return ['Resetting', `is being reset on ${host}`];
  switch (report?.power) {
    case 'PoweringOn':
      if (report.isResuming) return ['Resuming', `is being resumed on ${host}`];
      return ['PoweringOn', `is being powered on on ${host}`];
    case 'Suspending':
      return ['Suspending', `its memory is being written to a file on ${host}`];
    default:
      return act.act === 'Suspend'
        ? ['Suspending', `is being suspended on ${host}`]
        : ['PoweringOff', `is being powered off on ${host}`];
  }
}

const NOT_ACCESSIBLE = 'DatastoreNotAccessible';

/** One word for people. */
function phaseOf(act: PowerAct, { report, admitted, placedOn }: PowerInput): string {
  if (act.act === 'PowerOn') {
    // It has been made, and no host reaches the datastore that it lies on.
    if (admitted?.reason === NOT_ACCESSIBLE && !admitted.isTrue && report !== undefined) return 'Inaccessible';
    if (admitted === undefined && act.resume) return 'Resuming';
    if (admitted?.isTrue !== true) return 'Pending';
    if (placedOn === undefined) return 'Placing';
    return act.resume ? 'Resuming' : 'PoweringOn';
  }
  switch (report?.power) {
    case undefined:
    case 'Off':
      return 'Off';
    case 'PoweringOff':
      return 'ShuttingDown';
    case 'On':
      return 'Running';
    case 'PoweringOn':
      return report.isResuming ? 'Resuming' : 'PoweringOn';
    default:
      return report?.power ?? 'Off';
  }
}
