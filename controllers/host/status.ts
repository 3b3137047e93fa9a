import { absent, type Said } from '../../src/model/said.ts';
import type { HostDecision } from './decide.ts';

/** The conditions that the host controller owns. */
export function conditionsFor({ ready, maintenance, maintenanceMessage }: HostDecision): Said[] {
  const { status, reason, message, abnormal } = ready;
  return [
    { type: 'Ready', status, reason, message },
    {
      type: 'InMaintenance',
      status: maintenance === 'In' ? 'True' : 'False',
      reason: maintenance === 'None' ? 'InService' : maintenance === 'In' ? 'InMaintenance' : 'Entering',
      message: maintenanceMessage,
    },
    ...(['Reconciling', 'Stalled'] as const).map((type) =>
      type === abnormal ? ({ type, status: 'True', reason, message } as const) : absent(type),
    ),
  ];
}
