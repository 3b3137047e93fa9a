import { virtualMachineConditions } from '../../src/api/conditions.ts';
import type { Host } from '../../src/api/host.ts';
import { sleep } from '../../src/base/clock.ts';
import { rfc3339, SECOND } from '../../src/base/units.ts';
import type { MachineReport } from '../../src/hypervisor/backend.ts';
import type { ThingChange } from '../../src/informer/machines.ts';
import { say } from '../../src/runtime/conditions.ts';
import type { ControlPlane } from '../../src/runtime/control-plane.ts';
import { Controller, done, type Outcome, requeueAfter } from '../../src/runtime/controller.ts';
import { reporting, watching } from '../../src/runtime/source.ts';
import { Arrivals } from './arrivals.ts';
import { type Decision, decide, type PlacementInput } from './decide.ts';
import { type Observation, PassMemo, placementInput } from './input.ts';
import { Newcomers, RACKING } from './newcomers.ts';
import { isOnlyWords, laterText, type PlacementStatus, placeText, statusFor, unsaid } from './status.ts';

/** How long silence from the datacenter is taken for a restart and not for its absence. */
const PATIENCE = 5 * SECOND;
const CONCURRENCY = 16;
/** A new host is mostly heard of sooner than that, and then nobody need be told that it was waited for. */
const UNTOLD = SECOND;
/** Rest after a pass, in milliseconds for each machine, about what the pass took: many that arrive then share one. */
const REST_PER_MACHINE = 0.004;

/** Admits and places the virtual machines of a namespace: one pass over all of them for each change that matters. */
export function placementController(plane: ControlPlane): Controller {
  const placement: Placement = new Placement(plane, (namespace) => controller.add(namespace));
  const { objects, machines, clock, random, logger, metrics } = plane;
  const namespaceOf = ({ namespace }: { readonly namespace: string }) => [namespace];
  const controller = new Controller({
    name: 'placement',
    clock,
    random,
    logger,
    metrics,
    // Namespaces have nothing to do with each other.
    concurrency: CONCURRENCY,
    sources: [
      watching(objects.virtualMachines, ({ namespace, before, after }) => {
        // Its own writes, and those of status by others, ask nothing of it.
        const isNews =
          before === undefined ||
          after === undefined ||
          before.metadata.uid !== after.metadata.uid ||
          before.metadata.generation !== after.metadata.generation ||
          before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp;
        return isNews ? [namespace] : [];
      }),
      watching(objects.hosts, namespaceOf),
      watching(objects.clusters, namespaceOf),
      watching(objects.resourcePools, namespaceOf),
      watching(objects.datastores, namespaceOf),
      watching(objects.networks, namespaceOf),
      watching(objects.virtualMachineTemplates, namespaceOf),
      reporting(machines, (change) => (matters(change) ? [change.namespace] : [])),
    ],
    reconcile: (namespace) => placement.reconcile(namespace),
  });
  return controller;
}

/** It is looked at again when its newcomer is heard of, or else when it can be told of, or is none any more. */
function waitOf(decisions: readonly Decision[]): Outcome {
  let wait = Number.POSITIVE_INFINITY;
  for (const { verdict } of decisions) {
    if (verdict.kind !== 'Wait') continue;
    wait = Math.min(wait, (verdict.knownMs < UNTOLD ? UNTOLD : RACKING) - verdict.knownMs);
  }
  return wait === Number.POSITIVE_INFINITY ? done : requeueAfter(wait);
}

/** Whether room, or what hangs on it, may have changed. */
function matters({ before, after }: ThingChange): boolean {
  if (before === undefined || after === undefined || before.kind !== after.kind) return true;
  if (after.kind === 'Machine') {
    const old = before as MachineReport;
    return (
      old.power !== after.power ||
      old.host !== after.host ||
      old.config !== after.config ||
      old.exit?.reason !== after.exit?.reason
    );
  }
  if (after.kind === 'Host' && before.kind === 'Host') {
    return (
      before.power !== after.power || before.connection !== after.connection || before.maintenance !== after.maintenance
    );
  }
  return after.kind === 'Datastore';
}

class Placement {
  readonly #plane: ControlPlane;
  readonly #again: (namespace: string) => void;
  readonly #memo = new PassMemo();
  readonly #arrivals = new Arrivals();
  readonly #newcomers = new Newcomers();
  /** Since when nothing is heard from the datacenter. */
  #silentSince: number | undefined;

