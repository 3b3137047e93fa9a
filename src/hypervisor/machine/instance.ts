import { allFeatures } from '../../arithmetic/cpu-features.ts';
import { usualXenIoCosts } from '../../arithmetic/io-costs.ts';
import { memoryOverhead } from '../../arithmetic/memory-overhead.ts';
import type { GuestState, MachineConfig, MachineUsage } from '../backend.ts';
import { isEmulated } from '../cpu/device-model.ts';
import type { Alarm } from '../event-queue.ts';
import { type GuestHints, idleWorkload, type Workload } from '../hardware.ts';
import type { Host } from '../host/host.ts';
import { type MemoryPhase, unhindered } from '../memory/host-memory.ts';
import type { Site } from '../site.ts';
import { type CpuLoad, cpuLoad } from '../workload/cpu-load.ts';
import { ioOf } from '../workload/io-load.ts';
import { memoryLoad } from '../workload/memory-load.ts';

/** What is kept of an instance that has lost its lock; one that holds it is known from its machine. */
export interface InstanceRecord {
  readonly uid: string;
  readonly epoch: number;
  readonly config: MachineConfig;
  readonly guest: GuestState;
  readonly guestSince: number;
}

/** What becomes of memory when the guest is in that state. */
const phases: Readonly<Record<GuestState, MemoryPhase>> = {
  Stopped: 'Empty',
  Booting: 'Booting',
  Running: 'Running',
  ShuttingDown: 'Running',
  Hung: 'Stalled',
  Crashed: 'Stalled',
};

/** What sharing saves is told at a quarter of the usual distance. */
const SHARING_WEIGHT = 4;
/** Figures by which a machine's usage is far from what was told. */
const POINTS = 11;

/** A booting or closing guest keeps a quarter of one vCPU busy. */
const TRANSITION_PERCENT_OF_ONE = 25;

export const nothingUsed: MachineUsage = {
  cpu: { usedMHz: 0, demandMHz: 0, entitlementMHz: 0 },
  memory: { granted: 0, entitlement: 0, consumed: 0, active: 0, overhead: 0 },
};

/** A machine in the memory of a host: what competes for processors and memory there. */
export class Instance {
  readonly uid: string;
  readonly epoch: number;
  readonly host: Host;
  readonly #site: Site;
  config: MachineConfig;
  /** Bytes that running it costs beyond its own memory. */
  overhead = 0;
  guest: GuestState = 'Stopped';
  guestSince: number;
  #load: CpuLoad | undefined;
  #alarm: Alarm | undefined;
  /** Of its vCPUs, what its guest asks for now. */
  #percent = 0;
  #hindrance = unhindered;
  /**
   * CPU used, CPU demanded, memory consumed, active, ballooned and swapped, in percent of its capacity, and the percentages
   * of its time that it waits for swap, and (at half, since they waver) for a processor and its siblings, as last reported;
   * then what sharing saves, which grows slowly and is seldom much; last how much of its I/O is not carried.
   */
  readonly #told = new Float64Array(POINTS);
  /** The same as they are now: written anew at each look. */
  readonly #now = new Float64Array(POINTS);

  constructor(site: Site, host: Host, record: InstanceRecord) {
    this.#site = site;
    this.host = host;
    this.uid = record.uid;
    this.epoch = record.epoch;
    this.config = record.config;
    this.guestSince = record.guestSince;
    this.overhead = this.#overheadOf(record.config);
    host.cpu.add(this.uid, this.config);
    host.memory.add(this.uid, this.config, this.overhead);
    host.instances.set(this.uid, this);
    site.machinesMoved(host);
    this.setGuest(record.guest, record.guestSince);
  }

  get record(): InstanceRecord {
    const { uid, epoch, config, guest, guestSince } = this;
    return { uid, epoch, config, guest, guestSince };
  }

  /** What it takes of the room on its host. */
  get reservedMHz(): number {
    return this.host.isXen ? 0 : this.config.cpu.reservationMHz;
  }

