import fs from 'node:fs';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject, ResourceType } from '../../src/api/meta.ts';
import { resourceTypes, virtualMachines } from '../../src/api/resources.ts';
import type { VirtualMachine } from '../../src/api/virtual-machine.ts';
import { ApiServer } from '../../src/apiserver/server.ts';
import { MemoryStorage } from '../../src/apiserver/store/memory-storage.ts';
import { VirtualClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { Random } from '../../src/base/random.ts';
import { macrotask } from '../../src/base/system.ts';
import { DirectClient } from '../../src/client/direct.ts';
import type { Client } from '../../src/client/port.ts';
import { MemoryJournalStore } from '../../src/hypervisor/journal/memory-journal.ts';
import { DirectBackend } from '../../src/hypervisor/transport/direct.ts';
import { createManagement, type Management } from '../../src/programs/management.ts';
import { createPhysical, type Physical } from '../../src/programs/physical.ts';

const root = path.resolve(import.meta.dirname, '../..');

export const customResourceDefinitions: ResourceType = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  namespaced: false,
};

/** API server, controllers and datacenter in one process, on one virtual clock. */
export interface WholeWorld {
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
  const clock = new VirtualClock();
  const random = new Random(seed);
  const server = new ApiServer({ storage: new MemoryStorage(), clock, random: random.split('server'), logger });
  const pass = (ms: number) => clock.advance(ms, macrotask);
  /** Waits for something of the world, which needs time to pass. */
  const settle = async <T>(promise: Promise<T>): Promise<T> => {
    let isOver = false;
    const watched = promise.finally(() => {
      isOver = true;
    });
    watched.catch(() => {});
    for (let i = 0; i < 10_000 && !isOver; i++) await pass(1);
    return watched;
  };
  await settle(server.start());
  const client = new DirectClient({ server });
  const folder = path.join(root, 'crds');
  for (const file of fs.readdirSync(folder)) {
    for (const document of parseAllDocuments(fs.readFileSync(path.join(folder, file), 'utf8'))) {
      await settle(client.create(customResourceDefinitions, document.toJS() as object));
    }
  }
  await pass(3000);
  const physical = createPhysical({
    client,
    clock,
    random: random.split('datacenter'),
    logger,
    speed: 1,
    readFile: (file) => fs.readFileSync(file, 'utf8'),
    datacenter: {
      store: new MemoryJournalStore(),
      seed,
      maxSpeed: Number.POSITIVE_INFINITY,
      gapMs: Number.POSITIVE_INFINITY,
      startAt: clock.now(),
    },
  });
  const management = createManagement({
    client,
    backend: new DirectBackend(physical.datacenter),
    clock,
    random: random.split('controllers'),
    logger,
    identity: 'lab',
  });
  physical.manager.start();
  management.manager.start();
  await settle(Promise.all([physical.synced, management.synced]));
  return {
    clock,
    server,
    client,
    management,
    physical,
    pass,
    settle,
    apply: async (...manifests) => {
      for (const manifest of manifests as KubeObject[]) {
        const type = resourceTypes.find(({ kind }) => kind === manifest.kind)!;
        const metadata = { namespace: 'default', ...manifest.metadata };
        await settle(client.create(type, { ...manifest, metadata }));
      }
    },
    vm: (name) => settle(client.get<VirtualMachine>(virtualMachines, { namespace: 'default', name })),
  };
}
