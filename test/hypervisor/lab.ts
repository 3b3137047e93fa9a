import { type Clock, VirtualClock } from '../../src/base/clock.ts';
import { type Logger, silentLogger } from '../../src/base/logger.ts';
import { macrotask } from '../../src/base/system.ts';
import { GiB } from '../../src/base/units.ts';
import type {
  Backend,
  HostReport,
  MachineConfig,
  MachineReport,
  OccurrenceReport,
  PowerOnRequest,
  Report,
} from '../../src/hypervisor/backend.ts';
import { Datacenter, type DatacenterOptions } from '../../src/hypervisor/datacenter.ts';
import {
  type DatastoreHardware,
  type GuestHints,
  type HostHardware,
  idleWorkload,
  type NetworkHardware,
  type Workload,
} from '../../src/hypervisor/hardware.ts';
import type { JournalStore, LedgerEntry } from '../../src/hypervisor/journal/journal.ts';
import { MemoryJournalStore } from '../../src/hypervisor/journal/memory-journal.ts';
import { DirectBackend } from '../../src/hypervisor/transport/direct.ts';

export const NAMESPACE = 'lab';
export const START = Date.UTC(2010, 10, 1);

type Part<T> = { readonly [K in keyof T]?: T[K] extends object ? Partial<T[K]> : T[K] };

/** A host as of Table 1, smaller: 4 cores of 2 GHz, 16 GiB, everything cabled. */
export function host(name: string, more: Part<HostHardware> = {}): HostHardware {
  const base: HostHardware = {
    name,
    uid: `uid-${name}`,
    hypervisor: { type: 'ESX', version: '5.0' },
    cpu: {
      vendor: 'Intel',
      family: 'Nehalem',
      features: [],
      virtualization: 'VT-x',
      sockets: 1,
      coresPerSocket: 4,
      threadsPerCore: 1,
      mhz: 2000,
      numaNodes: 1,
      llcPerSocket: 1,
    },
    memory: 16 * GiB,
    datastores: ['san1'],
    networks: [{ name: 'lan', roles: ['Management', 'VirtualMachine'], mbps: 1000 }],
    bmc: { type: 'IPMI', bootMs: 180_000, standbyMs: 60_000 },
    power: 'On',
  };
  return merge(base, more);
}

export function xenHost(name: string, more: Part<HostHardware> = {}): HostHardware {
  const dom0 = { vcpus: 2, memory: 2 * GiB, weight: 256 };
  return { ...host(name, { hypervisor: { type: 'Xen', version: '4' }, ...more }), dom0 };
}

export function datastore(name: string, more: Partial<DatastoreHardware> = {}): DatastoreHardware {
  return {
    name,
    uid: `uid-${name}`,
    type: 'VMFS',
    capacity: 1000 * GiB,
    mbps: 8000,
    iops: 10_000,
    lockTimeoutMs: 16_000,
    ...more,
  };
}

export function network(name: string): NetworkHardware {
  return { name, uid: `uid-${name}`, mbps: 1000 };
}

/** A machine of 1 vCPU, 1 GiB, a thin disk of 10 GiB and one nic, which boots in 30 s. */
export function config(name: string, more: Part<MachineConfig> = {}): MachineConfig {
  const base: MachineConfig = {
    name,
    guest: { os: 'linux', virtualization: 'HVM', pvDrivers: false, tools: true, bootMs: 30_000, shutdownMs: 20_000 },
    cpu: {
      count: 1,
      shares: 1000,
      reservationMHz: 0,
      maxSkew: 'Individual',
      affinity: [],
      htSharing: 'Any',
      numaNodeAffinity: [],
      vsmpConsolidate: false,
      model: '',
      hotAdd: false,
    },
    memory: { size: GiB, shares: 10_240, reservation: 0, hotAdd: false },
    disks: [{ name: 'root', size: 10 * GiB, datastore: 'san1', provisioning: 'Thin', shares: 1000 }],
    nics: [{ network: 'lan' }],
    devices: [],
    powerOff: { mode: 'Hard', timeoutMs: 300_000 },
    reclaim: 'Delete',
  };
  return merge(base, more);
}

function merge<T extends object>(base: T, more: Part<T>): T {
  const result = { ...base } as Record<string, unknown>;
  for (const [key, value] of Object.entries(more)) {
    const old = result[key];
    const isNested = typeof old === 'object' && !Array.isArray(old) && !Array.isArray(value);
    result[key] = isNested && value !== undefined ? { ...old, ...(value as object) } : value;
  }
  return result as T;
}

