import type { VirtualMachineStatus } from '../../src/api/virtual-machine.ts';
import { absent, type Said } from '../../src/model/said.ts';
import type { PowerDecision } from './decide.ts';
import type { Waiting } from './machine-config.ts';

export interface PowerStatus {
  readonly phase: string;
  readonly restartedAt: string | undefined;
  readonly conditions: readonly Said[];
  /** It has come to rest, or somebody must act: worth a write of its own. What is under way can wait for one. */
  readonly isUrgent: boolean;
}

/** Ready says why, and so does Admitted; here, what that means for whoever waits. */
const RETRIED = 'refused for now, and tried again by itself as things change';

/** The part of status that the power controller owns. */
export function statusFor({ ready, phase, waiting }: PowerDecision, restartedAt: string | undefined): PowerStatus {
  const { status, reason, message, abnormal, isRefused } = ready;
  return {
    phase,
    restartedAt,
    conditions: [
      { type: 'Ready', status, reason, message },
      abnormal === 'Reconciling'
        ? { type: 'Reconciling', status: 'True', reason, message: isRefused ? RETRIED : message }
        : absent('Reconciling'),
      abnormal === 'Stalled' ? { type: 'Stalled', status: 'True', reason, message } : absent('Stalled'),
      waiting.length === 0
        ? absent('RestartRequired')
        : { type: 'RestartRequired', status: 'True', reason: 'ChangesWait', message: waitingText(waiting) },
    ],
    isUrgent: abnormal !== 'Reconciling' || isRefused === true,
  };
}

/**
 * Whether what its status says stands until its new spec has been dealt with: it is as well as it was, and whoever
 * waits for the new generation sees by `observedGeneration` that it has not come yet.
 */
export function stands(status: VirtualMachineStatus, { order, ready }: PowerDecision): boolean {
  const isReady = status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True');
  return isReady === true && (ready.isAwaited === true || (order?.order === 'Reconfigure' && ready.status === 'True'));
}

function waitingText(waiting: readonly Waiting[]): string {
  const changes = waiting.map(({ field, running, wanted }) => `${field}: ${running} running, ${wanted} wanted`);
  return `at the next power-on: ${changes.join('; ')}`;
}
