import { commonConditions } from '../api/conditions.ts';
import type { Datastore } from '../api/datastore.ts';
import type { Host } from '../api/host.ts';
import type { Network } from '../api/network.ts';
import type { datastoreEventReasons } from '../api/reasons.ts';
import { deepEqual } from '../base/json.ts';
import { formatBytes } from '../base/quantity.ts';
import { count, rfc3339 } from '../base/units.ts';
import type { DatastoreReport, HostPower, NetworkReport } from '../hypervisor/backend.ts';
import { absent, isSaid, type Said } from '../model/said.ts';
import { say } from '../runtime/conditions.ts';
import type { ControlPlane, Tidings } from '../runtime/control-plane.ts';
import { Controller, done } from '../runtime/controller.ts';
import { nameOf } from '../runtime/keys.ts';
import { reporting, watching } from '../runtime/source.ts';

/** Writes into the status of Datastores and Networks what is reported of them. */
export function storageAgents(plane: ControlPlane): Controller[] {
  return [datastoreAgent(plane), networkAgent(plane)];
}

/** What is reported is as it is: nothing of it is under way, and kstatus waits for as long as it says so. */
const settled = absent('Reconciling');

/**
 * @param hosts that reach it now
 * @param cabled how many Hosts list it
 * @param cutOff those of them that are on, and do not reach it
 */
function readyOf(hosts: readonly string[], cabled: number, cutOff: readonly string[] = []): Said<'Ready'> {
  const cut =
    cutOff.length === 0 ? '' : `${inWords(cutOff)} ${cutOff.length === 1 ? 'is' : 'are'} on and cut off from it`;
  if (hosts.length === 0) {
    const lists = `${count(cabled, 'Host')} ${cabled === 1 ? 'lists' : 'list'} it, and`;
    const message =
      cabled === 0
        ? 'no host reaches it: list it in a Host'
        : `${lists} none reaches it now: ${cut || 'off, or cut off from it'}`;
    return { type: 'Ready', status: 'False', reason: 'NotReached', message };
  }
  return {
    type: 'Ready',
    status: 'True',
    reason: 'Reached',
    message: `${count(hosts.length, 'host')} ${hosts.length === 1 ? 'reaches' : 'reach'} it${cut && `; ${cut}`}`,
  };
}

const MOST_NAMES = 5;

