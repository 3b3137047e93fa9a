import type { Random } from '../../base/random.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import type { XenmonRow, XenmonWindow } from '../schedulers/credit/xenmon.ts';
import { dom0Config } from './dom0-config.ts';
import { EntitlementCpu } from './entitlement-cpu.ts';
import { EsxSlices } from './esx-slices.ts';
import { GuestAccount, type Unmeasured } from './guest-account.ts';
import type { CpuCounters, CpuDemand, CpuFigures, CpuRate, CpuTimes, HostCpu, HostCpuRate } from './host-cpu.ts';
import type { Sampling } from './sampling.ts';
import { COLUMNS, type DecisionRecorder } from './slices.ts';
import { DOM0, XenSlices } from './xen-slices.ts';

const NS_PER_MS = 1_000_000;
const NS_PER_SECOND = 1e9;
const SECOND = 1000;
const never = Number.POSITIVE_INFINITY;
/** Demand that has moved by less than this part of the host since it was measured is estimated (ours). */
const SMALL = 0.05;
/** Slices use all of the processors from this part on: who sleeps after each burst leaves gaps at just full load (ours). */
const BUSY = 0.9;

interface Guest {
  readonly name: string;
  readonly account: GuestAccount;
  demand: CpuDemand | undefined;
  /** Requests that nobody had carried when the second that is measured began; undefined: it asked for others then. */
  lostBefore: number | undefined;
  carried: number;
}

/**
 * The processors of a host, shared out slice by slice by the scheduler of its hypervisor. Seconds of the namespace's time
 * that are measured run through the scheduler; between them the scheduler stands still and everyone goes on as he was
 * measured. With every second measured nothing is ever carried. A change (who competes, what he may, a good deal of what
 * is asked for) is measured in the next whole second; until then, the entitlement formula says by how much what was
 * measured goes up or down. While nobody asks for anything there is nothing to measure.
 */
export class SlicedCpu implements HostCpu {
  readonly #mhz: number;
  readonly #capacity: number;
  readonly #formula: EntitlementCpu;
  readonly #slices: EsxSlices | XenSlices;
  readonly #sampling: Sampling;
  readonly #guests = new Map<string, Guest>();
  readonly #row = new Float64Array(COLUMNS);
  readonly #unmeasured: Unmeasured = { ns: 0 };
  /** MHz that all use together; undefined: to be added up anew. */
  #used: number | undefined;
  /** Changes since the last `advance`, which take effect in it. */
  #changes: (() => void)[] = [];
  #now: number;
  /** Start of the second that is being measured; undefined: none is. */
  #measuredFrom: number | undefined;
  #measureAt = never;
  /** When it wanted to measure and has not been let; since then. */
  #lateSince: number | undefined;
  /** Seconds from one that was measured to the next, as it came to be. */
  #interval = 1;
  /** Demand in MHz that came (or went) since the last measured second began; infinity: something weightier did. */
  #moved = 0;
  isRecorded = false;
  #recorder: DecisionRecorder | undefined;

  constructor(hardware: HostHardware, now: number, random: Random, sampling: Sampling) {
    const { cpu, hypervisor } = hardware;
    this.#mhz = cpu.mhz;
    this.#capacity = cpu.sockets * cpu.coresPerSocket * cpu.mhz;
    this.#now = now;
    this.#sampling = sampling;
    this.#formula = new EntitlementCpu(hypervisor, cpu, now);
    if (hypervisor.type === 'Xen') {
      this.#slices = new XenSlices(hardware, random);
      const config = dom0Config(DOM0, hardware);
      this.#formula.add(DOM0, config);
      this.#newGuest(DOM0, DOM0, config.cpu.count);
    } else {
      this.#slices = new EsxSlices(hardware, random);
    }
  }

  get dom0(): string | undefined {
    return this.#slices instanceof XenSlices ? DOM0 : undefined;
  }

  get sampling(): number {
    const { every } = this.#sampling;
    // In doublings, so that it is not news each time.
    return this.#interval <= every ? every : every * 2 ** Math.ceil(Math.log2(this.#interval / every));
  }

  get next(): number {
    return this.#measuredFrom === undefined ? this.#measureAt : endOf(this.#measuredFrom);
  }