  /** @param again has a namespace looked at again */
  constructor(plane: ControlPlane, again: (namespace: string) => void) {
    this.#plane = plane;
    this.#again = again;
    this.#silentSince = plane.clock.monotonic();
    plane.objects.virtualMachines.onChange((changes) => this.#arrivals.note(changes));
    plane.objects.hosts.onChange((changes) => this.#newcomers.note(changes, plane.clock.monotonic()));
    plane.machines.onConnection(([state]) => {
      this.#silentSince = state === 'Connected' ? undefined : plane.clock.monotonic();
    });
  }

  async reconcile(namespace: string): Promise<Outcome> {
    const wait = this.#patience();
    if (wait > 0) return requeueAfter(wait);
    const input = this.#observe(namespace);
    // Hosts applied with their machines are heard from a moment later; that moment is no event.
    const isBeingRacked = input.hosts.some(({ power }) => power === 'Unknown');
    const { decisions } = decide(input);
    const results = await Promise.allSettled(decisions.map((decision) => this.#apply(decision, isBeingRacked)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const rest = Math.floor(REST_PER_MACHINE * this.#plane.objects.virtualMachines.view().list(namespace).length);
    if (rest > 0) await sleep(this.#plane.clock, rest);
    return waitOf(decisions);
  }

  /** Milliseconds for which silence still may be a restart. */
  #patience(): number {
    if (this.#plane.machines.connection === 'Connected' || this.#silentSince === undefined) return 0;
    return this.#silentSince + PATIENCE - this.#plane.clock.monotonic();
  }

  #observe(namespace: string): PlacementInput {
    const { objects, machines } = this.#plane;
    const isHeard = machines.connection === 'Connected';
    const names = (informer: { view(): { list(namespace: string): readonly { metadata: { name: string } }[] } }) =>
      new Set(
        informer
          .view()
          .list(namespace)
          .map(({ metadata }) => metadata.name),
      );
    const hosts = objects.hosts.view().list(namespace);
    const seen: Observation = {
      namespace,
      hosts,
      beingRacked: isHeard ? this.#beingRacked(hosts) : new Map(),
      virtualMachines: objects.virtualMachines.view().list(namespace),
      hostReports: new Map(
        isHeard
          ? machines
              .hosts()
              .list(namespace)
              .map((report) => [report.name, report])
          : [],
      ),
      machineReports: new Map(
        machines
          .machines()
          .list(namespace)
          .map((report) => [report.uid, report]),
      ),
      datastoreReports: machines.datastores().list(namespace),
      templates: new Map(
        objects.virtualMachineTemplates
          .view()
          .list(namespace)
          .map((template) => [template.metadata.name, template]),
      ),
      clusters: names(objects.clusters),
      resourcePools: names(objects.resourcePools),
      networks: names(objects.networks),
      datastores: names(objects.datastores),
    };
    return placementInput(seen, this.#memo, this.#arrivals);
  }

  #beingRacked(hosts: readonly Host[]): Map<string, number> {
    const { machines, clock } = this.#plane;
    const at = { now: clock.now(), monotonic: clock.monotonic() };
    const racked = new Map<string, number>();
    for (const host of hosts) {
      const { namespace = '', name } = host.metadata;
      if (machines.host(namespace, name) !== undefined) continue;
      const knownMs = this.#newcomers.knownMs(host, at);
      if (knownMs !== undefined) racked.set(name, knownMs);
    }
    return racked;
  }

  async #apply({ candidate, verdict }: Decision, isBeingRacked: boolean): Promise<void> {
    const { status, events } = this.#plane;
    if (verdict.kind === 'Wait' && verdict.knownMs < UNTOLD) return;
    const { vm, generation } = candidate;
    const missing = unsaid(vm.status, statusFor(verdict), generation);
    if (missing === undefined) return;
    const isUrgent = !isOnlyWords(vm.status, missing, generation);
    const writing = status.virtualMachines.contribute('placement', vm, this.#recipe(missing, generation), {
      isUrgent,
      replaces: 'verdict',
    });
    // What can wait is not waited for; what could not be written is decided, and said, again.
    if (!isUrgent) {
      const { namespace = '' } = vm.metadata;
      writing.catch(() => this.#plane.clock.after(PATIENCE, () => this.#again(namespace)));
      return;
    }
    if ((await writing) === undefined) return;
    if (verdict.kind === 'Place') {
      events.tell(vm, 'placement', {
        type: 'Normal',
        reason: 'VMPlaced',
        action: 'Place',
        note: `placed on ${placeText(verdict)}`,
      });
    } else if (verdict.kind === 'Grant' && verdict.later !== undefined) {
      const { later } = verdict;
      events.tell(vm, 'placement', { type: 'Warning', reason: later.reason, action: 'Admit', note: laterText(later) });
    } else if (verdict.kind === 'Refuse' || verdict.kind === 'Deny') {
      if (isBeingRacked && verdict.reason === 'HostNotConnected') return;
      events.tell(vm, 'placement', { type: 'Warning', reason: verdict.reason, action: 'Admit', note: verdict.message });
    }
  }

  #recipe(missing: PlacementStatus, observedGeneration: number) {
    const context = { now: rfc3339(this.#plane.clock.now()), order: virtualMachineConditions, observedGeneration };
    return (status: { host?: string | undefined; conditions?: readonly object[] | undefined }) => {
      if (missing.host !== undefined) status.host = missing.host;
      say(status, missing.conditions, context);
    };
  }
}