function inWords(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and ${rest} more`;
}

type DatastoreTidings = Tidings & { readonly reason: (typeof datastoreEventReasons)[number] };

/** Which hosts have lost which datastores, and not come back: for the life of the agent. */
export class Losses {
  readonly #lost = new Map<string, Set<string>>();

  /**
   * What there is to tell. Hosts that are new to it, or go off, are no news.
   * @param before who reached it when that was last written
   * @param now who reaches it
   * @param cutOff who is on, lists it, and does not
   */
  tidings(
    uid: string,
    before: readonly string[],
    now: readonly string[],
    cutOff: readonly string[],
  ): DatastoreTidings[] {
    const lost = this.#lost.get(uid) ?? new Set();
    const gone = cutOff.filter((name) => before.includes(name) && !lost.has(name));
    const back = now.filter((name) => lost.has(name));
    for (const name of gone) lost.add(name);
    for (const name of back) lost.delete(name);
    if (lost.size > 0) this.#lost.set(uid, lost);
    else this.#lost.delete(uid);
    const tidings: DatastoreTidings[] = [];
    if (gone.length > 0) {
      const rest =
        now.length === 0 ? 'none does' : `${count(now.length, 'host')} still ${now.length === 1 ? 'does' : 'do'}`;
      const note = `${inWords(gone)} ${gone.length === 1 ? 'does' : 'do'} not reach it any more; ${rest}`;
      tidings.push({ type: 'Warning', reason: 'DatastoreUnreachable', action: 'Lose', note });
    }
    if (back.length > 0) {
      const note = `${inWords(back)} ${back.length === 1 ? 'reaches' : 'reach'} it again`;
      tidings.push({ type: 'Normal', reason: 'DatastoreReachable', action: 'Reach', note });
    }
    return tidings;
  }
}

function datastoreAgent(plane: ControlPlane): Controller {
  const { objects, machines, clock, random, logger, metrics } = plane;
  const losses = new Losses();
  return new Controller({
    name: 'agent-datastores',
    clock,
    random,
    logger,
    metrics,
    sources: [
      watching(objects.datastores),
      reporting(machines, ({ kind, namespace, id }) => (kind === 'Datastore' ? [`${namespace}/${id}`] : [])),
    ],
    reconcile: async (key) => {
      const { namespace = '', name } = nameOf(key);
      const datastore = objects.datastores.get(namespace, name);
      const report = machines.datastores().get(namespace, name);
      if (datastore === undefined || report?.uid !== datastore.metadata.uid) return done;
      const cutOff = cutOffFrom(report, datastore, hostsBeside(plane, datastore), (host) => {
        return machines.host(namespace, host)?.power;
      });
      const before = datastore.status.hosts ?? [];
      for (const tidings of losses.tidings(report.uid, before, report.hosts, cutOff)) {
        plane.events.tell(datastore, 'agent', tidings);
      }
      await tellDatastore(plane, datastore, report, cutOff);
      return done;
    },
  });
}

/** The hosts that list it and are on, and do not reach it. */
export function cutOffFrom(
  { hosts }: Pick<DatastoreReport, 'hosts'>,
  { metadata }: Datastore,
  known: readonly Host[],
  powerOf: (host: string) => HostPower | undefined,
): string[] {
  const reached = new Set(hosts);
  return known
    .filter(({ spec }) => spec.datastores?.includes(metadata.name))
    .map((host) => host.metadata.name)
    .filter((name) => !reached.has(name) && powerOf(name) === 'On');
}

/** What a Datastore's status says of what is reported. */
export function datastoreStatement(
  report: DatastoreReport,
  { metadata }: Datastore,
  known: readonly Host[],
  cutOff: readonly string[] = [],
) {
  const cabled = known.filter(({ spec }) => spec.datastores?.includes(metadata.name)).length;
  const fields = {
    observedGeneration: metadata.generation ?? 0,
    capacity: formatBytes(report.capacity),
    free: formatBytes(report.free),
    hosts: [...report.hosts],
    orphans:
      report.orphans.length === 0
        ? undefined
        : report.orphans.map((file) => ({ ...file, size: formatBytes(file.size) })),
  };
  return { fields, said: [readyOf(report.hosts, cabled, cutOff)] as const };
}

/** The same of a Network. */
export function networkStatement({ hosts }: NetworkReport, { metadata }: Network, known: readonly Host[]) {
  const cabled = known.filter(({ spec }) => spec.networks?.some(({ name }) => name === metadata.name)).length;
  return {
    fields: { observedGeneration: metadata.generation ?? 0, hosts: [...hosts] },
    said: [readyOf(hosts, cabled)] as const,
  };
}

function hostsBeside({ objects }: ControlPlane, { metadata }: Datastore | Network): readonly Host[] {
  return objects.hosts.view().list(metadata.namespace ?? '');
}

/** Rejects when what is urgent could not be written. */
async function tellDatastore(
  plane: ControlPlane,
  datastore: Datastore,
  report: DatastoreReport,
  cutOff: readonly string[],
): Promise<void> {
  const { status } = datastore;
  const {
    fields: wanted,
    said: [ready],
  } = datastoreStatement(report, datastore, hostsBeside(plane, datastore), cutOff);
  const { observedGeneration } = wanted;
  const { free: _, ...rest } = wanted;
  const isState =
    !isSaid(status.conditions, ready) ||
    !isSaid(status.conditions, settled) ||
    Object.entries(rest).some(([name, value]) => !deepEqual((status as Record<string, unknown>)[name], value));
  if (!isState && status.free === wanted.free && !plane.status.datastores.isBusy(datastore)) return;
  const context = { now: rfc3339(plane.clock.now()), order: commonConditions, observedGeneration };
  const writing = plane.status.datastores.contribute(
    'agent',
    datastore,
    (draft) => {
      Object.assign(draft, wanted);
      if (wanted.orphans === undefined) delete draft.orphans;
      say(draft, [ready, settled], context);
    },
    { isUrgent: isState, replaces: 'report' },
  );
  if (isState) await writing;
}

function networkAgent(plane: ControlPlane): Controller {
  const { objects, machines, clock, random, logger, metrics } = plane;
  return new Controller({
    name: 'agent-networks',
    clock,
    random,
    logger,
    metrics,
    sources: [
      watching(objects.networks),
      reporting(machines, ({ kind, namespace, id }) => (kind === 'Network' ? [`${namespace}/${id}`] : [])),
    ],
    reconcile: async (key) => {
      const { namespace = '', name } = nameOf(key);
      const network = objects.networks.get(namespace, name);
      const report = machines.networks().get(namespace, name);
      if (network !== undefined && report?.uid === network.metadata.uid) await tellNetwork(plane, network, report);
      return done;
    },
  });
}

async function tellNetwork(plane: ControlPlane, network: Network, report: NetworkReport): Promise<void> {
  const { status } = network;
  const {
    fields,
    said: [ready],
  } = networkStatement(report, network, hostsBeside(plane, network));
  const { observedGeneration } = fields;
  const isCurrent = status.observedGeneration === observedGeneration && deepEqual(status.hosts, fields.hosts);
  const isSettled = isSaid(status.conditions, ready) && isSaid(status.conditions, settled);
  if (isCurrent && isSettled && !plane.status.networks.isBusy(network)) return;
  const context = { now: rfc3339(plane.clock.now()), order: commonConditions, observedGeneration };
  await plane.status.networks.contribute(
    'agent',
    network,
    (draft) => {
      Object.assign(draft, fields);
      say(draft, [ready, settled], context);
    },
    { replaces: 'report' },
  );
}
