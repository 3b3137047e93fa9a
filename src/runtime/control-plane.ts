/** What every controller is handed: the objects, the machines, and the ways to act on them. */

import type { Clock as ClockObject } from '../api/clock.ts';
import type { Cluster } from '../api/cluster.ts';
import type { Datastore } from '../api/datastore.ts';
import type { Host } from '../api/host.ts';
import type { KubeObject } from '../api/meta.ts';
import type { Network } from '../api/network.ts';
import type { ResourcePool } from '../api/resource-pool.ts';
import type { VirtualMachine } from '../api/virtual-machine.ts';
import type { VirtualMachineTemplate } from '../api/virtual-machine-template.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Client } from '../client/port.ts';
import type { Backend } from '../hypervisor/backend.ts';
import type { Informer } from '../informer/informer.ts';
import type { Machines } from '../informer/machines.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { StatusWriter } from './status-writer.ts';

/** The kinds that controllers decide on, by the plural in lower camel case. */
export interface Kinds {
  readonly hosts: Host;
  readonly virtualMachines: VirtualMachine;
  readonly clusters: Cluster;
  readonly resourcePools: ResourcePool;
  readonly datastores: Datastore;
  readonly networks: Network;
  readonly virtualMachineTemplates: VirtualMachineTemplate;
  readonly clocks: ClockObject;
}

/** How virtual machines are found besides by name. */
export type VirtualMachineIndex = 'uid' | 'template' | 'cluster' | 'host';

export type Objects = {
  readonly [K in keyof Kinds]: Informer<Kinds[K], K extends 'virtualMachines' ? VirtualMachineIndex : never>;
};

export type StatusWriters = { readonly [K in keyof Kinds]: StatusWriter<Kinds[K]> };

/** Something worth telling whoever runs `kubectl describe`. */
export interface Tidings {
  readonly type: 'Normal' | 'Warning';
  /** A word of api.md, as `VMPlaced`. */
  readonly reason: string;
  /** What was done, in the imperative, as `Place`. */
  readonly action: string;
  readonly note: string;
  readonly related?: KubeObject;
}

/** Takes events and sends them when there is time. */
export interface EventSink {
  tell(about: KubeObject, controller: string, tidings: Tidings): void;
}

export interface ControlPlane {
  readonly client: Client;
  readonly backend: Backend;
  readonly objects: Objects;
  readonly machines: Machines;
  readonly status: StatusWriters;
  readonly events: EventSink;
  /** The machine's time: for retries and timeouts. */
  readonly clock: Clock;
  /** The namespaces' times: for windows, intervals and ttl. */
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics?: Metrics | undefined;
}
