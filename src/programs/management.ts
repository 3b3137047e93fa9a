/** The controllers and all that they stand on, made of a client, the machines and a clock: for the program and for `sim`. */
import { hostController } from '../../controllers/host/controller.ts';
import { placementController } from '../../controllers/placement/controller.ts';
import { powerController } from '../../controllers/power/controller.ts';
import { type AnyObject, unservedController } from '../../controllers/unserved/controller.ts';
import { hostAgent } from '../agent/host-agent.ts';
import { machineAgent } from '../agent/machine-agent.ts';
import { tellOccurrences } from '../agent/occurrences.ts';
import { storageAgents } from '../agent/storage-agent.ts';
import type { Kind } from '../api/conditions.ts';
import { commonConditions, conditionOrder } from '../api/conditions.ts';
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { mayWrite, type Writer } from '../api/ownership.ts';
import * as resources from '../api/resources.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { rfc3339 } from '../base/units.ts';
import type { Client } from '../client/port.ts';
import type { Backend } from '../hypervisor/backend.ts';
import { Absence } from '../informer/absence.ts';
import { Informer, type InformerOptions, withoutManagedFields } from '../informer/informer.ts';
import { Machines } from '../informer/machines.ts';
import { say } from '../runtime/conditions.ts';
import type { ControlPlane, Objects, StatusWriters, VirtualMachineIndex } from '../runtime/control-plane.ts';
import type { Controller } from '../runtime/controller.ts';
import type { EventInput } from '../runtime/event-correlator.ts';
import { EventRecorder } from '../runtime/event-recorder.ts';
import { LeaderElection } from '../runtime/leader-election.ts';
import { Manager } from '../runtime/manager.ts';
import { SimulatedTime } from '../runtime/simulated-time.ts';
import { type StatusSource, StatusWriter } from '../runtime/status-writer.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { leaseName } from './lease-name.ts';

export interface ManagementOptions {
  readonly client: Client;
  readonly backend: Backend;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
  /** Only these; left out: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Only these controllers (`controllerNames`); left out: all. */
  readonly only?: readonly string[] | undefined;
  /** Of this process, in leases and events. */
  readonly identity: string;
  /** Simulated seconds per second of namespaces without a Clock, as the datacenter has it. */
  readonly speed?: number | undefined;
  /** Told of every event before events are counted together. */
  readonly onOccurrence?: ((controller: string, input: EventInput) => void) | undefined;
  /** Where the lease is; left out: there is no other replica, and none is taken. */
  readonly leaseNamespace?: string | undefined;
}

/** What `--only` can name. */
export const controllerNames = ['placement', 'power', 'host', 'agent', 'unserved'] as const;
export type ControllerName = (typeof controllerNames)[number];

/** Kinds that no controller decides on yet, beside those of `Kinds` that are served in part. */
const unserved = [
  resources.migrations,
  resources.recommendations,
  resources.clones,
  resources.snapshots,
  resources.virtualAppliances,
];

const virtualMachineIndexes: Readonly<Record<VirtualMachineIndex, (vm: VirtualMachine) => readonly string[]>> = {
  uid: ({ metadata }) => [metadata.uid],
  template: ({ spec }) => (spec.template === undefined ? [] : [spec.template]),
  cluster: ({ spec }) => (spec.cluster === undefined ? [] : [spec.cluster]),
  host: ({ status }) => (status.host === undefined ? [] : [status.host]),
};

export interface Management {
  readonly manager: Manager;
  readonly plane: ControlPlane;
  readonly recorder: EventRecorder;
  /** Its caches, for whoever looks on. */
  readonly informers: readonly Informer<KubeObject>[];
  /** Resolves when every cache has been loaded once. */
  readonly synced: Promise<void>;
}

export function createManagement(options: ManagementOptions): Management {
  const { client, backend, clock, random, logger, metrics, namespaces, identity } = options;
  const absence = new Absence(logger);
  const common = { client, clock, random, logger, absence, namespaces, transform: withoutManagedFields };
  const objects = createObjects(common);
  const others = unserved.map((type) => new Informer<AnyObject>({ ...common, type } as InformerOptions<AnyObject>));
  const machines = new Machines({ backend, clock, random, logger, namespaces });
  const writers = new Writers(options);
  const status = createWriters(objects, writers);
  const recorder = new EventRecorder({
    client,
    clock,
    random,
    logger,
    metrics,
    instance: identity,
    isBusy: () => writers.pending > 0,
    ...(options.onOccurrence === undefined ? {} : { onOccurrence: options.onOccurrence }),
  });
  const plane: ControlPlane = {
    client,
    backend,
    objects,
    machines,
    status,
    clock,
    time: new SimulatedTime({ clock, clocks: objects.clocks, speed: options.speed ?? 1 }),
    random,
    logger,
    metrics,
    events: {
      tell: (regarding, controller, tidings) => recorder.of(`orrery.dev/${controller}`)({ regarding, ...tidings }),
    },
  };
  const controllers = createControllers(plane, others, writers, options.only);
  const caches = [...Object.values(objects), ...others, machines];
  const manager = new Manager({
    clock,
    logger,
    caches: caches as readonly { start(): void; stop(): void }[],
    controllers,
    writers: writers.all,
    recorder,
    election: election(options),
  });
  const synced = Promise.all([...Object.values(objects), ...others].map((informer) => informer.synced)).then(() => {});
  const informers = [...Object.values(objects), ...others] as unknown as readonly Informer<KubeObject>[];
  return { manager, plane, recorder, informers, synced };
}

