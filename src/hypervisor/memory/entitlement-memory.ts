import { memoryDemand } from '../../arithmetic/machine-memory.ts';
import { type FreeThresholds, freeThresholds, type MemoryState, memoryState } from '../../arithmetic/min-free.ts';
import { waterFill } from '../../arithmetic/water-filling.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import {
  type Hindrance,
  type HostMemory,
  type HostMemoryRate,
  type MemoryDemand,
  type MemoryRate,
  unhindered,
} from './host-memory.ts';

/** Bytes, but for shares. */
interface Client {
  readonly uid: string;
  size: number;
  shares: number;
  reservation: number;
  limit: number;
  overhead: number;
  active: number;
  touched: number;
  consumed: number;
  entitlement: number;
}

interface Buffers {
  readonly shares: Float64Array;
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly out: Float64Array;
}

/**
 * The memory of a host by the entitlement formula.
 *
 * ESX: each machine holds what it has touched while there is room above minFree; when there is not, water-filling by
 * shares, reservation and limit says what each keeps. Entitlement is the same formula over what DRS calls demand.
 * Xen: each machine holds its whole size from start to end, and nothing is ever taken back.
 */
export class EntitlementMemory implements HostMemory {
  readonly #clients: Client[] = [];
  readonly #places = new Map<string, number>();
  readonly #isXen: boolean;
  readonly #size: number;
  readonly #dom0: number;
  readonly #thresholds: FreeThresholds;
  #buffers = buffersOf(16);
  #state: MemoryState = 'High';
  #stale = false;
  /** Sums over the machines, as of the last `advance`. */
  #sum = { demand: 0, entitlement: 0, used: 0 };

  constructor(hardware: HostHardware) {
    const { type, version } = hardware.hypervisor;
    this.#isXen = type === 'Xen';
    this.#size = hardware.memory;
    this.#dom0 = this.#isXen ? (hardware.dom0?.memory ?? 0) : 0;
    this.#thresholds = this.#isXen ? { high: 0, soft: 0, hard: 0, low: 0 } : freeThresholds(version, hardware.memory);
  }

  add(uid: string, config: MachineConfig, overhead: number): void {
    const nothing = {
      size: 0,
      shares: 1,
      reservation: 0,
      limit: 0,
      active: 0,
      touched: 0,
      consumed: 0,
      entitlement: 0,
    };
    this.#places.set(uid, this.#clients.length);
    this.#clients.push({ uid, overhead, ...nothing });
    if (this.#clients.length > this.#buffers.out.length) this.#buffers = buffersOf(2 * this.#clients.length);
    this.change(uid, config, overhead);
  }

  remove(uid: string): void {
    const place = this.#places.get(uid);
    if (place === undefined) return;
    const last = this.#clients.pop()!;
    this.#places.delete(uid);
    if (last.uid !== uid) {
      this.#clients[place] = last;
      this.#places.set(last.uid, place);
    }
    this.#stale = true;
  }

  change(uid: string, config: MachineConfig, overhead: number): void {
    const client = this.#clientOf(uid);
    const { size, shares, reservation, limit } = config.memory;
    client.size = size;
    client.shares = shares;
    client.reservation = reservation;
    client.limit = Math.min(size, limit ?? size);
    client.overhead = overhead;
    this.#stale = true;
  }

  demand(uid: string, demand: MemoryDemand): void {
    const client = this.#clientOf(uid);
    const { active, touched } = demand.phase === 'Empty' ? { active: 0, touched: 0 } : demand;
    if (client.active === active && client.touched === touched) return;
    client.active = active;
    client.touched = touched;
    this.#stale = true;
  }

  advance(_now: number, changed: (uid: string) => void): void {
    if (!this.#stale) return;
    this.#stale = false;
    const clients = this.#clients;
    const { out } = this.#buffers;
    const moved = new Set<string>();
    const put = (key: 'consumed' | 'entitlement') => {
      for (let i = 0; i < clients.length; i++) {
        // Whole bytes, so that sums of them are exact.
        const value = Math.floor(out[i]!);
        if (clients[i]![key] === value) continue;
        clients[i]![key] = value;
        moved.add(clients[i]!.uid);
      }
    };
    this.#fill(this.#thresholds.high, heldBy);
    put('consumed');
    this.#fill(0, this.#isXen ? heldBy : demandOf);
    put('entitlement');
    this.#add();
    this.#state = memoryState(this.#free, this.#thresholds, this.#state);
    for (const uid of moved) changed(uid);
  }

  /** By formula nobody waits for memory, and nothing happens by itself. */
  readonly next = Number.POSITIVE_INFINITY;

  load(): void {}

  swapDevice(): void {}

  settle(): void {}

  skip(): void {}

  hindrance(): Hindrance {
    return unhindered;
  }

  image(): undefined {}

  restore(): void {}

  hasMoved(): boolean {
    return false;
  }

  snapshot(): undefined {}

  resume(): void {}

  rate(uid: string): MemoryRate {
    const client = this.#clientOf(uid);
    const { consumed, entitlement, overhead } = client;
    const active = Math.min(client.active, consumed);
    return { granted: consumed, entitlement, consumed, active, overhead, demand: this.#demandWith(client) };
  }

  total(): HostMemoryRate {
    const { demand, entitlement } = this.#sum;
    const free = this.#free;
    const minFree = Math.round(this.#thresholds.high);
    return { demand, entitlement, used: this.#size - free, free, minFree, state: this.#state };
  }

  get #free(): number {
    return Math.max(0, this.#size - this.#dom0 - this.#sum.used);
  }

  #clientOf(uid: string): Client {
    return this.#clients[this.#places.get(uid)!]!;
  }

  #demandWith(client: Client): number {
    return this.#isXen ? client.size : Math.floor(demandOf(client)) + client.overhead;
  }

  #add(): void {
    const sum = { demand: 0, entitlement: 0, used: 0 };
    for (const client of this.#clients) {
      sum.demand += this.#demandWith(client);
      sum.entitlement += client.entitlement;
      sum.used += client.consumed + client.overhead;
    }
    this.#sum = sum;
  }

  /** Divides what is there, less `kept`, among the machines by what each wants. */
  #fill(kept: number, wanted: (client: Client) => number): void {
    const clients = this.#clients;
    const { shares, low, high, out } = this.#buffers;
    let all = this.#size;
    let reserved = 0;
    for (let i = 0; i < clients.length; i++) {
      const client = clients[i]!;
      shares[i] = client.shares;
      if (this.#isXen) low[i] = high[i] = client.size;
      else {
        high[i] = Math.min(client.limit, wanted(client));
        low[i] = Math.min(client.reservation, high[i]!);
      }
      reserved += low[i]!;
      all -= client.overhead;
    }
    // What is kept free is taken from what nobody reserved.
    const capacity = Math.max(all - kept, Math.min(all, reserved));
    waterFill(capacity, { size: clients.length, shares, low, high }, out);
  }
}

function heldBy({ touched }: Client): number {
  return touched;
}

/** Without the overhead, which is nobody's to win or lose. */
function demandOf({ active, consumed }: Client): number {
  return memoryDemand(active, consumed, 0);
}

function buffersOf(length: number): Buffers {
  return {
    shares: new Float64Array(length),
    low: new Float64Array(length),
    high: new Float64Array(length),
    out: new Float64Array(length),
  };
}
