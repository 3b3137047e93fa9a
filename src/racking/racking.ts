/**
 * The datacenter's side of the API: what is bolted in (Hosts, Datastores, Networks, the Clock, what guests do) is taken
 * from objects and kept in step with them. It only bolts and unbolts; every act of management comes through Backend.
 */
import type { Clock as ClockObject } from '../api/clock.ts';
import { commonConditions } from '../api/conditions.ts';
import type { Datastore } from '../api/datastore.ts';
import { CLOCK_NAME, clockDefaults } from '../api/defaults.ts';
import type { Fault } from '../api/fault.ts';
import type { Host } from '../api/host.ts';
import { machineDefaults } from '../api/machine-defaults.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Network } from '../api/network.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../api/virtual-machine-template.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { rfc3339, rfc3339Milli, SECOND } from '../base/units.ts';
import type { Datacenter } from '../hypervisor/datacenter.ts';
import type { Change, Informer } from '../informer/informer.ts';
import { say } from '../runtime/conditions.ts';
import { Controller, done, requeueAfter } from '../runtime/controller.ts';
import { type Key, nameOf } from '../runtime/keys.ts';
import { type Source, watching } from '../runtime/source.ts';
import type { StatusWriter } from '../runtime/status-writer.ts';
import { FaultRacking, healStrays } from './faults.ts';
import { datastoreHardware, hostHardware, networkHardware } from './hardware.ts';
import { readColumn, type WorkloadSpec, workloadOf } from './workload.ts';

/** A ConfigMap, as far as a trace needs it. */
export interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export interface RackingObjects {
  readonly hosts: Informer<Host>;
  readonly datastores: Informer<Datastore>;
  readonly networks: Informer<Network>;
  readonly clocks: Informer<ClockObject>;
  readonly virtualMachines: Informer<VirtualMachine, 'uid' | 'template' | 'trace'>;
  readonly virtualMachineTemplates: Informer<VirtualMachineTemplate>;
  readonly configMaps: Informer<ConfigMap>;
  readonly faults: Informer<Fault, 'uid' | 'machine'>;
}

export interface RackingOptions {
  readonly datacenter: Datacenter;
  readonly objects: RackingObjects;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly clockStatus: StatusWriter<ClockObject>;
  readonly faultStatus: StatusWriter<Fault>;
  /** From when `afterSeconds` of faults counts, in ms of simulated time; left out: from when each is first seen. */
  readonly faultsFrom?: number | undefined;
  /** Speed of a namespace without a Clock. */
  readonly speed: number;
  /** So often at least, in ms, the time of a Clock that runs is written again for people; left out: when it changes. */
  readonly clockRefreshMs?: number | undefined;
  /** A file on the datacenter's machine as text; throws when it cannot be read. */
  readonly readFile: (path: string) => string;
}

/** How a VirtualMachine is found by the ConfigMap that its trace is in. */
export function traceIndex({ spec }: VirtualMachine): readonly string[] {
  const name = spec.workload?.trace?.configMap;
  return name === undefined ? [] : [name];
}

export interface RackingControllers {
  readonly controllers: readonly Controller[];
  /** A namespace's time goes another way than before. */
  clockChanged(namespace: string): void;
  /** Faults of a namespace, by their uids, are otherwise than before. */
  faultsChanged(namespace: string, uids: readonly string[]): void;
}

/** The controllers that bolt in and unbolt; keys are `namespace/name`, for guests with the uid. */
export function rackingControllers(options: RackingOptions): RackingControllers {
  const faults = new FaultRacking(options);
  const broken = faultController(options, faults);
  const controllers = [...boltingControllers(options), broken];
  const clocks = controllers.find(({ name }) => name === 'racking-clocks')!;
  return {
    controllers,
    clockChanged: (namespace) => clocks.add(`${namespace}/${CLOCK_NAME}`),
    faultsChanged: (namespace, uids) => {
      for (const uid of uids) {
        const key = faults.keyOf(namespace, uid);
        if (key !== undefined) broken.add(key);
      }
    },
  };
}

