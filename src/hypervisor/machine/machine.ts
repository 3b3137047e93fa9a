import type { ExitReason, GuestState, MachineConfig, MachinePower } from '../backend.ts';
import type { Alarm } from '../event-queue.ts';
import type { GuestHints, HypervisorType } from '../hardware.ts';
import type { Host } from '../host/host.ts';
import type { Site } from '../site.ts';
import { Lock, type LockRecord } from '../storage/lock.ts';
import { growth, homeOf, type StoredFile } from '../storage/machine-files.ts';
import type { Instance } from './instance.ts';

/** What is kept of a machine. Times are milliseconds of the namespace's time. */
export interface MachineRecord {
  readonly uid: string;
  readonly uuid: string;
  readonly ip: string;
  macs: string[];
  /** In effect. */
  config: MachineConfig;
  /** Given last; what of it is not in effect waits for the next power-on. */
  wanted: MachineConfig;
  folder: string;
  files: StoredFile[];
  lock: LockRecord;
  /** Where it runs, or ran last. */
  host: string;
  power: MachinePower;
  epoch: number;
  /** The order that its last start carried out: that of this host, given when it had been started `epoch` times. */
  started: { readonly host: string; readonly epoch: number } | undefined;
  startedAt: number | undefined;
  /** Its last start was there when the world began: no admission let it in. */
  unadmitted?: boolean;
  /** Starts that were resumes; left out: none. */
  resumes?: number;
  resets: number;
  restartToken: string | undefined;
  exit: { readonly reason: ExitReason; readonly at: number } | undefined;
  guest: GuestState;
  /** When the guest came into that state; of a running one, from when its workload counts. */
  guestSince: number;
  /** The processor that its guest has seen since power-on. */
  seen: { readonly type: HypervisorType; readonly vendor: string; readonly features: readonly string[] } | undefined;
  /** What a suspended machine goes on with. */
  asleep: { readonly guest: GuestState; readonly guestSince: number; readonly at: number } | undefined;
  /** When the power transition under way ends. */
  powerAt: number | undefined;
  /** When the guest changes by itself: it has booted, has shut down, or decides to. */
  guestAt: number | undefined;
  /** When a guest that was asked to shut down is cut off. */
  unplugAt: number | undefined;
  /** It is to be forgotten as soon as it is off. */
  isDoomed: boolean;
}

/** It is on its way to where it was suspended. */
export function isResuming({ power, asleep }: Pick<MachineRecord, 'power' | 'asleep'>): boolean {
  return power === 'PoweringOn' && asleep !== undefined;
}

/** One virtual machine, registered. Its power is changed in power.ts, its guest in guest.ts. */
export class Machine {
  readonly kind = 'Machine';
  readonly record: MachineRecord;
  readonly lock: Lock;
  /** What of it runs under its lock, or ran under it last and has not noticed yet. */
  instance: Instance | undefined;
  /** The next step of a thin disk that is being written to; see storage/thin-growth.ts. */
  growth: Alarm | undefined;
  /** Called when one of its times has come; set by whoever brings machines to life. */
  readonly #due: (machine: Machine) => void;
  readonly #site: Site;
  #alarm: Alarm | undefined;

  constructor(site: Site, record: MachineRecord, due: (machine: Machine) => void) {
    this.#site = site;
    this.#due = due;
    this.record = record;
    this.lock = new Lock(record.lock);
  }

  get key(): string {
    return this.record.uid;
  }

  get uid(): string {
    return this.record.uid;
  }

  get name(): string {
    return this.record.config.name;
  }

  get host(): Host | undefined {
    return this.#site.hosts.get(this.record.host);
  }

  get isOff(): boolean {
    return this.record.power === 'Off';
  }

  /** The datastore that its lock lives on; none without disks, when the lock is in the world itself. */
  get home(): string | undefined {
    return homeOf(this.record.config);
  }

  get hints(): GuestHints | undefined {
    return this.#site.hints.get(this.uid);
  }

  /** Hosts on which an instance without the lock runs. */
  get staleInstances(): string[] {
    const names = (this.#site.strays.get(this.uid) ?? []).map(({ host }) => host.name);
    if (this.instance !== undefined && !this.lock.isHeldBy(this.instance.epoch, this.#site.now)) {
      names.push(this.instance.host.name);
    }
    return names.sort();
  }

  /** How long its lock outlives the host that kept it alive. */
  get lockTimeoutMs(): number {
    const datastore = this.home === undefined ? undefined : this.#site.datastores.get(this.home);
    return datastore?.record.hardware.lockTimeoutMs ?? 16_000;
  }

  /** The earliest of its times. They stand still while its host hangs, but for the lock's. */
  get nextTime(): number | undefined {
    const { powerAt, guestAt, unplugAt } = this.record;
    const own = this.instance?.host.record.hungAt === undefined ? [powerAt, guestAt, unplugAt] : [];
    const { expiresAt } = this.record.lock;
    const lockAt = this.instance !== undefined && !this.lock.isExpiredAt(this.#site.now) ? expiresAt : undefined;
    const times = [...own, lockAt].filter((time) => time !== undefined);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Something about it is new: it is saved, told, and woken when its next time comes. */
  changed(): void {
    this.#site.changed(this);
    this.arm();
  }

  arm(): void {
    this.#alarm?.cancel();
    const time = this.nextTime;
    this.#alarm = time === undefined ? undefined : this.#site.at(time, () => this.#due(this));
  }

  disarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.growth?.cancel();
    this.growth = undefined;
  }

  /** Its files are these from now on. */
  setFiles(files: readonly StoredFile[]): void {
    for (const [name, bytes] of growth(this.record.files, files)) {
      const datastore = this.#site.datastores.get(name);
      if (datastore === undefined || bytes === 0) continue;
      datastore.take(bytes);
      this.#site.changed(datastore);
    }
    this.record.files = [...files];
  }
}
