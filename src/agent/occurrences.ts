import type { KubeObject } from '../api/meta.ts';
import type { OccurrenceReport } from '../hypervisor/backend.ts';
import type { ControlPlane } from '../runtime/control-plane.ts';

/** Occurrences that somebody should look at. */
const warnings = /Failed|Lost|Dead|Unreachable|Isolated|Partitioned/;

/** Turns what the machines say has happened into events of the objects that it happened to. Returns what ends it. */
export function tellOccurrences({ machines, objects, events }: ControlPlane): () => void {
  const subjectOf = ({ namespace, subject }: OccurrenceReport): KubeObject | undefined =>
    subject.kind === 'Host'
      ? objects.hosts.get(namespace, subject.id)
      : objects.virtualMachines.view().by('uid', namespace, subject.id)[0];
  return machines.onOccurrence((occurrences) => {
    for (const occurrence of occurrences) {
      const about = subjectOf(occurrence);
      if (about === undefined) continue;
      const { reason, message } = occurrence;
      const type = warnings.test(reason) ? 'Warning' : 'Normal';
      events.tell(about, 'agent', { type, reason, action: reason.replace(/^(VM|Host|FT|HA)/, ''), note: message });
    }
  });
}