export function hints(cpu: Workload['cpu'], more: Partial<Workload> = {}): GuestHints {
  return { workload: { ...idleWorkload, ...more, cpu }, restartPolicy: 'OnFailure' };
}

/** A datacenter on a virtual clock, its port, and what an observer of it heard. */
export class Lab {
  readonly clock: VirtualClock;
  readonly store: JournalStore;
  readonly heard: Report[] = [];
  readonly occurrences: OccurrenceReport[] = [];
  datacenter!: Datacenter;
  backend!: Backend;
  readonly #options: Partial<DatacenterOptions>;

  constructor(options: Partial<DatacenterOptions> & { clock?: Clock; logger?: Logger } = {}) {
    this.clock = (options.clock as VirtualClock | undefined) ?? new VirtualClock(START);
    this.store = options.store ?? new MemoryJournalStore();
    this.#options = options;
    this.open();
  }

  get world() {
    return this.datacenter.world(NAMESPACE);
  }

  get site() {
    this.datacenter.world(NAMESPACE);
    return this.datacenter.find(NAMESPACE)!.inspect();
  }

  /** Starts a datacenter on what the store has. */
  open(): void {
    this.datacenter = new Datacenter({
      seed: '1',
      logger: silentLogger,
      ...this.#options,
      clock: this.clock,
      store: this.store,
    });
    this.backend = new DirectBackend(this.datacenter);
    this.backend.observe({
      reports: (batch) => {
        this.heard.push(...batch);
        this.occurrences.push(...batch.filter((report) => report.kind === 'Occurrence'));
      },
      closed: () => {},
    });
  }

  /** The process dies, and another begins where its journal stands. */
  async restart(how: 'kill' | 'close' = 'kill'): Promise<void> {
    this.datacenter[how]();
    this.open();
    await this.settle();
  }

  /** Hosts of these names (or hardware), the datastore san1 and the network lan. */
  async rack(...hosts: (string | HostHardware)[]): Promise<this> {
    this.world.upsertDatastore(datastore('san1'));
    this.world.upsertNetwork(network('lan'));
    for (const item of hosts) this.world.upsertHost(typeof item === 'string' ? host(item) : item);
    await this.settle();
    return this;
  }

  /** Real milliseconds pass. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms, macrotask);
  }

  /** Everything that is ready now happens. */
  settle(): Promise<void> {
    return this.advance(0);
  }

  /** What a call comes to, with the clock standing still. */
  async call<T>(promise: Promise<T>): Promise<T> {
    // A rejection is the caller's to look at, however late.
    promise.catch(() => {});
    await this.settle();
    return promise;
  }

  /** The reason of a refused call, and its message. */
  async refused(promise: Promise<unknown>): Promise<string> {
    try {
      await this.call(promise);
    } catch (error) {
      const { reason, message } = error as { reason?: string; message: string };
      return `${reason}: ${message}`;
    }
    return 'not refused';
  }

  request(name: string, more: Partial<PowerOnRequest> = {}): PowerOnRequest {
    return { namespace: NAMESPACE, uid: `uid-${name}`, host: 'h1', config: config(name), epoch: 0, ...more };
  }

  name(name: string): { namespace: string; uid: string } {
    return { namespace: NAMESPACE, uid: `uid-${name}` };
  }

  /** Powers a machine on and lets its guest boot. */
  async run(name: string, more: Partial<PowerOnRequest> = {}): Promise<void> {
    await this.call(this.backend.powerOn(this.request(name, more)));
    await this.advance(31_000);
  }

  async machine(name: string): Promise<MachineReport> {
    const all = await this.call(this.backend.stats(NAMESPACE));
    const found = all.find((report) => report.kind === 'Machine' && report.uid === `uid-${name}`);
    if (found === undefined) throw new Error(`there is no machine ${name}`);
    return found as MachineReport;
  }

  async host(name: string): Promise<HostReport> {
    const all = await this.call(this.backend.stats(NAMESPACE));
    const found = all.find((report) => report.kind === 'Host' && report.name === name);
    if (found === undefined) throw new Error(`there is no host ${name}`);
    return found as HostReport;
  }

  /** The ledger, a word per line: `Start uid-a 1 h1 PowerOn`. */
  ledger(): string[] {
    return this.entries().map(({ act, uid, epoch, host: on, cause }) => `${act} ${uid} ${epoch} ${on} ${cause}`);
  }

  entries(): LedgerEntry[] {
    return this.store.open(NAMESPACE).ledger();
  }

  /** Reasons of what occurred, in order, of one subject or of all. */
  reasons(id?: string): string[] {
    return this.occurrences.filter(({ subject }) => id === undefined || subject.id === id).map(({ reason }) => reason);
  }
}
