import type { KubeObject } from '../api/meta.ts';
import type { ExitReason, OccurrenceReport } from '../hypervisor/backend.ts';
import type { ControlPlane } from '../runtime/control-plane.ts';

/** Occurrences that somebody should look at. */
const warnings = /Failed|Lost|Dead|Unreachable|Isolated|Partitioned/;
/** Ends of a machine that nobody wished for. */
const accidents: ReadonlySet<ExitReason | undefined> = new Set(['GuestCrash', 'HostFailed', 'LockLost']);

/** @param exit why its machine is off, where it is */
export function typeOfOccurrence(reason: string, exit: ExitReason | undefined): 'Normal' | 'Warning' {
  if (reason === 'VMPoweredOff') return accidents.has(exit) ? 'Warning' : 'Normal';
  return warnings.test(reason) ? 'Warning' : 'Normal';
}

/** Turns what the machines say has happened into events of the objects that it happened to. Returns what ends it. */
export function tellOccurrences({ machines, objects, events }: ControlPlane): () => void {
  const subjectOf = ({ namespace, subject }: OccurrenceReport): KubeObject | undefined =>
    subject.kind === 'Host'
      ? objects.hosts.get(namespace, subject.id)
      : objects.virtualMachines.view().by('uid', namespace, subject.id)[0];
  const exitOf = ({ namespace, subject }: OccurrenceReport) =>
    subject.kind === 'Host' ? undefined : machines.machine(namespace, subject.id)?.exit?.reason;
  return machines.onOccurrence((occurrences) => {
    for (const occurrence of occurrences) {
      const about = subjectOf(occurrence);
      if (about === undefined) continue;
      const { reason, message } = occurrence;
      const type = typeOfOccurrence(reason, exitOf(occurrence));
      events.tell(about, 'agent', { type, reason, action: reason.replace(/^(VM|Host|FT|HA)/, ''), note: message });
    }
  });
}
