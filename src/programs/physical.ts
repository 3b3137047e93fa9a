/** The datacenter and what bolts things into it, made of a client, a journal and a clock: for the program and for `sim`. */
import type { Clock as ClockObject } from '../api/clock.ts';
import type { Kind } from '../api/conditions.ts';
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
import { Informer, type InformerOptions, withoutManagedFields } from '../informer/informer.ts';
import { type RackingObjects, rackingControllers, traceIndex, unboltStrays } from '../racking/racking.ts';
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
  readonly readFile: (path: string) => string;
  readonly datacenter: Omit<DatacenterOptions, 'clock' | 'logger' | 'isMine' | 'clockChanged' | 'speed'>;
}

export interface Physical {
  readonly datacenter: Datacenter;
  readonly manager: Manager;
  /** Resolves when everything that is described has been bolted in once. */
  readonly synced: Promise<void>;
}

/** Throws OrreryError when the journal cannot be used. */
export function createPhysical(options: PhysicalOptions): Physical {
  const { client, clock, random, logger, namespaces, speed, readFile } = options;
  const mine = namespaces === undefined ? undefined : new Set(namespaces);
  let clockChanged: (namespace: string) => void = () => {};
  const datacenter = new Datacenter({
    ...options.datacenter,
    clock,
    logger,
    speed,
    ...(mine === undefined ? {} : { isMine: (namespace) => mine.has(namespace) }),
    clockChanged: (namespace) => clockChanged(namespace),
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
  const racking = { datacenter, objects, clockStatus, clock, random, logger, speed, readFile };
  const controllers = rackingControllers(racking);
  const clocks = controllers.find(({ name }) => name === 'racking-clocks')!;
  clockChanged = (namespace) => clocks.add(`${namespace}/default`);
  const caches = Object.values(objects) as unknown as readonly { start(): void; stop(): void; synced: Promise<void> }[];
  const manager = new Manager({ clock, logger, caches, controllers, writers: [clockStatus] });
  const synced = Promise.all(caches.map((cache) => cache.synced)).then(() => unboltStrays(racking));
  return { datacenter, manager, synced };
}

function createObjects({ client, clock, random, logger, namespaces }: PhysicalOptions): RackingObjects {
  const common = {
    client,
    clock,
    random: random.split('racking'),
    logger,
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
  };
}