function faultController({ objects, clock, random, logger }: RackingOptions, faults: FaultRacking): Controller {
  const isOther = ({ before, after }: Change<VirtualMachine>) => before?.metadata.uid !== after?.metadata.uid;
  return new Controller({
    name: 'racking-faults',
    clock,
    random,
    logger,
    concurrency: 64,
    sources: [
      watching(objects.faults),
      // Which machine bears the name now.
      watching(objects.virtualMachines, (change) =>
        change.isInitial || isOther(change) ? faults.keysOf(change.namespace, change.name) : [],
      ),
    ],
    reconcile: (key) => faults.reconcile(key),
  });
}

function boltingControllers(options: RackingOptions): Controller[] {
  const racking = new Racking(options);
  const { objects, clock, random, logger } = options;
  const all = { clock, random, logger, concurrency: 64 };
  const vmsOf = (index: 'template' | 'trace', { namespace, name }: { namespace: string; name: string }) =>
    objects.virtualMachines
      .view()
      .by(index, namespace, name)
      .map(({ metadata }) => `${namespace}/${metadata.name}`);
  return [
    new Controller({
      ...all,
      name: 'racking-hosts',
      sources: [
        watching(objects.hosts),
        // The speed of a network counts for the hosts that give none themselves.
        watching(objects.networks, ({ namespace }) => keysIn(objects.hosts, namespace)),
      ],
      reconcile: (key) => racking.host(key),
    }),
    new Controller({
      ...all,
      name: 'racking-datastores',
      sources: [watching(objects.datastores)],
      reconcile: (key) => racking.datastore(key),
    }),
    new Controller({
      ...all,
      name: 'racking-networks',
      sources: [watching(objects.networks)],
      reconcile: (key) => racking.network(key),
    }),
    new Controller({
      ...all,
      name: 'racking-clocks',
      sources: [watching(objects.clocks), watching(objects.hosts, ({ namespace }) => [`${namespace}/${CLOCK_NAME}`])],
      reconcile: (key) => racking.clock(key),
    }),
    new Controller({
      ...all,
      name: 'racking-worlds',
      sources: [
        ...kindsOf(objects).map((informer) =>
          watching(informer, ({ namespace, after }) => (after === undefined ? [namespace] : [])),
        ),
        keptBy(options),
      ],
      reconcile: (namespace) => racking.world(namespace),
    }),
    new Controller({
      ...all,
      name: 'racking-guests',
      sources: [
        watching(objects.virtualMachines, (change) =>
          isGuestNews(change) ? [`${change.namespace}/${change.name}`] : [],
        ),
        watching(objects.virtualMachineTemplates, (change) => vmsOf('template', change)),
        watching(objects.configMaps, (change) => vmsOf('trace', change)),
      ],
      reconcile: (key) => racking.guest(key),
    }),
  ];
}

/** Namespaces that the datacenter has on its disk: what was in them may have gone while it was down. */
function keptBy({ datacenter }: RackingOptions): Source {
  return { synced: Promise.resolve(), subscribe: () => () => {}, keys: () => datacenter.namespaces };
}

/** The kinds without which there is no world. */
function kindsOf({ hosts, datastores, networks, clocks, virtualMachines, faults }: RackingObjects) {
  const kinds = [hosts, datastores, networks, clocks, virtualMachines, faults];
  return kinds as unknown as readonly Informer<KubeObject>[];
}

function keysIn<T extends KubeObject>(informer: Informer<T>, namespace: string): Key[] {
  return informer
    .view()
    .list(namespace)
    .map(({ metadata }) => `${namespace}/${metadata.name}`);
}

function isGuestNews({ before, after }: Change<VirtualMachine>): boolean {
  if (before === undefined || after === undefined) return true;
  return before.metadata.uid !== after.metadata.uid || before.metadata.generation !== after.metadata.generation;
}

