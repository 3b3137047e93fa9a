import { memoryDemand } from '../../arithmetic/machine-memory.ts';
import { type FreeThresholds, freeThresholds, type MemoryState, memoryState } from '../../arithmetic/min-free.ts';
import { waterFill } from '../../arithmetic/water-filling.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import type { HostMemory, HostMemoryRate, MemoryDemand, MemoryRate } from './host-memory.ts';

interface Client {
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

/**
 * The memory of a host by the entitlement formula.
 *
 * ESX: each machine holds what it has touched while there is room above minFree; when there is not, water-filling by
 * shares, reservation and limit says what each keeps. Entitlement is the same formula over what DRS calls demand.
 * Xen: each machine holds its whole size from start to end, and nothing is ever taken back.
 */
export class EntitlementMemory implements HostMemory {
  readonly #clients = new Map<string, Client>();
  readonly #isXen: boolean;
  readonly #size: number;
  readonly #dom0: number;
  readonly #thresholds: FreeThresholds;
  #state: MemoryState = 'High';
  #stale = false;

  constructor(hardware: HostHardware) {
    const { type, version } = hardware.hypervisor;
    this.#isXen = type === 'Xen';
    this.#size = hardware.memory;
    this.#dom0 = this.#isXen ? (hardware.dom0?.memory ?? 0) : 0;
    this.#thresholds = this.#isXen ? { high: 0, soft: 0, hard: 0, low: 0 } : freeThresholds(version, hardware.memory);
  }

  add(uid: string, config: MachineConfig, overhead: number): void {
    this.#clients.set(uid, {
      size: 0,
      shares: 1,
      reservation: 0,
      limit: 0,
      overhead,
      active: 0,
      touched: 0,
      consumed: 0,
      entitlement: 0,
    });
    this.change(uid, config, overhead);
  }

  remove(uid: string): void {
    if (this.#clients.delete(uid)) this.#stale = true;
  }

  change(uid: string, config: MachineConfig, overhead: number): void {
    const client = this.#clients.get(uid)!;
    const { size, shares, reservation, limit } = config.memory;
    client.size = size;
    client.shares = shares;
    client.reservation = reservation;
    client.limit = Math.min(size, limit ?? size);
    client.overhead = overhead;
    this.#stale = true;
  }

  demand(uid: string, { active, touched }: MemoryDemand): void {
    const client = this.#clients.get(uid)!;
    if (client.active === active && client.touched === touched) return;
    client.active = active;
    client.touched = touched;
    this.#stale = true;
  }

  advance(_now: number, changed: (uid: string) => void): void {
    if (!this.#stale) return;
    this.#stale = false;
    const clients = [...this.#clients.values()];
    const consumed = this.#isXen ? Float64Array.from(clients, ({ size }) => size) : this.#held(clients);
    const entitlement = this.#isXen ? consumed : this.#entitled(clients, consumed);
    let index = 0;
    for (const [uid, client] of this.#clients) {
      const moved = client.consumed !== consumed[index] || client.entitlement !== entitlement[index];
      client.consumed = consumed[index]!;
      client.entitlement = entitlement[index]!;
      if (moved) changed(uid);
      index++;
    }
    this.#state = memoryState(this.#free(), this.#thresholds, this.#state);
  }

  rate(uid: string): MemoryRate {
    const client = this.#clients.get(uid)!;
    const { consumed, entitlement, overhead } = client;
    const active = Math.min(client.active, consumed);
    return {
      granted: consumed,
      entitlement,
      consumed,
      active,
      overhead,
      demand: this.#isXen ? client.size : Math.floor(memoryDemand(client.active, consumed, overhead)),
    };
  }

  total(): HostMemoryRate {
    let [demand, entitlement] = [0, 0];
    for (const [uid, client] of this.#clients) {
      demand += this.rate(uid).demand;
      entitlement += client.entitlement;
    }
    const free = this.#free();
    return {
      demand,
      entitlement,
      used: this.#size - free,
      free,
      minFree: Math.round(this.#thresholds.high),
      state: this.#state,
    };
  }

  #free(): number {
    let used = this.#dom0;
    for (const { consumed, overhead } of this.#clients.values()) used += consumed + overhead;
    return Math.max(0, this.#size - used);
  }

  /** What each machine holds: what it touched, or its part of what there is above minFree. */
  #held(clients: readonly Client[]): Float64Array {
    return this.#fill(clients, this.#thresholds.high, (client) => client.touched);
  }

  #entitled(clients: readonly Client[], held: Float64Array): Float64Array {
    return this.#fill(clients, 0, ({ active }, i) => memoryDemand(active, held[i]!, 0));
  }

  #fill(clients: readonly Client[], kept: number, wanted: (client: Client, i: number) => number): Float64Array {
    const high = Float64Array.from(clients, (client, i) => Math.min(client.limit, wanted(client, i)));
    const low = Float64Array.from(clients, ({ reservation }, i) => Math.min(reservation, high[i]!));
    const shares = Float64Array.from(clients, (client) => client.shares);
    let all = this.#size;
    for (const { overhead } of clients) all -= overhead;
    // What is kept free is taken from what nobody reserved.
    const reserved = low.reduce((sum, bytes) => sum + bytes, 0);
    const capacity = Math.max(all - kept, Math.min(all, reserved));
    const out = new Float64Array(clients.length);
    waterFill(capacity, { size: clients.length, shares, low, high }, out);
    // Whole bytes, so that sums of them are exact.
    return out.map(Math.floor);
  }
}
