import type { Random } from '../../base/random.ts';
import type { MachineConfig } from '../backend.ts';
import type { HostHardware } from '../hardware.ts';
import type { XenmonRow, XenmonWindow } from '../schedulers/credit/xenmon.ts';
import type { EngineScheduler, VcpuUsage } from '../schedulers/scheduler.ts';
import { Topology } from '../schedulers/topology.ts';
import { GuestWork, type IoGate } from './guest-work.ts';
import type { CpuDemand, CpuFigures } from './host-cpu.ts';

/** What is counted of a machine, in ns summed over its vCPUs, and counts: the columns of a reading. */
export const RUN = 0;
export const USED = 1;
/** Without LIMITED. */
export const READY = 2;
export const COSTOP = 3;
export const LIMITED = 4;
export const SYSTEM = 5;
/** Asleep. */
export const IDLE = 6;
export const SWAP = 7;
export const PROGRESS = 8;
export const DISPATCHES = 9;
export const WAKES = 10;
export const LATENCY = 11;
export const IO = 12;
export const COLUMNS = 13;

/** Told of decisions, as `orrery schedule --trace` writes them. */
export type DecisionRecorder = (decision: object) => void;

/** The machines of one host on the scheduler of its hypervisor. Times are ns since the host's processors were made. */
export abstract class Slices<Allocation> {
  protected readonly scheduler: EngineScheduler<Allocation>;
  protected readonly work: GuestWork;
  protected readonly machines = new Map<string, number>();

  constructor(scheduler: EngineScheduler<Allocation>, random: Random, gate?: IoGate) {
    this.scheduler = scheduler;
    this.work = new GuestWork(scheduler, random, gate);
  }

  /** ns, with what was skipped. */
  get now(): number {
    return this.scheduler.now;
  }

  has(uid: string): boolean {
    return this.machines.has(uid);
  }

  protected abstract allocationOf(config: MachineConfig, communicates: boolean): Allocation;

  add(uid: string, config: MachineConfig): void {
    const machine = this.scheduler.addMachine(this.allocationOf(config, false), config.cpu.count);
    this.machines.set(uid, machine);
    this.work.settle(uid, machine);
  }

  remove(uid: string): void {
    const machine = this.numberOf(uid);
    this.work.forget(machine);
    this.scheduler.removeMachine(machine);
    this.machines.delete(uid);
  }

  change(uid: string, config: MachineConfig): void {
    const machine = this.numberOf(uid);
    this.work.forget(machine, config.cpu.count);
    this.scheduler.changeMachine(machine, this.allocationOf(config, false));
    this.scheduler.resizeMachine(machine, config.cpu.count);
    this.work.settle(uid, machine);
  }

  ask(uid: string, demand: CpuDemand): void {
    this.work.ask(this.numberOf(uid), demand);
  }

  /** Runs until `time`. */
  advance(time: number): void {
    this.scheduler.advance(time);
  }

  skip(ns: number): void {
    this.scheduler.skip(ns);
  }

  /** What the machine has had so far, into `to`. */
  read(uid: string, to: Float64Array): void {
    to.fill(0);
    const machine = this.numberOf(uid);
    for (const vcpu of this.scheduler.vcpusOf(machine)) this.readVcpu(this.usageOf(vcpu), to);
  }

  /** Requests and packets that the machine asked for so far and that nobody carried. */
  abstract lost(uid: string): number;

  protected usageOf(vcpu: number): VcpuUsage {
    return this.scheduler.usage(vcpu);
  }

  protected readVcpu(usage: VcpuUsage, to: Float64Array): void {
    to[RUN]! += usage.running;
    to[USED]! += usage.running;
    to[READY]! += usage.ready;
    to[COSTOP]! += usage.coStopped;
    to[LIMITED]! += usage.limited;
    to[IDLE]! += usage.blocked;
    to[SWAP]! += usage.swapping;
    to[PROGRESS]! += usage.progress;
    to[DISPATCHES]! += usage.dispatches;
    to[WAKES]! += usage.wakes;
    to[LATENCY]! += usage.wakeLatencySum;
  }

  /** To be called at the end of each second that was scheduled slice by slice. */
  secondOver(): void {}

  xenmon(_uid: string, _seconds: XenmonWindow): XenmonRow | undefined {
    return undefined;
  }

  numaOf(_uid: string): CpuFigures['numa'] {
    return undefined;
  }

  /** @param nameOf of the machine with that uid */
  record(recorder: DecisionRecorder | undefined, nameOf: (uid: string) => string): void {
    if (recorder === undefined) {
      this.scheduler.engine.observer = undefined;
      return;
    }
    this.scheduler.engine.observer = {
      decided: (pcpu, vcpu, from) => recorder(this.decision(pcpu, vcpu, from, this.#vcpuNames(vcpu, nameOf))),
    };
  }

  protected abstract decision(pcpu: number, vcpu: number, from: number, names: string[]): object;

  protected numberOf(uid: string): number {
    const machine = this.machines.get(uid);
    if (machine === undefined) throw new RangeError(`${uid} is not on this scheduler`);
    return machine;
  }

  /** The name of one vCPU, at its own place. */
  #vcpuNames(vcpu: number, nameOf: (uid: string) => string): string[] {
    const names: string[] = [];
    if (vcpu < 0) return names;
    for (const [uid, machine] of this.machines) {
      const index = this.scheduler.vcpusOf(machine).indexOf(vcpu);
      if (index >= 0) names[vcpu] = `${nameOf(uid)}.${index}`;
    }
    return names;
  }
}

export function topologyOf({ cpu }: HostHardware): Topology {
  const { sockets, coresPerSocket, threadsPerCore } = cpu;
  return new Topology({
    pcpus: sockets * coresPerSocket * threadsPerCore,
    coresPerSocket,
    threadsPerCore,
    nodes: Math.min(cpu.numaNodes, sockets),
    cachesPerSocket: Math.min(cpu.llcPerSocket, coresPerSocket),
  });
}
