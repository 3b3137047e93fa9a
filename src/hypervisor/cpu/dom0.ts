import type { XenIoCosts } from '../../arithmetic/io-costs.ts';
import type { Random } from '../../base/random.ts';
import type { Engine } from '../schedulers/engine.ts';
import type { Work } from '../schedulers/work.ts';
import type { GuestIo } from './host-cpu.ts';

const US = 1000;
/** Requests of a guest that its rings hold (256 slots each). */
const RING = 256;
/**
 * dom0 looks at what has come about this often: interrupts are put together (ours). Each time after another while, as
 * packets come: at a steady pace it could sleep at every tick of the scheduler, and never be charged.
 */
const COALESCE = [750_000, 1_250_000] as const;

/** The I/O of one guest; times in ns. */
interface Stream {
  /** The vCPU of dom0 that serves it. */
  readonly server: number;
  /** Requests and packets per ns, and what one of them costs on average where there is memory enough. */
  rate: number;
  cost: number;
  readonly isEmulated: boolean;
  /** Requests in its rings, as of its server's last look. */
  waiting: number;
  /** Requests that its server works on now. */
  taken: number;
  served: number;
  /** Of what was asked for, what found no room in its rings: it is not carried. As of the server's last look. */
  lost: number;
  /** vCPUs of the guest that wait for room in the rings. */
  readonly held: Set<number>;
}

/** One vCPU of dom0. */
interface Server {
  readonly vcpu: number;
  lookedAt: number;
  isAsleep: boolean;
}

/**
 * What dom0 does: the I/O of all guests. Requests of a guest gather in its rings; a vCPU of dom0 takes them in batches
 * and works on them, which costs it processor time that it has to get from the scheduler like everybody. While the rings
 * of a guest are full, what arrives over the network is lost and the guest, at the end of its present burst, waits.
 */
export class Dom0 implements Work {
  readonly #engine: Engine;
  readonly #servers: readonly Server[];
  readonly #streams = new Map<number, Stream>();
  readonly #costs: XenIoCosts;
  readonly #memory: number;
  readonly #random: Random;
  #deviceModels = 0;

  /** @param memory dom0's, in bytes */
  constructor(
    engine: Engine,
    vcpus: readonly number[],
    { costs, memory, random }: { costs: XenIoCosts; memory: number; random: Random },
  ) {
    this.#engine = engine;
    this.#servers = vcpus.map((vcpu) => ({ vcpu, lookedAt: 0, isAsleep: true }));
    this.#costs = costs;
    this.#memory = memory;
    this.#random = random;
  }

  /** A domain begins; one with emulated devices has a qemu-dm process in dom0. */
  open(machine: number, isEmulated: boolean): void {
    if (isEmulated) this.#deviceModels++;
    const server = machine % this.#servers.length;
    const nothing = { rate: 0, cost: 0, waiting: 0, taken: 0, served: 0, lost: 0 };
    this.#streams.set(machine, { server, ...nothing, isEmulated, held: new Set() });
  }