class Racking {
  readonly #options: RackingOptions;
  /** The uid whose guest was told of last, by the key of its object. */
  readonly #guests = new Map<Key, { readonly namespace: string; readonly uid: string }>();

  constructor(options: RackingOptions) {
    this.#options = options;
  }

  host(key: Key) {
    const { objects, datacenter } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const host = objects.hosts.get(namespace, name);
    if (host === undefined) datacenter.find(namespace) && datacenter.world(namespace).removeHost(name);
    else {
      const mbps = (network: string) => objects.networks.get(namespace, network)?.spec?.mbps;
      datacenter.world(namespace).upsertHost(hostHardware(host, mbps));
    }
    return done;
  }

  datastore(key: Key) {
    const { objects, datacenter } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const datastore = objects.datastores.get(namespace, name);
    if (datastore === undefined) datacenter.find(namespace) && datacenter.world(namespace).removeDatastore(name);
    else datacenter.world(namespace).upsertDatastore(datastoreHardware(datastore));
    return done;
  }

  network(key: Key) {
    const { objects, datacenter } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const network = objects.networks.get(namespace, name);
    if (network === undefined) datacenter.find(namespace) && datacenter.world(namespace).removeNetwork(name);
    else datacenter.world(namespace).upsertNetwork(networkHardware(network));
    return done;
  }

  async clock(key: Key) {
    const { objects, datacenter, speed } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const object = objects.clocks.get(namespace, name);
    if (name !== CLOCK_NAME || (object === undefined && datacenter.find(namespace) === undefined)) return done;
    const spec = object?.spec;
    const advanceTo = spec?.advanceTo === undefined ? {} : { advanceTo: Date.parse(spec.advanceTo) };
    datacenter.world(namespace).setClock({ speed: spec?.speed ?? speed, paused: spec?.paused ?? false, ...advanceTo });
    // A status that could not be written is contributed again.
    const wait = await this.#tellClock(namespace);
    return wait === undefined ? done : requeueAfter(wait);
  }

  /** Ends the world of a namespace in which nothing of ours is left. */
  world(namespace: string) {
    const { objects, datacenter } = this.#options;
    const isEmpty = kindsOf(objects).every((informer) => informer.view().list(namespace).length === 0);
    if (!isEmpty || datacenter.find(namespace) === undefined) return done;
    // Its machines are ended by whoever manages them.
    if (
      datacenter
        .find(namespace)!
        .snapshot()
        .some(({ kind }) => kind === 'Machine')
    )
      return requeueAfter(SECOND);
    datacenter.remove(namespace);
    return done;
  }

