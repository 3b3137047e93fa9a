import type { Engine } from './engine.ts';
import { BLOCKED, COSTOPPED, LIMITED, READY, RUNNING, SWAPPING } from './vcpu-table.ts';
import { idleWork, type Work } from './work.ts';

/** What one vCPU has had since it was created. Times in ns; the six states add up to its age. */
export interface VcpuUsage {
  readonly running: number;
  /** Runnable, waiting for a pCPU. */
  readonly ready: number;
  /** Asleep or paused. */
  readonly blocked: number;
  /** Runnable, kept off by a cap or limit. */
  readonly limited: number;
  readonly coStopped: number;
  /** Waiting for memory from swap. */
  readonly swapping: number;
  /** Times switched in, times on another pCPU than before, times woken by its guest. */
  readonly dispatches: number;
  readonly migrations: number;
  readonly wakes: number;
  /** From wake-ups to the dispatches that followed: sum, count, longest. */
  readonly wakeLatencySum: number;
  readonly wakeLatencyCount: number;
  readonly wakeLatencyMax: number;
  /** Sum of the slices that it was granted at dispatch. */
  readonly granted: number;
  /** Work done, in ns of CPU at full speed: what is left of `running` when cold caches, remote memory, busy neighbours and spinning are taken off. */
  readonly progress: number;
}

/** What a host has done since it came up. */
export interface HostUsage {
  /** ns, summed over pCPUs. */
  readonly idle: number;
  /** Integral of min(idle pCPUs, waiting vCPUs), in ns. */
  readonly idleWhileWaiting: number;
  readonly decisions: number;
  readonly contextSwitches: number;
}

/**
 * The CPU scheduler of one host, slice by slice, in virtual time: `credit.ts` (Xen) and `proportional-share.ts` (ESX)
 * pass one suite. Machines and vCPUs are small integers, given out by the scheduler and used again after removal.
 *
 * Times are ns since the host came up, integers. Changes are made at `now`, between two calls of `advance`, and take
 * effect at once; nothing here is asynchronous, random or reads a clock. Work (see `work.ts`) is asked from inside
 * `advance` and may call `wake` and `restart`, nothing else.
 * @typeParam Allocation what the policy gives a machine: weight and cap, or shares, reservation and limit
 */
export interface Scheduler<Allocation> {
  readonly now: number;
  /** A machine with so many vCPUs, which sleep until `setWork`. */
  addMachine(allocation: Allocation, vcpus: number): number;
  /** Stops and forgets a machine and its vCPUs, with their counters. */
  removeMachine(machine: number): void;
  /** Other weight, cap, shares, reservation or limit. */
  changeMachine(machine: number, allocation: Allocation): void;
  /** Adds or removes vCPUs at the end of the machine's. */
  resizeMachine(machine: number, vcpus: number): void;
  /** The vCPUs of a machine, in order. */
  vcpusOf(machine: number): readonly number[];
  /** Stops all vCPUs of a machine where they are. */
  pauseMachine(machine: number): void;
  resumeMachine(machine: number): void;
  /**
   * What the guest does on the vCPU from `start` (ns, default `now`) on. A vCPU that does not sleep drops what it was
   * doing and begins at once.
   */
  setWork(vcpu: number, work: Work, start?: number): void;
  /** Wakes a sleeping vCPU now, before its sleep is over; one that does not sleep is left alone. */
  wake(vcpu: number): void;
  /** Asks the vCPU's work for another burst in place of the present one; one that sleeps is left alone. */
  restart(vcpu: number): void;
  /** Whether the vCPU has a pCPU at this moment. */
  isRunning(vcpu: number): boolean;
  /** Runs until `time`. What is due exactly then is still to be done. */
  advance(time: number): void;
  /** Lets time pass without running: every pending instant moves along, and counters stand still. */
  skip(ns: number): void;
  usage(vcpu: number): VcpuUsage;
  hostUsage(): HostUsage;
}

/** What is the same in every scheduler: the machines' lists, and the engine's doors. */
export abstract class EngineScheduler<Allocation> implements Scheduler<Allocation> {
  readonly engine: Engine;
  readonly #machines: (number[] | undefined)[] = [];

  constructor(engine: Engine) {
    this.engine = engine;
  }