  close(machine: number): void {
    if (this.#streams.get(machine)?.isEmulated === true) this.#deviceModels--;
    this.#streams.delete(machine);
  }

  /** What the guest sends, receives, reads and writes from now on. */
  ask(machine: number, io: GuestIo | undefined): void {
    const stream = this.#streams.get(machine)!;
    const { packets = 0, diskRequests = 0 } = io ?? {};
    this.#gather(stream.server);
    stream.rate = (packets + diskRequests) / 1e9;
    stream.cost = stream.rate === 0 ? 0 : this.#cost(io!, stream.isEmulated) / (packets + diskRequests);
    if (stream.rate === 0) this.#release(stream);
    const server = this.#servers[stream.server]!;
    if (stream.rate > 0 && server.isAsleep) {
      server.isAsleep = false;
      this.#engine.changeWork(server.vcpu, this, this.#engine.now + this.#pause(stream.server));
    }
  }

  /** Processors that it would take to carry all that is asked for. */
  get demand(): number {
    let sum = 0;
    for (const stream of this.#streams.values()) sum += stream.rate * this.#costOf(stream);
    return sum;
  }

  /** Requests that have been carried for the machine. */
  served(machine: number): number {
    return this.#streams.get(machine)?.served ?? 0;
  }

  /** Requests that the machine asked for and that nobody carried. */
  lost(machine: number): number {
    const stream = this.#streams.get(machine);
    if (stream === undefined) return 0;
    return stream.lost + this.#overflow(stream, this.#engine.now - this.#servers[stream.server]!.lookedAt);
  }

  /** Whether the guest's rings are full; if so, the vCPU is woken when there is room. */
  holds(machine: number, vcpu: number): boolean {
    const stream = this.#streams.get(machine);
    if (stream === undefined || stream.rate === 0) return false;
    const { lookedAt } = this.#servers[stream.server]!;
    const waiting = stream.waiting + stream.taken + stream.rate * (this.#engine.now - lookedAt);
    if (waiting < RING) return false;
    stream.held.add(vcpu);
    return true;
  }

  run(vcpu: number): number {
    const index = this.#servers.findIndex((server) => server.vcpu === vcpu);
    this.#gather(index);
    let cost = 0;
    for (const stream of this.#streams.values()) {
      if (stream.server !== index) continue;
      stream.taken = stream.waiting;
      stream.waiting = 0;
      cost += stream.taken * this.#costOf(stream);
    }
    return Math.max(US, Math.round(cost));
  }

  rest(vcpu: number): number {
    const index = this.#servers.findIndex((server) => server.vcpu === vcpu);
    for (const stream of this.#streams.values()) {
      if (stream.server !== index) continue;
      stream.served += stream.taken;
      stream.taken = 0;
      this.#release(stream);
    }
    const pause = this.#pause(index);
    this.#servers[index]!.isAsleep = pause === Number.POSITIVE_INFINITY;
    return pause;
  }

  /** What has arrived since the server last looked is in the rings, as far as they hold it. */
  #gather(index: number): void {
    const server = this.#servers[index]!;
    const elapsed = this.#engine.now - server.lookedAt;
    server.lookedAt = this.#engine.now;
    for (const stream of this.#streams.values()) {
      if (stream.server !== index) continue;
      stream.lost += this.#overflow(stream, elapsed);
      stream.waiting = Math.min(RING - stream.taken, stream.waiting + stream.rate * elapsed);
    }
  }

  /** Of what has come in the last `elapsed` ns, what the rings do not hold. */
  #overflow({ waiting, taken, rate }: Stream, elapsed: number): number {
    return Math.max(0, waiting + rate * elapsed - (RING - taken));
  }

  /** Until at least one request will have come. */
  #pause(index: number): number {
    let rate = 0;
    for (const stream of this.#streams.values()) if (stream.server === index) rate += stream.rate;
    return rate === 0 ? Number.POSITIVE_INFINITY : Math.max(this.#random.between(...COALESCE), Math.ceil(1 / rate));
  }

  #release(stream: Stream): void {
    for (const vcpu of stream.held) this.#engine.wakeAt(vcpu, this.#engine.now);
    stream.held.clear();
  }

  /** ns of dom0's time for this much I/O. */
  #cost({ packets, diskRequests }: GuestIo, isEmulated: boolean): number {
    const { packetUs, diskRequestUs, emulatedPacketUs, emulatedDiskRequestUs } = this.#costs;
    const [packet, request] = isEmulated ? [emulatedPacketUs, emulatedDiskRequestUs] : [packetUs, diskRequestUs];
    return (packets * packet + diskRequests * request) * US;
  }

  #costOf({ cost, isEmulated }: Stream): number {
    return isEmulated ? cost * this.#crowding : cost;
  }

  /** qemu-dm processes that do not fit into dom0's memory wait for each other's pages: everything takes longer. */
  get #crowding(): number {
    return Math.max(1, (this.#deviceModels * this.#costs.deviceModelMemory) / (this.#memory * DEVICE_MODEL_PART));
  }
}

/** Of dom0's memory, what its own kernel and daemons leave (ours). */
const DEVICE_MODEL_PART = 0.75;
