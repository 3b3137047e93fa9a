import type { HostConnection, HostPower } from '../backend.ts';
import type { HostCpu } from '../cpu/host-cpu.ts';
import type { Alarm } from '../event-queue.ts';
import { type HostAilments, MAIN, wellHost } from '../faults/ailments.ts';
import type { LossMode } from '../faults/fault.ts';
import type { HostHardware } from '../hardware.ts';
import type { Instance, InstanceRecord } from '../machine/instance.ts';
import { SWAP_RATE } from '../memory/constants.ts';
import type { HostMemory } from '../memory/host-memory.ts';
import type { Site } from '../site.ts';
import { homeOf } from '../storage/machine-files.ts';
import { storageNetworks } from '../storage/speed.ts';
import { type HostMeter, type HostStanding, wattsAt } from './meters.ts';

/** What is kept of a host. Times are milliseconds of the namespace's time. */
export interface HostRecord {
  hardware: HostHardware;
  /** Hardware with another hypervisor, installed as soon as nothing runs on the present one. */
  offered: HostHardware | undefined;
  /** It became smaller under what runs there, which has been promised more than there is now. */
  shrunk?: true;
  power: HostPower;
  /** When the power transition under way ends. */
  powerAt: number | undefined;
  /** What was asked for last; carried on with when the transition under way has ended. */
  wanted: 'On' | 'Off' | 'Standby';
  maintenance: boolean;
  poweredOnAt: number | undefined;
  lastExitedStandby: number | undefined;
  wakeTested: boolean;
  /** Since when nothing moves on it. */
  hungAt: number | undefined;
  /** Datastores whose paths are cut. */
  lost: string[];
  /** It was on when its power was cut, and comes up again with it. */
  resumes?: boolean;
  /** Instances that run on without their lock. */
  stale: InstanceRecord[];
}

/** One physical server and its hypervisor. Its power is changed in host-power.ts, what befalls it in host-mishaps.ts. */
export class Host {
  readonly kind = 'Host';
  readonly record: HostRecord;
  readonly instances = new Map<string, Instance>();
  /** What the active faults do to it. */
  ailments: HostAilments = wellHost;
  readonly #site: Site;
  cpu: HostCpu;
  memory: HostMemory;
  readonly meter: HostMeter | undefined;
  /** CPU demand, CPU used, memory used, memory demand, in percent of capacity, as last reported. */
  readonly #told = new Float64Array(4);
  #toldState = 'High';
  /** Of the disk traffic, when swap files were looked at last. */
  #disksVersion = -1;
  #alarm: Alarm | undefined;
  #alarmAt = Number.POSITIVE_INFINITY;

  constructor(site: Site, record: HostRecord) {
    this.#site = site;
    this.record = record;
    this.cpu = this.#newCpu();
    this.memory = this.#newMemory();
    this.meter = site.meters?.host(record.hardware.name, site.now);
  }

  get key(): string {
    return this.name;
  }

  get name(): string {
    return this.record.hardware.name;
  }

  get hardware(): HostHardware {
    return this.record.hardware;
  }

  get isXen(): boolean {
    return this.hardware.hypervisor.type === 'Xen';
  }

  /** Whether its hypervisor is up and answers. */
  get isWorking(): boolean {
    return this.record.power === 'On' && this.record.hungAt === undefined;
  }

  /** Whether management reaches its agent, and the agent answers: only then it takes orders. */
  get isManaged(): boolean {
    return this.isWorking && this.#hearsManagement && !(this.isXen && this.ailments.agentIsStopped);
  }

