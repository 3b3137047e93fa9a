import type { VirtualMachineStatus } from '../../src/api/virtual-machine.ts';
import { absent, type Said } from '../../src/model/said.ts';
import type { Verdict } from './decide.ts';

export interface PlacementStatus {
  /** Undefined: leave it as it is. */
  readonly host: string | undefined;
  readonly conditions: readonly Said<'Admitted' | 'Placed'>[];
}

/** The part of status that placement owns, for a verdict. */
export function statusFor(verdict: Verdict): PlacementStatus {
  const admitted = (status: Said['status'], reason: string, message: string) =>
    ({ type: 'Admitted', status, reason, message }) as const;
  const placed = (status: Said['status'], reason: string, message: string) =>
    ({ type: 'Placed', status, reason, message }) as const;
  switch (verdict.kind) {
    case 'Place':
      return {
        host: verdict.host,
        conditions: [admitted('True', 'Admitted', PASSED), placed('True', 'Placed', `on ${placeText(verdict)}`)],
      };
    case 'Keep':
      return { host: verdict.host, conditions: [admitted('True', 'Admitted', PASSED)] };
    case 'Grant':
      return {
        host: verdict.host,
        conditions: [admitted('True', 'Admitted', grantText(verdict)), placed('True', 'Placed', `on ${verdict.host}`)],
      };
    case 'Deny':
      return { host: verdict.host, conditions: [admitted('False', verdict.reason, verdict.message)] };
    case 'Refuse':
      return {
        host: undefined,
        conditions: [
          admitted('False', verdict.reason, verdict.message),
          placed('False', verdict.reason, 'on no host: not admitted'),
        ],
      };
    case 'Wait':
      return {
        host: undefined,
        conditions: [
          absent('Admitted'),
          placed('False', 'HostBeingRacked', `waits for ${verdict.host}, which is being racked`),
        ],
      };
    case 'Rest':
      // Nothing is asked, so nothing is refused.
      return { host: undefined, conditions: [absent('Admitted'), placed('False', 'PoweredOff', verdict.message)] };
  }
}

/** What Admitted says where there is nothing else to say. */
export const PASSED = 'every check passed';

function grantText({ later }: Extract<Verdict, { kind: 'Grant' }>): string {
  return later === undefined ? PASSED : `${PASSED} for what changes now; ${laterText(later)}`;
}

/** What the user of a machine that runs well is to know before it is powered off. */
export function laterText({ reason, message }: { readonly reason: string; readonly message: string }): string {
  return `it would not start again as it now asks (${reason}: ${message})`;
}

/** Where it is placed and why, as `h1, the least loaded of 2 hosts that fit: with it …; h3 in maintenance`. */
export function placeText({ host, why, load, against }: Extract<Verdict, { kind: 'Place' }>): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const loaded =
    load === undefined
      ? ''
      : `: with it ${percent(load.cpu)} of its CPU and ${percent(load.memory)} of its memory are configured`;
  return `${host}, ${why}${loaded}${against === '' ? '' : `; ${against}`}`;
}

/** What of it the status does not say yet; undefined when there is nothing to write. */
export function unsaid(
  status: VirtualMachineStatus,
  wanted: PlacementStatus,
  generation: number,
): PlacementStatus | undefined {
  const moved = wanted.host !== undefined && status.host !== wanted.host;
  const conditions = wanted.conditions.filter((said) => {
    const present = status.conditions?.find(({ type }) => type === said.type);
    // What was refused is taken back; what was granted may stand.
    if (said.status === undefined) return present?.status === 'False';
    if (present === undefined || present.status !== said.status) return true;
    // Why it was put where it is stays readable for as long as it is there.
    if (said.type === 'Placed' && said.status === 'True') return moved;
    return (
      present.observedGeneration !== generation || present.reason !== said.reason || present.message !== said.message
    );
  });
  if (!moved && conditions.length === 0) return undefined;
  return { host: moved ? wanted.host : undefined, conditions };
}

/** Whether only words change: such a write can wait. That a new generation is admitted, somebody waits for. */
export function isOnlyWords(status: VirtualMachineStatus, wanted: PlacementStatus, generation: number): boolean {
  if (wanted.host !== undefined) return false;
  return wanted.conditions.every((said) => {
    const present = status.conditions?.find(({ type }) => type === said.type);
    if (present?.observedGeneration !== generation) return false;
    return present.status === said.status && present.reason === said.reason;
  });
}
