import type { HostStatus } from '../../src/api/host.ts';
import type { eventReasons, hostEventReasons } from '../../src/api/reasons.ts';
import type { HostDecision } from './decide.ts';

type HostEventReason = (typeof eventReasons)['Host'][number] | (typeof hostEventReasons)[number];

/** Something that happened to a host, worth telling once. */
export interface HostEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: HostEventReason;
  /** In the imperative, as `Watch`. */
  readonly action: string;
  readonly note: string;
}

/** What ails a host, by the reason of Ready, and how its beginning is told. */
const troubles: Readonly<Record<string, HostEventReason>> = {
  NotResponding: 'HostUnreachable',
  AgentDown: 'HostUnreachable',
  Failed: 'HostUnreachable',
  Isolated: 'HostIsolated',
  Partitioned: 'HostPartitioned',
  Dead: 'HostDead',
  PowerLost: 'HostPowerLost',
};
/** It runs, and nothing is known of it but that. */
const answers: ReadonlySet<string> = new Set(['InService', 'InMaintenance', 'EnteringMaintenance', 'HoldsMachines']);
/** From before there was anything to tell: what is bolted in has no history. */
const beginnings: ReadonlySet<string | undefined> = new Set([undefined, 'Pending', 'NotBoltedIn']);

/**
 * What has happened since `status` was written, which is as much as this controller knows of the past. What the host
 * does by itself (it comes up, it goes to standby) is told by the machines.
 */
export function eventsOf(status: HostStatus, decision: HostDecision): HostEvent[] {
  const before = status.conditions?.find(({ type }) => type === 'Ready')?.reason;
  const { reason, message } = decision.ready;
  if (reason === 'Deleting') {
    const { held } = decision;
    if (before === reason || held === undefined) return [];
    return [{ type: 'Warning', reason: 'HostHeld', action: 'Delete', note: `waits to be deleted: held by ${held}` }];
  }
  return [...health(before, { reason, message }), ...maintenance(status.maintenance, decision)];
}

function health(before: string | undefined, now: { readonly reason: string; readonly message: string }): HostEvent[] {
  if (before === now.reason) return [];
  const trouble = troubles[now.reason];
  if (trouble !== undefined) return [{ type: 'Warning', reason: trouble, action: 'Watch', note: now.message }];
  if (beginnings.has(before)) return [];
  if (now.reason === 'Off') return [{ type: 'Normal', reason: 'HostOff', action: 'PowerOff', note: now.message }];
  if (troubles[before!] === undefined || !answers.has(now.reason)) return [];
  return [{ type: 'Normal', reason: 'HostRecovered', action: 'Watch', note: 'its management agent answers again' }];
}

const stages = { None: 'HostExitedMaintenance', Entering: 'HostEnteringMaintenance', In: 'HostInMaintenance' } as const;

function maintenance(before: string | undefined, now: HostDecision): HostEvent[] {
  if (before === undefined || before === now.maintenance) return [];
  const { maintenance: stage, maintenanceMessage } = now;
  const note = stage === 'None' ? 'open to VMs again' : maintenanceMessage;
  return [{ type: 'Normal', reason: stages[stage], action: 'Maintain', note }];
}
