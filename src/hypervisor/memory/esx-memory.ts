import { type FreeThresholds, freeThresholds, type MemoryState, memoryState } from '../../arithmetic/min-free.ts';
import type { Random } from '../../base/random.ts';
import { MINUTE } from '../../base/units.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import { isBlowing } from './balloons.ts';
import { DISK_LATENCY_MS, SWAP_RATE } from './constants.ts';
import { Grants } from './grants.ts';
import { followUse, GuestWishes, isWaiting } from './guest-wishes.ts';
import type {
  Hindrance,
  HostMemory,
  HostMemoryRate,
  MemoryDemand,
  MemoryImage,
  MemoryRate,
  MemorySnapshot,
  SwapDevice,
} from './host-memory.ts';
import { consumedBy, EMPTY, MachineTable } from './machine-table.ts';
import { demandInto } from './memory-demand.ts';
import { imageOf, restoreImage } from './memory-image.ts';
import { type MemorySettings, memorySettings } from './memory-settings.ts';
import { activeOf, demandOf, MemoryTargets } from './memory-targets.ts';
import { hasMoved, isFarFromKept, noteKept } from './news.ts';
import { PageSharing } from './page-sharing.ts';
import { Reclaim } from './reclaim.ts';
import { WorkingSets } from './working-sets.ts';

/** While memory is on the move, time goes on in steps of so many seconds: under pressure, and without. */
const CLOSE_STEP = 1;
const LOOSE_STEP = 5;
/** Pressure that has lasted so many ms with nothing new is followed loosely. */
const USUAL_AFTER = 5 * MINUTE;

/**
 * The memory of an ESX host, managed as ESX does it. Guests touch pages; working sets are sampled every minute;
 * every 15 seconds while anything moves, targets are set by min-funding revocation with the idle tax, and memory is
 * taken from whoever is above his target by the means that the state of the host allows. Pages that look alike are
 * shared meanwhile.
 *
 * The limit holds at every instant: a guest that touches more than that has pages swapped out for it.
 */
export class EsxMemory implements HostMemory {
  readonly #size: number;
  readonly #random: Random;
  readonly #settings: MemorySettings;
  readonly #thresholds: FreeThresholds;
  readonly #table = new MachineTable();
  readonly #sets: WorkingSets;
  readonly #sharing: PageSharing;
  readonly #targets: MemoryTargets;
  readonly #wishes: GuestWishes;
  readonly #grants: Grants;
  readonly #reclaim: Reclaim;
  readonly #pending = new Map<string, MemoryDemand>();
  #now: number;
  /** When the swap rates begin to be counted. */
  #countedFrom: number;
  #state: MemoryState = 'High';
  #isStale = false;
  /** Over the machines, as of the last time that anything was done. */
  #sum = { demand: 0, entitlement: 0, used: 0 };
  /** Whether pages move, or wait to. */
  #isMoving = false;
  #mayHaveMoved = false;
  /** When a guest was last another than before, or there was no pressure. */
  #newsAt = 0;
  /** Seconds that passed since pages were last looked through. */
  #unscanned = 0;
  next = Number.POSITIVE_INFINITY;

  constructor(hardware: HostHardware, now: number, random: Random) {
    this.#size = hardware.memory;
    this.#random = random;
    this.#settings = memorySettings(hardware);
    this.#thresholds = freeThresholds(hardware.hypervisor.version, hardware.memory);
    this.#sets = new WorkingSets(this.#table, this.#settings.samplePeriodMs);
    this.#sharing = new PageSharing(this.#table, this.#settings);
    this.#targets = new MemoryTargets(this.#table, this.#settings.idleTax);
    this.#wishes = new GuestWishes(this.#table);
    this.#grants = new Grants(this.#table, this.#wishes, this.#settings);
    this.#reclaim = new Reclaim(this.#table, this.#settings, this.#thresholds);
    this.#now = now;
    this.#countedFrom = now;
  }