  get committedMemory(): number {
    const { size, reservation } = this.config.memory;
    return this.host.isXen ? size : Math.min(size, reservation) + this.overhead;
  }

  /** What a guest shown this host's processor sees. */
  static seenOn(host: Host): { vendor: string; features: string[] } {
    const { vendor, family, features } = host.hardware.cpu;
    return { vendor, features: allFeatures(family, features) };
  }

  reconfigure(config: MachineConfig): void {
    this.config = config;
    this.overhead = this.#overheadOf(config);
    this.host.cpu.change(this.uid, config);
    this.host.memory.change(this.uid, config, this.overhead);
    this.#site.usageMoved(this.host);
    this.setGuest(this.guest, this.guestSince);
  }

  /** The guest is in this state since then: what it asks for follows. */
  setGuest(guest: GuestState, since: number): void {
    this.guest = guest;
    this.guestSince = since;
    const { workload } = this.#hints();
    this.#load = guest === 'Running' ? cpuLoad(workload.cpu, since) : undefined;
    this.host.memory.demand(this.uid, {
      ...memoryLoad(workload.memory, this.config.memory.size),
      phase: phases[guest],
      since,
      bootMs: this.config.guest.bootMs,
    });
    this.#followLoad();
    this.#site.disks.review(this);
    this.#site.uplinks.review(this);
    this.host.tellSwapDevice(this);
  }