  get connection(): HostConnection {
    if (this.isWorking && !this.#hearsManagement) return 'NotResponding';
    if (this.isWorking) return this.ailments.agentIsStopped ? 'AgentDown' : 'Connected';
    // A host that was switched off in good order is known to be away; one that broke just does not answer.
    return this.record.power === 'On' || this.record.power === 'Failed' ? 'NotResponding' : 'Disconnected';
  }

  get capacityMHz(): number {
    const { sockets, coresPerSocket, mhz } = this.hardware.cpu;
    return sockets * coresPerSocket * mhz;
  }

  get threads(): number {
    const { sockets, coresPerSocket, threadsPerCore } = this.hardware.cpu;
    return sockets * coresPerSocket * threadsPerCore;
  }

  /** Whether it reads and writes the datastore. A host that hangs keeps its paths, and so its locks. */
  reachesDatastore(name: string): boolean {
    return (
      this.record.power === 'On' &&
      this.hardware.datastores.includes(name) &&
      !this.record.lost.includes(name) &&
      this.lossOf(name) === undefined &&
      this.#site.datastores.get(name)?.record.present === true
    );
  }

  /** How a datastore that it is cabled to was lost by a fault; undefined when it was not. */
  lossOf(name: string): LossMode | undefined {
    const own = this.ailments.datastores[name]?.loss;
    if (own !== undefined) return own;
    const datastore = this.#site.datastores.get(name);
    if (datastore === undefined) return undefined;
    const networks = storageNetworks(this, datastore);
    const isReached = networks.length === 0 || networks.some((network) => this.segmentOn(network) === MAIN);
    return isReached ? undefined : 'AllPathsDown';
  }

  /** The part of a network that it is in. Hosts in the same part reach each other; the rest of the world is in MAIN. */
  segmentOn(network: string): string {
    return this.ailments.networks[network]?.segment ?? MAIN;
  }

  /** What it can send and receive on a network, in megabits per second. */
  mbpsOn(network: string): number {
    const mbps = this.hardware.networks.find(({ name }) => name === network)?.mbps ?? 0;
    return mbps * (this.ailments.networks[network]?.speed ?? 1);
  }

  reachesNetwork(name: string): boolean {
    // A cable makes a network, whether or not somebody has described it.
    const isCabled = this.hardware.networks.some((network) => network.name === name);
    return this.record.power === 'On' && isCabled && this.segmentOn(name) === MAIN;
  }

  /** A host without a network for management is reached by other ways. */
  get #hearsManagement(): boolean {
    const networks = this.hardware.networks.filter(({ roles }) => roles.includes('Management'));
    return networks.length === 0 || networks.some(({ name }) => this.segmentOn(name) === MAIN);
  }

  /** Installs the hypervisor that is waiting for the host to be empty. */
  installOffered(): void {
    if (this.instances.size > 0) return;
    delete this.record.shrunk;
    const { offered } = this.record;
    if (offered === undefined) return;
    this.record.offered = undefined;
    this.refit(offered);
  }

