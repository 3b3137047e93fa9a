import { waterFill } from '../../arithmetic/water-filling.ts';
import { xenCap, xenWeight } from '../../arithmetic/xen-allocation.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostCpuHardware, Hypervisor } from '../hardware.ts';
import type { CpuCounters, CpuDemand, CpuRate, HostCpu, HostCpuRate } from './host-cpu.ts';
import { isShortOf } from './shortage.ts';

/** A table of numbers per machine: a row per figure, a column per machine. */
const SHARES = 0;
const RESERVATION = 1;
const LIMIT = 2;
const VCPUS = 3;
const PERCENT = 4;
const DEMAND = 5;
const GRANTED = 6;
const DEMANDED = 7;
const SERVED = 8;
const ROWS = 9;

const NOT_HELD = { ready: 0, coStop: 0 } as const;

/**
 * The processors of a host by the entitlement formula: everyone gets what water-filling gives him, at every moment.
 * What is used is what one is entitled to, since the formula leaves nothing idle that somebody asks for.
 *
 * Xen: shares are the weight (per vCPU from Xen 4, per domain before), there is no reservation, the limit is the cap.
 */
export class EntitlementCpu implements HostCpu {
  readonly #hypervisor: Hypervisor;
  readonly #mhz: number;
  readonly #capacity: number;
  readonly #columns = new Map<string, number>();
  readonly #uids: string[] = [];
  #rows: Float64Array[];
  #low: Float64Array;
  #high: Float64Array;
  #level: Float64Array;
  #now: number;
  #stale = false;
  #contended = false;

  constructor(hypervisor: Hypervisor, cpu: HostCpuHardware, now: number) {
    this.#hypervisor = hypervisor;
    this.#mhz = cpu.mhz;
    this.#capacity = cpu.sockets * cpu.coresPerSocket * cpu.mhz;
    this.#now = now;
    this.#rows = Array.from({ length: ROWS }, () => new Float64Array(16));
    [this.#low, this.#high, this.#level] = [new Float64Array(16), new Float64Array(16), new Float64Array(16)];
  }

  add(uid: string, config: MachineConfig): void {
    const column = this.#uids.length;
    if (column === this.#level.length) this.#grow();
    this.#uids.push(uid);
    this.#columns.set(uid, column);
    for (const row of this.#rows) row[column] = 0;
    this.change(uid, config);
  }

  remove(uid: string): void {
    const column = this.#columns.get(uid);
    if (column === undefined) return;
    const last = this.#uids.length - 1;
    const moved = this.#uids[last]!;
    for (const row of this.#rows) row[column] = row[last]!;
    this.#uids[column] = moved;
    this.#columns.set(moved, column);
    this.#uids.pop();
    this.#columns.delete(uid);
    this.#stale = true;
  }

  change(uid: string, config: MachineConfig): void {
    const column = this.#columns.get(uid)!;
    const rows = this.#rows;
    const { count, shares, reservationMHz, limitMHz } = config.cpu;
    rows[VCPUS]![column] = count;
    if (this.#hypervisor.type === 'ESX') {
      rows[SHARES]![column] = shares;
      rows[RESERVATION]![column] = reservationMHz;
      rows[LIMIT]![column] = limitMHz ?? Number.POSITIVE_INFINITY;
    } else {
      const weight = config.xen?.weight ?? xenWeight(shares, count);
      const cap = config.xen?.cap ?? xenCap(limitMHz, this.#mhz);
      rows[SHARES]![column] = Number.parseFloat(this.#hypervisor.version) < 4 ? weight : weight * count;
      rows[RESERVATION]![column] = 0;
      rows[LIMIT]![column] = cap === 0 ? Number.POSITIVE_INFINITY : (cap / 100) * this.#mhz;
    }
    this.#stale = true;
  }

  demand(uid: string, { percent, hindrance }: CpuDemand): void {
    this.#rows[PERCENT]![this.#columns.get(uid)!] = percent * (hindrance?.work ?? 1);
    this.#stale = true;
  }

  advance(now: number, changed: (uid: string) => void): void {
    this.#serve(now);
    if (!this.#stale) return;
    this.#stale = false;
    this.#reckon(changed);
  }

  rate(uid: string): CpuRate {
    const column = this.#columns.get(uid)!;
    const granted = this.#rows[GRANTED]![column]!;
    return { demandMHz: this.#rows[DEMAND]![column]!, entitlementMHz: granted, usedMHz: granted };
  }

  counters(uid: string): CpuCounters {
    const column = this.#columns.get(uid)!;
    const served = this.#rows[SERVED]![column]!;
    return { at: this.#now, demanded: this.#rows[DEMANDED]![column]!, entitled: served, used: served };
  }

  total(): HostCpuRate {
    const [demand, granted] = [this.#rows[DEMAND]!, this.#rows[GRANTED]!];
    let demandMHz = 0;
    let usedMHz = 0;
    for (let i = 0; i < this.#uids.length; i++) {
      demandMHz += demand[i]!;
      usedMHz += granted[i]!;
    }
    return { demandMHz, entitlementMHz: usedMHz, usedMHz, isShort: isShortOf(demandMHz, usedMHz, this.#capacity) };
  }

  /** The formula says what machines get, not when. */
  readonly next = Number.POSITIVE_INFINITY;
  readonly dom0 = undefined;
  readonly sampling = undefined;
  readonly isRecorded = false;

  figures(): undefined {}

  carried(): number {
    return 1;
  }

  held(): typeof NOT_HELD {
    return NOT_HELD;
  }

  times(): undefined {}

  xenmon(): undefined {}

  record(): boolean {
    return false;
  }

  /** Whether more is asked for than there is. */
  get isContended(): boolean {
    return this.#contended;
  }

  #serve(now: number): void {
    const time = now - this.#now;
    if (time <= 0) return;
    const [demand, granted] = [this.#rows[DEMAND]!, this.#rows[GRANTED]!];
    const [demanded, served] = [this.#rows[DEMANDED]!, this.#rows[SERVED]!];
    for (let i = 0; i < this.#uids.length; i++) {
      demanded[i]! += demand[i]! * time;
      served[i]! += granted[i]! * time;
    }
    this.#now = now;
  }

  #reckon(changed: (uid: string) => void): void {
    const size = this.#uids.length;
    const [shares, reservation, limit] = [this.#rows[SHARES]!, this.#rows[RESERVATION]!, this.#rows[LIMIT]!];
    const [vcpus, percent, demand] = [this.#rows[VCPUS]!, this.#rows[PERCENT]!, this.#rows[DEMAND]!];
    const granted = this.#rows[GRANTED]!;
    const [low, high, level] = [this.#low, this.#high, this.#level];
    for (let i = 0; i < size; i++) {
      const asked = (percent[i]! / 100) * vcpus[i]! * this.#mhz;
      high[i] = Math.min(asked, limit[i]!);
      low[i] = Math.min(reservation[i]!, high[i]!);
    }
    this.#contended = waterFill(this.#capacity, { size, shares, low, high }, level);
    for (let i = 0; i < size; i++) {
      const asked = (percent[i]! / 100) * vcpus[i]! * this.#mhz;
      if (asked === demand[i] && level[i] === granted[i]) continue;
      demand[i] = asked;
      granted[i] = level[i]!;
      changed(this.#uids[i]!);
    }
  }

  #grow(): void {
    const larger = (old: Float64Array) => {
      const grown = new Float64Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.#rows = this.#rows.map(larger);
    [this.#low, this.#high, this.#level] = [larger(this.#low), larger(this.#high), larger(this.#level)];
  }
}
