import { hostConditions } from '../api/conditions.ts';
import type { Host } from '../api/host.ts';
import { rfc3339, SECOND } from '../base/units.ts';
import type { HostReport } from '../hypervisor/backend.ts';
import { isSaid } from '../model/said.ts';
import { say } from '../runtime/conditions.ts';
import type { ControlPlane } from '../runtime/control-plane.ts';
import { Controller, done, type Outcome, requeueAfter } from '../runtime/controller.ts';
import { nameOf } from '../runtime/keys.ts';
import { reporting, watching } from '../runtime/source.ts';
import { hostConditionsOf, hostStatus, hostWeight } from './host-status.ts';

/** How long silence from the datacenter is taken for a restart and not for its absence. */
const PATIENCE = 5 * SECOND;

/** Writes into the status of Hosts what the hosts report; while nothing is heard, that nothing is heard. */
export function hostAgent(plane: ControlPlane): Controller {
  const { objects, machines, clock, random, logger, metrics } = plane;
  let silentSince: number | undefined = clock.monotonic();
  const controller = new Controller({
    name: 'agent-hosts',
    clock,
    random,
    logger,
    metrics,
    concurrency: 16,
    sources: [
      watching(objects.hosts, ({ namespace, name, before, after }) =>
        after !== undefined && isNews(before, after) ? [`${namespace}/${name}`] : [],
      ),
      reporting(machines, ({ kind, namespace, id }) => (kind === 'Host' ? [`${namespace}/${id}`] : [])),
    ],
    reconcile: (key) => {
      const { namespace = '', name } = nameOf(key);
      const host = objects.hosts.get(namespace, name);
      if (host === undefined) return done;
      if (silentSince === undefined) {
        const report = machines.host(namespace, name);
        return report?.uid === host.metadata.uid ? tell(plane, host, report) : done;
      }
      const wait = silentSince + PATIENCE - clock.monotonic();
      return wait > 0 ? requeueAfter(wait) : tell(plane, host, undefined);
    },
  });
  machines.onConnection((states) => {
    silentSince = states.at(-1) === 'Connected' ? undefined : clock.monotonic();
    for (const { metadata } of objects.hosts.view().all()) controller.add(`${metadata.namespace}/${metadata.name}`);
  });
  return controller;
}

/** Another host; or what was written of it and never answered, which may be what is no longer so. */
function isNews(before: Host | undefined, after: Host): boolean {
  if (before?.metadata.uid !== after.metadata.uid) return true;
  const { connection, power } = before.status;
  return connection !== after.status.connection || power?.state !== after.status.power?.state;
}

async function tell(plane: ControlPlane, host: Host, report: HostReport | undefined): Promise<Outcome> {
  const wanted = hostStatus(report);
  const conditions = hostConditionsOf(report);
  const isSaidBy = ({ status }: Host) => conditions.every((said) => isSaid(status.conditions, said));
  const weightFor = (present: Host) => {
    // How many VMs are on it is part of the words: news only together with something else.
    const isConditionNews = conditions.some(
      ({ type, status }) => present.status.conditions?.find((one) => one.type === type)?.status !== status,
    );
    return isConditionNews ? 'State' : hostWeight(present, wanted);
  };
  const weight = weightFor(host);
  // What waits to be written may say what is no longer so: this takes its place.
  if (weight === 'None' && !plane.status.hosts.isBusy(host)) return done;
  const observedGeneration = host.metadata.generation ?? 0;
  const context = { now: rfc3339(plane.clock.now()), order: hostConditions, observedGeneration };
  const writing = plane.status.hosts.contribute(
    'agent',
    host,
    (draft, present) => {
      if (weightFor(present) === 'None') return;
      Object.assign(draft, wanted);
      if (!isSaidBy(present)) say(draft, conditions, context);
    },
    { isUrgent: weight === 'State', replaces: 'report' },
  );
  if (weight === 'State') await writing;
  return done;
}