  /** Resolves with the milliseconds after which the time is to be told again, if it is. */
  async #tellClock(namespace: string): Promise<number | undefined> {
    const { objects, datacenter, clockStatus, clock } = this.#options;
    const object = objects.clocks.get(namespace, CLOCK_NAME);
    if (object === undefined) return undefined;
    const { anchorSim, anchorReal, speed, time } = datacenter.world(namespace).clockStatus();
    const observedGeneration = object.metadata.generation ?? 0;
    const wanted = {
      observedGeneration,
      speed,
      anchorSim: rfc3339Milli(anchorSim),
      anchorReal: rfc3339Milli(anchorReal),
    };
    const { status } = object;
    const isTold = (['observedGeneration', 'speed', 'anchorSim', 'anchorReal'] as const).every(
      (name) => status[name] === wanted[name],
    );
    const refreshMs = speed === 0 ? undefined : this.#options.clockRefreshMs;
    // What is told of the time is so old, in real milliseconds.
    const age = isTold ? (time - Date.parse(status.time ?? '')) / (speed || 1) : Number.POSITIVE_INFINITY;
    if (isTold && (refreshMs === undefined || age < refreshMs))
      return refreshMs && Math.min(refreshMs, refreshMs - age);
    const ready = { type: 'Ready', status: 'True', ...clockWords(object.spec, speed) } as const;
    const context = { now: rfc3339(clock.now()), order: commonConditions, observedGeneration };
    await clockStatus.contribute(
      'racking',
      object,
      (draft) => {
        Object.assign(draft, wanted, { time: rfc3339Milli(time) });
        say(draft, [ready], context);
      },
      { replaces: 'clock' },
    );
    return refreshMs;
  }

  guest(key: Key) {
    const { objects, datacenter } = this.#options;
    const { namespace = '', name } = nameOf(key);
    const vm = objects.virtualMachines.get(namespace, name);
    const told = this.#guests.get(key);
    if (told !== undefined && told.uid !== vm?.metadata.uid) {
      this.#guests.delete(key);
      if (datacenter.find(namespace) !== undefined) datacenter.world(namespace).removeHints(told.uid);
    }
    if (vm === undefined) return done;
    const { uid } = vm.metadata;
    this.#guests.set(key, { namespace, uid });
    const template =
      vm.spec.template === undefined ? undefined : objects.virtualMachineTemplates.get(namespace, vm.spec.template);
    const workload: WorkloadSpec = vm.spec.workload ?? template?.spec.workload ?? machineDefaults.workload;
    const restartPolicy = vm.spec.restartPolicy ?? template?.spec.restartPolicy ?? machineDefaults.restartPolicy;
    const percents = this.#column(namespace, name, workload.trace);
    datacenter.world(namespace).setHints(uid, { workload: workloadOf(workload, percents), restartPolicy });
    return done;
  }

  /** The column of a trace; a guest whose trace is missing is idle, and the log says so. */
  #column(
    namespace: string,
    name: string,
    trace: { configMap?: string; file?: string } | undefined,
  ): readonly number[] {
    if (trace === undefined) return [];
    const { objects, readFile, logger } = this.#options;
    const log = (reason: string) => logger.warn({ namespace, vm: name }, `${reason}; its guest is idle until then`);
    if (trace.configMap !== undefined) {
      const data = objects.configMaps.get(namespace, trace.configMap)?.data;
      const text = data?.['trace'] ?? Object.values(data ?? {})[0];
      if (text === undefined) log(`there is no ConfigMap ${trace.configMap} with a trace`);
      return readColumn(text ?? '');
    }
    try {
      return readColumn(readFile(trace.file ?? ''));
    } catch (error) {
      log(`the trace ${trace.file} cannot be read: ${String(error)}`);
      return [];
    }
  }
}

/** How time passes, for people. */
function clockWords(spec: ClockObject['spec'] | undefined, speed: number): { reason: string; message: string } {
  if (speed === 0) return { reason: 'Paused', message: 'time stands still' };
  const pace = `a second lasts ${+(1 / speed).toPrecision(3)} s of real time`;
  if (spec?.paused) return { reason: 'Advancing', message: `until ${spec.advanceTo}; ${pace}` };
  const wanted = spec?.speed ?? clockDefaults.speed;
  if (speed >= wanted) return { reason: 'Running', message: pace };
  return { reason: 'SpeedLowered', message: `${wanted} is faster than the programs can follow, so speed is ${speed}` };
}

/** Unbolts what was bolted in before this process began and has no object any more. */
export function unboltStrays({ datacenter, objects }: RackingOptions): void {
  for (const namespace of datacenter.namespaces) {
    const world = datacenter.world(namespace);
    for (const report of datacenter.find(namespace)!.snapshot()) {
      if (report.kind === 'Host' && objects.hosts.get(namespace, report.name) === undefined)
        world.removeHost(report.name);
      if (report.kind === 'Datastore' && objects.datastores.get(namespace, report.name) === undefined)
        world.removeDatastore(report.name);
      if (report.kind === 'Network' && objects.networks.get(namespace, report.name) === undefined)
        world.removeNetwork(report.name);
    }
    healStrays({ datacenter, objects }, namespace);
  }
}
