import type { KubeObject } from '../../src/api/meta.ts';
import { resourceTypes, virtualMachines } from '../../src/api/resources.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import type { ApiServer } from '../../src/apiserver/server.ts';
import type { VirtualClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import type { Client } from '../../src/client/port.ts';
import type { Management } from '../../src/programs/management.ts';
import type { Physical } from '../../src/programs/physical.ts';
import { World } from '../../src/sim/world.ts';

/** API server, controllers and datacenter in one process, on one virtual clock: a `World` with shorthands for tests. */
export interface WholeWorld {
  readonly world: World;
  readonly clock: VirtualClock;
  readonly server: ApiServer;
  readonly client: Client;
  readonly management: Management;
  readonly physical: Physical;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Lets time pass until the promise settles. */
  settle<T>(promise: Promise<T>): Promise<T>;
  apply(...manifests: object[]): Promise<void>;
  vm(name: string): Promise<VirtualMachine>;
}

export async function wholeWorld({ seed = 'test', logger = silentLogger as Logger } = {}): Promise<WholeWorld> {
  const world = await World.start({ seed, logger });
  const settle = <T>(promise: Promise<T>) => world.settle(promise);
  return {
    world,
    clock: world.clock,
    client: world.client,
    get server() {
      return world.server!;
    },
    get management() {
      return world.management!;
    },
    get physical() {
      return world.physical!;
    },
    pass: (ms) => world.pass(ms),
    settle,
    apply: async (...manifests) => {
      for (const manifest of manifests as KubeObject[]) {
        const type = resourceTypes.find(({ kind }) => kind === manifest.kind)!;
        const metadata = { namespace: 'default', ...manifest.metadata };
        await settle(world.client.create(type, { ...manifest, metadata }));
      }
    },
    vm: (name) => settle(world.client.get<VirtualMachine>(virtualMachines, { namespace: 'default', name })),
  };
}