  /** Other hardware: the processors and memory are shared out anew. */
  refit(hardware: HostHardware): void {
    for (const { uid, requested } of this.instances.values()) this.#site.meters?.ended(uid, requested);
    this.record.hardware = hardware;
    this.#site.changed(this);
    this.cpu = this.#newCpu();
    const before = this.memory;
    if (this.record.hungAt === undefined) before.settle(this.#site.now);
    this.memory = this.#newMemory();
    for (const instance of this.instances.values()) {
      this.cpu.add(instance.uid, instance.config);
      this.memory.add(instance.uid, instance.config, instance.overhead);
      instance.reconfigure(instance.config);
      const image = before.image(instance.uid);
      if (image !== undefined) this.memory.restore(instance.uid, image);
    }
  }

  /** Brings usage up to the present instant. `moved` is called for each instance whose usage went far. */
  settleUsage(moved: (instance: Instance) => void): void {
    const { now } = this.#site;
    this.#reviewSwapDevices();
    const changed = new Set<string>();
    const note = (uid: string) => changed.add(uid);
    if (this.record.hungAt !== undefined) this.memory.skip(now);
    else this.memory.advance(now, note);
    // Who waits for memory asks less of the processors.
    for (const uid of changed) this.instances.get(uid)?.followMemory();
    this.cpu.advance(now, note);
    // Pages are kept when they have moved, not with every turn.
    if (this.memory.hasMoved()) this.keepMemory();
    this.#arm();
    for (const uid of changed) {
      const instance = this.instances.get(uid);
      if (instance?.hasMovedFar()) moved(instance);
    }
    this.meter?.note(now, this.#standing());
  }

  #newCpu(): HostCpu {
    const { model, now, random } = this.#site;
    return model.cpu(this.record.hardware, now, random.split(`cpu/${this.record.hardware.name}`));
  }

  /** Its swap file is on the datastore of its first disk, as fast as that is now. */
  tellSwapDevice(instance: Instance): void {
    const home = homeOf(instance.config);
    if (home === undefined) return;
    const { disks } = this.#site;
    const latencyMs = disks.latencyMs(this, home) ?? 0;
    this.memory.swapDevice(instance.uid, { latencyMs, bytesPerSecond: Math.min(SWAP_RATE, disks.leftFor(this, home)) });
  }

  #reviewSwapDevices(): void {
    const { version } = this.#site.disks;
    if (version === this.#disksVersion) return;
    this.#disksVersion = version;
    for (const instance of this.instances.values()) this.tellSwapDevice(instance);
  }

  #newMemory(): HostMemory {
    const { model, now, random } = this.#site;
    return model.memory(this.record.hardware, now, random.split(`memory/${this.record.hardware.name}`));
  }

  /** Keeps the pages as they are now. */
  keepMemory(): void {
    const snapshot = this.memory.snapshot();
    if (snapshot !== undefined && this.instances.size > 0) this.#site.keep('Memory', this.name, snapshot);
  }

  /** Comes back when something happens in memory or on the processors by itself. */
  #arm(): void {
    const isHung = this.record.hungAt !== undefined;
    const time = isHung ? Number.POSITIVE_INFINITY : Math.min(this.memory.next, this.cpu.next);
    if (time === this.#alarmAt) return;
    this.#alarm?.cancel();
    this.#alarmAt = time;
    if (time === Number.POSITIVE_INFINITY) return;
    this.#alarm = this.#site.at(time, () => {
      this.#alarmAt = Number.POSITIVE_INFINITY;
      if (this.#site.hosts.get(this.name) === this) this.#site.usageMoved(this);
    });
  }

  /** It is taken away: nothing is measured any more. */
  unplug(): void {
    this.meter?.note(this.#site.now, undefined);
  }

  /** Whether usage is 10 points of capacity away from what was last told, or the memory state is another. */
  hasMovedFar(): boolean {
    const points = this.#points();
    if (this.memory.total().state !== this.#toldState) return true;
    return this.#told.some((told, i) => Math.abs(points[i]! - told) >= this.#site.reportPoints);
  }

  markTold(): void {
    this.#told.set(this.#points());
    this.#toldState = this.memory.total().state;
  }

  #standing(): HostStanding {
    const { usedMHz, isShort } = this.cpu.total();
    const isOn = this.record.power === 'On';
    return {
      watts: this.#watts(isOn ? usedMHz / this.capacityMHz : 0),
      isOn,
      isActive: isOn && this.instances.size > 0,
      isShort: isOn && isShort,
    };
  }

  /** Changing from one power state to another, and a hypervisor that has halted, draw as much as idling. */
  #watts(load: number): number {
    const { watts } = this.hardware;
    if (watts === undefined || this.record.power === 'Off') return 0;
    return this.record.power === 'Standby' ? watts.standby : wattsAt(watts.curve, load);
  }

  #points(): readonly number[] {
    const cpu = this.cpu.total();
    const memory = this.memory.total();
    return [
      (100 * cpu.demandMHz) / this.capacityMHz,
      (100 * cpu.usedMHz) / this.capacityMHz,
      (100 * memory.used) / this.hardware.memory,
      (100 * memory.demand) / this.hardware.memory,
    ];
  }
}
