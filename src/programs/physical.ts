/** The datacenter and what bolts things into it, made of a client, a journal and a clock: for the program and for `sim`. */
import type { Clock as ClockObject } from '../api/clock.ts';
import type { Kind } from '../api/conditions.ts';
import type { Fault } from '../api/fault.ts';
import type { KubeObject, ResourceType } from '../api/meta.ts';
import { mayWrite, type Writer } from '../api/ownership.ts';
import * as resources from '../api/resources.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/port.ts';
import { configMaps } from '../client/well-known.ts';
import { Datacenter, type DatacenterOptions } from '../hypervisor/datacenter.ts';
import { Absence } from '../informer/absence.ts';
import { Informer, type InformerOptions, withoutManagedFields } from '../informer/informer.ts';
import { faultIndexes } from '../racking/faults.ts';
import {
  type RackingControllers,
  type RackingObjects,
  rackingControllers,
  traceIndex,
  unboltStrays,
} from '../racking/racking.ts';
import { Manager } from '../runtime/manager.ts';
import { StatusWriter } from '../runtime/status-writer.ts';

export interface PhysicalOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Only these; left out: all. */
  readonly namespaces?: readonly string[] | undefined;
  /** Of namespaces without a Clock. */
  readonly speed: number;
  /** So often, in ms, the time of each Clock is written for people; left out: when it changes. */
  readonly clockRefreshMs?: number | undefined;
  readonly readFile: (path: string) => string;
  /** From when `afterSeconds` of faults counts, in ms of simulated time; left out: from when each is first seen. */
  readonly faultsFrom?: number | undefined;
  readonly datacenter: Omit<
    DatacenterOptions,
    'clock' | 'logger' | 'isMine' | 'clockChanged' | 'faultsChanged' | 'speed'
  >;
}

export interface Physical {
  readonly datacenter: Datacenter;
  readonly manager: Manager;
  /** Its caches, for whoever looks on. */
  readonly informers: readonly Informer<KubeObject>[];
  /** Resolves when everything that is described has been bolted in once. */
  readonly synced: Promise<void>;
}

/** Throws OrreryError when the journal cannot be used. */
export function createPhysical(options: PhysicalOptions): Physical {
  const { client, clock, random, logger, namespaces, speed, readFile } = options;
  const mine = namespaces === undefined ? undefined : new Set(namespaces);
  let controllers: RackingControllers | undefined;
  const datacenter = new Datacenter({
    ...options.datacenter,
    clock,
    logger,
    speed,
    ...(mine === undefined ? {} : { isMine: (namespace) => mine.has(namespace) }),
    clockChanged: (namespace) => controllers?.clockChanged(namespace),
    faultsChanged: (namespace, uids) => controllers?.faultsChanged(namespace, uids),
  });
  const objects = createObjects(options);
  const clockStatus = new StatusWriter<ClockObject>({
    client,
    clock,
    logger,
    type: resources.clocks,
    source: objects.clocks,
    mayWrite: (controller, path) => mayWrite(controller as Writer, 'Clock' satisfies Kind, path),
  });
  const faultStatus = new StatusWriter<Fault>({
    client,
    clock,
    logger,
    type: resources.faults,
    source: objects.faults,
    mayWrite: (controller, path) => mayWrite(controller as Writer, 'Fault' satisfies Kind, path),
  });
  const { faultsFrom, clockRefreshMs } = options;
  const told = { clockStatus, faultStatus, faultsFrom, clockRefreshMs };
  const racking = { datacenter, objects, ...told, clock, random, logger, speed, readFile };
  controllers = rackingControllers(racking);
  const caches = Object.values(objects) as unknown as readonly { start(): void; stop(): void; synced: Promise<void> }[];
  const manager = new Manager({
    clock,
    logger,
    caches,
    controllers: controllers.controllers,
    writers: [clockStatus, faultStatus],
  });
  const synced = Promise.all(caches.map((cache) => cache.synced)).then(() => unboltStrays(racking));
  const informers = Object.values(objects) as unknown as readonly Informer<KubeObject>[];
  return { datacenter, manager, informers, synced };
}

function createObjects({ client, clock, random, logger, namespaces }: PhysicalOptions): RackingObjects {
  const common = {
    client,
    clock,
    random: random.split('racking'),
    logger,
    absence: new Absence(logger),
    namespaces,
    transform: withoutManagedFields,
  };
  const informer = <T extends KubeObject>(type: ResourceType) =>
    new Informer<T>({ ...common, type } as InformerOptions<T>);
  return {
    hosts: informer(resources.hosts),
    datastores: informer(resources.datastores),
    networks: informer(resources.networks),
    clocks: informer(resources.clocks),
    virtualMachines: new Informer({
      ...common,
      type: resources.virtualMachines,
      indexes: {
        uid: ({ metadata }: VirtualMachine) => [metadata.uid],
        template: ({ spec }: VirtualMachine) => (spec.template === undefined ? [] : [spec.template]),
        trace: traceIndex,
      },
    } as InformerOptions<VirtualMachine, 'uid' | 'template' | 'trace'>),
    virtualMachineTemplates: informer(resources.virtualMachineTemplates),
    configMaps: informer(configMaps),
    faults: new Informer({
      ...common,
      type: resources.faults,
      indexes: faultIndexes,
    } as InformerOptions<Fault, 'uid' | 'machine'>),
  };
}
