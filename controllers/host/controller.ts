import { hostConditions } from '../../src/api/conditions.ts';
import type { Host } from '../../src/api/host.ts';
import { hosts } from '../../src/api/resources.ts';
import { rfc3339, SECOND } from '../../src/base/units.ts';
import { ApiError } from '../../src/client/port.ts';
import { BackendError, type MachineReport } from '../../src/hypervisor/backend.ts';
import type { ThingChange } from '../../src/informer/machines.ts';
import { isSaid } from '../../src/model/said.ts';
import { say } from '../../src/runtime/conditions.ts';
import type { ControlPlane } from '../../src/runtime/control-plane.ts';
import { Controller, done, type Outcome, requeueAfter } from '../../src/runtime/controller.ts';
import { addFinalizer, removeFinalizer } from '../../src/runtime/finalizers.ts';
import { type Key, nameOf } from '../../src/runtime/keys.ts';
import { reporting, watching } from '../../src/runtime/source.ts';
import { decide, type HostDecision, type HostOrder } from './decide.ts';
import { eventsOf } from './events.ts';
import { FINALIZER, hostInput } from './input.ts';
import { conditionsFor } from './status.ts';

const CONCURRENCY = 16;
/** Between two looks while nothing is heard, or an order was refused. */
const RETRY = SECOND;

/** Gives hosts the power and maintenance that their specs ask for, and lets go of those that are deleted. */
export function hostController(plane: ControlPlane): Controller {
  const keeper = new HostKeeper(plane);
  const { objects, machines, clock, random, logger, metrics } = plane;
  const waiting = (namespace: string, names: readonly (string | undefined)[]) =>
    names.flatMap((name) => {
      const host = name === undefined ? undefined : objects.hosts.get(namespace, name);
      return host !== undefined && waitsForGuests(host) ? [`${namespace}/${name}`] : [];
    });
  return new Controller({
    name: 'host',
    clock,
    random,
    logger,
    metrics,
    concurrency: CONCURRENCY,
    sources: [
      watching(objects.hosts),
      // Of its guests, only that they go matters here, and only to a host that waits for it.
      watching(objects.virtualMachines, ({ namespace, before, after }) => {
        const isGoing = after === undefined || after.metadata.deletionTimestamp !== before?.metadata.deletionTimestamp;
        return isGoing ? waiting(namespace, [(after ?? before)?.status.host]) : [];
      }),
      reporting(machines, ({ kind, namespace, id, before, after }) => {
        if (kind === 'Host') return isOtherState(before, after) ? [`${namespace}/${id}`] : [];
        if (kind !== 'Machine') return [];
        const old = before as MachineReport | undefined;
        const now = after as MachineReport | undefined;
        if (old?.power === now?.power && old?.host === now?.host) return [];
        return waiting(namespace, [old?.host, now?.host]);
      }),
    ],
    reconcile: (key) => keeper.reconcile(key),
  });
}

/** What it uses, which reports tell all the time, asks for nothing here. */
function isOtherState(before: ThingChange['before'], after: ThingChange['after']): boolean {
  if (before?.kind !== 'Host' || after?.kind !== 'Host') return true;
  return (
    before.uid !== after.uid ||
    before.power !== after.power ||
    before.lostPower !== after.lostPower ||
    before.connection !== after.connection ||
    before.maintenance !== after.maintenance
  );
}

/** What it is told next hangs on its guests: it is to be empty. Otherwise a rack that starts asks for nothing here. */
function waitsForGuests({ spec, metadata }: Host): boolean {
  const isLeaving = metadata.deletionTimestamp !== undefined;
  return isLeaving || spec.maintenance === true || (spec.power !== undefined && spec.power !== 'On');
}

class HostKeeper {
  readonly #plane: ControlPlane;

  constructor(plane: ControlPlane) {
    this.#plane = plane;
  }

  async reconcile(key: Key): Promise<Outcome> {
    const { namespace = '', name } = nameOf(key);
    const { objects, machines } = this.#plane;
    const host = objects.hosts.get(namespace, name);
    if (host === undefined) return done;
    const vms = objects.virtualMachines.view();
    const isHeard = machines.connection === 'Connected';
    const decision = decide(
      hostInput({
        host,
        isHeard,
        report: machines.host(namespace, name),
        machines: machines.machines().by('host', namespace, name),
        residents: vms.by('host', namespace, name),
        vmOf: ({ uid }) => vms.by('uid', namespace, uid)[0],
      }),
    );
    const said = this.#say(host, decision);
    for (const order of decision.orders) {
      if (!(await this.#carryOut(host, order))) return requeueAfter(RETRY);
    }
    // What could not be written is decided, and said, again.
    await said;
    return isHeard ? done : requeueAfter(RETRY);
  }

  /** False when it has to be tried again. */
  async #carryOut(host: Host, order: HostOrder): Promise<boolean> {
    const { client, backend, objects } = this.#plane;
    const name = { namespace: host.metadata.namespace ?? '', name: host.metadata.name };
    try {
      if (order.order === 'AddFinalizer') objects.hosts.overlay(await addFinalizer(client, hosts, host, FINALIZER));
      else if (order.order === 'Release') await removeFinalizer(client, hosts, host, FINALIZER);
      else if (order.order === 'SetPower') await backend.setHostPower(name, order.power);
      else await backend.setHostMaintenance(name, order.maintenance);
      return true;
    } catch (error) {
      // The finalizer is added to the object as it was read; agents write its status all the time.
      const isMoved = error instanceof ApiError && error.code === 409;
      if (!isMoved && !(error instanceof BackendError)) throw error;
      this.#plane.logger.debug(
        { host: host.metadata.name, order: order.order, error: error.message },
        'an order could not be carried out yet',
      );
      return false;
    }
  }

  /** What is said becomes known with its events, which are told once it is written. Undefined: it has been said already. */
  #say(host: Host, decision: HostDecision): Promise<void> | undefined {
    const said = conditionsFor(decision);
    const observedGeneration = host.metadata.generation ?? 0;
    const { status } = host;
    const isCurrent = status.observedGeneration === observedGeneration && status.maintenance === decision.maintenance;
    if (isCurrent && said.every((condition) => isSaid(status.conditions, condition))) return undefined;
    const context = { now: rfc3339(this.#plane.clock.now()), order: hostConditions, observedGeneration };
    const writing = this.#plane.status.hosts.contribute(
      'host',
      host,
      (draft) => {
        draft.observedGeneration = observedGeneration;
        draft.maintenance = decision.maintenance;
        say(draft, said, context);
      },
      { replaces: 'host' },
    );
    const told = writing.then((written) => {
      if (written === undefined) return;
      for (const event of eventsOf(status, decision)) this.#plane.events.tell(written, 'host', event);
    });
    // An order that is refused comes before what could not be written; that is then said again.
    told.catch(() => {});
    return told;
  }
}