  add(uid: string, config: MachineConfig): void {
    this.#formula.add(uid, config);
    this.#newGuest(uid, config.name, config.cpu.count);
    this.#changes.push(() => {
      this.#slices.add(uid, config);
      this.#begin(uid);
    });
  }

  remove(uid: string): void {
    const guest = this.#guests.get(uid);
    if (guest === undefined) return;
    this.#guests.delete(uid);
    this.#used = undefined;
    this.#formula.remove(uid);
    this.#changes.push(() => {
      this.#slices.remove(uid);
      if (isWorking(guest.demand)) this.#moved = never;
    });
  }

  change(uid: string, config: MachineConfig): void {
    this.#formula.change(uid, config);
    this.#changes.push(() => {
      this.#slices.change(uid, config);
      const guest = this.#guests.get(uid);
      if (guest === undefined) return;
      guest.account.forgetMeasured(config.cpu.count);
      if (guest.demand !== undefined) this.#slices.ask(uid, guest.demand);
      this.#begin(uid);
      this.#moved = never;
    });
  }

  demand(uid: string, demand: CpuDemand): void {
    const guest = this.#guests.get(uid)!;
    const before = guest.demand;
    guest.demand = demand;
    this.#formula.demand(uid, demand);
    this.#changes.push(() => {
      if (!this.#guests.has(uid)) return;
      this.#slices.ask(uid, demand);
      const step = guest.account.vcpus * this.#mhz * (asked(demand) - asked(before));
      this.#moved += Math.abs(step) >= SMALL * this.#capacity ? never : step;
      const isOther = before?.pattern?.kind !== demand.pattern?.kind || isWorking(before) !== isWorking(demand);
      if (isOther || differs(before, demand)) this.#moved = never;
      if (!isSameIo(before, demand)) guest.lostBefore = undefined;
      if (before?.io === undefined || demand.io === undefined) guest.carried = 1;
    });
  }

  advance(now: number, changed: (uid: string) => void): void {
    const moved = new Set<string>();
    this.#serve(now, moved);
    if (this.#changes.length > 0) {
      const changes = this.#changes;
      this.#changes = [];
      for (const change of changes) change();
      if (this.dom0 !== undefined) this.#demandOfDom0();
      this.#consider();
    }
    this.#formula.advance(now, (uid) => {
      moved.add(uid);
      this.#used = undefined;
      this.#guests.get(uid)?.account.estimate(this.#formula.rate(uid).usedMHz, this.#mhz);
    });
    for (const uid of moved) if (this.#guests.has(uid)) changed(uid);
  }

  rate(uid: string): CpuRate {
    const rate = this.#formula.rate(uid);
    return { ...rate, usedMHz: this.#guests.get(uid)!.account.usedMHz(this.#mhz) * this.#fit() };
  }

  counters(uid: string): CpuCounters {
    const { account } = this.#guests.get(uid)!;
    const used =
      account.served(this.#mhz) + account.usedMHz(this.#mhz) * (this.#now - (this.#measuredFrom ?? this.#now));
    return { ...this.#formula.counters(uid), used };
  }

  total(): HostCpuRate {
    const { demandMHz, entitlementMHz, isShort } = this.#formula.total();
    const usedMHz = Math.min(this.#capacity, this.#sumUsed());
    return { demandMHz, entitlementMHz, usedMHz, isShort: isShort && usedMHz >= this.#capacity * BUSY };
  }

  figures(uid: string): CpuFigures | undefined {
    const isThere = this.#changes.length === 0 && this.#guests.has(uid);
    return this.#guests.get(uid)?.account.figures(isThere ? this.#slices.numaOf(uid) : undefined);
  }

  held(uid: string): { ready: number; coStop: number } {
    return this.#guests.get(uid)!.account.held();
  }

  carried(uid: string): number {
    return this.#guests.get(uid)!.carried;
  }

  times(uid: string, now: number): CpuTimes | undefined {
    const ns = this.#measuredFrom === undefined ? Math.max(0, now - this.#now) * NS_PER_MS : 0;
    return this.#guests.get(uid)?.account.times(ns);
  }

  xenmon(uid: string, seconds: XenmonWindow): XenmonRow | undefined {
    return this.#slices.xenmon(uid, seconds);
  }

  record(recorder: DecisionRecorder | undefined, done?: () => void): boolean {
    this.isRecorded = recorder !== undefined;
    this.#changes.push(() => {
      this.#recorder = recorder;
      this.#slices.record(recorder, (uid) => this.#guests.get(uid)?.name ?? uid);
      done?.();
    });
    return true;
  }

  #newGuest(uid: string, name: string, vcpus: number): void {
    this.#guests.set(uid, {
      name,
      account: new GuestAccount(vcpus, this.#unmeasured),
      demand: undefined,
      lostBefore: undefined,
      carried: 1,
    });
    this.#used = undefined;
  }

  /** Lets time pass until `now`: through the scheduler while a second is measured, past it otherwise. */
  #serve(now: number, moved: Set<string>): void {
    while (this.#now < now || this.#measureAt <= this.#now) {
      if (this.#measuredFrom === undefined && this.#measureAt <= this.#now) {
        this.#measure();
        continue;
      }
      const from = this.#measuredFrom;
      const to = Math.min(now, from === undefined ? this.#measureAt : endOf(from));
      const ns = (to - this.#now) * NS_PER_MS;
      this.#now = to;
      if (from === undefined) {
        this.#slices.skip(ns);
        this.#unmeasured.ns += ns;
      } else {
        this.#sampling.measure(() => this.#slices.advance(this.#slices.now + ns));
        if (to === endOf(from)) this.#endSecond(moved);
      }
    }
  }

  #measure(): void {
    const delay = this.#recorder === undefined ? this.#sampling.delay() : 0;
    if (delay > 0) {
      this.#lateSince ??= this.#now;
      this.#measureAt = this.#now + delay * SECOND;
      return;
    }
    const { every } = this.#sampling;
    this.#interval = every + (this.#now - (this.#lateSince ?? this.#now)) / SECOND;
    this.#lateSince = undefined;
    this.#measureAt = never;
    this.#measuredFrom = this.#now;
    this.#moved = 0;
    for (const [uid, guest] of this.#guests) {
      this.#begin(uid);
      if (guest.demand?.io !== undefined && this.#slices.has(uid)) guest.lostBefore = this.#slices.lost(uid);
    }
  }

  #begin(uid: string): void {
    const guest = this.#guests.get(uid);
    if (guest === undefined || !this.#slices.has(uid)) return;
    this.#slices.read(uid, this.#row);
    guest.account.begin(this.#row);
  }

  /** Counters are read here and nowhere within the second: ESX's scheduler charges what runs when it is asked. */
  #endSecond(moved: Set<string>): void {
    this.#used = undefined;
    const from = this.#measuredFrom!;
    const ns = (this.#now - from) * NS_PER_MS;
    const isQuiet = this.#isQuiet;
    for (const [uid, guest] of this.#guests) {
      if (!this.#slices.has(uid)) continue;
      const { account, demand } = guest;
      this.#slices.read(uid, this.#row);
      account.follow(this.#row);
      account.end(ns, this.#formula.rate(uid).usedMHz);
      if (isQuiet) account.rest();
      if (isWorking(demand) || uid === DOM0) moved.add(uid);
      if (guest.lostBefore === undefined || demand?.io === undefined) continue;
      const asked = ((demand.io.packets + demand.io.diskRequests) * ns) / NS_PER_SECOND;
      guest.carried = Math.max(0, 1 - (this.#slices.lost(uid) - guest.lostBefore) / asked);
    }
    this.#slices.secondOver();
    this.#measuredFrom = undefined;
    if (isQuiet) this.#measureAt = never;
    else if (this.#recorder !== undefined || this.#hasMoved) this.#measureAt = this.#now;
    else this.#measureAt = from - (from % SECOND) + this.#sampling.every * SECOND;
  }

  /** After changes: whether and when to measure anew. */
  #consider(): void {
    if (this.#isQuiet) {
      if (this.#measuredFrom === undefined) this.#measureAt = never;
      return;
    }
    const isExact = this.#sampling.every === 1 || this.#recorder !== undefined;
    if (this.#measuredFrom !== undefined || !(isExact || this.#hasMoved || this.#measureAt === never)) return;
    this.#measureAt = Math.min(this.#measureAt, isExact ? this.#now : Math.ceil(this.#now / SECOND) * SECOND);
    if (isExact) this.#serve(this.#now, new Set());
  }

  get #hasMoved(): boolean {
    return Math.abs(this.#moved) >= SMALL * this.#capacity;
  }

  /** Nobody asks for anything. */
  get #isQuiet(): boolean {
    for (const { demand } of this.#guests.values()) if (isWorking(demand)) return false;
    return true;
  }

  /** The I/O of all guests is what dom0 asks for; the formula has to know. */
  #demandOfDom0(): void {
    const { dom0Demand } = this.#slices as XenSlices;
    const { account } = this.#guests.get(DOM0)!;
    this.#formula.demand(DOM0, { percent: Math.min(100, (100 * dom0Demand) / account.vcpus), burstUs: 10_000 });
  }

  /** What threads of shared cores do together can be more than the cores count for. */
  #fit(): number {
    return Math.min(1, this.#capacity / Math.max(this.#sumUsed(), Number.MIN_VALUE));
  }

  #sumUsed(): number {
    if (this.#used !== undefined) return this.#used;
    let sum = 0;
    for (const { account } of this.#guests.values()) sum += account.usedMHz(this.#mhz);
    this.#used = sum;
    return sum;
  }
}

/** Seconds are those of the namespace's time, so that hosts do their work at the same instants. */
function endOf(measuredFrom: number): number {
  return (Math.floor(measuredFrom / SECOND) + 1) * SECOND;
}

function isWorking(demand: CpuDemand | undefined): boolean {
  return demand !== undefined && (demand.percent > 0 || demand.io !== undefined);
}

/** Part of its vCPUs that it asks for. */
function asked(demand: CpuDemand | undefined): number {
  return demand === undefined ? 0 : (demand.percent / 100) * (demand.hindrance?.work ?? 1);
}

/** Other I/O, or waiting for memory by more than rounding. */
function differs(a: CpuDemand | undefined, b: CpuDemand): boolean {
  return !isSameIo(a, b) || Math.abs((a?.hindrance?.swapWait ?? 0) - (b.hindrance?.swapWait ?? 0)) > SMALL;
}

function isSameIo(a: CpuDemand | undefined, b: CpuDemand): boolean {
  return a?.io?.packets === b.io?.packets && a?.io?.diskRequests === b.io?.diskRequests;
}