type Common = Pick<InformerOptions<KubeObject>, 'client' | 'clock' | 'random' | 'logger' | 'namespaces'>;

function createObjects(common: Common): Objects {
  const informer = <T extends KubeObject>(type: ResourceType) =>
    new Informer<T>({ ...common, type } as InformerOptions<T>);
  return {
    hosts: informer(resources.hosts),
    virtualMachines: new Informer({
      ...common,
      type: resources.virtualMachines,
      indexes: virtualMachineIndexes,
    } as InformerOptions<VirtualMachine, VirtualMachineIndex>),
    clusters: informer(resources.clusters),
    resourcePools: informer(resources.resourcePools),
    datastores: informer(resources.datastores),
    networks: informer(resources.networks),
    virtualMachineTemplates: informer(resources.virtualMachineTemplates),
    clocks: informer(resources.clocks),
  };
}

/** Makes status writers, and knows how much they still have to write. */
class Writers {
  readonly all: StatusWriter<AnyObject>[] = [];
  readonly #options: ManagementOptions;

  constructor(options: ManagementOptions) {
    this.#options = options;
  }

  get pending(): number {
    return this.all.reduce((sum, writer) => sum + writer.pending, 0);
  }

  of(type: ResourceType, source: StatusSource<AnyObject>): StatusWriter<AnyObject> {
    const { client, clock, logger, metrics } = this.#options;
    const kind = type.kind as Kind;
    const writer = new StatusWriter<AnyObject>({
      client,
      type,
      source,
      clock,
      logger,
      metrics,
      mayWrite: (controller, path) => mayWrite(controller as Writer, kind, path),
      // kstatus-right from the first write, whoever makes it.
      initial: (draft, object) => {
        draft.observedGeneration = object.metadata.generation ?? 0;
        const said = { status: 'False', reason: 'Pending', message: 'has just been seen' } as const;
        const now = rfc3339(clock.now());
        const order = conditionOrder[kind] ?? commonConditions;
        const observedGeneration = object.metadata.generation ?? 0;
        const ready = { type: 'Ready', ...said };
        const reconciling = { type: 'Reconciling', ...said, status: 'True' } as const;
        const isServed = !unserved.some((other) => other.kind === kind);
        say(draft as never, isServed ? [ready, reconciling] : [ready], { now, order, observedGeneration });
      },
    });
    this.all.push(writer);
    return writer;
  }
}

function createWriters(objects: Objects, writers: Writers): StatusWriters {
  const entries = Object.entries(objects).map(([name, informer]) => [
    name,
    writers.of(informer.type, informer as unknown as StatusSource<AnyObject>),
  ]);
  return Object.fromEntries(entries) as StatusWriters;
}

function createControllers(
  plane: ControlPlane,
  others: readonly Informer<AnyObject>[],
  writers: Writers,
  only: readonly string[] | undefined,
): Controller[] {
  const isWanted = (name: ControllerName) => only === undefined || only.includes(name);
  const controllers: Controller[] = [];
  if (isWanted('placement')) controllers.push(placementController(plane));
  if (isWanted('power')) controllers.push(powerController(plane));
  if (isWanted('host')) controllers.push(hostController(plane));
  if (isWanted('agent')) {
    controllers.push(hostAgent(plane), machineAgent(plane), ...storageAgents(plane));
    tellOccurrences(plane);
  }
  if (isWanted('unserved')) {
    const { clusters, resourcePools, virtualMachineTemplates } = plane.objects;
    const { status } = plane;
    const partly = [
      { informer: clusters, writer: status.clusters },
      { informer: resourcePools, writer: status.resourcePools },
      { informer: virtualMachineTemplates, writer: status.virtualMachineTemplates },
    ] as unknown as { informer: Informer<AnyObject>; writer: StatusWriter<AnyObject> }[];
    const wholly = others.map((informer) => ({ informer, writer: writers.of(informer.type, informer) }));
    for (const kind of [...partly, ...wholly]) controllers.push(unservedController(kind, plane));
  }
  return controllers;
}

function election({ client, clock, random, logger, metrics, identity, leaseNamespace, ...share }: ManagementOptions) {
  if (leaseNamespace === undefined) return undefined;
  const name = leaseName(share);
  return new LeaderElection({ client, clock, random, logger, metrics, namespace: leaseNamespace, name, identity });
}