  /** What it waits for in memory may be another than before. */
  followMemory(): void {
    const { work, swapWait } = this.host.memory.hindrance(this.uid);
    if (work !== this.#hindrance.work || swapWait !== this.#hindrance.swapWait) this.#askForCpu();
  }

  /** Something about its workload is new. */
  reviewWorkload(): void {
    this.setGuest(this.guest, this.guestSince);
  }

  /** What its guest asks of disks and network: nothing, where it is not up or stands still. */
  get traffic(): Pick<Workload, 'disk' | 'network'> {
    const isAtWork = this.#load !== undefined && this.host.record.hungAt === undefined;
    return isAtWork ? this.#hints().workload : idleWorkload;
  }

  /** MHz × ms that it has asked for until now. */
  get requested(): number {
    const { at, demanded } = this.host.cpu.counters(this.uid);
    return demanded + this.host.cpu.rate(this.uid).demandMHz * (this.#site.now - at);
  }

  /** Stops competing and leaves the host. */
  end(): void {
    this.#alarm?.cancel();
    this.#site.meters?.ended(this.uid, this.requested);
    this.host.cpu.remove(this.uid);
    this.host.memory.remove(this.uid);
    this.#site.disks.drop(this);
    this.#site.uplinks.drop(this);
    this.host.instances.delete(this.uid);
    this.#site.machinesMoved(this.host);
  }

  usage(): MachineUsage {
    const { demand: _, ...rate } = this.host.memory.rate(this.uid);
    const memory = { ...rate, overhead: rate.overhead + this.#deviceModel };
    const cpu = { ...this.host.cpu.rate(this.uid), ...this.host.cpu.figures(this.uid) };
    const traffic = this.#carriedTraffic();
    if (memory.swapped === undefined) return { cpu, memory, ...traffic };
    const { swapWait } = this.host.memory.hindrance(this.uid);
    return { cpu: { swapWaitPercent: 100 * swapWait, ...cpu }, memory, ...traffic };
  }

  /** What the datastore and the uplink give it, as far as its host has processor time to carry it. */
  #carriedTraffic(): Pick<MachineUsage, 'disk' | 'network'> {
    const disk = this.#site.disks.of(this);
    const network = this.#site.uplinks.of(this);
    const part = this.host.cpu.carried(this.uid);
    const scaled = <T extends object>(reading: T | undefined, rates: readonly (keyof T)[]): T | undefined => {
      if (reading === undefined || part === 1) return reading;
      return { ...reading, ...Object.fromEntries(rates.map((rate) => [rate, part * (reading[rate] as number)])) };
    };
    const got = {
      disk: scaled(disk, ['readMBps', 'writeMBps', 'iops']),
      network: scaled(network, ['receiveMbps', 'transmitMbps']),
    };
    return {
      ...(got.disk === undefined ? {} : { disk: got.disk }),
      ...(got.network === undefined ? {} : { network: got.network }),
    };
  }

  /** Bytes of its qemu-dm process, which lies in dom0's memory: it takes no room of the host beside that. */
  get #deviceModel(): number {
    if (!this.host.isXen || !isEmulated(this.config)) return 0;
    return this.host.hardware.xenIoCosts?.deviceModelMemory ?? usualXenIoCosts.deviceModelMemory;
  }

  /** Whether usage is 10 points of the machine's capacity away from what was last told. */
  hasMovedFar(): boolean {
    const points = this.#points();
    const { reportPoints } = this.#site;
    for (let i = 0; i < points.length; i++) if (Math.abs(points[i]! - this.#told[i]!) >= reportPoints) return true;
    return false;
  }

  /** Its usage has been told. */
  markTold(): void {
    this.#told.set(this.#points());
  }

  /** Where it stands now, in points; valid until the next call. */
  #points(): Float64Array {
    const points = this.#now;
    const cpu = this.host.cpu.rate(this.uid);
    const held = this.host.cpu.held(this.uid);
    const memory = this.host.memory.rate(this.uid);
    const mhz = this.config.cpu.count * this.host.hardware.cpu.mhz;
    const { size } = this.config.memory;
    points[0] = (100 * cpu.usedMHz) / mhz;
    points[1] = (100 * cpu.demandMHz) / mhz;
    points[2] = (100 * memory.consumed) / size;
    points[3] = (100 * memory.active) / size;
    points[4] = (100 * (memory.ballooned ?? 0)) / size;
    points[5] = (100 * (memory.swapped ?? 0)) / size;
    points[6] = 100 * this.#hindrance.swapWait;
    points[7] = held.ready / 2;
    points[8] = held.coStop / 2;
    points[9] = (SHARING_WEIGHT * 100 * (memory.sharedSaved ?? 0)) / size;
    points[10] = 100 * (1 - this.host.cpu.carried(this.uid));
    return points;
  }

  #followLoad(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    const now = this.#site.now;
    const isTransition = this.guest === 'Booting' || this.guest === 'ShuttingDown';
    const percent = this.#load?.percent(now) ?? (isTransition ? TRANSITION_PERCENT_OF_ONE / this.config.cpu.count : 0);
    const isFrozen = this.host.record.hungAt !== undefined;
    this.#percent = isFrozen ? 0 : percent;
    this.host.memory.load(this.uid, this.#percent / 100);
    this.#askForCpu();
    this.#site.usageMoved(this.host);
    const next = this.#load?.next(now) ?? Number.POSITIVE_INFINITY;
    if (!isFrozen && next < Number.POSITIVE_INFINITY) this.#alarm = this.#site.at(next, () => this.#followLoad());
  }

  #askForCpu(): void {
    const { workload } = this.#hints();
    // A guest that is not up, or stands still, has no traffic.
    const isAtWork = this.#load !== undefined && this.host.record.hungAt === undefined;
    const io = isAtWork ? ioOf(workload) : undefined;
    this.#hindrance = this.host.memory.hindrance(this.uid);
    this.host.cpu.demand(this.uid, {
      percent: this.#percent,
      burstUs: workload.burstUs,
      ...(this.#load === undefined ? {} : { pattern: workload.cpu }),
      ...(io === undefined ? {} : { io }),
      ...(this.#hindrance.work === 1 && this.#hindrance.swapWait === 0 ? {} : { hindrance: this.#hindrance }),
    });
  }

  #hints(): GuestHints {
    return this.#site.hints.get(this.uid) ?? { workload: idleWorkload, restartPolicy: 'OnFailure' };
  }

  #overheadOf({ cpu, memory }: MachineConfig): number {
    return this.host.isXen ? 0 : memoryOverhead(cpu.count, memory.size);
  }
}
