import type { HostReport, MachineReport, Report } from '../backend.ts';
import type { Harvest, Noun, Site } from '../site.ts';
import { datastoreReport, hostReport, networkReport } from './host-report.ts';
import { machineReport } from './machine-report.ts';

function reportOf(site: Site, noun: Noun): Report {
  switch (noun.kind) {
    case 'Host':
      return hostReport(site, noun);
    case 'Machine':
      return machineReport(site, noun);
    case 'Datastore':
      return datastoreReport(site, noun);
    case 'Network':
      return networkReport(site, noun);
  }
}

/** What observers are told of a turn: what happened, what is gone, what is new. Its usage counts as told from now on. */
export function reportsOf(site: Site, { changed, moved, gone, occurrences }: Harvest): Report[] {
  // A datastore that was unplugged with files on it is kept, but is no longer there for anyone.
  const visible = [...changed, ...moved].filter((noun) => noun.kind !== 'Datastore' || noun.record.present);
  for (const noun of visible) {
    if (noun.kind === 'Host') noun.markTold();
    else if (noun.kind === 'Machine') noun.instance?.markTold();
  }
  return [...occurrences, ...gone, ...visible.map((noun) => reportOf(site, noun))];
}

/** Everything there is. What is told next does not depend on its having been asked for. */
export function everything(site: Site): Report[] {
  const datastores = [...site.datastores.values()].filter(({ record }) => record.present);
  const nouns: Noun[] = [...datastores, ...site.networks.values(), ...site.hosts.values(), ...site.machines.values()];
  return nouns.map((noun) => reportOf(site, noun));
}

/** The exact figures of this moment; what is told next does not depend on their having been asked for. */
export function figures(site: Site): (HostReport | MachineReport)[] {
  return [
    ...[...site.hosts.values()].map((host) => hostReport(site, host)),
    ...[...site.machines.values()].map((machine) => machineReport(site, machine)),
  ];
}