  get now(): number {
    return this.engine.now + this.engine.skipped;
  }

  /** Takes in a machine that has no vCPUs yet, and numbers it. */
  protected abstract admitMachine(allocation: Allocation): number;
  /** Takes in one vCPU of a machine; the list ends with it. */
  protected abstract admitVcpu(machine: number, vcpus: readonly number[]): void;
  /** Lets go of a vCPU that is paused and off its pCPU. */
  protected abstract dismissVcpu(vcpu: number): void;
  protected abstract dismissMachine(machine: number): void;
  abstract changeMachine(machine: number, allocation: Allocation): void;

  addMachine(allocation: Allocation, vcpus: number): number {
    const machine = this.admitMachine(allocation);
    this.#machines[machine] = [];
    this.resizeMachine(machine, vcpus);
    return machine;
  }

  /** The lowest number that no machine has. */
  protected freeNumber(): number {
    const free = this.#machines.indexOf(undefined);
    return free < 0 ? this.#machines.length : free;
  }

  removeMachine(machine: number): void {
    this.resizeMachine(machine, 0);
    this.dismissMachine(machine);
    this.#machines[machine] = undefined;
  }

  resizeMachine(machine: number, vcpus: number): void {
    const list = this.#listOf(machine);
    while (list.length < vcpus) {
      list.push(this.engine.createVcpu(idleWork));
      this.admitVcpu(machine, list);
    }
    while (list.length > vcpus) {
      const vcpu = list[list.length - 1]!;
      this.engine.pause(vcpu);
      this.dismissVcpu(vcpu);
      this.engine.removeVcpu(vcpu);
      list.pop();
    }
  }

  vcpusOf(machine: number): readonly number[] {
    return this.#listOf(machine);
  }

  pauseMachine(machine: number): void {
    for (const vcpu of this.#listOf(machine)) this.engine.pause(vcpu);
  }

  resumeMachine(machine: number): void {
    for (const vcpu of this.#listOf(machine)) this.engine.resume(vcpu);
  }

  setWork(vcpu: number, work: Work, start = this.now): void {
    this.engine.changeWork(vcpu, work, Math.max(start, this.now) - this.engine.skipped);
  }

  wake(vcpu: number): void {
    this.engine.wakeAt(vcpu, this.engine.now);
  }

  restart(vcpu: number): void {
    this.engine.restartBurst(vcpu);
  }

  isRunning(vcpu: number): boolean {
    return this.engine.vcpus.state[vcpu] === RUNNING;
  }

  advance(time: number): void {
    this.engine.advance(time - this.engine.skipped);
  }

  skip(ns: number): void {
    this.engine.skip(ns);
  }

  usage(vcpu: number): VcpuUsage {
    const { vcpus, now } = this.engine;
    if (vcpus.state[vcpu] === RUNNING) vcpus.settle(vcpu, now);
    return {
      running: vcpus.timeIn(vcpu, RUNNING, now),
      ready: vcpus.timeIn(vcpu, READY, now),
      blocked: vcpus.timeIn(vcpu, BLOCKED, now),
      limited: vcpus.timeIn(vcpu, LIMITED, now),
      coStopped: vcpus.timeIn(vcpu, COSTOPPED, now),
      swapping: vcpus.timeIn(vcpu, SWAPPING, now),
      dispatches: vcpus.dispatches[vcpu]!,
      migrations: vcpus.migrations[vcpu]!,
      wakes: vcpus.wakes[vcpu]!,
      wakeLatencySum: vcpus.latencySum[vcpu]!,
      wakeLatencyCount: vcpus.latencyCount[vcpu]!,
      wakeLatencyMax: vcpus.latencyMax[vcpu]!,
      granted: vcpus.grantSum[vcpu]!,
      progress: vcpus.progress[vcpu]!,
    };
  }

  hostUsage(): HostUsage {
    const { idleNs, idleWhileWaiting, decisions, contextSwitches } = this.engine;
    return { idle: idleNs, idleWhileWaiting, decisions, contextSwitches };
  }

  #listOf(machine: number): number[] {
    const list = this.#machines[machine];
    if (list === undefined) throw new RangeError(`there is no machine ${machine}`);
    return list;
  }
}