  add(uid: string, config: MachineConfig, overhead: number): void {
    const i = this.#table.add(uid);
    const c = this.#table.columns;
    c.work[i] = 1;
    c.deviceMs[i] = DISK_LATENCY_MS;
    c.deviceRate[i] = SWAP_RATE;
    WorkingSets.begin(c, i, this.#random.split(`working-set/${uid}`).uint32(), this.#now);
    this.change(uid, config, overhead);
  }

  remove(uid: string): void {
    this.#pending.delete(uid);
    if (this.#table.remove(uid)) this.#isStale = true;
  }

  change(uid: string, { memory, guest, cpu }: MachineConfig, overhead: number): void {
    const i = this.#table.placeOf(uid);
    const c = this.#table.columns;
    c.size[i] = memory.size;
    c.shares[i] = memory.shares;
    c.reservation[i] = Math.min(memory.size, memory.reservation);
    c.limit[i] = Math.min(memory.size, memory.limit ?? memory.size);
    c.overhead[i] = overhead;
    c.vcpus[i] = cpu.count;
    c.tools[i] = guest.tools ? 1 : 0;
    c.system[i] = this.#sharing.systemOf(guest.os);
    c.zeroesAll[i] = /^windows/i.test(guest.os) ? 1 : 0;
    this.#isStale = true;
  }

  demand(uid: string, demand: MemoryDemand): void {
    this.#pending.set(uid, demand);
  }

  load(uid: string, busy: number): void {
    this.#table.columns.busy[this.#table.placeOf(uid)] = busy;
  }

  swapDevice(uid: string, { latencyMs, bytesPerSecond }: SwapDevice): void {
    const i = this.#table.placeOf(uid);
    this.#table.columns.deviceMs[i] = latencyMs;
    this.#table.columns.deviceRate[i] = bytesPerSecond;
  }

  advance(now: number, changed: (uid: string) => void): void {
    let hasWorked = false;
    while (this.next <= now) {
      this.#pass(this.next);
      hasWorked = true;
    }
    if (this.#pending.size > 0 || this.#isStale) {
      this.#run(now);
      this.#takeDemands();
      this.#step(0);
      this.#conclude();
      hasWorked = true;
    }
    if (!hasWorked) return;
    this.#mayHaveMoved = true;
    this.#tell(changed);
  }

  settle(now: number): void {
    this.#run(now);
    this.#conclude();
  }

  skip(now: number): void {
    const passed = now - this.#now;
    const { count, columns } = this.#table;
    for (let i = 0; i < count; i++) {
      columns.hitsFrom[i]! += passed;
      columns.hitsAt[i]! += passed;
    }
    this.#now = now;
    this.#countedFrom += passed;
    this.#setNext();
  }

  rate(uid: string): MemoryRate {
    const i = this.#table.placeOf(uid);
    const c = this.#table.columns;
    return {
      granted: c.resident[i]!,
      entitlement: c.entitlement[i]!,
      consumed: consumedBy(c, i),
      active: activeOf(c, i),
      overhead: c.overhead[i]!,
      demand: demandOf(c, i) + c.overhead[i]!,
      target: c.target[i]!,
      ballooned: c.balloon[i]!,
      shared: c.image[i]! + c.zero[i]!,
      sharedSaved: c.saved[i]!,
      zeroed: c.zero[i]!,
      compressed: Math.ceil(c.zipped[i]! / 2),
      swapped: c.swapped[i]!,
      swapInKBps: c.swapIn[i]! / 1000,
      swapOutKBps: c.swapOut[i]! / 1000,
    };
  }

  hindrance(uid: string): Hindrance {
    const i = this.#table.placeOf(uid);
    const { work, swapWait } = this.#table.columns;
    return { work: work[i]!, swapWait: swapWait[i]! };
  }

  total(): HostMemoryRate {
    const { demand, entitlement, used } = this.#sum;
    const minFree = Math.round(this.#thresholds.high);
    return { demand, entitlement, used, free: this.#size - used, minFree, state: this.#state };
  }

  image(uid: string): MemoryImage | undefined {
    return imageOf(this.#table.columns, this.#table.placeOf(uid));
  }

  hasMoved(): boolean {
    if (!this.#mayHaveMoved) return false;
    this.#mayHaveMoved = false;
    const { count, columns: c } = this.#table;
    let isFar = false;
    for (let i = 0; i < count; i++) isFar ||= isFarFromKept(c, i);
    for (let i = 0; i < count && isFar; i++) noteKept(c, i);
    return isFar;
  }

  restore(uid: string, image: MemoryImage): void {
    restoreImage(this.#table.columns, this.#table.placeOf(uid), image, this.#settings);
    this.#sharing.recount();
    this.#isStale = true;
  }

  snapshot(): MemorySnapshot {
    const machines: Record<string, MemoryImage> = {};
    this.#table.uids.forEach((uid, i) => {
      machines[uid] = imageOf(this.#table.columns, i);
    });
    return { at: this.#now, countedFrom: this.#countedFrom, state: this.#state, machines };
  }

  resume({ at, countedFrom, state, machines }: MemorySnapshot): void {
    for (const uid of this.#table.uids) {
      const image = machines[uid];
      if (image !== undefined) restoreImage(this.#table.columns, this.#table.placeOf(uid), image, this.#settings);
    }
    // Twins are counted when all are there.
    this.#sharing.recount();
    this.#now = at;
    this.#countedFrom = countedFrom;
    this.#state = state;
    this.#takeDemands();
    this.#judge();
    this.#conclude();
  }

  #free(): number {
    const { count, columns: c } = this.#table;
    let used = 0;
    for (let i = 0; i < count; i++) used += consumedBy(c, i) + c.overhead[i]!;
    return this.#size - used;
  }

  /** Up to the end of a period: samples are looked at, swap rates counted, targets set. */
  #pass(at: number): void {
    this.#run(at);
    this.#sets.look(at);
    this.#countRates(at);
    this.#conclude();
  }

  #takeDemands(): void {
    const c = this.#table.columns;
    for (const [uid, demand] of this.#pending) {
      const i = this.#table.placeOf(uid);
      if (demandInto(c, i, demand)) WorkingSets.begin(c, i, c.seed[i]!, this.#now);
    }
    this.#pending.clear();
    this.#isStale = false;
    this.#newsAt = this.#now;
    this.#sets.settleNew();
    this.#setTargets();
  }

  #conclude(): void {
    this.#sets.settleNew();
    this.#setTargets();
    const mayBeOver = this.#free() >= this.#thresholds.high;
    this.#isMoving = this.#state !== 'High' && (this.#targets.isContended || mayBeOver);
    const { count, columns } = this.#table;
    for (let i = 0; i < count && !this.#isMoving; i++) {
      this.#isMoving = isWaiting(columns, i) || isBlowing(columns, i, this.#settings);
    }
    this.#add();
    this.#setNext();
  }

  #add(): void {
    const { count, columns: c } = this.#table;
    let [demand, entitlement, used] = [0, 0, 0];
    for (let i = 0; i < count; i++) {
      demand += demandOf(c, i) + c.overhead[i]!;
      entitlement += c.entitlement[i]!;
      used += consumedBy(c, i) + c.overhead[i]!;
    }
    this.#sum = { demand, entitlement, used: Math.min(used, this.#size) };
  }

  #setTargets(): void {
    this.#targets.set({ size: this.#size, kept: this.#thresholds.high });
  }

  #setNext(): void {
    const { count, columns } = this.#table;
    const { samplePeriodMs, balancePeriodMs } = this.#settings;
    let hasGuests = false;
    for (let i = 0; i < count && !hasGuests; i++) hasGuests = columns.phase[i] !== EMPTY;
    const after = (period: number) => (Math.floor(this.#now / period) + 1) * period;
    if (!hasGuests) this.next = Number.POSITIVE_INFINITY;
    else if (this.#isMoving) this.next = Math.min(after(balancePeriodMs), after(samplePeriodMs));
    else this.next = after(samplePeriodMs);
  }

  /** Brings pages up to `at`, in steps as long as nothing is missed between them. */
  #run(at: number): void {
    while (this.#now < at) {
      const left = (at - this.#now) / 1000;
      const seconds = this.#isMoving ? Math.min(left, this.#stepFor(left)) : left;
      this.#now = seconds === left ? at : this.#now + Math.ceil(seconds * 1000);
      if (this.#isMoving || !this.#sharing.isDone) this.#step(seconds);
    }
  }

  /** Guests that grow into memory that is free can be left to themselves; otherwise who gives and takes is looked at closely. */
  #stepFor(left: number): number {
    if (this.#state !== 'High') return this.#now - this.#newsAt < USUAL_AFTER ? CLOSE_STEP : LOOSE_STEP;
    this.#wishes.reckon(this.#now + left * 1000, left);
    const room = this.#free() - this.#thresholds.soft;
    if (this.#wishes.sum() > room) return CLOSE_STEP;
    return this.#targets.isContended || this.#wishes.hasReturns() ? LOOSE_STEP : left;
  }

  /** What happens to all pages in so many seconds, which end now. */
  #step(seconds: number): void {
    const { count } = this.#table;
    this.#wishes.reckon(this.#now, seconds);
    this.#grants.give({ free: this.#free(), low: this.#thresholds.low, isContended: this.#targets.isContended });
    for (let i = 0; i < count; i++) followUse(this.#table.columns, i, this.#now, seconds);
    this.#table.columns.arrives.fill(0);
    this.#lookForTwins(seconds);
    this.#judge();
    const standing = { state: this.#state, free: this.#free(), isContended: this.#targets.isContended };
    if (this.#reclaim.run(seconds, standing) > 0) this.#sharing.settle();
    this.#reclaim.enforce(
      () => this.#free(),
      () => this.#sharing.settle(),
    );
    // What reclaiming has just brought may be wanted again: pressure is over when the next step begins with enough.
    if (standing.state === 'High' || this.#free() < this.#thresholds.high) this.#judge();
  }

  /** An hour's scan need not be followed by the second. */
  #lookForTwins(seconds: number): void {
    this.#unscanned += seconds;
    if (seconds > 0 && this.#unscanned < LOOSE_STEP) return;
    this.#sharing.advance(this.#unscanned);
    this.#unscanned = 0;
  }

  /** The state that the host is in, and who is stopped for it. */
  #judge(): void {
    this.#state = memoryState(this.#free(), this.#thresholds, this.#state);
    if (this.#state === 'High') this.#newsAt = this.#now;
    const { count, columns: c } = this.#table;
    const isLow = this.#state === 'Low' && this.#targets.isContended;
    for (let i = 0; i < count; i++) c.blocked[i] = isLow && consumedBy(c, i) > c.target[i]! ? 1 : 0;
  }

  /** Swapping of the stretch that ends now, per second. */
  #countRates(at: number): void {
    const seconds = (at - this.#countedFrom) / 1000;
    if (seconds <= 0) return;
    const { count, columns: c } = this.#table;
    for (let i = 0; i < count; i++) {
      c.swapIn[i] = c.cameIn[i]! / seconds;
      c.swapOut[i] = c.wentOut[i]! / seconds;
      c.cameIn[i] = c.wentOut[i] = 0;
    }
    this.#countedFrom = at;
  }

  /** Calls `changed` for machines whose figures moved by more than a trifle since it was last called for them. */
  #tell(changed: (uid: string) => void): void {
    const { count, columns: c } = this.#table;
    for (let i = 0; i < count; i++) if (hasMoved(c, i)) changed(this.#table.uids[i]!);
  }
}
